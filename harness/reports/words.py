"""Parts of reports that several formats say in the same words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from harness.reports.contract import Document


def counted(number: int, thing: str) -> str:
    """`1 check`, `3 checks`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def lasted(seconds: float) -> str:
    """How long something took: `12 ms`, `3.4 s`, `11 min`, `2.5 h`."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def totals(document: Document) -> list[str]:
    """The counts of a session: `28 passed`, `1 failed`, `2 skipped`; what is zero is left out."""
    counts = document["counts"]
    return [f"{counts[status]} {status}" for status in ("passed", "failed", "skipped") if counts[status]] or [
        "no scenarios"
    ]


def leniencies(document: Document) -> list[str]:
    """What the target was let off, and what is left there; empty on a mock."""
    counts = document["counts"]
    said = [
        f"{counted(counts['relaxed_checks'], 'check')} relaxed" if counts["relaxed_checks"] else "",
        f"{counted(counts['skipped_checks'], 'step')} left out" if counts["skipped_checks"] else "",
        f"{counted(counts['left_behind'], 'object')} left behind" if counts["left_behind"] else "",
    ]
    return [each for each in said if each]


def failure_lines(scenario: Mapping[str, Any]) -> list[str]:
    """Why a scenario failed, in plain lines."""
    failure = scenario["failure"]
    if failure is None:
        return [scenario["reason"]]
    at = failure.get("at_seconds")
    lines = [
        f"{scenario['file']}:{failure['line']}  step {failure['step']}  {failure['operation']}"
        + (f"  [t = {at:.1f} s]" if at is not None else ""),
        failure["reason"],
    ]
    if failure.get("arguments") is not None:
        lines.append(f"arguments  {shortened(failure['arguments'], 500)}")
    for difference in failure["differences"]:
        lines += [
            difference["path"],
            f"  expected  {difference['expected']}",
            f"  got       {difference['got']}",
            *([f"  {difference['hint']}"] if difference.get("hint") else []),
        ]
    lines += failure.get("facts", [])
    if failure["timeline"]:
        lines += ["timeline", *(f"  {line}" for line in failure["timeline"])]
    if failure["replay"]:
        lines.append(f"replay     {failure['replay']}")
    return lines


def shortened(value: Any, most: int) -> str:
    """Plain data as JSON in one line, cut where it is too long."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= most else f"{text[:most]} … ({len(text):,} characters)"
