"""A text that matches a regular expression, for the simple ones that schemas carry.

Python's own parser reads the pattern. It is not a public module, but has kept its shape for two decades, and
a second parser would be one more to be wrong. What it meets beyond the simple (look-around, back references)
makes the text a guess; whoever asks checks it against the pattern.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from mockserver.regular import PATTERN_MAX

_LONGEST = 10_000
"""What is repeated ends soon after so many characters, for repeats of repeats multiply."""

_parser: Any = import_module("re._parser")

_PREFERRED = string.ascii_letters + string.digits + " -_.,:;/@#+*!?" + string.printable
_CATEGORIES: dict[str, Callable[[str], bool]] = {
    "CATEGORY_DIGIT": str.isdigit,
    "CATEGORY_NOT_DIGIT": lambda letter: not letter.isdigit(),
    "CATEGORY_SPACE": str.isspace,
    "CATEGORY_NOT_SPACE": lambda letter: not letter.isspace(),
    "CATEGORY_WORD": lambda letter: letter.isalnum() or letter == "_",
    "CATEGORY_NOT_WORD": lambda letter: not (letter.isalnum() or letter == "_"),
}


def examples(pattern: str) -> Iterator[str]:
    """Texts that probably match, shortest first: every repetition a little longer from one to the next.

    None for a pattern that is broken or of more than `PATTERN_MAX` characters.
    """
    if len(pattern) > PATTERN_MAX:
        return
    try:
        parsed = _parser.parse(pattern)
    except (re.error, RecursionError, OverflowError):
        return
    for more in range(40):
        yield _text(parsed, more)


def _text(parts: Any, more: int) -> str:
    return "".join(_part(str(operation), argument, more) for operation, argument in parts)


def _part(operation: str, argument: Any, more: int) -> str:
    match operation:
        case "LITERAL":
            return chr(int(argument))
        case "NOT_LITERAL":
            return next(letter for letter in _PREFERRED if ord(letter) != argument)
        case "ANY":
            return "a"
        case "IN":
            return next((letter for letter in _PREFERRED if _holds(argument, letter)), _literal(argument))
        case "BRANCH":
            return _text(argument[1][0], more)
        case "SUBPATTERN":
            return _text(argument[-1], more)
        case "ATOMIC_GROUP":
            return _text(argument, more)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            least, most, repeated = argument
            times = min(least + more, int(most), 1_000)
            once = _text(repeated, more if times <= 40 else 0)
            return once * int(min(times, _LONGEST // (len(once) or 1) + 1))
    return ""


def _holds(members: Any, letter: str) -> bool:
    """Whether a character class takes this letter."""
    inverted = bool(members) and str(members[0][0]) == "NEGATE"
    return inverted != any(_takes(str(kind), argument, letter) for kind, argument in members)


def _takes(kind: str, argument: Any, letter: str) -> bool:
    if kind == "LITERAL":
        return ord(letter) == int(argument)
    if kind == "RANGE":
        return bool(argument[0] <= ord(letter) <= argument[1])
    return kind == "CATEGORY" and _CATEGORIES[str(argument)](letter)


def _literal(members: Any) -> str:
    """Some letter of a class that holds none of the preferred ones, as `[а-я]` does."""
    for kind, argument in members:
        if str(kind) in ("LITERAL", "RANGE"):
            return chr(argument if str(kind) == "LITERAL" else argument[0])
    return ""
