"""Plain data as YAML that people like to read: in one line where it fits, in indented lines where not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

WIDTH = 110

_WORDS = re.compile(r"[A-Za-z][A-Za-z0-9_.*-]*(?: [A-Za-z0-9][A-Za-z0-9_.*-]*)*[.?!]?")
_LENGTH = re.compile(r"[0-9]+(?:ms|s|m|h)")
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_MEANING = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_UNPRINTABLE = re.compile(
    "[^\t\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


def one_line(value: Any) -> str:
    """A value in one line, in YAML's flow style."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)}: {one_line(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(one_line, value)) + "]"
    if isinstance(value, str):
        return _text(value)
    return json.dumps(value)


def lines(value: Any, room: int = WIDTH) -> Iterator[str]:
    """A value in as many lines as it needs; one if it fits into `room` characters."""
    flat = one_line(value)
    if value and isinstance(value, Mapping | list | tuple) and len(flat) > room:
        yield from _below(value, room)
    else:
        yield flat


def entry(key: str, value: Any, room: int = WIDTH) -> Iterator[str]:
    """A key and what stands behind it, or below where it does not fit."""
    flat = f"{_key(key)}: {one_line(value)}"
    if not value or not isinstance(value, Mapping | list | tuple) or len(flat) <= room:
        yield flat
        return
    yield f"{_key(key)}:"
    indent = "  " if isinstance(value, Mapping) else ""
    yield from (f"{indent}{line}" for line in _below(value, room - len(indent)))


def _below(value: Any, room: int) -> Iterator[str]:
    """A mapping or a list with a line for each of its parts at least."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from entry(key, item, room)
        return
    for item in value:
        first, *rest = lines(item, room - 2)
        yield f"- {first}"
        yield from (f"  {line}" for line in rest)


def comment(text: str) -> Iterator[str]:
    """A remark, each of its lines behind a #."""
    for line in text.splitlines():
        yield f"# {_UNPRINTABLE.sub(_escaped, line)}".rstrip()


def _key(key: Any) -> str:
    text = str(key)
    return text if _KEY.fullmatch(text) and text.lower() not in _MEANING else _quoted(text)


def _text(text: str) -> str:
    word = _WORDS.fullmatch(text) and text.lower().rstrip(".?!") not in _MEANING
    return text if word or _LENGTH.fullmatch(text) else _quoted(text)


def _quoted(text: str) -> str:
    return _UNPRINTABLE.sub(_escaped, json.dumps(text, ensure_ascii=False))


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
