"""What the page is made of: text made safe, the symbols of verdicts, buttons that open variants."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from harness.explore.verdicts import WORST_FIRST

Variant = Mapping[str, Any]

SYMBOLS = {verdict.name: verdict.symbol for verdict in WORST_FIRST}
"""How verdicts are drawn, the worst first."""

LONE = re.compile("[\ud800-\udfff]")
"""Halves of characters, which JSON knows and UTF-8 does not."""


def safe(value: object) -> str:
    """Text from outside, as it may stand anywhere in markup."""
    return escape(LONE.sub("\N{REPLACEMENT CHARACTER}", str(value)), quote=True)


def broken(name: str) -> str:
    """A long name, safe, that may be broken where its parts meet."""
    return re.sub(r"([._~+/])", r"\1<wbr>", safe(name))


def symbol(verdict: str, severity: str) -> str:
    """A verdict's symbol in its colour, for the eye only."""
    return (
        f'<span class="symbol" data-severity="{safe(severity)}" aria-hidden="true">{_letter(verdict)}</span>'
    )


def button(test: int, variant: int, of: Variant, kind: str, inside: str = "", more: str = "") -> str:
    """What opens a variant, found by the numbers of its test and itself; its symbol, or what is `inside`."""
    accepted = "" if of["accepted"] is None else " accepted"
    return (
        f'<button type="button" class="{kind}{accepted}" data-test="{test}" data-variant="{variant}" '
        f'data-severity="{safe(of["severity"])}"{more}>{inside or _letter(of["verdict"])}</button>'
    )


def sifted(of: Variant) -> str:
    """The attributes a filter looks at."""
    return f' data-verdict="{safe(of["verdict"])}"{" data-fresh" if is_new(of) else ""}'


def is_new(of: Variant) -> bool:
    """Whether a variant is a weakness nobody has accepted."""
    return bool(of["new"]) and of["accepted"] is None and of["severity"] in ("fail", "warn")


def rank(verdict: str) -> int:
    """How far from the worst a verdict is."""
    return list(SYMBOLS).index(verdict) if verdict in SYMBOLS else len(SYMBOLS)


def worst_first(counts: Mapping[str, int]) -> dict[str, int]:
    """Counts of verdicts in order, without those there are none of."""
    return {verdict: counts[verdict] for verdict in sorted(counts, key=rank) if counts[verdict]}


def severities(variants: Iterable[Variant]) -> dict[str, str]:
    """The severity each verdict has."""
    return {variant["verdict"]: variant["severity"] for variant in variants}


def _letter(verdict: str) -> str:
    return SYMBOLS.get(verdict, "?")
