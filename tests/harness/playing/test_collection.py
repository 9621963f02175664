"""The scenarios of `scenarios/` as one collection; each of them is a test of its own, too."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from harness.playing.selection import read_wanted_scenarios, wanted_files
from harness.playing.suite import play_all
from harness.scenarios.model import Scenario
from harness.targets.opening import open_target
from harness.targets.target import find_target
from mockserver.server import Server

FOLDER = Path(__file__).parents[3] / "scenarios"


@pytest.fixture(scope="module")
def scenarios() -> list[Scenario]:
    """All of them."""
    found, mistakes = read_wanted_scenarios(wanted_files([str(FOLDER)]))
    assert not mistakes
    return found


def test_the_fifteen_documented_errors_are_there_by_number(scenarios: list[Scenario]) -> None:
    numbered = [scenario for scenario in scenarios if scenario.file.parent.name == "errors"]
    assert {scenario.error for scenario in numbered} == set(range(1, 16))
    for scenario in numbered:
        assert scenario.file.name.startswith(f"{scenario.error:02}_"), scenario.id


def test_they_pass_in_any_order(scenarios: list[Scenario], server: Server, key: str) -> None:
    order = random.sample(scenarios, len(scenarios))
    print("in this order:", *(scenario.name for scenario in order))
    with open_target(replace(find_target("mock"), base_url=server.base_url, key=key)) as connection:
        outcomes = play_all(order, connection).outcomes
    assert [(each.scenario.id, each.reason) for each in outcomes if each.status != "passed"] == []


def test_they_run_where_there_is_no_control_door(scenarios: list[Scenario]) -> None:
    """A server of its own that can only be called, as a real endpoint; each poll moves its time.

    What is not played is skipped for what only a control door gives, by name.
    """
    with open_target(replace(find_target("mock"), control=False)) as connection:
        outcomes = play_all(scenarios, connection).outcomes
        assert connection.made == []
    counts = Counter(each.status for each in outcomes)
    assert counts == {"passed": 20, "skipped": 21}, [each.reason for each in outcomes]
    for each in outcomes:
        if each.status == "skipped":
            missing = each.scenario.needs & {"faults", "script", "virtual_time"}
            assert missing, each.scenario.id
            assert "whose time cannot be moved" in each.reason or sorted(missing) == sorted(
                each.reason.removeprefix("mock lacks ").split(", ")
            )
    assert sum(len(each.relaxed) for each in outcomes) == 8
    assert sum(len(each.skipped) for each in outcomes) == 3
