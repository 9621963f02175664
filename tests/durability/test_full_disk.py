"""A disk that is full: refused in the API's form, said in one line, forgotten when there is space again."""

from __future__ import annotations

import http.client
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Answer, Raw
from tests.durability.filled import CONTENT, Filled, fill, made, needs_prlimit, upload
from tests.soak.serving import Serving

pytestmark = needs_prlimit

Limit = Callable[[int | None], None]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Serving]:
    """A server on a store of its own."""
    with Serving(tmp_path / "store") as running:
        yield running


@pytest.fixture
def raw(server: Serving) -> Iterator[Raw]:
    """A connection to it."""
    caller = server.caller()
    yield caller
    caller.connection.close()


@pytest.fixture
def limit(server: Serving) -> Limit:
    """No file may be longer than that from now on; None takes the limit away."""
    import resource  # where there is one

    def _limit(size: int | None) -> None:
        hard = resource.RLIM_INFINITY
        resource.prlimit(server.running.pid, resource.RLIMIT_FSIZE, (hard if size is None else size, hard))

    return _limit


def refused(answer: Answer) -> bool:
    """Whether it is the API's 500."""
    if answer.status == 200:
        return False
    assert answer.status == 500
    assert answer.body["error"]["type"] == "server_error"
    assert answer.headers["x-request-id"]
    return True


def lines(server: Serving) -> list[str]:
    """What the server has said to its standard error."""
    return server.said.splitlines()


def test_writes_are_refused_reads_go_on_and_nothing_is_lost(
    server: Serving, raw: Raw, limit: Limit, tmp_path: Path
) -> None:
    filled = fill(raw)
    before = raw("GET", "/_mock/world").body["objects"]
    limit(1)
    for path in ("/v1/threads", "/v1/assistants", "/v1/vector_stores"):
        assert refused(raw("POST", path, {"model": "gpt-4o"} if path.endswith("assistants") else {}))
    assert refused(upload(raw, CONTENT + b"more", "vision"))
    assert refused(upload(raw, b"small", "vision"))
    assert refused(raw("DELETE", f"/v1/files/{filled.file}"))
    filled.check(raw, writable=False)
    assert [
        path.name for path in (tmp_path / "store.files").iterdir() if path.name.startswith("incoming")
    ] == []
    limit(None)
    assert raw("GET", "/_mock/world").body["objects"] == before
    thread = made(raw, "/v1/threads", {})["id"]
    assert upload(raw, b"more", "vision").status == 200
    filled.check(raw)
    said = [line for line in lines(server) if line]
    assert len(said) == 6
    for line in said:
        assert re.fullmatch(r"assistants-mock: (POST|DELETE) '/v1/[\w/-]+' came to nothing: .+", line), line
    raw.connection.close()
    server.kill()
    with Serving(tmp_path / "store") as again:
        caller = again.caller()
        filled.check(caller)
        assert caller("GET", f"/v1/threads/{thread}").status == 200
        caller.connection.close()


@pytest.mark.parametrize("room", range(0, 40_000, 6_000))
def test_wherever_the_disk_is_full_a_write_is_whole_or_not_there(
    room: int, server: Serving, raw: Raw, limit: Limit, tmp_path: Path
) -> None:
    """The limit falls into the middle of a transaction, which is taken back whole."""
    filled: Filled = fill(raw, messages=3)
    limit((tmp_path / "store-wal").stat().st_size + room)
    said = [{"role": "user", "content": f"{number} " * 400} for number in range(5)]
    threads = []
    while not refused(answer := raw("POST", "/v1/threads", {"messages": said})):
        threads.append(answer.body["id"])
    limit(None)
    threads.append(made(raw, "/v1/threads", {"messages": said})["id"])
    listed = raw("GET", "/_mock/objects?object=thread&limit=1000").body["data"][1:]
    assert [each["id"] for each in listed] == threads
    for thread in threads:
        assert len(raw("GET", f"/v1/threads/{thread}/messages").body["data"]) == len(said)
    filled.check(raw)


def test_a_run_that_met_a_full_disk_goes_on(server: Serving, raw: Raw, limit: Limit) -> None:
    assistant = made(raw, "/v1/assistants", {"model": "gpt-4o"})["id"]
    thread = {"messages": [{"role": "user", "content": "Hello."}]}
    run = made(raw, "/v1/threads/runs", {"assistant_id": assistant, "thread": thread})
    path = f"/v1/threads/{run['thread_id']}/runs/{run['id']}"
    limit(1)
    assert refused(raw("GET", path))  # who looks at a run moves time, and that is kept
    assert refused(raw("GET", path))
    limit(None)
    seen = [raw("GET", path).body["status"] for _ in range(10)]
    assert seen[-1] == "completed"
    assert "in_progress" in seen


def test_a_stream_that_meets_a_full_disk_is_cut_and_the_run_goes_on(
    server: Serving, raw: Raw, limit: Limit
) -> None:
    made(raw, "/_mock/world", {"clock": "real", "latency": {"queued": "1500ms", "first_token": "100ms"}})
    assistant = made(raw, "/v1/assistants", {"model": "gpt-4o"})["id"]
    thread = {"messages": [{"role": "user", "content": "Hello."}]}
    body = {"assistant_id": assistant, "thread": thread, "stream": True}
    stream = raw.begin("POST", "/v1/threads/runs", body)
    event = stream.readline()
    limit(1)
    with pytest.raises((OSError, http.client.HTTPException)):
        stream.read()
    assert event == b"event: thread.created\n"
    raw.connection.close()
    limit(None)
    made(raw, "/_mock/clock/advance", {"seconds": 60})
    (run,) = raw("GET", "/_mock/objects?object=thread.run").body["data"]
    assert run["status"] == "completed"
