"""The report for people: one HTML file that needs nothing else, on any screen, light or dark."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from html import escape
from importlib.resources import files
from typing import Any

from harness.reports.contract import Document, report
from harness.reports.words import lasted, leniencies, shortened, totals

_MOST = 20_000
"""Characters of one result; the JSON report has them all."""


@report("html", "one page for people")
def write(document: Document) -> str:
    """The document as a page."""
    title = f"Scenarios on {document['target']}"
    states = [status for status in ("failed", "passed", "skipped") if document["counts"][status]]
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}: {escape(', '.join(totals(document)))}</title>",
        f"<style>\n{_style()}</style></head><body>",
        f"<header><h1>{escape(title)}</h1>{_head(document)}</header>",
        '<input class="pick" type="radio" name="pick" id="all" checked>',
        *(f'<input class="pick" type="radio" name="pick" id="only-{status}">' for status in states),
        '<div class="filter"><label for="all">all</label>',
        *(f'<label for="only-{status}">{status} {document["counts"][status]}</label>' for status in states),
        "</div><main>",
        *(_scenario(scenario) for scenario in document["scenarios"]),
        "</main></body></html>",
    ]
    return "\n".join(parts) + "\n"


def _style() -> str:
    return (files("harness.reports") / "report.css").read_text(encoding="utf-8")


def _head(document: Document) -> str:
    sums = "".join(f'<span class="sum {said.split()[-1]}">{escape(said)}</span>' for said in totals(document))
    facts = [*leniencies(document), lasted(document["seconds"]), document["started"]]
    facts += [f"seed {document['seed']}"] if document.get("seed") is not None else []
    facts += [f"{document['calls']} calls"] if document.get("calls") else []
    facts.append(f"assistants-mock {document['version']}")
    skips = _items(f"{number} skipped: {reason}" for reason, number in document["skips"].items())
    return f'<p>{sums}</p><p class="soft">{escape(" · ".join(facts))}</p>{skips}'


def _scenario(scenario: Mapping[str, Any]) -> str:
    status, api = scenario["status"], scenario.get("api_seconds")
    took = lasted(scenario["seconds"])
    if api and scenario.get("virtual"):
        took = f"{lasted(api)} in {took}"
    about = f'<span class="about">{escape(_about(scenario))}</span>' if _about(scenario) else ""
    opened = " open" if status == "failed" else ""
    return "\n".join(
        [
            f'<details class="scenario is-{status}" id="{escape(scenario["id"], quote=True)}"{opened}>',
            f'<summary><span class="{status}">{status}</span>',
            f'<span class="name">{escape(scenario["scenario"])}</span>',
            f'<span class="when">{took if status != "skipped" else ""}</span>{about}</summary>',
            '<div class="inside">',
            f'<p class="soft"><code>{escape(scenario["file"])}:{scenario["line"]}</code></p>',
            _failure(scenario),
            _section("Checks this target was let off", scenario["relaxed"]),
            _section("Left out on this target", scenario["skipped"]),
            _section("Left behind on the target", scenario["left_behind"]),
            _steps(scenario["steps"]),
            "</div></details>",
        ]
    )


def _about(scenario: Mapping[str, Any]) -> str:
    numbered = f"Error {scenario['error']}. " if scenario.get("error") else ""
    reason = scenario["reason"] if scenario["status"] == "skipped" else ""
    return f"{numbered}{scenario.get('about') or ''} {reason}".strip()


def _failure(scenario: Mapping[str, Any]) -> str:
    failure = scenario["failure"]
    if scenario["status"] != "failed":
        return ""
    if failure is None:
        return f'<div class="failure">{escape(scenario["reason"])}</div>'
    at = f", at {failure['at_seconds']:.1f} s" if failure.get("at_seconds") is not None else ""
    differences = "".join(
        f"<code>{escape(each['path'])}</code><dl><dt>expected</dt><dd><code>{escape(each['expected'])}</code></dd>"
        f"<dt>got</dt><dd><code>{escape(each['got'])}</code></dd></dl>"
        + (f'<p class="soft">{escape(each["hint"])}</p>' if each.get("hint") else "")
        for each in failure["differences"]
    )
    where = f"step {failure['step']}, {failure['operation']}, line {failure['line']}{at}"
    arguments, timeline = failure.get("arguments"), "\n".join(failure["timeline"])
    parts = [
        f'<div class="failure"><strong>{escape(failure["reason"])}</strong>',
        f'<p class="soft">{escape(where)}</p>',
        f"<pre>{escape(shortened(arguments, _MOST))}</pre>" if arguments else "",
        differences,
        _items(failure.get("facts", [])),
        f"<h3>Timeline</h3><pre>{escape(timeline)}</pre>" if timeline else "",
        f"<h3>Play it again</h3><pre>{escape(failure['replay'])}</pre>" if failure["replay"] else "",
        "</div>",
    ]
    return "".join(parts)


def _steps(steps: Iterable[Mapping[str, Any]]) -> str:
    shown = "".join(_step(step) for step in steps)
    return f"<h3>Steps</h3>{shown}" if shown else ""


def _step(step: Mapping[str, Any]) -> str:
    error, result = step.get("error"), step.get("result")
    came = _came(error, result) if not step.get("skipped") else f"left out: {step['skipped']}"
    at = step.get("at_seconds")
    body = [f"<pre>{escape(_pretty(step['arguments']))}</pre>"] if step.get("arguments") is not None else []
    body += [f"<pre>{escape(_pretty(error if error is not None else result))}</pre>"]
    return (
        f'<details class="step"><summary><span>{escape(step["number"])} <b>{escape(step["operation"])}</b> '
        f'<span class="{"skipped" if error else "soft"}">{escape(came)}</span></span>'
        + (f'<span class="when">at {at:.1f} s</span>' if at is not None else "")
        + f"</summary>{''.join(body)}</details>"
    )


def _came(error: Mapping[str, Any] | None, result: Any) -> str:
    """What came of a step in a few words."""
    if error is not None:
        return " ".join(str(error[key]) for key in ("status", "code", "message") if error.get(key))[:160]
    if isinstance(result, Mapping):
        named = [str(result[key]) for key in ("id", "status") if isinstance(result.get(key), str | int)]
        if isinstance(result.get("statuses"), list):
            named = [" → ".join(map(str, result["statuses"]))]
        if isinstance(result.get("data"), list):
            named = [f"{len(result['data'])} in a list"]
        if isinstance(result.get("events"), list):
            named = [f"{len(result['events'])} events"]
        return " ".join(named)
    return ""


def _section(title: str, lines: Iterable[str]) -> str:
    shown = _items(lines)
    return f"<h3>{title}</h3>{shown}" if shown else ""


def _items(lines: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<ul>{items}</ul>" if items else ""


def _pretty(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=1, default=str)
    return text if len(text) <= _MOST else f"{text[:_MOST]}\n… ({len(text):,} characters)"
