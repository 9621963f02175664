"""Reading JSON that people wrote: every slip is named by its place, and the word that was meant is suggested.

For what comes through files, fixtures and the control door. Requests to the API itself are judged in the
API's own words, elsewhere.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from typing import Any

DEPTH_MAX = 64
"""How deep a document may be nested; nothing meant for this server comes near."""


class RuleError(ValueError):
    """Something in a document cannot be understood: where (`[2].then.reply`, empty for all of it) and why."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.path = path
        self.message = message


def below(path: str, key: str | int) -> str:
    """The path of a member: `then` and 2 below it are `then[2]`."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key


def plain(raw: Any, path: str = "") -> Any:
    """A copy that is JSON and nothing else, so that it can be stored, sent and compared.

    Raises RuleError for what JSON cannot say: dates from YAML, NaN, halves of surrogate pairs, and for
    documents nested deeper than `DEPTH_MAX`.
    """
    try:
        text = json.dumps(raw, ensure_ascii=False, allow_nan=False)
        text.encode()
        copy = json.loads(text)
    except RecursionError:
        raise RuleError(path, "is nested too deep") from None
    except UnicodeEncodeError:
        raise RuleError(path, "holds half of a surrogate pair, which cannot be sent as UTF-8") from None
    except (TypeError, ValueError) as error:
        raise RuleError(path, f"cannot be said in JSON: {error}") from None
    _check_depth(copy, path)
    return copy


def record(raw: Any, path: str, keys: Iterable[str]) -> Mapping[str, Any]:
    """An object that has no other keys than these."""
    if not isinstance(raw, Mapping):
        raise RuleError(path, f"expected an object, got {kind(raw)}")
    known = list(keys)
    for key in raw:
        if key not in known:
            raise RuleError(below(path, key), f"unknown key {key!r}{suggestion(key, known)}")
    return raw


def mapping(raw: Any, path: str) -> Mapping[str, Any]:
    """An object whose keys are the writer's own."""
    if not isinstance(raw, Mapping):
        raise RuleError(path, f"expected an object, got {kind(raw)}")
    return raw


def sequence(raw: Any, path: str) -> list[Any]:
    """An array with something in it."""
    if not isinstance(raw, list):
        raise RuleError(path, f"expected an array, got {kind(raw)}")
    if not raw:
        raise RuleError(path, "is empty; give at least one, or leave it out")
    return raw


def text(raw: Any, path: str) -> str:
    """A string, maybe empty."""
    if not isinstance(raw, str):
        raise RuleError(path, f"expected a text, got {kind(raw)}")
    return raw


def word(raw: Any, path: str) -> str:
    """A string that is not empty."""
    if text(raw, path) == "":
        raise RuleError(path, "is empty")
    return str(raw)


def whole(raw: Any, path: str, least: int) -> int:
    """An integer from `least` on."""
    if not isinstance(raw, int) or isinstance(raw, bool):
        raise RuleError(path, f"expected a whole number, got {kind(raw)}")
    if raw < least:
        raise RuleError(path, f"is less than {least}")
    return raw


def one_of(raw: Any, path: str, known: Iterable[str]) -> str:
    """One of the known words."""
    words = list(known)
    if text(raw, path) not in words:
        raise RuleError(path, f"unknown {raw!r}{suggestion(raw, words)}")
    return str(raw)


def needed(raw: Mapping[str, Any], key: str, path: str) -> Any:
    """The member, which must be there."""
    if key not in raw:
        raise RuleError(path, f"{key!r} is missing")
    return raw[key]


def suggestion(given: str, known: Iterable[str]) -> str:
    """What to say after an unknown word: the nearest known one, or all of them."""
    words = list(known)
    near = difflib.get_close_matches(str(given)[:100].lower(), words, n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(words)}"


def kind(raw: Any) -> str:
    """What a JSON value is, in words."""
    match raw:
        case None:
            return "null"
        case bool():
            return "true" if raw else "false"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "an array"
        case Mapping():
            return "an object"
    return type(raw).__name__


def _check_depth(raw: Any, path: str) -> None:
    level: list[Any] = [raw]
    for _ in range(DEPTH_MAX):
        level = [member for value in level for member in _members(value)]
        if not level:
            return
    raise RuleError(path, "is nested too deep")


def _members(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
