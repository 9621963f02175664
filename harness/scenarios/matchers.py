"""The words a matcher is made of, each with what it takes, when it holds and how it is told.

`equals`, `contains`, … are the keys of a mapping in `expect`; all that stand in one must hold. Everything
else means equality; within it, mappings of such words are matchers again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from harness.scenarios.shapes import Shape, shared


class _Missing:
    """What stands for a value that is not there."""

    def __repr__(self) -> str:
        return "nothing"


MISSING: Any = _Missing()


@dataclass(frozen=True, slots=True)
class Word:
    """One word: what stands behind it (a JSON Schema), when a value meets it, and how it is told.

    `holds` and `told` are given the argument; `objection` says what is wrong with an argument, or nothing.
    `got` tells a value that does not meet it.
    """

    about: str
    schema: Mapping[str, Any]
    holds: Callable[[Any, Any], bool]
    told: Callable[[Any], str]
    objection: Callable[[Any], str] = lambda _: ""
    got: Callable[[Any], str] = lambda value: shown(value)


def is_matcher(raw: Any) -> bool:
    """Whether it is a mapping of matcher words; any other is equality."""
    return isinstance(raw, Mapping) and bool(raw) and all(word in WORDS for word in raw)


def meets(matcher: Any, value: Any) -> bool:
    """Whether a value, or MISSING, is as a matcher wants it."""
    if is_matcher(matcher):
        return all(WORDS[word].holds(argument, value) for word, argument in matcher.items())
    if isinstance(matcher, Mapping) and isinstance(value, Mapping):
        return matcher.keys() == value.keys() and all(meets(matcher[key], value[key]) for key in matcher)
    if isinstance(matcher, list) and isinstance(value, list):
        return len(matcher) == len(value) and all(map(meets, matcher, value))
    return same(matcher, value)


def told(matcher: Any) -> str:
    """What a matcher wants, in words."""
    if not is_matcher(matcher):
        return shown(matcher)
    return ", ".join(WORDS[word].told(argument) for word, argument in matcher.items())


def same(left: Any, right: Any) -> bool:
    """Equality of JSON values: 1 and 1.0 are equal, 1 and true are not."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def shown(value: Any, longest: int = 200) -> str:
    """A value for people, on one line and not too long: texts in single quotes, others as JSON."""
    if value is MISSING:
        return "nothing"
    text = repr(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= longest else f"{text[: longest - 2]}…{text[-1]}"


def mistakes(raw: Any) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """What is wrong with a matcher as it is written: the way to it, what, and a hint."""
    if isinstance(raw, list):
        for index, inner in enumerate(raw):
            yield from _within(inner, (index,))
    if not isinstance(raw, Mapping) or not raw:
        return
    strange = [str(word) for word in raw if word not in WORDS]
    if strange:
        found = list(_strange(strange, alone=len(strange) == len(raw)))
        yield from found
        for key, inner in raw.items() if not found else ():
            yield from _within(inner, (key,))
        return
    for word, argument in raw.items():
        objection = WORDS[word].objection(argument)
        if objection:
            yield (word,), f"'{word}' {objection}", ""
        elif word == "not":
            yield from _within(argument, ("not",))
        elif word in ("one_of", "subsequence"):
            for index, inner in enumerate(argument):
                yield from _within(inner, (word, index))
        elif word == "contains":
            yield from _within(argument, ("contains",))


def _within(raw: Any, way: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    for inner, reason, hint in mistakes(raw):
        yield (*way, *inner), reason, hint


def _strange(words: list[str], *, alone: bool) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """Words that are no matchers: beside one that is, or so near to one that it was probably meant."""
    for word in words:
        near = get_close_matches(word, WORDS, 1, 0.75)
        if not alone:
            known = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(WORDS)}"
            yield (word,), f"unknown matcher '{word}'", known
        elif near and len(words) == 1:
            hint = f"did you mean '{near[0]}'? Write {{equals: {{{word}: …}}}} if the value is a mapping"
            yield (word,), f"unknown matcher '{word}'", hint


def _contains(part: Any, value: Any) -> bool:
    if isinstance(value, str):
        return isinstance(part, str) and part in value
    if isinstance(value, list):
        return any(_partly(part, item) for item in value)
    return isinstance(value, Mapping) and isinstance(part, Mapping) and _partly(part, value)


def _partly(part: Any, value: Any) -> bool:
    """Whether a value meets a matcher, or is a mapping with at least these entries."""
    if isinstance(part, Mapping) and not is_matcher(part):
        return isinstance(value, Mapping) and all(
            key in value and meets(wanted, value[key]) for key, wanted in part.items()
        )
    return meets(part, value)


def _json(wanted: Any, value: Any) -> bool:
    try:
        return isinstance(value, str) and same(json.loads(value), wanted)
    except (ValueError, RecursionError):
        return False


def _subsequence(wanted: list[Any], value: Any) -> bool:
    if not isinstance(value, list):
        return False
    rest = iter(value)
    return all(any(meets(matcher, item) for item in rest) for matcher in wanted)


def _length(wanted: Any, value: Any) -> bool:
    return isinstance(value, str | list | Mapping) and meets(wanted, len(value))


def _measured(value: Any) -> str:
    if not isinstance(value, str | list | Mapping):
        return shown(value)
    return f"a length of {len(value)}" + (f": {shown(value, 80)}" if value else "")


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text_objection(raw: Any) -> str:
    return "" if isinstance(raw, str) else f"takes a text, got {shown(raw, 60)}"


def _pattern_objection(raw: Any) -> str:
    if not isinstance(raw, str):
        return _text_objection(raw)
    try:
        re.compile(re.sub(r"\$\{[^}]*\}", "x", raw))
    except re.error as error:
        return f"is no regular expression: {error}"
    return ""


def _list_objection(raw: Any) -> str:
    return "" if isinstance(raw, list) and raw else f"takes a list of values, got {shown(raw, 60)}"


def _number_objection(raw: Any) -> str:
    return "" if _number(raw) or "${" in str(raw) else f"takes a number, got {shown(raw, 60)}"


def _length_objection(raw: Any) -> str:
    if is_matcher(raw) or (_number(raw) and raw >= 0) or (isinstance(raw, str) and "${" in raw):
        return ""
    return f"takes a whole number or a matcher of one, got {shown(raw, 60)}"


def _flag_objection(raw: Any) -> str:
    return "" if isinstance(raw, bool) else f"is true or false, got {shown(raw, 60)}"


_ANY: Mapping[str, Any] = {}
_TEXT: Mapping[str, Any] = {"type": "string"}
_NUMBER: Mapping[str, Any] = {"type": "number"}

WORDS: Mapping[str, Word] = {
    "equals": Word(
        "the value itself, where a mapping would be taken for a matcher", _ANY, lambda a, v: same(a, v), shown
    ),
    "contains": Word(
        "a part of a text, an item of a list, or some entries of a mapping",
        _ANY,
        _contains,
        lambda a: f"something that contains {told(a)}",
    ),
    "matches": Word(
        "a regular expression that is found in the text",
        {"type": "string", "format": "regex"},
        lambda a, v: isinstance(v, str) and re.search(a, v) is not None,
        lambda a: f"a text matching {shown(a)}",
        _pattern_objection,
    ),
    "starts_with": Word(
        "the beginning of the text",
        _TEXT,
        lambda a, v: isinstance(v, str) and v.startswith(a),
        lambda a: f"a text that starts with {shown(a)}",
        _text_objection,
    ),
    "one_of": Word(
        "one of these values or matchers",
        {"type": "array", "minItems": 1},
        lambda a, v: any(meets(each, v) for each in a),
        lambda a: f"one of {', '.join(map(told, a))}",
        _list_objection,
    ),
    "json": Word("the text is JSON and means this value", _ANY, _json, lambda a: f"JSON equal to {shown(a)}"),
    "subsequence": Word(
        "these items in this order, others may stand between them",
        {"type": "array", "minItems": 1},
        _subsequence,
        lambda a: f"in this order, among others: {', '.join(map(told, a))}",
        _list_objection,
    ),
    "length": Word(
        "how many characters, items or entries: a number or a matcher of one",
        {"anyOf": [{"type": "integer", "minimum": 0}, {"$ref": "#/$defs/matcher"}]},
        _length,
        lambda a: f"a length of {told(a)}",
        _length_objection,
        _measured,
    ),
    "at_least": Word(
        "this number or more",
        _NUMBER,
        lambda a, v: _number(v) and v >= a,
        lambda a: f"at least {shown(a)}",
        _number_objection,
    ),
    "at_most": Word(
        "this number or less",
        _NUMBER,
        lambda a, v: _number(v) and v <= a,
        lambda a: f"at most {shown(a)}",
        _number_objection,
    ),
    "present": Word(
        "true: it is there, maybe null; false: it is not there",
        {"type": "boolean"},
        lambda a, v: (v is not MISSING) is a,
        lambda a: "something" if a else "nothing",
        _flag_objection,
    ),
    "not": Word(
        "anything but this value or matcher, and it is there",
        _ANY,
        lambda a, v: v is not MISSING and not meets(a, v),
        lambda a: f"not {told(a)}",
    ),
}

MATCHER = shared(
    "matcher",
    {
        "type": "object",
        "properties": {name: {**word.schema, "description": word.about} for name, word in WORDS.items()},
        "additionalProperties": False,
        "minProperties": 1,
    },
)
EXPECTED: Shape = shared(
    "expected",
    {
        "anyOf": [
            MATCHER,
            {"not": {"type": "object", "anyOf": [{"required": [word]} for word in WORDS]}},
        ],
        "description": "A value, or a matcher: {contains: …}, {matches: …}, {one_of: […]}, {at_least: …} …",
    },
)
"""What may stand behind a path; `mistakes` knows more about it than the shape says."""
