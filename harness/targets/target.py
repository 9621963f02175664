"""Targets: what scenarios are run against.

`mock` is this project's server and the default. `compatible:URL`, `foundry-classic`, `openai-live` and
`azure` work without a file; everything else is a profile:

    [tool.assistants.targets.staging]          # pyproject.toml; in assistants.toml [targets.staging]
    kind = "compatible"
    base_url = "https://staging.example.com/v1"
    key_env = "STAGING_KEY"
    headers = {"X-Tenant" = "${env.TENANT}"}
    lacks = ["runs.cancel"]
    max_calls = 500
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from harness.capabilities import CONTROLLED
from harness.targets.kinds import KINDS, Kind
from harness.targets.profiles import Profile, TargetError, address, read_profiles

__all__ = [
    "Target",
    "TargetError",
    "UnreachableError",
    "clock_of",
    "find_target",
    "target_names",
]

_KEYS = (
    *("kind", "base_url", "key", "key_env", "headers", "query", "capabilities", "lacks", "time", "latency"),
    *("control", "model", "models", "max_calls", "keep"),
)
_SCALED = re.compile(r"(?:scaled:|x)(\d+(?:\.\d+)?)")
_SHORTEST_SECRET = 6
_NAME = re.compile(r"[A-Za-z0-9_-]+")


class UnreachableError(TargetError):
    """A target that does not answer, or lets nobody in with this key."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where requests go, how they are let in, and what is there.

    Without a `base_url` a mock is a server of its own. `capabilities` None means that they are found out by
    asking once; `lacks` are taken away from them. `clock` is how time passes there: `real`, and on a mock
    also `virtual` or `xN`. `control` is whether a mock's control door may be used. `models` maps names of
    models in scenarios to those of the target, `*` all others. `max_calls` are the calls a session may make.
    """

    name: str
    kind: str = "mock"
    base_url: str | None = None
    key: str = field(default="sk-assistants-mock", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    capabilities: frozenset[str] | None = None
    lacks: frozenset[str] = frozenset()
    clock: str = "real"
    latency: str = "realistic"
    control: bool = False
    models: Mapping[str, str] = field(default_factory=dict)
    max_calls: int | None = None
    keep: bool = False
    secrets: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def has_control(self) -> bool:
        """Whether it is a mock whose control door is open."""
        return self.kind == "mock" and self.control

    def masked(self, text: str) -> str:
        """A text without the target's key and what else came from the environment."""
        for secret in sorted(self.secrets, key=len, reverse=True):
            text = text.replace(secret, "***")
        return text


def find_target(name: str, root: Path | None = None) -> Target:
    """The target of this name: a profile of the project around `root`, a kind, `KIND:URL`, or a URL.

    Raises TargetError, with file and key for a mistake in a profile.
    """
    profiles = read_profiles(root or Path.cwd())
    if name in profiles:
        return _of_profile(name, profiles[name])
    kind, _, url = (
        ("compatible", "", name) if name.startswith(("http://", "https://")) else name.partition(":")
    )
    if kind in KINDS:
        return _made(name, KINDS[kind], None, url or None)
    known = target_names(profiles)
    near = get_close_matches(name, known, 1)
    hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(known)}"
    raise TargetError(f"there is no target '{name}'; {hint}")


def target_names(profiles: Iterable[str] = ()) -> list[str]:
    """The names `find_target` knows, profiles first."""
    return [*profiles, *("compatible:URL" if kind == "compatible" else kind for kind in KINDS)]


def clock_of(time: str) -> str:
    """The server's word for `virtual`, `real` or `scaled:100`. Raises ValueError for another."""
    scaled = _SCALED.fullmatch(time)
    if scaled and float(scaled[1]) > 0:
        return f"x{scaled[1]}"
    if time not in ("virtual", "real"):
        raise ValueError(f"time is virtual, real or scaled:100, not {time!r}")
    return time


def _of_profile(name: str, profile: Profile) -> Target:
    if not _NAME.fullmatch(name):
        raise profile.error("", "a target's name is made of letters, digits, - and _")
    profile.only(_KEYS)
    kind = profile.text("kind") or ("mock" if name == "mock" else "compatible")
    if kind not in KINDS:
        near = get_close_matches(kind, KINDS, 1)
        hint = f"did you mean '{near[0]}'?" if near else f"it is one of {', '.join(KINDS)}"
        raise profile.error("kind", f"there is no kind '{kind}'; {hint}")
    return _made(name, KINDS[kind], profile, None)


def _made(name: str, kind: Kind, profile: Profile | None, url: str | None) -> Target:
    said = profile or Profile(Path(), "", {})
    base_url = _base_url(kind, profile, url)
    key, secret = _key(kind, profile)
    headers, query = said.texts("headers"), {**kind.query, **_version(kind), **said.texts("query")}
    mock = kind.name == "mock"
    for only in ("latency", "control"):
        if only in said.table and not mock:
            raise said.error(only, "only a mock has this")
    control = said.flag("control", mock)
    declared = said.names("capabilities")
    capabilities = declared or kind.capabilities
    if capabilities is not None and not control:
        capabilities -= CONTROLLED
    hidden = [headers[name] for name, written in said.table.get("headers", {}).items() if "${" in written]
    secrets = {value for value in (*hidden, secret) if value and len(value) >= _SHORTEST_SECRET}
    return Target(
        name=name,
        kind=kind.name,
        base_url=base_url,
        key=key,
        headers=headers,
        query=query,
        capabilities=capabilities,
        lacks=said.names("lacks") or frozenset(),
        clock=_clock(said, mock, control),
        latency=said.text("latency") or "realistic",
        control=control,
        models=_models(said),
        max_calls=said.count("max_calls"),
        keep=said.flag("keep", False),
        secrets=frozenset(secrets),
    )


def _base_url(kind: Kind, profile: Profile | None, url: str | None) -> str | None:
    written = url or (profile.text("base_url") if profile else None)
    from_env = os.environ.get(kind.base_url_env) if kind.base_url_env else None
    found = written or from_env or kind.base_url
    if found is None:
        if kind.name == "mock":
            return None
        also = f", or set {kind.base_url_env}" if kind.base_url_env else ""
        if profile is not None:
            raise profile.error("base_url", f"say where it is{also}")
        raise TargetError(f"say where it is: {kind.name}:https://…{also}")
    try:
        found = address(found)
    except ValueError as error:
        if written and profile is not None:
            raise profile.error("base_url", str(error)) from error
        raise TargetError(str(error) if written else f"{kind.base_url_env}: {error}") from error
    if kind.name == "azure":
        return found.removesuffix("/openai")
    if kind.name == "mock" and not found.endswith("/v1"):
        return f"{found}/v1"
    return found


def _key(kind: Kind, profile: Profile | None) -> tuple[str, str | None]:
    """The key, and again if it is to be kept secret."""
    if profile is not None and "key" in profile.table:
        if "key_env" in profile.table:
            raise profile.error("key", "give the key or key_env, not both")
        key = profile.text("key") or ""
        return key, key
    named = profile.text("key_env") if profile is not None else None
    variable = named or kind.key_env
    found = os.environ.get(variable) if variable else None
    if found:
        return found, found
    if kind.default_key and not named:
        return kind.default_key, None
    reason = f"its key is read from {variable}, which is not set"
    if profile is None:
        raise TargetError(f"{kind.name}: {reason}")
    raise profile.error("key_env", reason)


def _version(kind: Kind) -> dict[str, str]:
    """Azure's SDK reads the version from the environment; so does this."""
    found = os.environ.get("OPENAI_API_VERSION") if kind.name == "azure" else None
    return {"api-version": found} if found else {}


def _clock(said: Profile, mock: bool, control: bool) -> str:
    written = said.text("time")
    if written is None:
        return "virtual" if control else "real"
    try:
        clock = clock_of(written)
    except ValueError as error:
        raise said.error("time", str(error)) from error
    if clock != "real" and not mock:
        raise said.error("time", "only a mock has another time than the real one")
    if clock != "real" and not control and said.table.get("base_url"):
        raise said.error("time", "the clock of a running server is set through its control door")
    return clock


def _models(said: Profile) -> dict[str, str]:
    named: dict[str, Any] = said.texts("models")
    model = said.text("model")
    if model is not None and "*" in named:
        raise said.error("model", "give `model` or a '*' among `models`, not both")
    return named if model is None else named | {"*": model}
