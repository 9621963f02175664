"""When to come back: what a client is told that has to wait, and what time it is when it returns.

`retry-after` says it in whole seconds of the world. Where those are not the wall's, the SDKs' own header
`retry-after-ms`, which they read first, says how long it is on the wall: a sixtieth in a world of `x60`,
and 1 ms in virtual time, so that nobody really sleeps. There the server also notes the moment it told, and an
SDK that comes back to the same path by its own retry (it counts them in `x-stainless-retry-count`) finds that
it has come: a client that was told to wait and returns has waited. A call that nobody counts as a retry
moves nothing, so a naive client is refused again, as it would be in real time.

Above a minute the SDKs part ways: Python 1.x and Node come back after half a second, Python from 2.0 on obeys
up to two minutes and gives up beyond. So longer waits are told in seconds only, each SDK does what it does
outside, and virtual time stands still.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mockserver.world import World

LONGEST_AGREED_MS = 60_000
"""As long as this every SDK waits as it is told; openai-node before 7 finds the very minute too long."""

_RETRY_COUNT = b"x-stainless-retry-count"


def tell(world: World, milliseconds: int, path: str) -> dict[str, str]:
    """The headers that send the client of a call to this path away for so long."""
    seconds = -(-milliseconds // 1000)
    headers = {"retry-after": str(seconds)}
    if world.clock.rate == 1 or seconds * 1000 > LONGEST_AGREED_MS:
        return headers
    now = world.clock.now()
    moment = now + seconds * 1000
    headers["retry-after-ms"] = str(max(1, world.clock.wall_milliseconds_until(moment)))
    if world.clock.virtual:
        told = {known: until for known, until in world.returns.items() if until > now}
        world.returns = told | {path: max(moment, told.get(path, 0))}
    return headers


def welcome(world: World, path: str, headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Move time to what was told on this path, if the request is an SDK's retry."""
    if path in world.returns and any(
        name == _RETRY_COUNT and value.isdigit() and int(value) > 0 for name, value in headers
    ):
        world.advance_to(world.returns.pop(path))
