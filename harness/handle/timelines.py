"""What happened, written for people: the calls, and the course of everything that was worked on.

run_012  queued 0.0 -> in_progress 1.0 -> completed 4.0  [file_search: 1 hit]
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from harness.control import Control
from harness.durations import shown
from harness.handle.courses import RUN, Record
from harness.handle.history import Exchange, Note

if TYPE_CHECKING:
    from harness.handle.assistants import Assistants

_FIRST_CALLS, _LAST_CALLS = 10, 40
_FIRST_COURSES, _LAST_COURSES = 5, 20

_TOLD_ELSEWHERE = (f"{RUN}.", "thread.message.", "vector_store.file.")
"""Events that the courses tell; whatever else happens by itself is told among the calls."""


def story(assistants: Assistants) -> str:
    """What happened in a world: time and seed, calls, courses, faults and reply rules that did nothing.

    Bounded: of many calls and courses the first and the last are told. Raises what Control raises.
    """
    record = Record.read(assistants.control, assistants.began)
    clock = assistants.control.clock()
    parts = [f"{clock['mode']} time {shown(clock['now'] - record.began)} s, seed {assistants.seed!r}"]
    parts += _chapter("calls", _shortened(call_lines(record.entries), _FIRST_CALLS, _LAST_CALLS))
    parts += _chapter("timelines", course_lines(record))
    parts += _chapter("faults that have not acted", _idle_faults(assistants.control))
    parts += _chapter("reply rules that were not used", _idle_rules(assistants.control))
    return "\n".join(parts)


def timelines(control: Control, began: float | None = None) -> list[str]:
    """The course of every run, file in a vector store and batch behind a control door, one a line.

    Times count from `began` (Unix seconds), by default from the first call. Bounded as in `story`.
    """
    return course_lines(Record.read(control, began))


def course_lines(record: Record) -> list[str]:
    """The courses of a record, one a line; of many the first and the last."""
    subjects = record.subjects()
    first, last = subjects[:_FIRST_COURSES], subjects[_FIRST_COURSES:]
    left_out = max(0, len(last) - _LAST_COURSES)
    lines = [str(record.course(kind, subject)) for kind, subject in first]
    if left_out:
        lines.append(f"… {left_out} more …")
    return lines + [str(record.course(kind, subject)) for kind, subject in last[left_out:]]


def call_lines(entries: Sequence[Exchange | Note]) -> list[str]:
    """The calls of a journal, one a line: when, which, and what came of it.

    Polls that follow each other and are answered alike share a line (`runs.retrieve#2…#9`). What happens by
    itself stands between them, unless a timeline tells it; the proof of a hang is told once.
    """
    rows: list[list[Exchange | Note]] = []
    proven: set[str] = set()
    for entry in entries:
        if isinstance(entry, Note) and (entry.event.startswith(_TOLD_ELSEWHERE) or entry.subject in proven):
            continue
        if isinstance(entry, Note) and entry.event == "quiescence":
            proven.add(entry.subject)
        before = rows[-1][-1] if rows else None
        if isinstance(entry, Exchange) and isinstance(before, Exchange) and _polls(before, entry):
            rows[-1].append(entry)
        else:
            rows.append([entry])
    told = [_columns(row) for row in rows]
    times = max((len(row[0]) for row in told), default=0)
    names = max((len(row[1]) for row in told), default=0)
    return [f"{when:>{times}}  {name:<{names}}  {what}".rstrip() for when, name, what in told]


def _polls(before: Exchange, after: Exchange) -> bool:
    """Whether two calls are polls of the same thing, answered alike."""
    kept = [
        (call.method, call.operation, call.path, call.status, call.outcome, call.faults)
        for call in (before, after)
    ]
    return kept[0] == kept[1] and after.method == "GET" and not after.faults


def _columns(row: Sequence[Exchange | Note]) -> tuple[str, str, str]:
    first, last = row[0], row[-1]
    when = shown(first.at) if first.at == last.at else f"{shown(first.at)}…{shown(last.at)}"
    if isinstance(first, Note) or isinstance(last, Note):
        assert isinstance(first, Note)
        return when, first.event, first.subject
    name = first.call if first is last else f"{first.call}…#{last.ordinal}"
    return when, name, "  ".join(last.told)


def _idle_faults(control: Control) -> list[str]:
    return [f"{fault['fault']} at {_place(fault)}" for fault in control.faults() if not fault["fired"]]


def _place(fault: dict[str, Any]) -> str:
    place = dict(fault["at"])
    operation = place.pop("operation", "*")
    return " ".join([str(operation), *(f"{name}={value!r}" for name, value in place.items())])


def _idle_rules(control: Control) -> list[str]:
    idle = [f"{rule['id']} {rule['rule']}" for rule in control.replies() if not rule["used"]]
    return [line if len(line) <= 160 else f"{line[:159]}…" for line in idle[:_LAST_COURSES]]


def _chapter(title: str, lines: Sequence[str]) -> list[str]:
    return [title, *(f"  {line}" for line in lines)] if lines else []


def _shortened(lines: list[str], first: int, last: int) -> list[str]:
    left_out = len(lines) - first - last
    if left_out <= 1:  # the line that says so would take the place of what it stands for
        return lines
    return [*lines[:first], f"… {left_out} more …", *lines[-last:]]
