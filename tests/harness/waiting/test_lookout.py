"""Programs that wait in vain without sleeping are ended too, and nobody else ever is."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import openai
import pytest
import requests

from harness.control import ControlError
from harness.waiting.hanging import HungError
from harness.waiting.lookout import LOOK_SECONDS
from harness.waiting.sleeping import bridging
from mockserver.server import Server
from tests.harness.waiting.conftest import Tally, World

pytest_plugins = ("pytester",)

LONG = 50_000
"""So many turns stand for an endless loop: a test that fails is to end."""
OFTEN = 0.0001
PATIENT: dict[str, Any] = {"patience_reads": 60, "look_seconds": OFTEN}


class Reading(Tally):
    """A world in which a read is counted whenever `read` is called; the proof is there from the first."""

    reads = looks = 0

    def read(self, times: int = 1) -> None:
        """Read as a client does: it looks at the clock at every call."""
        for _ in range(times):
            time.monotonic()
            self.reads += 1

    def clock(self, *, calls: bool = False) -> dict[str, Any]:
        """The proof."""
        self.looks += 1
        return {"quiescence": {"subject": "run_1", "reads": self.reads}}

    def journal(self, *args: Any, **options: Any) -> list[dict[str, Any]]:
        """Nothing is known of the calls."""
        return []


def test_it_looks_once_a_second() -> None:
    assert LOOK_SECONDS == 1.0


def test_the_poller_of_the_sdk_is_ended(world: World) -> None:
    """It is told to come back at once, so it does not sleep."""
    world.control.arm("run.stuck(forever=true)", "runs.create")
    thread_id, assistant_id = world.question()
    with bridging(world, **PATIENT) as bridge, pytest.raises(HungError) as raised:
        world.client.beta.threads.runs.create_and_poll(thread_id=thread_id, assistant_id=assistant_id)
    assert str(raised.value).startswith("the program waits in vain: run_")
    assert 60 <= raised.value.reads < 600
    assert bridge.slept < 1
    assert any(entry.name == "create_and_poll" for entry in raised.traceback), "it is seen where it waits"


def test_a_loop_that_ends_by_another_clock_is_ended(world: World) -> None:
    """Which it would do in ten minutes."""
    run_id, thread_id = world.stuck_run()

    def program() -> None:
        end = time.perf_counter() + 600
        while time.perf_counter() < end:
            world.status(run_id, thread_id)

    with bridging(world, **PATIENT), pytest.raises(HungError):
        program()


def test_other_clients_are_ended_too(world: World, server: Server, key: str) -> None:
    """requests, by way of urllib3."""

    def program(session: requests.Session) -> None:
        for _ in range(LONG):
            session.get(f"{server.base_url}/models", headers={"Authorization": f"Bearer {key}"}, timeout=60)

    with bridging(world, **PATIENT), requests.Session() as session:
        with pytest.raises(HungError, match="/models was read 6"):
            program(session)


def test_a_task_that_does_not_sleep_is_ended(world: World, async_client: openai.AsyncOpenAI) -> None:
    run_id, thread_id = world.stuck_run()

    async def main() -> None:
        async with async_client as client:
            for _ in range(LONG):
                await client.beta.threads.runs.retrieve(run_id, thread_id=thread_id)

    with bridging(world, **PATIENT), pytest.raises(HungError, match=run_id) as raised:
        asyncio.run(main())
    assert any(entry.name == "main" for entry in raised.traceback)


def test_a_program_that_waits_for_a_task_that_was_ended_is_ended_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The task that polls gets the error; the one that waits for its word would wait for ever."""
    monkeypatch.setattr("harness.waiting.sleepers._TO_END", 0.001)
    run_id, thread_id = world.stuck_run()
    ended: list[str] = []

    async def main() -> None:
        done = asyncio.Event()

        async def poll() -> None:
            try:
                while True:
                    world.status(run_id, thread_id)
                    await asyncio.sleep(10)
            except HungError as error:
                ended.append(error.subject)
                raise

        task = asyncio.create_task(poll())
        try:
            await done.wait()
        finally:
            await asyncio.gather(task, return_exceptions=True)

    with bridging(world, patience_seconds=60), pytest.raises(HungError, match=run_id):
        asyncio.run(main())
    assert ended == [run_id]


def test_others_of_a_loop_are_left_alone_when_the_bridge_has_ended(tally: Tally) -> None:
    """A loop may go on in the next test, and with it what was to end those who wait in vain."""

    async def waiting(event: asyncio.Event) -> str:
        await event.wait()
        return "done"

    async def hang() -> None:
        with pytest.raises(HungError):
            await asyncio.sleep(1)

    async def finish(event: asyncio.Event, task: asyncio.Task[str]) -> str:
        (to_end,) = asyncio.get_running_loop()._scheduled  # type: ignore[attr-defined]
        to_end._run()
        event.set()
        return await task

    with asyncio.Runner() as runner:
        event = asyncio.Event()
        with bridging(tally, patience_reads=1):
            tally.proof = {"subject": "run_1", "reads": 1}
            task = runner.get_loop().create_task(waiting(event))
            runner.run(hang())
        assert runner.run(finish(event, task)) == "done"


def test_who_swallows_it_gets_it_again() -> None:
    reading, ended = Reading(), 0
    with bridging(reading, **PATIENT):
        while ended < 3:
            try:
                reading.read(LONG)
            except HungError:
                ended += 1
            else:
                pytest.fail("nobody ended it")


def test_who_has_stopped_reading_is_left_alone() -> None:
    """It has read more than anybody should, and now computes something for a while."""
    reading = Reading()
    reading.read(5000)
    with bridging(reading, **PATIENT):
        while reading.looks < 20:
            time.monotonic()


def test_who_reads_less_is_left_alone() -> None:
    reading = Reading()
    with bridging(reading, patience_reads=LONG, look_seconds=OFTEN):
        reading.read(LONG - 1)
    assert reading.looks


def test_after_the_bridge_nobody_is_ended() -> None:
    reading = Reading()
    with bridging(reading, **PATIENT):
        pass
    reading.read(5000)
    assert reading.looks == 0


def test_mere_callbacks_of_a_loop_are_not_interrupted() -> None:
    """What they raise would only be logged."""
    reading = Reading()

    async def main() -> None:
        loop, done = asyncio.get_running_loop(), asyncio.Event()

        def callback() -> None:
            reading.read(LONG)
            done.set()

        loop.call_soon(callback)
        await done.wait()

    with bridging(reading, **PATIENT), asyncio.Runner() as runner:
        runner.run(main())
        assert reading.looks == 0
        with pytest.raises(HungError):
            reading.read(LONG)


def test_a_call_at_the_control_door_is_not_interrupted() -> None:
    """A finalizer that reads the clock may come in the middle of one; another call would wait for ever."""

    class Finalizing(Reading):
        def _call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
            self.read(LONG)
            return 200, []

    finalizing = Finalizing()
    with bridging(finalizing, **PATIENT):
        finalizing.replies()
    assert finalizing.looks == 0


def test_without_a_server_nobody_is_ended() -> None:
    """The program's next call tells it."""

    class Gone(Reading):
        def clock(self, *, calls: bool = False) -> dict[str, Any]:
            self.looks += 1
            raise ControlError(500, "gone")

    gone = Gone()
    with bridging(gone, **PATIENT):
        while gone.looks < 5:
            gone.read()


def test_under_pytest_only_the_test_itself_is_ended(pytester: pytest.Pytester) -> None:
    """Fixtures and reports read as often as they like."""
    pytester.makepyfile(
        """
        import pytest
        from harness.waiting.sleeping import bridging
        from tests.harness.waiting.test_lookout import LONG, PATIENT, Reading

        @pytest.fixture
        def reading():
            reading = Reading()
            with bridging(reading, **PATIENT):
                reading.read(LONG)
                yield reading
                reading.read(LONG)

        def test_that_ends(reading):
            pass

        def test_that_hangs(reading):
            reading.read(LONG)
        """
    )
    result = pytester.runpytest_inprocess("-p", "no:assistants", "-p", "no:randomly")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*HungError: the program waits in vain: run_1 was read * times in a row*"])
