"""`assistants-mock experiment`: what it says without running anything, what it writes, and its exit codes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.commands import experiment as experimenting
from harness.commands.experiment import experiment
from tests.harness.experiments.conftest import Bench

pytest_plugins = ("pytester",)

TWO = """
    experiments:
    - experiment: Two refusals
      hypothesis: {pytest: "test_bot.py::test_models"}
      method:
      - {at: {op: models.list, first: 2}, fault: "500"}
      - {at: {virtual: 2m}, fault: run.foreign_active}
      seeds: 1..3
      stop: {virtual: 1h, failures: 1}
      report: [html, json, junit]
    - experiment: A wrong answer
      hypothesis: {pytest: "test_bot.py::test_answer", tolerance: [wrong]}
      method: [{at: "runs.create#1", fault: run.failed}]
    """


def run(*args: str) -> Result:
    """What the command comes to."""
    return CliRunner().invoke(experiment, args)


def test_dry(bench: Bench) -> None:
    file = bench.write(TWO).relative_to(Path.cwd())
    done = run(str(file), "--dry")
    assert done.exit_code == 0
    assert done.output == (
        """\
Two refusals   bot.experiment.yaml:3
  test     test_bot.py::test_models
  faults   models.list#1~500
           models.list#2~500
           *@2m~run.foreign_active
  seeds    1..3
  good is  absorbed, surfaced
  ends at  virtual 3600, failures 1
  3 faults, 3 runs

A wrong answer   bot.experiment.yaml:11
  test     test_bot.py::test_answer
  faults   runs.create#1~run.failed
  seeds    the test's own
  good is  wrong
  1 fault, 1 run

4 runs in all, and 4 without faults before them
"""
    )
    assert "  seeds    4, 6\n" in run(str(file), "--dry", "--seeds", "4,6").output
    assert bench.runs == []


def test_folders(bench: Bench) -> None:
    bench.write(TWO)
    assert "4 runs in all" in run(".", "--dry").output
    (bench.project.pytester.path / "bot.experiment.yaml").unlink()
    done = run(".", "--dry")
    assert (done.exit_code, done.stderr) == (3, "Error: there is no *.experiment.yaml in .\n")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("nowhere.yaml",), "nowhere.yaml:1:1: the file cannot be read"),
        (("bot.experiment.yaml", "--seeds", "x"), "Error: --seeds: 'x' are no seeds; write 1..50"),
        (("bot.experiment.yaml", "--report", "htm:x"), "htm"),
        (("bot.experiment.yaml", "--", "-x", "--assistants-seed=1"), "experiments have seeds of their own"),
    ],
)
def test_what_cannot_be(bench: Bench, args: Sequence[str], said: str) -> None:
    bench.write(TWO)
    done = run(*args)
    assert done.exit_code == 3
    assert said in done.stderr


def test_all_mistakes_are_told(bench: Bench) -> None:
    bench.write(TWO.replace("wrong]", "wronk]").replace("runs.create#1", "runs.craete#1"))
    bench.write("", "empty.experiment.yaml")
    done = run(".", "--dry")
    assert done.exit_code == 3
    assert done.stderr.count("bot.experiment.yaml:") == 1, "places are looked at when the words are right"
    assert "empty.experiment.yaml:1:1: the file is empty" in done.stderr
    assert done.stderr.endswith("Error: 2 mistakes\n")


def test_what_came_of_it_is_told_and_written(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    done = bench.conduct(TWO)
    capsys.readouterr()
    assert experimenting.report(done, [], "assistants-mock experiment .") == 0
    told = capsys.readouterr().out
    assert "A wrong answer   " in told
    assert "Two refusals" not in told, "it does not ask for a report in the terminal"
    folder = bench.project.pytester.path
    document = json.loads((folder / "bot.experiment.json").read_text(encoding="utf-8"))
    assert (document["status"], document["deviated"], document["exit"]) == ("completed", False, 0)
    assert document["command"] == "assistants-mock experiment ."
    refusals, wrong = document["tests"]
    assert [each["verdict"] for each in refusals["variants"]] == ["absorbed"] * 3
    idle = "nothing was called from 2m on"
    assert refusals["variants"][0]["reason"] == f"the test passed; {idle}"
    assert [each["severity"] for each in wrong["variants"]] == ["ok"]
    junit = (folder / "bot.experiment.xml").read_text(encoding="utf-8")
    assert '<testsuite name="Two refusals" tests="3" failures="0"' in junit
    assert '<property name="seed" value="3"' in junit
    assert "Two refusals: " in (folder / "bot.experiment.html").read_text(encoding="utf-8")
    elsewhere = folder / "elsewhere" / "all.json"
    assert experimenting.report(done, [("json", elsewhere)], "c") == 0
    assert len(json.loads(elsewhere.read_text(encoding="utf-8"))["tests"]) == 2
    assert "Two refusals" in capsys.readouterr().out
