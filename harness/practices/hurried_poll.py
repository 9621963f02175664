"""Polling faster than the API asks for."""

from __future__ import annotations

from collections.abc import Iterator

from harness.handle.courses import ENDED
from harness.handle.history import Exchange
from harness.practices.contract import Seen, practice, seen
from harness.practices.evidence import POLL_HELPER, Evidence, text

_MANY = 10
_MOMENT = 0.02
"""Seconds; the header that asks pollers to come back never asks for less."""


@practice(
    "hurried_poll",
    rule=(
        "Between two reads of what is worked on a client waits: as `openai-poll-after-ms` says, else a "
        "second."
    ),
    source=(
        "openai-python and openai-node, poll helpers: `openai-poll-after-ms`, else 1 s and 5 s "
        "(https://github.com/openai/openai-python/blob/main/helpers.md#polling-helpers)"
    ),
    evidence=(
        f"{_MANY} reads in a row of the same unfinished object, each within {_MOMENT * 1000:.0f} ms of the "
        "answer before, without the header `x-stainless-poll-helper`. In virtual time only where sleeping "
        "moves it, and a read that moves it to the next change is no proof: there the check sees little "
        "more than runs that hang"
    ),
    mend="Use the SDK's `create_and_poll` and `poll`, or sleep between reads.",
)
def judge(evidence: Evidence) -> Iterator[Seen]:
    """The first rush on each path."""
    if not evidence.sleeps_show:
        return
    rush: list[Exchange] = []
    told: set[str] = set()
    for call in evidence.calls:
        if not _polls(call):
            rush = []
        elif rush and _hurries(rush[-1], call):
            rush.append(call)
        else:
            rush = [call]
        if len(rush) == _MANY and call.path not in told:
            told.add(call.path)
            status = _status(call)
            yield seen(f"{call.path} was read {_MANY} times without a pause ({status})", rush[0], rush[-1])


def _polls(call: Exchange) -> bool:
    by_hand = call.method == "GET" and POLL_HELPER not in call.headers
    return by_hand and call.succeeded and bool(_status(call)) and _status(call) not in ENDED


def _hurries(before: Exchange, call: Exchange) -> bool:
    same = (before.path, _status(before)) == (call.path, _status(call))
    return same and before.ended is not None and call.at - before.ended < _MOMENT


def _status(call: Exchange) -> str:
    return text(call.response, "status")
