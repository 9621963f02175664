"""What a scenario expects, held against what came.

An expectation maps paths into a result (`data.0.role`, `data.*.status`, `data.-1.id`) to matchers, whose
words are those of `harness.scenarios.matchers`; anything that is no matcher means equality, item by item.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness.playing.outcome import Difference
from harness.scenarios.matchers import MISSING as MISSING
from harness.scenarios.matchers import WORDS, meets
from harness.scenarios.matchers import is_matcher as is_matcher
from harness.scenarios.matchers import shown as shown
from harness.scenarios.references import inventory

ITEMS = "*"
"""In a path: every item of a list, of which there must be one."""

_INDEX = re.compile(r"-?[0-9]+")
_MOST = 10
_ALIKE = 24
"""How many characters of two long texts are shown before the first that differs."""


def differences(expected: Mapping[str, Any], result: Any) -> list[Difference]:
    """Everything in which a result is not as expected; empty when it is.

    `expected` maps paths to matchers that `harness.scenarios.matchers.mistakes` has nothing against,
    references filled in.
    """
    return [
        difference for path, matcher in expected.items() for difference in match_path(matcher, result, path)
    ]


def match_path(matcher: Any, result: Any, path: str) -> list[Difference]:
    """The differences of what lies at a path of the result from what a matcher wants."""
    return [
        difference
        for way, value, hint in _found(result, path.split("."), "")
        for difference in match(matcher, value, way, hint)
    ]


def match(matcher: Any, value: Any, path: str = "", hint: str = "") -> list[Difference]:
    """The differences of one value from what a matcher wants; MISSING is a value that is not there."""
    if is_matcher(matcher):
        return [
            Difference(path, WORDS[word].told(argument), WORDS[word].got(value), hint)
            for word, argument in matcher.items()
            if not WORDS[word].holds(argument, value)
        ]
    if value is MISSING:
        return [Difference(path, shown(matcher), shown(value), hint)]
    return list(_unequal(matcher, value, path))[:_MOST]


def look_up(result: Any, path: str) -> Any:
    """What lies at a path, MISSING when nothing does. With `*` in it, a list of all that do."""
    values = [value for _, value, _ in _found(result, path.split("."), "")]
    return values if ITEMS in path.split(".") else values[0]


def _found(value: Any, steps: list[str], way: str) -> Iterator[tuple[str, Any, str]]:
    """Every way the steps lead, what lies there, and what there is instead of nothing."""
    if not steps:
        yield way, value, ""
        return
    step, rest = steps[0], steps[1:]
    below = f"{way}.{step}" if way else step
    if isinstance(value, Mapping) and step in value:
        yield from _found(value[step], rest, below)
    elif isinstance(value, list) and step == ITEMS and value:
        for index, item in enumerate(value):
            yield from _found(item, rest, f"{way}.{index}" if way else str(index))
    elif isinstance(value, list) and _INDEX.fullmatch(step) and -len(value) <= int(step) < len(value):
        yield from _found(value[int(step)], rest, below)
    else:
        what = f"'{way}'" if way else "the result"
        wanted = ".".join((below, *rest))
        yield wanted, MISSING, f"{what} has no '{step}': {inventory(value, step)}"


def _unequal(wanted: Any, value: Any, path: str) -> Iterator[Difference]:
    """Where two values part: the differing members of mappings and lists of the same length, else both."""
    if meets(wanted, value):
        return
    if isinstance(wanted, Mapping) and isinstance(value, Mapping) and value:
        for key in wanted:
            yield from match(wanted[key], value.get(key, MISSING), _below(path, key))
        for key in value:
            if key not in wanted:
                hint = "write {contains: …} for a mapping that may have more"
                yield Difference(_below(path, key), "nothing", shown(value[key]), hint)
    elif isinstance(wanted, list) and isinstance(value, list) and len(wanted) == len(value):
        for index, (left, right) in enumerate(zip(wanted, value, strict=True)):
            yield from match(left, right, _below(path, index))
    elif isinstance(wanted, str) and isinstance(value, str):
        yield Difference(path, *_windows(wanted, value))
    else:
        yield Difference(path, shown(wanted), shown(value), _kinds(wanted, value))


def _windows(wanted: str, value: str) -> tuple[str, str, str]:
    """Two texts as they are, or around the first character that differs where that lies far inside."""
    at = next((i for i, (a, b) in enumerate(zip(wanted, value, strict=False)) if a != b), None)
    if at is None:
        at = min(len(wanted), len(value))
    if at <= 80:
        return shown(wanted), shown(value), ""
    start = at - _ALIKE
    return (
        f"…{shown(wanted[start:], 120)}",
        f"…{shown(value[start:], 120)}",
        f"the first {at} characters are the same",
    )


def _kinds(wanted: Any, value: Any) -> str:
    """A word on values that look the same and are not."""
    if isinstance(wanted, str) and str(value) == wanted:
        return "what came is no text: leave the quotes out"
    if isinstance(value, str) and not isinstance(wanted, str | list | Mapping) and str(wanted) == value:
        return "what came is a text: quote what is expected"
    return ""


def _below(path: str, key: str | int) -> str:
    return f"{path}.{key}" if path else str(key)
