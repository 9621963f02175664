"""Calls as a program made them: an SDK sends one several times when it fails, and says so in a header."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard

if TYPE_CHECKING:
    from harness.handle.history import Exchange, Note

RETRIES = 2
"""So often SDKs try again unless they are told otherwise."""

_AGAIN = frozenset({408, 409, 429})
_LONGEST_WAIT = 60.0


@dataclass
class Called:
    """One call of a program: its attempts, of which the last one answered it."""

    attempts: list[Exchange]

    @property
    def last(self) -> Exchange:
        """What the program saw."""
        return self.attempts[-1]

    @property
    def faults(self) -> tuple[str, ...]:
        """The faults that acted on any attempt."""
        return tuple(fault for attempt in self.attempts for fault in attempt.faults)

    @property
    def gave_up(self) -> bool:
        """Whether the SDK would have tried again, had it been allowed to."""
        last = self.last
        if last.retry_after is not None and last.retry_after > _LONGEST_WAIT:
            return False
        return not last.events and (broken_off(last) or last.status in _AGAIN or last.status >= 500)


def broken_off(exchange: Exchange) -> bool:
    """Whether the connection ended before the answer did."""
    return exchange.status == 0 or exchange.outcome in ("cut", "left", "broken")


def called(entries: Iterable[Exchange | Note]) -> list[Called]:
    """The calls of a journal in their order, what was only tried again put to the attempt before it."""
    calls: list[Called] = []
    for exchange in filter(_is_call, entries):
        first = _tried_before(calls, exchange) if retries_of(exchange) else None
        if first is None:
            calls.append(Called([exchange]))
        else:
            first.attempts.append(exchange)
    return calls


def most_retries(calls: Sequence[Called]) -> int | None:
    """How often the program's client tries again, where that is not the usual: as often as it did at most."""
    gave_up = {retries_of(call.last) for call in calls if call.gave_up}
    tried = max((retries_of(call.last) for call in calls), default=0)
    if not gave_up:
        return tried if tried > RETRIES else None
    most = max(*gave_up, tried)
    return None if most == RETRIES else most


def retries_of(exchange: Exchange) -> int:
    """The how-manieth retry this is, 0 for a call that is made for the first time."""
    said = exchange.headers.get("x-stainless-retry-count", "0")
    return int(said) if said.isdigit() else 0


def _is_call(entry: Exchange | Note) -> TypeGuard[Exchange]:
    """Whether it is a call, not something that happened by itself."""
    return hasattr(entry, "call")


def _tried_before(calls: Sequence[Called], exchange: Exchange) -> Called | None:
    for call in reversed(calls):
        last = call.last
        same = (last.method, last.path, last.query) == (exchange.method, exchange.path, exchange.query)
        if same and retries_of(last) == retries_of(exchange) - 1 and last.request == exchange.request:
            return call
    return None
