"""A retry that does not wait as long as it was told to."""

from __future__ import annotations

from collections.abc import Iterator

from harness.durations import shown
from harness.handle.history import Exchange
from harness.practices.contract import Seen, practice, seen
from harness.practices.evidence import Evidence, repeated_by_sdk

_ROUNDING = 0.01


@practice(
    "early_retry",
    rule="Who is sent away comes back when the time in `retry-after` is over: refused calls count as well.",
    source=(
        "OpenAI help 'How can I solve 429: Too Many Requests errors': back off, unsuccessful requests "
        "contribute to the limit "
        "(https://help.openai.com/en/articles/5955604-how-can-i-solve-429-too-many-requests-errors)"
    ),
    evidence=(
        "a call was answered with `retry-after`, and the same call came before that time was over; the "
        "SDK's own retries do not count, and in virtual time the check judges only where sleeping moves it"
    ),
    mend=(
        "Leave retries to the SDK (`max_retries`), or sleep for `error.response.headers['retry-after']` "
        "and, without it, longer each time."
    ),
)
def judge(evidence: Evidence) -> Iterator[Seen]:
    """Calls that came back too early, once for each call that was sent away."""
    if not any(call.retry_after for call in evidence.calls) or not evidence.sleeps_show:
        return
    away: dict[str, Exchange] = {}
    for call in evidence.calls:
        key = f"{call.method} {call.path}?{call.query} {call.request}"
        before = away.pop(key, None)
        if before is not None and not repeated_by_sdk(call) and call.at + _ROUNDING < _until(before):
            wanted, waited = shown(before.retry_after or 0), shown(call.at - (before.ended or before.at))
            yield seen(f"{call.call} came after {waited} s, although {wanted} s were asked for", before, call)
        if call.retry_after and not call.succeeded:
            away[key] = call


def _until(call: Exchange) -> float:
    return (call.at if call.ended is None else call.ended) + (call.retry_after or 0)
