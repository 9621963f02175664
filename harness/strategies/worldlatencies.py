"""How long the pretended service takes, as settings of a world."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from harness.durations import seconds

_DURATIONS = ("queued", "first_token", "cancelling", "indexing")


def latencies(*, longest: float | str = "10s") -> SearchStrategy[str | dict[str, Any]]:
    """What `latency` may be: a profile by its name, or numbers with some jitter; `instant` is the simplest.

    No duration among the numbers is longer than `longest`.
    """
    most = round(seconds(longest) * 1000)
    numbers = st.fixed_dictionaries(
        {},
        optional={
            **{name: st.integers(0, most) for name in _DURATIONS},
            "tokens_per_second": st.sampled_from([100, 20, 5, 1]),
            "indexing_bytes_per_second": st.sampled_from([1_000_000, 10_000, 100]),
            "jitter": st.sampled_from([0, 0.1, 0.5, 1]),
        },
    )
    named: SearchStrategy[str | dict[str, Any]] = st.sampled_from(["instant", "realistic", "slow"])
    return named | numbers.filter(bool)
