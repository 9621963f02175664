"""Build what is released and install it on every Python that can be had: `make packaging`.

A Python that is not here is shown as such. 1 is returned if anything is wrong.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.packaging.archives import Built, build, render_complaints, sdist_complaints, wheel_complaints
from tests.packaging.checks import COLUMNS, Checks, Row
from tests.packaging.interpreters import VERSIONS, find
from tests.sdks.environments import Environment, UnavailableError, python_environment

AT_A_TIME = 2
BUILDER = ("build>=1.3", "hatchling>=1.27", "mypy>=2.4,<3", "pip>=25.3", "twine>=6.2")
"""What builds, installs and checks; none of it gets into the environments that are checked."""
ABSENT = "not to be had here"


def main(arguments: Sequence[str]) -> int:
    """Check the Pythons that are named, or all; 1 if anything is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.packaging", description="Check what is released.")
    parser.add_argument(
        "versions", nargs="*", metavar="VERSION", help=f"of {', '.join(VERSIONS)}; all if none"
    )
    versions: list[str] = parser.parse_args(arguments).versions or list(VERSIONS)
    try:
        builder = python_environment("packaging", BUILDER)
    except UnavailableError as error:
        print(f"nothing can be built here: {error}")
        return 1
    with tempfile.TemporaryDirectory(prefix="assistants-mock-") as name:
        folder = Path(name)
        built = build(builder, folder)
        wrong = False
        for archive, complaints in (
            (built.wheel, [*wheel_complaints(built), *render_complaints(builder, built)]),
            (built.sdist, list(sdist_complaints(built))),
        ):
            said = f"{len(complaints)} complaints" if complaints else "as it should be"
            print(f"{archive.name}  {archive.stat().st_size / 1e6:.1f} MB  {said}", flush=True)
            print(*(f"  {complaint}" for complaint in complaints), sep="\n", end="\n" if complaints else "")
            wrong = wrong or bool(complaints)
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            rows = list(pool.map(lambda version: _row(version, folder, built, builder), versions))
    print(f"\n{_table(rows)}\n")
    for row in rows:
        for complaint in row.complaints:
            print(f"{row.python}: {complaint}")
    failed = sum(1 for row in rows if row.complaints)
    skipped = sum(1 for row in rows if not row.cells)
    print(f"{len(rows) - failed - skipped} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or wrong or skipped == len(rows) else 0


def _row(version: str, folder: Path, built: Built, builder: Environment) -> Row:
    python = find(version)
    row = Row(version)
    if python is not None:
        place = folder / version
        place.mkdir()
        Checks(python, place, built, builder).run(row)
    print(f"{version}  {'done' if row.cells else ABSENT}", file=sys.stderr, flush=True)
    return row


def _table(rows: Sequence[Row]) -> str:
    """A Markdown table that also reads well as it is."""
    lines: list[tuple[str, ...]] = [("Python", *COLUMNS)]
    lines += [(row.python, *(row.cells.get(column, ABSENT) for column in COLUMNS)) for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    lines.insert(1, tuple("-" * width for width in widths))
    return "\n".join(f"| {' | '.join(map(str.ljust, line, widths))} |" for line in lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
