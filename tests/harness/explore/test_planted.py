"""Six small clients: the mistakes that were planted in five of them are found, and none in the sixth.

What was planted is known here and nowhere else.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from harness.explore.reproducing import command
from tests.harness.explore.laboratory import Document, Laboratory
from tests.harness.explore.test_exploring import clean_environment
from tests.sdks.environments import ROOT

pytest_plugins = ("pytester",)

PLANTED = [
    ("endless_poll", "runs.create#1~run.incomplete", "hung"),
    ("endless_poll", "messages.create#1~lost_ack", "corrupt"),
    ("newest_message", "runs.create#1~run.failed", "wrong"),
    ("newest_message", "runs.create#1~run.expired", "wrong"),
    ("newest_message", "runs.create#1~run.cancelled_elsewhere", "wrong"),
    ("newest_message", "messages.list#1~list.extra_message", "wrong"),
    ("newest_message", "messages.create#1~lost_ack", "corrupt"),
    ("blind_retry", "messages.create#1~lost_ack", "corrupt"),
    ("blind_retry", "messages.create#1~cut_body", "corrupt"),
    ("blind_retry", "runs.create#1~429_quota", "stormed"),
    ("blind_retry", "runs.create#1~429", "stormed"),
    ("cut_stream", "runs.create#1~sse.no_terminal(after=10)", "wrong"),
    ("cut_stream", "runs.create#1~run.failed", "wrong"),
    ("cut_stream", "runs.create#1~sse.duplicate_event", "wrong"),
    ("lost_tool_call", "runs.create#1~tool.bad_json_args", "crashed"),
    ("lost_tool_call", "runs.create#1~tool.missing_arg", "crashed"),
    ("lost_tool_call", "runs.create#1~tool.unknown_name", "absorbed"),
]
"""Client, variant, verdict. A function of another name is called like any other by `lost_tool_call`."""

CLIENTS = ("endless_poll", "newest_message", "blind_retry", "cut_stream", "lost_tool_call", "careful")

FAULTS = ",".join(dict.fromkeys(variant.partition("~")[2] for _, variant, _ in PLANTED))
"""What those are explored with, to save time; with `HYPOTHESIS_PROFILE=thorough` it is everything."""

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"

REPRODUCED = [PLANTED[0], PLANTED[7]]


SUPPORT_DESK = [
    ("a_question_is_answered", "messages.create#1~lost_ack", "corrupt"),
    ("a_question_is_answered", "messages.create#1~html_200", "corrupt"),
    ("a_question_is_answered", "runs.create#1~run.incomplete", "surfaced"),
    ("a_question_is_answered", "runs.create#1~run.stuck", "surfaced"),
    ("a_question_is_answered", "runs.create#1~run.completed_no_message", "wrong"),
    ("an_answer_is_streamed", "messages.create#1~lost_ack", "corrupt"),
    ("an_answer_is_streamed", "runs.create#1~run.failed", "wrong"),
    ("an_answer_is_streamed", "runs.create#1~sse.no_terminal(after=10)", "wrong"),
    ("an_answer_is_streamed", "runs.create#1~sse.error_event", "raw error"),
]
"""What is found in the sample application: what waits is careful, what streams is not."""


def placed(laboratory: Laboratory, app: str) -> Laboratory:
    """The laboratory with a copy of an application in it."""
    ignored = shutil.ignore_patterns("__pycache__")
    source = ROOT / "tests" / "apps" / app
    shutil.copytree(source, laboratory.project.pytester.path, ignore=ignored, dirs_exist_ok=True)
    return laboratory


def all_of(laboratory: Laboratory, *args: str) -> dict[str, dict[str, Document]]:
    """What came of every variant of each client."""
    plan = laboratory.plan(*args)
    variants = {name: list(map(str, test.variants)) for name, test in plan.tests.items()}
    found, _ = laboratory.run(variants, "--tb=no", "-rN", *args)
    by_client: dict[str, dict[str, Document]] = defaultdict(dict)
    for variant in found.values():
        by_client[variant["test"].partition("[")[2].rstrip("]")][variant["id"]] = variant
    return by_client


def test_what_was_planted_is_found_and_reproduced(laboratory: Laboratory, tmp_path: Path) -> None:
    explored = placed(laboratory, "six_clients")
    found = all_of(explored, "-k", "not careful", *([] if THOROUGH else [f"--assistants-faults={FAULTS}"]))
    assert set(found) == set(CLIENTS) - {"careful"}
    missed = [
        f"{client} {variant}: {told['verdict']}, {told['reason']}"
        for client, variant, verdict in PLANTED
        if (told := found[client][variant])["verdict"] != verdict
    ]
    assert not missed, "\n".join(missed)
    for number, (client, variant, verdict) in enumerate(REPRODUCED):
        told = found[client][variant]
        program, *args = shlex.split(command(told["nodeid"]))
        results = tmp_path / f"{number}.json"
        ran = subprocess.run(
            [sys.executable, "-m", program, *args, f"--assistants-results={results}"],
            cwd=explored.project.pytester.path,
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        (again,) = json.loads(results.read_text())
        assert ran.returncode == 1, ran.stdout
        assert (again["id"], again["verdict"], again["reason"]) == (variant, verdict, told["reason"])
        assert f"{verdict}: {told['reason']}"[:60] in ran.stdout


def test_the_careful_client_comes_out_clean(laboratory: Laboratory) -> None:
    (found,) = all_of(placed(laboratory, "six_clients"), "-k", "careful").values()
    assert len(found) > 80
    unwell = {
        name: variant["reason"]
        for name, variant in found.items()
        if variant["verdict"] not in ("absorbed", "surfaced")
    }
    assert not unwell
    assert {variant["verdict"] for variant in found.values()} == {"absorbed", "surfaced"}


def test_the_sample_application_is_explored(laboratory: Laboratory) -> None:
    explored = placed(laboratory, "support_desk")
    faults = ",".join(dict.fromkeys(variant.partition("~")[2] for _, variant, _ in SUPPORT_DESK))
    explored.plan(f"--assistants-faults={faults}", "-k", "question_is_answered or answer_is_streamed")
    node = "tests/test_conversation.py::test_{}"
    wanted: dict[str, list[str]] = defaultdict(list)
    for test, variant, _ in SUPPORT_DESK:
        wanted[node.format(test)].append(variant)
    found, _ = explored.run(wanted, "--tb=no", "-rN", "--assistants-raises=DeskUnavailable")
    told = {name: (variant["verdict"], variant["reason"]) for name, variant in found.items()}
    missed = [
        f"{test} {variant}: {told[name]}"
        for test, variant, verdict in SUPPORT_DESK
        if told[name := f"{node.format(test)}[{variant}]"][0] != verdict
    ]
    assert not missed, "\n".join(missed)


def test_the_careful_client_is_of_the_same_size() -> None:
    folder = ROOT / "tests" / "apps" / "six_clients" / "clients"
    lines = {name: len((folder / f"{name}.py").read_text().splitlines()) for name in CLIENTS}
    assert lines["careful"] < 3 * sorted(lines.values())[-2]
