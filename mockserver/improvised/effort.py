"""How much work one schema may cost: users write them, and whoever waits for one holds up everybody."""

from __future__ import annotations

STEPS_MAX = 50_000
"""Some tenths of a second. Schemas as people write them take dozens of steps, the largest a few thousand."""

DEPTH_MAX = 80
"""How deep drawing and judging may each go: both together stay below Python's own limit."""


class ExhaustedError(Exception):
    """It would take too many steps, or lead too deep, to find out."""


class Effort:
    """The steps taken so far for one question."""

    def __init__(self, most: int = STEPS_MAX) -> None:
        self.most = most
        self.spent = 0
        self.draws = 0
        """How many values were looked for."""

    def spend(self, steps: int = 1) -> None:
        """Take so many steps. ExhaustedError if that is more than there are."""
        self.spent += steps
        if self.spent > self.most:
            raise ExhaustedError(f"more than {self.most} steps")

    def draw(self) -> None:
        """Look for one value, which takes as long as some steps of judging."""
        self.draws += 1
        self.spend(4)

    @property
    def waning(self) -> bool:
        """Whether so much is spent that the rest should be kept for what cannot be left out."""
        return self.spent * 2 > self.most
