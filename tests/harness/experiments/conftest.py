"""Experiments inside of test runs: what would be a process of its own is a run of pytest in this one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from harness.control import Control
from harness.experiments.checking import known_faults
from harness.experiments.documents import experiments_document
from harness.experiments.reading import read_experiments
from harness.experiments.running import Conducted, conduct
from harness.explore.conducting import Runner
from harness.explore.plans import Plan
from harness.explore.reproducing import command
from tests.harness.plugin.conftest import Inner, inner, mock

__all__ = ["Bench", "bench", "inner", "mock"]

Document = dict[str, Any]

BOT = """
    import time

    import openai
    import pytest

    client = openai.OpenAI()
    threads = client.beta.threads

    @pytest.fixture
    def talk(assistants):
        assistants.control.fixtures([
            {"object": "thread", "id": "thread_1"},
            {"object": "assistant", "id": "asst_1", "model": "gpt-4o"},
        ])
        assistants.backend.run().replies("Paris.")

    def test_answer(talk):
        threads.messages.create("thread_1", role="user", content="Capital of France?")
        threads.runs.create_and_poll(thread_id="thread_1", assistant_id="asst_1")
        assert threads.messages.list("thread_1").data[0].content[0].text.value == "Paris."

    def test_models(assistants):
        client.models.list()

    def test_comes_back_later(assistants):
        try:
            client.models.list()
        except openai.APIError:
            time.sleep(90)

    def test_fails(assistants):
        assert client.models.list().data[0].id == "gpt-none"
"""
"""A bot that takes whatever stands last in the thread for its answer."""


@dataclass
class Pytest:
    """Runs tests in this process. `runs` are the variants of each run so far, shared by all of a bench."""

    project: Inner
    folder: Path
    tests: Sequence[str]
    flags: Sequence[str]
    runs: list[list[str]]

    def make_plan(self) -> tuple[Plan, str]:
        """The plan of the tests."""
        path = self.folder / "plan.json"
        self.project.run(*self.tests, "--assistants-plan", f"--assistants-plan-file={path}")
        return Plan.read(path), ""

    def run(self, plan: Plan, budget: float | None, *, scout: bool) -> list[Document]:
        """What came of the variants."""
        path, results = self.folder / "wanted.json", self.folder / "results.json"
        plan.write(path)
        self.runs.append([str(each) for test in plan.tests.values() for each in test.variants])
        said = ["--assistants-explore", f"--assistants-plan-file={path}", f"--assistants-results={results}"]
        if budget is not None:
            said.append(f"--assistants-budget={budget:.1f}s")
        self.project.run(*self.tests, *self.flags, *said)
        found: list[Document] = json.loads(results.read_text())
        return found

    def reproducer(self, variant: Document) -> str:
        """The command for one variant."""
        return command(variant["nodeid"], self.flags)


@dataclass
class Bench:
    """A project with a bot whose tests are experimented with."""

    project: Inner
    folder: Path
    url: str
    runs: list[list[str]] = field(default_factory=list)

    def making(self, tests: Sequence[str], flags: Sequence[str]) -> Runner:
        """What runs tests."""
        return Pytest(self.project, self.folder, tests, flags, self.runs)

    def write(self, text: str, name: str = "bot.experiment.yaml") -> Path:
        """A file of experiments."""
        path = self.project.pytester.path / name
        path.write_text(dedent(text), encoding="utf-8")
        return path

    def conduct(self, text: str) -> list[Conducted]:
        """What comes of the experiments of a file."""
        self.runs.clear()
        with Control(self.url, "bench") as control:
            known = known_faults(read_experiments(self.write(text)), control)
        return conduct(known, self.making)

    def document(self, text: str) -> Document:
        """The same as a document."""
        return experiments_document(self.conduct(text), tool="t", command="c")


@pytest.fixture
def bench(inner: Inner, mock: str, tmp_path: Path) -> Bench:
    """A bench with the bot."""
    inner.files(test_bot=BOT)
    folder = tmp_path / "runs"
    folder.mkdir()
    return Bench(inner, folder, mock)
