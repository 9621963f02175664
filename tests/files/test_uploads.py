"""Uploads: a large file in parts, in any order, checked when it is put together, given up, or too late."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import openai
import pytest
from openai.types import Upload

from harness.control import Control
from mockserver.server import Server
from tests.conftest import Raw
from tests.files.forms import HEADERS, field, file, form, send
from tests.files.library import ids, kept, moment, refused, upload

HOUR = 3_600
OVER = "only a pending upload can be changed"


def begun(
    client: openai.OpenAI, size: int, name: str = "big.bin", purpose: Any = "vision", **more: Any
) -> Upload:
    """A new upload of so many bytes."""
    return client.uploads.create(filename=name, bytes=size, purpose=purpose, mime_type="x/y", **more)


def part(client: openai.OpenAI, upload_id: str, data: bytes) -> str:
    """The id of a new part."""
    return client.uploads.parts.create(upload_id, data=data).id


def test_the_life_of_an_upload(client: openai.OpenAI, control: Control, raw: Raw) -> None:
    """Pending with an hour to live and no file; completed with the file, which is as old as the upload."""
    made = raw(
        "POST", "/v1/uploads", {"filename": "a.txt", "purpose": "assistants", "bytes": 11, "mime_type": "pdf"}
    )
    assert list(made.body) == [
        "id", "object", "bytes", "created_at", "filename", "purpose", "status", "expires_at",
    ]  # fmt: skip
    assert made.body["status"] == "pending"
    assert made.body["expires_at"] == made.body["created_at"] + HOUR == int(moment(control)) + HOUR
    control.advance(60)
    first = client.uploads.parts.create(made.body["id"], data=b"hello ")
    assert (first.object, first.upload_id) == ("upload.part", made.body["id"])
    assert first.created_at == made.body["created_at"] + 60
    second = part(client, made.body["id"], b"world")
    done = client.uploads.complete(made.body["id"], part_ids=[first.id, second])
    assert (done.status, done.bytes) == ("completed", 11)
    assert done.file is not None
    assert (done.file.filename, done.file.bytes, done.file.purpose) == ("a.txt", 11, "assistants")
    assert client.files.retrieve(done.file.id) == done.file
    assert done.expires_at == made.body["expires_at"]


def test_parts_come_in_any_order_and_the_list_says_which(client: openai.OpenAI) -> None:
    """Also a part that is left out, one without bytes, and one that is named twice."""
    made = begun(client, 9)
    third, first, unused, nothing, second = (
        part(client, made.id, data) for data in (b"ghi", b"abc", b"never", b"", b"def")
    )
    done = client.uploads.complete(made.id, part_ids=[first, second, nothing, third])
    assert done.file is not None
    assert client.files.content(done.file.id).read() == b"abcdefghi"
    assert unused not in ids(client.files.list())
    again = begun(client, 6)
    twice = part(client, again.id, b"xyz")
    done = client.uploads.complete(again.id, part_ids=[twice, twice])
    assert done.file is not None
    assert client.files.content(done.file.id).read() == b"xyzxyz"


def test_the_checksum_is_that_of_the_whole(client: openai.OpenAI) -> None:
    """A wrong one is refused and the upload stays pending; the right one may be written in capitals."""
    made = begun(client, 6)
    parts = [part(client, made.id, data) for data in (b"abc", b"def")]
    wrong = hashlib.md5(b"defabc").hexdigest()
    for md5 in (wrong, "", "not hex", hashlib.sha256(b"abcdef").hexdigest()):
        error = refused(client.uploads.complete, made.id, part_ids=parts, md5=md5)
        assert (error["status"], error["param"]) == (400, "md5")
    right = hashlib.md5(b"abcdef").hexdigest().upper()
    assert client.uploads.complete(made.id, part_ids=parts, md5=right).status == "completed"


@pytest.mark.parametrize("size", [5, 7, 0])
def test_the_sizes_must_add_up(client: openai.OpenAI, server: Server, size: int) -> None:
    """Too few or too many bytes are refused, no file is made, and the missing part may still come."""
    before = kept(server)
    made = begun(client, size)
    parts = [part(client, made.id, data) for data in (b"abc", b"xyz")]
    error = refused(client.uploads.complete, made.id, part_ids=parts)
    assert error["status"] == 400
    assert error["message"] == f"The parts have 6 bytes in all, but the upload was created for {size} bytes."
    assert client.files.list().data == []
    if size == 7:
        done = client.uploads.complete(made.id, part_ids=[*parts, part(client, made.id, b"!")])
        assert done.file is not None
        client.files.delete(done.file.id)
    else:
        client.uploads.cancel(made.id)
    assert kept(server) == before


def test_an_upload_of_nothing_makes_no_empty_file(client: openai.OpenAI) -> None:
    """E-116 holds for this way too."""
    made = begun(client, 0)
    error = refused(client.uploads.complete, made.id, part_ids=[])
    assert (error["status"], error["message"]) == (400, "File is empty.")
    assert client.files.list().data == []


def test_parts_must_be_those_of_the_upload(client: openai.OpenAI) -> None:
    """Unknown ids and parts of another upload are named."""
    made, other = begun(client, 3), begun(client, 3)
    foreign = part(client, other.id, b"abc")
    for part_id in ("part_unknown", foreign, "", "file-1", made.id):
        error = refused(client.uploads.complete, made.id, part_ids=[part_id])
        assert (error["status"], error["param"]) == (400, "part_ids")
        assert f"'{part_id}'" in error["message"]
    assert client.uploads.complete(other.id, part_ids=[foreign]).status == "completed"


@pytest.mark.parametrize("ending", ["complete", "cancel", "expire"])
def test_nothing_more_happens_to_an_upload_that_is_over(
    client: openai.OpenAI, control: Control, server: Server, key: str, ending: str
) -> None:
    """No parts, no completion, no cancelling; the parts it had are gone from disk."""
    before = kept(server)
    made = begun(client, len(key))
    given = part(client, made.id, key.encode())
    part(client, made.id, b"a part that is left out")
    if ending == "complete":
        client.uploads.complete(made.id, part_ids=[given])
    elif ending == "cancel":
        assert client.uploads.cancel(made.id).status == "cancelled"
    else:
        control.advance(HOUR)
    status = {"complete": "completed", "cancel": "cancelled", "expire": "expired"}[ending]
    for call in (
        lambda: client.uploads.parts.create(made.id, data=b"more"),
        lambda: client.uploads.complete(made.id, part_ids=[given]),
        lambda: client.uploads.cancel(made.id),
    ):
        error = refused(call)
        assert (error["status"], OVER in error["message"], f"'{status}'" in error["message"]) == (
            400,
            True,
            True,
        )
    assert len(kept(server) - before) == (ending == "complete")
    assert len(client.files.list().data) == (ending == "complete")


def test_an_upload_expires_to_the_second(client: openai.OpenAI, control: Control) -> None:
    """A second before its hour is over it takes a part, and completes."""
    made = begun(client, 3)
    control.advance(HOUR - 1)
    given = part(client, made.id, b"abc")
    assert client.uploads.complete(made.id, part_ids=[given]).status == "completed"
    late = begun(client, 3)
    control.advance(HOUR)
    assert "'expired'" in refused(client.uploads.complete, late.id, part_ids=[])["message"]


def test_the_file_expires_after_its_upload_was_made(client: openai.OpenAI, control: Control) -> None:
    """`expires_after` counts from the file's `created_at`, which is the upload's."""
    made = begun(client, 1, expires_after={"anchor": "created_at", "seconds": 3600})
    control.advance(600)
    done = client.uploads.complete(made.id, part_ids=[part(client, made.id, b"x")])
    assert done.file is not None
    assert (done.file.created_at, done.file.expires_at) == (made.created_at, made.created_at + 3600)
    control.advance(3000)
    assert refused(client.files.retrieve, done.file.id)["status"] == 404


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"filename": None}, "filename"),
        ({"purpose": "user_data"}, "purpose"),
        ({"purpose": "nonsense"}, "purpose"),
        ({"bytes": -1}, "bytes"),
        ({"bytes": "12"}, "bytes"),
        ({"bytes": 1.5}, "bytes"),
        ({"bytes": 8 * 1024**3 + 1}, "bytes"),
        ({"bytes": 10**30}, "bytes"),
        ({"mime_type": 7}, "mime_type"),
        ({"parts": []}, "parts"),
        ({"expires_after": {"anchor": "created_at", "seconds": 60}}, "expires_after.seconds"),
        ({"expires_after": {"anchor": "last_active_at", "seconds": 3600}}, "expires_after.anchor"),
    ],
)
def test_an_upload_that_could_never_be_a_file_is_refused(
    raw: Raw, changes: dict[str, Any], param: str
) -> None:
    """At once, before any part was sent."""
    wanted = {"filename": "a.txt", "purpose": "assistants", "bytes": 10, "mime_type": "text/plain"} | changes
    answer = raw("POST", "/v1/uploads", wanted)
    assert (answer.status, answer.body["error"]["param"]) == (400, param)


@pytest.mark.parametrize("name", ["bytes", "filename", "mime_type", "purpose"])
def test_what_an_upload_needs(raw: Raw, name: str) -> None:
    """All four fields."""
    wanted = {"filename": "a.txt", "purpose": "assistants", "bytes": 10, "mime_type": "text/plain"}
    del wanted[name]
    error = raw("POST", "/v1/uploads", wanted).body["error"]
    assert (error["message"], error["param"]) == (f"Missing required parameter: '{name}'.", name)


def test_the_extension_is_looked_at_at_once(client: openai.OpenAI) -> None:
    """As for files of purpose `assistants`."""
    assert refused(begun, client, 1, "a.vb", "assistants")["message"].startswith("Invalid extension vb.")
    assert begun(client, 1, "a.vb", "batch").status == "pending"


def test_a_part_has_its_own_limit(client: openai.OpenAI, control: Control, server: Server) -> None:
    """The limit fits, a byte more does not, and nothing of it stays."""
    control.new_world(limits={"part_bytes": 1_000, "upload_bytes": 2_000})
    made = begun(client, 2_000)
    before = kept(server)
    error = refused(part, client, made.id, b"x" * 1_001)
    assert (error["status"], "1000" in error["message"]) == (400, True)
    assert kept(server) == before
    fitting = [part(client, made.id, b"x" * 1_000), part(client, made.id, b"y" * 1_000)]
    assert client.uploads.complete(made.id, part_ids=fitting).status == "completed"
    assert refused(begun, client, 2_001)["param"] == "bytes"


def test_completing_needs_room_in_the_project(client: openai.OpenAI, control: Control) -> None:
    """E-118: the upload stays pending, and completes when there is room."""
    control.new_world(limits={"storage_bytes": 10})
    first = upload(client, "a.bin", b"x" * 8, "vision")
    made = begun(client, 3)
    given = [part(client, made.id, b"abc")]
    assert refused(client.uploads.complete, made.id, part_ids=given)["message"].startswith(
        "You have exceeded"
    )
    client.files.delete(first.id)
    assert client.uploads.complete(made.id, part_ids=given).status == "completed"


@pytest.mark.parametrize("upload_id", ["upload_unknown", "file-1", "undefined"])
def test_an_unknown_upload_is_not_found(raw: Raw, upload_id: str) -> None:
    """Three routes, one answer; there is none that reads an upload."""
    said = f"No upload found with id '{upload_id}'."
    answers = [
        send(raw, file(b"x", "blob", "data"), path=f"/v1/uploads/{upload_id}/parts"),
        raw("POST", f"/v1/uploads/{upload_id}/complete", {"part_ids": []}),
        raw("POST", f"/v1/uploads/{upload_id}/cancel"),
    ]
    assert [(answer.status, answer.body["error"]["message"]) for answer in answers] == [(404, said)] * 3
    assert raw("GET", f"/v1/uploads/{upload_id}").body["error"]["message"].startswith("Invalid URL (GET ")


def test_a_part_is_a_form_with_data(raw: Raw, client: openai.OpenAI) -> None:
    """Anything else is refused, and the upload goes on."""
    made = begun(client, 3)
    path = f"/v1/uploads/{made.id}/parts"
    assert send(raw, field("data", "abc"), path=path).body["error"]["param"] == "data"
    assert send(raw, file(b"abc"), path=path).body["error"]["param"] == "data"
    assert raw("POST", path, {"data": "abc"}).status in (400, 415)
    assert raw("POST", path, form(file(b"abc", "x", "data"))[:40], HEADERS).status == 400
    given = send(raw, field("user", "me"), file(b"abc", "../x", "data"), path=path).body["id"]
    assert raw("POST", f"/v1/uploads/{made.id}/complete", {"part_ids": "x"}).status == 400
    assert raw("POST", f"/v1/uploads/{made.id}/complete", {}).body["error"]["param"] == "part_ids"
    assert raw("POST", f"/v1/uploads/{made.id}/complete", {"part_ids": [given]}).status == 200


def test_equal_parts_are_kept_once_and_shared(client: openai.OpenAI, server: Server) -> None:
    """Giving up one upload takes nothing from the other, nor from a file with these very bytes."""
    before = kept(server)
    one, two = begun(client, 8), begun(client, 8)
    first, second = part(client, one.id, b"same bytes"[:8]), part(client, two.id, b"same bytes"[:8])
    assert first != second
    assert len(kept(server) - before) == 1
    client.uploads.cancel(one.id)
    done = client.uploads.complete(two.id, part_ids=[second])
    assert done.file is not None
    assert client.files.content(done.file.id).read() == b"same byt"
    client.files.delete(done.file.id)
    assert kept(server) == before


def test_the_client_uploads_a_file_in_chunks(client: openai.OpenAI) -> None:
    """Cut, sent and put together by the SDK's own helper, and then indexed."""
    content = "".join(f"Line {number} of the long story.\n" for number in range(20_000)).encode()
    done = client.uploads.upload_file_chunked(
        file=content,
        filename="story.txt",
        bytes=len(content),
        mime_type="text/plain",
        purpose="assistants",
        part_size=100_000,
        md5=hashlib.md5(content).hexdigest(),
    )
    assert (done.status, done.bytes) == ("completed", len(content))
    assert done.file is not None
    store = client.vector_stores.create()
    entry = client.vector_stores.files.create_and_poll(
        done.file.id, vector_store_id=store.id, poll_interval_ms=0
    )
    assert entry.status == "completed"
    found = client.vector_stores.search(store.id, query="line 19999 of the story").data
    assert "Line 19999 " in found[0].content[0].text


def test_the_bytes_of_parts_count_for_no_project_until_they_are_a_file(
    client: openai.OpenAI, control: Control
) -> None:
    """Parts of uploads that were given up take no room."""
    control.new_world(limits={"storage_bytes": 10})
    for _ in range(3):
        made = begun(client, 9)
        client.uploads.parts.create(made.id, data=io.BytesIO(b"123456789"))
        client.uploads.cancel(made.id)
    assert upload(client, "a.bin", b"x" * 10, "vision").bytes == 10
