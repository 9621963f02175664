"""The handle: worlds, time, faults."""

from __future__ import annotations

from datetime import timedelta

import openai
import pytest

from harness.control import ControlError
from harness.handle.assistants import Assistants, open_handles
from harness.handle.faults import ActedFault
from mockserver.server import Server
from tests.harness.handle.conftest import Chat


def test_with_settings_a_new_world_begins_and_without_it_is_as_it_was(server: Server, key: str) -> None:
    with Assistants(server.base_url, key, settings={"seed": "mine"}) as first:
        thread = first.client().beta.threads.create()
        first.clock.advance(10)
        with Assistants(server.base_url, key) as second:
            assert second.client().beta.threads.retrieve(thread.id).id == thread.id
            assert second.seed == "mine"
            assert second.began == first.began == 1_750_000_000
            assert second.history.names == ["threads.create", "threads.retrieve"]
        with Assistants(server.base_url, key, settings={}) as third:
            assert len(third.history) == 0
            assert third.seed == 0


def test_of_a_world_without_calls_the_beginning_is_now(server: Server, key: str) -> None:
    with Assistants(server.base_url, key) as handle:
        handle.control.advance(5)
        assert handle.began == 1_750_000_005
        assert handle.clock.elapsed == 0


def test_settings_that_are_none_are_refused_at_once(server: Server, key: str) -> None:
    before = set(open_handles())
    with pytest.raises(ControlError, match="sped"):
        Assistants(server.base_url, key, settings={"sped": 1})
    assert set(open_handles()) == before


def test_a_new_world_has_the_settings_of_the_handle(server: Server, key: str) -> None:
    with Assistants(server.base_url, key, settings={"seed": 3, "auto_create": True}) as handle:
        first = handle.client().beta.threads.create().id
        handle.clock.advance(60)
        handle.new_world()
        assert (handle.seed, handle.clock.elapsed) == (3, 0.0)
        assert handle.client().beta.threads.create().id == first
        assert handle.client().beta.threads.retrieve("thread_any").id == "thread_any"
        handle.new_world(seed=4)
        assert handle.seed == 4
        assert handle.client().beta.threads.create().id != first
        handle.new_world()
        assert handle.seed == 3


def test_a_world_can_be_kept_and_brought_back(handle: Assistants, chat: Chat) -> None:
    handle.backend.run().replies("kept")
    handle.clock.advance(100)
    document = handle.snapshot()
    handle.new_world(seed=99)
    handle.restore(document)
    assert (handle.seed, handle.clock.elapsed, len(handle.history)) == (7, 0.0, 0)
    assert chat.texts(chat.ask("?").thread_id) == ["kept"]
    assert handle.history[0].at == 0.0


def test_another_world_is_apart_and_ends_with_this_one(handle: Assistants) -> None:
    mine = handle.client().beta.threads.create()
    other = handle.another()
    third = handle.another()
    assert len({handle.api_key, other.api_key, third.api_key}) == 3
    with pytest.raises(openai.NotFoundError):
        other.client().beta.threads.retrieve(mine.id)
    assert other.client().beta.threads.create().id == mine.id  # it has the same seed
    client = other.client()
    handle.close()
    assert client.is_closed()
    assert not {handle, other, third} & set(open_handles())


def test_the_world_of_a_key_that_the_code_brings(handle: Assistants, key: str) -> None:
    theirs = openai.OpenAI(base_url=handle.base_url, api_key=f"{key}-theirs")
    with theirs:
        thread = theirs.beta.threads.create()
    assert handle.another(f"{key}-theirs").history.last("threads.create").response["id"] == thread.id
    assert len(handle.history) == 0


def test_time(handle: Assistants) -> None:
    clock = handle.clock
    assert (clock.mode, clock.now, clock.elapsed) == ("virtual", 1_750_000_000.0, 0.0)
    assert clock.advance("10m") == 600.0
    assert clock.advance(0.25) == 600.25
    assert clock.advance(timedelta(hours=1)) == clock.elapsed == 4200.25
    assert repr(clock) == "<Clock virtual, 4200.25 s>"
    assert handle.client().beta.threads.create().created_at == int(clock.now)
    clock.set_mode("x60")
    assert clock.mode == "x60"
    with pytest.raises(ControlError, match="unknown clock"):
        clock.set_mode("fast")
    for nonsense in ("ten minutes", -1, float("nan"), "1d"):
        with pytest.raises(ValueError, match=r"is not a|unknown unit"):
            clock.advance(nonsense)


def test_faults_are_armed_listed_and_disarmed(handle: Assistants) -> None:
    faults = handle.faults
    armed = faults.arm("429", "threads.create", nth=2, retry_after="30s")
    assert (armed.fault, armed.name, armed.error, dict(armed.at), armed.active, armed.fired) == (
        "429(retry_after=30s)",
        "429",
        15,
        {"operation": "threads.create", "nth": 2},
        True,
        0,
    )
    faults.arm("500", "runs.*", always=True)
    assert [fault.fault for fault in faults.armed] == ["429(retry_after=30s)", "500"]
    assert repr(faults) == "<Faults 429(retry_after=30s), 500>"
    faults.disarm(armed)
    assert [fault.name for fault in faults.listed] == ["500"]
    faults.disarm()
    assert faults.listed == []
    assert repr(faults) == "<Faults none armed>"
    with pytest.raises(ControlError, match="did you mean"):
        faults.arm("lost_ac")


def test_what_faults_did_is_told(handle: Assistants) -> None:
    client = handle.client(max_retries=0)
    assert handle.fault is None
    handle.faults.arm("500", "threads.create")
    with pytest.raises(openai.InternalServerError):
        client.beta.threads.create()
    (spent,) = handle.faults.listed
    assert (spent.active, spent.fired, spent.calls) == (False, 1, ("threads.create#1",))
    assert handle.faults.armed == []
    with pytest.raises(openai.RateLimitError):
        client.beta.threads.create(extra_headers={"X-Mock-Fault": "429(retry_after=30s)"})
    client.beta.threads.create()
    assert handle.faults.fired == [
        ActedFault("500", "threads.create#1"),
        ActedFault("429(retry_after=30s)", "threads.create#2"),
    ]
    assert handle.fault == handle.faults.fired[-1]
    assert handle.fault is not None
    assert handle.fault.name == "429"


def test_a_fault_for_as_long_as_a_block_lasts(handle: Assistants) -> None:
    client = handle.client(max_retries=0)
    handle.faults.arm("500", "assistants.*", always=True)
    with handle.faults.armed_with("503", "threads.create", always=True) as fault:
        for _ in range(2):
            with pytest.raises(openai.InternalServerError):
                client.beta.threads.create()
    client.beta.threads.create()
    assert [armed.name for armed in handle.faults.armed] == ["500"]
    assert [acted.call for acted in handle.faults.fired] == ["threads.create#1", "threads.create#2"]
    with handle.faults.armed_with("503", "threads.create") as fault:
        handle.faults.disarm(fault)
    with handle.faults.armed_with("503", "threads.create"):
        handle.new_world()
    assert handle.faults.listed == []


def test_it_says_where_it_is(handle: Assistants) -> None:
    assert repr(handle) == f"<Assistants at {handle.base_url} behind {handle.api_key}>"
