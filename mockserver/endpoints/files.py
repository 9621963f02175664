"""Files: upload, list, retrieve, download, delete."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from mockserver import fileerrors, fileobjects, objects
from mockserver.fileobjects import FILE
from mockserver.files import (
    NOT_DOWNLOADABLE,
    OUTPUT,
    check_extension,
    check_purpose,
    create_file,
    delete_file,
    still_processing,
)
from mockserver.fixtures import Wanted
from mockserver.frames import BYTES_TYPE, Body, Frame, Frames, Head
from mockserver.lookup import find, list_page, read
from mockserver.multipart import Received
from mockserver.operations import Call, operation
from mockserver.requests.forms import Form
from mockserver.requests.queries import Query
from mockserver.requests.shapes import Integer, OneOf, Text, required
from mockserver.requests.stores import FORM_EXPIRES_AFTER
from mockserver.world import World

BLOCK = 262_144
"""So many bytes of a download are sent at once."""

CREATE = Form(
    "file",
    limit="file_bytes",
    purpose=required(Text()),
    expires_after=FORM_EXPIRES_AFTER,
)


@dataclass(frozen=True, slots=True)
class FilePage:
    """Part of a project's files, maybe only those of one purpose. There is no `before` here."""

    limit: int = 10_000
    order: str = "desc"
    after: str | None = None
    purpose: str | None = None


LIST = Query(
    FilePage,
    limit=Integer(min=1, max=10_000),
    order=OneOf("asc", "desc"),
    after=Text(),
    purpose=Text(),
)


@operation("files.list", "GET", "/files", query=LIST)
def list_files(call: Call) -> bytes:
    """The project's files, newest first."""
    return list_page(call.world, FILE, call.query, made_by=call.query.purpose, more_first=True)


@operation("files.create", "POST", "/files", form=CREATE)
def create(call: Call) -> bytes:
    """Upload a file. It is `processed` at once, whatever will become of it in a vector store."""
    received: Received = call.body["file"]
    purpose = call.body["purpose"]
    check_purpose(purpose)
    if received.content is None:
        raise fileerrors.FILE_TOO_LARGE()
    if not received.size:
        raise fileerrors.FILE_EMPTY()
    check_extension(received.filename, purpose)
    expires_after = call.body.get("expires_after")
    file = create_file(call.world, received.content, received.filename, purpose, expires_after=expires_after)
    return objects.pretty(objects.wire(file))


def _polled(call: Call) -> tuple[str, ...]:
    file_id = call.ids["file_id"]
    return (file_id,) if still_processing(call.world, file_id) else ()


@operation("files.retrieve", "GET", "/files/{file_id}", polls=_polled)
def retrieve(call: Call) -> bytes:
    """One file."""
    return read(call.world, FILE, call.ids["file_id"])


@operation("files.content", "GET", "/files/{file_id}/content")
def content(call: Call) -> Frames:
    """The bytes of a file, unless its purpose forbids it."""
    file = find(call.world, FILE, call.ids["file_id"], wanted=Wanted(purpose=OUTPUT))
    if file["purpose"] in NOT_DOWNLOADABLE:
        raise fileerrors.NOT_DOWNLOADABLE(purpose=file["purpose"])
    return _download(call.world, file)


@operation("files.delete", "DELETE", "/files/{file_id}")
def delete(call: Call) -> bytes:
    """Delete a file; it leaves every vector store and code interpreter with it."""
    file = find(call.world, FILE, call.ids["file_id"])
    if still_processing(call.world, file["id"]):
        raise fileerrors.FILE_PROCESSING()
    delete_file(call.world, file)
    return objects.pretty(fileobjects.file_deleted(file["id"]))


def _download(world: World, file: objects.Object) -> Iterator[Frame]:
    """The frames of a download. A file deleted on the way is cut short, as its promised length shows."""
    with world.store.blobs.open(file["_digest"]) as opened:
        name = quote(file["filename"], safe="")
        headers = {"content-disposition": f"attachment; filename*=UTF-8''{name}"}
        yield Head(headers=headers, content_type=BYTES_TYPE, length=file["bytes"])
        while block := opened.read(BLOCK):
            yield Body(block)
