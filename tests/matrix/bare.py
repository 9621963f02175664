"""The wheel, as a package index would offer it, beside next to nothing, and folders with one file in them."""

from __future__ import annotations

import hashlib
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.matrix.environments import project_contents
from tests.matrix.outcomes import Outcome, output_of, run_pytest
from tests.sdks.environments import ROOT, Environment, python_environment, ready, run_setup

TEN_LINES = """\
from openai import OpenAI

client = OpenAI()


def test_capital(assistants):
    assistants.backend.run("France").replies("Paris.")
    helper = client.beta.assistants.create(model="gpt-4o")
    run = client.beta.threads.create_and_run_poll(assistant_id=helper.id, thread={"messages": [
        {"role": "user", "content": "The capital of France?"}]})
    assert client.beta.threads.messages.list(run.thread_id).data[0].content[0].text.value == "Paris."
"""

PLAIN_HTTP = """\
import json
import os
from urllib.request import Request, urlopen


def call(method, path, body=None):
    headers = {"Authorization": f"Bearer {os.environ['OPENAI_API_KEY']}", "OpenAI-Beta": "assistants=v2"}
    headers |= {"Content-Type": "application/json"} if body is not None else {}
    data = None if body is None else json.dumps(body).encode()
    request = Request(os.environ["OPENAI_BASE_URL"] + path, data, headers, method=method)
    with urlopen(request, timeout=30) as answer:
        return json.load(answer)


def test_plain_http(assistants):
    thread = call("POST", "/threads", {"metadata": {"a": "b"}})
    assert call("GET", f"/threads/{thread['id']}")["metadata"] == {"a": "b"}
    assert assistants.history.names == ["threads.create", "threads.retrieve"]
    assert assistants.history.requests() == [{"metadata": {"a": "b"}}, None]
"""

NOT_USED = """\
import os


def test_unused():
    assert os.environ["OPENAI_API_KEY"] == "sk-of-the-shell"
    assert "OPENAI_BASE_URL" not in os.environ
"""

SCENARIO = """\
version: 1
scenarios:
- name: greeting
  steps:
  - threads.create: {}
"""


def outcomes() -> Iterator[Outcome]:
    """Build the wheel, install it, do what a first user does. Raises UnavailableError."""
    wheel = _wheel()
    with tempfile.TemporaryDirectory(prefix="assistants-mock-") as name:
        folder = Path(name)
        environment = _environment("bare-openai", (str(wheel), "pytest", "openai"))
        yield _passes(environment, "ten lines", folder / "ten", {"test_capital.py": TEN_LINES})
        yield _passes(environment, "not used", folder / "unused", {"test_unused.py": NOT_USED})
        yield _refuses(environment, "no YAML", folder / "yaml", "pip install 'assistants-mock[pytest]'")
        environment = _environment("bare", (str(wheel), "pytest", "ruamel.yaml"))
        yield _passes(environment, "plain HTTP", folder / "http", {"test_http.py": PLAIN_HTTP})
        yield _refuses(environment, "no SDK", folder / "sdk", "pip install 'assistants-mock[pytest]'")


def _wheel() -> Path:
    """The project's wheel, built anew when anything that goes into it has changed."""
    folder = ROOT / ".venvs" / "wheel"
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", ".", "--wheel-dir", str(folder)]
    ready(folder, [_sources()], lambda: run_setup(command, ROOT))
    (wheel,) = folder.glob("*.whl")
    return wheel


def _sources() -> str:
    """A digest of what a wheel is made of."""
    digest = hashlib.sha256()
    files = [file for package in ("harness", "mockserver") for file in sorted((ROOT / package).rglob("*"))]
    for file in (ROOT / "pyproject.toml", ROOT / "README.md", *files):
        if file.is_file() and file.suffix != ".pyc":
            digest.update(f"{file.relative_to(ROOT)}\n".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _environment(name: str, requirements: Sequence[str]) -> Environment:
    """The environment with the wheel as it is now; what it needs is kept for as long as it needs the same."""
    environment = python_environment(name, requirements, project_contents())
    stamp, built = environment.folder / "wheel", _sources()
    if not environment.setup_seconds and (not stamp.is_file() or stamp.read_text() != built):
        pip = [*environment.command, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run_setup([*pip, "--no-deps", "--force-reinstall", requirements[0]], ROOT)
    stamp.write_text(built)
    return environment


def _passes(environment: Environment, name: str, folder: Path, files: Mapping[str, str]) -> Outcome:
    """These files, and no others, are a suite that passes."""
    _write(folder, files)
    outcome = run_pytest(
        environment.command[0], name, folder, may_warn=True
    )  # as SDKs do: the API is deprecated
    left = sorted(file.name for file in folder.iterdir() if file.name not in (*files, "__pycache__"))
    if left:
        outcome.complaints.append(f"left behind: {', '.join(left)}")
    return outcome


def _refuses(environment: Environment, name: str, folder: Path, advice: str) -> Outcome:
    """A scenario cannot be run here; pytest and the command line say what would help, and nothing breaks."""
    _write(folder, {"greeting.assistants.yaml": SCENARIO})
    start = time.perf_counter()
    outcome = Outcome(name)
    for program, *arguments in (["pytest", "-p", "no:cacheprovider"], ["assistants-mock", "run", "."]):
        command = Path(environment.command[0]).with_name(program)
        code, output = output_of([str(command), *arguments], folder)
        said = " ".join(output.split())
        outcome.output += output
        if not code or advice not in said or "Traceback" in output or "INTERNALERROR" in output:
            outcome.complaints.append(f"{program} does not say {advice}")
        else:
            outcome.passed += 1
    outcome.seconds = time.perf_counter() - start
    return outcome


def _write(folder: Path, files: Mapping[str, str]) -> None:
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
