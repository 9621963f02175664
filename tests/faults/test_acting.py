"""Whatever a fault does, the world stays whole: bugs of ours, worlds replaced, clients that leave."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.client import HTTPException, IncompleteRead
from typing import Any

import pytest

from harness.control import Control
from mockserver import errors
from mockserver.faults.catalogue.outages import ServerError, Unavailable
from mockserver.faults.contract import Fault, Occasion
from mockserver.frames import Body, Frames, Head
from mockserver.journal import MAX_BYTES, Journal
from mockserver.settings import Settings
from tests.conftest import Answer, Raw
from tests.stage import Stage, until

HELLO = {"role": "user", "content": "Hello"}


@pytest.fixture
def stage(raw: Raw, control: Control) -> Stage:
    return Stage(raw, control)


def send(raw: Raw, method: str, path: str, body: Any = None) -> Raw:
    """Send a request and do not wait for its answer."""
    caller = raw.another()
    caller.connection.request(
        method,
        path,
        json.dumps(body) if body is not None else None,
        {"Authorization": f"Bearer {raw.key}", "OpenAI-Beta": "assistants=v2"}
        | ({"Content-Type": "application/json"} if body is not None else {}),
    )
    return caller


# Bugs of ours


class BugError(Exception):
    """A bug of ours."""


def breaks_at_once(self: Fault, occasion: Occasion, upstream: Frames) -> Frames:
    raise BugError("a bug of ours")


def breaks_first(self: Fault, occasion: Occasion, upstream: Frames) -> Frames:
    raise BugError("a bug of ours")
    yield


def breaks_after_the_head(self: Fault, occasion: Occasion, upstream: Frames) -> Frames:
    yield Head(length=100)
    yield Body(b"{")
    raise BugError("a bug of ours")


def breaks_in_a_stream(self: Fault, occasion: Occasion, upstream: Frames) -> Frames:
    yield Head()
    yield Body(b"{")
    raise BugError("a bug of ours")


def recovers(raw: Raw, control: Control, thread: str, caplog: pytest.LogCaptureFixture) -> None:
    """The world is as it was, and the bug surfaces where people look."""
    assert raw("GET", f"/v1/threads/{thread}").status == 200
    assert raw("POST", f"/v1/threads/{thread}/messages", HELLO).status == 200
    assert len(raw("GET", f"/v1/threads/{thread}/messages").body["data"]) == 1
    assert not control.faults()[0]["active"]
    assert "a bug of ours" in caplog.text


@pytest.mark.parametrize("bug", [breaks_at_once, breaks_first])
def test_a_bug_before_the_answer_is_a_500(
    raw: Raw, control: Control, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, bug: Any
) -> None:
    thread = raw("POST", "/v1/threads", {}).body["id"]
    control.arm("500", "messages.create")
    monkeypatch.setattr(ServerError, "frames", bug)
    answer = raw("POST", f"/v1/threads/{thread}/messages", HELLO)
    assert answer.status == 500
    assert answer.headers["connection"] == "close"
    assert answer.body["error"]["type"] == "server_error"
    recovers(raw, control, thread, caplog)
    assert control.journal(operation="messages.create")[0]["status"] == 500


@pytest.mark.parametrize("bug", [breaks_after_the_head, breaks_in_a_stream])
def test_a_bug_in_the_middle_drops_the_connection(
    raw: Raw, control: Control, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, bug: Any
) -> None:
    """An answer that only seems to be whole would pass for a true one."""
    thread = raw("POST", "/v1/threads", {}).body["id"]
    control.arm("500", "messages.create")
    monkeypatch.setattr(ServerError, "frames", bug)
    with pytest.raises(IncompleteRead):
        raw("POST", f"/v1/threads/{thread}/messages", HELLO)
    raw.connection.close()
    recovers(raw, control, thread, caplog)
    assert control.journal(operation="messages.create")[0]["outcome"] == "broken"


def test_a_bug_before_the_call_takes_back_what_was_done(
    raw: Raw, control: Control, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    thread = raw("POST", "/v1/threads", {}).body["id"]

    def meddle(self: Fault, occasion: Occasion) -> bool:
        occasion.world.delete(occasion.world.full("thread", thread) or {})
        raise BugError("a bug of ours")

    control.arm("500(done=true)", "messages.create", times=1)
    monkeypatch.setattr(ServerError, "before", meddle)
    assert raw("POST", f"/v1/threads/{thread}/messages", HELLO).status == 500
    recovers(raw, control, thread, caplog)


@pytest.mark.parametrize("broken", [False, True])
def test_settings_are_never_left_lowered(
    stage: Stage, control: Control, monkeypatch: pytest.MonkeyPatch, broken: bool
) -> None:
    """Not by a call that is refused, nor by a fault that breaks."""
    thread = stage.thread("One")
    before = control.snapshot()["settings"]

    def lower(self: Fault, settings: Settings) -> Settings:
        return settings.changed({"limits": {"messages_per_thread": 1}})

    def refuse(self: Fault, settings: Settings) -> Settings:
        raise errors.SERVER_ERROR(request_id="req_0")

    control.arm_all(
        [{"fault": name, "at": "messages.create"} for name in ("503(done=true)", "500(done=true)")]
    )
    monkeypatch.setattr(Unavailable, "settings", lower)
    if broken:
        monkeypatch.setattr(ServerError, "settings", refuse)
    assert stage.raw("POST", f"/v1/threads/{thread}/messages", HELLO).status == 500
    assert [armed["fired"] for armed in control.faults()] == [1, 1]
    monkeypatch.undo()
    assert control.snapshot()["settings"] == before
    assert len(stage.get(f"/threads/{thread}/messages")["data"]) == 1
    for _ in range(2):
        stage.post(f"/threads/{thread}/messages", HELLO)


# Worlds that are replaced


def renew(control: Control) -> None:
    control.new_world(clock="real")


def restore(control: Control) -> None:
    control.restore(control.snapshot() | {"objects": [], "timelines": [], "faults": []})


@pytest.mark.parametrize("replace", [renew, restore])
@pytest.mark.parametrize("fault", ["500", "slow(10m)", "sse.stall(after=1)", "drip(delay=10m)"])
def test_a_call_that_outlives_its_world_is_cut(
    raw: Raw,
    control: Control,
    monkeypatch: pytest.MonkeyPatch,
    replace: Callable[[Control], None],
    fault: str,
) -> None:
    """It does nothing to the world that stands in the place of the one it was made in."""

    def wait_and_perform(self: Fault, occasion: Occasion, upstream: Frames) -> Frames:
        yield from occasion.pause(600_000)
        yield from upstream

    monkeypatch.setattr(ServerError, "frames", wait_and_perform)
    control.new_world(clock="real")
    assistant = raw("POST", "/v1/assistants", {"model": "gpt-4o"}).body["id"]
    control.arm(fault, "threads.create_and_run")
    asked = {"assistant_id": assistant, "thread": {"messages": [HELLO]}, "stream": True}
    caller = send(raw, "POST", "/v1/threads/runs", asked)
    until(lambda: control.faults()[0]["fired"])
    replace(control)
    with pytest.raises((HTTPException, ConnectionError)):
        caller.connection.getresponse().read()
    caller.connection.close()
    assert control.snapshot()["objects"] == []
    assert control.faults() == []
    assert raw("POST", "/v1/threads", {}).status == 200


# Clients that leave


def test_a_client_that_leaves_before_anything_was_done(raw: Raw, control: Control) -> None:
    control.set_clock("real")
    control.arm("slow(10m)", "assistants.list")
    caller = send(raw, "GET", "/v1/assistants")
    until(lambda: control.faults()[0]["fired"])
    caller.connection.close()
    entry = until(
        lambda: next(
            (entry for entry in control.journal(operation="assistants.list") if entry["outcome"] == "left"),
            None,
        )
    )
    assert entry["faults"] == ["slow(delay=10m)"]
    assert raw("GET", "/v1/assistants").status == 200


# Operations that are not performed


def test_a_refused_call_is_not_performed(raw: Raw, control: Control) -> None:
    control.arm("lost_ack", "messages.create")
    with pytest.raises(ConnectionError):
        raw("POST", "/v1/threads/thread_nobody/messages", HELLO)
    (entry,) = control.journal(operation="messages.create")
    assert (entry["performed"], entry["outcome"], entry["status"]) == (False, "cut", 0)


# Clients that never give up


def test_who_repeats_a_failing_call_waits_for_the_fault_to_pass(raw: Raw, control: Control) -> None:
    """In virtual time, where nothing else would let it."""
    begun = control.clock()["now"]
    control.arm("503", "threads.create", until="10m")
    control.arm("503", "threads.create", until="1h")
    control.arm("500", "threads.create", until="2h", times=1)
    answers = [raw("POST", "/v1/threads", {}).status for _ in range(51)]
    assert answers[:50] == [500, *[503] * 49]
    assert answers[50] == 200
    assert control.clock()["now"] - begun == 3600
    assert not [entry for entry in control.journal() if entry.get("event") == "quiescence"]


def test_who_polls_through_failures_sees_the_end_of_the_run(stage: Stage, control: Control) -> None:
    run = stage.run()
    control.arm("503", "runs.retrieve", probability=0.9)
    statuses = [stage.raw("GET", f"/v1{run}").status for _ in range(200)]
    assert statuses.count(200) > 10
    assert stage.get(run.rpartition("/runs")[0] + "/runs")["data"][0]["status"] == "completed"


def test_a_hang_on_a_failing_call_is_proven(raw: Raw, control: Control) -> None:
    control.arm("503", "threads.create", always=True)
    for _ in range(24):
        raw("POST", "/v1/threads", {})
    assert not [entry for entry in control.journal() if "event" in entry]
    raw("POST", "/v1/threads", {})
    (note,) = [entry for entry in control.journal() if "event" in entry]
    assert (note["event"], note["subject"]) == ("quiescence", "/v1/threads failed")


# The journal


def test_the_journal_has_the_whole_answer(raw: Raw, control: Control) -> None:
    """However it was sent, and as far as it was sent."""
    control.arm("drip(bytes=7, delay=1s)", "threads.create")
    answer = raw("POST", "/v1/threads", {"metadata": {"a": "ä" * 100}})
    (entry,) = control.journal(operation="threads.create")
    assert entry["response"] == answer.body
    assert entry["outcome"] == "done"


def test_the_journal_has_no_contents_of_files(stage: Stage, control: Control) -> None:
    file = stage.file("a.png", b"\x89PNG" * 1000, "vision")
    plain = stage.download(file)
    control.arm("slow(1s)", "files.content")
    assert stage.download(file) == plain
    first, second = control.journal(operation="files.content")
    assert first["response"] is second["response"] is None
    assert (second["faults"], second["outcome"]) == (["slow(delay=1s)"], "done")


def test_the_journal_stays_within_its_bounds() -> None:
    """Answers that were sent in pieces count as others do."""
    journal = Journal()
    for number in range(5):
        entry = journal.exchange(number, "a.b", "GET", "/a", "", b"", "req_0")
        journal.answered(entry, 0, 200, bytes(MAX_BYTES // 3), "cut")
    kept = journal.select()
    assert 1 <= len(kept) < 4
    assert kept[-1]["number"] == 5
    assert kept[-1]["outcome"] == "cut"


# Luck


def test_a_fault_has_dice_of_its_own(control: Control, raw: Raw, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its throws are not those that chose the call, which were low ones; a header's differ by the call."""
    thrown: list[float] = []

    def throw(self: Fault, occasion: Occasion, upstream: Frames) -> Frames:
        thrown.append(occasion.dice.random())
        return upstream

    monkeypatch.setattr(ServerError, "frames", throw)

    def throws(ask: Callable[[], Answer]) -> list[float]:
        control.new_world(seed=1)
        control.arm("500", "threads.create", probability=0.2)
        thrown.clear()
        for _ in range(100):
            assert ask().status == 200
        return list(thrown)

    by_chance = throws(lambda: raw("POST", "/v1/threads", {}))
    assert 10 < len(by_chance) < 35
    assert max(by_chance) > 0.5
    assert throws(lambda: raw("POST", "/v1/threads", {})) == by_chance
    asked = throws(lambda: raw("GET", "/v1/assistants", headers={"X-Mock-Fault": "500"}))
    assert len(set(asked)) == 100


def test_a_call_that_is_not_in_order_spends_nothing(raw: Raw, control: Control) -> None:
    """What somebody else did just before waits for a call that is performed."""
    thread = raw("POST", "/v1/threads", {}).body["id"]
    control.arm("run.foreign_active", "messages.create")
    messages = f"/v1/threads/{thread}/messages"
    refused = raw("POST", messages, {"role": "user"})
    assert refused.body["error"]["code"] == "missing_required_parameter"
    assert [fault["fired"] for fault in control.faults()] == [0]
    refused = raw("POST", messages, {"role": "user", "content": "Hello?"})
    assert "is active" in refused.body["error"]["message"]
    assert [fault["fired"] for fault in control.faults()] == [1]
