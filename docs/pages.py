"""The programs in a page of the documentation, and what they print.

A fenced block of `python`, `sh` or `js` is a program; a `text` block right behind it is what it prints.
Python blocks of a page go on from one another, the others stand alone. Each page runs in a world of its
own, in virtual time, where sleeping moves the clock: so what is printed is always the same.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from harness.control import Control

_BLOCK = re.compile(
    r"^```(?P<language>python|sh|js)\n(?P<code>.*?)^```\n(?:\n```text\n(?P<printed>.*?)^```\n)?",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Program:
    """One block: its language, its text, and what the page says it prints (None: nothing is said)."""

    language: str
    code: str
    printed: str | None


def programs(text: str) -> list[Program]:
    """The programs of a page, in order."""
    return [Program(found["language"], found["code"], found["printed"]) for found in _BLOCK.finditer(text)]


def with_outputs(text: str, outputs: Mapping[Program, str]) -> str:
    """The page with what its programs print; those that are not in `outputs` stay as they are."""

    def block(found: re.Match[str]) -> str:
        program = Program(found["language"], found["code"], found["printed"])
        if program not in outputs:
            return found[0]
        shown = f"\n```text\n{outputs[program]}```\n" if outputs[program] else ""
        return f"```{program.language}\n{program.code}```\n{shown}"

    return _BLOCK.sub(block, text)


def run_page(
    text: str, base_url: str, js: Callable[[str, Mapping[str, str]], str] | None = None
) -> dict[Program, str]:
    """Run the programs of a page and give what each prints; those in JavaScript only where `js` can run them.

    Whatever a program raises goes through; a shell program that fails raises CalledProcessError.
    """
    outputs: dict[Program, str] = {}
    names: dict[str, Any] = {"__name__": "__page__"}
    with _world(base_url):
        for program in programs(text):
            if program.language == "python":
                printed = io.StringIO()
                with redirect_stdout(printed):
                    exec(compile(program.code, "<page>", "exec"), names)
                outputs[program] = printed.getvalue()
    for program in programs(text):
        if program.language == "sh":
            with _world(base_url) as variables:
                done = subprocess.run(
                    ["bash", "-euo", "pipefail", "-c", program.code],
                    capture_output=True,
                    text=True,
                    env={**os.environ, **variables},
                    check=True,
                )
            outputs[program] = done.stdout
        elif program.language == "js" and js is not None:
            with _world(base_url) as variables:
                outputs[program] = js(program.code, variables)
    return outputs


@contextmanager
def _world(base_url: str) -> Iterator[dict[str, str]]:
    """A new world in virtual time, to which the environment leads and in which nobody really sleeps."""
    variables = {
        "OPENAI_BASE_URL": base_url,
        "OPENAI_API_KEY": f"sk-{uuid.uuid4().hex}",
        "NO_PROXY": "127.0.0.1",
    }
    with Control(base_url, variables["OPENAI_API_KEY"]) as control:
        control.new_world(clock="virtual", latency="realistic", seed=0)

        def sleep(seconds: float) -> None:
            control.advance(seconds)

        with patch.dict(os.environ, variables), patch("time.sleep", sleep):
            yield variables
