"""A new verb is one file that nobody else has to know."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import steps
from harness.scenarios.model import ScenarioErrors
from harness.steps.contract import VERBS, Verb, discover, no_mistakes, no_needs, verb
from tests.harness.playing.conftest import Stage

COUNT = '''
"""`count: {object: assistant}`: how many there are."""

from harness.scenarios.model import ScenarioError
from harness.scenarios.shapes import mapping, word
from harness.steps.contract import UnmetError, Verb, verb


def check(operation, node):
    if node.value.get("kind") == "dragons":
        yield ScenarioError(node["kind"].value_place, "there are no dragons", "count assistants")


def perform(step, arguments, scope):
    if arguments["kind"] == "unicorns":
        raise UnmetError("nobody has seen one", "they are shy")
    return {"count": len(scope.client.beta.assistants.list().data)}


SCHEMA = mapping("How many.", ("kind",), kind=word())
verb(Verb("count", {"count": SCHEMA}, check, perform, lambda *_: {"assistants"}))
'''


@pytest.fixture
def count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The verb `count`, as a file in the folder of verbs."""
    discover()
    folder = tmp_path / "further"
    folder.mkdir()
    (folder / "count.py").write_text(COUNT, encoding="utf-8")
    monkeypatch.setattr(steps, "__path__", [*steps.__path__, str(folder)])
    yield
    VERBS.pop("count", None)
    sys.modules.pop("harness.steps.count", None)


@pytest.mark.usefixtures("count")
def test_one_file_is_enough(stage: Stage) -> None:
    outcome = stage.passes(
        "- assistants.create: {model: gpt-4o}\n  repeat: 3\n- count: {kind: all}\n  expect: {count: 3}"
    )
    assert outcome.scenario.needs == {"assistants"}
    failed = stage.fails("- count: {kind: unicorns}")
    assert failed.failure is not None
    assert (failed.failure.reason, failed.failure.facts) == ("nobody has seen one", ("they are shy",))


@pytest.mark.usefixtures("count")
@pytest.mark.parametrize(
    ("written", "mistake"),
    [
        ("{kind: dragons}", "there are no dragons; count assistants"),
        ("{}", "count needs 'kind'"),
        ("{kindd: all}", "count takes no 'kindd'; did you mean 'kind'?"),
    ],
)
def test_its_mistakes_are_found_before_it_runs(stage: Stage, written: str, mistake: str) -> None:
    with pytest.raises(ScenarioErrors) as caught:
        stage.scenario(f"- count: {written}")
    assert mistake in str(caught.value)


def test_words_are_taken_once() -> None:
    with pytest.raises(ValueError, match="wait is a step of wait already"):
        verb(Verb("hold", {"wait": {}}, no_mistakes, lambda *_: None, no_needs))
    assert discover()["wait"].name == "wait"


@pytest.mark.parametrize(
    ("step", "mistake"),
    [
        ("wait: {run: r, vector_store: v, until: completed}", "it waits for run and vector_store at once"),
        ("wait: {until: completed}", "it does not say what it waits for; name one of run,"),
        ("wait: {run: '${x}', until: done}", "a run is never 'done'"),
        (
            "wait: {run: '${x}', until: [completed, canceled]}",
            "a run is never 'canceled'; did you mean 'cancelled'?",
        ),
        ("wait: {file_batch: '${x}', until: expired}", "a file batch is never 'expired'"),
        ("stream: {until: thread.run.completed}", "it does not say what is streamed"),
        ("stream: {resume: s, until: thread.run.done}", "there is no event 'thread.run.done'"),
        (
            "stream: {resume: s, until: thread.created, stop_after: 2}",
            "a stream cannot be left open and hung up on",
        ),
        ("request: {method: GET, path: 'http://elsewhere/'}", "does not begin with /"),
        ("request: {method: FETCH, path: /threads}", "unknown HTTP method 'FETCH'"),
        ("parallel: {a: [{threads.create: {}}]}", "one branch alone is not parallel"),
        ("advance: 90", "advance is a length of time, got the number 90"),
        ("advance: 5 parsecs", "write 300ms, 45s, 9m or 1h"),
    ],
)
def test_mistakes_of_verbs_are_found_before_anything_runs(stage: Stage, step: str, mistake: str) -> None:
    with pytest.raises(ScenarioErrors) as caught:
        stage.scenario(f"- threads.create: {{}}\n  as: x\n- {step}")
    assert mistake in str(caught.value)
