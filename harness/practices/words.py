"""Findings and checks in words, for terminals and for the documentation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import TextWrapper

from harness.practices.contract import Finding, Practice, discover

_WIDTH = 100


def summary(found: Mapping[str, Sequence[Finding]]) -> list[str]:
    """What was found in tests or scenarios, by check: how often, where first, and what showed it there.

    `found` are the findings by the name of the test. Empty where nothing was found.
    """
    checks = discover()
    places: dict[str, list[tuple[str, Finding]]] = {}
    for name, several in found.items():
        for finding in several:
            places.setdefault(finding.check, []).append((name, finding))
    lines = []
    for check, each in sorted(places.items()):
        where, first = each[0]
        lines.append(f"{check} {_often(each)}{where}")
        lines += _wrapped(checks[check].rule, "  ", "  ")
        lines += [f"    {first.text}", *(f"      {line}" for line in first.lines)]
    if lines:
        lines.append("`assistants-mock practices NAME` says how to mend one, and how to leave it out")
    return lines


def failure(found: Sequence[Finding]) -> str:
    """Why a test fails that has not kept the rules."""
    checks = discover()
    lines = [f"the API's rules are not kept: {len(found)} finding{'' if len(found) == 1 else 's'}"]
    for finding in found:
        lines += str(finding).splitlines()
        lines += _wrapped(checks[finding.check].mend, "    mend: ", " " * 10)
    lines.append("`assistants-mock practices NAME` tells all about a check, and how to leave it out")
    return "\n".join(lines)


def listing() -> Iterator[str]:
    """Every check with its rule."""
    checks = discover()
    column = max(map(len, checks)) + 2
    for name, check in checks.items():
        head, gap = f"{name:{column}}", " " * column
        yield from _wrapped(check.rule, head, gap)


def story(check: Practice) -> Iterator[str]:
    """All there is to say about a check."""
    yield check.name
    for title, told in (
        ("rule", check.rule),
        ("source", check.source),
        ("evidence", check.evidence),
        ("mend", check.mend),
        ("leave out", check.opt_out),
    ):
        head, gap = f"  {title:11}", " " * 13
        yield from _wrapped(told, head, gap)


def _wrapped(text: str, first: str, others: str) -> list[str]:
    """A text in lines, the first one and the others behind what they begin with. Addresses stay whole."""
    wrapper = TextWrapper(_WIDTH, first, others, break_on_hyphens=False, break_long_words=False)
    return wrapper.wrap(text)


def _often(each: Sequence[tuple[str, Finding]]) -> str:
    tests = len({name for name, _ in each})
    if len(each) == 1:
        return "in "
    return f"{len(each)} times, first in " if tests == 1 else f"{len(each)} times in {tests}, first in "
