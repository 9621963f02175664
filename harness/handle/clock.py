"""The clock of a world, as a test reads and moves it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from harness.control import Control
from harness.durations import seconds, shown


class Clock:
    """Time of one world. Every reading asks the server anew."""

    def __init__(self, control: Control, began: Callable[[], float]) -> None:
        """The clock behind a control door; `began` tells when the world did, in Unix seconds."""
        self._control = control
        self._began = began

    @property
    def now(self) -> float:
        """The present moment in Unix seconds, to the millisecond: what `created_at` is compared with."""
        return float(self._control.clock()["now"])

    @property
    def elapsed(self) -> float:
        """Seconds since the world began: the scale of the history and of timelines."""
        return round(self.now - self._began(), 3)

    @property
    def mode(self) -> str:
        """How time passes: `virtual`, `real`, or `xN` for N times as fast."""
        return str(self._control.clock()["mode"])

    def set_mode(self, mode: str) -> None:
        """Let time pass otherwise from now on, without a jump. Raises ControlError for an unknown mode."""
        self._control.set_clock(mode)

    def advance(self, duration: float | str | timedelta) -> float:
        """Move time forward (`"10m"`, or seconds); all that falls due on the way happens at its own moment.

        Seconds since the world began, as they are then. Raises ValueError for what is no duration.
        """
        answer = self._control.advance(seconds(duration))
        return round(float(answer["now"]) - self._began(), 3)

    def __repr__(self) -> str:
        answer = self._control.clock()
        return f"<Clock {answer['mode']}, {shown(answer['now'] - self._began())} s>"
