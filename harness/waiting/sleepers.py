"""The tasks of one event loop that sleep on a bridge, and when time moves for them.

They live through the same time, as they would really: whoever wakes first is woken first, and has its turn
before time goes on. Time stands still while anybody in the loop can go on or waits for an answer.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from heapq import heappop, heappush
from itertools import count
from math import inf
from time import monotonic as wall  # the real one, whatever stands in its place later
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from harness.waiting.awaiting import ON_ITS_WAY, leeway
from harness.waiting.hanging import HungError

__tracebackhide__ = True  # what fails here is told at the line of the test

_CALM_TURNS = 3
"""So many rounds of the loop with nothing to do show that there is nothing to do."""

_LOOK_AGAIN = 0.001

_TO_END = 1.0
"""So many seconds a loop has to end when the task that waited in vain is ended."""


class Moves(Protocol):
    """What moves time: `slept` is how far it has come, in seconds; `open` whether it is still moved."""

    slept: float

    open: bool

    def move_to(self, moment: float) -> None:
        """Let time pass until `slept` is `moment`."""


class Sleepers:
    """The sleeping tasks of one loop.

    The loop's timers, and so its time-outs, are kept as well where they can be seen (not in uvloop): time
    stops at each of them.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, time: Moves) -> None:
        self.loop = loop
        self._time = time
        self._naps: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()
        self._handle: asyncio.Handle | None = None
        self._soon = False
        self._calm = 0
        self._busy_since: float | None = None
        self._seen: WeakKeyDictionary[asyncio.Future[Any], float] = WeakKeyDictionary()
        # In debug mode the loop tells which callbacks take long. The one that moves time does not.
        self._slow = getattr(loop, "slow_callback_duration", inf)
        loop.slow_callback_duration = inf

    async def sleep(self, seconds: float) -> None:
        """Sleep until so many seconds have passed. Raises HungError, and what moving time raises."""
        nap = self.loop.create_future()
        heappush(self._naps, (self._time.slept + seconds, next(self._numbers), nap))
        self._look(0.0)
        await nap

    def let_go(self) -> None:
        """Time is no longer moved: those who still sleep do so really for the rest. From any thread."""
        self.loop.slow_callback_duration = self._slow
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self._turn)

    def _turn(self) -> None:
        """Look whether time may move, move it, wake whose time has come; looks again while anybody sleeps."""
        self._cancel()
        while self._naps and self._naps[0][2].done():
            heappop(self._naps)
        if not self._naps:
            return
        if not self._time.open:
            self._hand_over()
            return
        if self._wake():
            self._calm = 0
            self._look(0.0)
            return
        pause = self._pause()
        if pause is None:
            self._calm, self._busy_since = 0, None
            self._move()
            pause = 0.0
        self._look(pause)

    def _wake(self) -> bool:
        """Wake everybody whose time has come, in the order of their times."""
        woken = False
        while self._naps and self._naps[0][0] <= self._time.slept:
            nap = heappop(self._naps)[2]
            if not nap.done():
                nap.set_result(None)
                woken = True
        return woken

    def _pause(self) -> float | None:
        """For how long time has to stand still before it is looked again; None when it may move."""
        now = wall()
        if self._can_go_on():
            self._calm = 0
            if self._busy_since is None:
                self._busy_since = now
            # Whoever spins with sleep(0) until somebody else has slept must not stop time for ever.
            return 0.0 if now - self._busy_since < ON_ITS_WAY else None
        self._busy_since = None
        self._calm += 1
        if self._calm < _CALM_TURNS:
            return 0.0
        return _LOOK_AGAIN if self._is_awaited(now) else None

    def _can_go_on(self) -> bool:
        ready = getattr(self.loop, "_ready", None)
        if ready is not None:
            return bool(ready)
        waiters = (_waiter(task) for task in asyncio.all_tasks(self.loop))
        return any(waiter is None or waiter.done() for waiter in waiters)

    def _is_awaited(self, now: float) -> bool:
        """Whether somebody waits for what comes from outside, and not for too long already."""
        naps = {nap for _, _, nap in self._naps}
        for task in asyncio.all_tasks(self.loop):
            waiter = _waiter(task)
            if waiter is None or waiter in naps:
                continue
            patience = leeway(task, waiter)
            if patience and now - self._seen.setdefault(waiter, now) < patience:
                return True
        return False

    def _move(self) -> None:
        """Move time to whoever wakes first, or to the loop's next timer if that is earlier."""
        timer = self._next_timer()
        if timer <= 0:
            return  # due, and the loop is about to see to it
        try:
            self._time.move_to(min(self._naps[0][0], self._time.slept + timer))
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # who sleeps gets it, not the loop, which would only log it
            heappop(self._naps)[2].set_exception(error)
            if isinstance(error, HungError):
                self.loop.call_later(_TO_END, self._end, error)

    def _end(self, error: HungError) -> None:
        """The task that waited in vain was ended, and yet the loop runs: others may wait for its word."""
        if not self._time.open:
            return
        for task in asyncio.all_tasks(self.loop):
            waiter = _waiter(task)
            if waiter is not None and not waiter.done() and leeway(task, waiter) == 0.0:
                with suppress(RuntimeError):  # who waits for a task gets what that ends with
                    waiter.set_exception(error.another())

    def _next_timer(self) -> float:
        timers = getattr(self.loop, "_scheduled", ())
        moments = (timer.when() for timer in timers if not timer.cancelled() and timer is not self._handle)
        return min(moments, default=inf) - self.loop.time()

    def _hand_over(self) -> None:
        for moment, _, nap in self._naps:
            self.loop.call_later(max(0.0, moment - self._time.slept), _finish, nap)
        self._naps.clear()

    def _look(self, pause: float) -> None:
        """Look again after a pause, unless that is to be done sooner anyway."""
        if self._handle is not None and (self._soon or pause):
            return
        self._cancel()
        self._soon = not pause
        if pause:
            self._handle = self.loop.call_later(pause, self._turn)
        else:
            self._handle = self.loop.call_soon(self._turn)

    def _cancel(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None


def _waiter(task: asyncio.Task[Any]) -> asyncio.Future[Any] | None:
    """The future a task waits for; None when it waits for none, and so can go on."""
    waiter: asyncio.Future[Any] | None = getattr(task, "_fut_waiter", None)
    return waiter


def _finish(nap: asyncio.Future[None]) -> None:
    if not nap.done():
        nap.set_result(None)
