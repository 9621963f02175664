"""Time of one world, in integer milliseconds since 1970. The only module that imports `time`.

Three modes: `real` follows the wall, `xN` runs N times as fast, `virtual` stands still until it is told to
move. In every mode time only moves forward, and `advance` may always push it on.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from email.utils import formatdate
from functools import lru_cache
from math import ceil
from typing import Any

VIRTUAL_START_MS = 1_750_000_000_000
"""Where virtual time begins (2025-06-15): fixed, so that equal requests give equal bytes."""

_SCALED = re.compile(r"x(\d+(?:\.\d+)?)")


class Clock:
    """A clock that never goes back.

    `rate` is how many clock milliseconds pass in one wall millisecond: 1 real, N scaled, 0 virtual.
    """

    def __init__(self, mode: str = "virtual", now: int | None = None) -> None:
        """Start at `now` (milliseconds), by default the wall's time, or `VIRTUAL_START_MS` when virtual.

        Raises ValueError for a mode that is not `real`, `virtual` or `xN`.
        """
        self.mode = mode
        self.rate = rate_of(mode)
        if now is None:
            now = VIRTUAL_START_MS if self.rate == 0 else wall_now()
        self._base = now
        self._started = time.monotonic_ns()

    @property
    def virtual(self) -> bool:
        """Whether time stands still by itself."""
        return self.rate == 0

    def now(self) -> int:
        """The present moment in milliseconds."""
        if self.rate == 0:
            return self._base
        return self._base + int((time.monotonic_ns() - self._started) * self.rate) // 1_000_000

    def advance_to(self, moment: int) -> None:
        """Move forward to `moment`; a moment that has passed changes nothing."""
        gap = moment - self.now()
        if gap > 0:
            self._base += gap

    def wall_seconds_until(self, moment: int) -> float:
        """How long to wait on the wall until `moment`; 0 when it has passed or time is virtual."""
        if self.rate == 0:
            return 0.0
        return max(0, moment - self.now()) / self.rate / 1000

    def wall_milliseconds_until(self, moment: int) -> int:
        """The same in whole milliseconds, rounded up."""
        return ceil(self.wall_seconds_until(moment) * 1000)

    def set_mode(self, mode: str) -> None:
        """Change how time passes from now on, without a jump. Raises ValueError for an unknown mode."""
        rate = rate_of(mode)
        self._base, self._started = self.now(), time.monotonic_ns()
        self.mode, self.rate = mode, rate

    def state(self) -> dict[str, Any]:
        """What a snapshot keeps."""
        return {"mode": self.mode, "now": self.now()}

    @classmethod
    def resume(cls, state: Mapping[str, Any]) -> Clock:
        """The clock of a snapshot. Real time goes on with the wall, never back behind the snapshot."""
        clock = cls(state["mode"]) if state["mode"] == "real" else cls(state["mode"], state["now"])
        clock.advance_to(state["now"])
        return clock


def rate_of(mode: str) -> float:
    """The speed a mode stands for. Raises ValueError for an unknown one."""
    if mode == "real":
        return 1.0
    if mode == "virtual":
        return 0.0
    match = _SCALED.fullmatch(mode)
    if match and 0 < float(match[1]) <= 1_000_000:
        return float(match[1])
    raise ValueError(
        f"unknown clock {mode!r}: it is 'real', 'virtual' or 'xN' with N up to 1000000, e.g. 'x60'"
    )


def wall_now() -> int:
    """The wall's time in milliseconds, for what belongs to no world."""
    return time.time_ns() // 1_000_000


@lru_cache(maxsize=64)
def http_date(second: int) -> bytes:
    """A moment in Unix seconds as HTTP's `Date` writes it."""
    return formatdate(second, usegmt=True).encode()


def stopwatch() -> int:
    """A monotonic reading in nanoseconds, for measuring how long this server itself took."""
    return time.monotonic_ns()
