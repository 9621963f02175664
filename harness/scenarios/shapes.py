"""What may stand somewhere in a scenario file, said once: as JSON Schema.

`mistakes.check` reads these for people, `schema.scenario_schema` ships them for editors. Two words are our
own and never shipped: `x-called` names what is meant ("a role"), `x-hint` says what to do about a value that
is wrong. A text that refers to something (`${run.id}`) is welcome wherever a value is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.durations import FORMS, PATTERN

Shape = Mapping[str, Any]
"""A JSON Schema (2020-12), of the words that `mistakes.check` knows."""

ANY: Shape = {}
SHARED: dict[str, Shape] = {"step": ANY}
"""Shapes that refer to themselves or stand in many places, by the names they have under `$defs`.

A step is anything here: it is looked at by `writtensteps`, and `schema` says what all steps may be.
"""


def text(about: str = "", **more: Any) -> Shape:
    """A text."""
    return _described({"type": "string", **more}, about)


def word(about: str = "") -> Shape:
    """A text that is not empty."""
    return text(about, minLength=1)


def whole(about: str = "", least: int | None = None, most: int | None = None) -> Shape:
    """A whole number."""
    return _bounded("integer", about, least, most)


def number(about: str = "", least: float | None = None, most: float | None = None) -> Shape:
    """A number."""
    return _bounded("number", about, least, most)


def flag(about: str = "") -> Shape:
    """True or false."""
    return _described({"type": "boolean"}, about)


def choice(*words: str, about: str = "", called: str = "") -> Shape:
    """One of some texts; `called` says what they are, to stand after "unknown"."""
    shape = {"type": "string", "enum": list(words)}
    return _described(shape | ({"x-called": called} if called else {}), about)


def duration(about: str = "", *, numbers: bool = False) -> Shape:
    """A length of time; where `numbers` are milliseconds, as in the reply format, they may stand as well."""
    written: Shape = {"type": "string", "pattern": PATTERN, "x-called": "a length of time", "x-hint": FORMS}
    if not numbers:
        return _described(dict(written), about)
    return _described({"anyOf": [written, number("Milliseconds.", least=0)]}, about)


def pattern(about: str = "") -> Shape:
    """A regular expression."""
    return text(about, format="regex")


def listing(of: Shape, about: str = "", least: int = 0) -> Shape:
    """A list of things of one shape."""
    shape = {"type": "array", "items": of}
    return _described(shape | ({"minItems": least} if least else {}), about)


def mapping(about: str = "", needed: tuple[str, ...] = (), /, **entries: Shape) -> Shape:
    """A mapping with these keys and no others."""
    shape = {"type": "object", "properties": entries, "additionalProperties": False}
    return _described(shape | ({"required": list(needed)} if needed else {}), about)


def names(of: Shape, about: str = "", least: int = 0) -> Shape:
    """A mapping whose keys are the writer's own."""
    shape = {"type": "object", "additionalProperties": of}
    return _described(shape | ({"minProperties": least} if least else {}), about)


def either(*shapes: Shape, about: str = "") -> Shape:
    """One of several shapes."""
    return _described({"anyOf": list(shapes)}, about)


def nullable(shape: Shape) -> Shape:
    """The shape, or null."""
    if not shape or shape.get("type") == "null":
        return shape
    about = shape.get("description", "")
    return _described(
        {"anyOf": [{k: v for k, v in shape.items() if k != "description"}, {"type": "null"}]}, about
    )


def shared(name: str, shape: Shape) -> Shape:
    """Keep a shape under a name; what refers to it. Raises ValueError for another shape of that name."""
    if SHARED.setdefault(name, shape) != shape:
        raise ValueError(f"there is another shape called {name}")
    return refer(name)


def refer(name: str) -> Shape:
    """A reference to a shape that is shared, now or later."""
    return {"$ref": f"#/$defs/{name}"}


def resolved(shape: Shape) -> Shape:
    """The shape itself where it refers to a shared one."""
    while "$ref" in shape:
        shape = SHARED[shape["$ref"].removeprefix("#/$defs/")]
    return shape


def _bounded(kind: str, about: str, least: float | None, most: float | None) -> Shape:
    bounds = {"minimum": least, "maximum": most}
    return _described(
        {"type": kind} | {name: bound for name, bound in bounds.items() if bound is not None}, about
    )


def _described(shape: dict[str, Any], about: str) -> Shape:
    return {**shape, "description": about} if about else shape
