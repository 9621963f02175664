"""A server that keeps its worlds in a file, as a process of its own that may be killed and begun again."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from bench.processes import Running
from tests.conftest import Raw

TIMEOUT = 30.0


class RefusedError(Exception):
    """The server did not begin: `code` is its exit code, `said` what it wrote to standard error."""

    def __init__(self, code: int, said: str) -> None:
        super().__init__(f"exit code {code}: {said}")
        self.code = code
        self.said = said


class Serving:
    """`assistants-mock serve` on a free port, in virtual time unless the options say otherwise.

    `before` is called in the child before the server runs. With `store` None all is in memory.
    """

    def __init__(
        self, store: Path | None = None, *options: str, before: Callable[[], None] | None = None
    ) -> None:
        """Begin, and wait until it says where it listens. Raises RefusedError when it ends instead."""
        command = [sys.executable, "-P", "-m", "mockserver", "serve", "--port", "0", "--until-eof"]
        command += ["--store", str(store)] if store else []
        if "--clock" not in options:
            command += ["--clock", "virtual"]
        self._process = subprocess.Popen(
            [*command, *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=before,
        )
        self._said: list[str] = []
        self._listening = threading.Thread(target=self._listen, daemon=True)
        self._listening.start()
        assert self._process.stdout is not None
        greeting = self._process.stdout.readline()
        found = re.search(r"http://([^:/]+):(\d+)", greeting)
        if found is None:
            code = self._end()
            raise RefusedError(code, self.said)
        self.running = Running(found[1], int(found[2]), self._process.pid)

    def _listen(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._said.append(line)

    @property
    def said(self) -> str:
        """What it has written to standard error so far; all of it when it has ended."""
        return "".join(self._said)

    def caller(self, key: str = "key") -> Raw:
        """A connection to it; close it."""
        caller = Raw(self.running.host, self.running.port, key)
        caller.connection.timeout = TIMEOUT
        return caller

    def kill(self) -> None:
        """End it without a word, as the system does when it needs the memory."""
        os.kill(self._process.pid, signal.SIGKILL)
        self._end()

    def stop(self) -> int:
        """End it in good order; its exit code."""
        self._process.terminate()
        return self._end()

    def _end(self) -> int:
        code = self._process.wait(TIMEOUT)
        self._listening.join(TIMEOUT)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()
        return code

    def descriptors(self) -> int:
        """How many file descriptors it has open; 0 where the system does not tell."""
        folder = Path(f"/proc/{self.running.pid}/fd")
        return len(list(folder.iterdir())) if folder.is_dir() else 0

    def threads(self) -> int:
        """How many threads it has; 0 where the system does not tell."""
        folder = Path(f"/proc/{self.running.pid}/task")
        return len(list(folder.iterdir())) if folder.is_dir() else 0

    def __enter__(self) -> Serving:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self.stop()
