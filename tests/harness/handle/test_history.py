"""The history: which calls were made, and how they are told."""

from __future__ import annotations

import openai
import pytest

from harness.handle.assistants import Assistants
from tests.harness.handle.conftest import Chat


def test_nothing_has_happened_yet(handle: Assistants) -> None:
    history = handle.history
    assert (len(history), list(history), history.names, history.ops("runs.*")) == (0, [], [], 0)
    assert str(history) == "no calls"
    assert repr(history) == "<History of 0 calls>"
    with pytest.raises(LookupError, match=r"no call of 'runs\.create' so far; called were nothing"):
        history.last("runs.create")


def test_calls_are_counted_and_found_by_name_and_glob(handle: Assistants, chat: Chat) -> None:
    run = chat.ask("Hello?")
    history = handle.history
    assert history.names[:4] == ["assistants.create", "threads.create", "messages.create", "runs.create"]
    assert history.ops("runs.create") == 1
    assert history.ops("runs.retrieve") == history.ops("runs.*") - 1 > 0
    assert history.ops() == len(history) == len(list(history)) == len(history.names)
    assert history.ops("runs.retrieve#2") == 1
    assert history.ops("runs.retrieve#99") == 0
    assert history.ops("*.create") == 4
    assert "runs.create" in history
    assert "runs.cancel" not in history
    assert history[0] in history
    assert [call.call for call in history[1:3]] == ["threads.create#1", "messages.create#1"]
    assert history[-1].response["id"] == run.id


def test_an_exchange_tells_all_of_a_call(handle: Assistants, chat: Chat) -> None:
    handle.clock.advance("1m")
    run = chat.ask("Hello?")
    call = handle.history.last("messages.create")
    assert (call.call, call.operation, call.ordinal, call.at) == (
        "messages.create#1",
        "messages.create",
        1,
        60.0,
    )
    assert (call.method, call.path, call.query) == ("POST", f"/v1/threads/{run.thread_id}/messages", "")
    assert (call.status, call.outcome, call.faults, call.performed) == (200, "done", (), None)
    assert call.succeeded
    assert call.done
    assert call.request == {"role": "user", "content": "Hello?"}
    assert call.response["content"][0]["text"]["value"] == "Hello?"
    assert call.request_id.startswith("req_")
    assert handle.history.requests("messages.create") == [call.request]
    assert repr(call) == "<60.0 messages.create#1 200>"


def test_an_exchange_tells_of_its_clients_habits_and_not_of_its_key(handle: Assistants) -> None:
    handle.faults.arm("429(retry_after=20s)", "models.list")
    handle.faults.arm("stall", "models.list", nth=2)
    client = handle.client(timeout=30, max_retries=2)
    client.models.list()
    refused, stalled, answered = handle.history.calls("models.list")
    assert "authorization" not in refused.headers
    assert refused.headers["x-stainless-read-timeout"] == "30"
    assert [call.headers["x-stainless-retry-count"] for call in handle.history] == ["0", "1", "2"]
    assert (refused.retry_after, answered.retry_after) == (20, None)
    assert (stalled.outcome, stalled.ended) == ("cut", stalled.at + 30)
    assert answered.ended == answered.at


def test_a_misspelt_operation_is_not_taken_for_one_that_nobody_called(handle: Assistants) -> None:
    assert handle.history.ops("runs.cancel") == 0
    assert handle.history.ops("v1.assistants.files.list") == 0
    with pytest.raises(ValueError, match=r"no operation 'run\.cancel'; did you mean 'runs\.cancel'"):
        handle.history.ops("run.cancel")
    with pytest.raises(ValueError, match="no operation"):
        handle.history.calls("chat.*")


def test_faults_and_errors_are_told(handle: Assistants, chat: Chat) -> None:
    handle.faults.arm("lost_ack", "threads.create")
    handle.faults.arm("429(retry_after=30s)", "threads.create", nth=2)
    with pytest.raises(openai.APIConnectionError):
        chat.client.beta.threads.create()
    with pytest.raises(openai.RateLimitError):
        chat.client.beta.threads.create()
    with pytest.raises(openai.NotFoundError):
        chat.client.beta.threads.retrieve("thread_nope")
    lost, refused, missing = handle.history[-3:]
    assert (lost.status, lost.faults, lost.performed, lost.outcome) == (0, ("lost_ack",), True, "cut")
    assert lost.done
    assert not lost.succeeded
    assert (refused.status, refused.faults, refused.done) == (429, ("429(retry_after=30s)",), False)
    assert repr(lost) == "<0.0 threads.create#1 no answer [lost_ack] (but done) (cut)>"
    assert repr(refused).endswith("[429(retry_after=30s)]>")
    assert repr(missing) == "<0.0 threads.retrieve#1 404 No thread found with id 'thread_nope'.>"


def test_streams_tell_their_events(handle: Assistants, chat: Chat) -> None:
    thread = chat.client.beta.threads.create(messages=[{"role": "user", "content": "Hello?"}])
    with chat.client.beta.threads.runs.stream(thread_id=thread.id, assistant_id=chat.assistant_id) as stream:
        stream.until_done()
    call = handle.history.last("runs.create")
    assert call.response is None
    assert call.events[0] == "thread.run.created"
    assert str(call) == f"0.0 runs.create#1 200 {len(call.events)} events, to thread.run.completed"


def test_it_is_written_one_call_a_line_and_never_too_long(handle: Assistants, chat: Chat) -> None:
    for _ in range(70):
        chat.client.models.retrieve("gpt-4o")
    lines = str(handle.history).splitlines()
    assert len(lines) == 61
    assert lines[0] == "… 11 calls before"
    assert lines[-1] == "0.0 models.retrieve#70 200"
    assert repr(handle.history) == "<History of 71 calls, the last 0.0 models.retrieve#70 200>"


def test_it_can_be_forgotten(handle: Assistants, chat: Chat) -> None:
    chat.client.beta.threads.create()
    handle.history.clear()
    assert len(handle.history) == 0
    chat.client.beta.threads.create()
    assert [call.call for call in handle.history] == ["threads.create#1"]


def test_of_a_server_that_is_gone_it_says_so() -> None:
    with Assistants("http://127.0.0.1:9/v1", "any") as handle:
        assert repr(handle.history).startswith("<History that cannot be read: ")
