"""What was made on a target that is not ours is known, and deleted, newest first."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable, Mapping
from typing import Any

import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.serving import ServerProcess
from harness.targets.cleanup import Ledger, Made, delete_all
from harness.targets.connection import Connection
from harness.targets.exchanges import uninterrupted
from harness.targets.opening import open_target
from harness.targets.target import Target
from tests.harness.targets.servers import Asked, changing

Handed = dict[str, Any]


def left_on(connection: Connection) -> dict[str, list[str]]:
    """What lists show, by collection."""
    lists = ("assistants", "files", "vector_stores")
    return {
        name: [each["id"] for each in connection.request("GET", f"/{name}")["body"]["data"]] for name in lists
    }


def kinds(made: list[str]) -> list[str]:
    """The kinds of objects in these words."""
    return [each.rpartition(" ")[0] for each in made]


def test_everything_a_client_makes_is_noted_and_deleted(elsewhere: Connection) -> None:
    client = elsewhere.client()
    beta = client.beta
    assistant = beta.assistants.create(model="gpt-4o", instructions="Be brief.")
    thread = beta.threads.create()
    beta.threads.messages.create(thread.id, role="user", content="Hello?")
    beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id)
    file = client.files.create(file=("a.md", b"# Title"), purpose="assistants")
    store = client.vector_stores.create(file_ids=[file.id])
    upload = client.uploads.create(filename="b.md", bytes=4, mime_type="text/markdown", purpose="assistants")
    made_at_once = beta.threads.create_and_run(assistant_id=assistant.id)
    assert elsewhere.made == [
        f"assistant {assistant.id}",
        f"thread {thread.id}",
        f"file {file.id}",
        f"vector store {store.id}",
        f"upload {upload.id}",
        f"thread {made_at_once.thread_id}",
    ]
    assert elsewhere.clean_up() == []
    assert (elsewhere.made, elsewhere.left) == ([], [])
    assert left_on(elsewhere) == {"assistants": [], "files": [], "vector_stores": []}
    for gone in (thread.id, made_at_once.thread_id):
        with pytest.raises(openai.NotFoundError):
            beta.threads.retrieve(gone)
    with pytest.raises(openai.BadRequestError, match="cancelled"):
        client.uploads.cancel(upload.id)


def test_streams_are_watched_while_the_client_reads_them(elsewhere: Connection) -> None:
    beta = elsewhere.client().beta
    assistant = beta.assistants.create(model="gpt-4o", instructions="Be brief.")
    stream = beta.threads.create_and_run(assistant_id=assistant.id, stream=True)
    assert kinds(elsewhere.made) == ["assistant"]
    with stream:
        events = [event.event for event in stream]
    assert events[0] == "thread.created"
    assert events[-1] == "thread.run.completed"
    assert kinds(elsewhere.made) == ["assistant", "thread"]
    with beta.threads.create_and_run_stream(assistant_id=assistant.id) as helper:
        for _ in helper:
            break  # the client hangs up after the first event
    assert kinds(elsewhere.made) == ["assistant", "thread", "thread"]
    assert elsewhere.clean_up() == []


def test_what_the_client_deletes_itself_is_forgotten(elsewhere: Connection) -> None:
    client = elsewhere.client()
    thread, other = client.beta.threads.create(), client.beta.threads.create()
    client.beta.threads.delete(thread.id)
    assert elsewhere.made == [f"thread {other.id}"]
    elsewhere.request("DELETE", f"/v1/threads/{other.id}")
    assert elsewhere.made == []


def test_an_upload_becomes_a_file(elsewhere: Connection) -> None:
    client = elsewhere.client()
    upload = client.uploads.create(filename="b.md", bytes=4, mime_type="text/markdown", purpose="assistants")
    part = client.uploads.parts.create(upload.id, data=b"text")
    done = client.uploads.complete(upload.id, part_ids=[part.id])
    assert done.file
    assert elsewhere.made == [f"file {done.file.id}"]
    other = client.uploads.create(filename="c.md", bytes=4, mime_type="text/markdown", purpose="assistants")
    client.uploads.cancel(other.id)
    assert elsewhere.clean_up() == []


def test_stores_that_the_service_makes_on_the_way_are_deleted_too(elsewhere: Connection) -> None:
    """For attachments of messages, and through the helper in `tool_resources`."""
    client = elsewhere.client()
    file = client.files.create(file=("a.md", b"# Title"), purpose="assistants")
    own = client.vector_stores.create(name="ours, and named in requests")
    client.beta.assistants.create(
        model="gpt-4o",
        tools=[{"type": "file_search"}],
        tool_resources={"file_search": {"vector_stores": [{"file_ids": [file.id]}]}},
    )
    client.beta.threads.create(tool_resources={"file_search": {"vector_store_ids": [own.id]}})
    attached: Any = [{"file_id": file.id, "tools": [{"type": "file_search"}]}]
    thread = client.beta.threads.create()
    client.beta.threads.messages.create(thread.id, role="user", content="Look.", attachments=attached)
    assert len(left_on(elsewhere)["vector_stores"]) == 3
    assert elsewhere.clean_up() == []
    assert left_on(elsewhere)["vector_stores"] == []


def test_a_store_that_was_there_before_is_not_ours_to_delete(closed: ServerProcess) -> None:
    target = Target(
        "x", kind="compatible", base_url=closed.base_url, key="sk-two-sessions", capabilities=frozenset()
    )
    with open_target(target) as before, open_target(target) as session:
        store = before.client().vector_stores.create()
        session.client().beta.threads.create(tool_resources={"file_search": {"vector_store_ids": [store.id]}})
        assert kinds(session.made) == ["thread"]
        session.clean_up()
        assert left_on(before)["vector_stores"] == [store.id]
        before.clean_up()


def test_a_thread_with_an_active_run_goes_once_the_run_is_cancelled() -> None:
    """Three runs: one waits for a function, one is being cancelled, one has ended."""
    runs = {"run_1": "requires_action", "run_2": "cancelling", "run_3": "completed"}
    calls: list[str] = []

    def ask(method: str, path: str) -> tuple[int, Any, Mapping[str, str]]:
        calls.append(f"{method} {path}")
        if method == "DELETE" and len(calls) < 8:
            return 400, {"error": {"message": "Cannot delete thread while run is active"}}, {}
        if method == "GET" and "/runs/" in path:
            answer = {"object": "thread.run", "id": path[-5:], "thread_id": "thread_1", "status": "cancelled"}
            ledger.saw(method, path, None, answer)
        return 200, {}, {}

    ledger = Ledger()
    ledger.saw("POST", "/threads", {}, {"id": "thread_1"})
    for run, status in runs.items():
        ledger.saw(
            "POST", "/threads/thread_1/runs", {}, {"id": run, "thread_id": "thread_1", "status": status}
        )
    pauses: list[float] = []
    assert delete_all(ledger, ask, pauses.append) == []
    assert calls == [
        "POST /threads/thread_1/runs/run_1/cancel",
        "POST /threads/thread_1/runs/run_2/cancel",
        "GET /threads/thread_1",
        "DELETE /threads/thread_1",
        "GET /threads/thread_1/runs/run_1",
        "GET /threads/thread_1/runs/run_2",
        "DELETE /threads/thread_1",
        "DELETE /threads/thread_1",
    ]
    assert pauses == [0.25, 0.5]


def deleting(*answers: Any) -> tuple[list[str], list[float], Ledger]:
    """Delete one file whose deletion is answered so, one answer after another: what is left, the pauses."""
    ledger, told = Ledger(), iter(answers)
    pauses: list[float] = []
    ledger.saw("POST", "/files", None, {"id": "file-1"})

    def ask(method: str, path: str) -> tuple[int, Any, Mapping[str, str]]:
        answer = next(told)
        if isinstance(answer, BaseException):
            raise answer
        status, body, *headers = answer
        return status, body, headers[0] if headers else {}

    return delete_all(ledger, ask, pauses.append), pauses, ledger


def test_what_is_gone_already_is_fine() -> None:
    assert deleting((404, "gone"))[0] == []
    assert deleting((410, "gone"))[0] == []


def test_a_busy_service_is_asked_again() -> None:
    left, pauses, _ = deleting((429, {}, {"retry-after": "3"}), (503, "busy"), OSError("reset"), (200, {}))
    assert left == []
    assert pauses == [3.0, 6.0, 12.0]


def test_what_cannot_be_deleted_is_told_once_and_not_tried_again() -> None:
    left, pauses, ledger = deleting((403, {"error": {"message": "No  such\npermission"}}))
    assert (left, pauses, ledger.made) == (["file file-1: 403 No such permission"], [], [])
    left, pauses, _ = deleting(*[OSError("no route")] * 8)
    assert left == ["file file-1: OSError no route"]
    assert pauses == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0]


def test_an_interruption_leaves_the_rest_in_the_ledger() -> None:
    with pytest.raises(KeyboardInterrupt):
        deleting(KeyboardInterrupt())
    ledger = Ledger()
    for number in (1, 2, 3):
        ledger.saw("POST", "/files", None, {"id": f"file-{number}"})

    def ask(method: str, path: str) -> tuple[int, Any, Mapping[str, str]]:
        if path.endswith("file-2"):
            raise KeyboardInterrupt
        return 200, {}, {}

    with pytest.raises(KeyboardInterrupt):
        delete_all(ledger, ask, lambda seconds: None)
    assert [made.id for made in ledger.made] == ["file-1", "file-2"]


def test_files_that_a_model_wrote_are_ours_to_delete(closed: ServerProcess) -> None:
    """As they show in messages of assistants and in steps; not those a user has attached."""
    ledger = Ledger()
    message = {
        "object": "thread.message",
        "role": "assistant",
        "content": [
            {"type": "image_file", "image_file": {"file_id": "file-plot"}},
            {"type": "text", "text": {"annotations": [{"file_path": {"file_id": "file-csv"}}]}},
        ],
    }
    step = {
        "object": "thread.run.step",
        "step_details": {
            "tool_calls": [{"code_interpreter": {"outputs": [{"image": {"file_id": "file-plot"}}]}}]
        },
    }
    users = {**message, "role": "user", "content": [{"image_file": {"file_id": "file-mine"}}]}
    ledger.saw("GET", "/threads/t/messages", None, {"object": "list", "data": [users, message]})
    ledger.saw("GET", "/threads/t/runs/r/steps", None, {"object": "list", "data": [step]})
    ledger.saw_event("/threads/t/runs", "thread.message.completed", message)
    assert [made.id for made in ledger.made] == ["file-plot", "file-csv"]


COLLECTIONS = ("assistants", "threads", "vector_stores", "files", "uploads")


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.sampled_from(COLLECTIONS), st.integers(1, 3)), max_size=25))
def test_the_ledger_holds_what_was_made_and_not_deleted(acts: list[tuple[bool, str, int]]) -> None:
    """Ids are never used twice by a service, so one that was deleted does not come back."""
    ledger, gone = Ledger(), set[Made]()
    there: list[Made] = []
    for creates, collection, number in acts:
        made = Made(collection, f"id-{number}")
        if creates:
            ledger.saw("POST", f"/{collection}", {}, {"id": made.id})
            if made not in there and made not in gone:
                there.append(made)
        else:
            ledger.saw("DELETE", f"/{collection}/{made.id}", None, {"deleted": True})
            gone.add(made)
            there = [other for other in there if other != made]
    assert ledger.made == there
    deleted: list[str] = []

    def ask(method: str, path: str) -> tuple[int, Any, Mapping[str, str]]:
        if method == "DELETE" or "/uploads/" in path:
            deleted.append(path.removesuffix("/cancel").strip("/"))
        return 200, {}, {}

    assert delete_all(ledger, ask, lambda seconds: None) == []
    assert deleted == [f"{made.collection}/{made.id}" for made in reversed(there)]


@settings(deadline=None)
@given(st.binary(max_size=200), st.integers(1, 40))
def test_a_stream_is_watched_however_it_is_cut_and_whatever_is_in_it(noise: bytes, size: int) -> None:
    from harness.targets.exchanges import _Events

    found: list[tuple[str, Any]] = []
    events = [("thread.created", {"id": "thread_ü"}), ("done", None)]
    text = b"".join(
        f"event: {name}\r\ndata: {json.dumps(data) if data else '[DONE]'}\r\n\r\n".encode()
        for name, data in events
    )
    noise = noise.replace(b"\r", b"").replace(b"\n\n", b"")
    stream = b": " + noise.replace(b"\n", b" ") + b"\n\n" + text
    reader = _Events(lambda name, data: found.append((name, data)))
    for start in range(0, len(stream), size):
        reader.feed(stream[start : start + size])
    assert [event for event in found if event[0]] == events


# Interruptions


def interrupted_in(block: Callable[[], None], wanted: bool = True) -> list[str]:
    """Run a block under protection; what happened, in order."""
    happened: list[str] = []
    try:
        with uninterrupted(wanted):
            block()
            happened.append("the block went on")
    except KeyboardInterrupt:
        happened.append("interrupted")
    return happened


def test_an_interruption_waits_for_the_end_of_a_call_that_makes_something() -> None:
    assert interrupted_in(lambda: signal.raise_signal(signal.SIGINT)) == ["the block went on", "interrupted"]
    assert interrupted_in(lambda: None) == ["the block went on"]


def test_the_second_interruption_does_not_wait() -> None:
    def twice() -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    assert interrupted_in(twice) == ["interrupted"]


def test_calls_that_make_nothing_are_interrupted_at_once() -> None:
    before = signal.getsignal(signal.SIGINT)
    assert interrupted_in(lambda: signal.raise_signal(signal.SIGINT), wanted=False) == ["interrupted"]
    assert signal.getsignal(signal.SIGINT) is before


def test_an_object_is_known_although_its_creation_was_interrupted(closed: ServerProcess) -> None:
    """Ctrl-C comes while the answer is on its way."""

    def interrupting(asked: Asked, body: Any) -> Any:
        if asked.method == "POST":
            signal.pthread_kill(main, signal.SIGINT)
        return body

    main = threading.main_thread().ident or 0
    with changing(closed.base_url, interrupting, key="sk-interrupted") as server:
        target = Target(
            "x", kind="compatible", base_url=f"{server.url}/v1", capabilities=frozenset({"files"})
        )
        with open_target(target) as connection:
            with pytest.raises(KeyboardInterrupt):
                connection.client().beta.threads.create()
            assert kinds(connection.made) == ["thread"]
            assert connection.clean_up() == []
