"""One subject's events in order, the objects they act on, and what is told of it."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.lifecycle import Signal
from mockserver.timeline import Add, Decide, End, Event, Make, Move, Object, Timeline, Told, usage_of

START = 1_000_000


def run(**more: Any) -> Object:
    body: Object = {"id": "run_1", "object": "thread.run", "status": "in_progress", "expires_at": 1_600}
    return body | {"required_action": None, "usage": None} | more


def step(name: str = "step_1", **more: Any) -> Object:
    body: Object = {"id": name, "object": "thread.run.step", "run_id": "run_1", "status": "in_progress"}
    return body | {"expires_at": 1_600, "usage": None, "step_details": {}} | more


def message() -> Object:
    return {"id": "msg_1", "object": "thread.message", "status": "in_progress", "content": []}


def says(due: int, text: str) -> Add:
    delta = {"content": [{"index": 0, "type": "text", "text": {"value": text}}]}
    return Add(due, "msg_1", delta, "step_1", tokens=3)


def written(*more: Event) -> list[Event]:
    """The beginning of an answer, and what follows it."""
    return [
        Make(START, step(), prompt_tokens=10),
        Make(START, message()),
        says(START + 100, "Hel"),
        says(START + 200, "lo"),
        *more,
    ]


def played(timeline: Timeline) -> list[Told]:
    told: list[Told] = []
    while timeline.next_due() is not None:
        told += timeline.step()
    return told


def test_what_happens_is_told_in_order_and_the_objects_are_its_fold() -> None:
    finish = [
        Move(START + 300, "msg_1", Signal.FINISH, {"content": ["whole"]}),
        Move(START + 300, "step_1", Signal.FINISH),
        Move(START + 300, "run_1", Signal.FINISH),
    ]
    timeline = Timeline("run_1", written(*finish), {"run_1": run()})
    told = []
    while timeline.next_due() is not None:
        told += [(piece.due - START, piece.name) for piece in timeline.step()]
        if timeline.next_due() == START + 300 and not timeline.over and "msg_1" in timeline.objects:
            shown = timeline.objects["msg_1"]["content"]
            assert shown in (["whole"], [{"type": "text", "text": {"value": "Hello"}}])
    assert told == [
        (0, "thread.run.step.created"),
        (0, "thread.run.step.in_progress"),
        (0, "thread.message.created"),
        (0, "thread.message.in_progress"),
        (100, "thread.message.delta"),
        (200, "thread.message.delta"),
        (300, "thread.message.completed"),
        (300, "thread.run.step.completed"),
        (300, "thread.run.completed"),
    ]
    assert timeline.over
    assert timeline.root["completed_at"] == 1_000
    assert timeline.root["usage"] == timeline.objects["step_1"]["usage"] == usage_of([(10, 6)])
    assert timeline.root["expires_at"] is timeline.objects["step_1"]["expires_at"] is None
    assert timeline.born == ["step_1", "msg_1"]
    assert timeline.changed == {"msg_1", "step_1", "run_1"}


def test_a_delta_is_told_as_it_is() -> None:
    timeline = Timeline("run_1", written(), {"run_1": run()})
    deltas = [piece for piece in played(timeline) if piece.name.endswith(".delta")]
    assert deltas[1].data == {
        "id": "msg_1",
        "object": "thread.message.delta",
        "delta": {"content": [{"index": 0, "type": "text", "text": {"value": "lo"}}]},
    }


@pytest.mark.parametrize(
    ("signal", "patch", "reason", "statuses"),
    [
        (Signal.FAIL, {"last_error": {"code": "c"}}, "run_failed", ("incomplete", "failed", "failed")),
        (Signal.EXPIRE, {}, "run_expired", ("incomplete", "expired", "expired")),
        (Signal.CUT, {}, "max_tokens", ("incomplete", "completed", "incomplete")),
        (
            Signal.CUT,
            {"incomplete_details": {"reason": "content_filter"}},
            "content_filter",
            ("incomplete", "completed", "incomplete"),
        ),
    ],
)
def test_an_end_closes_what_is_open_inside_out(
    signal: Signal, patch: Object, reason: str, statuses: tuple[str, str, str]
) -> None:
    events = written(End(START + 250, signal, patch), says(START + 900, "never"))
    timeline = Timeline("run_1", events, {"run_1": run()})
    told = played(timeline)[-3:]
    assert [piece.data["id"] for piece in told] == ["msg_1", "step_1", "run_1"]
    assert tuple(piece.name.rpartition(".")[2] for piece in told) == statuses
    assert timeline.objects["msg_1"]["incomplete_details"] == {"reason": reason}
    assert timeline.objects["step_1"].get("last_error") == patch.get("last_error")
    assert timeline.root["usage"] == usage_of([(10, 6)])
    assert timeline.next_due() is None


def test_a_cancelled_run_cancels_its_step() -> None:
    timeline = Timeline("run_1", written(), {"run_1": run(status="cancelling")})
    timeline.schedule([End(START + 50, Signal.STOP)])
    played(timeline)
    assert {id_: body["status"] for id_, body in timeline.objects.items()} == {
        "run_1": "cancelled",
        "step_1": "cancelled",
        "msg_1": "incomplete",
    }


def test_events_are_scheduled_after_those_of_the_same_moment() -> None:
    expiry, early, late = End(20, Signal.EXPIRE), Move(10, "a", Signal.START), Move(20, "b", Signal.START)
    timeline = Timeline("run_1", [expiry], {"run_1": run()})
    timeline.schedule([late, early])
    assert timeline.events == [early, expiry, late]


def test_the_past_is_never_rescheduled_or_dropped() -> None:
    timeline = Timeline("run_1", written(End(START + 900, Signal.EXPIRE)), {"run_1": run()})
    for _ in range(3):
        list(timeline.step())
    past = timeline.events[:3]
    timeline.schedule([Move(START - 5, "run_1", Signal.CANCEL)])
    assert timeline.events[:3] == past
    assert timeline.next_due() == START - 5
    timeline.drop_pending(keep=lambda event: isinstance(event, End))
    assert timeline.events == [*past, End(START + 900, Signal.EXPIRE)]
    timeline.drop_pending()
    assert timeline.events == past


def test_the_next_change_is_one_of_the_subjects_own_status() -> None:
    timeline = Timeline("run_1", written(Move(START + 300, "run_1", Signal.FINISH)), {"run_1": run()})
    assert (timeline.next_due(), timeline.next_change()) == (START, START + 300)
    timeline.drop_pending()
    assert (timeline.next_due(), timeline.next_change()) == (None, None)


def test_something_from_outside_happens_before_what_is_due_at_the_same_moment() -> None:
    timeline = Timeline("run_1", [Move(5_000, "run_1", Signal.FINISH)], {"run_1": run()})
    assert [piece.name for piece in timeline.act(Move(5_000, "run_1", Signal.CANCEL))] == [
        "thread.run.cancelling"
    ]
    assert timeline.events[0] == Move(5_000, "run_1", Signal.CANCEL)
    assert [piece.name for piece in timeline.step()] == ["thread.run.completed"]


def test_a_lost_object_has_no_future() -> None:
    finish = [Move(START + 300, "msg_1", Signal.FINISH), Move(START + 300, "step_1", Signal.FINISH)]
    timeline = Timeline("run_1", written(*finish), {"run_1": run()})
    for _ in range(3):
        list(timeline.step())
    timeline.lose("msg_1")
    assert [piece.name for piece in played(timeline)] == ["thread.run.step.completed"]
    assert "msg_1" not in timeline.changed | timeline.objects.keys()


def test_only_fragments_need_not_be_kept_at_once() -> None:
    timeline = Timeline("run_1", written(), {"run_1": run()})
    lasting = []
    while timeline.next_due() is not None:
        lasting.append(timeline.step_lasting())
        list(timeline.step())
    assert lasting == [True, True, False, False]


def test_a_plan_is_not_touched_by_what_happens() -> None:
    events = written()
    timeline = Timeline("run_1", events, {"run_1": run()})
    played(timeline)
    assert events[1] == Make(START, message())


# Moments at which something is decided


def test_a_decision_by_itself_changes_and_tells_nothing() -> None:
    timeline = Timeline("run_1", [Decide(START), *written()], {"run_1": run()})
    assert timeline.decides_next()
    assert (list(timeline.step()), timeline.objects) == ([], {"run_1": run()})
    assert not timeline.decides_next()
    assert not timeline.changed


def test_a_timeline_at_its_end_decides_nothing() -> None:
    timeline = Timeline("run_1", [Decide(START)], {"run_1": run()})
    list(timeline.step())
    assert (timeline.decides_next(), timeline.next_due(), timeline.next_change()) == (False, None, None)
    assert not timeline.over


def test_a_decision_may_be_the_next_change() -> None:
    """Whoever waits for a change has to look there: nobody knows what will be decided."""
    events = written(Decide(START + 250), Move(START + 300, "run_1", Signal.FINISH))
    timeline = Timeline("run_1", events, {"run_1": run()})
    assert timeline.next_change() == START + 250
    while timeline.next_due() != START + 300:
        list(timeline.step())
    assert timeline.next_change() == START + 300


def test_the_next_change_is_never_one_of_something_else() -> None:
    events = written(Move(START + 210, "msg_1", Signal.FINISH), End(START + 900, Signal.EXPIRE))
    timeline = Timeline("run_1", events, {"run_1": run()})
    assert timeline.next_change() == START + 900


def test_a_decision_has_to_be_kept_at_once() -> None:
    """After a restart nobody could tell whether it was made."""
    assert Timeline("run_1", [Decide(START)], {"run_1": run()}).step_lasting()


def test_what_is_pending_is_dropped_with_the_end_also_decisions() -> None:
    timeline = Timeline("run_1", [Move(START, "run_1", Signal.FINISH), Decide(START + 1)], {"run_1": run()})
    list(timeline.step())
    assert (timeline.over, timeline.next_due()) == (True, None)


@pytest.mark.parametrize(
    ("kind", "status", "signal", "after"),
    [
        ("upload", "pending", Signal.EXPIRE, "expired"),
        ("vector_store", "completed", Signal.EXPIRE, "expired"),
        ("vector_store.file", "in_progress", Signal.FAIL, "failed"),
    ],
)
def test_other_subjects_than_runs_end_without_what_belongs_to_a_run(
    kind: str, status: str, signal: Signal, after: str
) -> None:
    body = {"id": "it", "object": kind, "status": status, "expires_at": 1_600}
    timeline = Timeline("it", [Move(START, "it", signal)], {"it": dict(body)})
    (told,) = timeline.step()
    assert timeline.root == body | {"status": after}
    assert (told.name, timeline.over) == (f"{kind}.{after}", True)


def test_a_files_subject_is_known_by_both_ids() -> None:
    """A vector store's file has the id of the file itself; its timeline is found under both ids."""
    body = {"id": "file-1", "object": "vector_store.file", "status": "in_progress"}
    timeline = Timeline("vs_1/file-1", [Move(START, "vs_1/file-1", Signal.FINISH)], {"vs_1/file-1": body})
    (told,) = timeline.step()
    assert (told.data["id"], timeline.changed, timeline.over) == ("file-1", {"vs_1/file-1"}, True)
