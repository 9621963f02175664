"""Generated requests over every covered operation, from processes of their own, and what came of them."""

from __future__ import annotations

import json
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mockserver.server import Server
from mockserver.settings import Settings
from tests.conformance.document import document
from tests.conformance.outcome import Outcome
from tests.sdks.environments import ROOT, UnavailableError, python_environment
from tests.spec import FOLDER, MISSING, Description

WORKERS = 2
SECONDS = 2400
"""So long they may take; what they cannot send until then is missing, and a failure."""

REQUIREMENTS = ("schemathesis>=4,<5", "requests")
ATTACK = Path(__file__).parent / "fuzz" / "attack.py"
GRACE_SECONDS = 60
"""A worker that is so much later is stuck: it is ended, which counts as a crash."""

_COLUMNS = ("requests", "2xx", "4xx", "5xx", "violations")


def run(seed: int, wanted: int) -> Outcome:
    """Send so many requests and print what came of them."""
    if not (FOLDER / "assistants.openapi.json").is_file():
        return Outcome(skipped=(f"generated requests: {MISSING}",))
    try:
        environment = python_environment("schemathesis", REQUIREMENTS)
    except UnavailableError as error:
        return Outcome(skipped=(f"generated requests: {error}",))
    print(f"seed {seed}, {wanted} requests from {WORKERS} processes, at most {SECONDS} s", flush=True)
    start = time.monotonic()
    with TemporaryDirectory() as folder, Server(Settings(clock="virtual")) as server:
        made = document(Description(FOLDER))
        described = Path(folder) / "document.json"
        described.write_text(json.dumps(made))
        results = [Path(folder) / f"result-{number}.jsonl" for number in range(WORKERS)]
        share = -(-wanted // WORKERS)
        processes = [
            subprocess.Popen(
                [
                    *environment.command,
                    *("-W", "ignore", str(ATTACK), str(described), server.url),
                    *(str(seed * WORKERS + number), str(share), str(SECONDS), str(result)),
                ],
                cwd=ROOT,
            )
            for number, result in enumerate(results)
        ]
        codes = [_ended(process, start + SECONDS + GRACE_SECONDS) for process in processes]
        lines = [line for result in results if result.is_file() for line in written(result)]
    print(f"took {time.monotonic() - start:.0f} s\n")
    operations = {f"{method.upper()} {path}" for path, item in made["paths"].items() for method in item}
    return Outcome(not report(lines, codes, wanted, operations))


def _ended(process: subprocess.Popen[bytes], until: float) -> int:
    try:
        return process.wait(max(1.0, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def written(result: Path) -> Iterator[dict[str, Any]]:
    """What a worker wrote; its last line may be half a one if it was killed."""
    for line in result.read_text(encoding="utf-8").splitlines(keepends=True):
        if line.endswith("\n"):
            yield json.loads(line)


def report(lines: Sequence[dict[str, Any]], codes: Sequence[int], wanted: int, operations: set[str]) -> bool:
    """Print the tables; whether all that was wanted was sent, to every operation, and broke no law."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in operations}
    violations: dict[str, list[str]] = {}
    for line in lines:
        counted = counts[line["operation"]]
        counted["requests"] += 1
        counted[line["family"]] += 1
        if "objection" in line:
            counted["violations"] += 1
            violations.setdefault(f"{line['operation']}: {line['objection']}", []).append(line["curl"])
    print(f"| operation | {' | '.join(_COLUMNS)} |\n|---|{'--:|' * len(_COLUMNS)}")
    for label in sorted(counts, key=lambda label: label.split()[::-1]):
        print(f"| `{label}` | {' | '.join(str(counts[label][name]) for name in _COLUMNS)} |")
    total = sum(counts.values(), Counter())
    print(f"| all {len(counts)} | {' | '.join(str(total[name]) for name in _COLUMNS)} |")
    for label, curls in violations.items():
        print(f"\n{len(curls)} x {label}\n    {min(curls, key=len)}")
    missed = sorted(label for label, counted in counts.items() if not counted["requests"])
    if missed:
        print(f"\nno request was sent to {', '.join(missed)}")
    if any(codes):
        print(f"\na worker crashed: exit codes {codes}")
    if total["requests"] < wanted:
        print(f"\nonly {total['requests']} of {wanted} requests were sent")
    return not (missed or violations or any(codes)) and total["requests"] >= wanted
