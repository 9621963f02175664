"""No check fires on clients that do nothing wrong: in the collection of scenarios, and whatever breaks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import openai
import pytest

from harness.handle.courses import Record
from harness.playing.running import run_scenario
from harness.playing.selection import read_wanted_scenarios, wanted_files
from harness.practices.contract import findings
from harness.scenarios.model import Scenario
from harness.targets.connection import Connection
from harness.targets.opening import open_target
from harness.targets.target import find_target
from mockserver.faults.contract import discover as discover_faults
from mockserver.server import Server
from tests.harness.practices.clients.contract import Stage

FOLDER = Path(__file__).parents[3] / "scenarios"
COLLECTION, _ = read_wanted_scenarios(wanted_files([str(FOLDER)]))

ABOUT = {
    "indexing_delay": {"early_search", "early_run"},
    "outputs_never_submitted": {"unanswered_action"},
    "unsupported_file": {"unchecked_upload", "unsearchable_file"},
    "v1_retired": {"v1_beta_header"},
    "two_functions_at_once": {"partial_tool_outputs"},
    "one_store_many_files": {"left_behind"},  # it shows that files outlast their store
}
"""The scenarios that are about breaking a rule, each with the checks that have to see it."""


@pytest.fixture(scope="module")
def connection(server: Server) -> Iterator[Connection]:
    """The shared server as the target of scenarios."""
    target = replace(find_target("mock"), base_url=server.base_url, key="sk-test-practices")
    with open_target(target) as opened:
        yield opened


@pytest.mark.parametrize("scenario", COLLECTION, ids=lambda scenario: scenario.name)
def test_scenarios_keep_the_rules_they_are_not_about(scenario: Scenario, connection: Connection) -> None:
    assert run_scenario(scenario, connection).status == "passed"
    assert connection.control is not None
    found = findings(Record.read(connection.control, connection.began), sleeps=True)
    assert {finding.check for finding in found} == ABOUT.get(scenario.name, set()), found


def test_no_exception_is_out_of_date() -> None:
    assert ABOUT.keys() <= {scenario.name for scenario in COLLECTION}


@pytest.mark.parametrize("fault", [known.name for known in discover_faults()])
def test_a_fault_alone_breaks_no_rule(fault: str, stage: Stage) -> None:
    """The client retries as the SDK does, has deadlines, answers, cancels what hangs, and tidies up."""
    _prepare(stage)
    stage.handle.faults.arm(fault)
    with suppress(Exception):
        _converse(stage)
    assert stage.handle.practices() == []


def test_without_a_fault_the_same_client_gets_through(stage: Stage) -> None:
    _prepare(stage)
    _converse(stage)
    assert {"vector_stores.search", "runs.submit_tool_outputs", "messages.list", "files.delete"} <= set(
        stage.handle.history.names
    )
    assert stage.handle.practices() == []


def _prepare(stage: Stage) -> None:
    stage.client = stage.handle.client(max_retries=2, timeout=20)
    ask: Any = {"tool_calls": [{"function": "look_up", "arguments": {}}], "on_outputs": {"reply": "30 days."}}
    stage.handle.control.add_replies({"then": ask, "times": 1})


def _converse(stage: Stage) -> None:
    client: Any = stage.client
    store = client.vector_stores.create()
    with _deleted(client.vector_stores.delete, store.id):
        file = client.files.create(file=("a.md", b"Refunds take 30 days."), purpose="assistants")
        with _deleted(client.files.delete, file.id):
            client.vector_stores.files.create(store.id, file_id=file.id)
            _indexed(client, store.id)
            client.vector_stores.search(store.id, query="refunds")
            assistant = stage.assistant()
            thread = stage.thread()
            run = stage.run(thread, assistant)
            try:
                run = stage.wait(run)
                while run.status == "requires_action":
                    calls = run.required_action.submit_tool_outputs.tool_calls
                    run = stage.wait(stage.submit(run, *(call.id for call in calls)))
            except BaseException:
                client.beta.threads.runs.cancel(run.id, thread_id=thread)
                raise
            stage.messages(thread)
            with client.beta.threads.runs.stream(thread_id=thread, assistant_id=assistant) as stream:
                stream.until_done()


def _indexed(client: Any, store: str) -> None:
    for _ in range(100):
        if client.vector_stores.retrieve(store).file_counts.in_progress == 0:
            return
        time.sleep(1)
    raise TimeoutError


@contextmanager
def _deleted(delete: Any, id_: str) -> Iterator[None]:
    try:
        yield
    finally:
        with suppress(openai.OpenAIError):
            delete(id_)
