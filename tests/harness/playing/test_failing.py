"""What people are shown when a scenario fails: each in `failures/failures.yaml` has its text beside it.

`python -m tests.harness.playing.test_failing` writes the texts anew; look at what changed.
"""

from __future__ import annotations

import os
import re
from contextlib import chdir
from dataclasses import replace
from pathlib import Path

import pytest

from harness.playing.failing import arguments_text, failure_text
from harness.playing.outcome import Failure, Outcome
from harness.playing.running import run_scenario
from harness.scenarios.model import Scenario
from harness.scenarios.reading import read_scenarios
from harness.targets.connection import Connection
from tests.harness.playing.conftest import Stage

FOLDER = Path(__file__).with_name("failures")
SCENARIOS = read_scenarios(FOLDER / "failures.yaml")


def told(scenario: Scenario, connection: Connection) -> str:
    """What is shown of it."""
    with chdir(FOLDER):
        outcome = run_scenario(scenario, connection)
        assert outcome.status == "failed", (scenario.name, outcome.status, outcome.reason)
        return failure_text(outcome) + "\n"


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_the_text_is_as_it_stands_beside_the_file(scenario: Scenario, mocked: Connection) -> None:
    assert told(scenario, mocked) == (FOLDER / f"{scenario.name}.txt").read_text(encoding="utf-8")


def test_there_are_texts_for_nothing_else() -> None:
    assert {file.stem for file in FOLDER.glob("*.txt")} == {scenario.name for scenario in SCENARIOS}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_lines_are_not_endless(scenario: Scenario) -> None:
    for line in (FOLDER / f"{scenario.name}.txt").read_text(encoding="utf-8").splitlines():
        assert len(line) <= 220


def test_color_adds_nothing_but_color(mocked: Connection) -> None:
    outcome = run_scenario(SCENARIOS[0], mocked)
    colored = failure_text(outcome, color=True)
    assert "\x1b[" in colored
    assert re.sub(r"\x1b\[\d*m", "", colored) == failure_text(outcome)


def test_nothing_is_shown_of_what_has_not_failed(stage: Stage) -> None:
    assert failure_text(stage.passes("- threads.create: {}")) == ""


def test_what_else_is_known_is_shown_too(stage: Stage) -> None:
    outcome = stage.fails("- threads.create: {}\n  expect: {object: run}")
    outcome = replace(
        outcome, relaxed=["step 1 a: b for c"], left_behind=["thread thread_1: 500"], allowed=3, attempts=3
    )
    text = failure_text(outcome)
    assert "  relaxed    step 1 a: b for c\n" in text
    assert "  left there thread thread_1: 500\n" in text
    assert "  attempts   all 3 failed\n" in text


def test_paths_are_seen_from_a_root(stage: Stage) -> None:
    outcome = stage.fails("- threads.create: {}\n  expect: {object: run}")
    assert failure_text(outcome, root=stage.folder).startswith("one.assistants.yaml:")
    assert failure_text(outcome, root=stage.folder / "elsewhere").startswith(str(stage.folder))


def test_arguments_are_written_as_in_the_file() -> None:
    arguments = {
        "thread_id": "thread_1",
        "limit": 1,
        "order": None,
        "include": ["a.b"],
        "text": "2 words",
        "run": {"id": "run_1", "object": "thread.run", "status": "queued"},
        "empty": "",
    }
    assert arguments_text(arguments) == (
        "{thread_id: thread_1, limit: 1, order: null, include: [a.b], text: '2 words', run: run_1, empty: ''}"
    )
    assert arguments_text("9m") == "9m"
    assert arguments_text(None) == ""
    assert len(arguments_text({"content": "word " * 500, "more": ["x" * 40] * 50})) == 110


def test_a_failure_without_a_clock(stage: Stage) -> None:
    outcome = stage.fails("- threads.create: {}\n  expect: {object: run}")
    assert isinstance(outcome.failure, Failure)
    silent: Outcome = replace(outcome, failure=replace(outcome.failure, at_seconds=None))
    assert "[t =" not in failure_text(silent)


if __name__ == "__main__":
    from harness.targets.opening import open_target
    from harness.targets.target import find_target

    for stale in FOLDER.glob("*.txt"):
        stale.unlink()
    with open_target(find_target("mock")) as fresh:
        for each in SCENARIOS:
            (FOLDER / f"{each.name}.txt").write_text(told(each, fresh), encoding="utf-8")
            print(os.linesep + told(each, fresh))
