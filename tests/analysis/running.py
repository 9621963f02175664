"""Running the code of an analysis for real, which the server never does."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path
from types import TracebackType

from mockserver.analysis import Analysis, analyse

DATA = "/mnt/data/file-abc"
"""Where the code thinks the file is: a name without an ending, as a code interpreter has it."""


def analysed(name: str, content: bytes, question: str = "What is in this file?") -> Analysis:
    """The analysis of a file with this content."""
    return analyse(name, io.BytesIO(content), question, DATA)


def printed(analysis: Analysis, content: bytes, folder: Path) -> str:
    """What the code prints, run in this process: quick enough for many tables."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(_placed(analysis, content, folder), {"__name__": "__main__"})
    return output.getvalue()


def run(analysis: Analysis, content: bytes, folder: Path) -> str:
    """What the code prints, run by a Python of its own."""
    command = [sys.executable, "-c", _placed(analysis, content, folder)]
    done = subprocess.run(command, capture_output=True, env=_environment(), check=False, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().replace("\r\n", "\n")


class Interpreter:
    """A Python that runs one code after the other, each in names of its own.

    matplotlib is imported once for all of them: that takes longer than any of them. No figure stays open.
    """

    _LOOP = """
import contextlib, io, json, sys, traceback
for line in sys.stdin:
    output, error = io.StringIO(), None
    try:
        with contextlib.redirect_stdout(output):
            exec(json.loads(line), {"__name__": "__main__"})
    except BaseException:
        error = traceback.format_exc()
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
    print(json.dumps([output.getvalue(), error]), flush=True)
"""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", self._LOOP],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_environment(),
            text=True,
            encoding="utf-8",
        )

    def __enter__(self) -> Interpreter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=60)

    def run(self, analysis: Analysis, content: bytes, folder: Path, *more: str) -> str:
        """What the code and these lines after it print."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        code = "\n".join([_placed(analysis, content, folder), *more])
        self._process.stdin.write(json.dumps(code) + "\n")
        self._process.stdin.flush()
        printed, error = json.loads(self._process.stdout.readline())
        assert error is None, error
        return str(printed)


def _environment() -> dict[str, str]:
    return os.environ | {"MPLBACKEND": "Agg", "PYTHONUTF8": "1", "PYTHONWARNINGS": "ignore"}


def _placed(analysis: Analysis, content: bytes, folder: Path) -> str:
    """The code with the file where it really is."""
    file = folder / "data"
    file.write_bytes(content)
    return analysis.code.replace(DATA, file.as_posix())
