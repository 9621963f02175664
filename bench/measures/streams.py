"""Many streams at once in scaled time: how late their events come, and what the server pays for it."""

from __future__ import annotations

import json
import subprocess
import sys

from bench.caller import Caller
from bench.figures import Figure
from bench.processes import mock

RATE = 10
"""How many times as fast as the wall the world's time passes."""


def measure(quick: bool) -> list[Figure]:
    """Lateness of the events of 1,000 streams at 5 events a second each, in one world of one process."""
    streams, tokens = (200, 25) if quick else (1_000, 75)
    a_second = 5
    # Nothing is written before every stream is open and its timeline is known: they are opened in that time.
    opening = 6 if quick else 20
    latency = {"first_token": opening * RATE * 1000, "tokens_per_second": a_second / RATE}
    with mock("--clock", f"x{RATE}") as server:
        caller = Caller(server)
        caller.post("/_mock/world", {"latency": latency})
        assistant_id = caller.assistant()["id"]
        caller.post("/_mock/replies", {"then": {"reply": " ".join(["word"] * tokens)}})
        before = server.megabytes()
        command = [
            sys.executable,
            "-m",
            "bench.crowd",
            server.url,
            assistant_id,
            str(streams),
            str(server.pid),
        ]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
        seen = json.loads(done.stdout)
        after = server.megabytes()
    how = (
        f"{streams:,} streams of {tokens} deltas, {a_second} a second each, clock x{RATE}, one world; "
        f"opened over {seen['opened_in']:.1f} s"
    )
    lateness = (
        f"max {seen['max']:.0f}; busy middle p99 {seen['busy_p99']:.1f}; "
        f"own wake-ups of the client p99 {seen['client_p99']:.1f}"
    )
    load = (
        f"in the busy middle, server CPU {seen['cpu']:.0%}, waiting for a core {seen['starved']:.0%}; "
        f"{seen['events']:,} events in all"
    )
    memory = f"{before:.0f} before, {after:.0f} after"
    return [
        Figure("streams", "event lateness p50", seen["p50"], "ms", how=how),
        Figure("streams", "event lateness p99", seen["p99"], "ms", at_most=50, how=lateness),
        Figure("streams", "events a second", seen["rate"], "events/s", how=load),
        Figure("streams", "to open one stream", seen["open_ms"], "ms", how="thread, run, head; one by one"),
        Figure("streams", "memory while open", seen["megabytes"], "MB", how=memory),
    ]
