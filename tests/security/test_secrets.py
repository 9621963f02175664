"""Keys and tokens are written nowhere: not into logs, the journal, the store, snapshots or reports."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import openai
import pytest

from harness.control import Control
from harness.serving import ServerProcess
from tests.conftest import Raw
from tests.situations import SITUATIONS
from tests.stage import Stage

KEY = "sk-proj-Hush-hush-0123456789-never-written"
TOKEN = "tok-Hush-hush-never-written-either"
FORMS = [
    form
    for secret in (KEY, TOKEN)
    for form in (
        secret.encode(),
        base64.b64encode(secret.encode()).rstrip(b"="),
        base64.b64encode(b":" + secret.encode()).rstrip(b"="),
        secret.encode().hex().encode(),
    )
]
"""The secrets in the clear, and as headers and dumps would spell them."""


def leaks(content: bytes) -> list[bytes]:
    """The forms of the secrets that stand in there."""
    return [form for form in FORMS if form in content]


def leaking(folder: Path) -> list[Path]:
    """The files in a folder that hold a secret, in name or content."""
    return [
        path
        for path in folder.rglob("*")
        if leaks(os.fsencode(path.name)) or (path.is_file() and leaks(path.read_bytes()))
    ]


def test_a_server_keeps_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With everything it writes: its output, the store with its contents, journal and snapshot."""
    monkeypatch.setenv("ASSISTANTS_MOCK_TOKEN", TOKEN)
    store = tmp_path / "store" / "world.sqlite"
    store.parent.mkdir()
    command = [sys.executable, "-m", "mockserver", "serve", "--port", "0", "--store", str(store)]
    command += ["--api-key", KEY, "--api-key", "sk-other"]
    # The first key is shown at the start, for people to copy it; nothing else is.
    with (tmp_path / "output").open("wb") as output:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=output)
        assert process.stdout is not None
        greeting = [process.stdout.readline().decode() for _ in range(6)]
        url = greeting[0].split()[-1]
        port = int(url.split(":")[-1].split("/")[0])
        raw = Raw("127.0.0.1", port, KEY)
        with Control(url, KEY) as control:
            control.new_world(clock="virtual")
            for name in ("kinds_of_runs", *list(SITUATIONS)[:6]):
                if name in SITUATIONS:
                    SITUATIONS[name](Stage(raw, control))
            basic = base64.b64encode(f":{KEY}".encode()).decode()
            for headers in ({"Authorization": f"Basic {basic}"}, {"Authorization": None, "api-key": KEY}):
                assert raw("GET", "/v1/assistants", headers=headers).status == 200
            raw("POST", "/v1/threads", b"{broken")
            raw("GET", "/v1/nothing/here")
            raw("GET", "/v1/assistants", headers={"X-Mock-Fault": "500", "X-Mock-Token": TOKEN})
            assert not leaks(json.dumps(control.journal()).encode())
            assert not leaks(json.dumps(control.snapshot()).encode())
            assert not leaks(json.dumps(control.fault_catalogue()).encode())
        raw.connection.close()
        process.terminate()
        rest = process.stdout.read()
        process.wait()
        process.stdout.close()
    assert not leaks(rest)
    assert len([line for line in greeting if KEY in line]) == 1
    assert not leaking(tmp_path)
    assert store.stat().st_size > 10_000


def test_an_unknown_key_comes_back_masked_only(tmp_path: Path) -> None:
    """As the real API does (E-02)."""
    with (
        ServerProcess(options=["--api-key", "sk-right"]) as server,
        openai.OpenAI(base_url=server.base_url, api_key=KEY) as client,
    ):
        with pytest.raises(openai.AuthenticationError) as refused:
            client.beta.assistants.list()
        assert not leaks(str(refused.value).encode())
        assert "sk-proj-" in str(refused.value)


TEST = """
import openai

def test_breaks(assistants):
    client = openai.OpenAI(max_retries=0)
    key = client.api_key
    client.beta.assistants.create(model="gpt-4o", name="x" * 1000)
"""

SCENARIO = """
version: 1
scenarios:
- name: broken
  steps:
  - assistants.create: {model: gpt-4o, name: a}
    expect: {name: b}
"""


@pytest.mark.parametrize("kind", ["tests", "scenarios"])
def test_reports_and_outputs_of_the_harness_hold_no_key(tmp_path: Path, kind: str) -> None:
    """Of what fails at a server elsewhere, with every report there is."""
    suite = tmp_path / "suite"
    suite.mkdir()
    (suite / "test_it.py").write_text(TEST)
    (suite / "it.assistants.yaml").write_text(SCENARIO)
    reports = ("html", "json", "junit")
    if kind == "tests":
        command = ["-m", "pytest", "-p", "no:cacheprovider", "-vv", "-rA", "test_it.py", "it.assistants.yaml"]
        command += ["--junitxml", "junit.xml"]
        target = "--assistants-target"
    else:
        command = ["-c", "from mockserver.serve import main; main()", "run", "it.assistants.yaml"]
        command += [part for form in reports for part in ("--report", f"{form}:report.{form}")]
        target = "--target"
    with ServerProcess(options=["--api-key", KEY]) as server:
        environment = {**os.environ, "ASSISTANTS_TARGET_KEY": KEY}
        done = subprocess.run(
            [sys.executable, *command, target, f"compatible:{server.base_url}"],
            cwd=suite,
            env=environment,
            capture_output=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 1, done.stdout.decode() + done.stderr.decode()
    (tmp_path / "output").write_bytes(done.stdout + done.stderr)
    assert b"broken" in done.stdout
    assert b"401" not in done.stdout  # the key was used
    assert not leaking(tmp_path)
