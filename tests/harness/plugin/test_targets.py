"""Tests on targets that are no server of this plugin's own."""

from __future__ import annotations

import openai
import pytest

from harness.control import Control
from tests.harness.plugin.conftest import Inner

pytest_plugins = ("pytester",)

TESTS = """
    import openai, os, pytest

    def test_mock_only(assistants): ...

    def test_none(): ...

    @pytest.mark.assistants(live=True, needs=["faults"])
    def test_needs(assistants): ...

    @pytest.mark.assistants(live=True)
    def test_live(assistants, assistants_target):
        assistants.backend.run("weather").calls("get_weather").then_replies("Sunny.")
        assert assistants_target.name == "plain"
        assert os.environ["OPENAI_BASE_URL"] == assistants.base_url
        with openai.OpenAI() as client:
            assert client.beta.threads.retrieve(assistants.client().beta.threads.create().id)

    @pytest.mark.assistants(live=True)
    def test_wants_too_much(assistants):
        assistants.clock.advance("10m")

    def test_server(assistants_server): ...
"""


@pytest.fixture
def project(inner: Inner, mock: str) -> Inner:
    """A project with a target `plain`: the shared server, as if it were not known to be a mock."""
    inner.pytester.makepyprojecttoml(
        f"[tool.assistants.targets.plain]\nkind = 'compatible'\nbase_url = '{mock}'\nkey = 'sk-plain'\n"
        "capabilities = ['threads', 'assistants']\n"
        f"[tool.assistants.targets.other]\nkind = 'mock'\nbase_url = '{mock}'\nkey = 'sk-other'\n"
        "[tool.assistants.targets.closed]\nkind = 'compatible'\nbase_url = 'http://127.0.0.1:9/v1'\n"
    )
    inner.files(test_targets=TESTS)
    return inner


def changes(control: Control) -> list[str]:
    """The calls that made or deleted something."""
    return [entry["call"] for entry in control.journal() if entry.get("method") in ("POST", "DELETE")]


def test_on_a_real_target_only_tests_that_may_be_live_run(project: Inner, mock: str) -> None:
    with Control(mock, "sk-plain") as control:
        control.new_world()
        result = project.passes("-rsf", "--assistants-target=plain", passed=2, failed=1, skipped=3)
        assert changes(control) == ["threads.create#1", "threads.delete#1"]
    result.stdout.fnmatch_lines(
        [
            "assistants: plain at http://127.0.0.1:*",
            "E*LiveError: plain is no mock with an open control door, so there is no assistants.clock; *",
        ]
    )
    for reason in (
        "plain is a real target, and this test is not marked live=True",
        "plain lacks faults",
        "plain is no mock: there is no server to make worlds on",
    ):
        result.stdout.fnmatch_lines([f"SKIPPED*{reason}"])


def test_what_was_made_is_kept_where_that_is_asked_for(project: Inner, mock: str) -> None:
    with Control(mock, "sk-plain") as control:
        control.new_world()
        project.passes(
            "--assistants-target=plain", "--assistants-keep", "-k", "test_live", passed=1, deselected=5
        )
        assert changes(control) == ["threads.create#1"]


def test_a_budget_ends_a_test_before_the_call_leaves(project: Inner, mock: str) -> None:
    project.files(
        test_targets="""
            import pytest

            @pytest.mark.assistants(live=True)
            def test_live(assistants):
                for _ in range(3):
                    assistants.client().beta.threads.create()
        """
    )
    with Control(mock, "sk-plain") as control:
        control.new_world()
        result = project.passes("--assistants-target=plain", "--assistants-max-calls=2", failed=1)
        assert sorted(changes(control)) == [
            f"threads.{what}#{n}" for what in ("create", "delete") for n in (1, 2)
        ]
    result.stdout.fnmatch_lines(["E*BudgetError*"])


def test_slow_really_waits_where_time_is_real(project: Inner) -> None:
    (project.pytester.path / "wait.assistants.yaml").write_text(
        "version: 1\nscenarios:\n- name: waits\n  steps:\n  - threads.create: {}\n  - advance: 5ms\n"
    )
    chosen = ("wait.assistants.yaml", "--assistants-target=plain")
    result = project.passes("-rs", *chosen, skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED*plain*--assistants-slow*"])
    project.passes(*chosen, "--assistants-slow")


def test_a_target_that_does_not_answer_fails_the_tests_that_need_it(project: Inner) -> None:
    result = project.passes("--assistants-target=closed", passed=1, errors=3, skipped=2)
    result.stdout.fnmatch_lines(["closed (http://127.0.0.1:9/v1) cannot be reached: *"])


def test_a_mock_that_runs_elsewhere_is_used_as_it_is(project: Inner, mock: str) -> None:
    project.files(
        test_targets="""
            def test_there(assistants, assistants_server):
                assert assistants.api_key == "sk-other"
                assert assistants.clock.mode == "virtual"
                assert assistants.client().beta.threads.create()
                assert assistants_server.world().client().beta.threads.create()
        """
    )
    project.passes("--assistants-target=other")
    with openai.OpenAI(base_url=mock, api_key="any") as client:
        assert client.models.list().data  # it was not ended


def test_the_ini_file_names_the_target(project: Inner) -> None:
    project.ini("assistants_target = plain")
    project.passes("-k", "test_mock_only", skipped=1, deselected=5)
    project.passes("-k", "test_mock_only", "--assistants-target=mock", passed=1, deselected=5)
