"""Ends programs that wait in vain without sleeping, where no sleep of theirs can be made to raise.

They read on and on, as the SDKs' pollers do when they are told to come back at once. Whoever speaks HTTP
reads `time.monotonic` at every call (httpcore and urllib3 do, to see whether a connection has grown old),
and so does an event loop. Once a second such a reading asks the server whether it has the proof. So the
error comes in the program's own thread, in the middle of a call it makes, and nowhere else.
"""

from __future__ import annotations

import asyncio
import sys

from harness.control import Control, ControlError
from harness.waiting.hanging import Patience, hung

__tracebackhide__ = True  # what fails here is told at the line of the test

LOOK_SECONDS = 1.0

_AGAIN = 0.05
"""A program that has read for too long is looked at again after this share of the time between two looks."""


class Lookout:
    """Looks at the program of one bridge; `due` is when it does so next, on the real monotonic clock."""

    def __init__(self, patience: Patience, look_seconds: float = LOOK_SECONDS) -> None:
        """End programs for which `patience` has had enough; look every so many real seconds."""
        self.due = 0.0
        self._patience = patience
        self._reads = patience.reads
        self._look_seconds = look_seconds
        self._read_before = 0

    def look(self, now: float, control: Control, slept: float) -> None:
        """Look, if this is the program and it may be interrupted here; `slept` is told in the verdict.

        Raises HungError if it reads on after the patience has ended: one that has stopped is about to do
        something else.
        """
        if self.due == 0.0:
            self.due = now + self._look_seconds
            return
        if not _may_be_interrupted():
            return
        self.due = now + self._look_seconds
        try:
            clock = control.clock(calls=self._patience.calls is not None)
        except (OSError, ControlError):
            return  # the server is gone, as the program's next call will tell it
        overrun = self._patience.overrun(clock.get("calls", 0), slept)
        if overrun is not None:
            raise overrun
        proof = clock.get("quiescence")
        before, self._read_before = self._read_before, proof["reads"] if proof else 0
        if proof is None or self._read_before < self._reads:
            return
        if before < self._reads:
            self.due = now + self._look_seconds * _AGAIN
        elif self._read_before > before:
            raise hung(control, proof, slept)


def _may_be_interrupted() -> bool:
    """Whether it is the program that runs here, and what is raised reaches it.

    In an event loop only a task may be interrupted: what a mere callback raises is logged there, or taken
    for a broken connection. Under pytest only a test that is called, not while it is set up, torn down or
    reported. Nobody in the middle of a call at the control door, as a finalizer may be, which comes at any
    time.
    """
    try:
        if asyncio.current_task() is None:
            return False
    except RuntimeError:  # no event loop
        pass
    frame = sys._getframe(1)
    while frame.f_back is not None:
        frame = frame.f_back
        module = frame.f_globals.get("__name__")
        if module == "harness.control":
            return False
        if module == "_pytest.runner":
            return frame.f_code.co_name == "pytest_runtest_call"
    return True
