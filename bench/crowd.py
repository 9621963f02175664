"""`python -m bench.crowd URL ASSISTANT STREAMS PID`: how late the events of many open streams come.

Every stream's planned moments are read from `/_mock/timeline` once it is open; the n-th delta that arrives
is the n-th that was planned. Lateness is wall time of arrival here minus planned moment, so it includes what
this client itself takes. Moments of the world become moments of the wall by one reading of `/_mock/clock`.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from time import perf_counter
from urllib.parse import urlsplit

from bench.caller import HEADERS, Caller
from bench.processes import Running
from bench.rounds import percentile

_TICK_SECONDS = 0.01

DELTA = b"event: thread.message.delta"
_RUN_ID = re.compile(rb'"id":"(run_\w+)"')


class Stream(asyncio.Protocol):
    """One stream: its run, and when each of its deltas came."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._rest = b""
        self.arrivals: list[float] = []
        self.run_id: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Write down when what came."""
        now = perf_counter()
        got = self._rest + data
        self.arrivals += [now] * got.count(DELTA)
        if not self.run_id.done() and (found := _RUN_ID.search(got)):
            self.run_id.set_result(found[1].decode())
        if b"event: done" in got:
            self.ended.set_result(None)
            self._transport.close()
        # What could be the beginning of a name is kept, but never a whole one.
        self._rest = got[got.rfind(b"\n") + 1 :][: len(DELTA) - 1] if self.run_id.done() else got

    def connection_lost(self, error: Exception | None) -> None:
        """An end before the end is a failure."""
        if not self.ended.done():
            self.ended.set_exception(error or ConnectionError("a stream broke off"))


async def _open(server: Running, assistant_id: str, count: int) -> list[Stream]:
    thread = {"messages": [{"role": "user", "content": "Go on."}]}
    body = json.dumps({"assistant_id": assistant_id, "thread": thread, "stream": True}).encode()
    headers = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
    head = f"POST /v1/threads/runs HTTP/1.1\r\nHost: bench\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    opened = []
    for _ in range(count):
        _, stream = await asyncio.get_running_loop().create_connection(
            lambda: Stream(head.encode() + body), server.host, server.port
        )
        await stream.run_id
        opened.append(stream)
    return opened


def _clock_zero(caller: Caller, rate: float) -> float:
    """The moment of the wall at which the world's time was 0: the most precise of several readings."""
    readings: list[tuple[float, float]] = []
    for _ in range(20):
        began = perf_counter()
        now = caller.get("/_mock/clock")["now"]
        ended = perf_counter()
        readings.append((ended - began, (began + ended) / 2 - now / rate))
    return min(readings)[1]


async def _tick(late: list[float]) -> None:
    """How late this process itself wakes up: what of the lateness is not the server's."""
    while True:
        due = perf_counter() + _TICK_SECONDS
        await asyncio.sleep(_TICK_SECONDS)
        late.append((perf_counter() - due) * 1000)


async def _measure(server: Running, assistant_id: str, count: int) -> dict[str, float]:
    caller = Caller(server)
    rate = float(caller.get("/_mock/clock")["mode"].removeprefix("x"))
    zero = _clock_zero(caller, rate)
    began = perf_counter()
    streams = await _open(server, assistant_id, count)
    opened_in = perf_counter() - began
    plans = []
    for stream in streams:
        timeline = caller.get(f"/_mock/timeline/{stream.run_id.result()}")
        events = timeline["past"] + timeline["pending"]
        plans.append([zero + event["at"] / rate for event in events if event["event"] == "add"])
        await asyncio.sleep(0)
    first, last = min(plan[0] for plan in plans), max(plan[-1] for plan in plans)
    if perf_counter() > first:
        raise RuntimeError("the streams began before all were open: give them more time")
    # The busy middle: every stream has begun and none has ended.
    busy = max(plan[0] for plan in plans), min(plan[-1] for plan in plans)
    if busy[0] >= busy[1]:
        busy = first, last
    await asyncio.sleep(busy[0] - perf_counter())
    ticks: list[float] = []
    ticking = asyncio.create_task(_tick(ticks))
    cpu, starved, megabytes = server.cpu_seconds(), server.starved_seconds(), server.megabytes()
    await asyncio.sleep(busy[1] - perf_counter())
    cpu, starved = server.cpu_seconds() - cpu, server.starved_seconds() - starved
    ticking.cancel()
    await asyncio.gather(*(stream.ended for stream in streams))
    late, busy_late = [], []
    for stream, plan in zip(streams, plans, strict=True):
        if len(stream.arrivals) != len(plan):
            raise RuntimeError(f"{len(plan)} deltas were planned, {len(stream.arrivals)} came")
        for came, planned in zip(stream.arrivals, plan, strict=True):
            late.append((came - planned) * 1000)
            if busy[0] <= planned < busy[1]:
                busy_late.append(late[-1])
    return {
        "p50": percentile(late, 0.5),
        "p99": percentile(late, 0.99),
        "busy_p99": percentile(busy_late, 0.99),
        "client_p99": percentile(ticks, 0.99),
        "max": max(late),
        "events": len(late),
        "rate": len(busy_late) / (busy[1] - busy[0]),
        "cpu": cpu / (busy[1] - busy[0]),
        "starved": starved / (busy[1] - busy[0]),
        "megabytes": megabytes,
        "opened_in": opened_in,
        "open_ms": opened_in / count * 1000,
    }


def main(url: str, assistant_id: str, count: str, pid: str) -> None:
    """Print what was seen as one JSON object."""
    address = urlsplit(url)
    server = Running(address.hostname or "", address.port or 0, int(pid))
    print(json.dumps(asyncio.run(_measure(server, assistant_id, int(count)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
