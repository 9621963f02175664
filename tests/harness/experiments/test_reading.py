"""What is read from experiment files, and what people are told about mistaken ones.

Every file in `mistakes/` has its message beside it; `python -m tests.harness.experiments.test_reading` writes
the messages anew; look at what changed.
"""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft7Validator, Draft202012Validator  # type: ignore[import-untyped]

from harness.commands.schema import schema as schema_command
from harness.control import Control
from harness.experiments import schema
from harness.experiments.checking import known_faults
from harness.experiments.model import Experiment, Stop
from harness.experiments.reading import parse_experiments, read_experiments, read_seeds
from harness.scenarios.model import ScenarioErrors
from harness.scenarios.positions import parse_document
from tests.harness.plugin.conftest import mock

__all__ = ["mock"]

FOLDER = Path(__file__).with_name("mistakes")
FILES = sorted(FOLDER.glob("*.yaml"))
NO_YAML = {"yaml"}
BEYOND = {"faults", "places_together", "seeds"}
"""What a schema does not say, or not all of it."""

STORM = b"""\
experiment: Rate-limit storm while the index is still building
hypothesis:
  pytest: tests/test_bot.py::test_answer
method:
- at: {op: vector_stores.files.create, n: 2}
  fault: index.slow(12m)
- at: {op: runs.create, first: 3}
  fault: 429(retry_after=21s)
- {at: {virtual: 2m}, fault: run.foreign_active}
- {at: {op: messages.list, virtual: 90s}, fault: "500"}
- {at: {op: messages.create}, fault: lost_ack}
- {at: {op: runs.retrieve, from: 2}, fault: 'html_200'}
- {at: "threads.create#1+", fault: "503(page=html)"}
seeds: -1..2
stop: {virtual: 1h, wall: 60s, failures: 1}
report: [terminal, html, html]
"""


def told(file: Path) -> str:
    """What is said about a file; nothing when it has no mistakes."""
    try:
        read_experiments(file)
    except ScenarioErrors as mistakes:
        return str(mistakes).replace(f"{file.parent}/", "") + "\n"
    return ""


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_message_is_as_it_stands_beside_the_file(file: Path) -> None:
    said = told(file)
    assert said
    assert said == file.with_suffix(".txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_mistake_has_a_place_that_is_in_the_file(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").split("\n")
    with pytest.raises(ScenarioErrors) as caught:
        read_experiments(file)
    places = [mistake.place for mistake in caught.value.errors]
    assert all((one.line, one.column) <= (two.line, two.column) for one, two in pairwise(places))
    for place in places:
        assert 1 <= place.line <= len(lines)
        assert 1 <= place.column <= len(lines[place.line - 1]) + 1


def test_there_are_messages_for_nothing_else() -> None:
    assert {file.stem for file in FOLDER.glob("*.txt")} == {file.stem for file in FILES}


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ScenarioErrors, match=r"nowhere\.yaml:1:1: the file cannot be read: No such file"):
        read_experiments(tmp_path / "nowhere.yaml")


def read(text: bytes) -> tuple[Experiment, ...]:
    """The experiments of a text."""
    return parse_experiments(text, Path("storm.experiment.yaml"))


def test_what_a_file_says() -> None:
    (storm,) = read(STORM)
    assert storm.name == "Rate-limit storm while the index is still building"
    assert (str(storm.place), storm.tolerance) == ("storm.experiment.yaml:1:1", ("absorbed", "surfaced"))
    assert list(map(str, storm.breaks)) == [
        "vector_stores.files.create#2~index.slow(12m)",
        *(f"runs.create#{number}~429(retry_after=21s)" for number in (1, 2, 3)),
        "*@2m~run.foreign_active",
        "messages.list@90s~500",
        "messages.create#1~lost_ack",
        "runs.retrieve#2+~html_200",
        "threads.create#1+~503(page=html)",
    ]
    assert [variant.seed for variant in storm.variants] == [-1, 0, 1, 2]
    assert storm.stop == Stop(3600.0, 60.0, 1)
    assert storm.reports == ("terminal", "html")


def test_what_a_file_need_not_say() -> None:
    text = b'experiment: A\nhypothesis: {pytest: t.py}\nmethod: [{at: "*@0s", fault: "500"}]\n'
    (one,) = read(text)
    assert (one.seeds, one.stop, one.reports) == ((), Stop(), ("terminal",))
    assert [str(variant) for variant in one.variants] == ["*@0s~500"]


@pytest.mark.parametrize(
    ("given", "seeds"),
    [(7, (7,)), ([3, 1], (3, 1)), ("2..4", (2, 3, 4)), ("5, 6", (5, 6)), ("8", (8,)), ("-2..-1", (-2, -1))],
)
def test_seeds(given: Any, seeds: tuple[int, ...]) -> None:
    assert read_seeds(given) == seeds


def test_which_tests_are_meant() -> None:
    (storm,) = read(STORM)
    answer = "tests/test_bot.py::test_answer"
    for nodeid in (answer, f"{answer}[short]", f"bots/{answer}"):
        assert storm.selects(nodeid)
    for nodeid in (f"{answer}s", "tests/test_bot.py::test_other", f"my{answer}"):
        assert not storm.selects(nodeid)


def test_faults_are_written_as_the_server_writes_them(mock: str) -> None:
    with Control(mock, "checking") as control:
        (storm,) = known_faults(read(STORM), control)
        assert control.faults() == []
    assert str(storm.breaks[0]) == "vector_stores.files.create#2~index.slow(delay=12m)"
    assert str(storm.breaks[1]) == "runs.create#1~429(retry_after=21s)"


def test_faults_that_the_server_does_not_take(mock: str) -> None:
    text = STORM.replace(b"index.slow(12m)", b"index.slwo").replace(b"=21s", b"=soon")
    text = text.replace(b"messages.create}, fault: lost_ack", b"messages.list}, fault: lost_ack")
    with Control(mock, "checking") as control, pytest.raises(ScenarioErrors) as caught:
        known_faults(read(text), control)
    lines = str(caught.value).replace("storm.experiment.yaml:", "").split("\n")
    assert lines[0] == "6:10: there is no fault 'index.slwo'; did you mean 'index.slow'?"
    assert lines[1].startswith("8:10: 429: 'retry_after'")
    assert lines[2].startswith("11:36: lost_ack does not apply to messages.list; it applies to ")
    assert len(lines) == 3


# The schema for editors


def test_the_shipped_schema_is_fresh() -> None:
    assert schema.SHIPPED.is_fresh, "run python -m harness.experiments.schema"


def test_a_command_prints_it() -> None:
    done = CliRunner().invoke(schema_command, ["--experiment"])
    assert json.loads(done.output) == schema.experiment_schema()


@pytest.mark.parametrize("validator", [Draft202012Validator, Draft7Validator])
def test_the_schema_says_the_same(validator: Any) -> None:
    shipped = json.loads(schema.SHIPPED.path.read_text(encoding="utf-8"))
    validator.check_schema(shipped)
    objections = validator(shipped)
    right = parse_document(STORM, Path("a.yaml")).value
    assert list(objections.iter_errors(right)) == []
    assert list(objections.iter_errors({"experiments": [right, right]})) == []
    for file in FILES:
        if file.stem not in BEYOND | NO_YAML:
            wrong = parse_document(file.read_bytes(), file).value
            assert list(objections.iter_errors(wrong)), file


if __name__ == "__main__":
    for each in FILES:
        each.with_suffix(".txt").write_text(told(each), encoding="utf-8")
        print(f"## {each.name}\n{told(each)}")
