"""Durations: what is understood, and what is said about the rest."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.durations import LONGEST_MS, milliseconds


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("300ms", 300),
        ("2s", 2_000),
        ("1.5s", 1_500),
        ("10m", 600_000),
        ("1h", 3_600_000),
        ("0s", 0),
        (0, 0),
        (250, 250),
        (250.4, 250),
    ],
)
def test_understood(written: Any, expected: int) -> None:
    assert milliseconds(written) == expected
    assert type(milliseconds(written)) is int


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("5d", "unknown unit 'd'"),
        ("5", "no unit"),
        ("", "not a duration"),
        ("fast", "not a duration"),
        ("-2s", "not a duration"),
        ("1m30s", "not a duration"),
        ("٣s", "not a duration"),
        (-1, "not a length of time"),
        (float("nan"), "not a length of time"),
        (float("inf"), "longer than a century"),
        (float("-inf"), "not a length of time"),
        ("9" * 400 + "h", "longer than a century"),
        pytest.param(10**5000, "longer than a century", id="huge"),
        pytest.param(-(10**5000), "not a length of time", id="huge-negative"),
        (True, "not a duration"),
        (None, "not a duration"),
        (["1s"], "not a duration"),
    ],
)
def test_refused_in_words(written: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint) as raised:
        milliseconds(written)
    assert '"2s"' in str(raised.value), "says what would have been understood"


@given(st.integers(0, LONGEST_MS // 3_600_000))
def test_units_agree(hours: int) -> None:
    assert (
        milliseconds(f"{hours}h")
        == milliseconds(f"{hours * 60}m")
        == milliseconds(f"{hours * 3600}s")
        == milliseconds(f"{hours * 3_600_000}ms")
        == milliseconds(hours * 3_600_000)
    )
