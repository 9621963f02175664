"""Finding targets: kinds, addresses, profiles in files, and every mistake in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.capabilities import CAPABILITIES, CONTROLLED, INDEXING, WIRE
from harness.targets.target import Target, TargetError, clock_of, find_target


def profiles(folder: Path, text: str, name: str = "assistants.toml") -> Path:
    """A file of profiles in a folder."""
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_without_any_file_the_mock_is_a_server_of_its_own_in_virtual_time() -> None:
    target = find_target("mock")
    assert (target.base_url, target.clock, target.control) == (None, "virtual", True)
    assert target.capabilities == frozenset(CAPABILITIES)
    assert target.has_control


@pytest.mark.parametrize("name", ["compatible:http://127.0.0.1:9/v1", "http://127.0.0.1:9/v1/"])
def test_an_address_is_a_compatible_server_of_unknown_capabilities(name: str) -> None:
    target = find_target(name)
    assert (target.kind, target.base_url, target.key) == ("compatible", "http://127.0.0.1:9/v1", "no-key")
    assert target.capabilities is None
    assert not target.has_control


def test_a_running_mock_is_named_by_its_address_with_or_without_v1() -> None:
    assert find_target("mock:http://127.0.0.1:9").base_url == "http://127.0.0.1:9/v1"
    assert find_target("mock:http://127.0.0.1:9/v1").base_url == "http://127.0.0.1:9/v1"


def test_foundry_is_found_through_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_AI_PROJECT_ENDPOINT", "https://res.services.ai.azure.com/api/projects/p/")
    monkeypatch.setenv("AZURE_AI_TOKEN", "eyJ-entra")
    target = find_target("foundry-classic")
    assert target.base_url == "https://res.services.ai.azure.com/api/projects/p"
    assert (target.key, target.query) == ("eyJ-entra", {"api-version": "v1"})
    assert target.capabilities is not None
    assert {"runs.cancel", "vector_stores.file_batches"} <= target.capabilities <= WIRE
    assert not {"uploads", "models", "vector_stores.search"} & target.capabilities


def test_openai_still_runs_files_and_vector_stores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY_LIVE", "sk-live")
    target = find_target("openai-live")
    assert (target.base_url, target.key) == ("https://api.openai.com/v1", "sk-live")
    assert target.capabilities == INDEXING | {"raw"}


def test_the_key_of_ordinary_programs_is_not_sent_to_openai_by_accident(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-production")
    with pytest.raises(TargetError, match="openai-live: its key is read from OPENAI_API_KEY_LIVE"):
        find_target("openai-live")
    assert find_target("compatible:http://127.0.0.1:9/v1").key == "no-key"


def test_azure_reads_what_its_sdk_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", "https://res.openai.azure.com/openai")
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "azure-key")
    assert find_target("azure").query == {"api-version": "2024-05-01-preview"}
    monkeypatch.setenv("OPENAI_API_VERSION", "2025-01-01-preview")
    target = find_target("azure")
    assert (target.base_url, target.key) == ("https://res.openai.azure.com", "azure-key")
    assert target.query == {"api-version": "2025-01-01-preview"}


def test_a_profile_says_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGING_KEY", "sk-staging")
    monkeypatch.setenv("TENANT", "tenant-seven")
    profiles(
        tmp_path,
        """
        [tool.assistants.targets.staging]
        kind = "compatible"
        base_url = "https://staging.example.com/v1/"
        key_env = "STAGING_KEY"
        headers = {"X-Tenant" = "${env.TENANT}", "X-Plain" = "as it is"}
        query = {region = "eu"}
        capabilities = ["threads", "messages", "runs", "runs.cancel"]
        lacks = ["runs.cancel"]
        models = {"gpt-4o" = "my-deployment"}
        max_calls = 500
        keep = true
        """,
        "pyproject.toml",
    )
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert find_target("staging", below) == Target(
        "staging",
        kind="compatible",
        base_url="https://staging.example.com/v1",
        key="sk-staging",
        headers={"X-Tenant": "tenant-seven", "X-Plain": "as it is"},
        query={"region": "eu"},
        capabilities=frozenset({"threads", "messages", "runs", "runs.cancel"}),
        lacks=frozenset({"runs.cancel"}),
        models={"gpt-4o": "my-deployment"},
        max_calls=500,
        keep=True,
        secrets=frozenset({"sk-staging", "tenant-seven"}),
    )


def test_a_mock_may_be_profiled_too(tmp_path: Path) -> None:
    profiles(
        tmp_path,
        """
        [targets.slow]
        kind = "mock"
        time = "scaled:100"
        latency = "slow"

        [targets.shut]
        kind = "mock"
        control = false

        [targets.mock]
        model = "any"
        """,
    )
    slow, shut, plain = (find_target(name) for name in ("slow", "shut", "mock"))
    assert (slow.clock, slow.latency, slow.has_control) == ("x100", "slow", True)
    assert (shut.clock, shut.has_control) == ("real", False)
    assert shut.capabilities == frozenset(CAPABILITIES) - CONTROLLED
    assert (plain.kind, plain.models) == ("mock", {"*": "any"})


def test_the_nearest_folder_with_profiles_counts(tmp_path: Path) -> None:
    profiles(tmp_path, '[targets.far]\nbase_url = "http://far/v1"')
    near = tmp_path / "near"
    near.mkdir()
    profiles(near, '[project]\nname = "no targets here"', "pyproject.toml")
    assert find_target("far", near).base_url == "http://far/v1"
    profiles(near, '[targets.close]\nbase_url = "http://close/v1"')
    assert find_target("close", near).base_url == "http://close/v1"
    with pytest.raises(TargetError, match="there is no target 'far'"):
        find_target("far", near)


def test_both_files_of_a_folder_count_and_may_not_contradict_each_other(tmp_path: Path) -> None:
    profiles(tmp_path, '[targets.one]\nbase_url = "http://one/v1"')
    profiles(tmp_path, '[tool.assistants.targets.two]\nbase_url = "http://two/v1"', "pyproject.toml")
    assert [find_target(name, tmp_path).base_url for name in ("one", "two")] == [
        "http://one/v1",
        "http://two/v1",
    ]
    profiles(tmp_path, '[tool.assistants.targets.one]\nbase_url = "http://x/v1"', "pyproject.toml")
    with pytest.raises(
        TargetError, match=r"pyproject.toml: tool.assistants.targets.one: assistants.toml has"
    ):
        find_target("one", tmp_path)


MISTAKES = {
    'base_ur = "http://x/v1"': "base_ur: unknown key; did you mean 'base_url'?",
    "zzz = 1": "zzz: unknown key; known are kind, base_url",
    'kind = "compatibel"': "kind: there is no kind 'compatibel'; did you mean 'compatible'?",
    'kind = ""': "kind: this is a text, not an empty text",
    'kind = "compatible"': "base_url: say where it is",
    'base_url = "localhost:9000"': "base_url: 'localhost:9000' is not the address of a server",
    'base_url = "http://x:99999/v1"': "base_url: 'http://x:99999/v1' is not the address of a server",
    'base_url = "http://x/v1?a=b"': "base_url: an address has no query; what belongs to every request",
    "base_url = 9000": "base_url: this is a text, not 9000",
    'base_url = "http://${env.NO_SUCH_HOST}/v1"': "base_url: the environment has no NO_SUCH_HOST",
    'base_url = "http://x/v1"\nkey_env = "NO_SUCH_KEY"': "key_env: its key is read from NO_SUCH_KEY, which",
    'base_url = "http://x/v1"\nkey = "a"\nkey_env = "B"': "key: give the key or key_env, not both",
    'base_url = "http://x/v1"\nheaders = "a: b"': "headers: this is a table of texts, not str",
    'base_url = "http://x/v1"\nheaders = {A = 1}': "headers.A: this is a text, not 1",
    'base_url = "http://x/v1"\nquery = {A = ["b"]}': "query.A: this is a text, not a list",
    'base_url = "http://x/v1"\ncapabilities = "runs"': "capabilities: this is a list of capabilities, not",
    'base_url = "http://x/v1"\ncapabilities = ["run"]': "no capability 'run'; did you mean 'runs'?",
    'base_url = "http://x/v1"\nlacks = ["zzzz"]': "lacks: there is no capability 'zzzz'; known are",
    'base_url = "http://x/v1"\ntime = "virtual"': "time: only a mock has another time than the real one",
    'kind = "mock"\ntime = "fast"': "time: time is virtual, real or scaled:100, not 'fast'",
    'kind = "mock"\nbase_url = "http://x"\ncontrol = false\ntime = "virtual"': "time: the clock of a running",
    'kind = "mock"\ncontrol = "no"': "control: this is true or false, not str",
    'base_url = "http://x/v1"\ncontrol = true': "control: only a mock has this",
    'base_url = "http://x/v1"\nlatency = "slow"': "latency: only a mock has this",
    'base_url = "http://x/v1"\nmax_calls = 0': "max_calls: this is a whole number of at least 1, not 0",
    'base_url = "http://x/v1"\nmax_calls = true': "max_calls: this is a whole number of at least 1, not true",
    'base_url = "http://x/v1"\nkeep = 1': "keep: this is true or false, not 1",
    'base_url = "http://x/v1"\nmodel = "a"\nmodels = {"*" = "b"}': "model: give `model` or a '*' among",
}


@pytest.mark.parametrize(("text", "reason"), MISTAKES.items())
def test_a_mistake_is_told_with_file_and_key(text: str, reason: str, tmp_path: Path) -> None:
    file = profiles(tmp_path, f"[targets.staging]\n{text}\n")
    with pytest.raises(TargetError) as raised:
        find_target("staging", tmp_path)
    assert str(raised.value).startswith(f"{file}: targets.staging.")
    assert reason in str(raised.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    {
        "[targets": "this is not TOML",
        "[target.x]\n": "target: unknown key; targets stand under [targets.NAME]",
        "targets = 1": "targets: this is a table of targets",
        "[targets]\nx = 1": "targets.x: this is a table, not 1",
        '[targets."a b"]\nkind = "mock"': "a target's name is made of letters",
    }.items(),
)
def test_a_file_that_is_no_file_of_targets(text: str, reason: str, tmp_path: Path) -> None:
    file = profiles(tmp_path, text)
    with pytest.raises(TargetError) as raised:
        find_target("a b", tmp_path)
    assert str(raised.value).startswith(f"{file}: ")
    assert reason in str(raised.value)


def test_a_broken_pyproject_is_nobodys_business_here(tmp_path: Path) -> None:
    profiles(tmp_path, "[project", "pyproject.toml")
    assert find_target("mock", tmp_path).kind == "mock"


def test_an_unknown_name_says_what_there_is(tmp_path: Path) -> None:
    profiles(tmp_path, '[targets.staging]\nbase_url = "http://x/v1"')
    with pytest.raises(TargetError, match="no target 'stagin'; did you mean 'staging'"):
        find_target("stagin", tmp_path)
    with pytest.raises(TargetError, match="there are staging, mock, compatible:URL, foundry-classic"):
        find_target("xyzzy", tmp_path)
    with pytest.raises(TargetError, match=r"say where it is: compatible:https://…"):
        find_target("compatible", tmp_path)
    with pytest.raises(TargetError, match="'nowhere' is not the address of a server"):
        find_target("compatible:nowhere", tmp_path)


def test_secrets_are_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THE_KEY", "sk-very-secret")
    profiles(
        tmp_path,
        '[targets.x]\nbase_url = "http://x/v1"\nkey_env = "THE_KEY"\nheaders = {T = "${env.THE_KEY}-2"}',
    )
    target = find_target("x", tmp_path)
    assert "secret" not in repr(target)
    assert target.masked("got sk-very-secret-2 and sk-very-secret") == "got *** and ***"


@pytest.mark.parametrize(
    ("time", "clock"), {"virtual": "virtual", "real": "real", "scaled:100": "x100", "x2.5": "x2.5"}.items()
)
def test_words_for_time(time: str, clock: str) -> None:
    assert clock_of(time) == clock


@pytest.mark.parametrize("time", ["scaled", "scaled:0", "100", "", "x-1"])
def test_what_is_no_time(time: str) -> None:
    with pytest.raises(ValueError, match="time is virtual, real or scaled:100"):
        clock_of(time)
