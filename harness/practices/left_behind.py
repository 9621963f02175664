"""Objects that nothing refers to any more, and that are still there."""

from __future__ import annotations

from collections.abc import Iterator

from harness.handle.cleanliness import LeftBehind, left_behind
from harness.handle.history import Exchange
from harness.practices.contract import Seen, practice, seen
from harness.practices.evidence import Evidence, segment, text, value

_USERS = {
    "file": ("vector_stores", "assistants", "threads"),
    "vector_store": ("assistants", "threads"),
}
"""By what files and stores are used, as paths name it."""


@practice(
    "left_behind",
    rule=(
        "What was made for something that is gone is deleted as well: deleting a store or a thread leaves "
        "its files."
    ),
    source=(
        "API reference, delete vector store file: 'the file itself will not be deleted' "
        "(https://platform.openai.com/docs/api-reference/vector-stores-files/deleteFile); storage is paid "
        "by the day "
        "(https://platform.openai.com/docs/assistants/tools/file-search#managing-costs-with-expiration-policies)"
    ),
    evidence=(
        "of what `assert_clean` lists: files whose every store, assistant and thread was deleted, stores "
        "whose every assistant and thread was, and uploads that were neither completed nor cancelled. "
        "Assistants and threads that stay are meant to; `assert_clean` is stricter"
    ),
    mend=(
        "Delete the store and its files with whatever they were made for, in a `finally`, or give them "
        "`expires_after`; cancel uploads that are given up."
    ),
)
def judge(evidence: Evidence) -> Iterator[Seen]:
    """What is left and of no use any more."""
    deleted = _deleted(evidence)
    makers = {call.call: call for call in evidence.calls}
    for left in left_behind(evidence.record, ignore=("assistant", "thread", "run")):
        users, maker = _users(evidence, left), makers[left.call]
        if left.kind == "upload":
            yield seen(f"upload {left.id} was neither completed nor cancelled", maker)
        elif users and users <= deleted.keys():
            gone = [deleted[user] for user in sorted(users)]
            yield seen(f"{left.kind} {left.id} is still there, what used it is not", maker, *gone)


def _deleted(evidence: Evidence) -> dict[str, Exchange]:
    """What was deleted, and by which call."""
    found = {}
    for call in evidence.calls:
        thing, _, verb = call.operation.rpartition(".")
        if verb == "delete" and call.done and thing in ("vector_stores", "assistants", "threads"):
            found[segment(call, thing)] = call
    return found


def _users(evidence: Evidence, left: LeftBehind) -> set[str]:
    """The stores, assistants and threads that calls have brought together with it; "" is one nobody knows."""
    found: set[str] = set()
    for call in evidence.calls:
        named = str(call.request) + str(value(call.response, "tool_resources"))
        if call.method != "POST" or not call.done or left.id not in named:
            continue
        for kind in _USERS.get(left.kind, ()):
            if call.operation == "threads.create_and_run":
                found.add(text(call.response, "thread_id"))
            elif f"/{kind}" in call.path:
                found.add(segment(call, kind) or text(call.response, "id"))
    return found
