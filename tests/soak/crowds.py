"""Crowds of clients on one server: many streams at once, and many pollers in worlds of their own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from time import perf_counter
from typing import Any

import openai

from bench.crowd import DELTA
from tests.soak.findings import Finding, at_most, exactly, seen
from tests.soak.serving import Serving

WORDS = " ".join(f"word{number}" for number in range(40))
STREAM_MB = 400
BEGIN = (b"thread.created", b"thread.run.created", b"thread.run.queued", b"thread.run.in_progress")


def streams(*, quick: bool, seed: int) -> list[Finding]:
    """1,000 streams open at the same time, each of which tells its whole run."""
    count = 200 if quick else 1_000
    # All are open before the first has a word to say.
    latency = {"first_token": "20s" if quick else "120s", "tokens_per_second": 8}
    with Serving(None, "--clock", "x2") as server:
        raw = server.caller()
        raw("POST", "/_mock/world", {"latency": latency})
        raw("POST", "/_mock/replies", {"then": {"reply": WORDS}})
        assistant = raw("POST", "/v1/assistants", {"model": "gpt-4o"}).body["id"]
        empty, descriptors = server.running.megabytes(), server.descriptors()
        wrong, most, together, seconds = asyncio.run(_stream(server, assistant, count))
        full = server.running.megabytes()
        raw.connection.close()  # it was idle for longer than the server keeps connections
        raw("GET", "/v1/assistants")
        left = server.descriptors() - descriptors
        raw.connection.close()
    how = f"one world, clock x2, {len(WORDS.split())} words each; {seconds:.0f} s"
    return [
        seen("streams", "open at once", together, how=how),
        exactly("streams", "streams that did not tell their whole run", wrong, 0),
        at_most(
            "streams", "memory while open", most, STREAM_MB, "MB", f"{empty:.0f} before, {full:.0f} after"
        ),
        at_most("streams", "file descriptors left over", left, 0),
    ]


async def _stream(server: Serving, assistant: str, count: int) -> tuple[int, float, int, float]:
    body = {"assistant_id": assistant, "thread": {"messages": [{"role": "user", "content": "Go on."}]}}
    payload = json.dumps(body | {"stream": True}).encode()
    head = (
        "POST /v1/threads/runs HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer key\r\n"
        "OpenAI-Beta: assistants=v2\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(payload)}\r\nConnection: close\r\n\r\n"
    )
    began, open_now, together = perf_counter(), 0, 0
    gate = asyncio.Semaphore(50)

    async def one() -> bytes:
        nonlocal open_now, together
        async with gate:
            reader, writer = await asyncio.open_connection(server.running.host, server.running.port)
            writer.write(head.encode() + payload)
            got = await reader.readuntil(b"event: ")
        open_now += 1
        together = max(together, open_now)
        got += await reader.read(-1)
        open_now -= 1
        writer.close()
        return got

    tasks = [asyncio.create_task(one()) for _ in range(count)]
    most = 0.0
    while not all(task.done() for task in tasks):
        most = max(most, server.running.megabytes())
        await asyncio.sleep(0.2)
    told = [task.result() for task in tasks]
    return sum(not _whole(each) for each in told), most, together, perf_counter() - began


def _whole(told: bytes) -> bool:
    """Whether a stream began, said every word and ended as it should, in this order."""
    names = [line[7:] for line in told.split(b"\n") if line.startswith(b"event: ")]
    text = "".join(
        part["text"]["value"]
        for line, data in zip(told.split(b"\n"), told.split(b"\n")[1:], strict=False)
        if line == DELTA
        for part in json.loads(data[6:])["delta"]["content"]
    )
    steps = [name for name in names if name != b"thread.message.delta"]
    return (
        tuple(steps[:4]) == BEGIN
        and steps[4:]
        == [
            *(b"thread.run.step.created", b"thread.run.step.in_progress"),
            *(b"thread.message.created", b"thread.message.in_progress"),
            *(b"thread.message.completed", b"thread.run.step.completed", b"thread.run.completed", b"done"),
        ]
        and text == WORDS
    )


def polling(*, quick: bool, seed: int) -> list[Finding]:
    """200 clients of the real SDK, each in its own world, which ask over and over and wait for the answer."""
    clients, rounds = (50, 3) if quick else (200, 5)
    with Serving(None, "--clock", "x50") as server:
        began = perf_counter()
        wrong = asyncio.run(_poll(f"{server.running.url}/v1", clients, rounds))
        seconds, memory = perf_counter() - began, server.running.megabytes()
    how = f"AsyncOpenAI, create_and_poll, {rounds} questions each, clock x50; {seconds:.0f} s"
    return [
        seen("polling", "clients", clients, how=how),
        exactly("polling", "answers that were wrong, late or of others", wrong, 0),
        seen("polling", "memory", memory, "MB"),
    ]


async def _poll(base_url: str, clients: int, rounds: int) -> int:
    def ask(number: int) -> Coroutine[Any, Any, int]:
        return _ask(base_url, f"poller-{number}", rounds)

    return sum(await asyncio.gather(*map(ask, range(clients))))


async def _ask(base_url: str, key: str, rounds: int) -> int:
    """How many answers of one client were not its own."""
    wrong = 0
    async with openai.AsyncOpenAI(base_url=base_url, api_key=key, max_retries=0, timeout=120) as client:
        await client.post("/../_mock/replies", body={"then": {"reply": f"You are {key}."}}, cast_to=object)
        assistant = await client.beta.assistants.create(model="gpt-4o")
        thread = await client.beta.threads.create()
        for number in range(rounds):
            await client.beta.threads.messages.create(thread.id, role="user", content=f"Who am I? {number}")
            run = await client.beta.threads.runs.create_and_poll(
                thread_id=thread.id, assistant_id=assistant.id, poll_interval_ms=50
            )
            said = await client.beta.threads.messages.list(thread.id, limit=100)
            texts = [part.text.value for part in said.data[0].content if part.type == "text"]
            right = run.status == "completed" and texts == [f"You are {key}."]
            wrong += not (right and len(said.data) == 2 * (number + 1))
    return wrong
