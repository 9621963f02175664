"""How long the pretended service takes: named profiles, or numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from mockserver.chance import Dice
from mockserver.durations import milliseconds


@dataclass(frozen=True, slots=True)
class Latency:
    """Durations in milliseconds; `jitter` 0.2 spreads each by up to 20 % either way.

    `first_token` is the wait before a message or the arguments of a call begin; `cancelling` is how long a
    cancel takes to act; `indexing_bytes_per_second` is for files in vector stores.
    """

    queued: int = 0
    first_token: int = 0
    tokens_per_second: float = 0.0
    cancelling: int = 0
    indexing: int = 0
    indexing_bytes_per_second: float = 0.0
    jitter: float = 0.0

    def duration(self, name: str, dice: Dice) -> int:
        """The named duration, jittered by the dice."""
        return self.spread(getattr(self, name), dice)

    def spread(self, duration: int, dice: Dice) -> int:
        """Some duration, jittered by the dice."""
        if not self.jitter:
            return duration
        return round(duration * dice.uniform(1 - self.jitter, 1 + self.jitter))


PROFILES: Mapping[str, Latency] = {
    "instant": Latency(),
    "realistic": Latency(
        queued=400,
        first_token=700,
        tokens_per_second=60.0,
        cancelling=600,
        indexing=900,
        indexing_bytes_per_second=1_000_000.0,
        jitter=0.2,
    ),
    "slow": Latency(
        queued=5_000,
        first_token=4_000,
        tokens_per_second=8.0,
        cancelling=5_000,
        indexing=20_000,
        indexing_bytes_per_second=20_000.0,
        jitter=0.3,
    ),
}

_SPEEDS = {"tokens_per_second", "indexing_bytes_per_second", "jitter"}


def parse_latency(value: str | Mapping[str, Any]) -> Latency:
    """A profile by name, or numbers: `{"profile"?: name, "queued": "2s", "tokens_per_second": 20, …}`.

    Numbers without a profile start from `instant`. Raises ValueError with a clear text.
    """
    if isinstance(value, str):
        if value not in PROFILES:
            raise ValueError(f"unknown latency {value!r}: it is one of {', '.join(PROFILES)}, or an object")
        return PROFILES[value]
    known = {field.name for field in fields(Latency)}
    changes: dict[str, Any] = {}
    for key, given in value.items():
        if key == "profile":
            continue
        if key not in known:
            raise ValueError(
                f"unknown latency setting {key!r}: it is one of profile, {', '.join(sorted(known))}"
            )
        changes[key] = _speed(key, given) if key in _SPEEDS else milliseconds(given)
    return replace(parse_latency(value.get("profile", "instant")), **changes)


def _speed(key: str, given: Any) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or given < 0:
        raise ValueError(f"latency setting {key!r} is a number of at least 0, not {given!r}")
    if key == "jitter" and given > 1:
        raise ValueError("latency setting 'jitter' lies between 0 and 1")
    return float(given)


def latency_state(latency: Latency) -> dict[str, Any]:
    """What a snapshot keeps; `parse_latency` reads it back."""
    return asdict(latency)
