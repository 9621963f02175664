"""Pages that a reader follows in an empty folder: files to write, commands to run, and what they print.

A fenced block whose first line names a file (three backticks, `python test_first.py`) is that file; an `sh`
block is run in the folder, and a `text` block right behind it is what it prints. Blocks marked `no-run` are
only read. What differs from run to run (seconds, ports) is told apart from what does not.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(
    r"^```(?P<language>\w+)(?P<rest>[^\n]*)\n(?P<code>.*?)^```\n(?:\n```text\n(?P<printed>.*?)^```\n)?",
    re.MULTILINE | re.DOTALL,
)
_DIFFERENT = re.compile(r"\b\d+(?:\.\d+)? ?m?s\b|(?<=127\.0\.0\.1:)\d+|^=+$|(?<= )=+|=+(?= )", re.MULTILINE)
"""How long something took, a port, and rules that fill a line."""
SETTINGS = ("OPENAI_", "AZURE_", "PYTEST_", "COV_CORE_", "NO_COLOR", "FORCE_COLOR", "CI", "BUILD_NUMBER")
"""What a reader's terminal does not have, by how it begins."""


@dataclass(frozen=True)
class Command:
    """One `sh` block: what is run, and what the page says it prints (None: nothing is said)."""

    code: str
    printed: str | None


COMMANDS = Path(sys.executable).parent
"""Where the commands of this environment are."""


def follow(
    text: str, folder: Path, *, commands: Path = COMMANDS, first: Path | None = None
) -> Iterator[tuple[Command, str]]:
    """Do what a page says, from its top, in this folder; each command with what it really printed.

    A command may fail, as tests that are meant to do: what it prints says so. A shell finds `pytest` and the
    others in the folder `commands`; for the first command of the page in `first`, if that is given.
    """
    for block in _BLOCK.finditer(text):
        language, rest = block["language"], block["rest"].split()
        if "no-run" in rest:
            continue
        if rest:
            file = folder / rest[0]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block["code"], encoding="utf-8")
        elif language == "sh":
            yield Command(block["code"], block["printed"]), _run(block["code"], folder, first or commands)
            first = None


def unsaid(text: str) -> list[str]:
    """The blocks of a page that are neither run, nor written to a file, nor said to be for reading only."""
    kinds = ((block["language"], block["rest"].split(), block["code"]) for block in _BLOCK.finditer(text))
    return [code for language, rest, code in kinds if not rest and language not in ("sh", "text")]


def with_outputs(text: str, outputs: dict[Command, str]) -> str:
    """The page with what its commands print; where only such things differ it stays as it is."""

    def block(found: re.Match[str]) -> str:
        command = Command(found["code"], found["printed"])
        if found["language"] != "sh" or command not in outputs:
            return found[0]
        printed = outputs[command]
        if settled(printed) == settled(found["printed"] or ""):
            return found[0]
        shown = f"\n```text\n{printed}```\n" if printed else ""
        return f"```sh{found['rest']}\n{found['code']}```\n{shown}"

    return _BLOCK.sub(block, text)


def settled(printed: str) -> str:
    """What was printed without that which is different every time."""
    return _DIFFERENT.sub("~", printed)


def _run(code: str, folder: Path, commands: Path) -> str:
    """What a shell prints on both its outputs, with these commands at hand."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)}
    path = os.pathsep.join((str(commands), str(COMMANDS), kept.get("PATH", "")))
    done = subprocess.run(
        ["bash", "-uo", "pipefail", "-c", code],
        cwd=folder,
        env={**kept, "PATH": path, "COLUMNS": "100"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        check=False,
        timeout=120,
    )
    printed = done.stdout.replace(str(folder), "…")
    return printed if printed.endswith("\n") or not printed else f"{printed}\n"
