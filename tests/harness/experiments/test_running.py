"""Experiments as they are run: what deviates, with how few faults, with which seeds, and when it ends."""

from __future__ import annotations

import json

import pytest

from harness.experiments.documents import exit_code, experiments_document
from harness.experiments.telling import summary
from harness.explore.conducting import ConductError
from harness.explore.reports.contract import discover
from tests.harness.experiments.conftest import Bench, Document

pytest_plugins = ("pytester",)

STORM = """
    experiment: A storm
    hypothesis: {pytest: "test_bot.py::test_answer"}
    method:
    - {at: {op: messages.create}, fault: slow(5s)}
    - {at: {op: runs.create, first: 2}, fault: 429(retry_after=5s)}
    - {at: {op: runs.create, n: 3}, fault: run.failed}
    - {at: {op: messages.list, virtual: 2s}, fault: "500"}
    - {at: {op: files.list}, fault: "500"}
    seeds: 1..2
    """
PLANNED = (
    "messages.create#1~slow(delay=5s)+runs.create#1~429(retry_after=5s)+runs.create#2~429(retry_after=5s)"
    "+runs.create#3~run.failed+messages.list@2s~500+files.list#1~500"
)
MINIMAL = "runs.create#1~429(retry_after=5s)+runs.create#2~429(retry_after=5s)+runs.create#3~run.failed@1"


def test_a_deviation_is_found_made_small_and_seen_again(bench: Bench) -> None:
    document = bench.document(STORM)
    assert (document["exit"], document["status"], document["deviated"]) == (1, "completed", True)
    (test,) = document["tests"]
    assert test["experiment"] == {
        "name": "A storm",
        "file": str(bench.project.pytester.path / "bot.experiment.yaml"),
        "tolerance": ["absorbed", "surfaced"],
        "method": PLANNED.split("+"),
        "seeds": [1, 2],
        "stop": {},
        "status": "completed",
        "reason": "",
        "deviated": True,
    }
    first, second = test["variants"]
    assert [each["id"] for each in (first, second)] == [f"{PLANNED}@1", f"{PLANNED}@2"]
    assert [(each["verdict"], each["new"], each["severity"]) for each in (first, second)] == [
        ("wrong", True, "fail")
    ] * 2
    assert "files.list#1 was never called" in first["reason"]
    assert first["reason"].endswith(f"; {MINIMAL} is enough for that")
    assert (first["minimal"]["id"], first["minimal"]["verdict"]) == (MINIMAL, "wrong")
    assert second["minimal"] is None, "of each verdict the first is made smaller"
    fired = {f"{each['call']}~{each['name']}": each["fired"] for each in first["faults"]}
    assert fired["messages.list@2s~500"] == ["messages.list#1"]
    assert fired["files.list#1~500"] == []
    told = "\n".join(summary(document))
    for each in (first, first["minimal"]):
        assert each["reproduce"] == f'pytest "test_bot.py::test_answer[{each["id"]}]" --assistants-explore'
        assert each["reproduce"] in told
    assert "W wrong with seed 1" in told
    assert "and with 2" in told
    for form in discover().values():
        assert "A storm" in form.write(document)
    assert bench.runs[0] == [f"{PLANNED}@1", f"{PLANNED}@2"]
    assert len({variant for run in bench.runs for variant in run}) == sum(map(len, bench.runs))
    assert bench.document(STORM) == document, "twice the same"


def test_a_reproducer_is_a_node_id(bench: Bench) -> None:
    results = bench.folder / "again.json"
    bench.project.run(
        f"test_bot.py::test_answer[{MINIMAL}]", "--assistants-explore", f"--assistants-results={results}"
    )
    (found,) = json.loads(results.read_text())
    assert (found["id"], found["verdict"]) == (MINIMAL, "wrong")


SEEDS = """
    experiments:
    - experiment: A rare failure
      hypothesis: {pytest: "test_bot.py::test_models", tolerance: [absorbed]}
      method: [{at: "models.list#1", fault: "500"}]
      seeds: [3, 1]
    - experiment: Nothing is known of the seed
      hypothesis: {pytest: "test_bot.py::test_models", tolerance: [raw error]}
      method: [{at: {virtual: 0s}, fault: "401"}]
    - experiment: Never there
      hypothesis: {pytest: "test_bot.py::test_models"}
      method: [{at: {virtual: 1h}, fault: "500"}, {at: {op: files.list, virtual: 2m}, fault: "500"}]
    - experiment: Fails anyhow
      hypothesis: {pytest: "test_bot.py::test_fails"}
      method: [{at: {op: models.list, from: 1}, fault: "500"}]
    """


def test_what_is_tolerated_and_what_says_nothing(bench: Bench) -> None:
    done = bench.conduct(SEEDS)
    document = experiments_document(done, tool="t", command="c")
    rare, unseeded, never, fails = document["tests"]
    assert [(each["seed"], each["verdict"], each["severity"]) for each in rare["variants"]] == [
        (3, "absorbed", "ok"),
        (1, "absorbed", "ok"),
    ]
    (only,) = unseeded["variants"]
    assert (only["id"], only["seed"], only["verdict"]) == ("*@0s~401", None, "raw error")
    assert (only["severity"], only["new"], only["faults"][0]["fired"]) == ("ok", False, ["models.list#1"])
    (idle,) = never["variants"]
    assert (idle["verdict"], idle["severity"], idle["new"]) == ("not reached", "apart", False)
    assert idle["reason"] == "nothing was called from 1h on; no files.list was called from 2m on"
    assert (fails["experiment"]["status"], fails["variants"]) == ("failed", [])
    assert "it fails without any fault" in fails["experiment"]["reason"]
    assert [exit_code(each) for each in (done[:2], done[2:3], done[3:], done)] == [0, 2, 2, 2]


def seeds(document: Document) -> list[int]:
    """The seeds that were run."""
    return [each["seed"] for each in document["tests"][0]["variants"]]


def test_it_ends_after_so_many_deviations(bench: Bench) -> None:
    text = """
    experiment: A wrong answer
    hypothesis: {pytest: "test_bot.py::test_answer"}
    method: [{at: "runs.create#1", fault: run.failed}]
    seeds: 1..50
    stop: {failures: 2}
    """
    document = bench.document(text)
    assert seeds(document) == [1, 2]
    assert [len(run) for run in bench.runs] == [1, 2]
    (test,) = document["tests"]
    assert (test["planned"], test["left_out"]) == (50, 48)
    assert (document["status"], document["deviated"], document["exit"]) == ("aborted", True, 1)
    assert test["experiment"]["reason"] == "it was to end after 2 deviations"


def test_it_ends_when_its_time_is_over(bench: Bench) -> None:
    text = """
    experiment: No time
    hypothesis: {pytest: "test_bot.py::test_models"}
    method: [{at: "models.list#1", fault: "500"}]
    seeds: 1..3
    stop: {wall: 0s}
    """
    document = bench.document(text)
    assert (seeds(document), document["status"], document["exit"]) == ([], "aborted", 2)
    assert bench.runs == []


def test_a_run_that_takes_too_long_hangs(bench: Bench) -> None:
    text = """
    experiment: It comes back much later
    hypothesis: {pytest: "test_bot.py::test_comes_back_later", tolerance: [hung]}
    method: [{at: "models.list#1", fault: "401"}]
    stop: {virtual: 1m}
    """
    (variant,) = bench.document(text)["tests"][0]["variants"]
    assert variant["verdict"] == "hung"
    assert variant["reproduce"].endswith("--assistants-explore --assistants-longest=60s")


def test_what_is_interrupted_is_told(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.harness.experiments import conftest

    def interrupted(*args: object, **more: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(conftest.Pytest, "run", interrupted)
    document = bench.document(SEEDS)
    assert (document["status"], len(document["tests"])) == ("interrupted", 1)


def test_no_test_at_all(bench: Bench) -> None:
    bench.project.files(test_bot="")
    with pytest.raises(ConductError, match="there is no test to experiment with"):
        bench.conduct(SEEDS)
