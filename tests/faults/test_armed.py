"""Armed faults together: in which order they stand, what could not act, how they are listed and kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import openai
import pytest

from harness.control import Control
from mockserver.faults.contract import REGISTRY
from mockserver.faults.orders import read_order
from mockserver.server import Server
from mockserver.settings import Settings
from mockserver.store import Store
from mockserver.world import World
from tests.conftest import Answer, Raw
from tests.faults.asking import ASSISTANTS, HELLO, THREAD, Ask
from tests.stage import until


@pytest.fixture
def statuses(raw: Raw) -> Ask:
    return Ask(raw)


# Several faults


def test_the_fault_armed_first_stands_nearest_to_the_operation(control: Control, raw: Raw) -> None:
    """What is further out is what the client sees; what it does not let through did not act."""
    control.arm_all([{"fault": "500", "at": "threads.create"}, {"fault": "503", "at": "threads.create"}])
    assert raw("POST", "/v1/threads", {}).status == 503
    assert [(armed["name"], armed["fired"]) for armed in control.faults()] == [("500", 0), ("503", 1)]
    assert raw("POST", "/v1/threads", {}).status == 500
    assert [(armed["name"], armed["fired"]) for armed in control.faults()] == [("500", 1), ("503", 1)]
    assert [entry["faults"] for entry in control.journal(operation="threads.create")] == [["503"], ["500"]]


def test_several_faults_act_on_one_call(control: Control, raw: Raw) -> None:
    """A stream whose lines end otherwise, then cut up, then without its end, all at once."""
    assistant = raw("POST", "/v1/assistants", {"model": "gpt-4o"}).body["id"]
    control.arm_all(["sse.crlf", "sse.split_utf8(size=9)", "sse.no_done"])
    asked = {"assistant_id": assistant, "stream": True, "thread": {"messages": [HELLO]}}
    answer = raw("POST", "/v1/threads/runs", asked)
    assert answer.raw.count(b"\r\n") == answer.raw.count(b"\n") > 20
    assert b"[DONE]" not in answer.raw
    (entry,) = [entry for entry in control.journal() if entry.get("faults")]
    assert entry["faults"] == ["sse.crlf", "sse.split_utf8(size=9)", "sse.no_done"]
    assert entry["events"][-1] == "thread.run.completed"
    assert [armed["fired"] for armed in control.faults()] == [1, 1, 1]


def test_the_header_stands_outermost(control: Control, raw: Raw) -> None:
    control.arm("500", "threads.create")
    assert raw("POST", "/v1/threads", {}, {"X-Mock-Fault": "503"}).status == 503
    assert control.faults()[0]["fired"] == 0
    assert raw("POST", "/v1/threads", {}).status == 500


# What could not act


def test_a_fault_that_does_not_fit_stays_armed(control: Control, raw: Raw) -> None:
    """A run that is not streamed is not even weighed by a fault of streams."""
    assistant = raw("POST", "/v1/assistants", {"model": "gpt-4o"}).body["id"]
    control.arm("sse.no_done", "threads.create_and_run")
    asked = {"assistant_id": assistant, "thread": {"messages": [HELLO]}}
    assert raw("POST", "/v1/threads/runs", asked).status == 200
    (armed,) = control.faults()
    assert (armed["seen"], armed["fired"], armed["active"]) == (0, 0, True)


def test_a_fault_that_finds_nothing_stays_armed(control: Control, raw: Raw) -> None:
    """A stream that is refused has no events; one without the event in question has not that one."""
    assistant = raw("POST", "/v1/assistants", {"model": "gpt-4o"}).body["id"]
    control.arm("sse.duplicate_event(of=thread.run.requires_action)")
    asked = {"assistant_id": assistant, "stream": True, "thread": {"messages": [HELLO]}}
    assert raw("POST", "/v1/threads/runs", asked | {"assistant_id": "asst_nobody"}).status == 404
    assert raw("POST", "/v1/threads/runs", asked).status == 200
    (armed,) = control.faults()
    assert (armed["seen"], armed["fired"], armed["active"], armed["calls"]) == (2, 0, True, [])
    assert not [entry for entry in control.journal() if entry.get("faults")]


def test_a_call_without_a_route_or_a_key_meets_no_fault(control: Control, raw: Raw, statuses: Ask) -> None:
    control.arm("503")
    assert statuses(("GET", "/nothing"), ("PUT", "/threads")) == [404, 404]
    assert raw("GET", "/v1/assistants", headers={"Authorization": None}).status == 401
    assert control.faults()[0]["seen"] == 0
    assert statuses(ASSISTANTS) == [503]


def test_the_control_door_meets_no_fault(control: Control, raw: Raw) -> None:
    control.arm("503")
    assert raw("GET", "/_mock/clock", headers={"X-Mock-Fault": "500"}).status == 200
    assert raw("GET", "/_mock/clock", headers={"X-Mock-Fault": "nonsense("}).status == 200
    assert control.faults()[0]["seen"] == 0


def test_another_key_has_faults_of_its_own(server: Server, control: Control, statuses: Ask) -> None:
    with Control(server.base_url, "somebody-else") as other:
        other.arm("500")
        assert control.faults() == []
        assert statuses(THREAD) == [200]
        other.disarm()


# The list


def test_the_list_says_what_fired_and_where(control: Control, statuses: Ask) -> None:
    assert control.faults() == []
    now = control.clock()["now"]
    control.arm("429(20s)", "threads.*", body="x", nth=1, since="1m", until="1h", times=3)
    control.arm("500", "threads.create#2")
    statuses(THREAD, THREAD, THREAD)
    first, second = control.faults()
    assert first == {
        "id": "fault_1",
        "object": "fault",
        "fault": "429" if first["fault"] == "429" else "429(retry_after=20s)",
        "name": "429",
        "error": 15,
        "at": {"operation": "threads.*", "nth": 1, "body": "x"},
        "times": 3,
        "until": now + 3600,
        "since": now + 60,
        "active": True,
        "seen": 0,
        "fired": 0,
        "calls": [],
    }
    assert second["at"] == {"operation": "threads.create#2"}
    assert (second["id"], second["seen"], second["fired"]) == ("fault_2", 1, 1)
    assert second["calls"] == ["threads.create#2"]


def test_only_the_last_calls_are_listed(control: Control, statuses: Ask) -> None:
    control.arm("400", "threads.create", always=True)
    statuses(*[THREAD] * 105)
    (armed,) = control.faults()
    assert armed["fired"] == 105
    assert armed["calls"] == [f"threads.create#{number}" for number in range(6, 106)]


def test_what_is_listed_can_be_armed_again(control: Control) -> None:
    control.arm("429(20s)", "threads.*", nth=2)
    control.arm("500", probability=0.5, id="thread_1", since="2m")
    was = control.faults()
    control.disarm()
    again = control.arm_all(
        [{name: armed[name] for name in ("fault", "at", "times", "since", "until")} for armed in was]
    )
    assert [armed | {"id": ""} for armed in again] == [armed | {"id": ""} for armed in was]


def test_disarming(control: Control, statuses: Ask) -> None:
    one = control.arm("500", "threads.create")
    control.arm("503", "threads.create", always=True)
    control.arm("500", "assistants.list")
    control.disarm(one["id"])
    assert [armed["id"] for armed in control.faults()] == ["fault_2", "fault_3"]
    assert statuses(THREAD) == [503]
    control.disarm()
    assert control.faults() == []
    assert statuses(THREAD, ASSISTANTS) == [200, 200]
    assert control.arm("500")["id"] == "fault_4", "an id is not given twice"


def test_a_new_world_begins_without_faults(control: Control, statuses: Ask) -> None:
    control.arm("500", always=True)
    control.new_world()
    assert control.faults() == []
    assert statuses(THREAD) == [200]
    assert control.arm("500")["id"] == "fault_1"


# At the same time


def test_parallel_calls_share_one_time(server: Server, control: Control, key: str) -> None:
    """Of many calls at once, exactly one meets a fault that is armed once."""
    control.arm("sse.cut(after=2)", "threads.create_and_run")
    control.arm("lost_ack", "threads.create", times=3)
    control.add_replies({"then": {"reply": "Hi."}})

    async def ask() -> list[str]:
        async with openai.AsyncOpenAI(base_url=server.base_url, api_key=key, max_retries=0) as client:
            assistant = await client.beta.assistants.create(model="gpt-4o")

            async def stream() -> str:
                try:
                    async for event in await client.beta.threads.create_and_run(
                        assistant_id=assistant.id,
                        stream=True,
                        thread={"messages": [{"role": "user", "content": "Hi"}]},
                    ):
                        last = event.event
                except openai.APIConnectionError:
                    return "cut"
                return last

            async def create() -> str:
                try:
                    return (await client.beta.threads.create()).object
                except openai.APIConnectionError:
                    return "lost"

            return await asyncio.gather(*[stream() for _ in range(4)], *[create() for _ in range(6)])

    outcomes = asyncio.run(ask())
    assert sorted(outcomes[:4]) == ["cut", *["thread.run.completed"] * 3]
    assert sorted(outcomes[4:]) == ["lost"] * 3 + ["thread"] * 3
    assert [(armed["fired"], armed["active"]) for armed in control.faults()] == [(1, False), (3, False)]


def test_a_client_that_goes_away_gives_the_fault_back(control: Control, raw: Raw, server: Server) -> None:
    """A fault that had not acted yet when the client left acts on another call."""
    assistant = raw("POST", "/v1/assistants", {"model": "gpt-4o"}).body["id"]
    control.set_clock("real")  # so that nothing comes by itself
    control.add_replies({"then": {"reply": "Hi"}, "timeline": {"queued": "1h"}})
    control.arm("sse.error_event(after=4)")
    asked = {"assistant_id": assistant, "stream": True, "thread": {"messages": [HELLO]}}
    listener = raw.another()
    with closing(listener.connection):
        response = listener.begin("POST", "/v1/threads/runs", asked)
        assert response.readline() == b"event: thread.created\n"
        response.close()
    until(lambda: control.journal(operation="threads.create_and_run")[0]["outcome"] == "left")
    assert control.journal(operation="threads.create_and_run")[0]["faults"] == []
    assert control.faults()[0]["fired"] == 0
    control.set_clock("virtual")
    assert b"event: error" in raw("POST", "/v1/threads/runs", asked).raw
    assert control.faults()[0]["fired"] == 1


# Kept


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Callable[[], tuple[Server, Control, Raw]]]:
    """Start a server on the same file, and stop the one before."""
    running: list[tuple[Server, Control, Raw]] = []

    def stop() -> None:
        while running:
            server, control, raw = running.pop()
            raw.connection.close()
            control.close()
            server.stop()

    def start() -> tuple[Server, Control, Raw]:
        stop()
        server = Server(store=tmp_path / "store.db")
        server.start()
        running.append((server, Control(server.base_url, "k"), Raw(server.host, server.port, "k")))
        return running[0]

    yield start
    stop()


def test_faults_survive_a_restart(kept: Callable[[], tuple[Server, Control, Raw]]) -> None:
    _, control, raw = kept()
    control.arm("503(page=html)", "threads.create", nth=3, body="{")
    control.arm("500", "assistants.*", times=3, until="10m")
    control.arm("500", "messages.list", since="5m")
    answers: list[Answer] = [raw("POST", "/v1/threads", {}), raw("GET", "/v1/assistants")]
    assert [answer.status for answer in answers] == [200, 500]
    was = control.faults()
    assert [(armed["seen"], armed["fired"]) for armed in was] == [(1, 0), (1, 1), (0, 0)]
    _, control, raw = kept()
    assert control.faults() == was
    assert [raw("POST", "/v1/threads", {}).status for _ in range(3)] == [200, 503, 200]
    assert control.arm("500")["id"] == "fault_4"


def test_a_fault_that_this_version_does_not_know_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store of another version opens all the same, and the journal says what is missing."""
    store = Store()
    world = World("proj_a", store, Settings(clock="virtual"))
    with world.change():
        for name in ("sse.crlf", "sse.cut"):
            world.arm(read_order(name, {"runs.create": True}).arm)
    monkeypatch.delitem(REGISTRY, "sse.crlf")
    again = World("proj_a", store, Settings())
    assert [armed["id"] for armed in again.faults.listing(0)] == ["fault_2"]
    (note,) = again.journal.select()
    assert (note["event"], note["subject"]) == ("fault.unknown", "fault_1")
    store.close()
