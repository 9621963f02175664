"""Files: every way to hand one over, lists, downloads, deletion."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openai

from tests.sdks.checks import check
from tests.sdks.sdk import Sdk, awake, every, got, needs, refused

EVERY_BYTE = bytes(range(256)) * 1500
"""More than a server sends at once, and no text in any encoding."""
NAMES = (
    "Grüße an 世界 🌍.txt",
    "with \"quotes\" and 'more'.txt",
    "semi;colon=equals, 100%.txt",
    "../../etc/passwd.txt",
    "C:\\Users\\ada\\notes.txt",
    "line\nbreak.txt",
    "two  spaces .tar.txt",
)


@check
async def file_sources(sdk: Sdk) -> None:
    """A path, an open file, bytes, and bytes with a name: what is kept is what was handed over."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "Übung 1.jsonl")
        path.write_bytes(EVERY_BYTE)
        sources: list[tuple[Callable[[], Any], str]] = [
            (lambda: path, "Übung 1.jsonl"),
            (lambda: path.open("rb"), "Übung 1.jsonl"),
            (lambda: EVERY_BYTE, "upload"),
            (lambda: ("named.bin", EVERY_BYTE), "named.bin"),
            (lambda: ("typed.bin", io.BytesIO(EVERY_BYTE), "text/x-none"), "typed.bin"),
        ]
        for source, name in sources:
            given = source()
            made = await got(sdk.files.create(file=given, purpose="batch"))
            if isinstance(given, io.IOBase):
                given.close()
            assert made.id.startswith("file-")
            assert (made.object, made.filename, made.bytes, made.purpose, made.status) == (
                "file",
                name,
                len(EVERY_BYTE),
                "batch",
                "processed",
            )
            assert await got(sdk.files.retrieve(made.id)) == made
            assert (await got(sdk.files.content(made.id))).content == EVERY_BYTE


@check
async def file_names(sdk: Sdk) -> None:
    """A name is kept to the letter, whatever it looks like."""
    made = [await got(sdk.files.create(file=(name, b"x"), purpose="assistants")) for name in NAMES]
    assert [file.filename for file in made] == list(NAMES)
    listed = await every(await got(sdk.files.list()))
    assert {file.id: file.filename for file in listed} == {file.id: file.filename for file in made}


@check
async def file_list(sdk: Sdk) -> None:
    """Newest first, and only those of one purpose."""
    ids: dict[str, list[str]] = {"assistants": [], "batch": []}
    for number in range(6):
        purpose = "batch" if number % 2 else "assistants"
        made = await got(sdk.files.create(file=(f"{number}.txt", b"x"), purpose=purpose))
        ids[purpose].append(made.id)
    for purpose, wanted in ids.items():
        assert [file.id for file in await every(sdk.files.list(purpose=purpose))] == wanted[::-1]
    assert len(await every(sdk.files.list())) == 6
    assert await every(sdk.files.list(purpose="vision")) == []


@check
async def file_pages(sdk: Sdk) -> None:
    """A list that takes many requests has each file once, in both orders."""
    needs(sdk.files, "list", "after")
    made = []
    for number in range(7):
        purpose = "vision" if number == 3 else "batch"
        made.append((await got(sdk.files.create(file=(f"{number}.txt", b"x"), purpose=purpose))).id)
    batch = [file_id for file_id in made if file_id != made[3]]
    for order, wanted in (("asc", batch), ("desc", batch[::-1])):
        found = await every(sdk.files.list(purpose="batch", order=order, limit=2))
        assert [file.id for file in found] == wanted
    page = await got(sdk.files.list(order="asc", after=made[1], limit=2))
    assert ([file.id for file in page.data], page.has_next_page()) == (made[2:4], True)


@check
async def file_downloads(sdk: Sdk) -> None:
    """Whether a file can be downloaded depends on its purpose."""
    for purpose in ("batch", "fine-tune", "vision"):
        made = await got(sdk.files.create(file=("data.png", EVERY_BYTE), purpose=purpose))
        answer = await got(sdk.files.content(made.id))
        assert answer.read() == EVERY_BYTE
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder, "copy")
            answer.write_to_file(target)
            assert target.read_bytes() == EVERY_BYTE
    for purpose in ("assistants", "user_data"):
        made = await got(sdk.files.create(file=("data.txt", b"x"), purpose=purpose))
        error = await refused(lambda file=made: sdk.files.content(file.id), openai.BadRequestError)
        assert error.body["message"] == f"Not allowed to download files of purpose: {purpose}"
        assert (error.code, error.param, error.type) == (None, None, "invalid_request_error")


@check
async def file_deletion(sdk: Sdk) -> None:
    """A deleted file is gone for every operation; one that is still processed cannot be deleted."""
    made = await got(sdk.files.create(file=("notes.txt", b"x"), purpose="assistants"))
    gone = await got(sdk.files.delete(made.id))
    assert (gone.id, gone.object, gone.deleted) == (made.id, "file", True)
    for call in (sdk.files.retrieve, sdk.files.content, sdk.files.delete):
        error = await refused(lambda call=call: call(made.id), openai.NotFoundError)
        assert error.body["message"] == f"No such File object: {made.id}"
        assert (error.status_code, error.code, error.param) == (404, None, "id")
    made = await got(sdk.files.create(file=("train.jsonl", b"{}\n"), purpose="fine-tune"))
    error = await refused(lambda: sdk.files.delete(made.id), openai.ConflictError)
    assert error.body["message"] == "File is still processing. Check back later."
    with awake():
        assert (await got(sdk.files.wait_for_processing(made.id))).status == "processed"
    assert (await got(sdk.files.delete(made.id))).deleted is True


@check
async def file_expiry(sdk: Sdk) -> None:
    """A file goes when its time is over."""
    needs(sdk.files, "create", "expires_after")
    until = {"anchor": "created_at", "seconds": 3600}
    made = await got(sdk.files.create(file=("a.txt", b"x"), purpose="user_data", expires_after=until))
    assert made.expires_at == made.created_at + 3600
    sdk.advance(3590)
    await got(sdk.files.retrieve(made.id))
    sdk.advance(20)
    await refused(lambda: sdk.files.retrieve(made.id), openai.NotFoundError)
    until = {"anchor": "created_at", "seconds": 60}
    error = await refused(
        lambda: sdk.files.create(file=("a.txt", b"x"), purpose="batch", expires_after=until),
        openai.BadRequestError,
    )
    assert (error.code, error.param) == ("integer_below_min_value", "expires_after.seconds")


@check
async def file_refusals(sdk: Sdk) -> None:
    """What cannot be uploaded, in the API's words."""
    error = await refused(
        lambda: sdk.files.create(file=("a.txt", b""), purpose="batch"), openai.BadRequestError
    )
    assert error.body["message"] == "File is empty."
    error = await refused(
        lambda: sdk.files.create(file=("a.txt", b"x"), purpose="world_domination"), openai.BadRequestError
    )
    assert error.param == "purpose"
    assert error.body["message"].startswith("'world_domination' is not one of ['fine-tune', 'assistants', ")
    error = await refused(
        lambda: sdk.files.create(file=("a.vb", b"x"), purpose="assistants"), openai.BadRequestError
    )
    assert error.body["message"].startswith('Invalid extension vb. Supported formats: "c", "cpp", ')
    sdk.new_world(limits={"file_bytes": 1000})
    made = await got(sdk.files.create(file=("a.txt", b"x" * 1000), purpose="batch"))
    assert made.bytes == 1000
    error = await refused(
        lambda: sdk.files.create(file=("a.txt", b"x" * 1001), purpose="batch"), openai.BadRequestError
    )
    assert error.body["message"] == "File is too large."
