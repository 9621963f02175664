"""Flags and ini options: what each does in a run, which wins, and what is said of those that are wrong."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

from harness.plugin.options import read_options
from tests.harness.plugin.conftest import Inner

pytest_plugins = ("pytester",)

SETTINGS = """
    import pytest
    from json import dumps
    from pathlib import Path

    def test_plain(assistants):
        Path("plain.json").write_text(dumps(assistants.snapshot()["settings"]))

    @pytest.mark.assistants(seed="marker", world={"clock": "x7"})
    def test_marked(assistants):
        Path("marked.json").write_text(dumps(assistants.snapshot()["settings"]))
"""


def settings(inner: Inner, *args: str) -> list[tuple[Any, Any]]:
    """Seed and clock of the worlds of an unmarked and of a marked test."""
    inner.files(test_settings=SETTINGS)
    inner.passes(*args, passed=2)
    worlds = [json.loads((inner.pytester.path / name).read_text()) for name in ("plain.json", "marked.json")]
    return [(world["seed"], world["clock"]) for world in worlds]


def test_seed_and_time_are_0_and_virtual(inner: Inner) -> None:
    assert settings(inner) == [(0, "virtual"), ("marker", "x7")]


def test_the_ini_file_says_otherwise_and_the_marker_wins(inner: Inner) -> None:
    inner.ini("assistants_seed = 12\nassistants_time = scaled:3")
    assert settings(inner) == [(12, "x3"), ("marker", "x7")]


def test_the_command_line_wins_over_both(inner: Inner) -> None:
    inner.ini("assistants_seed = 12\nassistants_time = scaled:3")
    found = settings(inner, "--assistants-seed=abc", "--assistants-time=real")
    assert found == [("abc", "real"), ("abc", "x7")]


def test_the_header_says_what_tests_run_against(inner: Inner) -> None:
    inner.files(test_nothing="def test_nothing(): ...")
    result = inner.passes("--assistants-seed=5")
    result.stdout.fnmatch_lines(["assistants: mock at http://127.0.0.1:*/v1, virtual time, seed 5"])


PROGRAM = """
    import os
    NAMES = ("OPENAI_BASE_URL", "OPENAI_API_KEY", "AZURE_OPENAI_ENDPOINT")
    SEEN = {name: os.environ.get(name) for name in NAMES}
"""


def test_environment_auto_sets_it_where_tests_ask(inner: Inner) -> None:
    inner.files(
        application=PROGRAM,
        conftest="import application",
        test_asks="""
            import application

            def test_there(assistants):
                assert application.SEEN["OPENAI_BASE_URL"] == assistants.base_url
                assert application.SEEN["OPENAI_API_KEY"] == assistants.api_key
                assert application.SEEN["AZURE_OPENAI_ENDPOINT"] + "/v1" == assistants.base_url
        """,
        test_other="""
            import application

            def test_there_too():
                assert application.SEEN["OPENAI_BASE_URL"]
        """,
    )
    inner.passes(passed=2)
    inner.passes("test_other.py", failed=1)
    inner.passes("test_asks.py::test_there", "test_other.py", passed=2)


@pytest.mark.parametrize(("given", "there"), [("auto", False), ("always", True), ("never", False)])
def test_environment_where_nobody_asks(inner: Inner, given: str, there: bool) -> None:
    inner.ini(f"assistants_environment = {given}")
    inner.files(
        application=PROGRAM,
        conftest="import application",
        test_other=f"""
            import application

            def test_there():
                assert bool(application.SEEN["OPENAI_API_KEY"]) is {there}
        """,
    )
    inner.passes()


def test_environment_never_leaves_the_rest_as_it_is(inner: Inner) -> None:
    inner.ini("assistants_environment = never")
    inner.files(
        test_asks="""
            import os

            def test_there(assistants):
                assert "OPENAI_BASE_URL" not in os.environ
                assert assistants.client().beta.threads.create()
        """
    )
    result = inner.passes()
    result.stdout.fnmatch_lines(["assistants: mock at *, environment untouched"])


def test_any_option_is_asking_too(inner: Inner) -> None:
    inner.files(test_env="import os\ndef test_there():\n    assert os.environ['OPENAI_BASE_URL']")
    inner.passes(failed=1)
    inner.passes("--assistants-seed=1")
    inner.ini("assistants_patience = 5m")
    inner.passes()


def test_a_fixture_that_nobody_saw_coming_works_and_says_what_would_be_better(inner: Inner) -> None:
    inner.files(
        test_dynamic="""
            import os

            NAME = "assistants"

            def test_there(request):
                handle = request.getfixturevalue(NAME)
                assert os.environ["OPENAI_BASE_URL"] == handle.base_url
                assert False
        """
    )
    result = inner.passes(failed=1)
    result.stdout.fnmatch_lines(["The application was imported before OPENAI_BASE_URL was set*"])


INTERCEPTED = """
    import openai

    def test_hard_coded(assistants):
        with openai.OpenAI(base_url="https://api.openai.com/v1", api_key=assistants.api_key) as client:
            thread = client.beta.threads.create()
        assert assistants.history.last("threads.create").response["id"] == thread.id
"""


def test_intercept_sends_the_real_apis_requests_to_the_mock(inner: Inner) -> None:
    inner.files(test_intercept=INTERCEPTED)
    inner.passes("--assistants-intercept")
    inner.passes(failed=1)
    inner.ini("assistants_intercept = true")
    inner.passes()


SCENARIO = """
version: 1
scenarios:
- name: first
  steps:
  - threads.create: {}
    expect: {object: thread}
"""


def test_scenario_files_are_collected_by_their_names(inner: Inner) -> None:
    for name in ("talk.assistants.yaml", "talk.scenario.yml"):
        (inner.pytester.path / name).write_text(SCENARIO)
    result = inner.passes("-v")
    result.stdout.fnmatch_lines(["talk.assistants.yaml::first PASSED*"])
    inner.ini("assistants_files = *.scenario.yml *.talk.yaml")
    result = inner.passes("-v")
    result.stdout.fnmatch_lines(["talk.scenario.yml::first PASSED*"])


def test_reports_are_written_in_every_format_asked_for(inner: Inner) -> None:
    (inner.pytester.path / "talk.assistants.yaml").write_text(
        SCENARIO + "- name: second\n  steps:\n  - threads.create: {}\n    expect: {object: threat}\n"
    )
    result = inner.passes(
        "--assistants-report=html:out/report.html,json:out/report.json",
        "--assistants-report=junit:out/report.xml",
        passed=1,
        failed=1,
    )
    result.stdout.fnmatch_lines(["html report: out/report.html", "junit report: out/report.xml"])
    out = inner.pytester.path / "out"
    document = json.loads((out / "report.json").read_text())
    assert document["counts"]["passed"] == document["counts"]["failed"] == 1
    assert {each["scenario"] for each in document["scenarios"]} == {"first", "second"}
    assert "second" in (out / "report.html").read_text()
    assert "second" in (out / "report.xml").read_text()


def test_a_report_that_cannot_be_written_is_no_success(inner: Inner) -> None:
    (inner.pytester.path / "talk.assistants.yaml").write_text(SCENARIO)
    (inner.pytester.path / "file").touch()
    result = inner.run("--assistants-report=json:file/report.json")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stdout.fnmatch_lines(["a report cannot be written: *file*"])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("--assistants-time=fast", "assistants_time: time is virtual, real or scaled:100, not 'fast'"),
        ("--assistants-report=pdf:x", "--assistants-report: there is no report format 'pdf'; *"),
        ("--assistants-report=html", "--assistants-report: a report is asked for as FORMAT:PATH*"),
        ("--assistants-max-calls=0", "--assistants-max-calls: this is a whole number of at least 1, not 0"),
        ("--assistants-target=foundri-classic", "assistants: there is no target 'foundri-classic'; did you*"),
        ("-oassistants_environment=yes", "assistants_environment is one of auto, always, never, not 'yes'"),
        ("-oassistants_sleep=nap", "assistants_sleep is one of bridge, real, not 'nap'"),
        ("-oassistants_patience=long", "assistants_patience: 'long' is not a *"),
    ],
)
def test_what_is_wrong_is_a_usage_error(inner: Inner, given: str, said: str) -> None:
    inner.files(test_nothing="def test_nothing(): ...")
    result = inner.run(given)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{said}*"])


def test_real_time_on_a_target_that_has_no_other(inner: Inner) -> None:
    inner.files(test_nothing="def test_nothing(): ...")
    result = inner.run("--assistants-target=compatible:http://127.0.0.1:9/v1", "--assistants-time=virtual")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*has real time only; virtual time needs a mock*"])


def read(flags: dict[str, Any], ini: dict[str, Any]) -> Any:
    """The options of these flags and ini values, the others as pytest gives them when nothing is said."""
    return read_options(Namespace(**{f"assistants_{name}": value for name, value in flags.items()}), ini.get)


def test_nothing_said_is_nothing_asked() -> None:
    options = read({}, {})
    assert not options.asked
    assert (options.target, options.clock, options.seed, options.seed_flag) == ("mock", None, 0, None)
    assert (options.environment, options.bridge, options.patience) == ("auto", True, 3600.0)
    assert options.files == ("*.assistants.yaml",)
    assert not read({}, {"assistants_environment": "never"}).asked
    assert (options.practices, options.practices_flag, options.practices_ignore) == ("off", None, ())
    judged = {"assistants_practices": "fail", "assistants_practices_ignore": ["left_behind"]}
    assert not read({}, judged).asked


@pytest.mark.parametrize(
    ("written", "seconds"), [("90", 90), ("1.5", 1.5), ("2h", 7200), ("300ms", 0.3), ("0s", 0)]
)
def test_patience_is_a_duration_or_seconds(written: str, seconds: float) -> None:
    assert read({}, {"assistants_patience": written}).patience == seconds


def test_flags_of_real_targets_are_read() -> None:
    options = read({"slow": True, "keep": True, "max_calls": 7, "report": ["json:a,html:b", "junit:c"]}, {})
    assert (options.slow, options.keep, options.max_calls) == (True, True, 7)
    assert options.reports == (("json", Path("a")), ("html", Path("b")), ("junit", Path("c")))
    assert options.asked
