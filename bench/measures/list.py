"""A page of messages in a long thread, held against the same page of a short one."""

from __future__ import annotations

from statistics import median
from typing import Any

from bench.caller import Caller
from bench.figures import Figure
from bench.filling import copy
from bench.load import SLICE_SECONDS, alternate_loads
from bench.processes import mock
from bench.rounds import quartiles, ratio

SHORT, LONG = 100, 100_000


def measure(quick: bool) -> list[Figure]:
    """How much longer a page takes in the long thread: the first one, and one in the middle."""
    rounds = 20 if quick else 60
    with mock() as server:
        paths = _fill(Caller(server))
        loads = alternate_loads(rounds, *((server, [path]) for path in paths), connections=2)
    figures = []
    for place, (short, long) in (("first", loads[:2]), ("middle", loads[2:])):
        how = (
            f"limit 20, {rounds} slices of {SLICE_SECONDS:g} s by turns, quartiles "
            f"{quartiles(short.rates, long.rates)}, {median(long.rates):,.0f} pages/s"
        )
        what = f"{place} page of {LONG:,} / of {SHORT}"
        figures.append(Figure("list", what, ratio(short.rates, long.rates), at_most=1.5, how=how))
    return figures


def _fill(caller: Caller) -> list[str]:
    """A short and a long thread, put there as a snapshot; the first page of each, then the middle one."""
    caller.post("/v1/threads", {"messages": [{"role": "user", "content": "How do I reset my password?"}]})
    world = caller.get("/_mock/world")
    thread, message = world["objects"]
    world["objects"] = [*_thread(thread, message, "short", SHORT), *_thread(thread, message, "long", LONG)]
    caller.put("/_mock/world", world)
    first = [f"/v1/threads/thread_{name}/messages?limit=20" for name in ("short", "long")]
    middle = [f"&after={_message_id(name, size // 2)}" for name, size in (("short", SHORT), ("long", LONG))]
    return first + [page + cursor for page, cursor in zip(first, middle, strict=True)]


def _thread(thread: Any, message: Any, name: str, size: int) -> list[Any]:
    thread_id = f"thread_{name}"
    messages = (copy(message, _message_id(name, number), thread_id=thread_id) for number in range(size))
    return [copy(thread, thread_id), *messages]


def _message_id(name: str, number: int) -> str:
    return f"msg_{name}{number:06d}"
