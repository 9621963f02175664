"""What a check declares: a documented rule, and what in a journal shows that it was broken.

    @practice("endless_poll", rule="Polling has an end …", source="…", evidence="…", mend="…")
    def judge(evidence: Evidence) -> Iterator[Seen]:
        \"\"\"What the check looks for.\"\"\"
        yield seen("run_1 was read 50 times in vain", *calls)

Each lies in a file of its own and is found by itself. None may fire on what a fault did alone: what is judged
is what the client made of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from harness.durations import shown
from harness.handle.courses import Record
from harness.handle.history import Exchange, Note
from harness.practices.evidence import Evidence

MODES = ("off", "warn", "fail")
"""What may be done about findings."""

OPT_OUT = (
    "`assistants_practices_ignore = {name}` in the ini file, "
    '`@pytest.mark.assistants(practices={{"ignore": ["{name}"]}})` for a test, '
    '`assistants.practices(ignore=["{name}"])`, or `assistants-mock run --practices --ignore-practice {name}`'
)

_MOST_LINES = 6
"""So many calls are told as evidence of one finding."""


class PracticeError(ValueError):
    """A name that no check has."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One breach of a rule: what happened, the calls and notes that show it, when the last of them was."""

    text: str
    lines: tuple[str, ...] = ()
    at: float | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One breach, and the name of the check that found it. `at` is in seconds since the world began."""

    check: str
    text: str
    lines: tuple[str, ...] = ()
    at: float | None = None

    def __str__(self) -> str:
        return "\n".join([f"{self.check}: {self.text}", *(f"    {line}" for line in self.lines)])

    def document(self) -> dict[str, Any]:
        """The finding as plain JSON, for reports and other processes."""
        return {"check": self.check, "text": self.text, "lines": list(self.lines), "at": self.at}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Finding:
        """The finding of such a document."""
        lines = tuple(str(line) for line in document["lines"])
        return cls(document["check"], document["text"], lines, document["at"])


Judge = Callable[[Evidence], Iterator[Seen]]


@dataclass(frozen=True, slots=True)
class Practice:
    """A check: its rule in one sentence, where that is documented, what shows a breach, how to mend it."""

    name: str
    rule: str
    source: str
    evidence: str
    mend: str
    judge: Judge

    @property
    def opt_out(self) -> str:
        """How it is left out."""
        return OPT_OUT.format(name=self.name)


PRACTICES: dict[str, Practice] = {}
"""By name; `discover` fills it."""


def practice(name: str, *, rule: str, source: str, evidence: str, mend: str) -> Callable[[Judge], Judge]:
    """Make a check known. Raises ValueError when its name is taken or something is not said."""

    def declare(judge: Judge) -> Judge:
        if name in PRACTICES:
            raise ValueError(f"there is a check {name} already")
        if not all((rule, source, evidence, mend)):
            raise ValueError(f"{name} has to say its rule, source, evidence and how to mend it")
        PRACTICES[name] = Practice(name, rule, source, evidence, mend, judge)
        return judge

    return declare


def discover() -> dict[str, Practice]:
    """All checks, by name in order."""
    package = import_module("harness.practices")
    for module in sorted(found.name for found in iter_modules(package.__path__)):
        import_module(f"harness.practices.{module}")
    return dict(sorted(PRACTICES.items()))


def known(names: Iterable[str]) -> frozenset[str]:
    """These names of checks, or this one. Raises PracticeError for one that there is not, with a hint."""
    wanted = frozenset([names] if isinstance(names, str) else names)
    if not wanted:
        return wanted
    every = discover()
    for name in sorted(wanted - every.keys()):
        near = get_close_matches(name.replace("-", "_"), every, 1)
        hint = f"did you mean '{near[0]}'?" if near else "`assistants-mock practices` lists them"
        raise PracticeError(f"there is no check '{name}'; {hint}")
    return wanted


def findings(record: Record, *, ignore: Collection[str] = (), sleeps: bool | None = None) -> list[Finding]:
    """What the checks find in a record, by check and then in order.

    `ignore` names those to leave out; raises PracticeError for a name that none has. `sleeps` says whether
    the client's sleeping is seen in the record's times; by default it is where time is not virtual, or a
    bridge is open.
    """
    left_out = known(ignore)
    evidence = Evidence(record, sleeps)
    return [
        Finding(name, found.text, found.lines, found.at)
        for name, check in discover().items()
        if name not in left_out
        for found in check.judge(evidence)
    ]


def seen(text: str, *entries: Exchange | Note) -> Seen:
    """A breach with the calls and notes that show it, in their order; of many, the first and the last."""
    entries = tuple(sorted(entries, key=lambda entry: entry.number))
    lines = [_line(entry) for entry in entries]
    if len(lines) > _MOST_LINES:
        left_out = len(lines) - _MOST_LINES + 1
        lines = [*lines[: _MOST_LINES - 2], f"… {left_out} more …", lines[-1]]
    return Seen(text, tuple(lines), entries[-1].at if entries else None)


def _line(entry: Exchange | Note) -> str:
    return str(entry) if isinstance(entry, Exchange) else f"{shown(entry.at)} {entry.event} {entry.subject}"
