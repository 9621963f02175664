"""Ctrl-C, or a CI system that stops a job: everything that was made is deleted all the same."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.control import Control
from mockserver.server import Server
from mockserver.settings import Settings
from tests.harness.forkserver import warm_commands

STUCK = """
version: 1
scenarios:
- name: made_before
  steps:
  - threads.create: {}
- name: stuck
  steps:
  - assistants.create: {model: gpt-4o, instructions: Be brief.}
    as: asst
  - files.create: {purpose: assistants, file: {name: a.md, text: "# Title"}}
  - vector_stores.create: {name: kb}
  - threads.create_and_run: {assistant_id: "${asst.id}"}
    as: run
  - wait: {run: "${run}", until: completed, within: 10m}
- name: never_played
  steps:
  - threads.create: {}
"""
"""The run never ends: see `stuck_server`."""

PATIENCE_SECONDS = 60


@pytest.fixture
def stuck_server(key: str) -> Iterator[tuple[Server, Control]]:
    """A server in real time where runs stay queued; the test looks on through its control door."""
    with Server(Settings(clock="real").changed({"latency": "instant"})) as server:
        with Control(server.base_url, key) as control:
            control.add_replies({"then": {"stall": "queued"}})
            yield server, control


def started(folder: Path, server: Server, key: str, *words: str) -> subprocess.Popen[str]:
    """`assistants-mock run` in a process of its own, on a target that it sees from outside only."""
    (folder / "stuck.assistants.yaml").write_text(STUCK, encoding="utf-8")
    profile = f"""
    [targets.outside]
    kind = "mock"
    control = false
    base_url = "{server.base_url}"
    key = "{key}"
    """
    (folder / "assistants.toml").write_text(profile, encoding="utf-8")
    command = [
        str(warm_commands() / "assistants-mock"),
        "run",
        "stuck.assistants.yaml",
        "--target",
        "outside",
    ]
    return subprocess.Popen(
        [*command, *words], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def wait_for(control: Control, operation: str, process: subprocess.Popen[str]) -> None:
    """Until the program has made such a call."""
    waiting = threading.Event()
    for _ in range(PATIENCE_SECONDS * 100):
        if control.journal(operation=operation):
            return
        assert process.poll() is None, process.communicate()
        waiting.wait(0.01)
    raise AssertionError(f"there was no {operation}")


def test_what_was_made_is_deleted(tmp_path: Path, stuck_server: tuple[Server, Control], key: str) -> None:
    server, control = stuck_server
    with started(tmp_path, server, key, "--report", "json:report.json") as process:
        wait_for(control, "runs.retrieve", process)
        assert {each["object"] for each in control.objects()} >= {
            "assistant",
            "file",
            "vector_store",
            "thread",
        }
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130, errors
    assert control.objects() == []
    deleted = [entry["operation"] for entry in control.journal() if entry.get("method") == "DELETE"]
    assert deleted == [
        "threads.delete",
        "threads.delete",
        "vector_stores.delete",
        "files.delete",
        "assistants.delete",
    ]
    assert errors == "interrupted in [2/3]\n"
    assert "1 passed, 1 failed, 1 skipped on outside" in output
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    told = [(each["status"], each["reason"]) for each in report["scenarios"]]
    assert told == [("passed", ""), ("failed", "interrupted"), ("skipped", "not played: interrupted before")]


def test_what_could_not_be_deleted_in_a_hurry_is_named(
    tmp_path: Path, stuck_server: tuple[Server, Control], key: str
) -> None:
    """A job is stopped (SIGTERM), and then killed impatiently while it tidies up at a busy service."""
    server, control = stuck_server
    with started(tmp_path, server, key) as process:
        wait_for(control, "runs.retrieve", process)
        control.arm("503", "threads.delete", always=True)
        objects: list[dict[str, Any]] = control.objects()
        process.send_signal(signal.SIGTERM)
        wait_for_second(control, process)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130
    (thread,) = (each["id"] for each in objects if each["object"] == "thread")
    assert f"still on outside: thread {thread}\n" in errors
    assert errors.count("still on outside: ") == 4


def wait_for_second(control: Control, process: subprocess.Popen[str]) -> None:
    """Until the thread was to be deleted in vain."""
    waiting = threading.Event()
    for _ in range(PATIENCE_SECONDS * 100):
        if len(control.journal(operation="threads.delete")) > 1:
            return
        assert process.poll() is None, process.communicate()
        waiting.wait(0.01)
    raise AssertionError("the thread was not deleted")
