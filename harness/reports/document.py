"""The document every report is made from: plain JSON, the same for one process and for many workers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

SCHEMA_VERSION = 1

_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
_SEED = {"type": ["integer", "string", "null"]}
_SECONDS = {"type": ["number", "null"]}

_DIFFERENCE = {
    "type": "object",
    "required": ["path", "expected", "got"],
    "properties": {"path": _TEXT, "expected": _TEXT, "got": _TEXT, "hint": _TEXT},
}
_FAILURE = {
    "type": ["object", "null"],
    "required": ["step", "operation", "line", "reason", "differences", "timeline", "replay"],
    "properties": {
        "step": _TEXT,
        "operation": _TEXT,
        "line": {"type": "integer"},
        "arguments": {},
        "reason": _TEXT,
        "differences": {"type": "array", "items": _DIFFERENCE},
        "facts": _TEXTS,
        "timeline": _TEXTS,
        "replay": _TEXT,
        "at_seconds": _SECONDS,
    },
}
_STEP = {
    "type": "object",
    "required": ["number", "operation"],
    "properties": {
        "number": _TEXT,
        "operation": _TEXT,
        "arguments": {},
        "result": {},
        "error": {"type": ["object", "null"]},
        "skipped": _TEXT,
        "at_seconds": _SECONDS,
    },
}
_SCENARIO = {
    "type": "object",
    "required": [
        "scenario",
        "id",
        "file",
        "line",
        "target",
        "status",
        "reason",
        "failure",
        "steps",
        "seconds",
    ],
    "properties": {
        "scenario": _TEXT,
        "id": _TEXT,
        "file": _TEXT,
        "line": {"type": "integer"},
        "about": _TEXT,
        "error": {"type": ["integer", "null"], "description": "The documented error (1-15) it is about."},
        "target": _TEXT,
        "status": {"enum": ["passed", "failed", "skipped"]},
        "reason": _TEXT,
        "failure": _FAILURE,
        "relaxed": {**_TEXTS, "description": "Checks the target was let off."},
        "skipped": {**_TEXTS, "description": "Steps that were left out on this target."},
        "steps": {"type": "array", "items": _STEP},
        "left_behind": {**_TEXTS, "description": "What could not be deleted on the target."},
        "seconds": {"type": "number", "description": "Of the wall."},
        "api_seconds": {**_SECONDS, "description": "Of the target's own clock."},
        "seed": _SEED,
        "attempts": {"type": "integer"},
    },
}
_COUNTS = ("passed", "failed", "skipped", "relaxed_checks", "skipped_checks", "left_behind")

REPORT_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "What came of scenarios, as `assistants-mock run --report json:PATH` writes it",
    "type": "object",
    "required": ["schema", "version", "target", "started", "seconds", "counts", "scenarios"],
    "properties": {
        "schema": {"const": SCHEMA_VERSION},
        "version": {**_TEXT, "description": "The version of assistants-mock."},
        "target": _TEXT,
        "started": {**_TEXT, "format": "date-time"},
        "seconds": {"type": "number", "description": "Of the wall, all together."},
        "seed": _SEED,
        "calls": {"type": ["integer", "null"], "description": "Requests that left, where that was counted."},
        "counts": {
            "type": "object",
            "required": list(_COUNTS),
            "properties": {name: {"type": "integer", "minimum": 0} for name in _COUNTS},
        },
        "skips": {
            "type": "object",
            "additionalProperties": {"type": "integer"},
            "description": "Why scenarios were skipped, and how many.",
        },
        "scenarios": {"type": "array", "items": _SCENARIO},
    },
}
"""What the document looks like, as JSON Schema (2020-12)."""


def report_document(
    outcomes: Sequence[Mapping[str, Any]],
    *,
    target: str,
    seconds: float,
    seed: int | str | None = None,
    calls: int | None = None,
    started: datetime | None = None,
    root: Path | None = None,
    masked: Callable[[str], str] | None = None,
) -> dict[str, Any]:
    """A report on outcomes as `Outcome.document()` gives them.

    `seconds` are of the wall, `started` is now when it is not given. File names are shown below `root` (the
    working directory) where they lie in it. `masked` takes secrets out of every text.
    """
    folder = (root or Path.cwd()).resolve()
    scenarios = [{**outcome, "file": _below(folder, outcome["file"])} for outcome in outcomes]
    status = Counter(outcome["status"] for outcome in scenarios)
    document = {
        "schema": SCHEMA_VERSION,
        "version": _version(),
        "target": target,
        "started": (started or datetime.now(UTC)).isoformat(timespec="seconds"),
        "seconds": round(seconds, 3),
        "seed": seed,
        "calls": calls,
        "counts": {
            **{name: status[name] for name in ("passed", "failed", "skipped")},
            "relaxed_checks": sum(len(outcome["relaxed"]) for outcome in scenarios),
            "skipped_checks": sum(len(outcome["skipped"]) for outcome in scenarios),
            "left_behind": sum(len(outcome["left_behind"]) for outcome in scenarios),
        },
        "skips": dict(
            Counter(each["reason"] for each in scenarios if each["status"] == "skipped").most_common()
        ),
        "scenarios": scenarios,
    }
    return document if masked is None else _mapped(document, masked)


def _below(folder: Path, file: str) -> str:
    path = Path(file)
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else file


def _version() -> str:
    try:
        return version("assistants-mock")
    except PackageNotFoundError:
        return "unknown"


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    """The same data with every text changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {change(key): _mapped(entry, change) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_mapped(entry, change) for entry in value]
    return value
