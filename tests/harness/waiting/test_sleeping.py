"""Sleep moves the world's clock: in which thread, for whom, and what the program's own clocks say then."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.control import ControlError
from harness.waiting.sleeping import bridging, unbridged
from tests.harness.waiting.conftest import Tally, World


def test_a_loop_over_ten_minutes_sees_the_run_expire(world: World) -> None:
    """The example of the documentation: it asks for tool outputs, nobody gives them."""
    run_id, thread_id = world.asking_run()
    began = world.now
    with bridging(world) as bridge:
        seen = []
        while (status := world.status(run_id, thread_id)) != "expired":
            if status not in seen:
                seen.append(status)
            time.sleep(15)
    assert seen[-1] == "requires_action"
    assert 590 <= bridge.slept <= 615
    assert world.now - began >= 600


def test_what_is_slept_passes_in_the_world_and_nowhere_else(world: World) -> None:
    began, wall = world.now, time.perf_counter()
    with bridging(world) as bridge:
        time.sleep(86_400)
        time.sleep(0.25)
    assert world.now - began == pytest.approx(86_400.25)
    assert bridge.slept == 86_400.25
    assert time.perf_counter() - wall < 86_400


def test_the_sdk_backs_off_without_waiting(world: World, client: openai.OpenAI) -> None:
    """Its retries sleep by `time.sleep`: half a second, then a whole one, less up to a quarter."""
    world.control.arm("reset_before", "threads.create", first=2)
    began = world.now
    with bridging(world) as bridge:
        client.with_options(max_retries=2).beta.threads.create()
    assert [entry["status"] for entry in world.control.journal()] == [0, 0, 200]
    assert 1.125 <= bridge.slept <= 1.5
    assert world.now - began == pytest.approx(bridge.slept, abs=0.001)


def test_outside_of_a_bridge_sleep_is_what_it_was(tally: Tally) -> None:
    with bridging(tally):
        pass
    time.sleep(0.0001)
    assert tally.steps == []


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (-1, ValueError),
        (float("nan"), ValueError),
        (float("inf"), OverflowError),
        ("1", TypeError),
        (None, TypeError),
    ],
)
def test_what_sleep_refuses_it_refuses_on_a_bridge_too(
    tally: Tally, given: object, error: type[Exception]
) -> None:
    with pytest.raises(error) as plain:
        time.sleep(given)  # type: ignore[arg-type]
    with bridging(tally), pytest.raises(error) as bridged:
        time.sleep(given)  # type: ignore[arg-type]
    assert str(bridged.value) == str(plain.value)
    assert tally.steps == []


def test_sleeping_for_nothing_only_gives_way(tally: Tally) -> None:
    with bridging(tally) as bridge:
        time.sleep(0)
        time.sleep(0.0)
    assert (bridge.slept, tally.steps) == (0, [])


def test_as_an_attribute_of_a_class_it_does_not_bind(tally: Tally) -> None:
    class Program:
        nap: Any = time.sleep
        clock: Any = time.monotonic
        date: Any = time.time

    with bridging(tally) as bridge:
        Program().nap(3)
        assert Program().clock() >= 3
        assert Program().date() > 0
    assert bridge.slept == 3


def test_it_is_pickled_by_name() -> None:
    for function in (time.sleep, time.time, time.monotonic, time.time_ns, time.monotonic_ns):
        assert pickle.loads(pickle.dumps(function)) is function


@settings(deadline=None)
@given(st.lists(st.floats(0.00001, 5000)))
def test_not_a_millisecond_is_lost(naps: list[float]) -> None:
    """However short the naps, the world's clock is where they add up to."""
    tally = Tally()
    with bridging(tally) as bridge:
        for nap in naps:
            time.sleep(nap)
    assert round(sum(tally.steps) * 1000) == round(bridge.slept * 1000)
    assert bridge.slept == pytest.approx(sum(naps))
    assert all(step > 0 for step in tally.steps)


# The program's clocks


def test_loops_with_a_deadline_end(tally: Tally) -> None:
    turns = 0
    with bridging(tally) as bridge:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            time.sleep(1)
        until = time.time() + 60
        while time.time() < until:
            time.sleep(1)
            turns += 1
    assert 119 <= bridge.slept <= 121
    assert 59 <= turns <= 61


def test_clocks_in_nanoseconds_agree(tally: Tally) -> None:
    with bridging(tally):
        time.sleep(10_000)
        assert time.time_ns() / 1e9 - time.time() == pytest.approx(0, abs=60)
        assert time.monotonic_ns() / 1e9 - time.monotonic() == pytest.approx(0, abs=60)


@settings(deadline=None)
@given(st.lists(st.lists(st.floats(0, 5000), max_size=4), max_size=4))
def test_monotonic_never_goes_back(bridges: list[list[float]]) -> None:
    """Not from one bridge to the next, nor between them: code that spans tests may hold a reading of it."""
    readings = [time.monotonic()]
    for naps in bridges:
        with bridging(Tally()):
            readings.append(time.monotonic())
            for nap in naps:
                time.sleep(nap)
                readings.append(time.monotonic())
        readings.append(time.monotonic())
    assert readings == sorted(readings)
    assert readings[-1] - readings[0] >= sum(map(sum, bridges)) * (1 - 1e-9)


def test_the_date_is_the_walls_again_afterwards(tally: Tally) -> None:
    real = time.time.real  # type: ignore[attr-defined]
    with bridging(tally):
        time.sleep(1e6)
        assert time.time() - real() == pytest.approx(1e6, abs=60)
    assert time.time() - real() == pytest.approx(0, abs=60)


def test_bridges_in_each_other(tally: Tally) -> None:
    """The inner one counts; the outer one goes on afterwards."""
    inner_tally = Tally()
    with bridging(tally) as outer:
        time.sleep(5)
        date = time.time()
        with bridging(inner_tally) as inner:
            time.sleep(7)
        time.sleep(1)
        assert time.time() - date == pytest.approx(8, abs=60)
    assert (outer.slept, inner.slept) == (6, 7)
    assert (sum(tally.steps), sum(inner_tally.steps)) == (6, 7)


# Others


def nap_elsewhere(pool: ThreadPoolExecutor) -> tuple[float, float]:
    """Sleep really in another thread; the clocks there, against the real ones."""

    def nap() -> tuple[float, float]:
        time.sleep(0.001)
        monotonic = time.monotonic() - time.monotonic.real()  # type: ignore[attr-defined]
        return monotonic, time.time() - time.time.real()  # type: ignore[attr-defined]

    return pool.submit(nap).result()


def test_other_threads_sleep_really(tally: Tally) -> None:
    with bridging(tally) as bridge, ThreadPoolExecutor(1) as pool:
        time.sleep(1000)
        assert nap_elsewhere(pool) == pytest.approx((0, 0), abs=60)
    assert bridge.slept == 1000


def test_threads_can_be_taken_along(tally: Tally) -> None:
    """Those that are started inside, and those that they start; not those of before."""

    def outer() -> None:
        time.sleep(10)
        inner = threading.Thread(target=time.sleep, args=(20,))
        inner.start()
        inner.join()

    with ThreadPoolExecutor(1) as older:
        older.submit(int).result()
        with bridging(tally, threads=True) as bridge, ThreadPoolExecutor(1) as pool:
            pool.submit(outer).result()
            assert nap_elsewhere(older) == pytest.approx((0, 0), abs=60)
            assert bridge.slept == 30
            left_over = pool.submit(time.sleep, 5)
            left_over.result()
            assert bridge.slept == 35
        assert sum(tally.steps) == 35
    assert threading.Thread.start.__module__ == "threading"
    assert "on_bridge" not in threading.Thread.start.__code__.co_names


def test_a_thread_that_outlives_the_bridge_sleeps_really(tally: Tally) -> None:
    with ThreadPoolExecutor(1) as pool:
        with bridging(tally, threads=True):
            pool.submit(time.sleep, 5).result()
        assert nap_elsewhere(pool)[1] == pytest.approx(0, abs=4)
    assert tally.steps == [5]


def test_whoever_waits_for_a_process_does_so_really(tally: Tally) -> None:
    """`Popen.wait` with a time-out sleeps between its looks."""
    with bridging(tally) as bridge:
        process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(0.05)"])
        assert process.wait(timeout=60) == 0
    assert bridge.slept == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_fork_is_on_no_bridge(tally: Tally) -> None:
    """It would move the world's time on the connection of its parent."""
    with bridging(tally) as bridge:
        child = multiprocessing.get_context("fork").Process(target=_exit_with_date)
        time.sleep(1e6)
        child.start()
        child.join()
    assert child.exitcode == 0
    assert bridge.slept == 1e6


def _exit_with_date() -> None:
    sys.exit(abs(time.time() - time.time.real()) > 60)  # type: ignore[attr-defined]


def test_inside_unbridged_everybody_sleeps_really(tally: Tally) -> None:
    with bridging(tally) as bridge:
        time.sleep(1e6)
        with unbridged():
            time.sleep(0.0001)
            assert time.time() - time.time.real() == pytest.approx(0, abs=60)  # type: ignore[attr-defined]
        time.sleep(1)
    assert bridge.slept == 1e6 + 1


def test_without_a_server_the_sleeper_is_told(tally: Tally) -> None:
    """And time has not moved."""

    class Gone(Tally):
        def advance(self, seconds: float, *, calls: bool = False) -> dict[str, object]:
            raise ControlError(500, "gone")

    with bridging(Gone()) as bridge:
        with pytest.raises(ControlError, match="gone"):
            time.sleep(1)
        assert bridge.slept == 0


def test_the_world_is_asked_for_its_door_each_time(tally: Tally) -> None:
    """A handle may get another world in the meantime."""

    class Handle:
        def __init__(self) -> None:
            self.control = tally

    handle, other = Handle(), Tally()
    with bridging(handle):
        time.sleep(1)
        handle.control = other
        time.sleep(2)
    assert (tally.steps, other.steps) == ([1], [2])
