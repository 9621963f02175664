"""Accepted weaknesses: a file in the project that lists them with reasons, so that only new ones are told.

{"schema": 1, "accepted": [
  {"variant": "tests/test_bot.py::test_answer[runs.create#1~500]", "verdict": "raw error",
   "reason": "the web framework answers 502"}]}

`variant` may be a glob, with `*` only: brackets stand for themselves.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from harness.explore.verdicts import VERDICTS

SCHEMA = 1
FILE = "resilience.json"
"""Where the file is looked for, beside the project's configuration."""

_KEYS = ("variant", "verdict", "reason")


class ResilienceError(Exception):
    """A file of accepted weaknesses that cannot be used, and why."""


@dataclass(frozen=True, slots=True)
class Weakness:
    """One that is accepted: which variants, with which verdict, and why."""

    variant: str
    verdict: str
    reason: str

    def covers(self, nodeid: str, verdict: str) -> bool:
        """Whether it speaks of this variant with this verdict."""
        pattern = ".*".join(map(re.escape, self.variant.split("*")))
        return verdict == self.verdict and re.fullmatch(pattern, nodeid) is not None

    def to_json(self) -> dict[str, str]:
        """As it stands in the file."""
        return {"variant": self.variant, "verdict": self.verdict, "reason": self.reason}


@dataclass(frozen=True)
class Accepted:
    """All accepted weaknesses of a project."""

    weaknesses: Sequence[Weakness] = field(default=())

    @classmethod
    def read(cls, path: Path) -> Accepted:
        """Those of a file; none where there is no file. Raises ResilienceError, naming the entry."""
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError) as error:
            raise ResilienceError(f"{path}: {error}") from error
        if not isinstance(document, dict) or document.get("schema") != SCHEMA:
            raise ResilienceError(f'{path}: this is no list of accepted weaknesses with "schema": {SCHEMA}')
        entries = document.get("accepted")
        if not isinstance(entries, list):
            raise ResilienceError(f'{path}: "accepted" is a list of weaknesses')
        return cls([_weakness(entry, f"{path}: accepted[{index}]") for index, entry in enumerate(entries)])

    def reason(self, nodeid: str, verdict: str) -> str | None:
        """Why this is accepted, None where it is not."""
        found = (each.reason for each in self.weaknesses if each.covers(nodeid, verdict))
        return next(found, None)

    def stale(self, found: Collection[tuple[str, str]], explored: Iterable[str]) -> list[Weakness]:
        """Those that were looked for and not found: they can be taken from the list.

        `found` are variants with their verdicts. One that speaks of no variant of `explored` was not looked
        for, unless it names the test of one.
        """
        ids = list(explored)
        tests = {nodeid.partition("[")[0] for nodeid in ids}
        return [
            each
            for each in self.weaknesses
            if each.variant.partition("[")[0] in tests
            and not any(each.covers(nodeid, verdict) for nodeid, verdict in found)
            and (any(each.covers(nodeid, each.verdict) for nodeid in ids))
        ]


def write_accepted(path: Path, weaknesses: Iterable[Weakness]) -> None:
    """Write the file, by variant in order. Raises OSError."""
    entries = [each.to_json() for each in sorted(weaknesses, key=lambda each: (each.variant, each.verdict))]
    document = {"schema": SCHEMA, "accepted": entries}
    path.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _weakness(entry: Any, where: str) -> Weakness:
    if not isinstance(entry, Mapping):
        raise ResilienceError(f"{where}: this is an object with {', '.join(_KEYS)}")
    for key in entry:
        if key not in _KEYS:
            near = get_close_matches(str(key), _KEYS, 1)
            hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(_KEYS)}"
            raise ResilienceError(f"{where}: unknown key '{key}'; {hint}")
    for key in _KEYS:
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            raise ResilienceError(f"{where}: '{key}' is a text that says something")
    if entry["verdict"] not in VERDICTS:
        near = get_close_matches(entry["verdict"], VERDICTS, 1)
        hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(VERDICTS)}"
        raise ResilienceError(f"{where}: there is no verdict '{entry['verdict']}'; {hint}")
    return Weakness(entry["variant"], entry["verdict"], entry["reason"])
