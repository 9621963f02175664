"""A sleep bridge: whoever sleeps on it lets time pass in a world instead of on the wall."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from typing import Any, Protocol

from harness.control import Control
from harness.waiting.hanging import Patience, hung
from harness.waiting.lookout import Lookout
from harness.waiting.sleepers import Sleepers

__tracebackhide__ = True  # what fails here is told at the line of the test


class World(Protocol):
    """Whatever has a control door."""

    @property
    def control(self) -> Control:
        """The door to the world whose time is moved."""


class Here(threading.local):
    """What holds in one thread: the bridge it is on, and for how long it slept on bridges altogether.

    `offset` is by how many seconds its monotonic clock is ahead of the wall's; it never shrinks. `began` is
    what that was when the thread came onto its bridge, from where on its clock that tells the date goes
    ahead.
    """

    bridge: Bridge | None = None
    offset: float = 0.0
    began: float = 0.0


HERE = Here()


class Bridge:
    """Moves a world's time by what is slept; `slept` is how much so far, in seconds.

    Sleepers in one event loop live through the same time. Threads that share a bridge do not: what each of
    them sleeps is added up.
    """

    def __init__(self, world: World, patience: Patience, lookout: Lookout) -> None:
        """Open a bridge to a world, for programs that are not to hang for longer than `patience`.

        `lookout` is for those that do not sleep.
        """
        self.slept = 0.0
        self.open = True
        self._world = world
        self._patience = patience
        self._lookout = lookout
        self._turn = threading.RLock()
        self._told_ms = 0
        self._loops: dict[asyncio.AbstractEventLoop, Sleepers] = {}

    def sleep(self, seconds: float) -> None:
        """Let so many seconds pass, at once. Raises HungError, ControlError, and OSError without a server."""
        with self._turn:
            before = self.slept
            answer = self._move(before + seconds)
        self._judge(answer, before)

    async def nap(self, seconds: float) -> None:
        """The same for a task, which sleeps among others of its loop: time passes when all of them wait."""
        loop = asyncio.get_running_loop()
        with self._turn:
            sleepers = self._loops.get(loop)
            if sleepers is None:
                for closed in [known for known in self._loops if known.is_closed()]:
                    del self._loops[closed]
                sleepers = self._loops[loop] = Sleepers(loop, self)
        await sleepers.sleep(seconds)

    def move_to(self, moment: float) -> None:
        """Let time pass until `slept` is `moment`; raises as `sleep` does."""
        with self._turn:
            before = self.slept
            answer = self._move(max(before, moment))
        self._judge(answer, before)

    def look(self, now: float) -> None:
        """Look at the program when that is due, at `now` on the real monotonic clock. Raises HungError."""
        if now >= self._lookout.due:
            self._lookout.look(now, self._world.control, self.slept)

    def close(self) -> None:
        """Move no more time. Tasks that still sleep do so really for the rest."""
        with self._turn:
            self.open = False
            for sleepers in self._loops.values():
                sleepers.let_go()
            self._loops.clear()

    def _move(self, moment: float) -> Mapping[str, Any] | None:
        """Move the world's clock; what it says then, None if not a millisecond has passed."""
        # The world counts in milliseconds; what is less is told with what follows.
        step_ms = round(moment * 1000) - self._told_ms
        counted = self._patience.calls is not None
        answer = self._world.control.advance(step_ms / 1000, calls=counted) if step_ms > 0 else None
        self._told_ms += step_ms
        HERE.offset += moment - self.slept
        self.slept = moment
        return answer

    def _judge(self, answer: Mapping[str, Any] | None, slept: float) -> None:
        """Raise HungError if a program has waited in vain for longer than the patience."""
        if answer is None:
            return
        overrun = self._patience.overrun(answer.get("calls", 0), self.slept)
        if overrun is not None:
            raise overrun
        proof = answer.get("quiescence")
        if self._patience.ends(proof, slept):
            assert proof is not None
            raise hung(self._world.control, proof, self.slept)
