"""`${…}`: what is put in, what stays, and what is said about references that lead nowhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.scenarios.model import Node, Place, ScenarioError
from harness.scenarios.positions import parse_document
from harness.scenarios.references import (
    Reference,
    fill,
    has_reference,
    malformed,
    references,
    whole_reference,
)

RUN = {"id": "run_1", "n": 3, "list": [{"id": "a"}, {"id": "b"}], "none": None, "on": True, "metadata": {}}
FILE = Path("a.yaml")


def node(value: Any) -> Node:
    """A value that stands nowhere in particular."""
    place = Place(FILE, 1, 1)
    return Node(value, {(): place}, (), {(): place})


@pytest.mark.parametrize(
    ("written", "filled"),
    [
        ("${run}", RUN),
        ("${run.n}", 3),
        ("${run.none}", None),
        ("${run.on}", True),
        ("${run.list.1.id}", "b"),
        ("${run.list.-1}", {"id": "b"}),
        ("run ${run.id} of ${run.n}", "run run_1 of 3"),
        ("${run.list.0}!", '{"id":"a"}!'),
        ("${run.none} ${run.on}", "null true"),
        ("$${run.id}", "${run.id}"),
        ("$${run.id} is ${run.id}", "${run.id} is run_1"),
        ("$5 {run.id} $run", "$5 {run.id} $run"),
        ("$$${run.id}", "$${run.id}"),
        ({"a": ["${run.id}", 1, None], "${run.id}": "key"}, {"a": ["run_1", 1, None], "${run.id}": "key"}),
    ],
)
def test_what_is_put_in(written: Any, filled: Any) -> None:
    assert fill(node(written), {"run": RUN}) == filled


def test_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITY", "Paris")
    monkeypatch.delenv("COUNTRY", raising=False)
    assert fill(node("${env.CITY}!"), {}) == "Paris!"
    with pytest.raises(ScenarioError, match=r"a\.yaml:1:1: .*the environment variable COUNTRY is not set"):
        fill(node("${env.COUNTRY}"), {})


@pytest.mark.parametrize(
    ("written", "reason", "hint"),
    [
        ("${rum.id}", "${rum.id}: nothing is bound as 'rum'", "did you mean 'run'?"),
        ("${other}", "${other}: nothing is bound as 'other'", "bound are run"),
        ("${run.statis}", "${run.statis}: run has no 'statis'", "it has id, n, list, none, on, metadata"),
        ("${run.lists}", "${run.lists}: run has no 'lists'", "did you mean 'list'?"),
        ("${run.list.2.id}", "${run.list.2.id}: run.list has no '2'", "it is a list of 2"),
        ("${run.list.first}", "${run.list.first}: run.list has no 'first'", "it is a list of 2"),
        ("${run.id.x}", "${run.id.x}: run.id has no 'x'", 'it is "run_1"'),
        ("${run.none.x}", "${run.none.x}: run.none has no 'x'", "it is null"),
        ("${run.metadata.x}", "${run.metadata.x}: run.metadata has no 'x'", "it is empty"),
    ],
)
def test_what_leads_nowhere(written: str, reason: str, hint: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        fill(node(f"see {written}"), {"run": RUN})
    assert (caught.value.reason, caught.value.hint) == (reason, hint)
    assert caught.value.place == Place(FILE, 1, 1)


def test_what_leads_nowhere_is_told_with_its_place() -> None:
    document = parse_document(b'a: 1\nb: [x, "${run.x}"]\n', FILE)
    with pytest.raises(ScenarioError, match=r"^a\.yaml:2:8: "):
        fill(document["b"], {"run": RUN})


def test_the_references_of_a_document() -> None:
    document = parse_document(b'a: "${run.id} ${env.X} $${no}"\nb: ["${thread}", "${oops id}"]\n', FILE)
    assert [(str(each), place.line) for each, place in references(document)] == [
        ("${run.id}", 1),
        ("${env.X}", 1),
        ("${thread}", 2),
    ]
    (mistake,) = malformed(document)
    assert mistake.place == Place(FILE, 2, 18)


def test_what_is_a_reference() -> None:
    assert whole_reference("${run.id}") == Reference("run", ("id",))
    for other in ("x${run.id}", "$${run.id}", "${run.id}${run.id}", "${run id}", 5, None, "${"):
        assert whole_reference(other) is None
    assert has_reference("a ${run.id}")
    assert not has_reference("a $${run.id}")
    assert not has_reference(5)


@given(st.text())
def test_any_text_can_be_written(text: str) -> None:
    assert fill(node(text.replace("${", "$${")), {}) == text


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=4))
def test_a_reference_alone_keeps_its_value(value: Any) -> None:
    assert fill(node("${it}"), {"it": value}) is value
