"""What the API demands of the JSON schema of a strict function, and the words it says otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_Context = tuple[str, ...]

_OPEN = "'additionalProperties' is required to be supplied and to be false."
_PARTIAL = "'required' is required to be supplied and to be an array including every key in properties."


def flaw(schema: dict[str, Any]) -> tuple[_Context, str] | None:
    """The first thing wrong with a strict schema: where, as the API prints it, and the complaint.

    Every object has to be closed (recorded, E-55) and has to require each of its properties (reported widely
    for functions and response formats alike). Anything else the API checks is not looked at.
    """
    for context, node in _nodes(schema):
        properties = node.get("properties")
        if not (isinstance(properties, dict) or node.get("type") in ("object", ["object", "null"])):
            continue
        if node.get("additionalProperties") is not False:
            return context, _OPEN
        if isinstance(properties, dict) and properties:
            given = node.get("required")
            listed = {name for name in given if isinstance(name, str)} if isinstance(given, list) else set()
            for name in properties:
                if name not in listed:
                    return context, f"{_PARTIAL} Missing '{name}'."
    return None


def _nodes(schema: dict[str, Any]) -> Iterator[tuple[_Context, dict[str, Any]]]:
    """Every schema within a schema, outer ones first; no recursion, since depth is the client's choice."""
    waiting: list[tuple[_Context, Any]] = [((), schema)]
    while waiting:
        context, node = waiting.pop()
        if not isinstance(node, dict):
            continue
        yield context, node
        inner: list[tuple[_Context, Any]] = []
        for key in ("properties", "$defs", "definitions"):
            named = node.get(key)
            if isinstance(named, dict):
                inner += [((*context, key, name), child) for name, child in named.items()]
        inner.append(((*context, "items"), node.get("items")))
        choices = node.get("anyOf")
        if isinstance(choices, list):
            inner += [((*context, "anyOf", str(index)), child) for index, child in enumerate(choices)]
        waiting += reversed(inner)
