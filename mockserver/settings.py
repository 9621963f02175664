"""What can be set about a world: limits, profile, time, luck. Plain data, checked when it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from mockserver.clock import rate_of
from mockserver.indexingrules import IndexingRule, indexing_state, parse_indexing
from mockserver.latency import PROFILES, Latency, latency_state, parse_latency


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of the API that a test may lower to reach them with a few requests.

    `messages_per_thread` is 100,000 in secondary documentation; `context_tokens` is what a model of the
    gpt-4o family reads at once, after which older messages are left out. The others are documented: bytes of
    a file, of an upload, of one of its parts, and of all files of a project; files of a vector store, in one
    call and in one batch; pairs of attributes; files of a code interpreter. How large a `body` of JSON may be
    is not known: 64 MB hold the longest one that is documented, a thread with its messages, in practice.
    Neither is how many parts an upload may have. The last two are of this server's own making: how much the
    journal keeps.
    """

    messages_per_thread: int = 100_000
    context_tokens: int = 128_000
    file_bytes: int = 512 * 1024 * 1024
    upload_bytes: int = 8 * 1024 * 1024 * 1024
    part_bytes: int = 64 * 1024 * 1024
    storage_bytes: int = 2_500_000_000_000
    vector_store_files: int = 10_000
    files_per_call: int = 500
    files_per_batch: int = 2_000
    attributes: int = 16
    code_interpreter_files: int = 20
    body_bytes: int = 64 * 1024 * 1024
    upload_parts: int = 10_000
    journal_entries: int = 10_000
    journal_bytes: int = 32_000_000


@dataclass(frozen=True, slots=True)
class RateLimits:
    """How much a minute may use; None is no limit.

    Calls of the API in all, tokens of calls that begin or resume a run, calls that attach files to one vector
    store, files attached to all of them, uploads of files. `DOCUMENTED` are those that are published with
    their numbers; those of calls and tokens depend on the account.
    """

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    vector_store_requests_per_minute: int | None = None
    attached_files_per_minute: int | None = None
    uploads_per_minute: int | None = None


DOCUMENTED = RateLimits(
    vector_store_requests_per_minute=300, attached_files_per_minute=2_000, uploads_per_minute=1_000
)


@dataclass(frozen=True, slots=True)
class Settings:
    """How a new world starts.

    `clock` is `real`, `virtual` or `xN`; `profile` is `documented` (every documented error happens by
    itself) or `observed` (only what was seen on the wire); `strict` ends runs that no reply rule matches as
    failed; `auto_create` lets unknown ids exist on first use; `models` are names of models known beside the
    published ones, `*` accepts any; without `rate_limits` nothing is ever too fast. `indexing` says of files
    by their names how long it takes and whether it fails. Of a world that is to `scout`, the journal says of
    each call which faults could act on it.
    """

    seed: int | str = 0
    clock: str = "real"
    latency: Latency = PROFILES["realistic"]
    profile: str = "documented"
    strict: bool = False
    auto_create: bool = False
    models: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    rate_limits: RateLimits | None = None
    indexing: tuple[IndexingRule, ...] = ()
    scout: bool = False

    def changed(self, changes: Mapping[str, Any]) -> Settings:
        """These settings with some replaced, as the control door and configuration files give them.

        Raises SettingError naming the setting that cannot be used.
        """
        known: dict[str, Any] = {}
        for name, value in changes.items():
            if name not in _READERS:
                raise SettingError(name, f"unknown setting; it is one of {', '.join(sorted(_READERS))}")
            try:
                known[name] = _READERS[name](value)
            except ValueError as error:
                raise SettingError(name, str(error)) from error
        if "limits" in known:
            known["limits"] = replace(self.limits, **known["limits"])
        return replace(self, **known)

    def state(self) -> dict[str, Any]:
        """What a snapshot keeps; `Settings().changed(state)` reads it back."""
        return {
            "seed": self.seed,
            "clock": self.clock,
            "latency": latency_state(self.latency),
            "profile": self.profile,
            "strict": self.strict,
            "auto_create": self.auto_create,
            "models": list(self.models),
            "limits": asdict(self.limits),
            "rate_limits": _rates_state(self.rate_limits),
            "indexing": indexing_state(self.indexing),
            "scout": self.scout,
        }


class SettingError(ValueError):
    """A setting that cannot be used, and why."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason


def _seed(value: Any) -> int | str:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError(f"a seed is a whole number or a text, not {value!r}")
    return value


def _clock(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"a clock is 'real', 'virtual' or 'xN', not {value!r}")
    rate_of(value)
    return value


def _latency(value: Any) -> Latency:
    if not isinstance(value, str | Mapping):
        raise ValueError(f"a latency is a profile's name or an object, not {value!r}")
    return parse_latency(value)


def _profile(value: Any) -> str:
    if value not in ("documented", "observed"):
        raise ValueError(f"a profile is 'documented' or 'observed', not {value!r}")
    return str(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"this is true or false, not {value!r}")
    return value


def _limits(value: Any) -> dict[str, int]:
    return _numbers(value, Limits)


def _rate_limits(value: Any) -> RateLimits | None:
    if value == "documented":
        return DOCUMENTED
    if value is None:
        return None
    if isinstance(value, str):
        raise ValueError(f"rate limits are 'documented' or an object of whole numbers, not {value!r}")
    wanted = _numbers(value, RateLimits)
    return RateLimits(**wanted) if wanted else None


def _rates_state(limits: RateLimits | None) -> dict[str, int] | None:
    if limits is None:
        return None
    return {name: number for name, number in asdict(limits).items() if number is not None}


def _numbers(value: Any, kind: type[Limits] | type[RateLimits]) -> dict[str, int]:
    names = {field.name for field in fields(kind)}
    if not isinstance(value, Mapping):
        raise ValueError(f"limits are an object of whole numbers, not {value!r}")
    for name, number in value.items():
        if name not in names:
            raise ValueError(f"unknown limit {name!r}; it is one of {', '.join(sorted(names))}")
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            raise ValueError(f"limit {name!r} is a whole number of at least 1, not {number!r}")
    return dict(value)


def _names(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(name, str) and name for name in value):
        raise ValueError(f"this is a list of names, not {value!r}")
    return tuple(value)


_READERS = {
    "seed": _seed,
    "clock": _clock,
    "latency": _latency,
    "profile": _profile,
    "strict": _flag,
    "scout": _flag,
    "auto_create": _flag,
    "models": _names,
    "limits": _limits,
    "rate_limits": _rate_limits,
    "indexing": parse_indexing,
}
