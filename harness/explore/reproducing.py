"""How a variant is run once more: the command."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

_MATTER = (
    *("--assistants-seed=", "--assistants-raises=", "--assistants-accepted="),
    "--assistants-longest=",
)
"""The flags that change what a variant does or how it is judged."""

_USUAL = ("--assistants-accepted=resilience.json",)


def command(nodeid: str, flags: Sequence[str] = ()) -> str:
    """The command that runs one variant, from where the exploration was run."""
    kept = [flag for flag in flags if flag.startswith(_MATTER) and flag not in _USUAL]
    return " ".join(["pytest", quoted(nodeid), "--assistants-explore", *map(shlex.quote, kept)])


def program_command(program: str, variant: str, flags: Sequence[str] = ()) -> str:
    """The command that runs one variant of a program, from where the exploration was run."""
    words = ["assistants-mock", "explore", "--cmd", quoted(program), "--only", quoted(variant)]
    return " ".join([*words, *map(quoted, flags)])


def quoted(word: str) -> str:
    """A word for the shell, in double quotes where these will do."""
    if re.fullmatch(r"[\w./:=@%,+-]+", word):
        return word
    return shlex.quote(word) if re.search(r'["$`\\!]', word) else f'"{word}"'
