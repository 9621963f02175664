"""Tasks that sleep in one event loop live through the same time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

import anyio
import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.control import ControlError
from harness.waiting import sleepers
from harness.waiting.sleeping import bridging
from tests.harness.waiting.conftest import Tally, World

WHOLE = st.integers(1, 60)


def lived(main: Coroutine[Any, Any, Any], tally: Tally | None = None) -> tuple[Any, float]:
    """What a program comes to on a bridge, and how long that took it."""
    with bridging(tally or Tally()) as bridge:
        return asyncio.run(main), bridge.slept


# Laws


@settings(deadline=None)
@given(st.lists(st.lists(WHOLE, max_size=5), max_size=6))
def test_everybody_wakes_at_their_time_and_in_the_order_of_times(programs: list[list[int]]) -> None:
    """The law of the simulation: as if each were alone, and the whole takes as long as the longest."""
    tally, woken = Tally(), []

    async def program(name: int, naps: list[int]) -> None:
        passed = 0
        for nap in naps:
            await asyncio.sleep(nap)
            passed += nap
            woken.append((sum(tally.steps), passed, name))

    async def main() -> None:
        await asyncio.gather(*(program(name, naps) for name, naps in enumerate(programs)))

    _, slept = lived(main(), tally)
    expected = [sum(naps[: end + 1]) for naps in programs for end in range(len(naps))]
    assert [at for at, _, _ in woken] == sorted(expected)
    assert all(at == passed for at, passed, _ in woken)
    assert slept == sum(tally.steps) == max(expected, default=0)


@settings(deadline=None)
@given(st.lists(WHOLE, min_size=1, max_size=8), st.sets(st.integers(0, 7)))
def test_whoever_is_cancelled_takes_no_time(naps: list[int], cancelled: set[int]) -> None:
    async def main() -> None:
        tasks = [asyncio.create_task(asyncio.sleep(nap)) for nap in naps]
        await asyncio.sleep(0)
        for number in cancelled & set(range(len(tasks))):
            tasks[number].cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        kinds = {number for number, result in enumerate(results) if result is not None}
        assert kinds == cancelled & set(range(len(tasks)))

    _, slept = lived(main())
    assert slept == max((nap for number, nap in enumerate(naps) if number not in cancelled), default=0)


@settings(deadline=None)
@given(WHOLE, WHOLE, st.lists(WHOLE, max_size=3))
def test_a_time_out_comes_before_whoever_sleeps_for_longer(nap: int, limit: int, others: list[int]) -> None:
    """Whoever else sleeps meanwhile."""

    async def main() -> bool:
        tasks = [asyncio.create_task(asyncio.sleep(other)) for other in others]
        try:
            await asyncio.wait_for(asyncio.sleep(nap), limit)
        except TimeoutError:
            return True
        finally:
            await asyncio.gather(*tasks)
        return False

    timed_out, slept = lived(main())
    if nap != limit:
        assert timed_out == (nap > limit)
    assert slept == pytest.approx(max([min(nap, limit), *others]), abs=0.9)


# Examples


def test_a_poller_and_a_heartbeat(world: World, async_client: openai.AsyncOpenAI) -> None:
    """Sixty polls over a socket for each beat, and no beat while an answer is on its way."""
    beats: list[int] = []

    async def main() -> None:
        async with async_client as client:
            thread = await client.beta.threads.create()
            polls = 0

            async def beat() -> None:
                while True:
                    await asyncio.sleep(60)
                    beats.append(polls)

            heart = asyncio.create_task(beat())
            for _ in range(30):  # who waits for answers only lets no time pass
                await client.beta.threads.retrieve(thread.id)
            assert beats == []
            for _ in range(150):
                await asyncio.sleep(1)
                await client.beta.threads.retrieve(thread.id)
                polls += 1
            heart.cancel()

    began = world.now
    with bridging(world) as bridge:
        asyncio.run(main())
    assert beats in ([60, 120], [59, 119])
    assert bridge.slept == 150
    assert world.now - began == 150


def test_a_loop_over_ten_minutes_sees_the_run_expire(world: World, async_client: openai.AsyncOpenAI) -> None:
    world.control.add_replies({"then": {"tool_calls": [{"function": "look", "arguments": {}}]}})

    async def main() -> float:
        async with async_client as client:
            assistant = await client.beta.assistants.create(
                model="gpt-4o",
                instructions="Look.",
                tools=[{"type": "function", "function": {"name": "look"}}],
            )
            run = await client.beta.threads.create_and_run(assistant_id=assistant.id)
            while run.status != "expired":
                await asyncio.sleep(20)
                run = await client.beta.threads.runs.retrieve(run.id, thread_id=run.thread_id)
            return bridge.slept

    with bridging(world) as bridge:
        assert 580 <= asyncio.run(main()) <= 620


def test_a_careful_program_ends_by_its_time_out(world: World, async_client: openai.AsyncOpenAI) -> None:
    """The polling is under `asyncio.timeout`: the clock of the loop goes along."""
    run_id, thread_id = world.stuck_run()

    async def main() -> str:
        async with async_client as client:
            try:
                async with asyncio.timeout(60):
                    while True:
                        await client.beta.threads.runs.retrieve(run_id, thread_id=thread_id)
                        await asyncio.sleep(2)
            except TimeoutError:
                run = await client.beta.threads.runs.cancel(run_id, thread_id=thread_id)
                return run.status

    with bridging(world) as bridge:
        assert asyncio.run(main()) in ("cancelling", "cancelled")
    assert 57 <= bridge.slept <= 60


def test_anyio_sleeps_by_asyncio() -> None:
    async def main() -> list[str]:
        ended = []
        with anyio.move_on_after(5) as scope:
            await anyio.sleep(100)
        ended.append("moved on" if scope.cancelled_caught else "slept")
        with pytest.raises(TimeoutError), anyio.fail_after(3):
            await anyio.sleep_forever()
        async with anyio.create_task_group() as group:
            for nap in (1, 20, 3):
                group.start_soon(anyio.sleep, nap)
        with anyio.move_on_after(100) as scope:
            await anyio.sleep(7)
        ended.append("moved on" if scope.cancelled_caught else "slept")
        return ended

    async def with_somebody_who_sleeps() -> list[str]:
        other = asyncio.create_task(asyncio.sleep(1000))
        try:
            return await main()
        finally:
            other.cancel()

    ended, slept = lived(with_somebody_who_sleeps())
    assert ended == ["moved on", "slept"]
    assert slept == pytest.approx(5 + 3 + 20 + 7, abs=0.9)


def test_the_result_and_the_refusals_are_those_of_asyncio() -> None:
    async def main() -> list[object]:
        found: list[object] = [await asyncio.sleep(3, "done"), await asyncio.sleep(0, "at once")]
        found.append(await asyncio.sleep(-5, "in the past"))
        with pytest.raises(TypeError):
            await asyncio.sleep("3")  # type: ignore[call-overload]
        return found

    assert lived(main()) == (["done", "at once", "in the past"], 3)


def test_who_sleeps_for_ever_lets_the_others_wake() -> None:
    async def main() -> None:
        forever = asyncio.create_task(asyncio.sleep(float("inf")))
        await asyncio.sleep(5)
        forever.cancel()

    assert lived(main()) == (None, 5)


def test_who_blocks_the_loop_makes_the_others_late() -> None:
    """`time.sleep` in a task: the time of the others passes too."""
    woken: list[tuple[str, float]] = []
    tally = Tally()

    async def nap(name: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        woken.append((name, sum(tally.steps)))

    async def main() -> None:
        others = asyncio.gather(nap("second", 7), nap("first", 5), nap("last", 40))
        await asyncio.sleep(1)
        time.sleep(30)
        await others

    assert lived(main(), tally)[1] == 40
    assert woken == [("first", 31), ("second", 31), ("last", 40)]


def in_turns(queue_of: Callable[[], Any]) -> Callable[[], Awaitable[list[tuple[int, float]]]]:
    async def main() -> list[tuple[int, float]]:
        loop, queue, received = asyncio.get_running_loop(), queue_of(), []
        began = loop.time()

        async def produce() -> None:
            for number in range(5):
                await asyncio.sleep(10)
                await queue.put(number)

        producer = asyncio.create_task(produce())
        for _ in range(5):
            number = await queue.get()
            received.append((number, loop.time() - began))
        await producer
        return received

    return main


def test_who_waits_for_a_task_that_sleeps_does_not_stop_time() -> None:
    received, slept = lived(in_turns(asyncio.Queue)())  # type: ignore[arg-type]
    assert slept == 50
    assert [number for number, _ in received] == [0, 1, 2, 3, 4]
    assert [at for _, at in received] == pytest.approx([10, 20, 30, 40, 50], abs=5)


def test_who_waits_for_what_nobody_knows_stops_time_for_a_moment_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A future of the program's own: it may be somebody else's task that sets it, or the world outside."""
    monkeypatch.setattr("harness.waiting.awaiting.UNKNOWN", 0.002)

    async def main() -> float:
        answer = asyncio.get_running_loop().create_future()

        async def answering() -> None:
            await asyncio.sleep(10)
            answer.set_result("late")

        task = asyncio.create_task(answering())
        assert await answer == "late"
        await task
        return 0.0

    assert lived(main()) == (0.0, 10)


def test_who_spins_stops_time_for_a_moment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sleepers, "ON_ITS_WAY", 0.002)

    async def main() -> int:
        task, turns = asyncio.create_task(asyncio.sleep(10)), 0
        while not task.done():
            await asyncio.sleep(0)
            turns += 1
        return turns

    turns, slept = lived(main())
    assert (slept, turns > 0) == (10, True)


def test_a_call_by_timer_happens_on_the_way() -> None:
    """`call_later`, as some schedulers do it."""
    happened: list[float] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        for delay in (30, 10, 200):
            loop.call_later(delay, lambda: happened.append(loop.time() - began))
        await asyncio.sleep(100)

    assert lived(main())[1] == 100
    assert happened == pytest.approx([10, 30], abs=5)


def test_several_loops_after_each_other(tally: Tally) -> None:
    with bridging(tally) as bridge:
        asyncio.run(asyncio.sleep(3))
        asyncio.run(asyncio.sleep(4))
    assert (bridge.slept, tally.steps) == (7, [3, 4])


def test_a_task_that_outlives_the_bridge_sleeps_really_for_the_rest(tally: Tally) -> None:
    """In a loop that several tests share. Its clock does not go back."""
    with asyncio.Runner() as runner:
        with bridging(tally):

            async def begin() -> tuple[asyncio.Task[None], float]:
                task = asyncio.create_task(asyncio.sleep(100.001))
                await asyncio.sleep(100)
                return task, asyncio.get_running_loop().time()

            task, then = runner.run(begin())
            assert not task.done()

        async def end() -> float:
            await task
            return asyncio.get_running_loop().time()

        assert runner.run(end()) >= then
    assert sum(tally.steps) == 100


def test_a_bridge_that_ends_with_a_closed_loop() -> None:
    """A sleeper that nobody waited for went with its loop."""
    loop = asyncio.new_event_loop()
    with bridging(Tally()) as bridge:
        task = loop.create_task(asyncio.sleep(1000))
        loop.run_until_complete(asyncio.sleep(1))
        task.cancel()
        loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
        loop.close()
    assert bridge.slept == 1


def test_a_loop_in_debug_mode_does_not_call_it_slow(caplog: pytest.LogCaptureFixture) -> None:
    """As that of `unittest.IsolatedAsyncioTestCase`; afterwards it tells of slow callbacks again."""
    loop = asyncio.new_event_loop()
    loop.set_debug(True)
    before = loop.slow_callback_duration
    with bridging(Tally()) as bridge:
        loop.run_until_complete(asyncio.sleep(1000))
    assert loop.slow_callback_duration == before
    loop.close()
    assert bridge.slept == 1000
    assert [record.message for record in caplog.records if "took" in record.message] == []


def test_without_a_server_the_sleeper_is_told() -> None:
    """Not the loop, which would only log it; whoever sleeps longer is told too."""

    class Gone(Tally):
        def advance(self, seconds: float, *, calls: bool = False) -> dict[str, object]:
            raise ControlError(500, "gone")

    async def main() -> Sequence[BaseException | None]:
        naps = (asyncio.sleep(3), asyncio.sleep(1), asyncio.sleep(2))
        return await asyncio.gather(*naps, return_exceptions=True)

    errors, slept = lived(main(), Gone())
    assert [str(error) for error in errors] == ["500: gone"] * 3
    assert slept == 0
