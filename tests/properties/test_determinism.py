"""Equal seeds and equal requests give equal bytes, whatever happens to the server in between."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.properties import law
from tests.properties.asgi import Door
from tests.properties.journeys import Line, Op, Player, journeys
from tests.properties.scenes import Object
from tests.properties.scripts import latencies

SEEDS = st.sampled_from([0, 7, "seven"])


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Store files that nobody has used; `next` gives one."""
    folder = tmp_path_factory.mktemp("stores")
    return (folder / f"{number}.sqlite" for number in count())


def played(ops: list[Op], settings: Object) -> list[Line]:
    """The answers of a server that nothing happens to, and its world at the end."""
    with Door(**settings) as door:
        return [*Player(door).play(ops), ending(door)]


def ending(door: Door) -> Line:
    """Everything there is, as a last line."""
    answer = door.call("GET", "/_mock/world")
    return answer.status, answer.headers, answer.body


def anonymous(line: Line) -> Line:
    """The line without the name of the project."""
    status, headers, body = line
    return status, tuple(header for header in headers if header[0] != b"openai-project"), body


@law(60)
@given(journeys(), latencies(), SEEDS)
def test_the_same_requests_get_the_same_bytes(ops: list[Op], latency: Any, seed: int | str) -> None:
    settings = {"latency": latency, "seed": seed}
    assert played(ops, settings) == played(ops, settings)


@law(80)
@given(journeys(), latencies(), st.sets(st.integers(0, 15), min_size=1, max_size=4))
def test_a_restart_changes_nothing(
    files: Iterator[Path], ops: list[Op], latency: Any, restarts: set[int]
) -> None:
    with Door(next(files), latency=latency) as door:

        def restart(number: int) -> None:
            if number in restarts:
                door.restart()

        lines = Player(door, restart).play(ops)
        assert [*lines, ending(door)] == played(ops, {"latency": latency})


@law(60)
@given(journeys(), latencies())
def test_a_crash_loses_nothing_that_was_answered(files: Iterator[Path], ops: list[Op], latency: Any) -> None:
    """What a crash may lose is the count of answers and time that only a stream has seen pass."""
    ends = []
    for crashing in (False, True):
        with Door(next(files), latency=latency) as door:
            Player(door).play(ops)
            if crashing:
                door.crash()
            for _ in range(2):  # runs that ask for outputs are long over then
                door.advance(100_000)
            world = door.get("/_mock/world")
            del world["clock"], world["counters"]["req"]
            ends.append(world)
    assert ends[0] == ends[1]


@law(80)
@given(journeys(), latencies(), st.integers(0, 15))
def test_a_restored_snapshot_has_the_same_future(ops: list[Op], latency: Any, moment: int) -> None:
    settings = {"latency": latency}
    with Door(**settings) as there, Door(latency="slow", seed=99) as here:
        here.key = "sk-another"
        original = Player(there)
        past = ops[:moment]
        original.play(past)
        here.call("PUT", "/_mock/world", there.get("/_mock/world"))
        restored = Player(here)
        restored.assistants, restored.threads = [*original.assistants], [*original.threads]
        restored.runs = [*original.runs]
        known = len(original.lines)
        future = ops[moment:]
        was = [anonymous(line) for line in [*original.play(future)[known:], ending(there)]]
        becomes = [anonymous(line) for line in [*restored.play(future), ending(here)]]
        assert becomes == was


@law(60)
@given(journeys(), latencies())
def test_reading_changes_nothing(ops: list[Op], latency: Any) -> None:
    with Door(latency=latency) as door:
        player = Player(door)
        player.play(ops)
        paths = ["/v1/assistants", "/v1/models", "/_mock/clock", "/_mock/replies"]
        for thread in player.threads:
            paths += [f"/v1/threads/{thread}{rest}" for rest in ("", "/messages", "/runs")]
        for thread, run in player.runs:
            paths += [f"/v1/threads/{thread}/runs/{run}/steps", f"/_mock/timeline/{run}"]
        before = world_of(door)
        first = [door.get(path) for path in paths]
        assert world_of(door) == before
        assert [door.get(path) for path in paths] == first
        assert world_of(door) == before


def world_of(door: Door) -> Object:
    """Everything but the count of answers."""
    world: Object = door.get("/_mock/world")
    del world["counters"]["req"]
    return world
