"""A server is killed under load, at a random moment, and begun again on the same file: over and over."""

from __future__ import annotations

import sys
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import perf_counter

from tests.soak.aftermath import Aftermath
from tests.soak.findings import Finding, exactly, seen
from tests.soak.serving import Serving
from tests.soak.visitor import RefusalError, UnansweredError, Visitor, settle_worlds

VISITORS = (("0", "one"), ("1", "one"), ("2", "two"), ("3", "two"))
"""The clients, and the keys they use: two worlds with two clients each."""

LIVES_FROM, LIVES_TO = 0.03, 0.7
"""Seconds of load before a server is killed."""

TWICE = 0.1
"""How many are killed once more while everybody looks at what is left."""


@dataclass
class Toll:
    """What all rounds came to."""

    seed: int
    kills: int = 0
    acknowledged: int = 0
    unanswered: int = 0
    had_happened: int = 0
    runs_resumed: int = 0
    indexes_resumed: int = 0
    violations: list[str] = field(default_factory=list)
    slowest_start: float = 0.0
    seconds: float = 0.0


def kill_rounds(kills: int, seed: int, folder: Path) -> Toll:
    """Kill a server so many times, and look at everything after each time."""
    random, toll, began = Random(seed), Toll(seed), perf_counter()
    visitors = [Visitor(name, key, Random(f"{seed}/{name}")) for name, key in VISITORS]
    store = folder / "store"
    aftermath = Aftermath()
    server = Serving(store)
    for visitor in visitors[::2]:
        visitor.connect(server)
        settle_worlds(visitor)
    while toll.kills < kills:
        _load(server, visitors, random.uniform(LIVES_FROM, LIVES_TO), aftermath)
        toll.kills += 1
        starting = perf_counter()
        server = Serving(store)
        toll.slowest_start = max(toll.slowest_start, perf_counter() - starting)
        aftermath.look_at_disk(store)
        if random.random() < TWICE and toll.kills < kills:
            server.kill()
            toll.kills += 1
            server = Serving(store)
            aftermath.look_at_disk(store)
        for visitor in visitors:
            visitor.connect(server)
        for key in sorted({visitor.key for visitor in visitors}):
            aftermath.look_at_world([visitor for visitor in visitors if visitor.key == key])
        if aftermath.violations:
            break
    for visitor in visitors:
        visitor.leave()
    server.stop()
    toll.acknowledged = sum(visitor.ledger.acknowledged for visitor in visitors)
    toll.unanswered, toll.had_happened = aftermath.unanswered, aftermath.had_happened
    toll.runs_resumed, toll.indexes_resumed = aftermath.runs_resumed, aftermath.indexes_resumed
    toll.violations = [f"after kill {toll.kills}: {violation}" for violation in aftermath.violations]
    toll.seconds = perf_counter() - began
    return toll


def _load(server: Serving, visitors: list[Visitor], seconds: float, aftermath: Aftermath) -> None:
    """Everybody does what they like until the server is killed."""
    threads = [
        threading.Thread(target=_visit, args=(visitor, server, aftermath), daemon=True)
        for visitor in visitors
    ]
    for thread in threads:
        thread.start()
    threading.Event().wait(seconds)
    server.kill()
    for thread in threads:
        thread.join()


def _visit(visitor: Visitor, server: Serving, aftermath: Aftermath) -> None:
    visitor.connect(server)
    try:
        while True:
            visitor.turn()
    except UnansweredError:
        pass
    except RefusalError as error:
        aftermath.wrong(f"refused: {error}")
    finally:
        visitor.leave()


def run(*, quick: bool, seed: int, kills: int | None = None) -> list[Finding]:
    """The rows of the table."""
    kills = kills or (20 if quick else 200)
    with tempfile.TemporaryDirectory(prefix="assistants-mock-soak-") as folder:
        toll = kill_rounds(kills, seed, Path(folder))
    clients = f"{len(VISITORS)} clients in 2 worlds, {LIVES_FROM:g} to {LIVES_TO:g} s of load before each"
    how = f"seed {seed}; {clients}; {toll.seconds:.0f} s in all"
    for violation in toll.violations:
        print(violation[:1_000], file=sys.stderr)
    return [
        seen("kill", "kills", toll.kills, how=how),
        seen("kill", "acknowledged writes", toll.acknowledged, how="each there with the bytes of its answer"),
        seen(
            "kill",
            "requests without an answer",
            toll.unanswered,
            how=f"{toll.had_happened} of them had happened",
        ),
        seen("kill", "runs that went on", toll.runs_resumed, how="to their end, or to a request for tools"),
        seen("kill", "files whose indexing went on", toll.indexes_resumed, how="searched when done"),
        seen("kill", "slowest start", toll.slowest_start, "s", how="with recovery and check of the file"),
        exactly("kill", "violations", len(toll.violations), 0),
    ]
