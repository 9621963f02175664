"""Practice checks in test runs: off, told at the end, or failing; left out by ini, marker and flag."""

from __future__ import annotations

import pytest

from tests.harness.plugin.conftest import Inner

pytest_plugins = ("pytester",)

TESTS = """
    import pytest

    def chat(assistants):
        client = assistants.client()
        assistant = client.beta.assistants.create(model="gpt-4o", instructions="Be brief.")
        thread = client.beta.threads.create(messages=[{"role": "user", "content": "Well?"}])
        client.beta.threads.runs.create(thread_id=thread.id, assistant_id=assistant.id)
        client.beta.threads.messages.list(thread.id)

    def test_early(assistants):
        chat(assistants)

    def test_early_too(assistants):
        chat(assistants)

    def test_kept(assistants):
        assistants.client().beta.threads.create()
"""

SCENARIO = """
version: 1
scenarios:
- name: hasty
  steps:
  - assistants.create: {model: gpt-4o}
    as: assistant
  - threads.create: {messages: [{role: user, content: Well?}]}
    as: thread
  - runs.create: {thread_id: "${thread.id}", assistant_id: "${assistant.id}"}
  - messages.list: {thread_id: "${thread.id}"}
- name: calm
  steps:
  - threads.create: {}
"""

SECTION = "*= assistants practices =*"


def test_nobody_is_judged_who_did_not_ask(inner: Inner) -> None:
    inner.files(test_chat=TESTS)
    result = inner.passes(passed=3)
    result.stdout.no_fnmatch_line(SECTION)


def test_warn_tells_of_each_check_once_at_the_end(inner: Inner) -> None:
    inner.files(test_chat=TESTS)
    result = inner.passes("--assistants-practices=warn", passed=3)
    result.stdout.fnmatch_lines(
        [
            SECTION,
            "early_messages 2 times in 2, first in test_chat.py::test_early",
            "  The answer is read when its run has ended*",
            "    messages were read while run_* was queued, and not later",
            "      0.0 runs.create#1 200",
            "      0.0 messages.list#1 200",
            "*assistants-mock practices NAME*",
        ]
    )


def test_workers_tell_the_process_that_reports(inner: Inner) -> None:
    pytest.importorskip("xdist")
    inner.files(test_chat=TESTS)
    result = inner.pytester.runpytest_subprocess("--assistants-practices=warn", "-n1", "-pno:randomly")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines([SECTION, "early_messages 2 times in 2, first in test_chat.py::test_early"])


def test_fail_makes_an_error_of_it_at_the_teardown(inner: Inner) -> None:
    inner.files(test_chat=TESTS)
    result = inner.passes("--assistants-practices=fail", passed=3, errors=2)
    result.stdout.fnmatch_lines(
        [
            "*ERROR at teardown of test_early*",
            "the API's rules are not kept: 1 finding",
            "early_messages: messages were read while run_* was queued, and not later",
            "    0.0 messages.list#1 200",
            "    mend: Poll the run to its end*",
            "*- assistants -*",
            "*messages.list#1*",
        ]
    )


def test_the_ini_file_says_it_for_good_and_leaves_checks_out(inner: Inner) -> None:
    inner.files(test_chat=TESTS)
    inner.ini("assistants_practices = fail")
    inner.passes(passed=3, errors=2)
    inner.passes("--assistants-practices=off", passed=3)
    inner.ini("assistants_practices = fail\nassistants_practices_ignore = left_behind early_messages")
    inner.passes(passed=3)


MARKED = f"""{TESTS}
    @pytest.mark.assistants(practices=False)
    def test_not_judged(assistants):
        chat(assistants)

    @pytest.mark.assistants(practices={{"ignore": "early_messages"}})
    def test_left_out(assistants):
        chat(assistants)

    @pytest.mark.assistants(practices={{"ignore": ["left_behind"]}})
    class TestBoth:
        @pytest.mark.assistants(practices={{"ignore": ["early_messages"]}})
        def test_adds_up(self, assistants):
            chat(assistants)
            assistants.client().uploads.create(
                bytes=1, filename="a.txt", mime_type="text/plain", purpose="assistants"
            )

    @pytest.mark.assistants(practices=True)
    def test_judged(assistants):
        chat(assistants)
"""


def test_markers_speak_for_a_test(inner: Inner) -> None:
    inner.files(test_chat=MARKED)
    inner.passes("--assistants-practices=fail", passed=7, errors=3)


def test_a_marker_asks_where_nobody_else_does_unless_the_flag_says_no(inner: Inner) -> None:
    inner.files(test_chat=MARKED)
    result = inner.passes(passed=7, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_judged*"])
    inner.passes("--assistants-practices=off", passed=7)


@pytest.mark.parametrize(
    ("marker", "said"),
    [
        (
            '{"ignore": ["early-runs"]}',
            "practices: there is no check 'early-runs'; did you mean 'early_run'*",
        ),
        ('["endless_poll"]', 'practices: this is True, False or {"ignore": ["endless_poll"]}, not *'),
        ('{"ignore": [7]}', "practices: what is ignored are names of checks, not *"),
    ],
)
def test_what_is_wrong_with_a_marker_is_said(inner: Inner, marker: str, said: str) -> None:
    inner.files(
        test_marked=f"""
            import pytest

            @pytest.mark.assistants(practices={marker})
            def test_marked(assistants): ...
        """
    )
    result = inner.passes(errors=1)
    result.stdout.fnmatch_lines([f"*@pytest.mark.assistants: {said.replace('[', '[[]')}"])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("--assistants-practices=loud", "--assistants-practices: this is one of off, warn, fail, not 'loud'"),
        ("-oassistants_practices=loud", "assistants_practices is one of off, warn, fail, not 'loud'"),
        (
            "-oassistants_practices_ignore=endles_poll",
            "assistants_practices_ignore: there is no check*did you*",
        ),
    ],
)
def test_what_is_wrong_with_an_option_is_a_usage_error(inner: Inner, given: str, said: str) -> None:
    inner.files(test_nothing="def test_nothing(): ...")
    result = inner.run(given)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{said}"])


def test_a_test_that_failed_or_was_skipped_is_not_judged(inner: Inner) -> None:
    inner.files(
        test_chat=f"""{TESTS}
    def test_breaks_off(assistants):
        chat(assistants)
        assert False

    def test_is_skipped(assistants):
        chat(assistants)
        pytest.skip("enough")
"""
    )
    result = inner.passes(
        "-k", "off or skipped", "--assistants-practices=fail", failed=1, skipped=1, deselected=3
    )
    result.stdout.no_fnmatch_line("*rules are not kept*")


def test_scenario_files_are_judged_alike(inner: Inner) -> None:
    (inner.pytester.path / "talk.assistants.yaml").write_text(SCENARIO)
    result = inner.passes("--assistants-practices=warn", passed=2)
    result.stdout.fnmatch_lines([SECTION, "early_messages in talk.assistants.yaml::hasty"])
    result = inner.passes("--assistants-practices=fail", passed=2, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at teardown of hasty*", "the API's rules are not kept: 1 finding"])
    inner.ini("assistants_practices_ignore = early_messages")
    inner.passes("--assistants-practices=fail", passed=2)


def test_a_client_of_a_test_is_seen_to_sleep(inner: Inner) -> None:
    """The plugin's bridge is what two checks judge by."""
    inner.files(
        test_waits="""
            import time
            import openai
            import pytest

            @pytest.mark.assistants(faults=["429(retry_after=20s) at threads.create"])
            @pytest.mark.parametrize("pause", [1, 20])
            def test_waits(assistants, pause):
                with pytest.raises(openai.RateLimitError):
                    assistants.client(max_retries=0).beta.threads.create()
                time.sleep(pause)
                assistants.client(max_retries=0).beta.threads.create()
                assert [found.check for found in assistants.practices()] == ["early_retry"] * (pause < 20)
        """
    )
    inner.passes(passed=2)
