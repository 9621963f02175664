"""A thread as long as threads may be, walked by pages in both directions."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from tests.conftest import Raw
from tests.soak.findings import Finding, at_most, exactly, seen
from tests.soak.serving import Serving

PAGE = 100
MEMORY_MB = 600
"""All is in memory: the messages, and what the last pages leave with the journal."""


def run(*, quick: bool, seed: int) -> list[Finding]:
    """Fill a thread through the API, walk it, and try to say one word too many."""
    messages = 5_000 if quick else 100_000
    with Serving(None) as server:
        raw = server.caller()
        _made(raw, "/_mock/world", {"clock": "virtual", "limits": {"messages_per_thread": messages}})
        empty, began = server.running.megabytes(), perf_counter()
        thread = f"/v1/threads/{_made(raw, '/v1/threads', {})['id']}"
        said = [
            _made(raw, f"{thread}/messages", {"role": "user", "content": f"Message {number}."})["id"]
            for number in range(messages)
        ]
        filled, filling = server.running.megabytes(), perf_counter() - began
        rows, began = [], perf_counter()
        for order, wanted in (("asc", said), ("desc", said[::-1])):
            for direction in ("after", "before"):
                walked = _walk(raw, f"{thread}/messages?limit={PAGE}&order={order}", direction, wanted)
                wrong = sum(one != other for one, other in zip(walked, wanted, strict=False))
                wrong += abs(len(walked) - len(wanted))
                rows.append(
                    exactly(
                        "thread", f"messages missing, double or misplaced, {order}, {direction}", wrong, 0
                    )
                )
        walking = perf_counter() - began
        refused = raw("POST", f"{thread}/messages", {"role": "user", "content": "One too many."}).status
        full = server.running.megabytes()
        raw.connection.close()
    pages = 4 * messages // PAGE
    return [
        seen("thread", "messages", messages, how=f"one POST each, {filling:.0f} s; store in memory"),
        *rows,
        seen("thread", "a page of 100", walking / pages * 1000, "ms", f"{pages:,} pages, client included"),
        exactly("thread", "answer to one message more", refused, 400),
        at_most("thread", "memory", full, MEMORY_MB, "MB", f"{empty:.0f} at first, {filled:.0f} when filled"),
    ]


def _walk(raw: Raw, path: str, direction: str, wanted: list[str]) -> list[str]:
    """The ids of a whole list by its pages; backwards from the last one, and put in order again."""
    if direction == "after":
        walked: list[str] = []
        cursor = ""
        while True:
            page = raw("GET", path + cursor).body
            walked += [each["id"] for each in page["data"]]
            if not page["has_more"]:
                return walked
            cursor = f"&after={page['last_id']}"
    walked = [wanted[-1]]
    while True:
        page = raw("GET", f"{path}&before={walked[0]}").body
        walked = [each["id"] for each in page["data"]] + walked
        if not page["has_more"] or not page["data"]:
            return walked


def _made(raw: Raw, path: str, body: Any) -> Any:
    answer = raw("POST", path, body)
    if answer.status != 200:
        raise RuntimeError(f"POST {path}: {answer.status} {answer.raw!r}")
    return answer.body
