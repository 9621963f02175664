"""Measuring things side by side: only what was measured in turns, on the same machine, can be compared."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median, quantiles


def alternate(rounds: int, *measures: Callable[[], float]) -> list[list[float]]:
    """Take every measure in turn, so many times; the values of each. A round that warms up is left out."""
    taken: list[list[float]] = [[] for _ in measures]
    for number in range(rounds + 1):
        for values, measure in zip(taken, measures, strict=True):
            value = measure()
            if number:
                values.append(value)
    return taken


def ratio(values: list[float], base: list[float]) -> float:
    """The median of the ratios round by round: what slows one round down slows both halves of it."""
    return median(value / other for value, other in zip(values, base, strict=True))


def quartiles(values: list[float], base: list[float]) -> str:
    """Between what the middle half of these ratios lies."""
    low, _, high = quantiles((value / other for value, other in zip(values, base, strict=True)), n=4)
    return f"{low:.2f}-{high:.2f}"


def percentile(values: list[float], share: float) -> float:
    """The value below which that share of the values lies."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]
