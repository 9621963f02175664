"""Token buckets: so much a minute, refilled all the time, in whole numbers only.

A bucket is full at first and holds what a minute may use. In any stretch of time no more can be taken than a
full bucket and what flows in meanwhile, and whoever waits as long as `wait` says gets what was asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

MINUTE_MS = 60_000

TIDY_ABOVE = 256
"""Of more buckets than this, those that are full again are forgotten."""


@dataclass(slots=True)
class Bucket:
    """One limit. `lack` is how much was missing at the moment `at`, in 60,000ths: each millisecond fills in
    `limit` of them."""

    limit: int
    lack: int = 0
    at: int = 0

    def lacking(self, now: int) -> int:
        """How much is missing by now, in 60,000ths."""
        return max(0, self.lack - self.limit * max(0, now - self.at))

    def used(self, now: int) -> int:
        """How much is taken up by now, in whole parts begun."""
        return -(-self.lacking(now) // MINUTE_MS)

    def remaining(self, now: int) -> int:
        """How much could be taken at once."""
        return self.limit - self.used(now)

    def reset(self, now: int) -> int:
        """In how many milliseconds it will be full."""
        return -(-self.lacking(now) // self.limit)

    def wait(self, now: int, amount: int) -> int | None:
        """In how many milliseconds so much can be taken: 0 for at once, None for never."""
        if amount > self.limit:
            return None
        over = self.lacking(now) + (amount - self.limit) * MINUTE_MS
        return max(0, -(-over // self.limit))

    def take(self, now: int, amount: int) -> None:
        """Take so much; the caller has asked whether it is there."""
        self.lack, self.at = self.lacking(now) + amount * MINUTE_MS, now


@dataclass(frozen=True, slots=True)
class Claim:
    """What one call takes from one bucket."""

    name: str
    limit: int
    amount: int


@dataclass(slots=True)
class Buckets:
    """Buckets by their names; one that nobody has taken from is full."""

    by_name: dict[str, Bucket] = field(default_factory=dict)

    def of(self, name: str, limit: int) -> Bucket:
        """The bucket of that name, for looking at it."""
        kept = self.by_name.get(name)
        return Bucket(limit) if kept is None else kept

    def hindrance(self, claims: Iterable[Claim], now: int) -> tuple[Claim, int | None] | None:
        """The claim that has to wait longest, and how many milliseconds (None for ever); None if none has."""
        longest: tuple[Claim, int | None] | None = None
        for claim in claims:
            wait = self.of(claim.name, claim.limit).wait(now, claim.amount)
            if wait is None:
                return claim, None
            if wait > (longest[1] or 0 if longest else 0):
                longest = claim, wait
        return longest

    def take(self, claims: Iterable[Claim], now: int) -> None:
        """Take all; the caller has looked for a hindrance."""
        for claim in claims:
            self.by_name.setdefault(claim.name, Bucket(claim.limit)).take(now, claim.amount)
        if len(self.by_name) > TIDY_ABOVE:
            self.by_name = {name: bucket for name, bucket in self.by_name.items() if bucket.lacking(now)}

    def __bool__(self) -> bool:
        """Whether anything was taken."""
        return bool(self.by_name)

    def state(self) -> dict[str, tuple[int, int, int]]:
        """What is kept of them."""
        return {name: (bucket.limit, bucket.lack, bucket.at) for name, bucket in self.by_name.items()}

    @classmethod
    def resume(cls, state: Mapping[str, tuple[int, int, int]]) -> Buckets:
        """The buckets of a state."""
        return cls({name: Bucket(*kept) for name, kept in state.items()})


def spell(milliseconds: int) -> str:
    """A time as the API writes it in rate limits: `6ms`, `26.604s`, `20m52.666s`."""
    return "".join(_spelled(milliseconds))


def _spelled(milliseconds: int) -> Iterator[str]:
    if 0 < milliseconds < 1000:
        yield f"{milliseconds}ms"
        return
    hours, rest = divmod(milliseconds, 3_600_000)
    minutes, rest = divmod(rest, MINUTE_MS)
    seconds, rest = divmod(rest, 1000)
    if hours:
        yield f"{hours}h"
    if hours or minutes:
        yield f"{minutes}m"
    yield f"{seconds}.{rest:03}".rstrip("0").rstrip(".") + "s" if rest else f"{seconds}s"
