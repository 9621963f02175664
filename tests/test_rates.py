"""Token buckets: what they promise to whoever takes from them, in whole numbers."""

from __future__ import annotations

import json
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.rates import MINUTE_MS, TIDY_ABOVE, Bucket, Buckets, Claim, spell

STEADY = settings(derandomize=True, deadline=None, database=None)
NOW = 1_750_000_000_000

LIMITS = st.one_of(st.integers(1, 3), st.integers(1, 10_000), st.integers(1, 10**9))
GAPS = st.one_of(st.just(0), st.integers(1, 100), st.integers(0, 200_000))
"""Milliseconds between two calls."""


@st.composite
def _uses(draw: st.DrawFn) -> tuple[int, list[tuple[int, int]]]:
    """A limit, and calls: how long after the one before, and how much they want."""
    limit = draw(LIMITS)
    amounts = st.one_of(st.integers(1, min(3, limit)), st.integers(1, limit))
    return limit, draw(st.lists(st.tuples(GAPS, amounts), min_size=1, max_size=40))


@STEADY
@given(_uses())
def test_whoever_waits_as_told_gets_it_and_nobody_gets_more_than_flows(
    uses: tuple[int, list[tuple[int, int]]],
) -> None:
    """In any stretch of time: a full bucket and what flows in meanwhile, to the last 60,000th."""
    limit, calls = uses
    bucket, now, taken = Bucket(limit), NOW, []
    for gap, amount in calls:
        now += gap
        wait = bucket.wait(now, amount)
        assert wait is not None
        if wait:
            # A millisecond earlier is too early, and asking has changed nothing.
            assert bucket.wait(now + wait - 1, amount) == 1
            assert bucket.used(now) + amount > limit
            now += wait
        assert bucket.wait(now, amount) == 0
        bucket.take(now, amount)
        taken.append((now, amount))
        assert 0 <= bucket.remaining(now) == limit - bucket.used(now) < limit
    for first, last in combinations(range(len(taken)), 2):
        stretch = taken[last][0] - taken[first][0]
        amounts = sum(amount for _, amount in taken[first : last + 1])
        assert amounts * MINUTE_MS <= limit * (MINUTE_MS + stretch)


@STEADY
@given(_uses())
def test_one_that_is_full_again_is_as_good_as_new(uses: tuple[int, list[tuple[int, int]]]) -> None:
    limit, calls = uses
    bucket, now = Bucket(limit), NOW
    for gap, amount in calls:
        now += gap + (bucket.wait(now + gap, amount) or 0)
        bucket.take(now, amount)
    reset = bucket.reset(now)
    assert 0 < reset <= MINUTE_MS
    assert bucket.lacking(now + reset - 1) > 0
    assert bucket.lacking(now + reset) == bucket.used(now + reset) == bucket.reset(now + reset) == 0


@STEADY
@given(LIMITS, st.integers(1, 10**9))
def test_more_than_it_holds_is_never_there(limit: int, over: int) -> None:
    assert Bucket(limit).wait(NOW, limit + over) is None
    assert Bucket(limit).wait(NOW, limit) == 0


@pytest.mark.parametrize(
    ("limit", "used", "requested", "wait"),
    [
        pytest.param(10_000, 9_348, 5_086, "26.604s", id="E-130"),
        pytest.param(3, 3, 1, "20s", id="E-131"),
        pytest.param(30_000, 29_937, 385, "644ms", id="reported-2025-07"),
    ],
)
def test_the_waits_on_record(limit: int, used: int, requested: int, wait: str) -> None:
    """What the real API told is what these buckets say."""
    bucket = Bucket(limit)
    bucket.take(NOW, used)
    assert bucket.used(NOW) == used
    told = bucket.wait(NOW, requested)
    assert told is not None
    assert spell(told) == wait


@pytest.mark.parametrize(
    ("milliseconds", "spelled"),
    [
        (0, "0s"),
        (6, "6ms"),
        (999, "999ms"),
        (1_000, "1s"),
        (1_182, "1.182s"),
        (1_500, "1.5s"),
        (20_000, "20s"),
        (60_000, "1m0s"),
        (1_252_666, "20m52.666s"),
        (3_600_000, "1h0m0s"),
        (7_384_050, "2h3m4.05s"),
    ],
)
def test_times_are_spelled_as_the_api_does(milliseconds: int, spelled: str) -> None:
    assert spell(milliseconds) == spelled


def test_a_clock_that_stands_still_fills_nothing() -> None:
    bucket = Bucket(2)
    bucket.take(NOW, 1)
    bucket.take(NOW, 1)
    assert [bucket.wait(NOW, 1), bucket.wait(NOW, 2), bucket.remaining(NOW)] == [30_000, 60_000, 0]
    assert bucket.wait(NOW - 5, 1) == 30_000


# Several at once


CLAIMS = [Claim("calls", 3, 1), Claim("tokens", 100, 60)]


def test_the_claim_that_waits_longest_is_the_one_that_is_told() -> None:
    buckets = Buckets()
    assert buckets.hindrance(CLAIMS, NOW) is None
    buckets.take(CLAIMS, NOW)
    # A call is there still; of the tokens, 20 are missing.
    assert buckets.hindrance(CLAIMS, NOW) == (CLAIMS[1], 12_000)
    buckets.take([CLAIMS[0]] * 2, NOW)
    assert buckets.hindrance(CLAIMS, NOW) == (CLAIMS[0], 20_000)
    assert buckets.hindrance(CLAIMS, NOW + 20_000) is None
    never = Claim("tokens", 100, 101)
    assert buckets.hindrance([CLAIMS[0], never], NOW) == (never, None)


def test_looking_at_a_bucket_makes_none() -> None:
    buckets = Buckets()
    assert buckets.of("calls", 3).remaining(NOW) == 3
    assert not buckets
    buckets.take([CLAIMS[0]], NOW)
    assert buckets
    assert buckets.of("calls", 3).remaining(NOW) == 2


def test_what_is_kept_gives_the_same_buckets_back() -> None:
    buckets = Buckets()
    buckets.take(CLAIMS, NOW)
    again = Buckets.resume(json.loads(json.dumps(buckets.state())))
    assert again == buckets
    assert again.hindrance(CLAIMS, NOW + 5_000) == (CLAIMS[1], 7_000)


def test_full_buckets_are_forgotten_when_there_are_many() -> None:
    """One for every vector store would add up."""
    buckets = Buckets()
    for number in range(TIDY_ABOVE):
        buckets.take([Claim(f"store {number}", 300, 1)], NOW)
    assert len(buckets.by_name) == TIDY_ABOVE
    buckets.take([Claim("store new", 300, 1)], NOW + MINUTE_MS)
    assert list(buckets.by_name) == ["store new"]
