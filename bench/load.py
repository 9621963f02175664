"""A load generator: raw sockets, HTTP/1.1 kept alive, one request after another on each connection.

It runs in a process of its own, so that the client's work is not the server's, and takes its targets by turns
in slices of a tenth of a second: what slows the machine down for a while slows all of them down.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from bench.processes import KEY, Running

CONNECTIONS = 8
SLICE_SECONDS = 0.1
_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: (\d+)")

Ask = str | tuple[str, Any]
"""A path to GET, or a path and the object to POST there."""


@dataclass(frozen=True, slots=True)
class Load:
    """What one target did: requests a second in each slice, and CPU microseconds a request altogether."""

    rates: list[float]
    cpu: float


def alternate_loads(
    rounds: int, *targets: tuple[Running, Iterable[Ask]], connections: int = CONNECTIONS
) -> list[Load]:
    """Put load on the targets by turns; each is a server and what is asked of it in turn.

    Raises RuntimeError when anything but 200 is answered.
    """
    given = [
        {"host": server.host, "port": server.port, "pid": server.pid, "asks": list(asks)}
        for server, asks in targets
    ]
    command = [sys.executable, "-m", "bench.load", str(rounds), str(connections)]
    done = subprocess.run(command, input=json.dumps(given).encode(), stdout=subprocess.PIPE, check=True)
    return [Load(**load) for load in json.loads(done.stdout)]


class _Target:
    """One server under load; its connections ask while it is `open`."""

    def __init__(self, server: Running, asks: list[Ask]) -> None:
        self.server = server
        self.requests = itertools.cycle([_request(server, ask) for ask in asks])
        self.open = False
        self.answered = 0
        self.callers: list[_Caller] = []

    async def connect(self, connections: int) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(connections):
            _, caller = await loop.create_connection(
                lambda: _Caller(self), self.server.host, self.server.port
            )
            self.callers.append(caller)

    async def slice(self, seconds: float) -> tuple[int, float, float]:
        """Ask for so long; how many were answered, in how much time, for how much CPU."""
        loop = asyncio.get_running_loop()
        before, cpu, began = self.answered, self.server.cpu_seconds(), loop.time()
        self.open = True
        asking = [caller.ask() for caller in self.callers]
        await asyncio.sleep(seconds)
        self.open = False
        await asyncio.gather(*asking)
        return self.answered - before, loop.time() - began, self.server.cpu_seconds() - cpu


class _Caller(asyncio.Protocol):
    """One connection that asks again as soon as it is answered, while its target is open."""

    def __init__(self, target: _Target) -> None:
        self._target = target
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def ask(self) -> asyncio.Future[None]:
        """Begin; done when the last answer is there."""
        self._idle: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._transport.write(next(self._target.requests))
        return self._idle

    def data_received(self, data: bytes) -> None:
        got = self._got = self._got + data if self._got else data
        head = got.find(_END)
        if head < 0:
            return
        length = _LENGTH.search(got, 0, head)
        if len(got) < head + 4 + (int(length[1]) if length else 0):
            return
        if not got.startswith(b"HTTP/1.1 200"):
            self._idle.set_exception(RuntimeError(f"refused: {got[:300]!r}"))
            return
        self._got = b""
        self._target.answered += 1
        if self._target.open:
            self._transport.write(next(self._target.requests))
        else:
            self._idle.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        if not self._idle.done():
            self._idle.set_exception(error or ConnectionError("the server hung up"))


def _request(server: Running, ask: Ask) -> bytes:
    """A request as an SDK would send it, without the headers no server reads."""
    path, body = (ask, b"") if isinstance(ask, str) else (ask[0], json.dumps(ask[1]).encode())
    lines = [
        f"{'POST' if body else 'GET'} {path} HTTP/1.1",
        f"Host: {server.host}:{server.port}",
        "Accept: application/json",
        f"Authorization: Bearer {KEY}",
        "OpenAI-Beta: assistants=v2",
    ]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _load(rounds: int, connections: int, targets: list[_Target]) -> Iterator[Load]:
    for target in targets:
        await target.connect(connections)
    taken: list[list[tuple[int, float, float]]] = [[] for _ in targets]
    turns = list(zip(targets, taken, strict=True))
    for _ in range(rounds + 1):
        for target, slices in turns:
            slices.append(await target.slice(SLICE_SECONDS))
        turns.reverse()  # nobody always follows the same one
    measured = [slices[1:] for slices in taken]  # the first round warms up
    return (
        Load(
            [answered / seconds for answered, seconds, _ in slices],
            sum(cpu for _, _, cpu in slices) / sum(answered for answered, _, _ in slices) * 1e6,
        )
        for slices in measured
    )


def main(rounds: str, connections: str) -> None:
    """Read the targets from standard input, print their loads."""
    targets = [
        _Target(Running(one["host"], one["port"], one["pid"]), one["asks"]) for one in json.load(sys.stdin)
    ]
    loads = asyncio.run(_load(int(rounds), int(connections), targets))
    print(json.dumps([{"rates": load.rates, "cpu": load.cpu} for load in loads]))


if __name__ == "__main__":
    main(*sys.argv[1:])
