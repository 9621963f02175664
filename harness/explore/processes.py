"""A program in a process group of its own: watched while it runs, and gone afterwards, however that ends."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

LOOK_SECONDS = 0.2
"""So often a program is looked at, in real time."""

MOST_OUTPUT = 20_000
"""So many bytes of what it writes are kept, the last ones."""

_CHUNK, _LAST_WORDS_SECONDS = 4096, 2.0


class StoppedError(Exception):
    """The exploration ended while a program ran."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended: its exit code, the end of its output, and why it was killed, if it was.

    A negative code is the number of the signal that has ended it; of one that was killed there is none.
    """

    code: int | None
    output: str
    cut: str = ""


def run(
    command: str,
    folder: Path,
    variables: Mapping[str, str],
    watch: Callable[[float], str],
    stopping: threading.Event,
) -> Ended:
    """Run a command through the shell; what it started ends with it.

    `watch` hears for how long it has run, and says why it is to be killed, or nothing. Raises StoppedError
    when `stopping` is set, and OSError when there is no shell.
    """
    process = subprocess.Popen(  # noqa: S602 - the command is the user's own
        command,
        shell=True,
        cwd=folder,
        env=dict(variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=os.name == "posix",
    )
    assert process.stdout is not None
    code, cut = None, ""
    tail = _Tail(process.stdout)
    try:
        began = time.monotonic()
        while code is None and not cut:
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = process.wait(LOOK_SECONDS)
            if stopping.is_set():
                raise StoppedError
            if code is None:
                cut = watch(time.monotonic() - began)
    finally:
        _end(process)
        output = tail.end()
    return Ended(code, output, cut)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill a program and whatever it started."""
    with contextlib.suppress(OSError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        elif process.poll() is None:
            quiet = subprocess.DEVNULL
            tree = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
            subprocess.run(tree, stdout=quiet, stderr=quiet, check=False)
    process.kill()
    process.wait()


class _Tail(threading.Thread):
    """Reads what a program writes, and keeps the end of it."""

    def __init__(self, output: IO[bytes]) -> None:
        super().__init__(name="output of a program", daemon=True)
        self._output = output
        self._kept: deque[bytes] = deque()
        self._size = 0
        self.start()

    def run(self) -> None:
        """Read to the end."""
        number = self._output.fileno()
        with contextlib.suppress(OSError):
            while chunk := os.read(number, _CHUNK):
                self._kept.append(chunk)
                self._size += len(chunk)
                while self._size - len(self._kept[0]) >= MOST_OUTPUT:
                    self._size -= len(self._kept.popleft())

    def end(self) -> str:
        """What was kept, when the program is gone. What has fled its process group is not waited for."""
        self.join(_LAST_WORDS_SECONDS)
        if not self.is_alive():
            self._output.close()
        return b"".join(self._kept)[-MOST_OUTPUT:].decode(errors="replace")
