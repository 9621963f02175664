"""Scenarios on Azure's paths, on a Foundry project, and on a mock that is seen from outside only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harness.playing.outcome import Outcome
from harness.playing.running import run_scenario
from harness.scenarios.reading import read_scenarios
from harness.serving import ServerProcess
from harness.targets.opening import open_target
from harness.targets.target import find_target
from mockserver.server import Server
from tests.harness.targets.servers import Asked, HttpServer, Reply, passed_on

SCENARIOS = """
version: 1
scenarios:
- name: conversation
  backend:
    runs: [{then: {reply: "Paris."}}]
  steps:
  - assistants.create: {model: gpt-4o, instructions: Be brief.}
    as: asst
  - threads.create: {messages: [{role: user, content: "The capital of France?"}]}
    as: thread
  - runs.create: {thread_id: "${thread.id}", assistant_id: "${asst.id}"}
    as: run
  - wait: {run: "${run}", until: completed, within: 60s}
    expect: {statuses: [queued, in_progress, completed]}
  - messages.list: {thread_id: "${thread.id}", limit: 1}
    expect: {data.0.role: assistant, data.0.content.0.text.value: "Paris."}
  - runs.create: {thread_id: "thread_000000000000000000000000", assistant_id: "${asst.id}"}
    expect_error: {status: 404}
  - request: {method: GET, path: "/threads/${thread.id}"}
    expect: {status: 200, body.id: "${thread.id}"}
- name: streamed
  steps:
  - assistants.create: {model: gpt-4o, instructions: Be brief.}
    as: asst
  - stream: {threads.create_and_run: {assistant_id: "${asst.id}"}}
    expect: {events: {subsequence: [thread.created, thread.run.created, thread.run.completed]}}
- name: files
  steps:
  - files.create: {purpose: assistants, file: {name: a.md, text: "# Refunds"}}
    as: file
  - vector_stores.create: {name: kb}
    as: store
  - vector_stores.files.create: {vector_store_id: "${store.id}", file_id: "${file.id}"}
  - wait:
      vector_store_file: {vector_store_id: "${store.id}", file_id: "${file.id}"}
      until: completed
      within: 60s
- name: searched
  steps:
  - vector_stores.create: {name: kb}
    as: store
  - vector_stores.search: {vector_store_id: "${store.id}", query: refunds}
    expect: {data: []}
- name: scripted
  needs: [script]
  steps:
  - threads.create: {}
- name: broken
  faults: [500 at threads.create]
  client: {max_retries: 0}
  steps:
  - threads.create: {}
    expect_error: {status: 500}
- name: patient
  steps:
  - advance: 11m
"""


@pytest.fixture
def played(tmp_path: Path) -> dict[str, Outcome]:
    """Filled by `play`."""
    (tmp_path / "all.assistants.yaml").write_text(SCENARIOS, encoding="utf-8")
    return {}


def play(folder: Path, target: str, *, name: str | None = None) -> dict[str, Outcome]:
    """What came of every scenario (or of one) on a target; nothing is left there afterwards."""
    outcomes = {}
    with open_target(find_target(target)) as connection:
        for scenario in read_scenarios(folder / "all.assistants.yaml"):
            if name in (None, scenario.name):
                outcomes[scenario.name] = run_scenario(scenario, connection)
                assert connection.made == []
                assert outcomes[scenario.name].left_behind == []
    return outcomes


def fates(outcomes: dict[str, Outcome]) -> dict[str, str]:
    """Passed, or why not."""
    return {name: outcome.reason or outcome.status for name, outcome in outcomes.items()}


EVERYTHING_ELSE = {
    "scripted": "{0} lacks script",
    "broken": "{0} lacks faults",
}


def expected(target: str, *, search: bool) -> dict[str, str]:
    """What comes of the scenarios on a target that is not the mock."""
    told = {name: reason.format(target) for name, reason in EVERYTHING_ELSE.items()}
    passed = dict.fromkeys(("conversation", "streamed", "files"), "passed")
    return passed | {"searched": "passed" if search else f"{target} lacks vector_stores.search"} | told


@pytest.mark.usefixtures("played")
def test_the_mock_plays_all_of_them(tmp_path: Path, server: Server) -> None:
    outcomes = play(tmp_path, f"mock:{server.base_url}")
    assert set(fates(outcomes).values()) == {"passed"}
    assert not any(outcome.relaxed or outcome.skipped for outcome in outcomes.values())


@pytest.mark.usefixtures("played")
def test_a_mock_in_real_time_with_its_door_closed_is_a_target_like_any_other(
    tmp_path: Path, closed: ServerProcess
) -> None:
    profile = f"""
    [targets.outside]
    kind = "mock"
    control = false
    base_url = "{closed.base_url}"
    key = "sk-outside"
    """
    (tmp_path / "assistants.toml").write_text(profile, encoding="utf-8")
    outcomes = play(tmp_path, "outside")
    found = fates(outcomes)
    assert "needs 11 min of waiting" in found.pop("patient")
    assert found == expected("outside", search=True)
    relaxed = outcomes["conversation"].relaxed
    assert [each.split(":")[0] for each in relaxed] == [
        "step 4 statuses",
        "step 5 data.0.content.0.text.value",
    ]


@pytest.mark.usefixtures("played")
def test_azures_paths_and_key(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """This project's server speaks them, in virtual time: its clock moves as the client polls."""
    seen: list[Asked] = []

    def answer(asked: Asked) -> Reply:
        seen.append(asked)
        return passed_on(server.base_url.removesuffix("/v1"), asked, f"{asked.path}?{asked.query}")

    with HttpServer(answer) as azure:
        monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", azure.url)
        monkeypatch.setenv("AZURE_OPENAI_API_KEY", "azure-key-of-this-test")
        found = fates(play(tmp_path, "azure"))
    assert "needs 11 min of waiting" in found.pop("patient")
    assert found == expected("azure", search=False)
    assert all(asked.path.startswith("/openai/") for asked in seen)
    assert {asked.query.partition("api-version=")[2].partition("&")[0] for asked in seen} == {
        "2024-05-01-preview"
    }
    assert {asked.headers["api-key"] for asked in seen} == {"azure-key-of-this-test"}


PROJECT = "/api/projects/shop"


@pytest.fixture
def foundry(server: Server, key: str) -> Iterator[HttpServer]:
    """A project of Foundry Agent Service (classic) in front of this project's server.

    Its resources stand directly under the project; it wants an Entra token and api-version=v1, and has no
    uploads and no search of vector stores.
    """

    def answer(asked: Asked) -> Reply:
        refusal = {
            "error": {"code": "Unauthorized", "message": "Principal does not have access to API/Operation."}
        }
        if asked.headers.get("authorization") != "Bearer eyJ-entra-token":
            return Reply(401, refusal)
        pairs = asked.query.split("&")
        if "api-version=v1" not in pairs or not asked.path.startswith(f"{PROJECT}/"):
            return Reply(404, {"error": {"code": "404", "message": "Resource not found"}})
        path = asked.path.removeprefix(PROJECT)
        if path.startswith("/uploads") or path.endswith("/search"):
            return Reply(404, {"error": {"code": "404", "message": "Resource not found"}})
        pairs.remove("api-version=v1")
        return passed_on(server.base_url, asked, path + ("?" + "&".join(pairs) if pairs else ""), key=key)

    with HttpServer(answer) as project:
        yield project


@pytest.mark.usefixtures("played")
def test_a_foundry_project(tmp_path: Path, foundry: HttpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_AI_PROJECT_ENDPOINT", foundry.url + PROJECT)
    monkeypatch.setenv("AZURE_AI_TOKEN", "eyJ-entra-token")
    found = fates(play(tmp_path, "foundry-classic"))
    assert "needs 11 min of waiting" in found.pop("patient")
    assert found == expected("foundry-classic", search=False)


@pytest.mark.usefixtures("played")
def test_a_foundry_profile_finds_its_token_where_it_says(
    tmp_path: Path, foundry: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = f"""
    [targets.nightly]
    kind = "foundry-classic"
    base_url = "{foundry.url}{PROJECT}"
    key_env = "NIGHTLY_TOKEN"
    lacks = ["streaming"]
    """
    (tmp_path / "assistants.toml").write_text(profile, encoding="utf-8")
    monkeypatch.setenv("NIGHTLY_TOKEN", "eyJ-entra-token")
    assert fates(play(tmp_path, "nightly", name="files")) == {"files": "passed"}
    assert fates(play(tmp_path, "nightly", name="streamed")) == {"streamed": "nightly lacks streaming"}


@pytest.mark.usefixtures("played")
def test_what_is_still_there_after_a_failure_is_deleted_too(tmp_path: Path, closed: ServerProcess) -> None:
    text = SCENARIOS.replace("expect: {data.0.role: assistant", "expect: {data.0.role: nobody")
    (tmp_path / "all.assistants.yaml").write_text(text, encoding="utf-8")
    outcome = play(tmp_path, f"compatible:{closed.base_url}", name="conversation")["conversation"]
    assert outcome.status == "failed"


@pytest.mark.usefixtures("played")
def test_models_are_called_what_the_target_calls_them(tmp_path: Path, closed: ServerProcess) -> None:
    target = replace(
        find_target(f"compatible:{closed.base_url}"), models={"gpt-4o": "no-such-model"}, key="sk-models"
    )
    (scenario, *_) = read_scenarios(tmp_path / "all.assistants.yaml")
    with open_target(target) as connection:
        outcome = run_scenario(scenario, connection)
    assert outcome.failure is not None
    assert "no-such-model" in outcome.reason
