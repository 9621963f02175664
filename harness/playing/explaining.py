"""What is known of how a scenario came to fail: rules and faults that did nothing, timelines, the replay."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.control import Control, ControlError
from harness.playing.matching import shown
from harness.playing.outcome import Outcome

if TYPE_CHECKING:
    from harness.targets.connection import Connection

_MOST_FACTS = 6
_WORKED_ON = ("thread.run", "vector_store.file", "vector_store.file_batch", "vector_store.files_batch")


def facts(outcome: Outcome, connection: Connection) -> list[str]:
    """What on a mock was prepared and had no effect, one a line; empty elsewhere."""
    if connection.control is None:
        return []
    try:
        found = [*_idle_rules(outcome, connection.control), *_idle_faults(connection.control)]
    except (ControlError, OSError):
        found = []
    return [*found, *_unknown_files(outcome)][:_MOST_FACTS]


def courses(outcome: Outcome, connection: Connection) -> list[str]:
    """The course of every run and of every indexed file: the mock's own account, else what was seen."""
    if connection.control is None:
        return seen_courses(outcome)
    from harness.handle.timelines import timelines

    try:
        return timelines(connection.control, connection.began)
    except (ControlError, OSError):
        return seen_courses(outcome)


def seen_courses(outcome: Outcome) -> list[str]:
    """The statuses of everything that was worked on, as the steps saw them and when they first did."""
    seen: dict[str, list[str]] = {}
    for record in outcome.records:
        for thing in _things(record.result):
            line = seen.setdefault(_name(thing), [])
            statuses = thing.get("statuses")
            for status in statuses if isinstance(statuses, list) else [thing["status"]]:
                if not line or line[-1].split()[0] != status:
                    at = "" if record.at_seconds is None else f" {record.at_seconds:.1f}"
                    line.append(f"{status}{at}")
    return [f"{name}  {' -> '.join(line)}" for name, line in seen.items()]


def replay(outcome: Outcome) -> str:
    """The command that plays the scenario again."""
    words = ["assistants-mock", "run", scenario_id(outcome)]
    if outcome.target != "mock":
        words += ["--target", outcome.target]
    if outcome.seed is not None:
        words += ["--seed", str(outcome.seed)]
    return shlex.join(words)


def scenario_id(outcome: Outcome, root: Path | None = None) -> str:
    """`tests/rag.assistants.yaml::rag_with_indexing_delay`, as seen from `root` or the working directory."""
    return f"{relative(outcome.scenario.file, root)}::{outcome.scenario.name}"


def relative(file: Path, root: Path | None = None) -> str:
    """A file as seen from `root`, or from the working directory, where it lies below it."""
    root = root or Path.cwd()
    return file.relative_to(root).as_posix() if file.is_relative_to(root) else str(file)


def _idle_rules(outcome: Outcome, control: Control) -> Iterator[str]:
    if not outcome.scenario.backend.get("runs"):
        return
    for index, row in enumerate(control.replies()):
        if not row["used"]:
            when = row["rule"].get("when")
            condition = f" (when: {shown(when, 100)})" if when else ""
            yield f"backend.runs[{index}] was not used{condition}"


def _idle_faults(control: Control) -> Iterator[str]:
    for fault in control.faults():
        if not fault["fired"]:
            place = fault["at"].get("operation", "*") if isinstance(fault["at"], Mapping) else fault["at"]
            yield f"the fault {fault['fault']} at {place} has not acted"


def _unknown_files(outcome: Outcome) -> Iterator[str]:
    """Uploaded files that no rule of `backend.indexing` fits, where there are rules."""
    rules = outcome.scenario.backend.get("indexing")
    if not isinstance(rules, Mapping) or not rules:
        return
    for record in outcome.records:
        name = record.result.get("filename") if isinstance(record.result, Mapping) else None
        if record.operation != "files.create" or not isinstance(name, str):
            continue
        if not any(fnmatchcase(name.lower(), str(glob).lower()) for glob in rules):
            near = get_close_matches(name, [str(glob) for glob in rules], 1, 0.1) or list(rules)[:1]
            yield f"backend.indexing has no rule for '{name}'; nearest: '{near[0]}'"


def _things(result: Any) -> Iterator[Mapping[str, Any]]:
    """Whatever has an id and a status in what a step gave back."""
    if isinstance(result, Mapping):
        if result.get("object") in _WORKED_ON and isinstance(result.get("status"), str):
            yield result
        for inner in result.values():
            yield from _things(inner)
    elif isinstance(result, list):
        for inner in result:
            yield from _things(inner)


def _name(thing: Mapping[str, Any]) -> str:
    store = thing.get("vector_store_id")
    return (
        f"{store}/{thing.get('id')}"
        if thing["object"] == "vector_store.file" and store
        else str(thing.get("id"))
    )
