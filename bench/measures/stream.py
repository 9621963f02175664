"""One long streamed reply in virtual time: how many events a second come out."""

from __future__ import annotations

import json
import socket
from statistics import median
from time import perf_counter

from bench.caller import HEADERS, Caller
from bench.figures import Figure
from bench.processes import Running, mock

WORDS = 2_000
END = b"event: done"


def measure(quick: bool) -> list[Figure]:
    """Events a second of a reply of about 2,000 tokens, read from a raw socket."""
    rounds = 5 if quick else 21
    with mock() as server:
        caller = Caller(server)
        assistant_id = caller.assistant()["id"]
        caller.post("/_mock/replies", {"then": {"reply": " ".join(["word"] * WORDS)}})
        body = {
            "assistant_id": assistant_id,
            "thread": {"messages": [{"role": "user", "content": "Go on."}]},
            "stream": True,
        }
        taken = [_stream(server, json.dumps(body).encode()) for _ in range(rounds + 1)][1:]
    rates = [events / seconds for events, seconds, _ in taken]
    how = f"{taken[0][0]:,} events a stream, median of {rounds} streams, raw socket, virtual time"
    return [
        Figure("stream", "events of one stream", median(rates), "events/s", how=how),
        Figure(
            "stream",
            "request to first byte",
            median(first for _, _, first in taken) * 1000,
            "ms",
            how=f"planning a reply of {WORDS:,} tokens",
        ),
    ]


def _stream(server: Running, body: bytes) -> tuple[int, float, float]:
    """How many events came, in how many seconds altogether, and after how many the first byte."""
    headers = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
    head = f"POST /v1/threads/runs HTTP/1.1\r\nHost: bench\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    with socket.create_connection((server.host, server.port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        began = perf_counter()
        connection.sendall(head.encode() + body)
        got = bytearray(connection.recv(65_536))
        first = perf_counter() - began
        while END not in got[-200:]:
            more = connection.recv(65_536)
            if not more:
                raise RuntimeError(f"the stream broke off: {bytes(got[-300:])!r}")
            got += more
        return got.count(b"event: "), perf_counter() - began, first
