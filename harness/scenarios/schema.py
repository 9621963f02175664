"""The format of scenario files as JSON Schema, for editors.

`python -m harness.scenarios.schema` writes the one that is shipped anew, `--check` says whether it is stale.
A file names it in its first line:

    # yaml-language-server: $schema=assistants.schema.json

Made of the same shapes that files are checked with, so an editor and `assistants-mock validate` say the same.
What a schema cannot know (references, files, what can happen in a run) only the latter says, and only editors
object to wrong arguments where an error is expected.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.scenarios.reading import SCENARIO, VERSION
from harness.scenarios.references import PATTERN
from harness.scenarios.shapes import SHARED, Shape, refer
from harness.scenarios.shipping import ShippedSchema, without_own_words
from harness.scenarios.writtensteps import STEP
from harness.steps.contract import discover

_SCRIPTED = ("action", "rule", "reply_matcher", "matcher", "expected")
"""Shared shapes in which nothing is filled in, or anything may stand anyway."""

_REFERENCE = refer("reference")
_WITH_REFERENCE = refer("text_with_reference")


def scenario_schema() -> dict[str, Any]:
    """The whole schema (JSON Schema 2020-12), ready to be written as JSON."""
    steps = discover()
    words = {word: _arguments(verb.operations[word]) for word, verb in steps.items()}
    scenario = {**SCENARIO, "steps": {**SCENARIO["steps"], "items": refer("step")}}
    shared = {
        name: shape if name in _SCRIPTED else _referring(shape)
        for name, shape in sorted(SHARED.items())
        if name != "step"
    }
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Scenarios for the Assistants API (*.assistants.yaml)",
        "description": "Conversations with an assistant: how a mock behaves, what a client does and sees.",
        "type": "object",
        "properties": {
            "version": {"const": VERSION, "description": "The version of this format."},
            "scenarios": {
                "type": "array",
                "minItems": 1,
                "items": refer("scenario"),
                "description": "Each is a test of its own.",
            },
        },
        "required": ["version", "scenarios"],
        "additionalProperties": False,
        "$defs": {
            "scenario": {
                "type": "object",
                "properties": scenario,
                "required": ["name", "steps"],
                "additionalProperties": False,
                "description": "One conversation.",
            },
            "step": _step(words),
            "reference": {
                "type": "string",
                "pattern": f"^{PATTERN}$",
                "description": "What a step before has bound: ${run.id}.",
            },
            "text_with_reference": {"type": "string", "pattern": PATTERN},
            **shared,
        },
    }
    shipped = without_own_words(document)
    assert isinstance(shipped, dict)
    return shipped


def _step(words: Mapping[str, Shape]) -> Shape:
    """A step: one operation, and what is said about it."""
    said = {key: shape if key in ("as", "live") else _referring(shape) for key, shape in STEP.items()}
    return {
        "type": "object",
        "properties": {**words, **said},
        "additionalProperties": False,
        "oneOf": [{"required": [word]} for word in words],
        "not": {"required": ["expect", "expect_error"]},
        "description": "One thing a client does.",
    }


def _arguments(shape: Shape) -> Shape:
    """What stands behind an operation: with references in it, or nothing where nothing is needed."""
    if shape.get("type") != "object":
        return _referring(shape)
    inner = dict(_inside(shape))
    if not shape.get("required") and not shape.get("minProperties"):
        inner["type"] = ["object", "null"]
    return inner


def _referring(shape: Shape) -> Shape:
    """The shape, or a reference in its place or in the place of anything inside it."""
    if not shape or "$ref" in shape or "not" in shape:
        return shape
    if "anyOf" in shape:
        options = [_inside(option) if _is_text(option) else _plainly(option) for option in shape["anyOf"]]
        return {**shape, "anyOf": [*options, *_instead(shape["anyOf"])]}
    if shape.get("type") == "string" and not {"enum", "pattern"} & shape.keys():
        return shape
    about = {"description": shape["description"]} if "description" in shape else {}
    inner = {key: value for key, value in _inside(shape).items() if key != "description"}
    return {"anyOf": [inner, *_instead([shape])], **about}


def _plainly(shape: Shape) -> Shape:
    """The shape with references inside it, not in its place."""
    return (
        {**shape, "anyOf": [_plainly(option) for option in shape["anyOf"]]}
        if "anyOf" in shape
        else _inside(shape)
    )


def _inside(shape: Shape) -> Shape:
    """The shape with references in the place of what is inside it."""
    inner = dict(shape)
    if "properties" in shape:
        inner["properties"] = {key: _referring(value) for key, value in shape["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(shape.get(key), Mapping):
            inner[key] = _referring(shape[key])
    return inner


def _instead(shapes: list[Shape]) -> Iterator[Shape]:
    """The references that may stand in place of one of these shapes."""
    if any(shape.get("type") == "string" and not {"enum", "pattern"} & shape.keys() for shape in shapes):
        return  # any text may stand there already
    yield _WITH_REFERENCE if any(_is_text(shape) for shape in shapes) else _REFERENCE


def _is_text(shape: Shape) -> bool:
    return shape.get("type") == "string" or any(_is_text(option) for option in shape.get("anyOf", ()))


SHIPPED = ShippedSchema(Path(__file__).with_name("assistants.schema.json"), scenario_schema)
"""What comes with the package."""

if __name__ == "__main__":
    SHIPPED.main("harness.scenarios.schema")
