"""The rounds of an exploration, run in this process: depth, budgets, reports, exit codes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from harness.explore.conducting import explore
from harness.explore.documents import exit_code, report_document
from harness.explore.plans import Plan
from harness.explore.resilience import Accepted, Weakness, write_accepted
from harness.explore.schema import EXPLORATION_SCHEMA
from tests.harness.explore.laboratory import Document, Laboratory

pytest_plugins = ("pytester",)

TESTS = """
    import openai

    client = openai.OpenAI()

    class Unavailable(Exception):
        pass

    def test_thread(assistants):
        try:
            thread = client.beta.threads.create()
            client.beta.threads.messages.create(thread.id, role="user", content="Hello?")
        except openai.APIError as error:
            raise Unavailable("later") from error
        client.beta.threads.delete(thread.id)
"""

NODE = "test_desk.py::test_thread"


@dataclass
class Inside:
    """A runner of suites that needs no process."""

    laboratory: Laboratory
    faults: str
    rounds: int = 0

    def make_plan(self) -> tuple[Plan, str]:
        return self.laboratory.plan(f"--assistants-faults={self.faults}"), ""

    def run(self, plan: Plan, budget: float | None, *, scout: bool) -> list[Document]:
        self.rounds += 1
        flags = [f"--assistants-faults={self.faults}", "--assistants-raises=Unavailable", "--tb=no"]
        flags += ["--assistants-scout"] if scout else []
        variants = {name: list(map(str, test.variants)) for name, test in plan.tests.items()}
        return list(self.laboratory.run(variants, *flags)[0].values())

    def reproducer(self, variant: Document) -> str:
        return str(variant["nodeid"])


def explored(runner: Inside, accepted: Accepted = Accepted(), **more: Any) -> Document:  # noqa: B008
    plan, _ = runner.make_plan()
    done = explore(runner, plan, **more)
    return report_document(
        done.plan,
        done.variants,
        tool="assistants-mock",
        command="explore",
        seed=0,
        depth=2,
        accepted=accepted,
        planned=done.planned,
    )


def test_ways_out_are_broken_in_a_second_round(laboratory: Laboratory) -> None:
    laboratory.project.files(test_desk=TESTS)
    runner = Inside(laboratory, "lost_ack,500,html_200")
    report = explored(runner)
    jsonschema.validate(report, EXPLORATION_SCHEMA)
    assert runner.rounds == 2
    (test,) = report["tests"]
    verdicts = {variant["id"]: variant["verdict"] for variant in test["variants"]}
    assert verdicts["threads.create#1~500"] == "absorbed"
    assert verdicts["threads.create#1+~500"] == "surfaced"
    assert verdicts["threads.create#1~lost_ack"] == "leaked"
    assert verdicts["messages.create#1~lost_ack"] == "corrupt"
    assert verdicts["threads.create#1~html_200"] == "crashed"
    assert verdicts["threads.delete#1+~500"] == "raw error"
    assert (test["planned"], test["left_out"], test["unreached"]) == (len(verdicts), 0, 0)
    assert report["exit"] == 1
    new = {variant["id"] for variant in test["variants"] if variant["new"]}
    assert new == {name for name, verdict in verdicts.items() if verdict in ("corrupt", "crashed")}


def test_two_explorations_give_the_same_report(laboratory: Laboratory) -> None:
    """Retries that wait by Python's own dice are among them."""
    laboratory.project.files(test_desk=TESTS)
    one, two = (explored(Inside(laboratory, "transport,429")) for _ in range(2))
    assert json.dumps(one) == json.dumps(two)
    assert sum(one["counts"].values()) > 15


def test_a_budget_that_is_spent_leaves_out_and_says_so(laboratory: Laboratory) -> None:
    laboratory.project.files(test_desk=TESTS)
    runner = Inside(laboratory, "500")
    report = explored(runner, budget=0.0)
    assert runner.rounds == 0
    (test,) = report["tests"]
    assert (test["planned"], test["left_out"], test["unreached"], report["exit"]) == (3, 3, 3, 2)


def test_what_is_accepted_is_not_new_and_what_is_mended_is_told(laboratory: Laboratory) -> None:
    laboratory.project.files(test_desk=TESTS)
    listed = [
        Weakness(f"{NODE}[*~html_200]", "crashed", "no proxy is in the way"),
        Weakness(f"{NODE}[threads.create#1~500]", "crashed", "long mended"),
        Weakness("test_other.py::test_x[threads.create#1~500]", "crashed", "was not looked at"),
    ]
    report = explored(Inside(laboratory, "500,html_200"), Accepted(listed), depth=1)
    assert not [variant for variant in report["tests"][0]["variants"] if variant["new"]]
    assert [each["id"] for each in report["stale"]] == [f"{NODE}[threads.create#1~500]"]
    assert report["exit"] == 1
    assert explored(Inside(laboratory, "500,html_200"), Accepted(listed[:1]), depth=1)["exit"] == 0


@pytest.mark.parametrize(
    ("status", "variants", "unreached", "code"),
    [
        ("explored", [{"new": False}], 0, 0),
        ("explored", [{"new": True}], 1, 1),
        ("explored", [{"new": False}], 1, 2),
        ("explored", [], 0, 2),
        ("failed", [], 0, 2),
        ("inconclusive", [], 0, 2),
        ("silent", [], 0, 2),
    ],
)
def test_exit_codes(status: str, variants: list[Document], unreached: int, code: int) -> None:
    assert exit_code([{"status": status, "variants": variants, "unreached": unreached}], []) == code


def test_accepted_weaknesses_come_back_as_they_were_written(tmp_path: Path) -> None:
    listed = [Weakness("t[b#1~x]", "wrong", "b"), Weakness("t[a#1~x]", "raw error", "a")]
    write_accepted(tmp_path / "resilience.json", listed)
    assert list(Accepted.read(tmp_path / "resilience.json").weaknesses) == listed[::-1]
    assert Accepted.read(tmp_path / "none.json").weaknesses == ()
