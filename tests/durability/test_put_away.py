"""What bounds memory: worlds that are put away, journals of a size, uploads of so many parts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.control import Control
from mockserver.server import Server
from tests.conftest import Raw
from tests.durability.filled import made
from tests.stage import form

AT_HAND = 3


@pytest.fixture(params=["memory", "file"])
def server(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Server]:
    """A server that has few worlds at hand."""
    monkeypatch.setattr("mockserver.projects.WORLDS_AT_HAND", AT_HAND)
    with Server(store=tmp_path / "store" if request.param == "file" else None) as running:
        yield running


@pytest.fixture
def raw(server: Server) -> Iterator[Raw]:
    """A connection that is used with many keys."""
    caller = Raw(server.host, server.port, "first")
    yield caller
    caller.connection.close()


def crowd_out(raw: Raw, server: Server) -> None:
    """Use other worlds until the present one is put away."""
    key = raw.key
    world = server.projects.world(key)
    for number in range(AT_HAND + 1):
        raw.key = f"other-{number}"
        assert raw("GET", "/v1/assistants").status == 200
    assert world.closed
    assert len(server.projects._worlds) == AT_HAND
    raw.key = key


def test_a_world_that_was_put_away_goes_on_as_it_was(raw: Raw, server: Server) -> None:
    assistant = made(raw, "/v1/assistants", {"model": "gpt-4o"})["id"]
    made(raw, "/_mock/replies", {"then": {"reply": "I remember."}})
    made(raw, "/_mock/faults", {"fault": "503", "at": {"operation": "threads.create", "nth": 3}})
    assert raw("POST", "/v1/threads", {}).status == 200
    thread = {"messages": [{"role": "user", "content": "Do you?"}]}
    run = made(raw, "/v1/threads/runs", {"assistant_id": assistant, "thread": thread})
    path = f"/v1/threads/{run['thread_id']}"
    assert raw("GET", f"{path}/runs/{run['id']}").body["status"] == "in_progress"
    crowd_out(raw, server)
    while (shown := raw("GET", f"{path}/runs/{run['id']}").body)["status"] != "completed":
        assert shown["status"] == "in_progress"
    (message, _) = raw("GET", f"{path}/messages").body["data"]
    assert message["content"][0]["text"]["value"] == "I remember."
    assert [raw("POST", "/v1/threads", {}).status for _ in range(3)] == [200, 503, 200]


def test_the_journal_of_a_world_that_was_put_away_tells_what_is_missing(raw: Raw, server: Server) -> None:
    for _ in range(3):
        made(raw, "/v1/threads", {})
    assert raw("GET", "/_mock/journal").body["dropped"] == 0
    crowd_out(raw, server)
    made(raw, "/v1/threads", {})
    journal = raw("GET", "/_mock/journal").body
    assert journal["dropped"] == 3
    assert [(entry["number"], entry["call"]) for entry in journal["data"]] == [(4, "threads.create#4")]
    assert raw("GET", "/_mock/clock?calls=true").body["calls"] == 4


def test_a_world_with_somebody_in_it_is_not_put_away(raw: Raw, server: Server) -> None:
    made(raw, "/_mock/world", {"clock": "real", "latency": {"queued": "100ms", "first_token": "200ms"}})
    assistant = made(raw, "/v1/assistants", {"model": "gpt-4o"})["id"]
    thread = {"messages": [{"role": "user", "content": "Hello."}]}
    listener = raw.another()
    body = {"assistant_id": assistant, "thread": thread, "stream": True}
    stream = listener.begin("POST", "/v1/threads/runs", body)
    world = server.projects.world(raw.key)
    for number in range(AT_HAND * 2):
        raw.key = f"other-{number}"
        assert raw("GET", "/v1/assistants").status == 200
    assert not world.closed
    assert b"event: done" in stream.read()
    listener.connection.close()
    for number in range(AT_HAND * 2):
        raw.key = f"another-{number}"
        assert raw("GET", "/v1/assistants").status == 200
    assert world.closed


@pytest.fixture
def bounded(raw: Raw, server: Server) -> Iterator[Control]:
    """The control door of the first world."""
    with Control(server.base_url, raw.key) as control:
        yield control


def test_a_journal_keeps_so_many_entries(raw: Raw, bounded: Control) -> None:
    bounded.new_world(clock="virtual", limits={"journal_entries": 5})
    for _ in range(8):
        made(raw, "/v1/threads", {})
    journal = raw("GET", "/_mock/journal").body
    assert [entry["number"] for entry in journal["data"]] == [4, 5, 6, 7, 8]
    assert journal["dropped"] == 3
    raw("DELETE", "/_mock/journal")
    made(raw, "/v1/threads", {})
    journal = raw("GET", "/_mock/journal").body
    assert [(entry["number"], entry["call"]) for entry in journal["data"]] == [(9, "threads.create#1")]
    assert journal["dropped"] == 0  # what somebody has thrown away is not missing


def test_a_journal_keeps_so_many_bytes(raw: Raw, bounded: Control) -> None:
    bounded.new_world(clock="virtual", limits={"journal_bytes": 20_000})
    for _ in range(40):
        made(raw, "/v1/threads", {"metadata": {"a": "x" * 500}})
    journal = raw("GET", "/_mock/journal").body
    kept = len(journal["data"])
    assert 5 < kept < 20
    assert journal["data"][-1]["number"] == 40
    assert journal["dropped"] == 40 - kept


def test_an_upload_has_so_many_parts(raw: Raw, bounded: Control) -> None:
    bounded.new_world(clock="virtual", limits={"upload_parts": 2})
    body = {"purpose": "vision", "filename": "a.txt", "bytes": 2, "mime_type": "text/plain"}
    upload = made(raw, "/v1/uploads", body)["id"]
    sent, headers = form({}, data=("part", b"a"))
    answers = [raw("POST", f"/v1/uploads/{upload}/parts", sent, headers) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 400]
    assert answers[2].body["error"]["message"] == (
        f"Upload '{upload}' has 2 parts already, and cannot have more."
    )
    parts = [answer.body["id"] for answer in answers[:2]]
    assert raw("POST", f"/v1/uploads/{upload}/complete", {"part_ids": parts}).body["status"] == "completed"
