"""What the commands share: how they show their help, and how they end.

Exit codes: 2 is a mistake in the command line, a profile or a file (3 where 2 means that nothing can be
said), 130 interrupted; each command says what its others mean.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NoReturn

import click

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

MISTAKEN, BROKEN, INTERRUPTED = 2, 3, 130


def complain(reason: str, code: int = MISTAKEN) -> NoReturn:
    """Say what is wrong, and end the program."""
    click.echo(f"Error: {reason}", err=True)
    sys.exit(code)


def written(write: Callable[[], object], code: int = MISTAKEN) -> None:
    """Write reports; ends the program where they cannot be written."""
    try:
        write()
    except OSError as error:
        complain(f"a report cannot be written: {error}", code)
