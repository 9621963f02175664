"""What auto-create takes instead of ids of a kind: ids of whatever letters, wherever a request names one."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import cache
from typing import Any

from mockserver.requests.shapes import Id, Required, Shape


@cache
def any_ids(shape: Shape) -> Shape:
    """The same shape, whose ids may begin with anything; their characters are looked at all the same."""
    copied = copy.deepcopy(shape)
    for each in _ids_in(copied, set()):
        each.prefix = ""
    return copied


def _ids_in(value: Any, seen: set[int]) -> Iterator[Id]:
    """Every `Id` within a shape, each once: a shape may contain itself."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, Id):
        yield value
    elif isinstance(value, Required):
        yield from _ids_in(value.shape, seen)
    elif isinstance(value, Shape):
        yield from _ids_in(vars(value), seen)
    elif isinstance(value, dict):
        for part in value.values():
            yield from _ids_in(part, seen)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _ids_in(part, seen)
