"""The report in a terminal: a matrix for each test, and what is worst."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.explore.plans import Plan
from harness.explore.verdicts import VERDICTS, WORST_FIRST
from harness.reports.words import counted, lasted

Document = Mapping[str, Any]

_COLUMNS = (
    *("transport", "proxy", "http", "request", "run"),
    *("tools", "index", "data", "stream"),
)
_FINDINGS, _ALIKE = 12, 4


def planned(plan: Plan, more: str = "") -> Iterator[str]:
    """How many variants there are for each test, or why there are none; `more` is said behind the sum."""
    for test in plan.tests.values():
        if test.status == "explored":
            assert test.baseline is not None
            made, variants = len(test.baseline.calls), len(test.variants)
            yield f"{test.test}   {counted(made, 'call')}, {counted(variants, 'variant')}"
        else:
            yield f"{test.test}   {test.status}: {test.reason}"
    if plan.count:
        yield f"{counted(plan.count, 'variant')}, about {lasted(plan.estimate)} one after the other{more}"


def summary(document: Document) -> Iterator[str]:
    """Every test with its matrix, then what is new, worst first, and what is on the list without need."""
    for test in document["tests"]:
        yield from _test(test)
    variants = [variant for test in document["tests"] for variant in test["variants"]]
    yield from _findings(variants)
    for stale in document["stale"]:
        yield f"no more there, take it from the list: {stale['id']} ({stale['verdict']})"


def _test(test: Document) -> Iterator[str]:
    if test["status"] != "explored":
        yield f"{test['test']}   {test['status']}: {test['reason']}"
        return
    baseline, variants = test["baseline"], test["variants"]
    words = [counted(baseline["calls"], "call"), counted(len(variants), "variant")]
    if test["left_out"]:
        words.append(f"{test['left_out']} left out")
    yield f"{test['test']}   {', '.join(words)}"
    yield from _matrix(variants, [call["call"] for call in baseline["history"]])
    counts = {name: sum(variant["verdict"] == name for variant in variants) for name in VERDICTS}
    yield "  " + "   ".join(
        f"{verdict.symbol} {verdict.name} {counts[verdict.name]}"
        for verdict in reversed(WORST_FIRST)
        if counts[verdict.name]
    )
    yield ""


def _matrix(variants: Sequence[Document], usual: Sequence[str]) -> Iterator[str]:
    """A row for each call, one more for what breaks it for good, and a column for each group of faults: the
    letters of all of them. Calls come in their `usual` order.
    """
    rows: dict[str, dict[str, list[str]]] = {}
    for variant in variants:
        first = variant["faults"][0]
        if variant["depth"] == 1:
            row = rows.setdefault(first["call"] + ("+" if first["lasting"] else ""), {})
            row.setdefault(first["group"], []).append(VERDICTS[variant["verdict"]].symbol)
    groups = [group for group in _COLUMNS if any(group in row for row in rows.values())]
    widths = {group: max(len(group), *(len(row.get(group, ())) for row in rows.values())) for group in groups}
    left = max((len(call) for call in rows), default=0)
    yield f"  {'':<{left}}  " + "  ".join(f"{group:<{widths[group]}}" for group in groups)
    order = {call: index for index, call in enumerate(usual)}
    broken = dict.fromkeys(call.rstrip("+") for call in rows)
    calls = sorted(broken, key=lambda call: order.get(call, len(order)))
    for name in [name for call in calls for name in (call, f"{call}+") if name in rows]:
        cells = (f"{''.join(rows[name].get(group, ())):<{widths[group]}}" for group in groups)
        yield f"  {name:<{left}}  {'  '.join(cells)}".rstrip()


def _findings(variants: Sequence[Document]) -> Iterator[str]:
    """What is not well, worst first; what has the same reason is told together."""
    order = [verdict.name for verdict in WORST_FIRST]
    bad = [variant for variant in variants if variant["severity"] in ("fail", "warn")]
    groups: dict[tuple[str, str, str | None], list[Document]] = {}
    for variant in bad:
        groups.setdefault((variant["verdict"], variant["reason"], variant["accepted"]), []).append(variant)
    if groups:
        new = sum(variant["new"] for variant in bad)
        yield f"{new or 'no'} new {'weakness' if new == 1 else 'weaknesses'}. Worst first:"
    ranked = sorted(groups.items(), key=lambda group: (group[0][2] is not None, order.index(group[0][0])))
    for (verdict, reason, accepted), alike in ranked[:_FINDINGS]:
        known = f" (accepted: {accepted})" if accepted is not None else ""
        yield f"  {VERDICTS[verdict].symbol} {alike[0]['id']}   {reason}{known}"
        yield from _others(alike[1:])
        if alike[0]["new"]:
            yield f"      {alike[0].get('reproduce', alike[0]['nodeid'])}"
    if len(ranked) > _FINDINGS:
        left = sum(len(alike) for _, alike in ranked[_FINDINGS:])
        yield f"  … {left} more, for {len(ranked) - _FINDINGS} other reasons; the reports have them all"


def _others(variants: Sequence[Document]) -> Iterator[str]:
    if variants:
        named = ", ".join(variant["id"] for variant in variants[:_ALIKE])
        more = f" and {len(variants) - _ALIKE} more" if len(variants) > _ALIKE else ""
        yield f"      so do {named}{more}"
