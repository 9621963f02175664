"""Scenario files as tests of pytest: runs inside of this one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.plugin.items import OUTCOME
from tests.harness.plugin.conftest import FIVE, LEAN, Inner, inner, mock

__all__ = ["inner", "mock"]

pytest_plugins = ["pytester"]


@pytest.fixture
def files(inner: Inner) -> Path:
    """A project with one file of five scenarios, one of which fails."""
    file = inner.pytester.path / "talks.assistants.yaml"
    file.write_text(FIVE, encoding="utf-8")
    return file


def test_each_scenario_is_a_test(inner: Inner, files: Path) -> None:
    listed = inner.run("--collect-only", "-q")
    listed.stdout.fnmatch_lines(
        [f"talks.assistants.yaml::{name}" for name in ("passes", "fails", "waits", "breaks", "reads")]
    )
    inner.passes(passed=4, failed=1)
    inner.passes("talks.assistants.yaml::waits")
    inner.passes("-k", "error_7")
    inner.passes("-k", "not fails", passed=4, deselected=1)


def test_a_failure_is_told_without_a_traceback(inner: Inner, files: Path) -> None:
    result = inner.passes("-k", "fails or passes", passed=1, failed=1, deselected=3)
    result.stdout.fnmatch_lines(
        [
            "*_ fails _*",
            "talks.assistants.yaml:13  step 2  messages.create {thread_id: thread_*  [[]t = 0.0 s virtual[]]",
            "  role",
            "    expected  'assistant'",
            "    got       'user'",
            '  replay     pytest "talks.assistants.yaml::fails" --assistants-seed=5',
            "FAILED talks.assistants.yaml::fails*",
        ]
    )
    assert "Traceback" not in result.stdout.str()
    assert "items.py" not in result.stdout.str()


def test_the_replay_command_fails_alike(inner: Inner, files: Path) -> None:
    result = inner.run("talks.assistants.yaml::fails", "--assistants-seed=5")
    again = [line for line in result.stdout.lines if "thread_id: thread_" in line]
    assert again == [line for line in inner.run("-k", "fails").stdout.lines if "thread_id: thread_" in line]
    other = inner.run("talks.assistants.yaml::fails", "--assistants-seed=6")
    assert again != [line for line in other.stdout.lines if "thread_id: thread_" in line]
    other.stdout.fnmatch_lines(['*replay     pytest "talks.assistants.yaml::fails" --assistants-seed=6'])


def test_reports_carry_outcomes(inner: Inner, files: Path) -> None:
    run = inner.pytester.inline_run(*LEAN, "-q")
    reports = run.getreports("pytest_runtest_logreport")
    found = {
        report.nodeid.partition("::")[2]: dict(report.user_properties)
        for report in reports
        if report.when == "call"
    }
    assert list(found) == ["passes", "fails", "waits", "breaks", "reads"]
    assert found["passes"]["assistants_error"] == 7
    assert found["waits"]["assistants_virtual_seconds"] == 540
    assert found["fails"]["assistants_seed"] == 5
    told = {name: json.loads(str(properties[OUTCOME])) for name, properties in found.items()}
    assert told["fails"]["failure"]["differences"][0]["path"] == "role"
    assert [told[name]["status"] for name in told] == ["passed", "failed", "passed", "passed", "passed"]
    lines = {report.nodeid.partition("::")[2]: report.location[:2] for report in reports}
    assert lines["fails"] == ("talks.assistants.yaml", 7)


def test_mistakes_are_errors_of_collection(inner: Inner, files: Path) -> None:
    files.write_text(
        FIVE.replace("threads.create: {}", "thread.create: {}", 1).replace("role: user", "rule: user"),
        encoding="utf-8",
    )
    result = inner.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            "*ERROR collecting talks.assistants.yaml*",
            "talks.assistants.yaml:7:5: unknown operation 'thread.create'; did you mean 'threads.create'?",
            "talks.assistants.yaml:13:50: messages.create takes no 'rule'; did you mean 'role'?",
        ]
    )
    assert "Traceback" not in result.stdout.str()


@pytest.fixture
def lacking(inner: Inner, files: Path, mock: str) -> Inner:
    """The same project, whose target is a server that nobody may control."""
    inner.pytester.makepyprojecttoml(
        f"""
        [tool.assistants.targets.far]
        kind = "compatible"
        base_url = "{mock}"
        capabilities = ["threads", "messages"]
        """
    )
    return inner


def test_what_a_target_lacks_is_skipped_where_it_stands(lacking: Inner) -> None:
    result = lacking.passes("--assistants-target=far", "-rs", passed=1, failed=1, skipped=3)
    result.stdout.fnmatch_lines(
        [
            "SKIPPED [[]1[]] talks.assistants.yaml:15: needs 9 min of waiting on far*--assistants-slow*",
            "SKIPPED [[]1[]] talks.assistants.yaml:18: far lacks faults",
            "SKIPPED [[]1[]] talks.assistants.yaml:24: far lacks models",
        ]
    )
    result.stdout.fnmatch_lines(['*replay     pytest "talks.assistants.yaml::fails" --assistants-target=far'])


def test_what_is_let_off_is_said(lacking: Inner, files: Path) -> None:
    files.write_text(
        """
version: 1
scenarios:
- name: relaxed
  steps:
  - threads.create: {}
    as: thread
    expect: {id: thread_1, created_at: 5}
  - messages.create: {thread_id: "${thread.id}", role: user, content: Hi}
    live: skip
""",
        encoding="utf-8",
    )
    result = lacking.passes("--assistants-target=far", "-rP")
    result.stdout.fnmatch_lines(
        [
            "*assistants*",
            "2 checks relaxed on far:",
            "  step 1 id: 'thread_*' for 'thread_1'",
            "  step 1 created_at: * for 5",
            "1 step left out on far:",
            "  step 2 messages.create: live: skip",
        ]
    )


def test_keys_are_shown_to_nobody(lacking: Inner, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    profile = lacking.pytester.path / "pyproject.toml"
    profile.write_text(profile.read_text() + '\nkey_env = "FAR_KEY"\n', encoding="utf-8")
    monkeypatch.setenv("FAR_KEY", "sk-very-secret")
    files.write_text(
        """
version: 1
scenarios:
- name: tells
  steps:
  - threads.create: {metadata: {key: "${env.FAR_KEY}"}}
    expect: {object: secret}
""",
        encoding="utf-8",
    )
    run = lacking.pytester.inline_run(*LEAN, "--assistants-target=far")
    (report,) = [each for each in run.getreports("pytest_runtest_logreport") if each.when == "call"]
    assert "{metadata: {key: ***}}" in str(report.longrepr)
    assert "sk-very-secret" not in str(report.user_properties)


def test_a_target_that_cannot_be_reached_is_said_without_a_traceback(inner: Inner, files: Path) -> None:
    result = inner.run("--assistants-target=compatible:http://127.0.0.1:9/v1", "-k", "reads")
    result.assert_outcomes(failed=1, deselected=4)
    assert "Traceback" not in result.stdout.str()
    result.stdout.fnmatch_lines(["*127.0.0.1:9*"])


def test_faults_are_shown_to_the_hook(inner: Inner, files: Path) -> None:
    inner.pytester.makeconftest(
        """
        def pytest_assistants_fault(spec):
            assert spec == {"fault": "500", "at": "threads.create"}
            return {**spec, "fault": "503"}
        """
    )
    result = inner.run("-k", "breaks")
    result.assert_outcomes(failed=1, deselected=4)
    result.stdout.fnmatch_lines(["*another error than expected: 503*"])


def test_worlds_of_scenarios_are_apart_from_those_of_tests(inner: Inner, files: Path) -> None:
    inner.files(
        test_a="""
        import openai

        def test_before(assistants):
            openai.OpenAI().beta.threads.create()
            assert assistants.history.names == ["threads.create"]
        """
    )
    inner.passes("-k", "not fails", passed=5, deselected=1)
