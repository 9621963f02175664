"""What the pytest plugin costs: where nothing uses it, for each test that does, and for the scenarios."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter

from bench.figures import Figure
from bench.rounds import alternate

ROOT = Path(__file__).resolve().parents[2]
FILES, TESTS = 50, 4
"""The suite that has nothing to do with the plugin: so many files with so many tests each."""
USING = 200
"""Tests that take the fixture, and as many that do not."""
UNUSED = """
import sys
from pathlib import Path
from time import perf_counter

import pytest

began = perf_counter()
import harness.plugin.entry
import harness.plugin.hooks
from harness.plugin.environment import Search

folder = Path(sys.argv[1])
assert not Search().finds([folder], folder)
print(perf_counter() - began)
"""
"""What the plugin does where no test asks for it: it is imported, and looks through the files."""


def measure(quick: bool) -> list[Figure]:
    """Whole pytest processes, side by side: with the plugin, and with it switched off.

    What an unused plugin adds to a process of a second drowns in the noise of the rest, so it is measured by
    itself, too.
    """
    rounds = 3 if quick else 15
    with TemporaryDirectory() as folder:
        unrelated, using, plain = Path(folder, "unrelated"), Path(folder, "using"), Path(folder, "plain")
        _write(unrelated, FILES, TESTS, "")
        _write(using, 1, USING, "assistants")
        _write(plain, 1, USING, "")
        alone = [_alone(unrelated) for _ in range(rounds)]
        off, on = alternate(
            rounds,
            lambda: _seconds(unrelated, "--collect-only", "-p", "no:assistants"),
            lambda: _seconds(unrelated, "--collect-only"),
        )
        without, with_it = alternate(max(3, rounds // 3), lambda: _seconds(plain), lambda: _seconds(using))
        sdk, scenarios = alternate(3, _sdk, lambda: _seconds(ROOT / "scenarios"))
    added = [with_plugin - without_it for with_plugin, without_it in zip(on, off, strict=True)]
    each = [(a - b) / USING for a, b in zip(with_it, without, strict=True)]
    suite = f"{FILES} files with {TESTS} tests"
    low, middle, high = quantiles(added, n=4)
    return [
        Figure(
            "plugin",
            "installed, unused",
            median(alone) * 1000,
            "ms",
            at_most=20,
            how=f"its imports and its look at {suite}, median of {rounds} processes",
        ),
        Figure(
            "plugin",
            "the same, by difference",
            middle * 1000,
            "ms",
            how=f"of pytest --collect-only ({median(off) * 1000:,.0f} ms) with it and without,"
            f" middle half {low * 1000:.0f} to {high * 1000:.0f}",
        ),
        Figure(
            "plugin",
            "a test with the fixture",
            median(each) * 1000,
            "ms",
            how=f"over one without, {USING} tests, the server's start included",
        ),
        Figure(
            "plugin",
            "the scenarios",
            median(scenarios),
            "s",
            at_most=5,
            how=f"pytest scenarios/ as a whole process, median of 3; {median(sdk):.2f} s is what a Python"
            " takes to import the SDK",
        ),
    ]


def _write(folder: Path, files: int, tests: int, argument: str) -> None:
    folder.mkdir()
    body = "\n\n".join(f"def test_{number}({argument}):\n    pass" for number in range(tests))
    for number in range(files):
        (folder / f"test_file{number}.py").write_text(body + "\n", encoding="utf-8")


def _alone(folder: Path) -> float:
    command = [sys.executable, "-c", UNUSED, str(folder)]
    return float(subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout)


def _sdk() -> float:
    began = perf_counter()
    code = "import openai; openai.OpenAI(api_key='unused').beta.threads.runs"
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)
    return perf_counter() - began


def _seconds(folder: Path, *options: str) -> float:
    began = perf_counter()
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "--rootdir",
            folder,
            *options,
            folder,
        ],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return perf_counter() - began
