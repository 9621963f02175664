"""The JSON Schema for editors: fresh, and of the same opinion as the checks."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator  # type: ignore[import-untyped]

from harness.apioperations import OPERATIONS
from harness.scenarios.model import Node, ScenarioErrors
from harness.scenarios.positions import parse_document
from harness.scenarios.reading import parse_scenarios
from harness.scenarios.schema import SHIPPED, scenario_schema

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
VALID = sorted([*(HERE / "examples").glob("*.yaml"), *(ROOT / "scenarios").rglob("*.assistants.yaml")])
MISTAKEN = sorted((HERE / "mistakes").glob("*.yaml"))
BEYOND = {"unbound", "skipped_on_real_targets"}
"""What a schema cannot know: which step binds what."""


@pytest.fixture(scope="module")
def shipped() -> Any:
    return json.loads(SHIPPED.path.read_text(encoding="utf-8"))


@cache
def document(file: Path) -> Node | None:
    """The file's document; None when it is no YAML."""
    try:
        return parse_document(file.read_bytes(), file)
    except ScenarioErrors:
        return None


def test_the_shipped_schema_is_fresh() -> None:
    assert SHIPPED.is_fresh, "run python -m harness.scenarios.schema"


def test_it_is_written_by_a_command(tmp_path: Path) -> None:
    stale = replace(SHIPPED, path=tmp_path / "assistants.schema.json")
    assert not stale.is_fresh
    stale.write()
    assert stale.is_fresh
    command = [sys.executable, "-m", "harness.scenarios.schema", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_it_is_a_schema(shipped: Any) -> None:
    Draft202012Validator.check_schema(shipped)
    Draft7Validator.check_schema(shipped)
    assert scenario_schema() == shipped


@pytest.mark.parametrize("validator", [Draft202012Validator, Draft7Validator])
def test_what_is_right_is_valid(shipped: Any, validator: Any) -> None:
    for file in VALID:
        read = document(file)
        assert read is not None
        objections = [
            f"{each.json_path}: {each.message}" for each in validator(shipped).iter_errors(read.value)
        ]
        assert objections == [], file


@pytest.mark.parametrize("validator", [Draft202012Validator, Draft7Validator])
def test_what_is_mistaken_is_not(shipped: Any, validator: Any) -> None:
    """Editors still speak draft 7, so that one has to come to the same."""
    seen = 0
    for file in MISTAKEN:
        read = document(file)
        if read is not None:
            seen += 1
            assert validator(shipped).is_valid(read.value) == (file.stem in BEYOND), file
    assert seen >= 20


STEPS = [
    "threads.create: {}",
    "threads.create:",
    "messages.list: {thread_id: t, limit: '${n}', order: '${order}'}",
    "runs.create: {thread_id: t, assistant_id: a, tools: '${assistant.tools}', temperature: null}",
    "assistants.create: {model: m, tools: [{type: function, function: {name: f, parameters: {}}}]}",
    "wait: {run: '${run}', until: [completed, failed], within: '${within}'}",
    "advance: '${length}'",
    "request: {method: GET, path: /threads}",
    "stream: {runs.create: {thread_id: t, assistant_id: a}, until: thread.message.delta}",
    "parallel: {a: [{threads.create: {}}], b: [{threads.create: {}}]}",
    "{threads.create: {}, as: thread, expect: {id: {starts_with: thread_}, metadata: {a: b}}, repeat: 2}",
    "{threads.create: {}, expect_error: {status: {one_of: [400, 404]}, message: x}, live: skip}",
    "{threads.create: {}, expect: {a: 1, b: null, c: [1]}, live: {a: {present: true}}}",
]
NO_STEPS = [
    "threads.retrieve:",
    "threads.retrieve: {}",
    "threads.retrieve: '${thread}'",
    "threads.retrieve: {thread: t}",
    "messages.list: {thread_id: t, limit: '5'}",
    "messages.list: {thread_id: t, order: up}",
    "messages.create: {thread_id: t, role: user, content: 21}",
    "assistants.create: {model: m, tools: [{type: retrieval}]}",
    "wait: {run: r, until: completed, within: 60}",
    "advance: 9 minutes",
    "request: {path: /threads}",
    "thread.create: {}",
    "as: thread",
    "{threads.create: {}, as: my thread}",
    "{threads.create: {}, threads.update: {thread_id: t}}",
    "{threads.create: {}, expect: {id: {starts_with: a, sort: b}}}",
    "{threads.create: {}, expect: {data: {length: few}}}",
    "{threads.create: {}, expect: {a: 1}, expect_error: {status: 400}}",
    "{threads.create: {}, expect_error: {text: x}}",
    "{threads.create: {}, live: never}",
    "{threads.create: {}, repeat: 0}",
]


@pytest.mark.parametrize("written", STEPS + NO_STEPS)
def test_editors_and_checks_agree(shipped: Any, written: str) -> None:
    step = parse_document(written.encode(), Path("step.yaml")).value
    value = {"version": 1, "scenarios": [{"name": "a", "steps": [{"threads.create": {}}, step]}]}
    try:
        parse_scenarios(json.dumps(value).encode(), Path("a.json"))
    except ScenarioErrors as mistakes:
        found = [each for each in mistakes.errors if "is bound as" not in each.reason]
    else:
        found = []
    assert (not found) == (written in STEPS), found
    for validator in (Draft202012Validator, Draft7Validator):
        assert validator(shipped).is_valid(value) == (written in STEPS)


def test_every_key_says_what_it_is(shipped: Any) -> None:
    step = shipped["$defs"]["step"]["properties"]
    assert set(step) >= set(OPERATIONS)
    for word in step:
        assert step[word].get("description"), word
    for name, shape in shipped["$defs"]["scenario"]["properties"].items():
        assert shape.get("description"), name
    for name in OPERATIONS:
        for argument, shape in step[name]["properties"].items():
            assert described(shape, shipped), f"{name}: {argument}"


def described(shape: Mapping[str, Any], document: Mapping[str, Any]) -> bool:
    if "description" in shape:
        return True
    if "$ref" in shape:
        return described(document["$defs"][shape["$ref"].removeprefix("#/$defs/")], document)
    return any(described(option, document) for option in shape.get("anyOf", ()))


def test_nothing_of_our_own_is_shipped_and_nothing_is_missing(shipped: Any) -> None:
    for shape in everywhere(shipped):
        assert not [key for key in shape if key.startswith("x-")]
        if isinstance(shape.get("$ref"), str):
            assert shape["$ref"].removeprefix("#/$defs/") in shipped["$defs"]


def everywhere(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from everywhere(inner)
