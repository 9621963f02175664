"""Suites of tests as they are explored: one run of pytest for each round."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.explore.conducting import ConductError, Document
from harness.explore.plans import Plan, PlanError
from harness.explore.reproducing import command

_RAN = (0, 1, 5)
"""The exit codes of pytest that say that it did what it should."""


@dataclass(frozen=True)
class Suite:
    """The tests that are to be explored.

    `args` are pytest's, tests and others; `folder` is where it runs; `flags` are further flags of the plugin.
    """

    args: Sequence[str]
    folder: Path
    flags: Sequence[str] = ()

    def make_plan(self) -> tuple[Plan, str]:
        """Run the tests without faults, and plan; what pytest said comes with it. Raises ConductError."""
        with tempfile.TemporaryDirectory(prefix="assistants-explore-") as folder:
            path = Path(folder, "plan.json")
            code, said = self._pytest(["--assistants-plan", f"--assistants-plan-file={path}"], show=False)
            if not path.exists():
                raise ConductError(said or f"pytest ended with code {code}")
            try:
                return Plan.read(path), said
            except PlanError as error:
                raise ConductError(str(error)) from error

    def run(self, plan: Plan, budget: float | None, *, scout: bool) -> list[Document]:
        """Run the variants of a plan as items of pytest. Raises ConductError."""
        with tempfile.TemporaryDirectory(prefix="assistants-explore-") as folder:
            path, results = Path(folder, "plan.json"), Path(folder, "results.json")
            plan.write(path)
            flags = ["--assistants-explore", f"--assistants-plan-file={path}"]
            flags += [f"--assistants-results={results}", "--no-summary", "--tb=no"]
            if budget is not None:
                flags.append(f"--assistants-budget={budget:.1f}s")
            if scout:
                flags.append("--assistants-scout")
            code, said = self._pytest(flags, show=True)
            if code not in _RAN or not results.exists():
                raise ConductError(said or f"pytest ended with code {code}")
            variants: list[Document] = json.loads(results.read_text(encoding="utf-8"))
            return variants

    def reproducer(self, variant: Document) -> str:
        """The command that runs this variant alone."""
        return command(variant["nodeid"], self.flags)

    def _pytest(self, flags: Sequence[str], *, show: bool) -> tuple[int, str]:
        """Run pytest; its exit code and what it said, which is shown as it comes if that is wanted."""
        words = [sys.executable, "-m", "pytest", *self.args, "-q", "--no-header", *self.flags, *flags]
        pipe = subprocess.PIPE
        with subprocess.Popen(
            words, cwd=self.folder, stdout=pipe, stderr=subprocess.STDOUT, text=True, errors="replace"
        ) as process:
            assert process.stdout is not None
            said = []
            while text := process.stdout.read(1 if show else -1):
                said.append(text)
                if show:
                    sys.stderr.write(text)
                    sys.stderr.flush()
            code = process.wait()
        return code, "".join(said).strip()
