"""Polling that has no end."""

from __future__ import annotations

from collections.abc import Iterator

from harness.handle.history import Exchange, Note
from harness.practices.contract import Seen, practice, seen
from harness.practices.evidence import Evidence
from harness.waiting.hanging import PATIENCE_READS, PATIENCE_SECONDS


@practice(
    "endless_poll",
    rule="Polling has an end of its own: a deadline, after which what hangs is cancelled or given up.",
    source=(
        "OpenAI guide 'Assistants API deep dive', run lifecycle and polling for updates "
        "(https://platform.openai.com/docs/assistants/deep-dive#run-lifecycle); openai-python#1407, "
        "semantic-kernel#9364: loops that never end"
    ),
    evidence=(
        "the note `quiescence`: the same was read 25 times in a row while nothing was pending that could "
        "bring another answer. A run counts when nothing but reads came afterwards; anything else, which "
        f"cannot be cancelled, when that went on for {PATIENCE_READS:,} reads or an hour"
    ),
    mend=(
        "Compare with every terminal status (completed, failed, cancelled, expired, incomplete), count the "
        "tries or keep a deadline, and cancel the run when it is over."
    ),
)
def judge(evidence: Evidence) -> Iterator[Seen]:
    """What was read in vain, and nobody gave up."""
    judged: set[str] = set()
    for note in evidence.notes:
        # Calls that fail or are refused over and over are another check's business.
        if note.event != "quiescence" or note.subject in judged or " " in note.subject:
            continue
        judged.add(note.subject)
        asked = [call for call in evidence.calls if call.number < note.number]
        if not asked or asked[-1].method != "GET":
            continue
        reads = [call for call in evidence.calls if _same(call, asked[-1])]
        later = [call for call in evidence.calls if call.number > note.number]
        if _goes_on(note, reads) if not note.subject.startswith("run_") else _is_left(later):
            text = f"{note.subject} was read {len(reads)} times, although nothing was to come"
            yield seen(text, reads[0], note, reads[-1])


def _is_left(later: list[Exchange]) -> bool:
    return all(call.method == "GET" for call in later)


def _goes_on(note: Note, reads: list[Exchange]) -> bool:
    return len(reads) >= PATIENCE_READS or reads[-1].at - note.at >= PATIENCE_SECONDS


def _same(call: Exchange, other: Exchange) -> bool:
    return (call.method, call.path) == (other.method, other.path)
