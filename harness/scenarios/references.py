"""`${run.id}` in scenario files: what was bound by `as`, put in where it is used.

A text that is one reference keeps the type of what it refers to; in a longer text, values that are no texts
stand as JSON. `${env.NAME}` is an environment variable, `$${` stands for `${` itself. A negative number
counts from the end of a list: `${messages.data.-1.id}`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from harness.scenarios.model import Node, Place, ScenarioError

NAME = r"[A-Za-z_][A-Za-z0-9_-]*"
"""What a scenario and what `as` binds may be called."""

PATTERN = r"\$\{[A-Za-z_][A-Za-z0-9_.-]*\}"
"""A reference, for JSON Schema."""

ENVIRONMENT = "env"
INDEX = "index"
"""Bound by `repeat`, and by nothing else."""

_MARK = re.compile(r"\$\$\{|\$\{([^}]*)(\}?)")
_INSIDE = re.compile(rf"({NAME})((?:\.[A-Za-z0-9_-]+)*)")


@dataclass(frozen=True, slots=True)
class Reference:
    """One reference: the name that was bound, and the way into it."""

    name: str
    steps: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "${" + ".".join((self.name, *self.steps)) + "}"


def parse_reference(inside: str) -> Reference:
    """What stands between `${` and `}`. Raises ValueError."""
    found = _INSIDE.fullmatch(inside)
    if found is None:
        stripped = inside.strip()
        if stripped != inside and _INSIDE.fullmatch(stripped):
            raise ValueError(f"write ${{{stripped}}}, without spaces")
        if not stripped:
            raise ValueError("a reference names something: ${run.id}")
        raise ValueError("a reference is a name and a way into it, with dots: ${run.id}, ${list.data.0.id}")
    steps = tuple(found[2].split(".")[1:])
    if found[1] == ENVIRONMENT and len(steps) != 1:
        raise ValueError("an environment variable is written ${env.NAME}")
    return Reference(found[1], steps)


def whole_reference(text: Any) -> Reference | None:
    """The reference that a value is, when it is one and nothing else."""
    found = _MARK.fullmatch(text) if isinstance(text, str) else None
    if found is None or found[1] is None or not found[2]:
        return None
    try:
        return parse_reference(found[1])
    except ValueError:
        return None


def has_reference(value: Any) -> bool:
    """Whether a text refers to anything."""
    return isinstance(value, str) and any(found[1] is not None for found in _MARK.finditer(value))


def references(node: Node) -> Iterator[tuple[Reference, Place]]:
    """All references in it, keys excepted, in order. Those that are not well formed are left out."""
    for text, place in _texts(node):
        for found in _MARK.finditer(text):
            if found[1] is not None and found[2]:
                try:
                    yield parse_reference(found[1]), place
                except ValueError:
                    continue


def malformed(node: Node) -> Iterator[ScenarioError]:
    """The references in it that cannot be understood."""
    for text, place in _texts(node):
        for found in _MARK.finditer(text):
            if found[1] is None:
                continue
            if not found[2]:
                yield ScenarioError(
                    place, f"'${{' without a closing '}}' in {_short(text)}", "$${ is ${ itself"
                )
                continue
            try:
                parse_reference(found[1])
            except ValueError as error:
                yield ScenarioError(place, f"{found[0]} is no reference", str(error))


def fill(node: Node, variables: Mapping[str, Any]) -> Any:
    """A copy of the value with every reference replaced by what is bound.

    Raises ScenarioError at the place of a reference that leads nowhere, with the fields that are there.
    """

    def put_in(text: str, place: Place) -> Any:
        def value_of(inside: str) -> Any:
            try:
                return resolve(parse_reference(inside), variables)
            except LookupError as error:
                reason, hint = error.args
                raise ScenarioError(place, reason, hint) from None
            except ValueError as error:
                raise ScenarioError(place, f"${{{inside}}} is no reference", str(error)) from None

        return _replaced(text, value_of)

    return _filled(node, put_in)


def resolve(reference: Reference, variables: Mapping[str, Any]) -> Any:
    """What it refers to. Raises LookupError(reason, hint)."""
    if reference.name == ENVIRONMENT:
        (name,) = reference.steps
        if name not in os.environ:
            raise LookupError(f"{reference}: the environment variable {name} is not set", "")
        return os.environ[name]
    if reference.name not in variables:
        raise LookupError(
            f"{reference}: nothing is bound as '{reference.name}'", _nearest(reference.name, variables)
        )
    value, way = variables[reference.name], reference.name
    for step in reference.steps:
        if isinstance(value, Mapping) and step in value:
            value = value[step]
        elif (
            isinstance(value, list)
            and re.fullmatch(r"-?[0-9]+", step)
            and -len(value) <= int(step) < len(value)
        ):
            value = value[int(step)]
        else:
            raise LookupError(f"{reference}: {way} has no '{step}'", inventory(value, step))
        way = f"{way}.{step}"
    return value


def inventory(value: Any, wanted: str = "") -> str:
    """What a value has in place of the field that was looked for, the nearest first."""
    if isinstance(value, Mapping):
        names = [str(name) for name in value]
        near = get_close_matches(wanted, names, 1)
        if near:
            return f"did you mean '{near[0]}'?"
        shown = names if len(names) <= 12 else [*names[:12], "…"]
        return f"it has {', '.join(shown)}" if names else "it is empty"
    if isinstance(value, list):
        return f"it is a list of {len(value)}" if value else "it is an empty list"
    if value is None:
        return "it is null"
    return f"it is {_short(value)}"


def _nearest(name: str, variables: Mapping[str, Any]) -> str:
    near = get_close_matches(name, variables, 1)
    if near:
        return f"did you mean '{near[0]}'?"
    return f"bound are {', '.join(variables)}" if variables else "nothing is bound yet"


def _texts(node: Node) -> Iterator[tuple[str, Place]]:
    if isinstance(node.value, str):
        yield node.value, node.value_place
    for inner in node:
        yield from _texts(inner)


def _filled(node: Node, put_in: Callable[[str, Place], Any]) -> Any:
    if isinstance(node.value, str):
        return put_in(node.value, node.value_place) if "${" in node.value else node.value
    if isinstance(node.value, dict):
        return {key: _filled(node[key], put_in) for key in node.value}
    if isinstance(node.value, list):
        return [_filled(item, put_in) for item in node]
    return node.value


def _replaced(text: str, value_of: Callable[[str], Any]) -> Any:
    only = _MARK.fullmatch(text)
    if only is not None and only[1] is not None and only[2]:
        return value_of(only[1])

    def spelled(found: re.Match[str]) -> str:
        if found[1] is None:
            return "${"
        if not found[2]:
            return found[0]
        value = value_of(found[1])
        return (
            value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        )

    return _MARK.sub(spelled, text)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:56]}…{text[-1]}"
