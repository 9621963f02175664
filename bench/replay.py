"""`python -m bench.replay`: answer the n-th request with the n-th object of the list on standard input.

No routing and no checks: what is left of a client's time against it is the client's own. One client at a
time.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import sys
from collections.abc import Iterator

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: (\d+)")


class _Answering(asyncio.Protocol):
    """One connection; whole requests are counted, never read."""

    def __init__(self, replies: Iterator[bytes]) -> None:
        self._replies = replies
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._got += data
        head = self._got.find(b"\r\n\r\n")
        if head < 0:
            return
        length = _LENGTH.search(self._got, 0, head)
        if len(self._got) >= head + 4 + (int(length[1]) if length else 0):
            self._got = b""
            self._transport.write(next(self._replies))


def response(answer: object) -> bytes:
    """The object as a reply that asks pollers to come back at once."""
    body = json.dumps(answer, indent=2).encode()
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nopenai-poll-after-ms: 0\r\n"
    return b"%scontent-length: %d\r\n\r\n%s" % (head, len(body), body)


async def _serve(replies: Iterator[bytes]) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: _Answering(replies), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(itertools.cycle([response(answer) for answer in json.load(sys.stdin)])))
