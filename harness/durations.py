"""Lengths of time as tests and scenario files write them (`300ms`, `9m`), and as people read them."""

from __future__ import annotations

import math
import re
from datetime import timedelta

PATTERN = r"^[0-9]+(\.[0-9]+)?(ms|s|m|h)$"
"""What a written length of time looks like, for JSON Schema."""

FORMS = "write 300ms, 45s, 9m or 1h"

_WRITTEN = re.compile(r"([0-9]+(?:\.[0-9]+)?)(\s*)([A-Za-z]*)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_LONGEST = 100 * 366 * 24 * 3600.0


def seconds(duration: object) -> float:
    """A duration of a test in seconds: as it is written in files, a number of seconds, or a timedelta.

    Raises ValueError for anything else, and for one that is negative or has no end.
    """
    if isinstance(duration, timedelta):
        length = duration.total_seconds()
    elif isinstance(duration, int | float) and not isinstance(duration, bool):
        length = float(duration)
    else:
        return written(duration)
    if not 0 <= length < math.inf:  # false for NaN as well
        raise ValueError(f"{duration!r} is not a length of time; time only moves forward")
    return length


def written(value: object) -> float:
    """A duration as files write it, in seconds. Raises ValueError, saying what would have been understood.

    A number needs its unit: the control door takes milliseconds, most people mean seconds.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError(f"{value} has no unit; {FORMS}")
    found = _WRITTEN.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"{value!r} is not a length of time; {FORMS}")
    number, space, unit = found.groups()
    if not unit:
        raise ValueError(f"{value!r} has no unit; {FORMS}")
    if unit not in _UNITS:
        raise ValueError(f"{value!r} has the unknown unit {unit!r}; {FORMS}")
    if space:
        raise ValueError(f"{value!r} has a space in it; {FORMS}")
    length = float(number) * _UNITS[unit]
    if length > _LONGEST:
        raise ValueError(f"{value!r} is longer than a century; {FORMS}")
    return length


def shown(length: float) -> str:
    """So many seconds for people, to the millisecond at most: `0.0`, `4.0`, `0.45`."""
    whole, _, part = f"{length:.3f}".partition(".")
    return f"{whole}.{part.rstrip('0') or '0'}"
