"""What a failed comparison says: the course of the runs it is about, instead of dumps of objects.

For `pytest_assertrepr_compare`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.control import ControlError
from harness.handle.assistants import open_handles
from harness.handle.courses import ACTIVE, ENDED, RUN, Course, Record
from harness.handle.history import Exchange, History

_SHOWN = 10
"""So many members of a list, or runs, are told."""


def explain_comparison(op: str, left: Any, right: Any) -> list[str] | None:
    """The lines that explain `left op right`, None when it has nothing to do with this API.

    Objects of the SDK become their kind, id and status, calls one line each; of runs the course is told,
    also where only their status was compared (`run.status == "completed"`).
    """
    operands = (left, right)
    if any(map(_ours, operands)):
        lines = [f"{_named(left)} {op} {_named(right)}"]
        for operand in operands:
            lines += _members(operand)
        ids = {found for operand in operands for found in _run_ids(operand)}
        return lines + [str(course) for course in _courses() if course.subject in ids][:_SHOWN]
    if all(isinstance(operand, str) for operand in operands) and set(operands) <= ACTIVE | ENDED:
        courses = [course for course in _courses() if set(operands) & set(course.statuses)]
        if courses:
            return [f"{left!r} {op} {right!r}", *map(str, courses[-_SHOWN:])]
    return None


def _courses() -> Iterator[Course]:
    """The courses of all runs that the open handles know of; none where nobody answers."""
    for handle in open_handles():
        try:
            record = Record.read(handle.control, handle.began)
            for kind, subject in record.subjects()[-_SHOWN * 5 :]:
                if kind == RUN:
                    yield record.course(kind, subject)
        except (OSError, ControlError):
            continue


def _ours(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return bool(value) and all(map(_ours, value))
    return isinstance(value, Exchange | History) or _is_object(value)


def _is_object(value: Any) -> bool:
    """Whether it is an object of the API as the SDK has it."""
    from_sdk = type(value).__module__.partition(".")[0] == "openai"
    return (
        from_sdk
        and isinstance(getattr(value, "object", None), str)
        and isinstance(getattr(value, "id", None), str)
    )


def _named(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, list | tuple):
        return f"{len(value)} of them" if value and _ours(value) else _short(repr(value))
    if _is_object(value):
        status = getattr(value, "status", None)
        return f"<{value.object} {value.id}{f' {status}' if isinstance(status, str) else ''}>"
    return _short(repr(value))


def _members(value: Any) -> list[str]:
    """What a list or a history holds, one a line."""
    if isinstance(value, History):
        return str(value).splitlines()
    if isinstance(value, list | tuple) and _ours(value):
        more = [f"… {len(value) - _SHOWN} more"] if len(value) > _SHOWN else []
        return [f"  {_named(member)}" for member in value[:_SHOWN]] + more
    return []


def _run_ids(value: Any) -> Iterator[str]:
    if isinstance(value, list | tuple):
        for member in value:
            yield from _run_ids(member)
    elif _is_object(value):
        yield value.id
        if isinstance(run_id := getattr(value, "run_id", None), str):
            yield run_id


def _short(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:199]}…"
