"""What a variant of an exploration costs, beside the test itself run as often without any fault."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from bench.figures import Figure
from bench.rounds import alternate, ratio
from harness.explore.plans import Plan

TURNS = 5
"""With these the test makes 30 calls."""

TEST = f"""
import openai
import pytest

client = openai.OpenAI()
threads = client.beta.threads


@pytest.mark.assistants(raises=openai.APIError)
def test_conversation(assistants):
    assistant = client.beta.assistants.create(model=client.models.retrieve("gpt-4o").id)
    thread = threads.create()
    for _ in range({TURNS}):
        threads.messages.create(thread.id, role="user", content="And now?")
        run = threads.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id)
        if run.status != "completed" or len(threads.messages.list(thread.id, run_id=run.id).data) != 1:
            raise openai.APIConnectionError(request=None)
    threads.delete(thread.id)
    client.beta.assistants.delete(assistant.id)
"""

AGAIN = TEST.replace("def test_conversation(assistants)", "def test_conversation(assistants, again)")
"""The same, so many times, without faults."""


def measure(quick: bool) -> list[Figure]:
    """Milliseconds a variant, over whole processes of pytest less those with a single one."""
    rounds = 1 if quick else 2
    with TemporaryDirectory() as folder:
        explored, again = Path(folder, "explored"), Path(folder, "again")
        plan, one = Path(folder, "plan.json"), Path(folder, "one.json")
        _write(explored, TEST)
        _seconds(explored, "--assistants-plan", f"--assistants-plan-file={plan}")
        made = Plan.read(plan)
        (test,) = made.tests.values()
        count = len(test.variants)
        made.with_variants({test.test: test.variants[:1]}).write(one)
        _write(again, AGAIN, count)
        single, all_of_them, plain = alternate(
            rounds,
            lambda: _seconds(explored, "--assistants-explore", f"--assistants-plan-file={one}"),
            lambda: _seconds(explored, "--assistants-explore", f"--assistants-plan-file={plan}"),
            lambda: _seconds(again),
        )
    assert test.baseline is not None
    variant = [(a - s) / (count - 1) * 1000 for a, s in zip(all_of_them, single, strict=True)]
    alone = [(p - s) / (count - 1) * 1000 for p, s in zip(plain, single, strict=True)]
    calls = len(test.baseline.calls)
    return [
        Figure(
            "explore",
            "a variant",
            median(variant),
            "ms",
            at_most=60,
            how=f"{count} variants of a test of {calls} calls, start-up left out, median of {rounds}",
        ),
        Figure(
            "explore",
            "over the test itself",
            ratio(variant, alone),
            "times",
            how=f"which takes {median(alone):.0f} ms when it is run as often without a fault, by turns",
        ),
    ]


def _write(folder: Path, test: str, times: int = 0) -> None:
    folder.mkdir()
    (folder / "test_conversation.py").write_text(test, encoding="utf-8")
    if times:
        fixture = f"@pytest.fixture(params=range({times}))\ndef again(request):\n    pass\n"
        (folder / "conftest.py").write_text(f"import pytest\n\n\n{fixture}", encoding="utf-8")


def _seconds(folder: Path, *options: str) -> float:
    """How long pytest takes in a folder; failures are what exploring is about."""
    began = perf_counter()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=no", "-rN"]
    results = [f"--assistants-results={folder}/results.json"] if "--assistants-explore" in options else []
    subprocess.run(
        [*command, "--rootdir", folder, *options, *results, folder],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        check=False,
    )
    return perf_counter() - began
