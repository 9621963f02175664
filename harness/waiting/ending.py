"""An end in real time, for programs that neither sleep nor call anybody."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from harness.waiting.hanging import HungError


@contextmanager
def ending_after(seconds: float) -> Iterator[None]:
    """Raise HungError in the main thread when the block takes longer than this; nothing where it cannot."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def end(number: int, frame: FrameType | None) -> None:
        raise HungError(
            f"the program goes on without an end: it has run for {seconds:g} s, and calls nobody."
        )

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
