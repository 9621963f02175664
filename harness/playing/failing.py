"""How the failure of a scenario is shown to people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import wrap
from typing import Any

from harness.playing.explaining import relative
from harness.playing.matching import shown
from harness.playing.outcome import Difference, Failure, Outcome
from harness.playing.scope import NOT_AS_EXPECTED

_LONGEST_ARGUMENTS = 110
_LONGEST_VALUE = 48
_WIDTH = 110

Paint = Callable[..., str]


def failure_text(outcome: Outcome, *, color: bool = False, root: Path | None = None) -> str:
    """Why a scenario failed: the step and its place, what differs, what happened, and how to play it again.

    Paths are shown as seen from `root`, by default the working directory. Empty for what has not failed.
    """
    if outcome.status != "failed":
        return ""
    paint = _style if color else _plain
    scenario, failure = outcome.scenario, outcome.failure
    if failure is None:
        place = f"{relative(scenario.file, root)}:{scenario.place.line}"
        lines = [f"{paint(place, bold=True)}  {scenario.name}"]
        return "\n".join(lines + [paint(line, fg="red") for line in _wrapped(outcome.reason)])
    lines = [_head(outcome, failure, paint, root)]
    if failure.reason != NOT_AS_EXPECTED:
        lines += [paint(line, fg="red") for line in _wrapped(failure.reason)]
    for difference in failure.differences:
        lines += _difference(difference, paint)
    for fact in failure.facts:
        lines += _wrapped(fact)
    chapters = {
        "timeline": failure.timeline,
        "relaxed": outcome.relaxed,
        "left there": outcome.left_behind,
        "attempts": [f"all {outcome.allowed} failed"] if outcome.allowed > 1 else [],
        "replay": [failure.replay] if failure.replay else [],
    }
    for title, entries in chapters.items():
        for index, entry in enumerate(_aligned(entries) if title == "timeline" else entries):
            shown_title = paint(f"{title:<10}", dim=True) if index == 0 else " " * 10
            lines.append(f"  {shown_title} {entry}")
    return "\n".join(lines)


def _head(outcome: Outcome, failure: Failure, paint: Paint, root: Path | None) -> str:
    """Where, which step, what it did with which arguments, and when."""
    step = failure.step
    place = f"{relative(outcome.scenario.file, root)}:{step.place.line}"
    parts = [paint(place, bold=True), f"step {step.number}", paint(step.operation, bold=True)]
    arguments = arguments_text(failure.arguments)
    head = "  ".join(parts) + (f" {arguments}" if arguments else "")
    if failure.at_seconds is None:
        return head
    clock = " virtual" if outcome.virtual else ""
    return f"{head}  {paint(f'[t = {failure.at_seconds:.1f} s{clock}]', dim=True)}"


def arguments_text(arguments: Any, longest: int = _LONGEST_ARGUMENTS) -> str:
    """Arguments as the file would have them, on one line: `{thread_id: thread_007, limit: 1}`."""
    if arguments is None:
        return ""
    text = _flow(arguments, _LONGEST_VALUE)
    return text if len(text) <= longest else f"{text[: longest - 2]}…{text[-1]}"


def _flow(value: Any, longest: int) -> str:
    if isinstance(value, Mapping):
        if "object" in value and "id" in value:  # a whole object that was bound: its id says it all
            return str(value["id"])
        return "{" + ", ".join(f"{key}: {_flow(inner, longest)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(inner, longest) for inner in value) + "]"
    if isinstance(value, str) and value and all(sign.isalnum() or sign in "_-./" for sign in value):
        return value if len(value) <= longest else f"{value[: longest - 1]}…"
    return shown(value, longest)


def _difference(difference: Difference, paint: Paint) -> Iterator[str]:
    yield f"  {paint(difference.path or 'the result', bold=True)}"
    yield f"    expected  {paint(difference.expected, fg='green')}"
    yield f"    got       {paint(difference.got, fg='red')}"
    if difference.hint:
        yield f"    {difference.hint}"


def _wrapped(text: str) -> list[str]:
    """A sentence on as many lines as it needs; no word is broken, so ids can still be copied."""
    return [
        line
        for part in text.splitlines()
        for line in wrap(
            part,
            _WIDTH,
            initial_indent="  ",
            subsequent_indent="    ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    ]


def _aligned(lines: Sequence[str]) -> list[str]:
    """Timelines with their names in one column."""
    rows = [line.partition("  ") for line in lines]
    width = max((len(name) for name, gap, _ in rows if gap), default=0)
    return [f"{name:<{width}}  {rest}" if gap else name for name, gap, rest in rows]


def _plain(text: str, **style: Any) -> str:
    return text


def _style(text: str, **style: Any) -> str:
    import click

    return click.style(text, **style)
