"""The report for people: one HTML file that needs nothing else, with a matrix whose cells open.

What is read first (heads, matrices, findings) is markup and there without scripts, too. What a cell opens is
JSON beside it, read when it is asked for.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib.resources import files
from typing import Any

from harness.explore.page.blocks import blocks
from harness.explore.page.lists import deeper, findings
from harness.explore.page.marks import Variant, broken, is_new, safe, severities, symbol, worst_first
from harness.explore.page.matrix import matrix
from harness.explore.reports.contract import report
from harness.explore.verdicts import VERDICTS
from harness.reports.words import counted, lasted

Document = Mapping[str, Any]

_ENDS = {0: "as accepted", 1: "new weaknesses", 2: "inconclusive", 3: "the harness failed"}

_SCRIPTS = ("drawing.js", "timeline.js", "panel.js", "explore.js")


@report("html", "one page with a matrix that opens")
def write(document: Document) -> str:
    """The document as a page."""
    style = f"\n{_asset('explore.css')}"
    script = '\n"use strict";\n' + "\n".join(map(_asset, _SCRIPTS))
    # Whatever a body holds, the browser runs nothing but this script and fetches nothing at all.
    policy = (
        f"default-src 'none'; img-src data:; style-src {_hashed(style)}; script-src {_hashed(script)}; "
        "base-uri 'none'; form-action 'none'"
    )
    counts = [f"{number} {verdict}" for verdict, number in worst_first(document["counts"]).items()]
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<link rel="icon" href="data:,">',
        f"<title>Exploration: {safe(', '.join(counts) or 'no variants')}</title>",
        f"<style>{style}</style></head><body>",
        _head(document),
        _filter(document),
        "<main>",
        *(_test(number, test, document["seed"]) for number, test in enumerate(document["tests"])),
        "</main>",
        '<noscript><p class="soft">Opening a cell needs scripts, which are switched off here.</p></noscript>',
        '<p id="status" class="status" role="status"></p>',
        '<dialog id="panel" aria-labelledby="panel-title"></dialog>',
        *blocks(document),
        f"<script>{script}</script></body></html>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _asset(name: str) -> str:
    return (files("harness.explore.reports") / name).read_text(encoding="utf-8")


def _hashed(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _variants(document: Document) -> list[Variant]:
    return [variant for test in document["tests"] for variant in test["variants"]]


def _head(document: Document) -> str:
    code, variants = document["exit"], _variants(document)
    fresh = sum(map(is_new, variants))
    facts = [
        counted(len(document["tests"]), "test"),
        counted(len(variants), "variant"),
        *([f"{fresh} new"] if fresh else []),
        f"depth {document['depth']}",
        f"seed {document['seed']}",
        document["tool"],
    ]
    return "".join(
        [
            f'<header><h1>Exploration <span class="end end-{"good" if code == 0 else "bad"}">',
            f"exit {code}: {_ENDS.get(code, 'unknown')}</span></h1>",
            f'<p class="soft">{safe(" · ".join(facts))}</p>',
            f"<p><code>{safe(document['command'])}</code></p>",
            _stale(document["stale"]),
            "</header>",
        ]
    )


def _stale(stale: Sequence[Mapping[str, str]]) -> str:
    items = "".join(f"<li><code>{broken(each['id'])}</code> {safe(each['reason'])}</li>" for each in stale)
    title = "Accepted, but weaknesses no more: take them off the list"
    return f'<section class="stale"><h2>{title}</h2><ul>{items}</ul></section>' if items else ""


def _filter(document: Document) -> str:
    """Buttons by verdict, which say what the symbols mean as well."""
    variants = _variants(document)
    colours = severities(variants)
    chips = [
        f'<button type="button" class="chip" data-only="{safe(verdict)}" title="{_about(verdict)}" '
        'aria-pressed="false">'
        f"{symbol(verdict, colours.get(verdict, 'ok'))} {safe(verdict)} <b>{number}</b></button>"
        for verdict, number in worst_first(document["counts"]).items()
    ]
    if any(variant["accepted"] is not None for variant in variants):
        chips.append('<button type="button" class="chip" data-new aria-pressed="false">only new</button>')
    return (
        '<div class="filter" role="group" aria-label="Show only">'
        '<button type="button" class="chip" data-all aria-pressed="true">all</button>'
        f"{''.join(chips)}</div>"
    )


def _about(verdict: str) -> str:
    return safe(VERDICTS[verdict].about) if verdict in VERDICTS else ""


def _test(number: int, test: Mapping[str, Any], seed: int) -> str:
    variants: Sequence[Variant] = test["variants"]
    explored = test["status"] == "explored"
    opened = not explored or any(each["severity"] in ("fail", "warn") for each in variants)
    status = "" if explored else f'<span class="end end-bad">{safe(test["status"])}</span> '
    return "".join(
        [
            f'<details class="test"{" open" if opened else ""}>',
            f'<summary><h2>{status}<span class="name">{_name(test)}</span></h2>',
            f'<p class="soft">{safe(_size(test, seed))}</p>{_counts(variants)}</summary>',
            f'<p class="reason">{safe(test["reason"])}</p>' if test["reason"] else "",
            matrix(number, test),
            deeper(number, variants),
            findings(number, variants),
            "</details>",
        ]
    )


def _name(test: Mapping[str, Any]) -> str:
    """What stands above a test: its node id, behind the name of the experiment if it belongs to one."""
    name = broken(test["test"])
    return f"{safe(test['experiment']['name'])}: {name}" if "experiment" in test else name


def _size(test: Mapping[str, Any], seed: int) -> str:
    baseline = test["baseline"]
    parts = [
        counted(baseline["calls"], "call"),
        counted(len(test["variants"]), "variant"),
        *([f"{test['left_out']} of {test['planned']} planned left out"] if test["left_out"] else []),
        f"{lasted(baseline['virtual_seconds'])} of virtual time",
        f"seed {seed}",
    ]
    return " · ".join(parts)


def _counts(variants: Sequence[Variant]) -> str:
    counts: dict[str, int] = {}
    for variant in variants:
        counts[variant["verdict"]] = counts.get(variant["verdict"], 0) + 1
    colours = severities(variants)
    shown = "".join(
        f"<span>{symbol(verdict, colours[verdict])} {number} {safe(verdict)}</span>"
        for verdict, number in worst_first(counts).items()
    )
    return f'<p class="counts">{shown}</p>' if shown else ""
