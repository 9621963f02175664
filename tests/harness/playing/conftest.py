"""Scenarios written in tests, and the targets on which they are played."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import dedent, indent

import pytest

from harness.playing.outcome import Outcome
from harness.playing.running import run_scenario
from harness.scenarios.model import Scenario
from harness.scenarios.reading import read_scenarios
from harness.targets.connection import Connection
from harness.targets.opening import open_target
from harness.targets.target import Target, find_target
from mockserver.server import Server
from mockserver.settings import Settings

ASSISTANT = """
- assistants.create: {model: gpt-4o}
  as: asst
- threads.create: {messages: [{role: user, content: "Tell me."}]}
  as: thread
"""
"""The beginning of most conversations: steps 1 and 2."""

RUN = "{thread_id: '${thread.id}', assistant_id: '${asst.id}'}"
"""The arguments of a run on them; `<RUN>` stands for it in steps."""


REPLY = (
    "backend: {runs: [{timeline: {queued: 1s, in_progress: 3s}, then: {reply: One two three four five.}}]}"
)
"""What the model says: a run of four seconds with five words."""


@pytest.fixture(scope="session")
def mocked(server: Server) -> Iterator[Connection]:
    """A mock in virtual time whose control door is open."""
    target = replace(find_target("mock"), base_url=server.base_url, key="sk-scenarios")
    with open_target(target) as connection:
        yield connection


@pytest.fixture(scope="session")
def remote() -> Iterator[Connection]:
    """What is a real target to the harness: a server in real time whose control door is closed."""
    settings = Settings(clock="real").changed({"latency": "instant"})
    with Server(settings, control=False) as server:
        target = Target("remote", kind="compatible", base_url=server.base_url, key="sk-remote")
        with open_target(target) as connection:
            yield connection


@dataclass
class Stage:
    """Writes scenarios and plays them."""

    folder: Path
    mocked: Connection

    def scenario(self, *steps: str, head: str = "", name: str = "one") -> Scenario:
        """A scenario of these steps; `head` are its other keys. It stands in a file of its own."""
        parts = [dedent(part).strip().replace("<RUN>", RUN) for part in (head, "steps:", *steps)]
        text = "\n".join(indent(part, "  ") for part in parts if part)
        file = self.folder / f"{name}.assistants.yaml"
        file.write_text(f"version: 1\nscenarios:\n- name: {name}\n{text}\n", encoding="utf-8")
        (read,) = read_scenarios(file)
        return read

    def play(self, *steps: str, head: str = "", **options: bool) -> Outcome:
        """What comes of it on the mock."""
        return run_scenario(self.scenario(*steps, head=head), self.mocked, **options)

    def passes(self, *steps: str, head: str = "") -> Outcome:
        """The same, which must pass."""
        outcome = self.play(*steps, head=head)
        assert outcome.status == "passed", outcome.reason
        return outcome

    def fails(self, *steps: str, head: str = "") -> Outcome:
        """The same, which must fail, at a step."""
        outcome = self.play(*steps, head=head)
        assert outcome.status == "failed", outcome.records
        assert outcome.failure is not None, outcome.reason
        return outcome


@pytest.fixture
def stage(tmp_path: Path, mocked: Connection) -> Stage:
    """Writes scenarios and plays them on the mock."""
    return Stage(tmp_path, mocked)
