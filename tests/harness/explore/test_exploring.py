"""Explorations as pytest runs them: items, outcomes, plans, budgets, workers, accepted weaknesses."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from textwrap import dedent

import pytest

from harness.explore.plans import Plan
from tests.harness.explore.laboratory import Document, Laboratory
from tests.harness.forkserver import REAL

pytest_plugins = ("pytester",)

BOT = """
    import openai
    import pytest

    client = openai.OpenAI()

    def test_models(assistants):
        assert client.models.list().data

    @pytest.mark.parametrize("name", ["gpt-4o", "gpt-4"])
    class TestOne:
        @pytest.mark.parametrize("times", [1, 2])
        def test_model(self, name, times, assistants_variant):
            for _ in range(times):
                assert client.models.retrieve(name).id == name
            assert assistants_variant in ("baseline", "again") or "#" in assistants_variant

    def test_swallows(assistants):
        try:
            thread = client.beta.threads.create()
            client.beta.threads.retrieve(thread.id)
        except Exception:
            pass
"""

PARTING = "threads.create#1 (200) in the first run and models.retrieve#1 (200) in the second"

MODELS = "test_bot.py::test_models"


def test_each_variant_is_an_item_and_its_verdict_the_outcome(laboratory: Laboratory) -> None:
    laboratory.project.files(test_bot=BOT)
    laboratory.plan()
    names = ["models.list#1~500", "models.list#1+~500", "models.list#1~html_200", "models.list#2~500"]
    found, result = laboratory.run({MODELS: names}, "-rA", "--tb=short")
    result.assert_outcomes(passed=1, xfailed=1, failed=1, skipped=1)
    assert [found[f"{MODELS}[{name}]"]["verdict"] for name in names] == [
        "absorbed",
        "raw error",
        "crashed",
        "not reached",
    ]
    result.stdout.fnmatch_lines_random(
        [
            f"PASSED {MODELS}[[]models.list#1~500]",
            f"XFAIL {MODELS}[[]models.list#1+~500] - raw error: openai.InternalServerError escaped*",
            f"FAILED {MODELS}[[]models.list#1~html_200] - *",
            "SKIPPED *test_bot.py:*: not reached: models.list#2 was never called",
            "crashed: AttributeError: * (test_bot.py:7 in test_models)",
        ]
    )


def test_parameters_and_classes_keep_their_names(laboratory: Laboratory) -> None:
    laboratory.project.files(test_bot=BOT)
    plan = laboratory.plan("-k", "TestOne")
    tests = {name: list(map(str, test.variants)) for name, test in plan.tests.items()}
    assert list(tests) == [
        f"test_bot.py::TestOne::test_model[{times}-{name}]"
        for times in (1, 2)
        for name in ("gpt-4o", "gpt-4")
    ]
    for name, variants in tests.items():
        assert any(each.startswith("models.retrieve#2~") for each in variants) == ("[2-" in name)
    wanted = {name: variants[:1] for name, variants in tests.items()}
    found, result = laboratory.run(wanted)
    assert sorted(found) == sorted(f"{name[:-1]}-{variants[0]}]" for name, variants in wanted.items())
    assert sum(result.parseoutcomes().get(word, 0) for word in ("passed", "failed", "xfailed")) == 4


def test_what_cannot_be_explored_says_why(laboratory: Laboratory) -> None:
    laboratory.project.files(
        test_bot="""
            import itertools
            import unittest
            import openai
            import pytest

            client = openai.OpenAI()
            count = itertools.count()

            def test_changes_its_mind(assistants):
                client.models.list()
                client.models.retrieve("gpt-4o") if next(count) else client.beta.threads.create()

            def test_fails(assistants):
                client.models.list()
                raise ValueError("by itself")

            def test_is_silent(assistants):
                pass

            @pytest.mark.skip(reason="not today")
            def test_is_skipped(assistants):
                pass

            class TestOld(unittest.TestCase):
                def test_old(self):
                    pass
        """
    )
    plan = laboratory.plan()
    told = {name.partition("::test_")[2]: (test.status, test.reason) for name, test in plan.tests.items()}
    assert told == {
        "changes_its_mind": (
            "inconclusive",
            f"the test is not deterministic: call 2 is {PARTING}",
        ),
        "fails": ("failed", "it fails without any fault: ValueError: by itself"),
        "is_silent": ("silent", "it calls nothing that can be broken"),
    }


def test_a_budget_leaves_the_rest_out(laboratory: Laboratory) -> None:
    laboratory.project.files(test_bot=BOT)
    plan = laboratory.plan("-k", "swallows")
    (test,) = plan.tests.values()
    variants = {test.test: list(map(str, test.variants))}
    found, result = laboratory.run(variants, "--assistants-budget=1ms", "-rs")
    assert len(found) < len(test.variants)
    result.stdout.fnmatch_lines(["*the budget of 0.001 s is spent"])


def test_accepted_weaknesses_are_not_failures(laboratory: Laboratory) -> None:
    laboratory.project.files(test_bot=BOT)
    laboratory.plan()
    weakness = {"verdict": "crashed", "reason": "proxies answer with JSON here"}
    file = laboratory.project.pytester.path / "resilience.json"
    file.write_text(
        json.dumps({"schema": 1, "accepted": [{"variant": f"{MODELS}[models.list#1~html_200]", **weakness}]})
    )
    names = ["models.list#1~html_200", "models.list#1~bad_json"]
    _, result = laboratory.run({MODELS: names}, "-rx")
    result.assert_outcomes(xfailed=1, failed=1)
    result.stdout.fnmatch_lines(["XFAIL *html_200] - accepted, proxies answer with JSON here: crashed: *"])
    file.write_text('{"schema": 1, "accepted": [{"variant": "x", "verdict": "crashd", "reason": "y"}]}')
    result = laboratory.project.run("--assistants-explore", f"--assistants-plan-file={laboratory.path}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    told = "accepted[0]: there is no verdict 'crashd'; did you mean 'crashed'?"
    assert any(told in line for line in result.errlines)


def test_a_plan_names_faults_that_exist(laboratory: Laboratory) -> None:
    laboratory.project.files(test_bot=BOT)
    result = laboratory.project.run("--assistants-plan", "--assistants-faults=lost_akk", "-k", "models")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stdout.fnmatch_lines(["there is no fault and no group 'lost_akk'; *"])


def test_a_plan_is_told(laboratory: Laboratory) -> None:
    laboratory.project.files(test_bot=BOT)
    result = laboratory.project.run("--assistants-plan", "-k", "test_models")
    result.stdout.re_match_lines([r"test_bot\.py::test_models +1 calls?, \d+ variants"])


def test_two_workers_find_what_one_finds(laboratory: Laboratory) -> None:
    """And the plan is made by the run that needs it, from what the command line says."""
    laboratory.project.files(test_bot=BOT)
    file = laboratory.folder / "two.json"
    arguments = ("-k", "test_models or swallows")
    ran = explored(laboratory.project.pytester.path, f"--assistants-results={file}", "-n", "2", *arguments)
    assert ran.returncode == 1, ran.stdout
    plan = laboratory.plan(*arguments)
    found, _ = laboratory.run({name: list(map(str, test.variants)) for name, test in plan.tests.items()})
    two = {variant["nodeid"]: variant for variant in json.loads(file.read_text())}
    assert {name: told(variant) for name, variant in found.items()} == {
        name: told(variant) for name, variant in two.items()
    }
    assert len(found) > 30


def told(variant: Document) -> tuple[object, ...]:
    """What is said of a variant, but for how long its key is."""
    reason = re.sub(r"\*+", "*", variant["reason"])
    return variant["verdict"], reason, variant["virtual_seconds"], variant["attempts"], variant["states"]


def explored(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Explore from a user's shell."""
    command = [REAL, "-m", "pytest", "--assistants-explore", "-p", "no:hypothesispytest", *args]
    return subprocess.run(
        command, cwd=folder, env=clean_environment(), capture_output=True, text=True, check=False
    )


def clean_environment() -> dict[str, str]:
    """What a user's shell has, who has no key."""
    left_out = ("OPENAI_", "AZURE_", "PYTEST_")
    return {name: value for name, value in os.environ.items() if not name.startswith(left_out)}


def test_an_asynchronous_test_is_explored(laboratory: Laboratory) -> None:
    laboratory.project.files(
        test_later="""
            import asyncio
            import openai

            client = openai.AsyncOpenAI()

            def test_later(assistants):
                async def ask():
                    thread = await client.beta.threads.create()
                    await asyncio.sleep(60)
                    await client.beta.threads.delete(thread.id)

                asyncio.run(ask())
        """
    )
    laboratory.plan()
    names = ["threads.create#1~lost_ack", "threads.delete#1+~stall"]
    found, _ = laboratory.run({"test_later.py::test_later": names})
    assert [variant["verdict"] for variant in found.values()] == ["leaked", "raw error"]
    assert [variant["virtual_seconds"] > 60 for variant in found.values()] == [True, True]


def test_a_plan_file_of_another_kind_is_refused(laboratory: Laboratory, tmp_path: Path) -> None:
    laboratory.project.files(test_bot=BOT)
    (tmp_path / "other.json").write_text(dedent('{"schema": 9}'))
    result = laboratory.project.run(
        "--assistants-explore", f"--assistants-plan-file={tmp_path / 'other.json'}"
    )
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert Plan().count == 0
