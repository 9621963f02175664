"""The summary at the end of a session on a terminal; in a file it is plain text."""

from __future__ import annotations

from harness.reports.contract import Document, report
from harness.reports.words import counted, failure_lines, lasted, leniencies, totals

MOST_LINES = 12


@report("terminal", "the summary, as text")
def write(document: Document) -> str:
    """Every failure in full, then the summary."""
    lines: list[str] = []
    for scenario in document["scenarios"]:
        if scenario["status"] == "failed":
            lines += [f"FAILED {scenario['id']}", *(f"  {line}" for line in failure_lines(scenario)), ""]
    return "\n".join([*lines, *summary(document)]) + "\n"


def summary(document: Document) -> list[str]:
    """What came of all scenarios, and what has to be said about it."""
    lines = []
    for reason, number in document["skips"].items():
        reason = reason.removeprefix(f"{document['target']} ")
        lines.append(f"skipped {counted(number, 'scenario')}: {reason}")
    let_off = [
        f"relaxed in {scenario['scenario']}: {check}"
        for scenario in document["scenarios"]
        for check in scenario["relaxed"]
    ] + [
        f"left out in {scenario['scenario']}: {check}"
        for scenario in document["scenarios"]
        for check in scenario["skipped"]
    ]
    lines += let_off[:MOST_LINES]
    if len(let_off) > MOST_LINES:
        lines.append(f"… and {len(let_off) - MOST_LINES} more; every report names them all")
    for scenario in document["scenarios"]:
        lines += [f"left behind by {scenario['scenario']}: {made}" for made in scenario["left_behind"]]
        if scenario.get("attempts", 1) > 1:
            lines.append(f"{scenario['scenario']} was played {scenario['attempts']} times")
    calls = document.get("calls")
    called = f", {counted(calls, 'call')}" if calls else ""
    said = ", ".join([*totals(document), *leniencies(document)])
    lines.append(f"{said} on {document['target']} in {lasted(document['seconds'])}{called}")
    return lines
