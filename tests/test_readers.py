"""Readers who can only be waiting: to which change time moves for them, and to which it never does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from harness.control import Control
from mockserver.decisions import DECISIONS
from mockserver.lifecycle import Signal
from mockserver.readers import MANY, PATIENCE
from mockserver.settings import Settings
from mockserver.store import Store
from mockserver.timeline import Decide, Event, Move, Timeline
from mockserver.world import World
from tests.conftest import Raw
from tests.stage import Stage


@pytest.fixture
def store() -> Iterator[Store]:
    kept = Store()
    yield kept
    kept.close()


@pytest.fixture
def world(store: Store) -> World:
    return World("proj_1", store, Settings(clock="virtual"))


class Begun:
    """A world and the moment it began: what has passed since, and subjects with moments counted from then."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.at = world.clock.now()

    @property
    def passed(self) -> int:
        return self.world.clock.now() - self.at

    def store_file(self, name: str, *events: Event) -> str:
        """A file on its way into a vector store: what clients wait for."""
        return self._track({"id": name, "object": "vector_store.file", "vector_store_id": "vs"}, events)

    def finishing(self, name: str, moment: int) -> str:
        return self.store_file(name, Move(self.at + moment, f"vs/{name}", Signal.FINISH))

    def other(self, kind: str, status: str, *events: Event) -> str:
        return self._track({"id": f"{kind}_1", "object": kind, "status": status}, events)

    def _track(self, body: dict[str, Any], events: tuple[Event, ...]) -> str:
        body = {"status": "in_progress", "bytes": 0, **body}
        self.world.insert(body)
        key = f"vs/{body['id']}" if body["object"] == "vector_store.file" else body["id"]
        self.world.track(Timeline(key, list(events), {key: body}))
        return key


@pytest.fixture
def begun(world: World) -> Begun:
    return Begun(world)


def read(begun: Begun, times: int, *subjects: str) -> list[int]:
    """Read the same so often; the moments at which time stood after each time it moved."""
    return [begun.passed for _ in range(times) if begun.world.readers.wait("read", subjects)]


def test_of_several_subjects_the_first_to_change_is_waited_for(begun: Begun) -> None:
    late, early = begun.finishing("late", 300), begun.finishing("early", 100)
    begun.finishing("somebody else's", 50)
    assert read(begun, 4, late, early, "nobody") == [100, 300]
    assert begun.world.timelines == {}


def test_subjects_that_nothing_is_pending_for_are_not_waited_for(begun: Begun) -> None:
    begun.finishing("a", 100)
    assert read(begun, PATIENCE - 1, "vs/done", "nobody") == []
    assert begun.passed == 0


def test_whoever_reads_on_and_on_waits_for_anything_that_is_worked_on(begun: Begun) -> None:
    begun.finishing("a", 100)
    begun.finishing("b", 70)
    assert read(begun, PATIENCE) == [70]
    assert read(begun, PATIENCE - 1) == []
    begun.world.readers.interrupt()
    assert read(begun, PATIENCE) == [100]


def test_a_crowd_of_different_reads_is_forgotten(begun: Begun) -> None:
    """Who reads ten thousand things once waits for none of them, and they take no memory."""
    begun.finishing("a", 100)
    assert read(begun, PATIENCE - 1) == []
    assert not any(begun.world.readers.wait(f"read {number}") for number in range(MANY))
    assert read(begun, PATIENCE - 1) == []
    assert read(begun, 1) == [100]


@pytest.mark.parametrize(
    ("kind", "status"), [("file", "processed"), ("upload", "pending"), ("vector_store", "completed")]
)
def test_nobody_is_moved_to_an_expiry(begun: Begun, kind: str, status: str) -> None:
    """A client that waits for something else would find its files gone."""
    begun.other(kind, status, Decide(begun.at + 1_000))
    assert read(begun, 3 * PATIENCE) == []
    assert begun.passed == 0
    assert [entry["event"] for entry in begun.world.journal.select()] == ["quiescence"] * 3


@pytest.mark.parametrize(
    ("kind", "status"), [("file", "processed"), ("upload", "pending"), ("vector_store", "completed")]
)
def test_an_expiry_on_the_way_to_a_change_happens(begun: Begun, kind: str, status: str) -> None:
    """Time does not jump over anything."""
    made = []
    begun.other(kind, status, Decide(begun.at + 40))
    begun.finishing("a", 100)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(DECISIONS, kind, lambda world, timeline, due: made.append(due - begun.at))
        assert read(begun, PATIENCE) == [100]
    assert made == [40]


def test_reading_what_expires_again_and_again_takes_no_time(raw: Raw, control: Control) -> None:
    """Files, uploads and vector stores stay as they are for a client that looks at them in a loop."""
    stage = Stage(raw, control)
    fields = {
        "purpose": "assistants",
        "expires_after[anchor]": "created_at",
        "expires_after[seconds]": "3600",
    }
    file_id = stage.send("/files", fields, file=("a.txt", b"Some text."))["id"]
    expires_after = {"anchor": "last_active_at", "days": 1}
    store_id = stage.store(file_id, expires_after=expires_after)
    batch = stage.send("/files", {"purpose": "batch"}, file=("a.jsonl", b"{}"))["id"]
    asked = {"filename": "b.txt", "purpose": "assistants", "bytes": 5, "mime_type": "text/plain"}
    stage.post("/uploads", asked)
    began = control.clock()["now"]
    paths = [
        *(f"/files/{file_id}", f"/files/{batch}", f"/vector_stores/{store_id}", "/files", "/vector_stores"),
        f"/vector_stores/{store_id}/files/{file_id}",
    ]
    for path in paths:
        first = stage.get(path)
        for _ in range(2 * PATIENCE):
            assert stage.get(path) == first
    assert control.clock()["now"] == began
    control.advance(24 * 3600)
    assert stage.get(f"/vector_stores/{store_id}")["status"] == "expired"
    assert raw("GET", f"/v1/files/{file_id}").status == 404


def test_waiting_for_a_file_to_be_processed_does_not_wait_for_its_end(raw: Raw, control: Control) -> None:
    """A fine-tuning file that expires has two decisions before it, and shows neither in its status."""
    stage = Stage(raw, control)
    fields = {"purpose": "fine-tune", "expires_after[anchor]": "created_at", "expires_after[seconds]": "3600"}
    made = stage.send("/files", fields, file=("a.jsonl", b"{}"))
    path = f"/files/{made['id']}"
    assert raw("DELETE", f"/v1{path}").status == 409
    for _ in range(2 * PATIENCE):
        assert stage.get(path) == made
    assert control.clock()["now"] < made["expires_at"]
    assert stage.delete(path)["deleted"]


def test_decisions_that_change_nothing_are_passed_over(begun: Begun, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = []

    def decide(world: World, timeline: Timeline, due: int) -> None:
        moments.append(due - begun.at)
        later = Move(due + 100, timeline.subject, Signal.FINISH) if len(moments) == 3 else Decide(due + 10)
        timeline.schedule([later])
        world.reschedule(timeline)

    monkeypatch.setitem(DECISIONS, "vector_store.file", decide)
    key = begun.store_file("a", Decide(begun.at + 10))
    assert read(begun, 2, key) == [130]
    assert moments == [10, 20, 30]


def test_a_subject_that_goes_away_is_waited_for_no_longer(
    begun: Begun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        DECISIONS, "vector_store.file", lambda world, timeline, due: world.delete(timeline.root)
    )
    key = begun.store_file("a", Decide(begun.at + 10), Decide(begun.at + 500))
    assert read(begun, 2, key) == [10]


def test_a_run_that_waits_for_outputs_is_not_hurried(begun: Begun) -> None:
    run = {"id": "run_1", "object": "thread.run", "status": "requires_action", "thread_id": "thread_1"}
    begun.world.insert(run, "thread_1")
    begun.world.track(Timeline("run_1", [Move(begun.at + 600, "run_1", Signal.EXPIRE)], {"run_1": run}))
    assert read(begun, PATIENCE - 1, "run_1") == []
    assert begun.world.readers.poll_hint(["run_1"]) is None
    begun.finishing("a", 50)
    assert begun.world.readers.poll_hint(["run_1", "vs/a"]) == 0
    assert read(begun, 1, "run_1", "vs/a") == [50]


def test_whoever_waits_for_what_never_comes_is_told_so_in_the_journal(begun: Begun) -> None:
    """It is being worked on and nothing is pending: that somebody else's work goes on is no help."""
    stuck = begun.store_file("stuck")
    begun.finishing("somebody else's", 50)
    assert read(begun, 2 * PATIENCE, stuck) == []
    assert begun.passed == 0
    notes = [(entry["event"], entry["subject"]) for entry in begun.world.journal.select()]
    assert notes == [("quiescence", stuck)] * 2
    assert begun.world.readers.poll_hint([stuck]) == 0


def test_in_real_time_a_poller_of_what_never_comes_is_told_to_take_its_time(store: Store) -> None:
    begun = Begun(World("proj_1", store, Settings(clock="real")))
    stuck = begun.store_file("stuck")
    assert read(begun, 2 * PATIENCE, stuck) == []
    assert begun.world.readers.poll_hint([stuck]) == 1_000


def test_in_real_time_a_reader_moves_nothing_and_is_told_when_to_come_back(store: Store) -> None:
    begun = Begun(World("proj_1", store, Settings(clock="real")))
    soon, late = begun.finishing("soon", 0), begun.finishing("late", 3_600_000)
    assert read(begun, 2 * PATIENCE, late) == []
    hint = begun.world.readers.poll_hint
    assert (hint([late]), hint([late, soon]), hint([]), hint(["nobody"])) == (1_000, 20, None, None)
