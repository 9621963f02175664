"""`assistants-mock explore` as it is typed: plans, rounds, reports, exit codes, accepted weaknesses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from xml.etree import ElementTree

import jsonschema  # type: ignore[import-untyped]
import pytest

from harness.explore.schema import EXPLORATION_SCHEMA
from tests.harness.explore.test_exploring import clean_environment
from tests.harness.explore.test_rounds import NODE, TESTS
from tests.harness.forkserver import REAL


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with one small test."""
    (tmp_path / "test_desk.py").write_text(dedent(TESTS))
    (tmp_path / "pytest.ini").write_text("[pytest]\nassistants_raises = Unavailable\n")
    return tmp_path


def run(folder: Path, *args: str, python: str = "") -> subprocess.CompletedProcess[str]:
    """The command in a folder, from a user's shell, of the environment with this interpreter."""
    command = [str(Path(python or sys.executable).with_name("assistants-mock")), "explore", *args]
    return subprocess.run(
        command, cwd=folder, env=clean_environment(), capture_output=True, text=True, check=False
    )


def test_a_suite_is_explored_reported_and_accepted(folder: Path) -> None:
    reports = ("--report", "json:out/r.json", "--report", "junit:out/r.xml", "--report", "html:out/r.html")
    chosen = ("--faults", "lost_ack,html_200", "--depth", "1")
    ran = run(
        *(
            folder,
            "test_desk.py",
            *chosen,
            *reports,
            "--accept",
            "known since spring",
            "--",
            "-p",
            "no:xdist",
        ),
        python=REAL,
    )
    assert ran.returncode == 0, ran.stderr
    report = json.loads((folder / "out/r.json").read_text())
    jsonschema.validate(report, EXPLORATION_SCHEMA)
    (test,) = report["tests"]
    weak = {
        variant["id"]: variant["verdict"] for variant in test["variants"] if variant["severity"] == "fail"
    }
    assert weak["messages.create#1~lost_ack"] == "corrupt"
    assert weak["threads.create#1~html_200"] == "crashed"
    assert all(variant["scenario"] for variant in test["variants"] if variant["id"] in weak)
    listed = json.loads((folder / "resilience.json").read_text())["accepted"]
    assert {entry["variant"] for entry in listed} == {f"{NODE}[{name}]" for name in weak}
    assert {entry["reason"] for entry in listed} == {"known since spring"}
    skipped = ElementTree.parse(folder / "out/r.xml").getroot().findall(".//skipped")
    assert len(skipped) == len(weak)
    assert "messages.create#1~lost_ack" in (folder / "out/r.html").read_text()
    told = (
        "C messages.create#1~lost_ack   the user's message is stored twice; the test passed its own asserts"
    )
    assert f"{told} (accepted: known since spring)" in ran.stdout
    assert f"resilience.json: {len(weak)} accepted, {len(weak)} in all" in ran.stderr


def test_a_plan_alone_runs_no_variant(folder: Path) -> None:
    ran = run(folder, "test_desk.py", "--plan-only")
    assert ran.returncode == 0
    assert ran.stdout.startswith(f"{NODE}   3 calls, ")
    assert "variants, about " in ran.stdout


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["test_none.py"], "file or directory not found: test_none.py"),
        (["test_desk.py", "--faults", "lost_akk"], "there is no fault and no group 'lost_akk'"),
        (["test_desk.py", "--report", "htm:x"], "there is no report format 'htm'; did you mean html?"),
        (["test_desk.py", "--budget", "soon"], "--budget: 'soon' is not a length of time"),
        ([], "say what is to be explored"),
    ],
)
def test_mistakes_end_with_3(folder: Path, args: list[str], told: str) -> None:
    ran = run(folder, *args)
    assert ran.returncode == 3
    assert told in ran.stderr
