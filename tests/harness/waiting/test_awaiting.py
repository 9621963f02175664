"""Of a task that waits it can be told whether for other tasks or for the world outside."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any

import anyio
import anyio.to_thread
import httpcore
import httpcore2
import openai
import pytest

from harness.waiting.awaiting import ON_ITS_WAY, UNKNOWN, leeway
from mockserver.server import Server

Wait = Callable[[], Awaitable[Any]]


async def judged_often(program: Coroutine[Any, Any, None], turns: int) -> set[float]:
    """For how long time stands still for a task, at every turn at which it waits; it is ended after these."""
    found, task = set(), asyncio.create_task(program)
    for _ in range(turns):
        await asyncio.sleep(0)
        waiter = task._fut_waiter  # type: ignore[attr-defined]
        if waiter is not None and not waiter.done():
            found.add(leeway(task, waiter))
    task.cancel()
    await asyncio.wait([task])
    return found


async def judged(wait: Wait) -> float:
    """For how long time stands still for a task that has begun to wait so."""

    async def program() -> None:
        await wait()

    (found,) = await judged_often(program(), turns=30)
    return found


async def never() -> None:
    await asyncio.Event().wait()


async def taken(lock: Any) -> None:
    await lock.acquire()
    await lock.acquire()


async def condition() -> None:
    async with (met := asyncio.Condition()):
        await met.wait()


async def full() -> None:
    queue = asyncio.Queue[int](1)
    queue.put_nowait(1)
    await queue.put(2)


async def group() -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(never())


async def anyio_group() -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(never)


async def anyio_stream() -> None:
    sending, receiving = anyio.create_memory_object_stream[int]()
    with sending, receiving:
        await receiving.receive()


async def anyio_lock(kind: Callable[[], Any]) -> None:
    holder = kind()

    async def hold() -> None:
        async with holder:
            await never()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(hold)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        async with holder:
            pass


async def generated(one: Wait) -> None:
    async def items() -> AsyncIterator[int]:
        await one()
        yield 1

    async for _ in items():
        pass


async def first_of_many() -> None:
    for coming in asyncio.as_completed([never(), never()]):
        await coming


AMONG_TASKS: dict[str, Wait] = {
    "a task": lambda: asyncio.create_task(never()),
    "gather": lambda: asyncio.gather(never(), never()),
    "wait": lambda: asyncio.wait([asyncio.create_task(never())]),
    "wait_for": lambda: asyncio.wait_for(never(), 100),
    "shield": lambda: asyncio.shield(never()),
    "as_completed": first_of_many,
    "an event": never,
    "a lock": lambda: taken(asyncio.Lock()),
    "a semaphore": lambda: taken(asyncio.Semaphore()),
    "a condition": condition,
    "a queue": lambda: asyncio.Queue[int]().get(),
    "a full queue": full,
    "a group": group,
    "a group of anyio": anyio_group,
    "a stream in memory": anyio_stream,
    "an event of anyio": lambda: anyio.Event().wait(),
    "a lock of anyio": lambda: anyio_lock(anyio.Lock),
    "a semaphore of anyio": lambda: anyio_lock(lambda: anyio.Semaphore(1)),
    "a limiter of anyio": lambda: anyio_lock(lambda: anyio.CapacityLimiter(1)),
    "for ever": lambda: asyncio.sleep(float("inf")),
    "for ever by anyio": anyio.sleep_forever,
    "an async generator that waits": lambda: generated(never),
}


@pytest.mark.parametrize("name", AMONG_TASKS)
def test_for_other_tasks_time_does_not_stand_still(name: str) -> None:
    assert asyncio.run(judged(AMONG_TASKS[name])) == 0.0


async def by_streams(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        await reader.read()
    finally:
        writer.close()


async def by_generated_streams(port: int) -> None:
    await generated(lambda: by_streams(port))


async def by_anyio(port: int) -> None:
    async with await anyio.connect_tcp("127.0.0.1", port) as stream:
        await stream.receive()


async def by_httpcore(port: int) -> None:
    async with httpcore.AsyncConnectionPool() as pool:
        await pool.request("GET", f"http://127.0.0.1:{port}/")


async def by_httpcore2(port: int) -> None:
    async with httpcore2.AsyncConnectionPool() as pool:
        await pool.request("GET", f"http://127.0.0.1:{port}/")


async def by_the_sdk(port: int) -> None:
    async with openai.AsyncOpenAI(base_url=f"http://127.0.0.1:{port}", api_key="x", max_retries=0) as client:
        await client.models.list()


CLIENTS = (by_streams, by_generated_streams, by_anyio, by_httpcore, by_httpcore2, by_the_sdk)


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.__name__)
def test_for_an_answer_on_its_way_it_does(client: Callable[[int], Coroutine[Any, Any, None]]) -> None:
    """At every moment, from connecting to a server that says nothing."""

    async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def main() -> set[float]:
        async with await asyncio.start_server(silence, "127.0.0.1", 0) as server:
            return await judged_often(client(server.sockets[0].getsockname()[1]), turns=300)

    assert asyncio.run(main()) == {ON_ITS_WAY}


def test_for_an_event_of_a_stream_it_does(server: Server, key: str) -> None:
    """Between two events of a run's stream the SDK waits inside several generators."""

    async def main() -> set[float]:
        found = set()
        async with openai.AsyncOpenAI(base_url=server.base_url, api_key=key) as client:
            assistant = await client.beta.assistants.create(model="gpt-4o", instructions="Be brief.")
            thread = await client.beta.threads.create()

            async def program() -> None:
                stream = await client.beta.threads.runs.create(
                    thread.id, assistant_id=assistant.id, stream=True
                )
                async for _ in stream:
                    pass

            task = asyncio.create_task(program())
            while not task.done():
                await asyncio.wait([task], timeout=0.0005)
                waiter = task._fut_waiter  # type: ignore[attr-defined]
                if waiter is not None and not waiter.done():
                    found.add(leeway(task, waiter))
            await task
        return found

    assert asyncio.run(main()) == {ON_ITS_WAY}


def test_for_a_thread_it_does() -> None:
    done = threading.Event()

    async def main() -> list[float]:
        loop = asyncio.get_running_loop()
        waits: list[Wait] = [
            lambda: asyncio.to_thread(done.wait),
            lambda: loop.run_in_executor(None, done.wait),
            lambda: anyio.to_thread.run_sync(done.wait, abandon_on_cancel=True),
        ]
        try:
            return [await judged(wait) for wait in waits]
        finally:
            done.set()

    assert asyncio.run(main()) == [ON_ITS_WAY] * 3


def test_for_a_process_it_does() -> None:
    async def main() -> float:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", "input()"), stdin=asyncio.subprocess.PIPE
        )
        try:
            return await judged(process.wait)
        finally:
            await process.communicate(b"\n")

    assert asyncio.run(main()) == ON_ITS_WAY


def test_of_a_future_of_somebody_it_is_not_known() -> None:
    async def main() -> float:
        return await judged(lambda: asyncio.get_running_loop().create_future())

    assert asyncio.run(main()) == UNKNOWN
