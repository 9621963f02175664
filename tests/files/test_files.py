"""Files: what may be uploaded and how, who may download it, how long it lives, and how it is listed."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import unquote

import openai
import pytest

from harness.control import Control
from mockserver.server import Server
from tests.conftest import Raw
from tests.files.forms import HEADERS, field, file, form, send
from tests.files.library import complaint, ids, kept, moment, refused, upload

DAY = 86_400
PURPOSES = ("assistants", "vision", "batch", "fine-tune", "user_data", "evals")
ONE_LINE = b'{"prompt": "a"}\n'


# What is made


def test_an_upload_is_answered_with_the_processed_file(client: openai.OpenAI, control: Control) -> None:
    """All members that the API shows, and the very same when it is asked for again."""
    made = upload(client, "Notes.TXT", "héllo\n")
    assert made.id.startswith("file-")
    assert (made.object, made.purpose, made.filename) == ("file", "assistants", "Notes.TXT")
    assert (made.bytes, made.status, made.expires_at) == (7, "processed", None)
    assert made.created_at == int(moment(control))
    assert client.files.retrieve(made.id) == made


@pytest.mark.parametrize("purpose", PURPOSES)
def test_every_purpose_is_accepted(client: openai.OpenAI, purpose: str) -> None:
    """Those of the recorded complaint; only `assistants` looks at the extension."""
    assert (
        upload(client, "lines.jsonl" if purpose != "assistants" else "a.md", ONE_LINE, purpose).purpose
        == purpose
    )


def test_a_purpose_that_is_none_is_refused(raw: Raw) -> None:
    """E-114: with the words recorded, for those only the service itself uses too."""
    for purpose in ("world_domination", "assistants_output", "", "Assistants"):
        said = (
            f"'{purpose}' is not one of ['fine-tune', 'assistants', 'batch', 'user_data', 'vision', 'evals']"
        )
        assert complaint(send(raw, field("purpose", purpose), file(b"x"))) == (
            400,
            f"{said} - 'purpose'",
            "purpose",
            None,
        )
    assert raw("GET", "/v1/files").body["data"] == []


@pytest.mark.parametrize(
    "name", ["program.vb", "README", "archive.tar.gz2", ".bashrc", "a.txt.", "map.geojson"]
)
def test_an_extension_the_tools_do_not_know_is_refused(client: openai.OpenAI, name: str) -> None:
    """E-113, for purpose `assistants` alone."""
    error = refused(upload, client, name, "x")
    extension = name.rpartition(".")[2] if "." in name[1:] else ""
    assert error["status"] == 400
    assert error["message"].startswith(f'Invalid extension {extension}. Supported formats: "c", "cpp", "css"')
    assert upload(client, name, "x", "user_data").filename == name


# Sizes


def test_an_empty_file_is_refused(raw: Raw) -> None:
    """E-116."""
    assert complaint(send(raw, field("purpose", "assistants"), file(b"")))[:2] == (400, "File is empty.")


def test_a_file_beyond_the_limit_is_refused_to_the_byte(
    raw: Raw, control: Control, server: Server, client: openai.OpenAI
) -> None:
    """E-117: the limit itself still fits; nothing of what was too large stays, and the wire stays in step."""
    control.new_world(limits={"file_bytes": 1_000})
    before = kept(server)
    assert complaint(send(raw, field("purpose", "assistants"), file(b"y" * 1_001)))[:2] == (
        400,
        "File is too large.",
    )
    assert complaint(send(raw, file(b"y" * 500_000), field("purpose", "vision")))[:2] == (
        400,
        "File is too large.",
    )
    assert kept(server) == before
    assert upload(client, "a.txt", "y" * 1_000).bytes == 1_000


def test_the_project_has_room_for_so_many_bytes(
    client: openai.OpenAI, control: Control, server: Server
) -> None:
    """E-118: whatever the purpose; deleting and expiring make room again."""
    control.new_world(limits={"storage_bytes": 100})
    first = upload(client, "a.txt", "a" * 60)
    upload(client, "b.txt", "b" * 40, "batch")
    before = kept(server)
    error = refused(upload, client, "c.txt", "c", "vision")
    assert (error["status"], error["message"][:45]) == (400, "You have exceeded your file storage quota. Pr")
    assert kept(server) == before
    client.files.delete(first.id)
    upload(client, "c.txt", "c" * 60)
    refused(upload, client, "d.txt", "d")
    control.advance(30 * DAY)
    upload(client, "d.txt", "d" * 40)


# Downloads


@pytest.mark.parametrize("purpose", PURPOSES)
def test_who_may_be_downloaded(client: openai.OpenAI, raw: Raw, purpose: str) -> None:
    """E-115: not what was uploaded for assistants or as user data."""
    content = bytes(range(256)) * 5_000
    made = upload(client, "data.json", content, purpose)
    if purpose in ("assistants", "user_data"):
        said = f"Not allowed to download files of purpose: {purpose}"
        assert complaint(raw("GET", f"/v1/files/{made.id}/content")) == (400, said, None, None)
        return
    answer = raw("GET", f"/v1/files/{made.id}/content")
    assert (answer.status, answer.raw == content) == (200, True)
    assert answer.headers["content-length"] == str(len(content))
    assert client.files.content(made.id).read() == content


@pytest.mark.parametrize("file_id", ["file-unknown", "undefined", "asst_1", "file-%20", "%2e%2e%2fetc"])
def test_an_unknown_file_is_not_found(raw: Raw, file_id: str) -> None:
    """E-32: three ways, one answer."""
    shown = unquote(file_id)
    for method, path in (("GET", ""), ("GET", "/content"), ("DELETE", "")):
        answer = raw(method, f"/v1/files/{file_id}{path}")
        if "/" not in shown:
            assert complaint(answer) == (404, f"No such File object: {shown}", "id", None)
        else:
            assert answer.status == 404


def test_files_belong_to_one_key(client: openai.OpenAI) -> None:
    """Another key sees neither file nor content, although both may keep the same bytes."""
    upload(client, "first.bin", b"x", "vision")
    mine = upload(client, "a.bin", b"shared bytes", "vision")
    other = client.with_options(api_key="sk-another-of-files")
    theirs = upload(other, "b.bin", b"shared bytes", "vision")
    assert refused(other.files.content, mine.id)["status"] == 404
    client.files.delete(mine.id)
    assert other.files.content(theirs.id).read() == b"shared bytes"


# Expiry


def test_a_file_expires_when_it_was_asked_to(client: openai.OpenAI, control: Control, server: Server) -> None:
    """To the second: there until then, and gone from lists, downloads and disk after it."""
    before = kept(server)
    made = upload(
        client, "a.bin", b"short lived", "vision", expires_after={"anchor": "created_at", "seconds": 3600}
    )
    assert made.expires_at == made.created_at + 3600
    control.advance(made.expires_at - moment(control) - 1)
    assert client.files.content(made.id).read() == b"short lived"
    control.advance(1)
    assert refused(client.files.retrieve, made.id)["status"] == 404
    assert client.files.list().data == []
    assert kept(server) == before


def test_batch_files_expire_after_thirty_days(client: openai.OpenAI, control: Control) -> None:
    """Unless something else is asked for; other purposes never do."""
    usual = upload(client, "a.jsonl", ONE_LINE, "batch")
    longer = upload(
        client, "b.jsonl", ONE_LINE, "batch", expires_after={"anchor": "created_at", "seconds": 5 * 3600}
    )
    forever = upload(client, "c.txt", "x")
    assert usual.expires_at == usual.created_at + 30 * DAY
    assert longer.expires_at == longer.created_at + 5 * 3600
    control.advance(30 * DAY)
    assert ids(client.files.list()) == [forever.id]


@pytest.mark.parametrize(
    ("fields", "param", "code"),
    [
        ({"anchor": "created_at", "seconds": "3599"}, "expires_after.seconds", "integer_below_min_value"),
        ({"anchor": "created_at", "seconds": "2592001"}, "expires_after.seconds", "integer_above_max_value"),
        ({"anchor": "created_at", "seconds": "soon"}, "expires_after.seconds", "invalid_type"),
        ({"anchor": "created_at", "seconds": "3600.5"}, "expires_after.seconds", "invalid_type"),
        ({"anchor": "created_at", "seconds": ""}, "expires_after.seconds", "invalid_type"),
        ({"anchor": "last_active_at", "seconds": "3600"}, "expires_after.anchor", "invalid_value"),
        ({"anchor": "created_at"}, "expires_after.seconds", "missing_required_parameter"),
        ({"seconds": "3600"}, "expires_after.anchor", "missing_required_parameter"),
        ({"anchor": "created_at", "seconds": "3600", "days": "1"}, "expires_after.days", "unknown_parameter"),
    ],
)
def test_an_expiry_has_its_bounds(raw: Raw, fields: dict[str, str], param: str, code: str) -> None:
    """An hour to thirty days after creation, both given."""
    nested = [field(f"expires_after[{name}]", value) for name, value in fields.items()]
    answer = send(raw, field("purpose", "assistants"), *nested, file(b"x"))
    assert complaint(answer)[0] == 400
    assert (answer.body["error"]["param"], answer.body["error"]["code"]) == (param, code)


@pytest.mark.parametrize("seconds", [3600, 2_592_000])
def test_the_bounds_of_an_expiry_are_allowed(client: openai.OpenAI, seconds: int) -> None:
    """Both ends belong to it."""
    made = upload(client, "a.txt", "x", expires_after={"anchor": "created_at", "seconds": seconds})
    assert made.expires_at == made.created_at + seconds


@pytest.mark.parametrize("value", ["never", '{"anchor": "created_at", "seconds": 3600}'])
def test_an_expiry_is_no_plain_field(raw: Raw, value: str) -> None:
    """It is made of two."""
    answer = send(raw, field("expires_after", value), field("purpose", "assistants"), file(b"x"))
    assert complaint(answer)[2:] == ("expires_after", "invalid_type")


# Lists


def test_files_are_listed_newest_first_in_pages(client: openai.OpenAI, raw: Raw) -> None:
    """With `after`, in either order, whatever was deleted meanwhile; they all share a second."""
    made = [upload(client, f"{number}.txt", "x").id for number in range(5)]
    assert ids(client.files.list()) == made[::-1]
    assert ids(client.files.list(order="asc")) == made
    assert ids(client.files.list(order="asc", limit=2)) == made  # the client fetches page after page
    page = raw("GET", f"/v1/files?limit=2&after={made[3]}").body
    assert ([each["id"] for each in page["data"]], page["has_more"]) == ([made[2], made[1]], True)
    assert (page["object"], page["first_id"], page["last_id"]) == ("list", made[2], made[1])
    client.files.delete(made[3])
    page = raw("GET", f"/v1/files?limit=3&after={made[3]}").body
    assert ([each["id"] for each in page["data"]], page["has_more"]) == (made[2::-1], False)


def test_files_are_listed_by_purpose(client: openai.OpenAI, raw: Raw) -> None:
    """Pages are filled with that purpose alone, and `has_more` speaks of it alone."""
    mine = [upload(client, f"{number}.txt", "x").id for number in range(3)]
    seen = upload(client, "a.png", "x", "vision").id
    assert ids(client.files.list(purpose="assistants", limit=1)) == mine[::-1]
    assert ids(client.files.list(purpose="vision")) == [seen]
    assert raw("GET", f"/v1/files?purpose=vision&after={seen}").body["data"] == []
    page = raw("GET", "/v1/files?purpose=vision&limit=1").body
    assert page["has_more"] is False
    page = raw("GET", f"/v1/files?purpose=assistants&after={seen}&limit=2").body
    assert ([each["id"] for each in page["data"]], page["has_more"]) == (mine[:0:-1], True)
    assert raw("GET", "/v1/files?purpose=nothing").body["data"] == []


@pytest.mark.parametrize(
    ("query", "status", "param"),
    [
        ("limit=0", 400, "limit"),
        ("limit=10001", 400, "limit"),
        ("limit=ten", 400, "limit"),
        ("order=random", 400, "order"),
        ("order=asc&order=desc", 400, "order"),
        ("after=file-unknown", 404, "id"),
        ("limit=10000&before=file-unknown&unknown=1", 200, None),
        ("after=", 200, None),
    ],
)
def test_what_a_list_may_be_asked_for(raw: Raw, query: str, status: int, param: str | None) -> None:
    """1 to 10,000 of them; there is no `before` here, so it is as unknown as any other key."""
    answer = raw("GET", f"/v1/files?{query}")
    assert answer.status == status
    if param is not None:
        assert complaint(answer)[2] == param


# Deleting


def test_a_deleted_file_is_gone(client: openai.OpenAI, raw: Raw, server: Server) -> None:
    """E-123: the answer calls it a file; its bytes leave with it, and a second time it is not found."""
    before = kept(server)
    made = upload(client, "a.bin", b"to be deleted", "vision")
    assert raw("DELETE", f"/v1/files/{made.id}").body == {"object": "file", "deleted": True, "id": made.id}
    assert complaint(raw("DELETE", f"/v1/files/{made.id}"))[0] == 404
    assert complaint(raw("GET", f"/v1/files/{made.id}/content"))[0] == 404
    assert kept(server) == before


def test_a_fine_tuning_file_cannot_be_deleted_while_it_is_processed(
    client: openai.OpenAI, control: Control
) -> None:
    """E-119, the only 409; a little later it can."""
    made = upload(client, "a.jsonl", ONE_LINE, "fine-tune")
    error = refused(client.files.delete, made.id)
    assert (error["status"], error["message"]) == (409, "File is still processing. Check back later.")
    control.advance(60)
    assert client.files.delete(made.id).deleted


def test_a_poller_waits_for_a_fine_tuning_file(client: openai.OpenAI) -> None:
    """`wait_for_processing` comes back, and after it the file can be deleted."""
    made = upload(client, "a.jsonl", ONE_LINE, "fine-tune")
    assert client.files.wait_for_processing(made.id, poll_interval=0).status == "processed"


# Several at once, and clients that go away


def test_equal_contents_at_once_are_two_files(client: openai.OpenAI, server: Server) -> None:
    """Each has its own id; the bytes stay as long as one of the two does."""
    before = kept(server)
    content = b"the same for everybody " * 20_000
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda number: upload(client, f"{number}.bin", content, "vision"), range(8)))
    assert len({each.id for each in made}) == 8
    assert len(kept(server) - before) == 1
    for each in made[:-1]:
        client.files.delete(each.id)
    assert client.files.content(made[-1].id).read() == content
    client.files.delete(made[-1].id)
    assert kept(server) == before


def test_a_slow_upload_of_what_another_is_refused_with(
    client: openai.OpenAI, server: Server, key: str
) -> None:
    """Its bytes are all here and its form is not: a refused request with equal ones must not take them."""
    content = b"slow and refused " * 1_000
    body = form(file(content, "slow.bin"), field("purpose", "vision"))
    head = (
        f"POST /v1/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: {HEADERS['Content-Type']}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection((server.host, server.port), timeout=30) as connection:
        connection.sendall(head.encode() + body[:-10])
        for _ in range(3):
            assert refused(upload, client, "a.bin", content, "nonsense")["status"] == 400
        connection.sendall(body[-10:])
        while connection.recv(65_536):
            pass
    (made,) = client.files.list().data
    assert client.files.content(made.id).read() == content


def test_an_upload_refused_beside_one_that_is_kept(client: openai.OpenAI, server: Server) -> None:
    """The refused one has the very same bytes and does not take them away."""
    content = b"wanted and refused " * 10_000
    made = upload(client, "a.bin", content, "vision")
    barrier = threading.Barrier(2)

    def refuse(_: int) -> int:
        barrier.wait()
        return int(refused(upload, client, "a.bin", content, "nonsense")["status"])

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(refuse, range(2))) == [400, 400]
    assert client.files.content(made.id).read() == content


def test_a_file_deleted_while_it_is_downloaded(client: openai.OpenAI, raw: Raw, server: Server) -> None:
    """The download goes on or is cut short of its promised length; it never gives other bytes."""
    content = bytes(range(256)) * 80_000
    made = upload(client, "large.bin", content, "vision")
    response = raw.begin("GET", f"/v1/files/{made.id}/content")
    first = response.read(1_000)
    client.files.delete(made.id)
    rest = response.read()
    assert first + rest == content[: len(first + rest)]
    assert refused(client.files.content, made.id)["status"] == 404


def test_a_client_that_hangs_up_in_the_middle_of_an_upload(
    client: openai.OpenAI, server: Server, key: str
) -> None:
    """Nothing of it is left, neither file nor bytes, and the server goes on."""
    before = kept(server)
    body = form(field("purpose", "vision"), file(b"z" * 3_000_000))
    head = (
        f"POST /v1/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: {HEADERS['Content-Type']}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    for sent, some_is_there in ((0, False), (100, False), (300_000, True), (len(body) - 1, True)):
        with socket.create_connection((server.host, server.port)) as connection:
            connection.sendall(head.encode() + body[:sent])
            while some_is_there and kept(server) == before:  # each request is a turn of the server's
                assert client.files.list().data == []
        while kept(server) != before:
            assert client.files.list().data == []
    assert client.files.list().data == []
    assert upload(client, "a.txt", "x").bytes == 1
