"""Attribute filters of a search: which files it looks into."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

Value = str | float | bool

_ORDERED: Mapping[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


def passes(condition: Mapping[str, Any] | None, attributes: Mapping[str, Value]) -> bool:
    """Whether a file with these attributes passes a checked filter; one without a condition always does.

    A comparison with a missing attribute or one of another type fails, `ne` and `nin` succeed (inferred).
    """
    if condition is None:
        return True
    kind = condition["type"]
    if kind == "and":
        return all(passes(inner, attributes) for inner in condition["filters"])
    if kind == "or":
        return any(passes(inner, attributes) for inner in condition["filters"])
    return _compares(kind, attributes.get(condition["key"]), condition["value"])


def _compares(kind: str, value: Value | None, wanted: Any) -> bool:
    match kind:
        case "eq":
            return _same(value, wanted)
        case "ne":
            return not _same(value, wanted)
        case "in":
            return any(_same(value, each) for each in wanted)
        case "nin":
            return not any(_same(value, each) for each in wanted)
    if isinstance(value, bool) or isinstance(wanted, bool):
        return False
    if isinstance(value, str) != isinstance(wanted, str) or value is None:
        return False
    return _ORDERED[kind](value, wanted)


def _same(value: Value | None, wanted: Value) -> bool:
    """Equal and of one type: in Python alone, true equals 1."""
    return value is not None and isinstance(value, bool) == isinstance(wanted, bool) and value == wanted
