"""What an application has done that nobody would want, whatever it answered: for checks after each step."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from harness.handle.cleanliness import left_behind
from harness.handle.courses import Record
from harness.handle.history import Exchange

__tracebackhide__ = True  # what fails here is told at the line of the test

Row = Mapping[str, Any]

_OTHER_KINDS = ("assistant", "thread", "vector_store", "file", "upload")


def assert_said_once(rows: Sequence[Row]) -> None:
    """Raise AssertionError when calls have put the same message of a user into a thread twice.

    `rows` are those of the control door's journal. One call that arrived twice counts once: that was not its
    client's doing. A message that was deleted again is forgiven.
    """
    calls = [row for row in rows if "call" in row and _performed(row)]
    deleted = sum(row["operation"] == "messages.delete" for row in calls)
    said = Counter(message for row in calls for message in _said(row))
    for message, count in said.items():
        if count > 1 + deleted:
            by = ", ".join(row["call"] for row in calls if message in _said(row))
            thread, text = message
            raise AssertionError(f"{thread} has what the user said {count} times: {text}, by {by}")


def assert_runs_ended(record: Record, *, but: Collection[str] = ()) -> None:
    """Raise AssertionError when a run of which a client was told goes on, in a status not among `but`."""
    calls = {call.call: call for call in record.calls}
    left = [
        each
        for each in left_behind(record, ignore=_OTHER_KINDS)
        if each.status not in but and _was_told(calls[each.call], each.id)
    ]
    if left:
        lines = "\n".join(f"  {line}" for each in left for line in str(each).splitlines())
        raise AssertionError(f"the application waits for nothing any more, and runs go on:\n{lines}")


def _performed(row: Row) -> bool:
    return bool(row.get("performed", 200 <= row["status"] < 300))


def _said(row: Row) -> list[tuple[str, str]]:
    """The thread and what was said, for each message of a user that a call adds to a thread."""
    body = row["request"] if isinstance(row.get("request"), dict) else {}
    added = {"messages.create": [body], "runs.create": body.get("additional_messages") or []}
    thread = row["path"].partition("/threads/")[2].partition("/")[0]
    return [
        (thread, json.dumps([each.get("content"), *(each.get("attachments") or ())], ensure_ascii=False))
        for each in added.get(row["operation"], [])
        if isinstance(each, dict) and each.get("role") == "user"
    ]


def _was_told(call: Exchange, run: str) -> bool:
    """Whether the answer to a call told of a run: nobody looks after what he never heard of."""
    response = call.response if isinstance(call.response, dict) else {}
    return bool(call.succeeded and (call.events or response.get("id") == run))
