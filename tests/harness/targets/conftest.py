"""Servers that scenarios see from outside only."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harness.scenarios.model import Place, Scenario
from harness.serving import ServerProcess
from harness.targets.connection import Connection
from harness.targets.opening import open_target
from harness.targets.target import Target, find_target
from mockserver.server import Server

VARIABLES = (
    *("ASSISTANTS_TARGET_KEY", "AZURE_AI_PROJECT_ENDPOINT", "AZURE_AI_TOKEN", "AZURE_OPENAI_ENDPOINT"),
    *("AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN", "OPENAI_API_KEY", "OPENAI_API_KEY_LIVE"),
    *("OPENAI_API_VERSION", "OPENAI_BASE_URL", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"),
)


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No keys or addresses from outside, and a working directory without profiles."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def closed() -> Iterator[ServerProcess]:
    """A mock in real time whose control door is closed: what a real endpoint looks like from outside."""
    with ServerProcess(clock="real", latency="instant", options=("--no-control",)) as server:
        yield server


@pytest.fixture
def elsewhere(closed: ServerProcess) -> Iterator[Connection]:
    """A connection to it, with a key of its own and what the API can do."""
    target = find_target(f"compatible:{closed.base_url}")
    target = replace(target, key=f"sk-{uuid.uuid4().hex}", capabilities=frozenset({"assistants", "raw"}))
    with open_target(target) as connection:
        yield connection


@pytest.fixture
def mock_target(server: Server, key: str) -> Target:
    """This test's world on the shared server in virtual time."""
    return replace(find_target("mock"), base_url=server.base_url, key=key)


@pytest.fixture
def mocked(mock_target: Target) -> Iterator[Connection]:
    """A connection to it."""
    with open_target(mock_target) as connection:
        yield connection


def scenario(**parts: object) -> Scenario:
    """A scenario without steps."""
    made: Scenario = replace(Scenario("one", Place(Path("one.assistants.yaml"), 3, 3), ()), **parts)  # type: ignore[arg-type]
    return made
