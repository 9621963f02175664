"""Programs that wait for what will never come are ended, and those that may yet give up are not."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.waiting.hanging import PATIENCE_READS, PATIENCE_SECONDS, HungError, Patience
from harness.waiting.sleeping import bridging
from tests.harness.waiting.conftest import Tally, World

LONG = 20_000
"""So many turns stand for an endless loop: a test that fails is to end."""


def poll(world: World, run: tuple[str, str], seconds: float, polls: int = LONG) -> str:
    """Wait for `completed` as naive programs do."""
    for _ in range(polls):
        if world.status(*run) == "completed":
            return "completed"
        time.sleep(seconds)
    return "given up"


def test_it_has_a_virtual_hour_and_a_thousand_reads() -> None:
    assert (PATIENCE_SECONDS, PATIENCE_READS) == (3600, 1000)


def test_a_naive_program_is_ended_after_an_hour(world: World) -> None:
    """Sixty-second naps: ended when more than an hour has been slept on the proof."""
    run = world.stuck_run()
    with bridging(world) as bridge, pytest.raises(HungError):
        poll(world, run, 60)
    polls = len(world.control.journal(operation="runs.retrieve"))
    assert polls == 25 + 61
    assert bridge.slept == polls * 60


def test_the_verdict_says_it_all(world: World) -> None:
    run = world.stuck_run()
    with bridging(world, patience_seconds=60), pytest.raises(HungError) as raised:
        poll(world, run, 10)
    error = raised.value
    assert not isinstance(error, Exception), "no program takes it for a broken connection"
    assert (error.subject, error.reads) == (run[0], 32)
    first, slept, heading, *calls, hint, hint_too = str(error).splitlines()
    assert first == (
        f"the program waits in vain: {run[0]} was read 32 times in a row, and nothing is pending that could"
        " change it."
    )
    assert slept == "It has slept 320 seconds of the mock's time."
    assert heading == "The last calls:"
    assert "runs.create#1" in calls[-2]
    assert "runs.retrieve#1…#32" in calls[-1]
    assert "time.monotonic()" in hint
    assert "datetime.now()" in hint_too


def test_short_naps_are_ended_by_the_number_of_reads(world: World) -> None:
    """As the SDK's poller does it when it is told to come back at once."""
    run = world.stuck_run()
    with bridging(world, patience_reads=60) as bridge, pytest.raises(HungError, match="read 60 times"):
        poll(world, run, 0.001)
    assert bridge.slept == pytest.approx(0.06)


@pytest.mark.parametrize(("polls", "seconds"), [(60, 1), (120, 30), (24, 3600)])
def test_a_program_with_an_end_of_its_own_is_left_alone(world: World, polls: int, seconds: float) -> None:
    run = world.stuck_run()
    with bridging(world) as bridge:
        assert poll(world, run, seconds, polls) == "given up"
        world.client.beta.threads.runs.cancel(run[0], thread_id=run[1])
        while world.status(*run) != "cancelled":
            time.sleep(1)
    assert bridge.slept < polls * seconds + 60


def test_whoever_only_sleeps_on_is_left_alone(world: World) -> None:
    """The proof stands, but it may be about to do something else: one long nap is not an endless loop."""
    run = world.stuck_run()
    with bridging(world):
        poll(world, run, 1, polls=30)
        time.sleep(100_000)
        time.sleep(100_000)
        with pytest.raises(HungError):
            poll(world, run, 1)


def test_as_long_as_anything_is_to_come_it_may_wait(world: World) -> None:
    """A run that waits for tool outputs has its expiry before it."""
    run_id, thread_id = world.asking_run()
    with bridging(world, patience_seconds=60, patience_reads=30) as bridge:
        while world.status(run_id, thread_id) != "expired":
            time.sleep(10)
    assert bridge.slept > 500


def persist(call: Callable[[], object]) -> None:
    """Try again whatever the API answers."""
    for _ in range(LONG):
        with suppress(openai.APIStatusError):
            call()
        time.sleep(5)


def test_a_call_that_fails_for_ever(world: World, client: openai.OpenAI) -> None:
    world.control.arm("500", "threads.create", always=True)
    with bridging(world, patience_seconds=60), pytest.raises(HungError) as raised:
        persist(client.beta.threads.create)
    said = r"the program makes a call in vain: /v1/threads failed, because of a fault, \d+ times in a row"
    assert re.match(said, str(raised.value))


def test_a_call_that_is_refused_for_ever(world: World, client: openai.OpenAI) -> None:
    with bridging(world, patience_seconds=60), pytest.raises(HungError) as raised:
        persist(lambda: client.beta.threads.retrieve("thread_x"))
    assert re.search(r"in vain: GET /v1/threads/thread_x was refused, \d+ times", str(raised.value))


def test_it_is_ended_again_if_it_goes_on(world: World) -> None:
    """`except BaseException: continue`, and a `finally` that sleeps gets in nobody's way."""
    run = world.stuck_run()
    ended = 0
    with bridging(world, patience_seconds=60):
        while ended < 3:
            try:
                poll(world, run, 5)
            except HungError:
                ended += 1
                time.sleep(5)  # nothing was read since: it may be leaving
                time.sleep(5)
    assert len(world.control.journal(operation="runs.retrieve")) < 60


def test_a_task_that_waits_in_vain_is_ended_where_it_sleeps(
    world: World, async_client: openai.AsyncOpenAI
) -> None:
    run_id, thread_id = world.stuck_run()
    beats: list[float] = []

    async def beat() -> None:
        while True:
            await asyncio.sleep(50)
            beats.append(bridge.slept)

    async def main() -> None:
        async with async_client as client:
            heart = asyncio.create_task(beat())
            try:
                for _ in range(LONG):
                    await client.beta.threads.runs.retrieve(run_id, thread_id=thread_id)
                    await asyncio.sleep(10)
            finally:
                heart.cancel()

    with bridging(world, patience_seconds=100) as bridge:
        with pytest.raises(HungError, match=f"{run_id} was read") as raised:
            asyncio.run(main())
    assert any(entry.name == "main" for entry in raised.traceback), "it is seen where it waits"
    assert len(beats) >= 6


# Patience by itself


def proofs(*reads: int | None) -> list[dict[str, Any] | None]:
    return [None if number is None else {"subject": "x", "reads": number} for number in reads]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 20), st.floats(0, 100)), max_size=60))
def test_who_reads_on_is_ended_at_the_first_look_beyond_the_patience(steps: list[tuple[int, float]]) -> None:
    """And never before, in whatever steps it goes."""
    patience, slept, reads, since = Patience(seconds=300, reads=200), 0.0, 25, 0.0
    assert not patience.ends({"subject": "x", "reads": reads}, slept)
    for more, nap in steps:
        slept, reads = slept + nap, reads + more
        expected = reads >= 200 or slept - since > 300
        assert patience.ends({"subject": "x", "reads": reads}, slept) == expected


def test_a_proof_that_goes_away_or_begins_anew_is_counted_anew() -> None:
    patience = Patience(seconds=10, reads=1000)
    first, nothing, again, more, anew, at_last = proofs(25, None, 26, 27, 25, 26)
    assert not patience.ends(first, 0)
    assert not patience.ends(nothing, 5)
    assert not patience.ends(again, 100)
    assert not patience.ends(more, 109)
    assert not patience.ends(anew, 200)
    assert patience.ends(at_last, 211)


def test_a_world_that_says_nothing_of_proofs_ends_nobody() -> None:
    """As an older server."""
    tally = Tally()
    with bridging(tally, patience_seconds=1, patience_reads=1):
        for _ in range(10):
            time.sleep(1000)
    assert sum(tally.steps) == 10_000
