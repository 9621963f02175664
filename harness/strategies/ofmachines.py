"""What the rules of a state machine draw: each class of machines says from what, by its class methods."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

_MADE: dict[tuple[type, str], SearchStrategy[Any]] = {}


def strategy_of(machine: object, name: str) -> SearchStrategy[Any]:
    """The strategy that a machine's class has by this name, made once."""
    key = type(machine), name
    if key not in _MADE:
        _MADE[key] = getattr(machine, name)()
    return _MADE[key]


def drawn(name: str) -> SearchStrategy[Any]:
    """What is drawn from the strategy that the machine under way has by this name."""
    return st.runner().flatmap(lambda machine: strategy_of(machine, name))


def happening() -> SearchStrategy[list[dict[str, Any]]]:
    """Up to two of the faults and replies of the machine under way."""

    def some(machine: object) -> SearchStrategy[list[dict[str, Any]]]:
        either = strategy_of(machine, "faults") | strategy_of(machine, "replies")
        return st.lists(either, max_size=2)

    return st.runner().flatmap(some)


def something(name: str) -> Callable[[Any], bool]:
    """Whether a machine has anything to draw by this name."""
    return lambda machine: not strategy_of(machine, name).is_empty
