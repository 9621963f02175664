"""`python -m tests.soak`: run the parts of the soak, all or those named, and print one table."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from random import SystemRandom
from typing import Any

import click

from bench.conditions import conditions
from tests.soak import crowds, hour, kill, thread, worlds
from tests.soak.findings import Finding, exactly, table

PARTS: dict[str, Callable[..., list[Finding]]] = {
    "kill": kill.run,
    "streams": crowds.streams,
    "polling": crowds.polling,
    "thread": thread.run,
    "worlds": worlds.run,
    "hour": hour.run,
}


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("names", nargs=-1, type=click.Choice(list(PARTS)), metavar="[PART]...")
@click.option("--quick", is_flag=True, help="Less of everything: a first impression.")
@click.option("--seed", type=int, help="Where chance begins; a new one is drawn and printed.")
@click.option("--kills", type=click.IntRange(1), help="How often the server is killed.  [default: 200]")
@click.option("--hours", type=float, default=1.0, help="Hours of the worlds' time.  [default: 1]")
def main(names: tuple[str, ...], quick: bool, seed: int | None, kills: int | None, hours: float) -> None:
    """Run the parts named, or all.

    They are kill, streams, polling, thread, worlds and hour.

    Exit code 1 when a law was broken.
    """
    seed = SystemRandom().randrange(1_000_000) if seed is None else seed
    click.echo(f"{conditions()}; seed {seed}\n")
    findings: list[Finding] = []
    more: dict[str, dict[str, Any]] = {"kill": {"kills": kills}, "hour": {"hours": hours}}
    for name in names or PARTS:
        click.echo(f"{name} ...", err=True)
        try:
            findings += PARTS[name](quick=quick, seed=seed, **more.get(name, {}))
        except Exception as error:  # the other parts have their turn all the same
            traceback.print_exc()
            findings.append(exactly(name, f"errors that ended it ({type(error).__name__})", 1, 0))
    click.echo(table(findings))
    sys.exit(any(finding.broken for finding in findings))


main(prog_name="python -m tests.soak")
