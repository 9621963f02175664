"""Clocks in every mode, on a wall of the test's own."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver import clock
from mockserver.clock import VIRTUAL_START_MS, Clock, rate_of
from tests.properties import law

NOON = 1_800_000_000_000


@dataclass
class Wall:
    """Stands in for the module `time`, and stands still until it is moved."""

    nanoseconds: int = 0

    def monotonic_ns(self) -> int:
        """Since nobody knows when."""
        return self.nanoseconds

    def time_ns(self) -> int:
        """Since 1970."""
        return NOON * 1_000_000 + self.nanoseconds

    def move(self, milliseconds: float) -> None:
        """Let time pass."""
        self.nanoseconds += round(milliseconds * 1_000_000)


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    wall = Wall()
    monkeypatch.setattr(clock, "time", wall)
    return wall


def test_virtual_time_stands_still_until_it_is_moved(wall: Wall) -> None:
    virtual = Clock()
    assert virtual.virtual
    wall.move(5_000)
    assert virtual.now() == VIRTUAL_START_MS
    virtual.advance_to(VIRTUAL_START_MS + 7)
    assert virtual.now() == VIRTUAL_START_MS + 7
    assert virtual.wall_seconds_until(VIRTUAL_START_MS + 1_000_000) == 0


@pytest.mark.parametrize(("mode", "rate"), [("real", 1), ("x60", 60), ("x0.5", 0.5), ("x1000000", 1e6)])
def test_time_passes_at_its_rate(wall: Wall, mode: str, rate: float) -> None:
    running = Clock(mode)
    assert not running.virtual
    assert running.now() == NOON
    wall.move(2_000)
    assert running.now() == NOON + 2_000 * rate
    running.advance_to(running.now() + 500)
    assert running.now() == NOON + 2_000 * rate + 500
    assert running.wall_seconds_until(running.now() + 1_000) == pytest.approx(1 / rate)
    assert running.wall_seconds_until(running.now() - 1_000) == 0


def test_a_moment_that_has_passed_changes_nothing(wall: Wall) -> None:
    for mode in ("real", "virtual", "x3"):
        any_clock = Clock(mode, NOON)
        any_clock.advance_to(NOON - 1)
        assert any_clock.now() == NOON


def test_the_mode_changes_without_a_jump(wall: Wall) -> None:
    changing = Clock("virtual", NOON)
    wall.move(9_000)
    changing.set_mode("real")
    assert changing.now() == NOON
    wall.move(1_000)
    changing.set_mode("x10")
    assert changing.now() == NOON + 1_000
    wall.move(1_000)
    assert changing.now() == NOON + 11_000
    changing.set_mode("virtual")
    wall.move(1_000)
    assert changing.now() == NOON + 11_000


@pytest.mark.parametrize("mode", ["", "Real", "x", "x0", "x-1", "60", "x1e3", "x1000001", "virtual "])
def test_unknown_modes_are_refused_and_change_nothing(wall: Wall, mode: str) -> None:
    with pytest.raises(ValueError, match="unknown clock"):
        Clock(mode)
    kept = Clock("x2", NOON)
    with pytest.raises(ValueError, match="unknown clock"):
        kept.set_mode(mode)
    wall.move(10)
    assert (kept.mode, kept.now()) == ("x2", NOON + 20)


def test_a_saved_clock_goes_on_where_it_was(wall: Wall) -> None:
    for mode in ("virtual", "x5"):
        saved = Clock(mode, NOON).state()
        wall.move(1_000)
        assert Clock.resume(saved).now() == NOON
        assert Clock.resume(saved).mode == mode


def test_a_saved_real_clock_follows_the_wall_but_never_goes_back(wall: Wall) -> None:
    ahead = Clock("real")
    ahead.advance_to(NOON + 60_000)
    saved = ahead.state()
    wall.move(1_000)
    assert Clock.resume(saved).now() == NOON + 60_000
    wall.move(100_000)
    assert Clock.resume(saved).now() == NOON + 101_000


MODES = st.sampled_from(["real", "virtual", "x7", "x0.3", "x99999"])


@law(100)
@given(
    MODES,
    st.lists(
        st.one_of(
            st.tuples(st.just("wall"), st.integers(0, 10**7)),
            st.tuples(st.just("advance"), st.integers(-(10**6), 10**6)),
            st.tuples(st.just("mode"), MODES),
            st.tuples(st.just("resume"), st.none()),
        ),
        max_size=20,
    ),
)
def test_no_clock_goes_back(mode: str, deeds: list[tuple[str, int | str | None]]) -> None:
    wall = Wall()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "time", wall)
        running = Clock(mode)
        before = running.now()
        for deed, value in deeds:
            match deed, value:
                case "wall", int(nanoseconds):
                    wall.nanoseconds += nanoseconds
                case "advance", int(milliseconds):
                    target = running.now() + milliseconds
                    running.advance_to(target)
                    assert running.now() >= target
                case "mode", str(other):
                    running.set_mode(other)
                case _:
                    running = Clock.resume(running.state())
            assert running.now() >= before
            before = running.now()


def test_rates() -> None:
    assert [rate_of(mode) for mode in ("real", "virtual", "x60", "x1.5")] == [1, 0, 60, 1.5]
