"""The benchmarks start: what they cut out of the server, or replace in it, is still where they look."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bench.measures import discover

MEASURES = sorted(discover())


def ended(*words: str) -> subprocess.CompletedProcess[str]:
    """A module of the benchmarks, run to its end."""
    command = [sys.executable, "-W", "ignore", "-m", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("module", ["bench.mock", "bench.unfaulted"])
def test_a_server_to_compare_with_starts(module: str) -> None:
    """Both take what `serve` takes; the second one is compiled anew, or says what it did not find."""
    done = ended(module, "asyncio", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Run the server until Ctrl-C." in done.stdout


def test_every_benchmark_is_named_where_they_are_listed() -> None:
    """On the command line, and in the table of bench/README.md."""
    helped = ended("bench", "--help").stdout
    table = (Path(__file__).parent.parent / "bench" / "README.md").read_text(encoding="utf-8")
    for name in MEASURES:
        assert name in helped
        assert f"| `{name}` |" in table
