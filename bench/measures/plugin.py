"""What the pytest plugin costs: where nothing uses it, for each test that does, and for the scenarios."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from bench.figures import Figure
from bench.rounds import alternate

ROOT = Path(__file__).resolve().parents[2]
FILES, TESTS = 50, 4
"""The suite that has nothing to do with the plugin: so many files with so many tests each."""
USING = 200
"""Tests that take the fixture, and as many that do not."""


def measure(quick: bool) -> list[Figure]:
    """Whole pytest processes, side by side: with the plugin, and with it switched off."""
    rounds = 3 if quick else 15
    with TemporaryDirectory() as folder:
        unrelated, using, plain = Path(folder, "unrelated"), Path(folder, "using"), Path(folder, "plain")
        _write(unrelated, FILES, TESTS, "")
        _write(using, 1, USING, "assistants")
        _write(plain, 1, USING, "")
        off, on = alternate(
            rounds,
            lambda: _seconds(unrelated, "--collect-only", "-p", "no:assistants"),
            lambda: _seconds(unrelated, "--collect-only"),
        )
        without, with_it = alternate(max(3, rounds // 3), lambda: _seconds(plain), lambda: _seconds(using))
        scenarios = [_seconds(ROOT / "scenarios") for _ in range(3)]
    added = [with_plugin - without_it for with_plugin, without_it in zip(on, off, strict=True)]
    each = [(a - b) / USING for a, b in zip(with_it, without, strict=True)]
    suite = f"pytest --collect-only, {FILES} files with {TESTS} tests, median of {rounds} pairs"
    return [
        Figure("plugin", "installed, unused", median(added) * 1000, "ms", at_most=20, how=suite),
        Figure("plugin", "the same without it", median(off) * 1000, "ms", how="-p no:assistants"),
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
            how="pytest scenarios/ as a whole process, median of 3",
        ),
    ]


def _write(folder: Path, files: int, tests: int, argument: str) -> None:
    folder.mkdir()
    body = "\n\n".join(f"def test_{number}({argument}):\n    pass" for number in range(tests))
    for number in range(files):
        (folder / f"test_file{number}.py").write_text(body + "\n", encoding="utf-8")


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
