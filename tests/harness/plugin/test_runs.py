"""The plugin in the company of others: xdist, reruns, collecting only, and where nobody needs it."""

from __future__ import annotations

import json

import pytest

from harness.plugin import hosting
from harness.serving import ServerProcess
from tests.harness.plugin.conftest import FIVE, Inner

pytest_plugins = ("pytester",)

APP = """
    import openai

    client = openai.OpenAI()
    mine = client.beta.assistants.create(model="gpt-4o", name="import")
"""


def test_collecting_only_starts_no_server_unless_the_application_calls(
    inner: Inner, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers: list[ServerProcess] = []

    def own() -> ServerProcess:
        servers.append(ServerProcess())
        return servers[-1]

    monkeypatch.setattr(hosting, "shared_server", own)
    pids: list[int | None] = []

    def end(server: ServerProcess) -> None:
        pids.append(server.pid)
        server.stop()

    monkeypatch.setattr(hosting, "end_shared_server", end)
    monkeypatch.setattr(hosting, "_shared", None)
    inner.files(test_app="def test_a(assistants): ...")
    result = inner.run("--collect-only")
    assert result.ret == 0
    assert pids == [None]
    inner.files(conftest=APP)
    result = inner.run("--collect-only")
    assert result.ret == 0
    assert pids[1]
    assert len(servers) == 2


def test_workers_of_xdist_have_servers_of_their_own_and_report_together(inner: Inner) -> None:
    inner.files(
        app=APP,
        conftest="import app",
        test_app="""
            import app, os, pathlib, pytest

            @pytest.mark.parametrize("round", range(4))
            def test_alone(assistants, round):
                assert assistants.api_key == f"sk-assistants-{os.environ['PYTEST_XDIST_WORKER']}-mock"
                assert {each.name for each in app.client.beta.assistants.list()} == {"import"}
                app.client.beta.assistants.create(model="gpt-4o", name="test")
                pathlib.Path(f"worker-{os.environ['PYTEST_XDIST_WORKER']}").write_text(assistants.base_url)
        """,
    )
    (inner.pytester.path / "talks.assistants.yaml").write_text(FIVE, encoding="utf-8")
    words = ("-n2", "--dist=each", "--assistants-report=json:report.json")
    result = inner.passes(*words, passed=16, failed=2)
    result.stdout.fnmatch_lines(["assistants: mock at *", "json report: report.json"])
    replayed = {line for line in result.outlines if line.startswith("  replay ")}
    assert replayed == {'  replay     pytest "talks.assistants.yaml::fails" --assistants-seed=5'}
    folder = inner.pytester.path
    assert len({(folder / f"worker-gw{each}").read_text() for each in (0, 1)}) == 2
    document = json.loads((folder / "report.json").read_text())
    scenarios = sorted(each["scenario"] for each in document["scenarios"])
    assert scenarios == ["breaks", "fails", "passes", "reads", "waits"]


def test_a_test_that_is_run_again_has_a_new_world(inner: Inner) -> None:
    pytest.importorskip("pytest_rerunfailures")
    inner.files(
        test_again="""
            TRIED = []

            def test_again(assistants):
                assert not assistants.client().beta.assistants.list().data
                assistants.client().beta.assistants.create(model="gpt-4o")
                TRIED.append(assistants.seed)
                assert len(TRIED) == 2
        """
    )
    assert inner.run("--reruns=1").parseoutcomes() == {"passed": 1, "rerun": 1}


NEW = """
    import os, sys
    from json import dumps
    from pathlib import Path

    BEFORE = dict(os.environ)
    WATCHED = ("harness", "mockserver", "openai", "anyio", "httpx", "httpx2", "respx", "ruamel", "click")

    def pytest_sessionfinish(session):
        new = [name for name in sys.modules if name.partition(".")[0] in WATCHED]
        names = {*os.environ, *BEFORE} - {"PYTEST_CURRENT_TEST"}
        changed = [name for name in names if os.environ.get(name) != BEFORE.get(name)]
        Path("seen.json").write_text(dumps({"imported": sorted(new), "changed": changed}))
"""


def test_where_nobody_needs_it_nothing_is_imported_and_nothing_changed(inner: Inner) -> None:
    inner.files(
        conftest=NEW,
        test_other="""
            import os

            def test_other():
                assert not [name for name in os.environ if name.startswith("OPENAI_")]

            def test_purpose():
                purpose = "assistants"
        """,
    )
    others = ("anyio", "respx", "respx_mock", "hypothesispytest", "cacheprovider")
    result = inner.pytester.runpytest_subprocess(*(f"-pno:{name}" for name in others))
    result.assert_outcomes(passed=2)
    assert not [line for line in result.outlines if line.startswith("assistants:")]
    seen = json.loads((inner.pytester.path / "seen.json").read_text())
    modules = ("plugin", *(f"plugin.{name}" for name in ("entry", "environment", "hooks", "options")))
    assert seen == {"imported": ["harness", *(f"harness.{name}" for name in modules)], "changed": []}
