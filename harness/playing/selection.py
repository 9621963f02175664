"""Which scenarios are meant by what somebody typed: files, folders, globs, `file::name`, parts of names."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path

from harness.scenarios.model import Scenario, ScenarioError, ScenarioErrors

SUFFIXES = (".assistants.yaml", ".assistants.yml")
_WILD = set("*?[")
_ERROR = re.compile(r"error_(\d+)")


class SelectionError(Exception):
    """Nothing fits what was typed; the text says what is there instead."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file, and the scenarios in it that are meant by their names; None means all."""

    file: Path
    names: frozenset[str] | None = None


def wanted_files(arguments: Iterable[str]) -> list[Wanted]:
    """The files that arguments of a command line mean, each once, in that order. Raises SelectionError."""
    found: dict[Path, frozenset[str] | None] = {}
    for argument in arguments:
        written, _, name = argument.partition("::")
        for file in _files(written):
            before = found.get(file, frozenset())
            found[file] = None if not name or before is None else before | {name}
    return [Wanted(file, names) for file, names in found.items()]


def read_wanted_scenarios(wanted: Sequence[Wanted]) -> tuple[list[Scenario], list[ScenarioError]]:
    """All scenarios that are meant, and all mistakes in their files. Raises SelectionError."""
    from harness.scenarios.reading import read_scenarios

    scenarios: list[Scenario] = []
    mistakes: list[ScenarioError] = []
    for each in wanted:
        try:
            read = read_scenarios(each.file)
        except ScenarioErrors as error:
            mistakes += error.errors
            continue
        except OSError as error:
            raise SelectionError(f"{shown(each.file)} cannot be read: {error.strerror or error}") from error
        if each.names is None:
            scenarios += read
            continue
        there = {scenario.name: scenario for scenario in read}
        for name in sorted(each.names - there.keys()):
            near = get_close_matches(name, there, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(there)}"
            raise SelectionError(f"{shown(each.file)} has no scenario {name}; {hint}")
        scenarios += [scenario for scenario in read if scenario.name in each.names]
    return scenarios, mistakes


def chosen(scenarios: Iterable[Scenario], only: Sequence[str]) -> list[Scenario]:
    """Those that one of these texts means: `error_7`, a glob, or a part of the name; all without any."""
    return [each for each in scenarios if not only or any(_means(text, each) for text in only)]


def _means(text: str, scenario: Scenario) -> bool:
    number = _ERROR.fullmatch(text)
    if number:
        return scenario.error == int(number[1])
    return fnmatchcase(scenario.id, text if _WILD & set(text) else f"*{text}*")


def told(mistake: ScenarioError) -> str:
    """A mistake in one line: `file:line:column: what; did you mean …`."""
    place = mistake.place
    hint = f"; {mistake.hint}" if mistake.hint else ""
    return f"{shown(place.file)}:{place.line}:{place.column}: {mistake.reason}{hint}"


def shown(file: Path) -> str:
    """A file as it is reached from the working directory."""
    path, here = file.resolve(), Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(file)


def _files(written: str) -> list[Path]:
    path = Path(written)
    if path.is_dir():
        found = sorted(each for suffix in SUFFIXES for each in path.rglob(f"*{suffix}") if each.is_file())
        if not found:
            raise SelectionError(f"{written} has no *{SUFFIXES[0]} in it")
        return found
    if path.is_file():
        return [path]
    if _WILD & set(written):
        found = sorted(Path(each) for each in glob.glob(written, recursive=True) if Path(each).is_file())  # noqa: PTH207
        if not found:
            raise SelectionError(f"no file fits {written}")
        return found
    beside = sorted(each.name for each in path.parent.glob("*") if each.name.endswith(SUFFIXES))
    near = get_close_matches(path.name, beside, 1, 0.5)
    hint = f"; did you mean {path.parent / near[0]}?" if near else ""
    raise SelectionError(f"there is no {written}{hint}")
