"""An hour or more of the worlds' time with everything going on at once: does anything pile up?"""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path
from random import Random
from time import perf_counter

from tests.soak.findings import Finding, at_most, exactly, seen
from tests.soak.serving import Serving
from tests.soak.visitor import RefusalError, UnansweredError, Visitor, settle_worlds

VISITORS = (("0", "one"), ("1", "one"), ("2", "two"), ("3", "three"))
WARM = 0.35
"""The share of the time after which memory should be flat."""

GROWTH_MB = 20
ENTRIES = 2_000
STEP = 2.0
"""Seconds the time of a world is moved between two doings of a client, beside what reading moves."""


def run(*, quick: bool, seed: int, hours: float = 1.0) -> list[Finding]:
    """Let clients do what they like until the worlds are so many hours older."""
    hours = min(hours, 0.2) if quick else hours
    with tempfile.TemporaryDirectory(prefix="assistants-mock-soak-") as folder:
        return _run(Path(folder) / "store", seed, hours)


def _run(store: Path, seed: int, hours: float) -> list[Finding]:
    with Serving(store) as server:
        visitors = [Visitor(name, key, Random(f"{seed}/{name}")) for name, key in VISITORS]
        for visitor in visitors:
            visitor.connect(server)
            assert visitor.raw is not None
            visitor.raw("POST", "/_mock/world", {"clock": "virtual", "limits": {"journal_entries": ENTRIES}})
        for visitor in visitors:
            settle_worlds(visitor)
        began, failures = perf_counter(), list[str]()
        threads = [
            threading.Thread(target=_live, args=(visitor, hours * 3600, failures), daemon=True)
            for visitor in visitors
        ]
        descriptors, tasks = server.descriptors(), server.threads()
        memory: list[float] = []
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            threading.Event().wait(1)
            memory.append(server.running.megabytes())
        seconds = perf_counter() - began
        calls, entries, dropped = 0, 0, 0
        for visitor in visitors[1:]:
            assert visitor.raw is not None
            calls += int(visitor.raw("GET", "/_mock/clock?calls=true").body["calls"])
            journal = visitor.raw("GET", "/_mock/journal").body
            entries, dropped = max(entries, len(journal["data"])), dropped + journal["dropped"]
        left, more = server.descriptors() - descriptors, server.threads() - tasks
        for visitor in visitors:
            visitor.leave()
    warm = memory[round(len(memory) * WARM)]
    how = (
        f"seed {seed}; {len(visitors)} clients in 3 worlds, {calls:,} calls, {calls / seconds:,.0f} a second"
    )
    flat = f"{memory[0]:.0f} in the first second, {warm:.0f} warm, {memory[-1]:.0f} at the end"
    return [
        seen("hour", "hours of the worlds' time", hours, how=f"{how}; {seconds:.0f} s in all"),
        exactly("hour", "clients that were refused", len(failures), 0, "; ".join(failures)[:300]),
        at_most("hour", "growth of memory when warm", memory[-1] - warm, GROWTH_MB, "MB", flat),
        at_most("hour", "file descriptors left over", left, 0),
        at_most("hour", "threads left over", more, 0),
        at_most(
            "hour", "entries of a journal", entries, ENTRIES, how=f"{dropped:,} dropped, as the journals tell"
        ),
    ]


def _live(visitor: Visitor, seconds: float, failures: list[str]) -> None:
    """Do one thing after another until the world is so much older than it began."""
    try:
        until = visitor.done(visitor.call("GET", "/_mock/clock")).body["now"] + seconds
        while (
            visitor.done(visitor.call("POST", "/_mock/clock/advance", {"seconds": STEP})).body["now"] < until
        ):
            visitor.turn()
    except (RefusalError, UnansweredError) as error:
        failures.append(str(error))
