"""What is called a difference between two targets, and what is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.drift.differences import KINDS, Drift, comparable, drift_between
from harness.drift.normalisation import Normaliser
from harness.drift.words import FORMATS, text
from harness.playing.outcome import Failure, Outcome, StepRecord
from harness.scenarios.model import Node, Place, Scenario, Step

PLACE = Place(Path("a.assistants.yaml"), 3, 3)
RUN = {
    "id": "run_aaaaaaaaaaaa",
    "object": "thread.run",
    "thread_id": "thread_aaaaaaaaaaaa",
    "status": "queued",
    "created_at": 1_750_000_000,
    "expires_at": 1_750_000_600,
    "completed_at": None,
    "temperature": 1.0,
    "usage": {"total_tokens": 17},
    "tools": [],
    "last_error": None,
}


def step(number: str = "1", **parts: Any) -> Step:
    """A step that does nothing."""
    return Step(number, "runs.retrieve", Node({}, {(): PLACE}), PLACE, **parts)


def outcome(*records: StepRecord, name: str = "one", **parts: Any) -> Outcome:
    """What came of a scenario of this name."""
    return Outcome(Scenario(name, PLACE, (step(),)), "there", records=list(records), **parts)


def record(
    result: Any = None, number: str = "1", operation: str = "runs.retrieve", **parts: Any
) -> StepRecord:
    """What a step did."""
    return StepRecord(number, operation, {}, result, **parts)


def differences(here: Any, there: Any) -> list[tuple[str, str, str, str]]:
    """Kind, path and both sides of every difference between two results (or records)."""
    sides = [[each if isinstance(each, StepRecord) else record(each)] for each in (here, there)]
    drift = drift_between([outcome(*sides[0])], [outcome(*sides[1])], ("A", "B"))
    return [(entry.kind, entry.path, entry.first, entry.second) for entry in drift.entries]


def test_what_differs_by_nature_is_no_difference() -> None:
    other = {
        **RUN,
        "id": "0f8fad5b-d9cb-469f-a165-70867728950e",
        "thread_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
        "created_at": 1_790_000_000,
        "expires_at": 1_790_000_600,
        "usage": {"total_tokens": 4_000},
        "temperature": 1,
    }
    assert differences(RUN, other) == []


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ({"status": "in_progress"}, ("status", "status", "queued", "in_progress")),
        ({"temperature": 0.5}, ("value", "temperature", "1.0", "0.5")),
        ({"temperature": "1.0"}, ("type", "temperature", "1.0", "1.0")),
        ({"completed_at": 5}, ("type", "completed_at", "null", "<time>")),
        ({"expires_at": "2026-11-29"}, ("type", "expires_at", "<time>", "2026-11-29")),
        ({"expires_at": None}, ("type", "expires_at", "<time>", "null")),
        ({"usage": None}, ("type", "usage", '{"total_tokens": "<number>"}', "null")),
        ({"usage": {}}, ("missing", "usage.total_tokens", "<number>", "absent")),
        ({"metadata": {}}, ("extra", "metadata", "absent", "{}")),
        ({"tools": [{"type": "function"}]}, ("length", "tools", "0", "1")),
        ({"thread_id": "run_aaaaaaaaaaaa"}, ("value", "thread_id", "<thread 1>", "<run 1>")),
    ],
)
def test_what_is_a_difference(change: dict[str, Any], difference: tuple[str, ...]) -> None:
    assert differences(RUN, RUN | change) == [difference]


def test_a_field_that_is_missing_is_told_from_the_first_ones_side() -> None:
    without = {name: value for name, value in RUN.items() if name != "last_error"}
    assert differences(RUN, without) == [("missing", "last_error", "null", "absent")]
    assert differences(without, RUN) == [("extra", "last_error", "absent", "null")]


def message(text: Any, role: str = "assistant", **parts: Any) -> dict[str, Any]:
    """A message as a list shows it."""
    content = [{"type": "text", "text": {"value": text, "annotations": []} | parts}]
    return {"id": f"msg_{len(text):012}", "object": "thread.message", "role": role, "content": content}


def test_the_words_of_a_model_are_its_own_and_those_of_a_user_are_not() -> None:
    assert differences(message("Paris."), message("It is Paris, of course.")) == []
    assert differences(message("Paris."), message("Paris.", annotations=[{"type": "file_citation"}])) == []
    assert [each[0] for each in differences(message("Hello", "user"), message("Hallo", "user"))] == ["value"]
    assert [each[0] for each in differences(message("Paris."), message(["Paris."]))] == ["type"]


def test_what_a_model_calls_and_runs_is_its_own() -> None:
    def call(name: str, arguments: str) -> dict[str, Any]:
        return {
            "tool_calls": [
                {
                    "id": f"call_{name * 4}",
                    "type": "function",
                    "function": {"name": name, "arguments": arguments},
                }
            ]
        }

    assert differences(call("weather", "{}"), call("forecast", '{"a": 1}')) == []
    code = {
        "type": "code_interpreter",
        "code_interpreter": {"input": "1", "outputs": [{"type": "logs", "logs": "1"}]},
    }
    assert (
        differences(
            code, {**code, "code_interpreter": {"input": "2", "outputs": [{"type": "logs", "logs": "3"}]}}
        )
        == []
    )


ERROR = {
    "exception": "NotFoundError",
    "status": 404,
    "type": "invalid_request_error",
    "code": None,
    "param": None,
}


def refused(message: str, **parts: Any) -> StepRecord:
    """A call that was refused."""
    return record(error=ERROR | {"message": message} | parts)


def test_errors_are_compared_by_fields_and_text() -> None:
    here = refused("No thread found with id 'thread_aaaaaaaaaaaa'. Include req_0123456789abcdef.")
    assert (
        differences(here, refused("No thread found with id 'thread_bbbbbbbbbbbb'. Include req_fedcba987654."))
        == []
    )
    assert differences(here, refused("Thread not found.", status=400, code="not_found", param="id")) == [
        ("error", "status", "404", "400"),
        ("error", "code", "null", "not_found"),
        ("error", "param", "null", "id"),
        (
            "error text",
            "message",
            "No thread found with id '<thread>'. Include <request>.",
            "Thread not found.",
        ),
    ]
    assert differences(here, record({"id": "thread_1"})) == [
        (
            "outcome",
            "",
            "404 NotFoundError No thread found with id '<thread>'. Include <request>.",
            "went well",
        )
    ]


def test_ids_keep_their_names_over_all_steps() -> None:
    """That the second step shows another thread than the first is a difference, whatever the ids are."""
    first = [
        record({"id": "thread_a1a1a1a1", "object": "thread"}),
        record({"id": "thread_b2b2b2b2", "object": "thread"}, "2"),
    ]
    same = [
        record({"id": "uuid-1-1-1-1", "object": "thread"}),
        record({"id": "uuid-2-2-2-2", "object": "thread"}, "2"),
    ]
    last = record({"thread_id": "thread_a1a1a1a1", "text": "thread_a1a1a1a1 and thread_b2b2b2b2"}, "3")
    fine = record({"thread_id": "uuid-1-1-1-1", "text": "x"}, "3")
    wrong = record({"thread_id": "uuid-2-2-2-2", "text": "x"}, "3")
    assert drift_between([outcome(*first, last)], [outcome(*same, fine)], ("A", "B")).entries == []
    (entry,) = drift_between([outcome(*first, last)], [outcome(*same, wrong)], ("A", "B")).entries
    assert (entry.step, entry.path, entry.first, entry.second) == (
        "3",
        "thread_id",
        "<thread 1>",
        "<thread 2>",
    )


def test_ids_inside_other_texts_get_their_names() -> None:
    normaliser = Normaliser()
    normaliser.seen(
        StepRecord("1", "x", {"thread_id": "thread_a1a1a1a1"}, {"id": "run_c3c3c3c3", "object": "thread.run"})
    )
    assert normaliser.normal(
        {"message": "Thread thread_a1a1a1a1 already has an active run run_c3c3c3c3."}
    ) == {"message": "Thread <thread 1> already has an active run <run 1>."}
    assert normaliser.normal({"id": "gpt-4o", "object": "model"}) == {"id": "gpt-4o", "object": "model"}
    assert normaliser.normal({"url": "https://x/y", "note": "run_unknown12"}) == {
        "url": "<url>",
        "note": "<run>",
    }


def statuses(*names: str) -> dict[str, Any]:
    """What a `wait` comes to."""
    return {"statuses": list(names), "status": names[-1]}


def test_polling_may_miss_a_status_but_not_see_others() -> None:
    assert differences(statuses("queued", "in_progress", "completed"), statuses("queued", "completed")) == []
    assert differences(statuses("completed"), statuses("queued", "completed")) == []
    assert differences(statuses("queued", "completed"), statuses("waiting", "completed")) == [
        ("statuses", "statuses", "queued", "waiting first")
    ]
    assert [
        each[0] for each in differences(statuses("queued", "failed"), statuses("queued", "completed"))
    ] == [
        "statuses",
        "status",
    ]


def events(*names: str) -> dict[str, Any]:
    """What a `stream` comes to."""
    return {"events": list(names)}


def test_how_many_pieces_a_stream_comes_in_does_not_matter_and_their_order_does() -> None:
    delta = "thread.message.delta"
    assert differences(events("a", delta, delta, "z"), events("a", delta, delta, delta, "z")) == []
    assert differences(events("a", "b", "z"), events("a", "z")) == [
        ("events", "events", "b", "absent after a")
    ]
    assert differences(events("a", "z"), events("x", "a", "z")) == [("events", "events", "absent", "x first")]


def test_headers_of_plain_requests_are_compared_where_they_are_the_apis() -> None:
    def answer(**headers: str) -> dict[str, Any]:
        return {"status": 200, "headers": {name.replace("_", "-"): value for name, value in headers.items()}}

    here = answer(content_type="application/json", x_request_id="req_1", date="today", server="a")
    there = answer(content_type="application/json; charset=utf-8", x_request_id="req_2", via="b")
    assert differences(here, there) == []
    assert differences(here, answer(content_type="text/html")) == [
        ("value", "headers.content-type", "application/json", "text/html"),
        ("missing", "headers.x-request-id", "<value>", "absent"),
    ]


# Scenarios


def stopped(reason: str, number: str = "1") -> dict[str, Any]:
    """How a scenario failed."""
    return {"status": "failed", "reason": reason, "failure": Failure(step(number), {}, reason)}


def test_a_scenario_that_one_of_them_did_not_finish() -> None:
    whole = outcome(record(RUN), record(RUN, "2"), record(RUN, "3"))
    drift = drift_between(
        [whole], [outcome(record(RUN), **stopped("it is never completed", "2"))], ("A", "B")
    )
    (entry,) = drift.entries
    assert (entry.kind, entry.step, entry.first, entry.second) == (
        "outcome",
        "2",
        "went on",
        "stopped: it is never completed",
    )
    assert drift.uncompared == {"one, 2 steps after step 2": "there had stopped"}
    assert drift.different


def test_the_step_that_went_wrong_is_told_once() -> None:
    other = outcome(refused("No."), **stopped("the call failed: 404 No."))
    drift = drift_between([outcome(record(RUN))], [other], ("A", "B"))
    assert [entry.kind for entry in drift.entries] == ["outcome"]


def test_what_failed_on_both_alike_is_no_difference_but_no_success_either() -> None:
    both = [outcome(refused("No."), **stopped("the call failed"))] * 2
    drift = drift_between(both[:1], both[1:], ("A", "B"))
    assert (drift.entries, drift.broken, drift.different) == ([], {"one": "the call failed"}, True)


def test_what_was_not_played_on_both_is_not_compared() -> None:
    first = [outcome(record(RUN), name=name) for name in ("one", "two", "three")]
    second = [
        outcome(record(RUN)),
        outcome(name="two", status="skipped", reason="B lacks streaming"),
    ]
    drift = drift_between(first, second, ("A", "B"))
    assert (drift.scenarios, drift.steps, drift.different) == (1, 1, False)
    assert drift.uncompared == {"two": "B lacks streaming", "three": "it was not played on B"}


def test_steps_that_are_left_out_on_one_of_them_are_not_compared() -> None:
    left_out = record(number="1", skipped="live: skip")
    again = record(RUN | {"id": "run_bbbbbbbbbbbb"}, "2")
    drift = drift_between([outcome(record(RUN), again)], [outcome(left_out, again)], ("A", "B"))
    assert (drift.entries, drift.steps, drift.uncompared) == ([], 1, {"one, step 1": "live: skip"})


def test_expectations_do_not_count_when_targets_are_compared() -> None:
    node = Node({"status": 400}, {(): PLACE})
    inner = step("2.a.1", expect=node, live=node)
    whole = Scenario(
        "one", PLACE, (step(expect_error=node, live_skip=True), step("2", branches=((inner,),))), attempts=3
    )
    bare = comparable(whole)
    first, second = bare.steps
    assert first.expect_error is not None
    assert (first.expect_error.value, first.live_skip, bare.attempts) == ({}, True, 1)
    assert (second.branches[0][0].expect, second.branches[0][0].live) == (None, None)
    assert second.expect_error is None


# Words


@pytest.fixture
def drift() -> Drift:
    """Two differences of two kinds, in two scenarios, and what could not be compared."""
    first = [
        outcome(record(RUN)),
        outcome(record(RUN), name="two"),
        outcome(name="three"),
        outcome(name="four"),
    ]
    second = [
        outcome(record(RUN | {"status": "running | `now`"})),
        outcome(record(RUN | {"extra": 1}), name="two"),
        outcome(name="three", status="skipped", reason="B lacks runs"),
        outcome(name="four"),
    ]
    for each in (first[3], second[3]):
        each.status, each.reason = "failed", "both"
    return drift_between(first, second, ("A", "B"))


def test_the_text_goes_by_scenario_and_step(drift: Drift) -> None:
    assert text(drift).splitlines() == [
        "one",
        "  step 1  runs.retrieve",
        "    status status",
        "      A: queued",
        "      B: running | `now`",
        "",
        "two",
        "  step 1  runs.retrieve",
        "    extra extra",
        "      A: absent",
        "      B: 1",
        "",
        "not compared: three: B lacks runs",
        "failed on both: four: both",
        "3 scenarios with 2 steps compared: 2 differences between A and B (1 status, 1 extra)",
    ]


def test_the_markdown_has_tables_that_hold(drift: Drift) -> None:
    lines = FORMATS["markdown"](drift).splitlines()
    assert lines[0] == "# Drift between A and B"
    assert "| status | 1 | another status of an object |" in lines
    assert "| 1 `runs.retrieve` | status | `status` | `queued` | `running ¦ 'now'` |" in lines
    assert "* B lacks runs: three" in lines
    assert "* failed on both, both: four" in lines
    rows = [line for line in lines if line.startswith("|")]
    assert {row.count("|") for row in rows} == {4, 6}


def test_the_json_is_versioned_and_whole(drift: Drift) -> None:
    document = json.loads(FORMATS["json"](drift))
    assert (document["schema"], document["first"], document["second"]) == (1, "A", "B")
    assert document["kinds"] == {"status": 1, "extra": 1}
    assert document["entries"][0] == {
        "scenario": "one",
        "step": "1",
        "operation": "runs.retrieve",
        "kind": "status",
        "path": "status",
        "first": "queued",
        "second": "running | `now`",
    }
    assert {entry["kind"] for entry in document["entries"]} <= set(KINDS)


def test_nothing_different_is_said_too() -> None:
    drift = drift_between([outcome(record(RUN))], [outcome(record(RUN))], ("A", "B"))
    assert text(drift) == "1 scenario with 1 step compared: A and B do not differ"
    assert "do not differ." in FORMATS["markdown"](drift)


def test_what_differs_in_every_step_is_told_once() -> None:
    """Ten times the same difference is one thing to mend; the JSON has all ten."""
    here = [record({"data": [{"role": "user"}, {"role": "user"}]}, str(number)) for number in (1, 2)]
    there = [record({"data": [{"role": "human"}, {"role": "human"}]}, str(number)) for number in (1, 2)]
    first = [outcome(*here), outcome(*here, name="two")]
    drift = drift_between(first, [outcome(*there), outcome(*there, name="two")], ("A", "B"))
    assert (len(drift.entries), drift.distinct) == (8, 1)
    lines = text(drift).splitlines()
    assert lines[:6] == [
        "one",
        "  step 1  runs.retrieve",
        "    value data.0.role",
        "      A: user",
        "      B: human",
        "  3 like those above",
    ]
    assert lines[6:9] == ["", "two", "  4 like those above"]
    assert lines[-1].endswith("8 differences, 1 distinct between A and B (8 value)")
    written = FORMATS["markdown"](drift)
    assert written.count("| `user` | `human` |") == 1
    assert "4 like those above." in written
