"""What a client is told that has to wait, and what time it finds when it comes back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mockserver.pacing import tell, welcome
from mockserver.settings import Settings
from mockserver.store import Store
from mockserver.world import World

PATH, OTHER = "/v1/threads", "/v1/files"
RETRY = [(b"authorization", b"Bearer k"), (b"x-stainless-retry-count", b"1")]


@pytest.fixture
def world() -> Iterator[World]:
    """A world in virtual time, in which nothing is going on."""
    yield from made("virtual")


def made(clock: str) -> Iterator[World]:
    """A world whose time passes so."""
    store = Store()
    yield World("proj_1", store, Settings(clock=clock))
    store.close()


@pytest.mark.parametrize(
    ("milliseconds", "headers"),
    [
        (1, {"retry-after": "1", "retry-after-ms": "1"}),
        (1_000, {"retry-after": "1", "retry-after-ms": "1"}),
        (1_001, {"retry-after": "2", "retry-after-ms": "1"}),
        (60_000, {"retry-after": "60", "retry-after-ms": "1"}),
        (60_001, {"retry-after": "61"}),
        (3_600_000, {"retry-after": "3600"}),
    ],
)
def test_virtual_time_lets_nobody_sleep(world: World, milliseconds: int, headers: dict[str, str]) -> None:
    assert tell(world, milliseconds, PATH) == headers


def test_real_time_is_told_in_seconds_only() -> None:
    for world in made("real"):
        assert tell(world, 1_500, PATH) == {"retry-after": "2"}
        assert not world.returns


@pytest.mark.parametrize(
    ("clock", "least", "most"), [("x60", 330, 334), ("x0.5", 39_900, 40_000), ("x1000000", 1, 1)]
)
def test_scaled_time_is_told_in_seconds_of_the_world_and_milliseconds_of_the_wall(
    clock: str, least: int, most: int
) -> None:
    """An SDK reads the milliseconds first, and has waited when it comes back."""
    for world in made(clock):
        told = tell(world, 20_000, PATH)
        assert told["retry-after"] == "20"
        assert least <= int(told["retry-after-ms"]) <= most
        assert not world.returns


def test_a_retry_finds_the_clock_where_it_was_told_to_come_back(world: World) -> None:
    """At the whole second it was told, once."""
    now = world.clock.now()
    tell(world, 19_400, PATH)
    welcome(world, PATH, RETRY)
    assert world.clock.now() == now + 20_000
    assert not world.returns
    welcome(world, PATH, RETRY)
    assert world.clock.now() == now + 20_000


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (OTHER, RETRY),
        (PATH, RETRY[:1]),
        (PATH, [(b"x-stainless-retry-count", b"0")]),
        (PATH, [(b"x-stainless-retry-count", b"")]),
        (PATH, [(b"x-stainless-retry-count", b"one")]),
        (PATH, [(b"x-stainless-retry-count", b"-1")]),
    ],
)
def test_nobody_else_moves_time(world: World, path: str, headers: list[tuple[bytes, bytes]]) -> None:
    now = world.clock.now()
    tell(world, 20_000, PATH)
    welcome(world, path, headers)
    assert world.clock.now() == now
    welcome(world, PATH, RETRY)
    assert world.clock.now() == now + 20_000


def test_of_several_who_wait_the_last_moment_counts_for_each_path(world: World) -> None:
    now = world.clock.now()
    for path, wait in ((PATH, 20_000), (PATH, 5_000), (OTHER, 2_000)):
        tell(world, wait, path)
    welcome(world, OTHER, RETRY)
    assert world.clock.now() == now + 2_000
    welcome(world, PATH, RETRY)
    assert world.clock.now() == now + 20_000


def test_moments_that_have_passed_are_forgotten(world: World) -> None:
    for number in range(5):
        tell(world, 1_000, f"/v1/threads/thread_{number}")
    world.advance_to(world.clock.now() + 1_000)
    tell(world, 1_000, PATH)
    assert list(world.returns) == [PATH]


def test_a_wait_of_more_than_a_minute_moves_nothing(world: World) -> None:
    """Some SDKs come back after half a second: they have not waited."""
    now = world.clock.now()
    tell(world, 61_000, PATH)
    welcome(world, PATH, RETRY)
    assert world.clock.now() == now
