"""The commands as they are typed, in a folder of their own, on a server that is there already."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import click
import pytest
from click.testing import CliRunner, Result

from harness.commands import scenarios
from harness.serving import ServerProcess
from mockserver.server import Server
from tests.harness.targets.conftest import VARIABLES

FINE = """
version: 1
scenarios:
- name: greeting
  about: Somebody says hello.
  error: 3
  backend:
    runs: [{then: {reply: "Good day."}}]
  steps:
  - assistants.create: {model: gpt-4o}
    as: asst
  - threads.create_and_run: {assistant_id: "${asst.id}", thread: {messages: [{role: user, content: "Hello"}]}}
    as: run
  - wait: {run: "${run}", until: completed, within: 60s}
  - messages.list: {thread_id: "${run.thread_id}", limit: 1}
    expect: {data.0.content.0.text.value: "Good day."}
- name: farewell
  error: 13
  steps:
  - threads.create: {}
"""
"""Two scenarios that pass."""

WRONG = """
version: 1
scenarios:
- name: surprised
  steps:
  - threads.create: {metadata: {mood: calm}}
    expect: {metadata.mood: angry}
- name: afterwards
  steps:
  - threads.create: {}
"""
"""One that fails and one that passes."""

MISTAKEN = """
version: 1
scenarios:
- name: mistaken
  steps:
  - thread.create: {}
  - threads.create: {}
    expcet: {object: thread}
"""
"""Two mistakes: lines 5 and 7."""


@dataclass
class Desk:
    """A folder with scenario files and a profile `here` for a running mock."""

    folder: Path
    server: Server

    def file(self, name: str, text: str) -> Path:
        """Write a file, which may lie in a folder below."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip(), encoding="utf-8")
        return path

    def type(self, command: click.Command, *words: object) -> Result:
        """Type a command; what it printed and how it ended."""
        result = CliRunner().invoke(command, [str(word) for word in words], prog_name="assistants-mock")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def run(self, *words: object, target: str = "here") -> Result:
        """`assistants-mock run … --target here`."""
        return self.type(scenarios.run, *words, "--target", target)


@pytest.fixture
def desk(tmp_path: Path, server: Server, key: str, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """An empty desk of this test's own."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    made = Desk(tmp_path, server)
    profile = f'[targets.here]\nkind = "mock"\nbase_url = "{server.base_url}"\nkey = "{key}"\n'
    made.file("assistants.toml", profile)
    return made


@pytest.fixture
def server_key(desk: Desk, key: str) -> str:
    """The key of the profile `here`."""
    return key


@pytest.fixture(scope="session")
def closed_server() -> Iterator[ServerProcess]:
    """A mock in real time whose control door is closed."""
    with ServerProcess(clock="real", latency="instant", options=("--no-control",)) as server:
        yield server
