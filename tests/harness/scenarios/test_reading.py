"""Scenario files as they are read: everything at its place, nothing invented."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.scenarios.bindings import in_order
from harness.scenarios.model import Place, Scenario
from harness.scenarios.reading import parse_scenarios, read_scenarios

EXAMPLES = Path(__file__).with_name("examples") / "five.assistants.yaml"

FULL = b"""\
version: 1
scenarios:
- name: everything
  about: Whatever a scenario can say.
  error: 7
  needs: [script]
  client: {max_retries: 0, timeout: 1.5s}
  seed: lucky
  attempts: 2
  backend:
    strict: true
    indexing: {"*.md": {takes: 45s}}
    fixtures: [{object: thread, id: thread_1}]
    runs: [{then: {reply: Hello.}}]
  faults:
  - lost_ack at threads.create#1
  - {fault: "500", at: runs.*, times: 2}
  steps:
  - threads.create:
    as: thread
    cleanup: threads.delete
    repeat: 3
    expect: {id: {starts_with: thread_}}
    live: {id: {present: true}}
  - parallel:
      left:
      - threads.retrieve: {thread_id: "${thread.id}"}
        expect_error: {status: 404}
        live: skip
      - advance: 9m
      right:
      - stream: {runs.create: {thread_id: "${thread.id}", assistant_id: asst_1}}
        as: s
      - request: {method: GET, path: "/threads/${s.run.thread_id}"}
      - wait: {run: "${s.run}", until: completed}
"""


def one(text: bytes) -> Scenario:
    (scenario,) = parse_scenarios(text, Path("folder/a.assistants.yaml"))
    return scenario


def test_everything_a_scenario_says() -> None:
    scenario = one(FULL)
    assert scenario.name == "everything"
    assert scenario.id == "a.assistants.yaml::everything"
    assert scenario.file == Path("folder/a.assistants.yaml")
    assert scenario.place == Place(scenario.file, 3, 3)
    assert scenario.about == "Whatever a scenario can say."
    assert (scenario.error, scenario.seed, scenario.attempts) == (7, "lucky", 2)
    assert scenario.client == {"max_retries": 0, "timeout": 1.5}
    assert scenario.backend == {
        "strict": True,
        "indexing": {"*.md": {"takes": "45s"}},
        "fixtures": [{"object": "thread", "id": "thread_1"}],
        "runs": [{"then": {"reply": "Hello."}}],
    }
    assert scenario.faults == (
        {"fault": "lost_ack", "at": "threads.create#1"},
        {"fault": "500", "at": "runs.*", "times": 2},
    )
    assert scenario.source is not None
    assert scenario.source["backend"]["strict"].value_place.line == 11


def test_needs_are_those_that_are_said_and_those_of_the_steps() -> None:
    assert one(FULL).needs == {
        *("script", "faults", "fixtures", "threads", "virtual_time", "streaming", "runs", "raw"),
    }


def test_everything_a_step_says() -> None:
    first, second = one(FULL).steps
    assert (first.number, first.operation, first.arguments.value) == ("1", "threads.create", {})
    assert first.place == Place(Path("folder/a.assistants.yaml"), 19, 5)
    assert (first.bind, first.cleanup, first.repeat) == ("thread", "threads.delete", 3)
    assert first.expect is not None
    assert first.expect.value == {"id": {"starts_with": "thread_"}}
    assert first.live is not None
    assert first.live.value == {"id": {"present": True}}
    assert not first.live_skip
    left, right = second.branches
    assert [step.number for step in left + right] == [
        "2.left.1",
        "2.left.2",
        "2.right.1",
        "2.right.2",
        "2.right.3",
    ]
    assert left[0].expect_error is not None
    assert left[0].expect_error.value == {"status": 404}
    assert left[0].live_skip
    assert left[0].live is None
    assert left[1].arguments.value == "9m"
    assert right[1].arguments["path"].value_place == Place(Path("folder/a.assistants.yaml"), 34, 38)


def test_branches_take_turns() -> None:
    order = [(step.number, skipped) for step, skipped in in_order(one(FULL).steps)]
    assert order == [
        ("1", False),
        ("2", False),
        ("2.left.1", True),
        ("2.right.1", False),
        ("2.left.2", False),
        ("2.right.2", False),
        ("2.right.3", False),
    ]


def test_a_scenario_with_nothing_but_steps() -> None:
    scenario = one(b"version: 1\nscenarios: [{name: a, steps: [{threads.create: {}}]}]\n")
    assert scenario.needs == {"threads"}
    assert (scenario.backend, scenario.faults, scenario.client) == ({}, (), {})
    assert (scenario.seed, scenario.error, scenario.attempts, scenario.about) == (None, None, 1, "")


def test_the_five_examples_of_the_format() -> None:
    scenarios = {scenario.name: scenario for scenario in read_scenarios(EXAMPLES)}
    assert {name: len(scenario.steps) for name, scenario in scenarios.items()} == {
        "plain_qa": 6,
        "function_calling": 8,
        "rag_with_indexing_delay": 11,
        "active_run_conflict": 9,
        "run_expiry": 10,
    }
    assert scenarios["run_expiry"].needs >= {"virtual_time", "function_calling"}
    assert scenarios["rag_with_indexing_delay"].needs >= {"vector_stores", "file_search", "files"}
    conflict = scenarios["active_run_conflict"].steps[3]
    assert conflict.expect_error is not None
    assert conflict.expect_error["message"].value == (
        "Can't add messages to ${thread.id} while a run ${run.id} is active."
    )


def test_json_is_yaml() -> None:
    scenario = one(b'{"version": 1, "scenarios": [{"name": "a", "steps": [{"threads.create": {}}]}]}')
    assert scenario.steps[0].place.line == 1


def test_what_skips_on_real_targets_does_not_matter_where_none_will_be() -> None:
    text = """\
version: 1
scenarios:
- name: a
  needs: [NEED]
  steps:
  - threads.create: {}
    as: thread
    live: skip
  - threads.retrieve: {thread_id: "${thread.id}"}
"""
    assert one(text.replace("NEED", "script").encode()).needs == {"script", "threads"}
    with pytest.raises(Exception, match="real targets skip step 1"):
        one(text.replace("NEED", "threads").encode())


def test_names_may_be_bound_again() -> None:
    one(
        b"""\
version: 1
scenarios:
- name: a
  steps:
  - {threads.create: {}, as: it}
  - {threads.retrieve: {thread_id: "${it.id}"}, as: it, expect: {id: "${it.id}"}}
"""
    )


def test_a_step_that_cannot_be_read_does_not_make_its_name_unknown() -> None:
    with pytest.raises(Exception, match="unknown operation") as caught:
        one(
            b"""\
version: 1
scenarios:
- name: a
  steps:
  - {threads.craete: {}, as: thread}
  - threads.retrieve: {thread_id: "${thread.id}"}
"""
        )
    assert "nothing is bound" not in str(caught.value)
