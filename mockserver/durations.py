"""Durations as people write them: "300ms", "2s", "10m", "1h", or a number of milliseconds."""

from __future__ import annotations

import re
from typing import Any

_UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}
_WRITTEN = re.compile(r"([0-9]+(?:\.[0-9]+)?)([a-z]*)")
_FORMS = 'write "300ms", "2s", "10m", "1h" or a number of milliseconds'

LONGEST_MS = 100 * 366 * 24 * _UNITS["h"]
"""A century; more is a slip, and would leave the range of Unix seconds."""


def milliseconds(value: Any) -> int:
    """The duration in whole milliseconds. Raises ValueError, saying what would have been understood."""
    amount = _amount(value)
    if not 0 <= amount <= LONGEST_MS:  # false for NaN as well
        reason = "is longer than a century" if amount > 0 else "is not a length of time"
        raise ValueError(f"{_shown(value)} {reason}; {_FORMS}")
    return round(amount)


def _amount(value: Any) -> float:
    if isinstance(value, str):
        written = _WRITTEN.fullmatch(value)
        if written is None:
            raise ValueError(f"{_shown(value)} is not a duration; {_FORMS}")
        number, unit = written.groups()
        if unit not in _UNITS:
            missing = f"has the unknown unit {unit!r}" if unit else "has no unit"
            raise ValueError(f"{_shown(value)} {missing}; {_FORMS}")
        return float(number) * _UNITS[unit]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise ValueError(f"{_shown(value)} is not a duration; {_FORMS}")


def _shown(value: Any) -> str:
    if isinstance(value, int) and abs(value) > LONGEST_MS:
        return "the number"  # it may have more digits than Python agrees to print
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
