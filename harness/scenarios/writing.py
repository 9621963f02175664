"""A scenario written down from what was recorded: the calls of a world as the steps of a file.

    text = scenario_of("desk", read_entries(control), settings={"seed": 7, "latency": "slow"})

What it writes, `read_scenarios` reads, and a mock on which it is played is asked the same operations in the
same order. Ids become references to the steps that tell them, polls become `wait`, what was slept between
calls `advance`; what the SDK tries again by itself is left to it. Refusals are expected as they were.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from harness.scenarios.attempts import called, most_retries
from harness.scenarios.backend import BACKEND
from harness.scenarios.plainyaml import comment, entry
from harness.scenarios.recorded import Recording, WrittenStep

if TYPE_CHECKING:
    from harness.handle.history import Exchange, Note

_ELSEWHERE = frozenset({"runs", "fixtures"})


def scenario_of(
    name: str,
    entries: Sequence[Exchange | Note],
    *,
    settings: Mapping[str, Any] | None = None,
    replies: Sequence[Mapping[str, Any]] = (),
    faults: Sequence[str | Mapping[str, Any]] | None = None,
    fixtures: Sequence[Mapping[str, Any]] = (),
    contents: Mapping[str, str] | None = None,
    about: str = "",
) -> str:
    """The text of a scenario file with one scenario, which does what `entries` tell.

    `entries` are what `read_entries` gives, or the exchanges of a history. `settings` are those the world
    was made with, the seed among them; `replies` its reply rules, `fixtures` what was in it from the start.
    `faults` are orders as the control door takes them; without any, each fault that acted is ordered for the
    call it acted on. `contents` has what files held, as base64 by their SHA-256, as a snapshot has it.

    A call that the format has no words for becomes a comment, and the first lines of the file say so.
    """
    calls = called(entries)
    recording = Recording(calls, contents or {})
    steps = list(recording.steps())
    settings = settings or {}
    head: dict[str, Any] = {"name": re.sub(r"[^A-Za-z0-9_-]+", "_", name).lstrip("-0123456789") or "recorded"}
    if about:
        head["about"] = about
    if "seed" in settings:
        head["seed"] = settings["seed"]
    retries = most_retries(calls)
    if retries is not None:
        head["client"] = {"max_retries": retries}
    backend = {key: settings[key] for key in BACKEND["properties"] if key in settings.keys() - _ELSEWHERE}
    backend |= {"fixtures": list(fixtures)} if fixtures else {}
    backend |= {"runs": list(replies)} if replies else {}
    if backend:
        head["backend"] = backend
    orders = list(recording.acted()) if faults is None else list(faults)
    if orders:
        head["faults"] = orders
    return "\n".join([*_opening(recording.remarks), "- " + "\n  ".join(_body(head, steps)), ""])


def _opening(remarks: Sequence[str]) -> Iterator[str]:
    for remark in remarks:
        yield from comment(remark)
    yield from ("version: 1", "", "scenarios:")


def _body(head: Mapping[str, Any], steps: Sequence[WrittenStep]) -> Iterator[str]:
    """The lines of the one scenario."""
    for key, value in head.items():
        yield from entry(key, value)
    yield "steps:"
    if all(step.unsaid for step in steps):
        yield "- advance: 1ms"  # a scenario has at least one step
    for step in steps:
        if step.remark:
            yield from comment(step.remark)
        if not step.unsaid:
            first, *rest = (line for key, value in step.written().items() for line in entry(key, value, 106))
            yield f"- {first}"
            yield from (f"  {line}" for line in rest)
