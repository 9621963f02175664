"""Experiments in a terminal: what would be run, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.experiments.model import Experiment
from harness.experiments.running import counts
from harness.explore.verdicts import VERDICTS, WORST_FIRST

Document = Mapping[str, Any]


def dry(experiments: Sequence[Experiment]) -> Iterator[str]:
    """What would be run: tests, faults, seeds, counts."""
    for each in experiments:
        yield f"{each.name}   {each.file}:{each.place.line}"
        yield f"  test     {each.test}"
        yield from _column("faults", map(str, each.breaks))
        yield f"  seeds    {_seeds(each.seeds)}"
        yield f"  good is  {', '.join(each.tolerance)}"
        if stop := each.stop.to_json():
            yield f"  ends at  {', '.join(f'{name} {value:g}' for name, value in stop.items())}"
        yield f"  {counts(each)}"
        yield ""
    runs = sum(len(each.variants) for each in experiments)
    tests = len({each.test for each in experiments})
    yield f"{runs} run{'s' if runs != 1 else ''} in all, and {2 * tests} without faults before them"


def _seeds(seeds: Sequence[int]) -> str:
    if not seeds:
        return "the test's own"
    if len(seeds) > 2 and list(seeds) == list(range(seeds[0], seeds[-1] + 1)):
        return f"{seeds[0]}..{seeds[-1]}"
    return ", ".join(map(str, seeds))


def _column(name: str, lines: Iterator[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield f"  {'' if number else name:<9}{line}"


def summary(document: Document) -> Iterator[str]:
    """Each experiment with its verdicts, and what deviates: the reason, the run as planned, the smallest."""
    for number, test in enumerate(document["tests"]):
        if number:
            yield ""
        yield from _test(test)


def _test(test: Document) -> Iterator[str]:
    experiment, variants = test["experiment"], test["variants"]
    yield f"{experiment['name']}   {experiment['file']}"
    yield f"  {test['test']}   {len(variants)} of {test['planned']} runs"
    found = {verdict: [each for each in variants if each["verdict"] == verdict] for verdict in VERDICTS}
    if variants:
        yield "  " + "   ".join(
            f"{verdict.symbol} {verdict.name} {len(found[verdict.name])}"
            for verdict in reversed(WORST_FIRST)
            if found[verdict.name]
        )
    for verdict in WORST_FIRST:
        yield from _deviations([each for each in found[verdict.name] if each["new"]])
    yield from _apart([each for each in variants if each["severity"] == "apart"])
    ended = (
        f"{experiment['status']}: {experiment['reason']}" if experiment["reason"] else experiment["status"]
    )
    yield f"  {'deviated, ' if experiment['deviated'] else ''}{ended}"


def _deviations(alike: Sequence[Document]) -> Iterator[str]:
    """Runs with one verdict that is not tolerated: the first of them, and the seeds of the others."""
    if not alike:
        return
    first = alike[0]
    seed = "" if first["seed"] is None else f" with seed {first['seed']}"
    yield f"  {VERDICTS[first['verdict']].symbol} {first['verdict']}{seed}   {first['reason']}"
    if len(alike) > 1:
        yield f"      and with {', '.join(str(each['seed']) for each in alike[1:])}"
    yield f"      as planned  {first['reproduce']}"
    if (minimal := first["minimal"]) and minimal["depth"] < first["depth"]:
        yield f"      minimal     {minimal['reproduce']}"
    elif first["depth"] > 1:
        yield "      no fault of it can be left out"


def _apart(variants: Sequence[Document]) -> Iterator[str]:
    """Runs that say nothing, told once."""
    if variants:
        yield f"  - not reached   {variants[0]['reason']}"
