"""Runs that each bring the whole instructions, nearly the same every time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from harness.handle.history import Exchange
from harness.practices.contract import Seen, practice, seen
from harness.practices.evidence import RUNS_MADE, Evidence, text

_LONG = 200
"""So many characters are more than a remark for one turn."""


@practice(
    "overridden_instructions",
    rule=(
        "A run brings `additional_instructions`, not all of the instructions built anew with one thing "
        "changed."
    ),
    source=(
        "API reference, create run: `instructions` overrides those of the assistant, "
        "`additional_instructions` appends to them "
        "(https://platform.openai.com/docs/api-reference/runs/createRun)"
    ),
    evidence=(
        f"two or more runs of an assistant bring different `instructions` of {_LONG} characters or more, at "
        "least half of which are the same"
    ),
    mend=(
        "Keep what stays the same in the assistant and pass the rest as `additional_instructions`: shorter "
        "requests, and a prompt whose beginning can be cached."
    ),
)
def judge(evidence: Evidence) -> Iterator[Seen]:
    """Assistants whose runs repeat what they should have been told once."""
    brought: dict[str, list[Exchange]] = {}
    for call in evidence.made(*RUNS_MADE):
        if call.done and len(text(call.request, "instructions")) >= _LONG:
            brought.setdefault(text(call.request, "assistant_id"), []).append(call)
    for assistant, calls in brought.items():
        first = calls[0]
        alike = [call for call in calls[1:] if _alike(_told(first), _told(call))]
        if alike:
            yield seen(
                f"{len(alike) + 1} runs of {assistant} bring all of the instructions anew", first, *alike
            )


def _told(call: Exchange) -> str:
    return text(call.request, "instructions")


def _alike(one: str, other: str) -> bool:
    if one == other:
        return False
    same = _shared(one, other) + _shared(one[::-1], other[::-1])
    return same >= min(len(one), len(other)) / 2


def _shared(one: str, other: str) -> int:
    """With how many characters in common they begin."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
