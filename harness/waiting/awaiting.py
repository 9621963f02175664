"""What a task of an event loop waits for: other tasks of that loop, or the world outside.

Time may only be moved for those who sleep while nobody waits for an answer that is on its way. An event loop
does not know that about its tasks, but the coroutines show it: who awaits whom, down to a future.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from types import AsyncGeneratorType, CoroutineType, FrameType, GeneratorType
from typing import Any

ON_ITS_WAY = 1.0
"""So many real seconds time stands still for somebody who waits for a socket, a process or a thread."""

UNKNOWN = 0.1
"""The same for somebody of whom it is not known what for."""

_AMONG_TASKS = frozenset(
    f"asyncio.{name}" for name in ("tasks", "locks", "queues", "taskgroups", "timeouts", "runners")
)
_OUTSIDE = frozenset(
    (
        *("asyncio.streams", "asyncio.base_events", "asyncio.selector_events", "asyncio.proactor_events"),
        *("asyncio.unix_events", "asyncio.sslproto", "asyncio.subprocess", "asyncio.base_subprocess"),
        *("asyncio.threads", "anyio._core._sockets"),
    )
)
_OUTSIDE_PACKAGES = frozenset(("httpcore", "httpcore2", "aiohttp", "websockets", "asyncpg", "grpc"))
_ANYIO = "anyio._backends._asyncio"
_ANYIO_AMONG_TASKS = (
    *("TaskGroup.", "Event.", "Lock.", "Semaphore.", "CapacityLimiter.", "TestRunner."),
    "AsyncIOBackend.sleep",
)


def leeway(task: asyncio.Task[Any], waiter: asyncio.Future[Any]) -> float:
    """For how many real seconds time stands still because of what a task waits for; 0 if for other tasks."""
    if isinstance(waiter, asyncio.Task) or type(waiter).__name__ == "_GatheringFuture":
        return 0.0
    relayed = _relayed(waiter)
    if relayed is not None:
        return relayed
    innermost = None
    for frame in _frames(task.get_coro()):
        module = frame.f_globals.get("__name__", "")
        innermost = _judged(module, frame)
        if innermost == ON_ITS_WAY:
            return ON_ITS_WAY
    return UNKNOWN if innermost is None else innermost


def _judged(module: str, frame: FrameType) -> float | None:
    if module in _AMONG_TASKS:
        return 0.0
    if module == _ANYIO:
        return 0.0 if frame.f_code.co_qualname.startswith(_ANYIO_AMONG_TASKS) else ON_ITS_WAY
    if module in _OUTSIDE or module.partition(".")[0] in _OUTSIDE_PACKAGES:
        return ON_ITS_WAY
    return None


def _relayed(waiter: asyncio.Future[Any]) -> float | None:
    """What a future stands for that is passed on from another: a shielded task, or what a thread does."""
    for callback, _ in getattr(waiter, "_callbacks", None) or ():
        name = getattr(callback, "__qualname__", "")
        if name.startswith("shield."):
            return 0.0
        if name.startswith("_chain_future."):
            return ON_ITS_WAY
    return None


def _frames(awaited: object) -> Iterator[FrameType]:
    """The frames of a suspended coroutine and of those it awaits, from the outermost."""
    while awaited is not None:
        if isinstance(awaited, CoroutineType):
            frame, awaited = awaited.cr_frame, awaited.cr_await
        elif isinstance(awaited, AsyncGeneratorType):
            frame, awaited = awaited.ag_frame, awaited.ag_await
        elif isinstance(awaited, GeneratorType):
            frame, awaited = awaited.gi_frame, awaited.gi_yieldfrom
        else:  # the step of an async generator, or the iterator of a future, and it does not say of which
            kinds = (CoroutineType, AsyncGeneratorType, GeneratorType)
            awaited = next((held for held in gc.get_referents(awaited) if isinstance(held, kinds)), None)
            continue
        if frame is not None:
            yield frame
