"""Sleep that costs no time: while a bridge is open, who sleeps in its thread moves the mock's clock instead.

    with bridging(assistants) as bridge:
        time.sleep(600)  # returns at once, and ten minutes have passed in the world
    print(bridge.slept)

`install` puts dispatchers in the place of `time.sleep`, `asyncio.sleep` and the clocks of `time`, once,
before the application is imported. They do what they always did, but for the thread that is on a bridge.

* **Clocks.** `time.time` and `time.monotonic` (and their `_ns`) go ahead by what is slept, in that thread
  only, so loops with a deadline end. `time.monotonic` keeps what it is ahead for the life of the thread and
  never goes back; `time.time` is the wall's again when the bridge ends. `datetime.now`, `time.perf_counter`
  and whoever took the clock from `time` before (threading, queue, pytest) go with the wall.
* **asyncio.** Tasks that sleep in one loop live through the same time: the earliest wakes first, and has
  its turn before time goes on. Time stands still while a task waits for an answer from outside, but for no
  longer than a second. The loop's clock goes ahead too, so time-outs (`asyncio.timeout`, `wait_for`,
  `anyio.fail_after`) come when they would: `wait_for(sleep(10), 1)` times out. They need somebody who
  sleeps: a time-out alone is waited for really. uvloop has a clock of its own, there all time-outs stay
  real.
* **anyio** sleeps by `asyncio.sleep` and needs nothing more; under trio it sleeps really.
* **Other threads** sleep really, unless `threads=True`: then those started on the bridge are on it too, and
  what each of them sleeps is added up. That suits a program that runs in one such thread (a test client's
  portal), not background threads that sleep all the time.
* **Whoever waits for something real** sleeps really: subprocess, multiprocessing and others in
  `WAIT_REALLY`, and forks of the process; inside `unbridged()` everybody does.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from harness.waiting.bridge import HERE, Bridge, World
from harness.waiting.hanging import PATIENCE_READS, PATIENCE_SECONDS, Patience
from harness.waiting.lookout import LOOK_SECONDS, Lookout
from harness.waiting.standins import WAIT_REALLY, install, installed, uninstall

__all__ = ["WAIT_REALLY", "Bridge", "World", "bridging", "install", "unbridged", "uninstall"]


@contextmanager
def bridging(
    world: World,
    *,
    patience_seconds: float = PATIENCE_SECONDS,
    patience_reads: int = PATIENCE_READS,
    look_seconds: float = LOOK_SECONDS,
    threads: bool = False,
    most_calls: int | None = None,
    longest_seconds: float | None = None,
) -> Iterator[Bridge]:
    """Sleep in this thread moves the clock of the world behind `world.control`, until the block ends.

    A program that waits in vain is ended by HungError when it has gone on for more than `patience_seconds`
    of the world's time or made `patience_reads` equal calls. Every `look_seconds` real seconds those are
    looked for that do not sleep. Where it is said, so is one that has made more than `most_calls` calls or
    has slept for more than `longest_seconds` of the world's time. `threads` takes the threads along that are
    started inside. Bridges may stand in each other; the inner one counts.
    """
    if not installed():
        install()
    patience = Patience(patience_seconds, patience_reads, most_calls, longest_seconds)
    bridge = Bridge(world, patience, Lookout(patience, look_seconds))
    before = HERE.bridge, HERE.began
    try:
        with _taking_threads_along(bridge) if threads else nullcontext():
            HERE.bridge, HERE.began = bridge, HERE.offset
            yield bridge
    finally:
        HERE.bridge, HERE.began = before
        bridge.close()


@contextmanager
def unbridged() -> Iterator[None]:
    """Sleep in this thread is real inside, and `time.time` tells what the wall does."""
    bridge, HERE.bridge = HERE.bridge, None
    try:
        yield
    finally:
        HERE.bridge = bridge


@contextmanager
def _taking_threads_along(bridge: Bridge) -> Iterator[None]:
    """Threads that are started on a bridge, or by such threads, are on it too."""
    plain = threading.Thread.start

    @functools.wraps(plain)
    def start(thread: threading.Thread) -> None:
        if HERE.bridge is bridge:
            run = thread.run

            def on_bridge() -> None:
                HERE.bridge = bridge
                run()

            thread.run = on_bridge  # type: ignore[method-assign]
        plain(thread)

    threading.Thread.start = start  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        if threading.Thread.start is start:
            threading.Thread.start = plain  # type: ignore[method-assign]
