"""Drift between two targets, written for people and programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from itertools import groupby

from harness.drift.differences import KINDS, Drift, Entry
from harness.reports.words import counted


def _json(drift: Drift) -> str:
    document = asdict(drift) | {"schema": 1, "kinds": drift.kinds, "distinct": drift.distinct}
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def text(drift: Drift) -> str:
    """The differences by scenario and step, and the totals, for a terminal."""
    lines: list[str] = []
    for scenario, entries, told_before in _told(drift):
        lines.append(scenario)
        for (step, operation), differences in groupby(entries, lambda entry: (entry.step, entry.operation)):
            lines.append(f"  step {step}  {operation}" if step else "  the whole scenario")
            for each in differences:
                lines.append(f"    {each.kind} {each.path}".rstrip())
                lines += [f"      {drift.first}: {each.first}", f"      {drift.second}: {each.second}"]
        lines += [f"  {told_before} like those above"] if told_before else []
        lines.append("")
    lines += [f"not compared: {names}: {reason}" for reason, names in _by_reason(drift.uncompared)]
    lines += [f"failed on both: {names}: {reason}" for reason, names in _by_reason(drift.broken)]
    return "\n".join([*lines, summary(drift)])


def summary(drift: Drift) -> str:
    """How much was compared, and what came of it."""
    compared = f"{counted(drift.scenarios, 'scenario')} with {counted(drift.steps, 'step')} compared"
    if not drift.entries:
        return f"{compared}: {drift.first} and {drift.second} do not differ"
    total = counted(len(drift.entries), "difference")
    distinct = f", {drift.distinct} distinct" if drift.distinct < len(drift.entries) else ""
    kinds = ", ".join(f"{count} {kind}" for kind, count in drift.kinds.items())
    return f"{compared}: {total}{distinct} between {drift.first} and {drift.second} ({kinds})"


def _markdown(drift: Drift) -> str:
    lines = [f"# Drift between {drift.first} and {drift.second}", "", f"{summary(drift)}.", ""]
    if drift.entries:
        lines += ["| kind | number | meaning |", "| --- | --- | --- |"]
        lines += [f"| {kind} | {count} | {KINDS[kind]} |" for kind, count in drift.kinds.items()]
        lines.append("")
    for scenario, entries, told_before in _told(drift):
        lines += [f"## {scenario}", ""]
        if entries:
            lines += [
                f"| step | kind | path | {drift.first} | {drift.second} |",
                "| --- | --- | --- | --- | --- |",
            ]
        for each in entries:
            step = f"{each.step} `{each.operation}`" if each.step else ""
            cells = (step, each.kind, _code(each.path), _code(each.first), _code(each.second))
            lines.append(f"| {' | '.join(cells)} |")
        lines += [""] if entries else []
        lines += [f"{told_before} like those above.", ""] if told_before else []
    left = [f"* {reason}: {names}" for reason, names in _by_reason(drift.uncompared)]
    left += [f"* failed on both, {reason}: {names}" for reason, names in _by_reason(drift.broken)]
    if left:
        lines += ["## Not compared", "", *left, ""]
    return "\n".join(lines)


def _told(drift: Drift) -> list[tuple[str, list[Entry], int]]:
    """Every scenario with the differences that are new in it, and how many are of a sort told before."""
    told: set[tuple[str, str, str]] = set()
    found = []
    for scenario, entries in groupby(drift.entries, lambda entry: entry.scenario):
        fresh, before = [], 0
        for entry in entries:
            if entry.sort in told:
                before += 1
            else:
                told.add(entry.sort)
                fresh.append(entry)
        found.append((scenario, fresh, before))
    return found


def _by_reason(named: Mapping[str, str]) -> list[tuple[str, str]]:
    """Every reason with the names that share it."""
    found: dict[str, list[str]] = {}
    for name, reason in named.items():
        found.setdefault(reason, []).append(name)
    return [(reason, "; ".join(names)) for reason, names in found.items()]


def _code(text: str) -> str:
    """A text as code in a cell of a table."""
    return f"`{text.replace('|', '¦').replace('`', chr(39)).replace(chr(10), ' ')}`" if text else ""


FORMATS: Mapping[str, Callable[[Drift], str]] = {
    "json": _json,
    "markdown": _markdown,
    "text": lambda drift: text(drift) + "\n",
}
"""How a drift report is written, by name."""
