"""From starting the command to its first answer, and to its first completed run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

from bench.caller import Caller
from bench.figures import Figure
from bench.processes import Running, answering
from bench.rounds import alternate

COMMAND = Path(sys.executable).with_name("assistants-mock")


def measure(quick: bool) -> list[Figure]:
    """Seconds from process start, asked anew every millisecond until something answers."""
    rounds = 3 if quick else 9
    answered, completed, bare = alternate(
        rounds, lambda: _started(_models), lambda: _started(_run), _interpreter
    )
    how = f"assistants-mock serve, median of {rounds} starts, files cached"
    return [
        Figure("start", "first answer", median(answered), "s", at_most=0.5, how=how),
        Figure("start", "first completed run", median(completed), "s", how="the tokenizer is loaded for it"),
        Figure("start", "Python alone", median(bare), "s", how="python -c pass, for comparison"),
    ]


def _started(ask: Callable[[Running], None]) -> float:
    command = [str(COMMAND), "serve", "--clock", "virtual", "--port"]
    with answering(lambda port: [*command, str(port)], ask) as (_, seconds):
        return seconds


def _models(server: Running) -> None:
    Caller(server).get("/v1/models")


def _run(server: Running) -> None:
    caller = Caller(server)
    assistant_id = caller.assistant()["id"]
    thread = {"messages": [{"role": "user", "content": "How do I reset my password?"}]}
    run = caller.post("/v1/threads/runs", {"assistant_id": assistant_id, "thread": thread})
    while run["status"] in ("queued", "in_progress"):
        run = caller.get(f"/v1/threads/{run['thread_id']}/runs/{run['id']}")


def _interpreter() -> float:
    began = perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return perf_counter() - began
