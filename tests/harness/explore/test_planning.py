"""The plan: which faults at which calls, in which order, and what comes of the ways out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from harness.explore.baselines import FaultsError, plan_of
from harness.explore.planning import Catalogue, collapsed, deepen, plan
from harness.explore.scene import Scene, first_difference
from harness.explore.variants import Variant

MUTATING = ("threads.create", "messages.create", "runs.create", "threads.delete")
READING = ("runs.retrieve", "messages.list", "models.list")

FAULTS = {
    "lost_ack": "transport",
    "reset_before": "transport",
    "html_200": "proxy",
    "500": "http",
    "502": "http",
    "run.failed": "run",
    "run.stuck": "run",
    "usage.null": "data",
}

CATALOGUE: dict[str, Any] = {
    "data": [
        {"name": name, "group": group, "alike": "500" if name == "502" else None}
        for name, group in FAULTS.items()
    ],
    "operations": {name: {"mutates": name in MUTATING} for name in (*MUTATING, *READING)},
}

EVERYWHERE = ("reset_before", "html_200", "500", "502")


def call(name: str, number: int, /, *fitting: str, path: str = "/v1/x", **more: Any) -> dict[str, Any]:
    """An entry of a journal, which was scouted."""
    operation, _, ordinal = name.partition("#")
    usual = {
        "number": number,
        "at": float(number),
        "call": name,
        "operation": operation,
        "ordinal": int(ordinal),
        "method": "POST" if operation in MUTATING else "GET",
        "path": path,
        "query": "",
        "headers": {},
        "request": None,
        "status": 200,
        "response": None,
        "request_id": "req_1",
        "faults": [],
        "outcome": "done",
        "ended": float(number),
        "fitting": [*EVERYWHERE, *fitting],
    }
    return usual | more


def scene(*entries: Mapping[str, Any]) -> Scene:
    return Scene(entries, [], 0.0, 100.0)


BASELINE = scene(
    call("messages.create#1", 1, "lost_ack"),
    call("runs.create#1", 2, "lost_ack", "run.failed", "run.stuck(status=queued)"),
    call("runs.retrieve#1", 3, path="/runs/1"),
    call("runs.retrieve#2", 4, path="/runs/1"),
    call("runs.retrieve#3", 5, "usage.null", path="/runs/1"),
    call("messages.list#1", 6, path="/messages"),
)


def planned(*wanted: str) -> list[str]:
    return list(map(str, plan(BASELINE, Catalogue(CATALOGUE, wanted))))


def test_what_tells_most_comes_first_and_calls_take_turns() -> None:
    assert planned() == [
        "runs.create#1~run.failed",
        "runs.create#1~run.stuck(status=queued)",
        *("messages.create#1~reset_before", "runs.create#1~reset_before"),
        *("messages.create#1~html_200", "runs.create#1~html_200"),
        *("messages.create#1~lost_ack", "runs.create#1~lost_ack"),
        *("messages.create#1~500", "runs.create#1~500"),
        "runs.retrieve#3~usage.null",
        *("runs.retrieve#1~reset_before", "runs.retrieve#3~reset_before", "messages.list#1~reset_before"),
        *("runs.retrieve#1~html_200", "runs.retrieve#3~html_200", "messages.list#1~html_200"),
        *("runs.retrieve#1~500", "runs.retrieve#3~500", "messages.list#1~500"),
    ]


def test_of_equal_reads_the_first_and_the_last_are_broken() -> None:
    assert collapsed(BASELINE.calls, Catalogue(CATALOGUE)) == 5
    assert not [name for name in planned() if name.startswith("runs.retrieve#2")]


def test_who_is_alike_is_tried_when_asked_for() -> None:
    assert not [name for name in planned() if name.endswith("~502")]
    assert "messages.create#1~502" in planned("502")
    assert {name.partition("~")[2] for name in planned("http")} == {"500", "502"}


def test_faults_are_chosen_by_name_group_and_form() -> None:
    assert {name.partition("~")[2] for name in planned("run", "lost*")} == {
        "run.failed",
        "run.stuck(status=queued)",
        "lost_ack",
    }
    assert planned("run.stuck(status=in_progress)") == ["runs.create#1~run.stuck(status=in_progress)"]
    with pytest.raises(FaultsError, match="no fault and no group 'lost_akk'"):
        plan_of(documents(BASELINE, BASELINE), ["lost_akk"])


def documents(first: Scene, second: Scene, **more: Any) -> list[dict[str, Any]]:
    usual = {"test": "t", "left": [], "failure": None, "skipped": "", "catalogue": CATALOGUE} | more
    return [
        {**usual, "take": "baseline", "scene": first.to_json()},
        {**usual, "take": "again", "scene": second.to_json()},
    ]


def test_a_test_that_does_not_the_same_twice_is_told_where_it_parts() -> None:
    other = scene(*BASELINE.journal[:2], call("messages.list#1", 3, path="/messages"))
    told = "call 3 is runs.retrieve#1 (200) in the first run and messages.list#1 (200) in the second"
    assert first_difference(BASELINE, other) == told
    (test,) = plan_of(documents(BASELINE, other)).tests.values()
    assert (test.status, test.variants) == ("inconclusive", ())
    assert told in test.reason
    assert first_difference(BASELINE, scene(*BASELINE.journal[:5])) == (
        "call 6 is messages.list#1 (200) in the first run and nothing in the second"
    )


@pytest.mark.parametrize(
    ("more", "status", "reason"),
    [
        ({"failure": "ValueError: no"}, "failed", "it fails without any fault: ValueError: no"),
        ({"skipped": "not today"}, "failed", "it is skipped: not today"),
    ],
)
def test_what_fails_by_itself_is_not_explored(more: dict[str, Any], status: str, reason: str) -> None:
    (test,) = plan_of(documents(BASELINE, BASELINE, **more)).tests.values()
    assert (test.status, test.reason, test.variants) == (status, reason, ())


def test_what_calls_nothing_is_not_explored() -> None:
    (test,) = plan_of(documents(scene(), scene())).tests.values()
    assert (test.status, test.variants) == ("silent", ())


def test_a_retry_is_broken_for_good_and_not_once_more() -> None:
    """The second attempt meets what the first one would have, which was explored."""
    survived = scene(
        call("messages.create#1", 1, status=500, faults=["500"], performed=False),
        call("messages.create#2", 2, "lost_ack"),
        *BASELINE.journal[1:],
    )
    found = deepen(Variant.read("messages.create#1~500"), survived, BASELINE, Catalogue(CATALOGUE))
    assert list(map(str, found)) == ["messages.create#1+~500"]
    assert deepen(Variant.read("messages.create#1+~500"), survived, BASELINE, Catalogue(CATALOGUE)) == []


def test_a_retry_of_what_was_done_is_broken() -> None:
    survived = scene(
        call("messages.create#1", 1, status=0, faults=["lost_ack"], performed=True, outcome="cut"),
        call("messages.create#2", 2, "lost_ack"),
        *BASELINE.journal[1:],
    )
    found = deepen(Variant.read("messages.create#1~lost_ack"), survived, BASELINE, Catalogue(CATALOGUE))
    assert list(map(str, found)) == [
        "messages.create#1+~lost_ack",
        "messages.create#1~lost_ack+messages.create#2~reset_before",
        "messages.create#1~lost_ack+messages.create#2~html_200",
        "messages.create#1~lost_ack+messages.create#2~lost_ack",
        "messages.create#1~lost_ack+messages.create#2~500",
    ]


def test_other_calls_on_the_way_out_are_broken_and_more_polls_are_not() -> None:
    survived = scene(
        *BASELINE.journal[:4],
        call("runs.create#1", 2, faults=["run.failed"], performed=True),
        call("runs.retrieve#4", 6, path="/runs/1"),
        call("threads.delete#1", 7),
        call("models.list#1", 8),
    )
    found = deepen(Variant.read("runs.create#1~run.failed"), survived, BASELINE, Catalogue(CATALOGUE))
    assert {str(each).partition("+")[2].partition("~")[0] for each in found} == {
        "threads.delete#1",
        "models.list#1",
    }
