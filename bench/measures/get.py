"""GET of one object, held against a bare Starlette `JSONResponse` route that answers the same object."""

from __future__ import annotations

from statistics import median

from bench.caller import Caller
from bench.figures import Figure
from bench.filling import copy
from bench.load import CONNECTIONS, SLICE_SECONDS, alternate_loads
from bench.processes import LOOPS, bare, mock
from bench.rounds import quartiles, ratio

MANY = 20_000
"""More objects than a cache of a few thousand holds: read in turn, none is found there."""


def measure(quick: bool) -> list[Figure]:
    """The ratio of requests a second per event loop: one object again and again, and another each time."""
    return [figure for loop in LOOPS for figure in _side_by_side(loop, 30 if quick else 150)]


def _side_by_side(loop: str, rounds: int) -> list[Figure]:
    with mock(loop=loop, even=True) as ours:
        caller = Caller(ours)
        assistant = caller.assistant()
        path = f"/v1/assistants/{assistant['id']}"
        others = _fill(caller)
        with bare(assistant, path, loop=loop) as theirs:
            same, other, bared = alternate_loads(rounds, (ours, [path]), (ours, others), (theirs, [path]))
    how = f"{rounds} slices of {SLICE_SECONDS:g} s by turns, {CONNECTIONS} connections, {loop}"
    figures = []
    for what, mine in ((f"one object, {loop}", same), (f"{MANY:,} objects in turn, {loop}", other)):
        ratios = f"quartiles {quartiles(mine.rates, bared.rates)}, by CPU time {bared.cpu / mine.cpu:.2f}"
        value = ratio(mine.rates, bared.rates)
        figures += [
            Figure("get", f"mock / bare, {what}", value, at_least=1.0, how=f"{ratios}; {how}"),
            Figure(
                "get", f"mock, {what}", median(mine.rates), "requests/s", how=f"{mine.cpu:.0f} us CPU each"
            ),
        ]
    return [
        *figures,
        Figure("get", f"bare, {loop}", median(bared.rates), "requests/s", how=f"{bared.cpu:.0f} us CPU each"),
    ]


def _fill(caller: Caller) -> list[str]:
    """Many copies of the assistant; their paths."""
    world = caller.get("/_mock/world")
    ids = [f"asst_{number:06d}" for number in range(MANY)]
    world["objects"] += [copy(world["objects"][0], object_id) for object_id in ids]
    caller.put("/_mock/world", world)
    return [f"/v1/assistants/{object_id}" for object_id in ids]
