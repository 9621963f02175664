"""Reading with somebody else's parser, in a process of its own with little time and little memory.

A crafted file can make such a parser run for hours, fill the memory or crash. Nobody has a list of all the
ways, so the parser gets a process that may do any of this alone. Starting it takes less than a tenth of a
second. Where the system knows no such limits (Windows), or not all of them (macOS), the timeout remains.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from typing import BinaryIO

from mockserver.extraction import unreadable
from mockserver.extraction.formats import discover

CPU_SECONDS = 5
"""What the work of reading may take; a PDF of some thousand pages does not need it."""

TIMEOUT_SECONDS = 20
"""The same on the wall, for a machine that is busy."""

MEMORY_BYTES = 256_000_000
"""All memory of the process, the interpreter's 20 MB included."""

# How Python ends with an exception: a file leads to none here, a library that cannot be loaded does.
_FAILED = 1
_REFUSED = 3
_COMMAND = "from mockserver.extraction.confined import main; main()"


def read(suffix: str, content: BinaryIO) -> str:
    """What the format of that suffix reads in the file. Raises UnreadableError."""
    try:
        with tempfile.TemporaryFile() as file:
            shutil.copyfileobj(content, file, 1 << 20)
            file.seek(0)
            done = subprocess.run(
                # -P: a zipfile.py in the working directory is not ours to run.
                [sys.executable, "-P", "-c", _COMMAND, suffix],
                stdin=file,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=TIMEOUT_SECONDS,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
                check=False,
            )
    except subprocess.TimeoutExpired as error:
        raise unreadable.too_large() from error
    except OSError as error:
        raise unreadable.not_attempted() from error
    if done.returncode == 0:
        return done.stdout.decode()
    raise _refusal(done)


def main() -> None:
    """What the confined process does: the file comes in as standard input, its text goes out."""
    _confine()
    form = discover()[sys.argv[1]]
    try:
        spelled = form.read(sys.stdin.buffer).encode(errors="replace")
    except unreadable.UnreadableError as refusal:
        _refuse(refusal)
    except MemoryError:
        _refuse(unreadable.too_large())
    except ImportError:
        raise
    except Exception:
        _refuse(unreadable.broken())
    else:
        sys.stdout.buffer.write(spelled)


def _refuse(refusal: unreadable.UnreadableError) -> None:
    sys.stdout.buffer.write(refusal.message.encode())
    sys.exit(_REFUSED)


def _refusal(done: subprocess.CompletedProcess[bytes]) -> unreadable.UnreadableError:
    """Why there is no text: in the reader's own words, or by how it ended."""
    if done.returncode == _REFUSED:
        return unreadable.UnreadableError("invalid_file", done.stdout.decode())
    if done.returncode == _FAILED:
        return unreadable.not_attempted()
    if hasattr(signal, "SIGXCPU") and done.returncode == -signal.SIGXCPU:
        return unreadable.too_large()
    return unreadable.broken()


def _confine() -> None:
    """Give up time and memory beyond the limits, as far as the system can hold this process to them."""
    with suppress(ImportError):
        import resource

        for limit, values in (
            (resource.RLIMIT_CORE, (0, 0)),
            # The first ends the process with a signal that says why, the second only ends it.
            (resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1)),
            (resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES)),
        ):
            with suppress(ValueError, OSError):
                resource.setrlimit(limit, values)
