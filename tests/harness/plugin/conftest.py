"""Test runs inside of test runs: `inner` writes a project and runs pytest on it, in this process."""

from __future__ import annotations

import gc
import os
import warnings
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages
from textwrap import dedent

import openai
import pytest

import harness
from harness.control import Control
from harness.plugin.hosting import shared_server

LEAN = tuple(f"-pno:{name}" for name in ("cacheprovider", "hypothesispytest", "randomly"))
"""Without plugins that take time (hypothesis imports itself to say nothing) or change the order."""

FIVE = """
version: 1
scenarios:
- name: passes
  error: 7
  steps:
  - threads.create: {}
- name: fails
  seed: 5
  steps:
  - threads.create: {}
    as: thread
  - messages.create: {thread_id: "${thread.id}", role: user, content: Hi}
    expect: {role: assistant}
- name: waits
  steps:
  - advance: 9m
- name: breaks
  faults: [500 at threads.create]
  client: {max_retries: 0}
  steps:
  - threads.create: {}
    expect_error: {status: 500}
- name: reads
  steps:
  - models.list: {}
"""
"""Scenarios of every sort: four that pass and one that fails."""


class Inner:
    """A project of its own, and pytest runs on it.

    It is an error if a run changes the environment, or leaves a connection to a control door open.
    """

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester

    def files(self, **files: str) -> None:
        """Write Python files: `app="…"` becomes app.py."""
        self.pytester.makepyfile(**{name: dedent(text) for name, text in files.items()})

    def ini(self, text: str) -> None:
        """Write the ini file's section of pytest."""
        self.pytester.makeini("[pytest]\n" + dedent(text))

    def run(self, *args: str) -> pytest.RunResult:
        """Run pytest in this process, every warning an error."""
        before, connected = dict(os.environ), connections()
        result = self.pytester.runpytest_inprocess(*LEAN, "-Werror", "-Wignore::DeprecationWarning", *args)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()  # clients of these little applications are closed by nobody else
        assert connections() <= connected
        after = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
        before.pop("PYTEST_CURRENT_TEST", None)
        assert after == before
        return result

    def passes(self, *args: str, **outcomes: int) -> pytest.RunResult:
        """Run pytest; the outcomes are these and no others, by default one test that passes."""
        result = self.run(*args)
        result.assert_outcomes(**(outcomes or {"passed": 1}))
        return result


def connections() -> int:
    """How many connections to control doors are open in this process."""
    doors = [each for each in gc.get_objects() if type(each) is Control]
    return sum(door._connection.sock is not None for door in doors)


@pytest.fixture(scope="session")
def mock() -> Iterator[str]:
    """The base URL of the server that all inner runs share; a start would take each most of its time."""
    for module in walk_packages(harness.__path__, "harness."):
        import_module(module.name)  # or each inner run would import it again: it forgets what it imported
    server = shared_server()
    server.ready()
    with warnings.catch_warnings(), openai.OpenAI(base_url=server.base_url, api_key="warm-up") as client:
        warnings.simplefilter("ignore", DeprecationWarning)
        # This imports most of the SDK.
        assistant = client.beta.assistants.create(model="gpt-4o", instructions="Be brief.")
        client.beta.threads.create_and_run_poll(assistant_id=assistant.id)
    gc.collect()
    gc.freeze()  # or each run would look through all that was imported, three times
    yield server.base_url
    gc.unfreeze()


@pytest.fixture
def inner(pytester: pytest.Pytester, mock: str, monkeypatch: pytest.MonkeyPatch) -> Inner:
    """A project to run pytest on, as a user who has no key and no server would."""
    for name in [name for name in os.environ if name.startswith(("OPENAI_", "AZURE_OPENAI_"))]:
        monkeypatch.delenv(name)
    return Inner(pytester)
