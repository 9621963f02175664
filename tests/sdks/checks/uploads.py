"""Uploads in parts, with the SDK's helper and without it."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

import openai

from tests.sdks.checks import check
from tests.sdks.sdk import Sdk, got, needs, refused

LARGE = 200 * 1024 * 1024
MARKS = 8 * 1024 * 1024
"""A large file is empty space but for a mark every so many bytes, so that no two parts are alike."""
PARTS = (b"first ", b"second ", b"third")
WHOLE = b"".join(PARTS)


@check
async def upload_large_file(sdk: Sdk) -> None:
    """200 MB from disk by the helper: four parts, put together in their order."""
    needs(sdk.uploads, "upload_file_chunked")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "large.jsonl")
        digest = _write_large(path)
        upload = await got(
            sdk.uploads.upload_file_chunked(
                file=path, mime_type="application/jsonl", purpose="batch", md5=digest
            )
        )
    assert (upload.status, upload.bytes, upload.filename) == ("completed", LARGE, "large.jsonl")
    file = await got(sdk.files.retrieve(upload.file.id))
    assert (file.bytes, file.filename, file.purpose, file.status) == (
        LARGE,
        "large.jsonl",
        "batch",
        "processed",
    )


def _write_large(path: Path) -> str:
    """Make the large file; its md5."""
    with path.open("wb") as file:
        file.truncate(LARGE)
        for place in range(0, LARGE, MARKS):
            file.seek(place)
            file.write(f"{{{place}}}\n".encode())
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


@check
async def upload_small_parts(sdk: Sdk) -> None:
    """The helper cuts bytes at hand into parts of the size asked for."""
    needs(sdk.uploads, "upload_file_chunked")
    content = bytes(range(256)) * 40
    upload = await got(
        sdk.uploads.upload_file_chunked(
            file=content,
            filename="small.bin",
            bytes=len(content),
            mime_type="application/octet-stream",
            purpose="vision",
            part_size=1000,
        )
    )
    assert (await got(sdk.files.content(upload.file.id))).content == content


@check
async def upload_by_hand(sdk: Sdk) -> None:
    """Parts come in any order; what they make is said at the end, and checked."""
    upload = await got(
        sdk.uploads.create(bytes=len(WHOLE), filename="all.txt", mime_type="text/plain", purpose="batch")
    )
    assert upload.id.startswith("upload_")
    assert (upload.status, upload.expires_at) == ("pending", upload.created_at + 3600)
    made = {}
    for data in PARTS[::-1]:
        part = await got(sdk.uploads.parts.create(upload.id, data=data))
        assert (part.object, part.upload_id) == ("upload.part", upload.id)
        made[data] = part.id
    ids = [made[data] for data in PARTS]
    error = await refused(lambda: sdk.uploads.complete(upload.id, part_ids=ids[:2]), openai.BadRequestError)
    assert error.status_code == 400
    error = await refused(
        lambda: sdk.uploads.complete(upload.id, part_ids=ids, md5="0" * 32), openai.BadRequestError
    )
    assert error.param == "md5"
    md5 = hashlib.md5(WHOLE, usedforsecurity=False).hexdigest()
    done = await got(sdk.uploads.complete(upload.id, part_ids=ids, md5=md5))
    assert (done.id, done.status, done.file.filename, done.file.bytes) == (
        upload.id,
        "completed",
        "all.txt",
        len(WHOLE),
    )
    assert (await got(sdk.files.content(done.file.id))).content == WHOLE
    await refused(lambda: sdk.uploads.parts.create(upload.id, data=b"late"), openai.BadRequestError)


@check
async def upload_given_up(sdk: Sdk) -> None:
    """A cancelled upload takes no parts any more, nor does one that has expired."""
    asked = {"bytes": 1, "filename": "a.txt", "mime_type": "text/plain", "purpose": "batch"}
    upload = await got(sdk.uploads.create(**asked))
    assert (await got(sdk.uploads.cancel(upload.id))).status == "cancelled"
    error = await refused(lambda: sdk.uploads.parts.create(upload.id, data=b"x"), openai.BadRequestError)
    assert "'cancelled'" in error.body["message"]
    upload = await got(sdk.uploads.create(**asked))
    sdk.advance(3600)
    error = await refused(lambda: sdk.uploads.parts.create(upload.id, data=b"x"), openai.BadRequestError)
    assert "'expired'" in error.body["message"]
    await refused(lambda: sdk.uploads.cancel("upload_x"), openai.NotFoundError)
