"""What stands in for `time.sleep`, `asyncio.sleep` and the clocks of `time`.

Installed once, before the application is imported. Each does what the real function does, but in a thread
that is on a bridge.
"""

from __future__ import annotations

import asyncio
import functools
import operator
import os
import sys
import threading
import time
from collections.abc import Callable
from math import inf
from types import ModuleType
from typing import Any

from harness.waiting.bridge import HERE, Bridge

__tracebackhide__ = True  # what fails here is told at the line of the test

WAIT_REALLY = frozenset(
    ("subprocess", "multiprocessing", "psutil", "filelock", "docker", "testcontainers", "selenium", "execnet")
)
"""Packages whose sleeps are waits for something real: a process, a lock, a container."""

_LONGEST = 2.0**63 / 1e9
"""So long nobody sleeps: the real function refuses."""


class StandIn:
    """In the place of a function of `time`. No function: as an attribute of a class it must not bind."""

    __name__: str

    def __init__(self, real: Callable[..., Any]) -> None:
        functools.update_wrapper(self, real)  # type: ignore[arg-type] # any callable will do
        self.real = self.original = real

    def stand_for(self, current: Any) -> None:
        """Stand for what is in its place now: a function, or this, put back by who had replaced it before."""
        if current is not self:
            self.real = current

    def __reduce__(self) -> str:
        return self.__name__  # by name, as the real one is pickled


class _Sleep(StandIn):
    def __call__(self, seconds: Any, /) -> None:
        bridge = _bridge()
        if bridge is not None and not _waits_really(sys._getframe(1).f_globals):
            wanted = seconds if isinstance(seconds, float) else float(operator.index(seconds))
            if 0 < wanted < _LONGEST:
                bridge.sleep(wanted)
                return
        self.real(seconds)  # which may only give way to other threads, or refuse


class _Date(StandIn):
    def __call__(self) -> float:
        now: float = self.real()
        return now if _bridge() is None else now + HERE.offset - HERE.began


class _DateNs(StandIn):
    def __call__(self) -> int:
        now: int = self.real()
        return now if _bridge() is None else now + round((HERE.offset - HERE.began) * 1e9)


class _Monotonic(StandIn):
    def __call__(self) -> float:
        now: float = self.real()
        bridge = _bridge()
        if bridge is not None:
            bridge.look(now)
        return now + HERE.offset


class _MonotonicNs(StandIn):
    def __call__(self) -> int:
        now: int = self.real()
        return now + round(HERE.offset * 1e9)


_sleep = _Sleep(time.sleep)
_CLOCKS = {
    "time": _Date(time.time),
    "time_ns": _DateNs(time.time_ns),
    "monotonic": _Monotonic(time.monotonic),
    "monotonic_ns": _MonotonicNs(time.monotonic_ns),
}
_original_asyncio_sleep = _real_asyncio_sleep = asyncio.sleep


@functools.wraps(asyncio.sleep, assigned=("__module__", "__name__", "__qualname__", "__doc__"))
async def _asyncio_sleep(delay: float, result: Any = None) -> Any:
    bridge = _bridge()
    if bridge is None or not 0 < delay < inf:
        return await _real_asyncio_sleep(delay, result)
    await bridge.nap(delay)
    return result


def install() -> None:
    """Put the stand-ins in place, also where modules hold the real `time.sleep` or `asyncio.sleep` already.

    May be done again, and is then undone by the last `uninstall`.
    """
    global _real_asyncio_sleep
    with _INSTALLING:
        _WANTED.append(None)
        if _PUT:
            return
        for name, clock in _CLOCKS.items():
            clock.stand_for(getattr(time, name))
            _put(time, name, clock)
        _sleep.stand_for(time.sleep)
        if asyncio.sleep is not _asyncio_sleep:
            _real_asyncio_sleep = asyncio.sleep
        for module in [module for module in sys.modules.values() if type(module) is ModuleType]:
            if module.__name__ != __name__:
                for name, value in list(vars(module).items()):
                    if value is _sleep.real:
                        _put(module, name, _sleep)
                    elif value is _real_asyncio_sleep:
                        _put(module, name, _asyncio_sleep)


def uninstall() -> None:
    """Put the real functions back where the stand-ins still stand.

    Whoever took a stand-in keeps it; it does what the real function does. `time.monotonic` goes back by what
    was slept on bridges.
    """
    global _real_asyncio_sleep
    with _INSTALLING:
        if _WANTED:
            _WANTED.pop()
        while _PUT and not _WANTED:
            module, name, before, stand_in = _PUT.pop()
            if vars(module).get(name) is stand_in:
                setattr(module, name, before)
            if isinstance(stand_in, StandIn):
                stand_in.real = stand_in.original  # for those who keep it
            _real_asyncio_sleep = _original_asyncio_sleep


def installed() -> bool:
    """Whether the stand-ins are in place."""
    return bool(_PUT)


_INSTALLING = threading.Lock()
_WANTED: list[None] = []
"""As long as how often they were installed and not uninstalled."""
_PUT: list[tuple[ModuleType, str, Any, Any]] = []
"""Where they stand: module and name, what stood there before, and what stands there."""


def _put(module: ModuleType, name: str, stand_in: Any) -> None:
    _PUT.append((module, name, getattr(module, name), stand_in))
    setattr(module, name, stand_in)


def _bridge() -> Bridge | None:
    """The open bridge this thread is on."""
    bridge = HERE.bridge
    return bridge if bridge is not None and bridge.open else None


def _waits_really(caller: dict[str, Any]) -> bool:
    return str(caller.get("__name__", "")).partition(".")[0] in WAIT_REALLY


def _leave_bridge() -> None:
    HERE.bridge = None


if hasattr(os, "register_at_fork"):
    # A fork would speak on its parent's connection to the mock.
    os.register_at_fork(after_in_child=_leave_bridge)
