"""Matchers: what a text must be like, parsed once and asked often.

    "equal text" | {"contains": text} | {"matches": regex} | {"one_of": [text, …]} | {"json": value}

`matches` searches as `regular` does: linear in the text, in its first 10,000 characters, without lookaround
and back references. `json` reads the text as JSON and compares values, so that spaces and the order of keys
do not count; 1 and 1.0 are equal, 1 and true are not.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mockserver.regular import Expression, PatternError
from mockserver.replies.checked import RuleError, below, kind, plain, record, sequence, text


class Matcher(ABC):
    """Something a text can be held against."""

    @abstractmethod
    def matches(self, text: str) -> bool:
        """Whether the text is as it should be."""

    @abstractmethod
    def describe(self) -> str:
        """What is expected, to stand after "is not": `"Paris"`, `a text containing "Paris"`."""


@dataclass(frozen=True, slots=True)
class Equal(Matcher):
    """Exactly this text."""

    value: str

    def matches(self, text: str) -> bool:
        """Whether the texts are the same."""
        return text == self.value

    def describe(self) -> str:
        """The text, quoted."""
        return quoted(self.value)


@dataclass(frozen=True, slots=True)
class Contains(Matcher):
    """Any text with this part."""

    part: str

    def matches(self, text: str) -> bool:
        """Whether the part stands in the text, in the same case."""
        return self.part in text

    def describe(self) -> str:
        """The part."""
        return f"a text containing {quoted(self.part)}"


@dataclass(frozen=True, slots=True)
class Matches(Matcher):
    """Any text a regular expression is found in."""

    expression: Expression

    def matches(self, text: str) -> bool:
        """Whether the expression matches anywhere."""
        return self.expression.search(text)

    def describe(self) -> str:
        """The expression."""
        return f"a text matching {quoted(self.expression.pattern)}"


@dataclass(frozen=True, slots=True)
class OneOf(Matcher):
    """One of several texts."""

    values: tuple[str, ...]

    def matches(self, text: str) -> bool:
        """Whether the text is one of them."""
        return text in self.values

    def describe(self) -> str:
        """The texts."""
        return f"one of {', '.join(map(quoted, self.values))}"


@dataclass(frozen=True, slots=True)
class Json(Matcher):
    """JSON with this value."""

    value: Any

    def matches(self, text: str) -> bool:
        """Whether the text is JSON and means the value."""
        try:
            return _same(json.loads(text), self.value)
        except (ValueError, RecursionError):
            return False

    def describe(self) -> str:
        """The value."""
        return f"JSON equal to {_shortened(json.dumps(self.value, ensure_ascii=False))}"


def parse_matcher(raw: Any, path: str) -> Matcher:
    """Read a matcher that stands at `path`. Raises RuleError."""
    if isinstance(raw, str):
        return Equal(raw)
    if not isinstance(raw, Mapping):
        raise RuleError(path, f"expected a text or a matcher object, got {kind(raw)}")
    record(raw, path, ("contains", "matches", "one_of", "json"))
    if len(raw) != 1:
        raise RuleError(path, "a matcher has exactly one of contains, matches, one_of, json")
    (key, value) = next(iter(raw.items()))
    place = below(path, key)
    match key:
        case "contains":
            return Contains(text(value, place))
        case "matches":
            try:
                return Matches(Expression(text(value, place)))
            except PatternError as refusal:
                raise RuleError(place, str(refusal)) from None
        case "one_of":
            values = sequence(value, place)
            return OneOf(tuple(text(entry, below(place, index)) for index, entry in enumerate(values)))
        case _:
            return Json(plain(value, place))


def quoted(value: str) -> str:
    """A text in quotation marks, shortened, on one line."""
    return _shortened(json.dumps(value, ensure_ascii=False))


def _shortened(written: str) -> str:
    return written if len(written) <= 80 else f"{written[:76]}…{written[-1]}"


def _same(left: Any, right: Any) -> bool:
    """Equality of JSON values; Python's own takes true for 1."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)
