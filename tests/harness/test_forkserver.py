"""A forked program is what a new process would be, as far as the program can tell."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.forkserver import warm_commands

PROGRAM = """
import atexit, os, sys, warnings

print(__name__, sys.argv, sys.path[0], os.getcwd(), os.environ["WORD"], sys.warnoptions)
print([each[0] for each in warnings.filters[:1] if sys.warnoptions])
print(sorted(name for name in os.environ if name.startswith("PY")), sys.stdin.read(), sys.stdout.isatty())
print(sorted(os.listdir("/dev/fd"))[:3], sys.modules["__main__"].__dict__ is globals())
atexit.register(print, "end", end="")
print("an error", file=sys.stderr)
sys.exit(3)
"""


def ended(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """The command in that folder, and what came of it."""
    environment = os.environ | {"WORD": "ü"}
    return subprocess.run(
        command, cwd=folder, env=environment, input="in", capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("words", [("program.py", "a b"), ("-W", "ignore", "-m", "program", "c")])
def test_it_has_the_same_surroundings_and_the_same_end(tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    real = ended([sys.executable, *words], tmp_path)
    forked = ended([str(warm_commands() / "python"), *words], tmp_path)
    assert (real.returncode, real.stderr) == (3, "an error\n")
    assert (forked.returncode, forked.stdout, forked.stderr) == (real.returncode, real.stdout, real.stderr)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_reach_it(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "program.py").write_text("print('up', flush=True)\nimport time\ntime.sleep(60)")
    command = [str(warm_commands() / "python"), "program.py"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        process.send_signal(number)
        assert process.wait(30) == -number
