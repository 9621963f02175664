"""What cells open, as JSON in the page: each variant in a block of its own, each body once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from harness.explore.page.marks import LONE, SYMBOLS

_MOST = 20_000
"""Characters of one body; the JSON report has them all."""


def blocks(document: Mapping[str, Any]) -> Iterator[str]:
    """All that is read when it is asked for: variants, their names by test, bodies."""
    bodies: dict[str, int] = {}
    known = []
    for number, test in enumerate(document["tests"]):
        known.append([variant["id"] for variant in test["variants"]])
        yield _block(f"v-{number}-baseline", _lean({**test["baseline"], "nodeid": test["test"]}, bodies))
        for index, variant in enumerate(test["variants"]):
            symbol = SYMBOLS.get(variant["verdict"], "?")
            yield _block(f"v-{number}-{index}", _lean({**variant, "symbol": symbol}, bodies))
    yield _block("known", known)
    yield _block("bodies", list(bodies))


def _lean(course: Mapping[str, Any], bodies: dict[str, int]) -> dict[str, Any]:
    """A course of calls with the numbers of its bodies."""
    history = [
        {**exchange, **{side: _stored(exchange[side], bodies) for side in ("request", "response")}}
        for exchange in course["history"]
    ]
    return {**course, "history": history}


def _stored(body: Any, bodies: dict[str, int]) -> int | None:
    """Written here and not in the browser, which would round long numbers and put keys in another order."""
    if body is None:
        return None
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, indent=1, default=str)
    if len(text) > _MOST:
        text = f"{text[:_MOST]}\n… ({len(text):,} characters)"
    return bodies.setdefault(text, len(bodies))


def _block(name: str, value: Any) -> str:
    """No `<` is left in it: neither the end of a script nor the beginning of a comment can be."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str).replace("<", "\\u003c")
    text = LONE.sub(lambda half: f"\\u{ord(half[0]):04x}", text)
    return f'<script type="application/json" id="{name}">{text}</script>'
