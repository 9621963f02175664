"""Starting servers, each in a process of its own, and what the system says about them."""

from __future__ import annotations

import http.client
import importlib.util
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

KEY = "bench-key"
LOOPS = ("asyncio", "uvloop") if importlib.util.find_spec("uvloop") else ("asyncio",)
"""The event loops that can be measured here; uvloop is optional."""
GIVE_UP_SECONDS = 20

EVEN = {"MALLOC_MMAP_THRESHOLD_": str(1 << 20), "MALLOC_TRIM_THRESHOLD_": str(64 << 20)}
"""What keeps glibc's allocator from deciding a comparison.

asyncio reads into 256 KB buffers. A process that never freed a larger block maps and unmaps memory for each
of them, which costs a fifth of a request; one that has, and the mock has, does not.
"""


@dataclass(frozen=True, slots=True)
class Running:
    """A server that has said where it listens."""

    host: str
    port: int
    pid: int

    @property
    def url(self) -> str:
        """Its address without a path."""
        return f"http://{self.host}:{self.port}"

    def cpu_seconds(self) -> float:
        """How long it has computed so far; 0 where the system does not tell."""
        return self._scheduled(0)

    def starved_seconds(self) -> float:
        """How long it could have computed but had to wait for a core that others used; 0 if unknown."""
        return self._scheduled(1)

    def _scheduled(self, field: int) -> float:
        try:
            return int(Path(f"/proc/{self.pid}/schedstat").read_text().split()[field]) / 1e9
        except OSError:
            return 0.0

    def megabytes(self) -> float:
        """How much memory it holds now; 0 where the system does not tell."""
        return self._memory("VmRSS")

    def peak_megabytes(self) -> float:
        """How much memory it held at most so far; 0 where the system does not tell."""
        return self._memory("VmHWM")

    def _memory(self, which: str) -> float:
        try:
            status = Path(f"/proc/{self.pid}/status").read_text()
        except OSError:
            return 0.0
        found = re.search(rf"{which}:\s+(\d+) kB", status)
        return int(found[1]) / 1024 if found else 0.0


@contextmanager
def mock(*options: str, loop: str = "asyncio", even: bool = False) -> Iterator[Running]:
    """The mock server as its command starts it, in virtual time unless the options say otherwise.

    `even` gives it the allocator settings that `bare` has.
    """
    with _started("bench.mock", loop, "--clock", "virtual", *options, even=even) as running:
        yield running


@contextmanager
def unfaulted(loop: str = "asyncio") -> Iterator[Running]:
    """The mock server in virtual time as if nobody had thought of faults, with the allocator set `EVEN`."""
    with _started("bench.unfaulted", loop, "--clock", "virtual", even=True) as running:
        yield running


@contextmanager
def bare(answer: Any, path: str, loop: str = "asyncio") -> Iterator[Running]:
    """A bare Starlette route that answers this object at that path, with the allocator set `EVEN`."""
    with _started("bench.bare", loop, path, given=answer, even=True) as running:
        yield running


@contextmanager
def form(loop: str = "asyncio") -> Iterator[Running]:
    """A bare Starlette route that takes a form with a file at /v1/files."""
    with _started("bench.form", loop) as running:
        yield running


@contextmanager
def replay(answers: list[Any]) -> Iterator[Running]:
    """A server without any thought: the n-th request gets the n-th of these answers, over and over."""
    with _started("bench.replay", given=answers) as running:
        yield running


@contextmanager
def answering(
    command: Callable[[int], Sequence[str]], ask: Callable[[Running], None]
) -> Iterator[tuple[Running, float]]:
    """A server that is told its port, and after how many seconds `ask` was first answered.

    It is asked anew every millisecond. Raises what `ask` raised when the server ends or stays silent.
    """
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = int(listener.getsockname()[1])
    began = perf_counter()
    process = subprocess.Popen(command(port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    server = Running("127.0.0.1", port, process.pid)
    try:
        while True:
            try:
                ask(server)
                break
            except (ConnectionError, http.client.HTTPException):
                if process.poll() is not None or perf_counter() - began > GIVE_UP_SECONDS:
                    raise
                sleep(0.001)
        yield server, perf_counter() - began
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _started(module: str, *arguments: str, given: Any = None, even: bool = False) -> Iterator[Running]:
    command = [sys.executable, "-m", module, *arguments]
    environment = {**os.environ, **(EVEN if even else {})}
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        json.dump(given, process.stdin)
        process.stdin.close()
        greeting = process.stdout.readline()
        found = re.search(r"http://([^:/]+):(\d+)", greeting)
        if found is None:
            raise RuntimeError(f"{module} did not start: {greeting}")
        yield Running(found[1], int(found[2]), process.pid)
    finally:
        process.terminate()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
