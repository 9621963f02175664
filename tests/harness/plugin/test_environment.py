"""What an application is led by, and how it is found out that tests want it to be."""

from __future__ import annotations

import os
from pathlib import Path

import openai
import pytest

from harness.plugin.environment import Environment, Search

NAMES = ("OPENAI_BASE_URL", "OPENAI_API_KEY", "AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_API_KEY")


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that says nothing of OpenAI, nor of proxies."""
    for name in (*NAMES, "OPENAI_API_VERSION", "OPENAI_ORG_ID", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("bare")
def test_clients_made_inside_lead_to_the_server_and_nothing_is_left_afterwards() -> None:
    before = dict(os.environ)
    with Environment("http://127.0.0.1:1234/v1", "sk-mine"):
        with openai.OpenAI() as client, openai.AzureOpenAI() as azure:
            assert (str(client.base_url), client.api_key) == ("http://127.0.0.1:1234/v1/", "sk-mine")
            assert (str(azure.base_url), azure.api_key) == ("http://127.0.0.1:1234/openai/", "sk-mine")
        assert os.environ["NO_PROXY"] == os.environ["no_proxy"] == "127.0.0.1,localhost"
    assert dict(os.environ) == before


@pytest.mark.usefixtures("bare")
def test_what_was_set_comes_back_and_is_kept_where_it_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-real")
    monkeypatch.setenv("OPENAI_API_VERSION", "2024-02-15-preview")
    monkeypatch.setenv("no_proxy", "intranet, localhost")
    environment = Environment("http://127.0.0.1:1234/v1", "sk-mine")
    environment.set()
    assert environment.is_set
    environment.set()
    assert os.environ["OPENAI_API_KEY"] == "sk-mine"
    assert os.environ["OPENAI_API_VERSION"] == "2024-02-15-preview"
    assert os.environ["NO_PROXY"] == "intranet, localhost,127.0.0.1"
    environment.restore()
    environment.restore()
    assert not environment.is_set
    assert os.environ["OPENAI_API_KEY"] == "sk-real"
    assert os.environ["no_proxy"] == "intranet, localhost"
    assert not {"OPENAI_BASE_URL", "NO_PROXY"} & os.environ.keys()


@pytest.mark.parametrize(
    "text",
    [
        "def test_a(assistants): ...",
        "def test_a(tmp_path, assistants, monkeypatch): ...",
        "def test_a(self,\n    assistants: Assistants,\n): ...",
        "async def test_a(assistants_server): ...",
        "@pytest.fixture\ndef bot(assistants_target): ...",
        "@pytest.mark.assistants(seed=7)\ndef test_a(): ...",
        "pytestmark = pytest.mark.assistants",
        "@pytest.mark.usefixtures('assistants')\nclass TestA: ...",
        'request.getfixturevalue("assistants")',
    ],
)
def test_tests_ask_by_fixture_and_marker(tmp_path: Path, text: str) -> None:
    (tmp_path / "test_a.py").write_text(text)
    assert Search().finds([tmp_path], tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "client.beta.assistants.create(model='gpt-4o')",
        "client.files.create(file=file, purpose='assistants')",
        "respx.post('https://api.openai.com/v1/assistants')",
        "def test_assistants(client): ...",
        "assistants = client.beta.assistants",
        "headers = {'OpenAI-Beta': 'assistants=v2'}",
        "import assistants_app",
    ],
)
def test_speaking_of_assistants_is_not_asking_for_the_mock(tmp_path: Path, text: str) -> None:
    (tmp_path / "test_a.py").write_text(text)
    assert not Search().finds([tmp_path], tmp_path)


ASKS = "def test_a(assistants): ..."


@pytest.mark.parametrize(
    ("file", "place", "found"),
    [
        ("tests/deep/test_a.py", "tests", True),
        ("tests/a_test.py", ".", True),
        ("tests/conftest.py", "tests/deep", True),
        ("conftest.py", "tests/deep/test_b.py", True),
        ("tests/rag.assistants.yaml", ".", True),
        ("tests/checks.py", "tests/checks.py", True),
        ("tests/helpers.py", "tests", False),
        ("app/assistants.py", ".", False),
        ("tests/test_a.py", "tests/deep", False),
        (".venv/test_a.py", ".", False),
        ("tests/__pycache__/test_a.py", ".", False),
        ("../conftest.py", "tests", False),
    ],
)
def test_asking_counts_where_tests_are_looked_for(tmp_path: Path, file: str, place: str, found: bool) -> None:
    root = tmp_path / "project"
    (root / "tests/deep").mkdir(parents=True)
    (root / file).parent.mkdir(parents=True, exist_ok=True)
    (root / file).write_text(ASKS)
    (root / "tests/deep/test_b.py").touch()
    assert Search().finds([root / place], root) is found


def test_the_ini_files_globs_are_used(tmp_path: Path) -> None:
    (tmp_path / "check_a.py").write_text(ASKS)
    (tmp_path / "build").mkdir()
    (tmp_path / "build/talk.scenario.yml").touch()
    assert Search(tests=["check_*.py"]).finds([tmp_path], tmp_path)
    assert Search(scenarios=["*.scenario.yml"], tests=[]).finds([tmp_path], tmp_path)
    assert not Search(["*.scenario.yml"], [], ["build"]).finds([tmp_path], tmp_path)


def test_what_cannot_be_read_asks_for_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").symlink_to(tmp_path / "gone.py")
    (tmp_path / "test_b.py").write_bytes(b"\xff\xfe\x00")
    assert not Search().finds([tmp_path, tmp_path / "nowhere"], tmp_path)
