"""Mistakes in files that a server is started with, told with file and line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path


class ConfigError(Exception):
    """A file that cannot be used: `file:line: reason`."""

    def __init__(self, path: Path, line: int, reason: str) -> None:
        super().__init__(f"{path}:{line}: {reason}")


def toml_line(text: str, key: str, nth: int = 0, inner: Sequence[str] = ()) -> int:
    """The line where a top-level key of a TOML text, or the nth table of an array, begins.

    `inner` are keys below it; the innermost that is found between there and the next table is meant.
    """
    name = re.escape(key)
    tables = _starts(rf"\[\[\s*{name}\s*\]\]", text)
    places = tables or _starts(rf"(?:(?:\"{name}\"|{name})\s*[=.]|\[\s*{name}\s*[\].])", text)
    place = places[min(nth, len(places) - 1)] if places else 0
    end = places[nth + 1] if nth + 1 < len(places) else len(text)
    for word in reversed(inner):
        found = _starts(rf"(?:\[.*\.)?\"?{re.escape(word)}\"?\s*[\]=.]", text[place:end])
        if found:
            place += found[0]
            break
    return text.count("\n", 0, place) + 1


def _starts(pattern: str, text: str) -> list[int]:
    """Where lines begin with this, behind any indentation."""
    return [match.end(1) for match in re.finditer(rf"^([ \t]*)(?:{pattern})", text, re.MULTILINE)]
