"""What it costs that faults may be armed: GET of one object, by turns with a server that looks for none."""

from __future__ import annotations

from statistics import median

from bench.caller import Caller
from bench.figures import Figure
from bench.load import CONNECTIONS, SLICE_SECONDS, Load, alternate_loads
from bench.processes import LOOPS, mock, unfaulted
from bench.rounds import ratio

ELSEWHERE = {"fault": "500", "at": "runs.create", "times": None}
"""A fault that never acts on what is measured."""


STARTS = 8
"""Two processes of the same server differ by some hundredths, so each is started anew so many times."""


def measure(quick: bool) -> list[Figure]:
    """The ratio of requests a second per event loop: nothing armed, and something for another operation."""
    return [figure for loop in LOOPS for figure in _compared(loop, 10 if quick else 40)]


def _compared(loop: str, rounds: int) -> list[Figure]:
    starts = [_side_by_side(loop, rounds) for _ in range(2 if rounds < 40 else STARTS)]
    slices = f"{rounds} slices of {SLICE_SECONDS:g} s by turns"
    how = f"{len(starts)} starts of each, {slices}, {CONNECTIONS} connections"
    figures = []
    for index, (what, aim) in enumerate((("nothing armed", 0.97), ("one armed elsewhere", None))):
        ratios = sorted(ratio(start[index].rates, start[2].rates) for start in starts)
        cpu = sorted(start[2].cpu / start[index].cpu for start in starts)
        spread = (
            f"{ratios[0]:.2f}-{ratios[-1]:.2f}, by CPU time {median(cpu):.3f} ({cpu[0]:.2f}-{cpu[-1]:.2f})"
        )
        figures.append(
            Figure(
                "faults",
                f"with / without, {what}, {loop}",
                median(ratios),
                at_least=aim,
                how=f"from start to start {spread}; {how}, {loop}",
            )
        )
    bare = [start[2] for start in starts]
    rate, cpu_each = median(rate for run in bare for rate in run.rates), median(run.cpu for run in bare)
    return [
        *figures,
        Figure("faults", f"without, {loop}", rate, "requests/s", how=f"{cpu_each:.0f} us CPU each"),
    ]


def _side_by_side(loop: str, rounds: int) -> list[Load]:
    """One start: the server as it is, the same with a fault armed, and one that looks for none."""
    with (
        mock(loop=loop, even=True) as ours,
        mock(loop=loop, even=True) as armed,
        unfaulted(loop) as theirs,
    ):
        paths = [f"/v1/assistants/{Caller(server).assistant()['id']}" for server in (ours, armed, theirs)]
        Caller(armed).post("/_mock/faults", ELSEWHERE)
        servers = zip((ours, armed, theirs), paths, strict=True)
        return alternate_loads(rounds, *((server, [path]) for server, path in servers))
