"""Fitting tools: the depth of their parameters is the client's choice."""

from __future__ import annotations

from typing import Any

from mockserver.improvised.fitting import fitting, offers
from mockserver.improvised.words import Words
from mockserver.requests.strict import flaw


def nested(depth: int) -> dict[str, Any]:
    """Closed objects within each other, the innermost with a word of its own."""
    schema: dict[str, Any] = {"type": "string", "description": "zeppelin hangar"}
    for _ in range(depth):
        schema = {
            "type": "object",
            "properties": {"inner": schema},
            "required": ["inner"],
            "additionalProperties": False,
        }
    return schema


def test_words_are_found_at_any_depth() -> None:
    tool = {"type": "function", "function": {"name": "do", "parameters": nested(2000)}}
    known = offers([tool])
    assert fitting(known, Words("a zeppelin in its hangar")) == known


def test_strict_schemas_are_looked_through_at_any_depth() -> None:
    assert flaw(nested(100)) is None
    assert flaw(nested(500)) is None
