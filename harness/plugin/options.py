"""The plugin's flags and ini options, read and checked. Flags win over markers, markers over the ini."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pytest

_INI: dict[str, tuple[Any, str]] = {
    "assistants_target": ("string", "what tests run against: mock (default), a kind, or a target's name"),
    "assistants_files": ("args", "globs of the scenario files to collect (default: *.assistants.yaml)"),
    "assistants_time": ("string", "how time passes on the mock: virtual (default), scaled:N or real"),
    "assistants_seed": ("string", "what everything random comes from (default: 0)"),
    "assistants_environment": (
        "string",
        "set OPENAI_BASE_URL and its like: auto (default: when tests ask for it), always or never",
    ),
    "assistants_intercept": ("bool", "send requests to https://api.openai.com to the mock (default: false)"),
    "assistants_allow_hosts": ("args", "real hosts that may be reached while the mock is the target"),
    "assistants_sleep": ("string", "sleeping in tests: bridge (default: moves virtual time) or real"),
    "assistants_raises": (
        "args",
        "exceptions that code under test may raise when the API fails, such as bot.BotUnavailable",
    ),
    "assistants_patience": (
        "string",
        "virtual time a test may wait for what can never happen (default: 1h)",
    ),
    "assistants_practices": (
        "string",
        "judge tests and scenarios by the API's documented do's and don'ts: off (default), warn or fail",
    ),
    "assistants_practices_ignore": ("args", "checks to leave out (`assistants-mock practices` lists them)"),
}


class Exploring(NamedTuple):
    """What is wanted of experiments: nothing, that they are planned, or that they are made (`mode`).

    `plan` is the file of a plan and `results` where the outcomes are written as JSON. `budget` is in real
    seconds, None without an end; `faults` are globs; `raises` names exceptions; `scout` looks at variants for
    what else could be broken; `accepted` is the file of accepted weaknesses, from the root directory;
    `longest` is how many virtual seconds a variant may sleep, None for a day.
    """

    mode: str = ""
    plan: Path | None = None
    results: Path | None = None
    budget: float | None = None
    faults: tuple[str, ...] = ()
    raises: tuple[str, ...] = ()
    scout: bool = False
    accepted: str = "resilience.json"
    longest: float | None = None


class Options(NamedTuple):  # a dataclass would take longer to make than all else here to import
    """What is wanted of a test session.

    `clock` is the server's word (`virtual`, `real`, `x100`), None where nothing is said; `seed_flag` is the
    seed of the command line and `seed` that of the ini file or 0; `reports` are formats and paths; `patience`
    is in virtual seconds; `practices_flag` is what the command line says of practice checks, `practices` what
    the ini file does or `off`; `asked` says whether any of it was given.
    """

    target: str
    clock: str | None
    seed_flag: int | str | None
    seed: int | str
    reports: tuple[tuple[str, Path], ...]
    slow: bool
    max_calls: int | None
    keep: bool
    intercept: bool
    files: tuple[str, ...]
    environment: str
    allow_hosts: tuple[str, ...]
    bridge: bool
    patience: float
    practices_flag: str | None
    practices: str
    practices_ignore: tuple[str, ...]
    exploring: Exploring
    asked: bool


def add_options(parser: pytest.Parser) -> None:
    """Declare all flags and ini options."""
    flag = parser.getgroup("assistants", "OpenAI Assistants API mock").addoption
    flag("--assistants-target", metavar="NAME", help=_INI["assistants_target"][1])
    flag("--assistants-time", metavar="TIME", help=_INI["assistants_time"][1])
    flag("--assistants-seed", metavar="SEED", help=_INI["assistants_seed"][1])
    flag(
        "--assistants-report",
        action="append",
        metavar="FORMAT:PATH",
        help="write what came of scenarios to html:PATH, json:PATH or junit:PATH (or several, with commas)",
    )
    flag("--assistants-slow", action="store_true", help="on a real target, really wait where it takes long")
    flag("--assistants-max-calls", type=int, metavar="N", help="calls that a real target may be sent")
    flag("--assistants-keep", action="store_true", help="leave what was made on a real target where it is")
    flag("--assistants-intercept", action="store_true", help=_INI["assistants_intercept"][1])
    flag("--assistants-practices", metavar="MODE", help=_INI["assistants_practices"][1])
    flag(
        "--assistants-explore", action="store_true", help="run each test once for each fault that may meet it"
    )
    flag(
        "--assistants-plan",
        action="store_true",
        help="only say which variants --assistants-explore would run",
    )
    flag("--assistants-faults", action="append", metavar="GLOB", help="explore only these faults, or groups")
    flag("--assistants-raises", action="append", metavar="NAME", help=_INI["assistants_raises"][1])
    flag("--assistants-budget", metavar="TIME", help="real time that exploring may take, such as 60s")
    flag(
        "--assistants-longest", metavar="TIME", help="virtual time after which a variant hangs (default: 24h)"
    )
    flag("--assistants-plan-file", metavar="PATH", help="write the plan there, or explore what it says")
    flag("--assistants-results", metavar="PATH", help="write what came of variants there, as JSON")
    flag("--assistants-accepted", metavar="PATH", help="weaknesses that are accepted (resilience.json)")
    flag("--assistants-scout", action="store_true", help="note what could be broken in variants, too")
    for name, (kind, text) in _INI.items():
        parser.addini(name, text, type=kind, default=None)


def read_options(flags: Any, getini: Callable[[str], Any]) -> Options:
    """The options of a session: `flags` is argparse's namespace. Raises ValueError naming the option."""
    said = {name: getini(name) for name in _INI}
    flag = {name: getattr(flags, f"assistants_{name}", None) for name in _FLAGS}
    time = flag["time"] or said["assistants_time"]
    return Options(
        target=flag["target"] or said["assistants_target"] or "mock",
        clock=_named("assistants_time", _clock, time) if time else None,
        seed_flag=None if flag["seed"] is None else seed_of(flag["seed"]),
        seed=seed_of(said["assistants_seed"] or "0"),
        reports=_named("--assistants-report", _reports, flag["report"] or ()),
        slow=bool(flag["slow"]),
        max_calls=_named("--assistants-max-calls", _calls, flag["max_calls"]),
        keep=bool(flag["keep"]),
        intercept=bool(flag["intercept"] or said["assistants_intercept"]),
        files=tuple(said["assistants_files"] or ("*.assistants.yaml",)),
        environment=_one_of("assistants_environment", said, ("auto", "always", "never")),
        allow_hosts=tuple(said["assistants_allow_hosts"] or ()),
        bridge=_one_of("assistants_sleep", said, ("bridge", "real")) == "bridge",
        patience=_named("assistants_patience", _patience, said["assistants_patience"]),
        practices_flag=_named("--assistants-practices", _mode, flag["practices"]),
        practices=_one_of("assistants_practices", said, ("off", "warn", "fail")),
        practices_ignore=_named("assistants_practices_ignore", _checks, said["assistants_practices_ignore"]),
        exploring=_exploring(flags, said),
        asked=any(flag.values()) or any(value for name, value in said.items() if name not in _ASK_NOTHING),
    )


_FLAGS = (
    *("target", "time", "seed", "report", "slow", "max_calls", "keep", "intercept"),
    *("practices", "explore", "plan"),
)
_ASK_NOTHING = (
    *("assistants_environment", "assistants_raises"),
    *("assistants_practices", "assistants_practices_ignore"),
)


def _exploring(flags: Any, said: dict[str, Any]) -> Exploring:
    given = {name: getattr(flags, f"assistants_{name}", None) for name in Exploring._fields}
    raises = [*(said["assistants_raises"] or ()), *(given["raises"] or ())]
    plan_file, results = getattr(flags, "assistants_plan_file", None), given["results"]
    mode = "plan" if given["plan"] else "explore" if getattr(flags, "assistants_explore", False) else ""
    return Exploring(
        mode=mode,
        plan=Path(plan_file) if plan_file else None,
        results=Path(results) if results else None,
        budget=_named("--assistants-budget", _patience, given["budget"]) if given["budget"] else None,
        faults=listed(given["faults"] or ()),
        raises=listed(raises),
        scout=bool(given["scout"]),
        accepted=given["accepted"] or "resilience.json",
        longest=_named("--assistants-longest", _patience, given["longest"]) if given["longest"] else None,
    )


def listed(texts: Sequence[str]) -> tuple[str, ...]:
    """What stands between the commas of some texts, but for commas in brackets."""
    parts = (part.strip() for text in texts for part in re.split(r",(?![^(]*\))", text))
    return tuple(filter(None, parts))


def seed_of(text: str) -> int | str:
    """A seed as it is written on a command line: a whole number where it is one, else the text."""
    try:
        return int(text)
    except ValueError:
        return text


def _one_of(name: str, said: dict[str, Any], known: Sequence[str]) -> str:
    value = str(said[name] or known[0])
    if value not in known:
        raise ValueError(f"{name} is one of {', '.join(known)}, not {value!r}")
    return value


def _named(name: str, read: Callable[[Any], Any], value: Any) -> Any:
    """What `read` makes of a value; its ValueError names the option."""
    try:
        return read(value)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def _clock(time: str) -> str:
    from harness.targets.target import clock_of

    return clock_of(time)


def _patience(written: str | None) -> float:
    if not written:
        return 3600.0
    from harness.durations import seconds

    return seconds(f"{written}s" if re.fullmatch(r"[0-9.]+", written) else written)


def _calls(number: int | None) -> int | None:
    if number is not None and number < 1:
        raise ValueError(f"this is a whole number of at least 1, not {number}")
    return number


def _mode(said: str | None) -> str | None:
    if said not in (None, "off", "warn", "fail"):
        raise ValueError(f"this is one of off, warn, fail, not {said!r}")
    return said


def _checks(names: Sequence[str] | None) -> tuple[str, ...]:
    if not names:
        return ()
    from harness.practices.contract import known

    return tuple(sorted(known(names)))


def _reports(given: Sequence[str]) -> tuple[tuple[str, Path], ...]:
    if not given:
        return ()
    from harness.reports.contract import read_wanted

    return tuple(read_wanted(part for text in given for part in text.split(",") if part))
