"""A program in another language: the Node SDK, installed from npm, as an application has it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.harness.explore.desk import Desk
from tests.sdks.environments import ROOT, SDKS, NodeSdk, UnavailableError


def test_a_program_on_node(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The application beside this: both its mistakes are found, and can be shown again."""
    (sdk,) = [sdk for sdk in SDKS if isinstance(sdk, NodeSdk) and sdk.name == "node-7"]
    try:
        environment = sdk.prepare()
    except UnavailableError as error:
        pytest.skip(f"Node or its SDK cannot be had: {error}")
    folder = desk.folder / "node_chat"
    shutil.copytree(ROOT / "tests" / "apps" / "node_chat", folder)
    (folder / "node_modules").symlink_to(environment.folder / "node_modules")
    monkeypatch.chdir(folder)
    commands = (str(Path(environment.command[0]).parent), os.environ["PATH"])
    monkeypatch.setenv("PATH", os.pathsep.join(commands))
    monkeypatch.setenv("ASSISTANT_ID", "asst_geography")
    result = desk.type(
        *("--cmd", "npm test", "--scenario", "world.assistants.yaml", "--report", "json:report.json"),
        *("--faults", "lost_ack,run.failed(server_error)", "--depth", "1", "--jobs", "2"),
    )
    assert result.exit_code == 1, result.output
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    found = {variant["id"]: variant for variant in report["tests"][0]["variants"]}
    wrong, corrupt = found["runs.create#1~run.failed(server_error)"], found["messages.create#1~lost_ack"]
    assert (wrong["verdict"], wrong["error"]["where"]) == ("wrong", "chat.test.js:6")
    assert "'What is the capital of France?'" in wrong["reason"]
    assert corrupt["verdict"] == "corrupt"
    assert "stored twice" in corrupt["reason"]
    again = subprocess.run(
        corrupt["reproduce"], shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert again.returncode == 1, again.stdout
    assert "C messages.create#1~lost_ack   the user's message is stored twice" in again.stdout
