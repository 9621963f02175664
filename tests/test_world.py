"""One world without a door: what is decided when its moment comes, and what a refused change takes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from harness.control import Control
from mockserver import deciders as deciders
from mockserver.decisions import DECISIONS, Decision, decides
from mockserver.lifecycle import Signal
from mockserver.settings import Settings
from mockserver.store import Store
from mockserver.timeline import Decide, Event, Move, Timeline
from mockserver.world import World
from tests.conftest import Raw
from tests.stage import Stage

START = Settings(clock="virtual")
KIND = "upload"


@pytest.fixture
def store() -> Iterator[Store]:
    kept = Store()
    yield kept
    kept.close()


@pytest.fixture
def world(store: Store) -> World:
    return World("proj_1", store, START)


@pytest.fixture
def deciding(monkeypatch: pytest.MonkeyPatch) -> Callable[[Decision], None]:
    """Sets who decides for the subjects of these tests."""

    def set_decision(decision: Decision) -> None:
        monkeypatch.setitem(DECISIONS, KIND, decision)

    return set_decision


def subject(world: World, name: str, *events: Event) -> Timeline:
    """A new object with these events, their moments counted from now."""
    now = world.clock.now()
    body = {"id": name, "object": KIND, "status": "pending"}
    world.insert(body)
    shifted = [type(event)(**{**_members(event), "due": now + event.due}) for event in events]
    timeline = Timeline(name, shifted, {name: body})
    with world.change():
        world.track(timeline)
    return timeline


def _members(event: Event) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__struct_fields__}


def pass_time(world: World, milliseconds: int) -> None:
    world.advance_to(world.clock.now() + milliseconds)


def test_a_decision_is_made_at_its_own_moment_however_far_time_jumps(
    world: World, deciding: Callable[[Decision], None]
) -> None:
    began, made = world.clock.now(), []
    deciding(lambda _, timeline, due: made.append((timeline.subject, due - began)))
    subject(world, "a", Decide(10), Decide(30))
    subject(world, "b", Decide(20), Decide(30))
    pass_time(world, 9)
    assert made == []
    pass_time(world, 1_000)
    assert made == [("a", 10), ("b", 20), ("a", 30), ("b", 30)]
    assert world.next_due() is None


def test_a_decision_may_schedule_another(world: World, deciding: Callable[[Decision], None]) -> None:
    began, made = world.clock.now(), []

    def decide(world: World, timeline: Timeline, due: int) -> None:
        made.append((timeline.subject, due - began))
        if len(made) < 5:
            timeline.schedule([Decide(due + 10)])
        else:
            timeline.schedule([Move(due, timeline.subject, Signal.EXPIRE)])
        world.reschedule(timeline)

    deciding(decide)
    subject(world, "a", Decide(10))
    subject(world, "b", Decide(15))
    pass_time(world, 1_000)
    assert made == [
        *(("a", 10), ("b", 15), ("a", 20), ("b", 25), ("a", 30)),
        ("b", 35),
    ]
    assert {name: (world.full(KIND, name) or {})["status"] for name in "ab"} == {
        "a": "expired",
        "b": "expired",
    }
    assert world.timelines == {}


def test_a_decision_may_delete_its_subject(world: World, deciding: Callable[[Decision], None]) -> None:
    deciding(lambda world, timeline, due: world.delete(timeline.root))
    subject(world, "a", Decide(10), Decide(20))
    subject(world, "b", Decide(15))
    pass_time(world, 1_000)
    assert world.full(KIND, "a") is None
    assert world.body(KIND, "a") is None
    assert (world.timelines, world.unsaved, world.next_due()) == ({}, {}, None)
    assert world.store.timeline(world.project, "a") is None
    assert World(world.project, world.store, START).timelines == {}


def test_a_decision_may_delete_another_whose_moment_it_is(
    world: World, deciding: Callable[[Decision], None]
) -> None:
    made = []

    def decide(world: World, timeline: Timeline, due: int) -> None:
        made.append(timeline.subject)
        other = world.full(KIND, "b")
        if other is not None:
            world.delete(other)

    deciding(decide)
    subject(world, "a", Decide(10))
    subject(world, "b", Decide(10))
    pass_time(world, 1_000)
    assert made == ["a"]
    assert world.full(KIND, "b") is None


def test_what_a_decision_begins_happens_in_its_turn_within_the_same_jump(
    world: World, deciding: Callable[[Decision], None]
) -> None:
    began, made = world.clock.now(), []

    def decide(world: World, timeline: Timeline, due: int) -> None:
        made.append((timeline.subject, due - began))
        if due == began + 10:
            body = {"id": "b", "object": KIND, "status": "pending"}
            world.insert(body)
            world.track(Timeline("b", [Decide(due + 5)], {"b": body}))

    deciding(decide)
    subject(world, "a", Decide(10), Decide(20))
    subject(world, "c", Decide(14))
    pass_time(world, 1_000)
    assert made == [("a", 10), ("c", 14), ("b", 15), ("a", 20)]


def test_what_is_to_be_decided_outlives_the_process(
    world: World, store: Store, deciding: Callable[[Decision], None]
) -> None:
    made = []
    deciding(lambda world, timeline, due: made.append((world is again, timeline.subject)))
    subject(world, "a", Decide(10))
    world.close()
    again = World("proj_1", store, START)
    pass_time(again, 10)
    assert made == [(True, "a")]


def test_only_one_decides_for_a_kind() -> None:
    with pytest.raises(ValueError, match="two functions decide for vector_store"):
        decides("vector_store")(lambda world, timeline, due: None)


def test_every_kind_with_decisions_has_somebody_who_makes_them() -> None:
    assert {"file", "upload", "vector_store", "vector_store.file", "thread.run"} <= DECISIONS.keys()


# Changes that are refused


def fail(world: World, *changes: Callable[[], Any]) -> None:
    """Make these changes and then refuse them."""
    with pytest.raises(KeyError), world.change():  # noqa: PT012
        for change in changes:
            change()
        raise KeyError("refused")


def test_a_timeline_that_a_refused_change_began_is_gone(
    world: World, deciding: Callable[[Decision], None]
) -> None:
    made: list[str] = []
    deciding(lambda world, timeline, due: made.append(timeline.subject))
    fail(world, lambda: subject(world, "a", Decide(10)))
    assert (world.timelines, world.full(KIND, "a")) == ({}, None)
    pass_time(world, 100)
    assert made == []


def test_a_timeline_that_a_refused_change_ended_goes_on(
    world: World, deciding: Callable[[Decision], None]
) -> None:
    made: list[str] = []
    deciding(lambda world, timeline, due: made.append(timeline.subject))
    timeline = subject(world, "a", Decide(10))
    fail(world, lambda: world.delete(timeline.root))
    assert world.full(KIND, "a") is not None
    pass_time(world, 100)
    assert made == ["a"]


def test_a_timeline_that_a_refused_change_replaced_is_the_old_one(
    world: World, deciding: Callable[[Decision], None]
) -> None:
    began, made = world.clock.now(), []
    deciding(lambda world, timeline, due: made.append(due - began))
    timeline = subject(world, "a", Decide(10))

    def replace() -> None:
        world.forget(timeline)
        world.track(Timeline("a", [Decide(began + 50)], {"a": timeline.root}))

    fail(world, replace)
    pass_time(world, 100)
    assert made == [10]


def test_an_object_that_a_refused_change_rewrote_ends_as_it_was(
    world: World, deciding: Callable[[Decision], None]
) -> None:
    """Its timeline writes it again at its end, and must not bring back what was refused."""

    def decide(world: World, timeline: Timeline, due: int) -> None:
        timeline.schedule([Move(due, timeline.subject, Signal.EXPIRE)])
        world.reschedule(timeline)

    deciding(decide)
    subject(world, "a", Decide(10))
    fail(world, lambda: world.update({**(world.full(KIND, "a") or {}), "bytes": 7}))
    pass_time(world, 100)
    assert world.full(KIND, "a") == {"id": "a", "object": KIND, "status": "expired"}


def test_a_refused_run_leaves_the_threads_vector_store_as_it_was(raw: Raw, control: Control) -> None:
    """One message attaches anew what is indexed already, the next one is refused, and so is all of it."""
    stage = Stage(raw, control)
    search = [{"type": "file_search"}]

    def message(file_id: str) -> dict[str, Any]:
        return {"role": "user", "content": "x", "attachments": [{"file_id": file_id, "tools": search}]}

    file_id = stage.file()
    thread = stage.post("/threads", {"messages": [message(file_id)]})
    (store_id,) = thread["tool_resources"]["file_search"]["vector_store_ids"]
    before = stage.settle(f"/vector_stores/{store_id}")
    body = {
        "assistant_id": stage.assistant(),
        "additional_messages": [message(file_id), message("file-nobody")],
    }
    assert raw("POST", f"/v1/threads/{thread['id']}/runs", body).status == 400
    control.advance(1_000)
    assert stage.get(f"/vector_stores/{store_id}") == before
    assert before["file_counts"]["completed"] == 1
    control.advance(8 * 24 * 3600)
    assert stage.get(f"/vector_stores/{store_id}") == before | {"status": "expired"}
