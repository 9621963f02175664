"""From starting the command to its first answer, and to its first completed run."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

from bench.caller import Caller
from bench.figures import Figure
from bench.processes import Running
from bench.rounds import alternate

COMMAND = Path(sys.executable).with_name("assistants-mock")
GIVE_UP_SECONDS = 20


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
    port = _free_port()
    began = perf_counter()
    command = [str(COMMAND), "serve", "--port", str(port), "--clock", "virtual"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    server = Running("127.0.0.1", port, process.pid)
    try:
        while True:
            try:
                ask(server)
                return perf_counter() - began
            except (ConnectionError, http.client.HTTPException):
                if process.poll() is not None or perf_counter() - began > GIVE_UP_SECONDS:
                    raise
                sleep(0.001)
    finally:
        process.terminate()
        process.wait()


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


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
