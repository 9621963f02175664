"""What is said beforehand about files in vector stores: how long indexing them takes, and whether it fails.

    {"*.md": {"takes": "45s"}, "broken*": {"takes": "2s", "fails": "unsupported_file"}}

The keys are names of files with `*`, `?` and `[abc]`, upper and lower case alike. The first that fits counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

from mockserver.durations import milliseconds
from mockserver.extraction.unreadable import BY_CODE


@dataclass(frozen=True, slots=True)
class IndexingRule:
    """What happens to files of a name: `takes` in milliseconds, and the `last_error` it fails with.

    None leaves either to the latency and to what is in the file.
    """

    name: str
    takes: int | None = None
    last_error: Mapping[str, str] | None = None


def rule_for(filename: str, rules: Sequence[IndexingRule]) -> IndexingRule | None:
    """The first rule that fits the name of a file."""
    lowered = filename.lower()
    return next((rule for rule in rules if fnmatchcase(lowered, rule.name.lower())), None)


def parse_indexing(value: Any) -> tuple[IndexingRule, ...]:
    """Read rules by names of files. Raises ValueError with a clear text."""
    if not isinstance(value, Mapping):
        raise ValueError(
            f"""these are rules by names of files, {{"*.md": {{"takes": "45s"}}}}, not {value!r}"""
        )
    return tuple(_rule(name, given) for name, given in value.items())


def indexing_state(rules: Sequence[IndexingRule]) -> dict[str, Any]:
    """What a snapshot keeps; `parse_indexing` reads it back."""
    state: dict[str, Any] = {}
    for rule in rules:
        said = {"takes": rule.takes, "fails": None if rule.last_error is None else dict(rule.last_error)}
        state[rule.name] = {key: each for key, each in said.items() if each is not None}
    return state


def _rule(name: str, given: Any) -> IndexingRule:
    if not name:
        raise ValueError("the name of a file is empty; '*' is any")
    if not isinstance(given, Mapping) or not given:
        raise ValueError(
            f"{name!r}: say how long it takes or how it fails, {{'takes': '45s'}}, not {given!r}"
        )
    for key in given:
        if key not in ("takes", "fails"):
            raise ValueError(f"{name!r}: unknown key {key!r}{_meant(key, ('takes', 'fails'))}")
    takes = None
    if "takes" in given:
        try:
            takes = milliseconds(given["takes"])
        except ValueError as error:
            raise ValueError(f"{name!r}: takes: {error}") from error
    return IndexingRule(name, takes, _last_error(name, given["fails"]) if "fails" in given else None)


def _last_error(name: str, given: Any) -> Mapping[str, str]:
    """The error of a file: a code in its usual words, or both as they are given."""
    place = f"{name!r}: fails"
    error = {"code": given} if isinstance(given, str) else given
    if not isinstance(error, Mapping):
        raise ValueError(f"{place}: this is a code or {{'code', 'message'}}, not {given!r}")
    for key, text in error.items():
        if key not in ("code", "message"):
            raise ValueError(f"{place}: unknown key {key!r}{_meant(key, ('code', 'message'))}")
        if not isinstance(text, str) or not text:
            raise ValueError(f"{place}: {key}: this is a text, not {text!r}")
    if "code" not in error:
        raise ValueError(f"{place}: 'code' is missing")
    code = error["code"]
    if "message" in error:
        return {"code": code, "message": error["message"]}
    if code not in BY_CODE:
        meant = _meant(code, tuple(BY_CODE))
        raise ValueError(f"{place}: unknown code {code!r}{meant}; with any other, say the message too")
    return {"code": code, "message": BY_CODE[code]().message}


def _meant(given: str, known: Sequence[str]) -> str:
    near = get_close_matches(str(given), known, 1)
    return f"; did you mean {near[0]!r}?" if near else f"; it is one of {', '.join(known)}"
