"""A folder with programs, the command that explores them, and whether they are gone."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

from click.testing import CliRunner, Result

from harness.commands.explore import explore

PATIENCE_SECONDS = 60

CALL = """
import json, os, sys, time
from http.client import HTTPConnection
from urllib.parse import urlsplit

class ApiError(Exception):
    pass

connections = {}

def call(method, path, body=None, base=os.environ["OPENAI_BASE_URL"], key=os.environ["OPENAI_API_KEY"]):
    url = urlsplit(base)
    headers = {"Authorization": f"Bearer {key}", "OpenAI-Beta": "assistants=v2"}
    if body is not None:
        headers["Content-Type"] = "application/json"
    connection = connections.setdefault(url.netloc, HTTPConnection(url.netloc))
    connection.request(method, url.path + path, body and json.dumps(body), headers)
    answer = connection.getresponse()
    said = answer.read()
    if answer.status != 200:
        raise ApiError(answer.status)
    return json.loads(said)
"""
"""The API without an SDK, which a hundred processes have imported by the time one has imported the SDK."""


@dataclass
class Desk:
    """A folder with programs, and the command that explores them."""

    folder: Path

    def file(self, name: str, text: str) -> None:
        """Write a file."""
        (self.folder / name).write_text(dedent(text), encoding="utf-8")

    def type(self, *words: str) -> Result:
        """`assistants-mock explore …`; what was said, and how it ended."""
        result = CliRunner().invoke(explore, words)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def explore(self, program: str, *words: str) -> tuple[dict[str, dict[str, Any]], Result]:
        """The documents of the variants of `python PROGRAM`, by their names, and what was said."""
        result = self.type("--cmd", f"python {program}", "--report", "json:report.json", *words)
        assert (self.folder / "report.json").exists(), result.output
        report = json.loads((self.folder / "report.json").read_text(encoding="utf-8"))
        (test,) = report["tests"]
        assert test["test"] == f"python {program}"
        return {variant["id"]: variant for variant in test["variants"]}, result


def is_gone(pid: int) -> bool:
    """Whether a process has ended, or is about to."""

    def ended() -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        status = Path(f"/proc/{pid}/stat")  # killed, and nobody has asked for it yet
        return status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z"

    wait_until(ended)
    return True


def wait_until(holds: Callable[[], bool]) -> None:
    """Until something is so."""
    waiting = threading.Event()
    for _ in range(PATIENCE_SECONDS * 50):
        if holds():
            return
        waiting.wait(0.02)
    raise AssertionError("it has not come to that")
