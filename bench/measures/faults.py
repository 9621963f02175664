"""What it costs that faults may be armed: GET of one object, by turns with a server that looks for none."""

from __future__ import annotations

from statistics import median

from bench.caller import Caller
from bench.figures import Figure
from bench.load import CONNECTIONS, SLICE_SECONDS, alternate_loads
from bench.processes import LOOPS, mock, unfaulted
from bench.rounds import quartiles, ratio

ELSEWHERE = {"fault": "500", "at": "runs.create", "times": None}
"""A fault that never acts on what is measured."""


def measure(quick: bool) -> list[Figure]:
    """The ratio of requests a second per event loop: nothing armed, and something for another operation."""
    return [figure for loop in LOOPS for figure in _side_by_side(loop, 30 if quick else 300)]


def _side_by_side(loop: str, rounds: int) -> list[Figure]:
    with (
        mock(loop=loop, even=True) as ours,
        mock(loop=loop, even=True) as armed,
        unfaulted(loop) as theirs,
    ):
        paths = [f"/v1/assistants/{Caller(server).assistant()['id']}" for server in (ours, armed, theirs)]
        Caller(armed).post("/_mock/faults", ELSEWHERE)
        servers = zip((ours, armed, theirs), paths, strict=True)
        plain, waiting, bare = alternate_loads(rounds, *((server, [path]) for server, path in servers))
    how = f"{rounds} slices of {SLICE_SECONDS:g} s by turns, {CONNECTIONS} connections, {loop}"
    figures = []
    for what, mine, aim in (("nothing armed", plain, 0.97), ("one armed elsewhere", waiting, None)):
        ratios = f"quartiles {quartiles(mine.rates, bare.rates)}, by CPU time {bare.cpu / mine.cpu:.3f}"
        value = ratio(mine.rates, bare.rates)
        figures.append(
            Figure("faults", f"with / without, {what}, {loop}", value, at_least=aim, how=f"{ratios}; {how}")
        )
    rate, cpu = median(bare.rates), bare.cpu
    return [*figures, Figure("faults", f"without, {loop}", rate, "requests/s", how=f"{cpu:.0f} us CPU each")]
