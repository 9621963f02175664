"""The programs in a page of the documentation, and what they print.

A fenced block of `python`, `sh` or `js` is a program; a `text` block right behind it is what it prints.
Python blocks of a page go on from one another and share a world; the others stand alone, each in a world of
its own. Worlds keep virtual time, where sleeping moves the clock: so what is printed is always the same.
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

Runner = Callable[[str, Mapping[str, str]], str]
"""Runs a program with these variables in its environment and gives what it prints."""


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


def run_page(text: str, base_url: str, js: Runner | None = None) -> dict[Program, str]:
    """Run the programs of a page and give what each prints; those in JavaScript only where `js` can run them.

    Whatever a program raises goes through; a shell program that fails raises CalledProcessError.
    """
    return _python(text, base_url) | run_alone(text, base_url, {"sh": _shell} | ({"js": js} if js else {}))


def run_alone(text: str, base_url: str, runners: Mapping[str, Runner]) -> dict[Program, str]:
    """Run the programs of a page that are in these languages, each in a world of its own."""
    outputs = {}
    for program in programs(text):
        if program.language in runners:
            with _world(base_url) as (variables, _):
                printed = runners[program.language](program.code, variables)
            # An answer of the API has no line's end.
            outputs[program] = printed if printed.endswith("\n") or not printed else f"{printed}\n"
    return outputs


def _python(text: str, base_url: str) -> dict[Program, str]:
    """Run the Python programs of a page in one world, where sleeping moves its clock."""
    outputs = {}
    names: dict[str, Any] = {"__name__": "__page__"}
    with _world(base_url) as (variables, control):

        def sleep(seconds: float) -> None:
            control.advance(seconds)

        with patch.dict(os.environ, variables), patch("time.sleep", sleep), _closing(names):
            for program in programs(text):
                if program.language == "python":
                    printed = io.StringIO()
                    with redirect_stdout(printed):
                        exec(compile(program.code, "<page>", "exec"), names)
                    outputs[program] = printed.getvalue()
    return outputs


@contextmanager
def _closing(names: Mapping[str, Any]) -> Iterator[None]:
    """Close what a page's programs opened: they show clients, and not how to close them."""
    try:
        yield
    finally:
        for value in names.values():
            close = getattr(value, "close", None)
            if callable(close) and not isinstance(value, type):
                close()


def _shell(code: str, variables: Mapping[str, str]) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, **variables},
        check=True,
    )
    return done.stdout


@contextmanager
def _world(base_url: str) -> Iterator[tuple[dict[str, str], Control]]:
    """A new world in virtual time: the environment that leads to it, and its control door."""
    variables = {
        "OPENAI_BASE_URL": base_url,
        "OPENAI_API_KEY": f"sk-{uuid.uuid4().hex}",
        "NO_PROXY": "127.0.0.1",
    }
    with Control(base_url, variables["OPENAI_API_KEY"]) as control:
        control.new_world(clock="virtual", latency="realistic", seed=0)
        yield variables, control
