"""`python -m bench`: run the benchmarks, all or those named, and print one table."""

from __future__ import annotations

import traceback

import click

from bench.conditions import conditions
from bench.figures import Figure, table
from bench.measures import discover

MEASURES = discover()


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("names", nargs=-1, type=click.Choice(list(MEASURES)), metavar="[NAME]...")
@click.option("--quick", is_flag=True, help="Fewer rounds: a first impression in under a minute.")
def main(names: tuple[str, ...], quick: bool) -> None:
    """Measure the benchmarks named, or all.

    They are explore, faults, get, indexing, list, loop, peers, plugin, retrieval, search, start, stream,
    streams and upload.

    A figure that misses its aim is marked, and nothing fails for it: a busy machine is no regression.
    """
    click.echo(f"{conditions()}\n")
    figures: list[Figure] = []
    for name in names or MEASURES:
        click.echo(f"measuring {name} ...", err=True)
        try:
            figures += MEASURES[name](quick)
        except Exception as error:  # the others have their turn all the same
            traceback.print_exc()
            figures.append(Figure(name, "it ended in an error", None, how=repr(error)))
    click.echo(table(figures))


main(prog_name="python -m bench")
