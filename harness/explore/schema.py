"""The JSON Schema of reports on explorations: what other programs may rely on."""

from __future__ import annotations

from typing import Any

from harness.explore.documents import SCHEMA
from harness.explore.verdicts import WORST_FIRST

_TEXT, _NUMBER, _WHOLE, _FLAG = ({"type": kind} for kind in ("string", "number", "integer", "boolean"))
_TEXTS = {"type": "array", "items": _TEXT}


def _object(properties: dict[str, Any], *, but: tuple[str, ...] = ()) -> dict[str, Any]:
    """An object that has all of these, but for some, and may have more."""
    needed = [name for name in properties if name not in but]
    return {"type": "object", "properties": properties, "required": needed}


def _maybe(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def _list(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": schema}


_VERDICT = {"enum": [verdict.name for verdict in WORST_FIRST]}

_EXCHANGE = _object(
    {
        "at": _NUMBER,
        "ended": _maybe(_NUMBER),
        "call": _TEXT,
        "method": _TEXT,
        "path": _TEXT,
        "status": _WHOLE,
        "request": {},
        "response": {},
        "faults": _TEXTS,
        "performed": _maybe(_FLAG),
        "outcome": {"enum": ["done", "cut", "left", "broken", "open"]},
        "events": _TEXTS,
    }
)

_STATE = _object({"at": _NUMBER, "event": _TEXT, "subject": _TEXT})

_FAULT = _object(
    {
        "call": _TEXT,
        "operation": _TEXT,
        "ordinal": _WHOLE,
        "fault": _TEXT,
        "name": _TEXT,
        "group": _TEXT,
        "lasting": _FLAG,
        "fired": _TEXTS,
    }
)

_CHECK = _object({"name": _TEXT, "verdict": _VERDICT, "text": _TEXT, "calls": _TEXTS})

_VARIANT = _object(
    {
        "id": _TEXT,
        "nodeid": _TEXT,
        "depth": _WHOLE,
        "faults": _list(_FAULT),
        "verdict": _VERDICT,
        "severity": {"enum": ["ok", "warn", "fail", "apart"]},
        "reason": _TEXT,
        "accepted": _maybe(_TEXT),
        "new": _FLAG,
        "virtual_seconds": _NUMBER,
        "attempts": _WHOLE,
        "passed": _FLAG,
        "checks": _list(_CHECK),
        "error": _maybe(_object({"type": _TEXT, "message": _TEXT, "where": _TEXT})),
        "history": _list(_EXCHANGE),
        "states": _list(_STATE),
        "reproduce": _TEXT,
        "scenario": _maybe(_TEXT),
    },
    but=("reproduce",),
)

_BASELINE = _object(
    {
        "calls": _WHOLE,
        "virtual_seconds": _NUMBER,
        "history": _list(_EXCHANGE),
        "states": _list(_STATE),
    }
)

_TEST = _object(
    {
        "test": _TEXT,
        "status": {"enum": ["explored", "inconclusive", "failed", "silent", "unsuited"]},
        "reason": _TEXT,
        "baseline": _BASELINE,
        "planned": _WHOLE,
        "left_out": _WHOLE,
        "unreached": _WHOLE,
        "variants": _list(_VARIANT),
    }
)

EXPLORATION_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "A report of assistants-mock explore",
    **_object(
        {
            "schema": {"const": SCHEMA},
            "tool": _TEXT,
            "command": _TEXT,
            "seed": {"type": ["integer", "string"]},
            "depth": _WHOLE,
            "counts": {"type": "object", "additionalProperties": _WHOLE},
            "exit": {"enum": [0, 1, 2, 3]},
            "stale": _list(_object({"id": _TEXT, "verdict": _VERDICT, "reason": _TEXT})),
            "tests": _list(_TEST),
        }
    ),
}
"""Draft 2020-12. Times are in virtual seconds since the run began."""
