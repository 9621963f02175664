"""Files: what may be uploaded, how they are made, found, and deleted with all that refers to them."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from mockserver import fileerrors, fileobjects, objects, vector_stores
from mockserver.apierror import ApiError
from mockserver.blobs import Content
from mockserver.decisions import decides
from mockserver.fileobjects import FILE
from mockserver.timeline import Decide, Timeline
from mockserver.world import World

Object = dict[str, Any]

PURPOSES = ("fine-tune", "assistants", "batch", "user_data", "vision", "evals")
"""What a client may upload files for (E-114)."""

NOT_DOWNLOADABLE = ("assistants", "user_data")
"""Files of these purposes cannot be downloaded (E-115)."""

SUMMONED = b"This file was made on first use.\n"
"""What files and parts of uploads hold that auto-create makes."""

OUTPUT = "assistants_output"
"""The purpose of what the code interpreter makes."""

BATCH_SECONDS = 30 * fileobjects.DAY
"""Batch files expire after 30 days unless something else is said (published)."""

# fmt: off
_NAMED = (
    "c", "cpp", "css", "csv", "docx", "gif", "go", "html", "java", "jpeg", "jpg", "js", "json", "md", "pdf",
    "php", "pkl", "png", "pptx", "py", "rb", "tar", "tex", "ts", "txt", "webp", "xlsx", "xml", "zip",
)
# fmt: on
_DOCUMENTED = frozenset(_NAMED) | {"cs", "doc", "sh"}
"""What the complaint of 2024-10 names, and what the tools are documented to take beside it."""


def suffix(filename: str) -> str:
    """The extension of a name with its dot in lower case, empty where there is none."""
    return PurePosixPath(filename.replace("\\", "/")).suffix.lower()


def check_purpose(purpose: str) -> None:
    """Raises ApiError for a purpose that no client may use."""
    if purpose not in PURPOSES:
        raise fileerrors.PURPOSE(purpose=purpose)


def check_extension(filename: str, purpose: str) -> None:
    """Raises ApiError for a file that the assistants' tools cannot take; other purposes take any name."""
    if purpose == "assistants" and suffix(filename).removeprefix(".") not in _DOCUMENTED:
        raise not_uploadable(filename)


def not_uploadable(filename: str) -> ApiError:
    """The refusal of a file by its name, which also says what is taken (E-113)."""
    supported = ", ".join(f'"{name}"' for name in _NAMED)
    extension = suffix(filename).removeprefix(".")
    return fileerrors.EXTENSION_NOT_UPLOADABLE(extension=extension, supported=supported)


def create_file(
    world: World,
    content: Content,
    filename: str,
    purpose: str,
    *,
    expires_after: Mapping[str, Any] | None = None,
    object_id: str | None = None,
    at: int | None = None,
) -> Object:
    """A new file from a content among the blobs; `at` in Unix seconds. Raises ApiError without room."""
    now = world.clock.now()
    created = now // 1000 if at is None else at
    if world.stored_bytes + content.size > world.settings.limits.storage_bytes:
        raise fileerrors.STORAGE_FULL()
    seconds = expires_after["seconds"] if expires_after else BATCH_SECONDS if purpose == "batch" else None
    expires_at = None if seconds is None else created + seconds
    file_id = object_id or world.new_id("file")
    file = fileobjects.file(file_id, created, filename, purpose, content.size, expires_at)
    file["_digest"] = content.digest
    world.insert(file, made_by=purpose)
    moments = [] if expires_at is None else [Decide(expires_at * 1000)]
    if purpose == "fine-tune" and (takes := vector_stores.indexing_time(world, file["id"], content.size)):
        moments.insert(0, Decide(now + takes))
    if moments:
        world.track(Timeline(file["id"], list(moments), {file["id"]: file}))
    return file


def put_file(world: World, data: bytes, filename: str, purpose: str, object_id: str | None = None) -> Object:
    """A new file of bytes that are at hand."""
    content = world.store.blobs.put([data])
    world.store.contents.loosen(content.digest)
    return create_file(world, content, filename, purpose, object_id=object_id)


def written(world: World, data: bytes, filename: str, at: int) -> Object:
    """A file that code has written, as its run will make it at this moment; its bytes travel with it."""
    file = fileobjects.file(world.new_id("file"), at, filename, OUTPUT, len(data))
    file["_data"] = base64.b64encode(data).decode()
    return file


@decides(FILE)
def _expire(world: World, timeline: Timeline, due: int) -> None:
    """A file is gone when its time is over; that a fine-tuning file is processed is not to be seen."""
    file = timeline.root
    if file["expires_at"] is not None and due >= file["expires_at"] * 1000:
        delete_file(world, file)
    elif timeline.next_due() is None:
        world.forget(timeline)


def still_processing(world: World, file_id: str) -> bool:
    """Whether a fine-tuning file has just come and cannot be deleted yet (E-119)."""
    timeline = world.timelines.get(file_id)
    if timeline is None:
        return False
    expires_at = timeline.root["expires_at"]
    due = timeline.next_due()
    return due is not None and (expires_at is None or due < expires_at * 1000)


def delete_file(world: World, file: Object) -> None:
    """Remove a file, also from every vector store and code interpreter configuration (documented)."""
    file_id = file["id"]
    vector_stores.detach_everywhere(world, file_id)
    for kind in ("assistant", "thread"):
        for row in world.store.mentioning(world.project, kind, file_id):
            owner = objects.decode(row.hidden or row.body)
            listed = owner["tool_resources"].get("code_interpreter", {}).get("file_ids", [])
            if file_id in listed:
                listed.remove(file_id)
                world.update(owner)
    world.delete(file)


def find_files(world: World, file_ids: Sequence[str]) -> list[Object]:
    """The files a request names. Raises ApiError (400) naming those that do not exist."""
    found: list[Object] = []
    missing: list[str] = []
    for file_id in file_ids:
        file = world.full(FILE, file_id) or summon_file(world, file_id)
        if file is None:
            missing.append(file_id)
        else:
            found.append(file)
    if missing:
        raise fileerrors.FILES_NOT_FOUND(ids=missing)
    return found


def summon_file(world: World, file_id: str, purpose: str = "assistants") -> Object | None:
    """The file that auto-create makes of an unknown id: a short text."""
    if not world.settings.auto_create or world.store.exists(world.project, file_id):
        return None
    return put_file(world, SUMMONED, f"{file_id}.txt", purpose, file_id)
