"""Declaring checks, naming them, findings as data."""

from __future__ import annotations

import json

import openai
import pytest

from harness.handle.assistants import Assistants
from harness.handle.courses import Record
from harness.practices.contract import Finding, PracticeError, discover, findings, known, practice
from harness.practices.words import summary
from mockserver.server import Server
from tests.harness.practices.clients.contract import Stage


def test_a_name_is_taken_once_and_everything_has_to_be_said() -> None:
    discover()
    said = {"rule": "Be kind.", "source": "somewhere", "evidence": "calls", "mend": "Be kind."}
    with pytest.raises(ValueError, match="there is a check endless_poll already"):
        practice("endless_poll", **said)(lambda evidence: iter(()))
    with pytest.raises(ValueError, match="kindness has to say its rule"):
        practice("kindness", **{**said, "source": ""})(lambda evidence: iter(()))
    assert "kindness" not in discover()


def test_names_that_none_has() -> None:
    assert known("endless_poll") == {"endless_poll"}
    assert known([]) == frozenset()
    with pytest.raises(PracticeError, match=r"there is no check 'left-behint'; did you mean 'left_behind'\?"):
        known(["endless_poll", "left-behint"])
    with pytest.raises(PracticeError, match="`assistants-mock practices` lists them"):
        known("zzz")


def test_a_handle_refuses_to_ignore_what_there_is_not(handle: Assistants) -> None:
    assert handle.practices() == []
    with pytest.raises(ValueError, match="did you mean 'early_run'"):
        handle.practices(ignore=["early_runs"])


def test_findings_are_plain_data_and_readable(stage: Stage) -> None:
    thread = stage.thread()
    stage.run(thread, stage.assistant())
    for _ in range(9):
        stage.messages(thread)
    (finding,) = stage.handle.practices()
    assert Finding.of(json.loads(json.dumps(finding.document()))) == finding
    first, *lines = str(finding).splitlines()
    assert first.startswith("early_messages: messages were read while run_")
    assert lines == [f"    {line}" for line in finding.lines]
    assert finding.lines[4:] == ("… 5 more …", "0.0 messages.list#9 200")
    assert "runs.create#1" in finding.lines[0]


def test_the_summary_tells_how_often_and_where_first() -> None:
    one, other = (
        Finding("early_run", "a run", ("0.0 runs.create#1 200",)),
        Finding("early_search", "a search"),
    )
    lines = summary({"a": [one, other], "b": [], "c": [one]})
    assert lines[0] == "early_run 2 times in 2, first in a"
    assert lines[3:6] == ["    a run", "      0.0 runs.create#1 200", "early_search in a"]
    assert summary({"a": [one, one]})[0] == "early_run 2 times, first in a"
    assert summary({"a": []}) == []


def test_in_real_time_everybody_is_seen_to_hurry(server: Server, key: str) -> None:
    """There a read moves nothing, so it is no matter what is read."""
    with Assistants(server.base_url, key, settings={"seed": 7, "clock": "real"}) as handle:
        stage = Stage(handle, handle.client(max_retries=0))
        handle.faults.arm("run.stuck(forever=true)", "runs.create")
        run = stage.run(stage.thread(), stage.assistant())
        for _ in range(60):
            stage.read(run)
        assert [finding.check for finding in handle.practices()] == ["hurried_poll"]


def test_sleep_that_does_not_show_is_not_missed(handle: Assistants) -> None:
    """Without a bridge nobody knows whether a client slept in virtual time."""
    handle.faults.arm("429(retry_after=20s)", "threads.create")
    client = handle.client(max_retries=0)
    with pytest.raises(openai.RateLimitError):
        client.beta.threads.create()
    client.beta.threads.create()
    record = Record.read(handle.control, handle.began)
    assert findings(record) == []
    assert [finding.check for finding in findings(record, sleeps=True)] == ["early_retry"]
