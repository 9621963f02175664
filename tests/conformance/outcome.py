"""What came of one part of the measurement."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """Whether a part failed, and what of it could not be measured here, with the reasons."""

    failed: bool = False
    skipped: tuple[str, ...] = ()
