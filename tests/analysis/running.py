"""Running the code of an analysis for real, which the server never does."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
import warnings
from pathlib import Path

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


def run(analysis: Analysis, content: bytes, folder: Path, *more: str) -> str:
    """What the code and these lines after it print, run by a Python of its own."""
    code = "\n".join([_placed(analysis, content, folder), *more])
    environment = os.environ | {"MPLBACKEND": "Agg", "PYTHONUTF8": "1", "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, env=environment, check=False, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().replace("\r\n", "\n")


def _placed(analysis: Analysis, content: bytes, folder: Path) -> str:
    """The code with the file where it really is."""
    file = folder / "data"
    file.write_bytes(content)
    return analysis.code.replace(DATA, file.as_posix())
