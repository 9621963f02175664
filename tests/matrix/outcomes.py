"""One run of a command in an environment, and what came of it."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.sdks import environments

RUN_SECONDS = 240
_NOT_OF_THE_SHELL = ("OPENAI_", "AZURE_", "PYTEST_", "PYTHON", "COV_CORE_", "NO_PROXY", "no_proxy")
_COUNT = re.compile(r"(\d+) (passed|failed|errors?|skipped|rerun|xfailed|xpassed|warnings?|deselected)\b")
_LAST_LINE = re.compile(rf"^(?:=+ )?({_COUNT.pattern}.*) in [\d.]+s", re.MULTILINE)


@dataclass
class Outcome:
    """What came of one run: counts, seconds and the whole output; where it went wrong, `complaints`."""

    name: str
    passed: int = 0
    reruns: int = 0
    seconds: float = 0.0
    complaints: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    output: str = ""

    def line(self) -> str:
        """The outcome on one line."""
        counts = f"{self.passed:>3} passed"
        if self.reruns:
            counts += f", {self.reruns} rerun"
        said = "; ".join(self.complaints + self.remarks)
        return f"{self.name:<16}{counts:<24}{self.seconds:5.1f} s  {said}".rstrip()


def run_pytest(
    python: str,
    name: str,
    folder: Path,
    arguments: Sequence[str] = (),
    *,
    reruns: int = 0,
    may_warn: bool = False,
) -> Outcome:
    """Run the `pytest` beside this interpreter in a folder, from a shell with a key of the real API.

    All must pass, nothing be skipped or warned of, and so much be run again.
    """
    pytest = Path(python).with_name("pytest")
    start = time.perf_counter()
    code, output = output_of([str(pytest), "-p", "no:cacheprovider", *arguments], folder)
    outcome = Outcome(name, seconds=time.perf_counter() - start, output=output)
    last = _LAST_LINE.findall(output)
    counts = {kind: int(number) for number, kind in _COUNT.findall(last[-1][0] if last else "")}
    outcome.passed = counts.pop("passed", 0)
    outcome.reruns = counts.pop("rerun", 0)
    if may_warn:
        counts = {kind: number for kind, number in counts.items() if not kind.startswith("warning")}
    if not last:
        outcome.complaints.append("did not come to its end")
    outcome.complaints += [f"{number} {kind}" for kind, number in counts.items()]
    if outcome.reruns != reruns:
        outcome.complaints.append(f"{outcome.reruns} reruns instead of {reruns}")
    if not outcome.passed or (code and not outcome.complaints):
        outcome.complaints.append(f"exit code {code}")
    return outcome


def output_of(command: Sequence[str], folder: Path) -> tuple[int, str]:
    """Exit code, and what was written to both outputs, of a command run as from a shell of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_OF_THE_SHELL)}
    kept |= {"OPENAI_API_KEY": "sk-of-the-shell", "COLUMNS": "120"}
    return environments.output_of(command, folder, kept, RUN_SECONDS)
