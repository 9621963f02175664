"""The three hooks, and what reports of tests carry."""

from __future__ import annotations

from tests.harness.plugin.conftest import Inner

pytest_plugins = ("pytester",)


def test_configure_is_called_once_with_a_server_that_answers(inner: Inner) -> None:
    inner.files(
        conftest="""
            CALLS = []

            def pytest_assistants_configure(config, server):
                CALLS.append((config.rootpath, server.world("sk-hook").client().beta.threads.create().id))
        """,
        test_hook="""
            import pytest
            from conftest import CALLS

            @pytest.mark.parametrize("round", [1, 2])
            def test_called(assistants, pytestconfig, round):
                ((root, thread),) = CALLS
                assert root == pytestconfig.rootpath
                assert assistants.another("sk-hook").client().beta.threads.retrieve(thread)
        """,
    )
    inner.passes(passed=2)


def test_configure_is_not_called_where_no_test_uses_the_mock(inner: Inner) -> None:
    inner.files(
        conftest="def pytest_assistants_configure(config, server):\n    raise AssertionError('called')",
        test_hook="""
            import pytest

            def test_other(): ...

            @pytest.mark.skip
            def test_never(assistants): ...
        """,
    )
    inner.passes(passed=1, skipped=1)


def test_fault_may_change_what_markers_arm(inner: Inner) -> None:
    inner.files(
        conftest="""
            def pytest_assistants_fault(spec):
                if spec["fault"] == "500":
                    return {"fault": "503", "at": spec["at"], "times": 2}
        """,
        test_hook="""
            import pytest

            @pytest.mark.assistants(faults=["500 at threads.create", "lost_ack"])
            def test_changed(assistants):
                assert [fault.fault for fault in assistants.faults.armed] == ["503", "lost_ack"]
        """,
    )
    inner.passes()


def test_check_hears_of_every_test_that_used_the_mock(inner: Inner) -> None:
    inner.files(
        conftest="""
            HEARD = []

            def pytest_assistants_check(history):
                HEARD.append(list(history.names))
                assert "models.list" not in history.names, "models are listed by nobody"
        """,
        test_hook="""
            import pytest
            from conftest import HEARD

            def test_quiet(assistants):
                assistants.client().beta.threads.create()

            def test_fails(assistants):
                assert False

            def test_lists(assistants):
                assistants.client().models.list()

            def test_other(): ...

            def test_heard():
                assert HEARD == [["threads.create"], [], ["models.list"]]
        """,
    )
    result = inner.passes(passed=4, failed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*ERROR at teardown of test_lists*",
            "*models are listed by nobody*",
            "*- assistants -*",
            "virtual time 0.0 s, seed 0",
            "*models.list#1*200*",
        ]
    )


def test_a_failure_shows_time_seed_calls_and_timelines(inner: Inner) -> None:
    inner.files(
        test_fails="""
            import pytest

            @pytest.mark.assistants(seed=77)
            def test_fails(assistants):
                client = assistants.client()
                assistant = client.beta.assistants.create(model="gpt-4o", instructions="?")
                client.beta.threads.create_and_run_poll(assistant_id=assistant.id)
                assert False

            @pytest.fixture
            def broken(assistants):
                assistants.client().beta.threads.create()
                raise RuntimeError("no")

            def test_errs(broken): ...

            def test_other():
                assert False
        """
    )
    result = inner.passes(failed=2, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*ERROR at setup of test_errs*",
            "*- assistants -*",
            "*threads.create#1*",
            "*- assistants -*",
            "virtual time * s, seed 77",
            "*threads.create_and_run#1*200*",
            "timelines",
            "*run_* queued 0.0 -> in_progress * -> completed *",
        ]
    )
    assert result.stdout.str().count("- assistants -") == 2


def test_a_comparison_of_runs_tells_their_course(inner: Inner) -> None:
    inner.files(
        test_compares="""
            def test_status(assistants):
                client = assistants.client()
                assistant = client.beta.assistants.create(model="gpt-4o", instructions="?")
                run = client.beta.threads.create_and_run(assistant_id=assistant.id)
                assert run.status == "completed"

            def test_history(assistants):
                assistants.client().beta.threads.create()
                assert assistants.history.calls("threads.*") == []
        """
    )
    result = inner.passes(failed=2)
    result.stdout.fnmatch_lines(
        ["E*'queued' == 'completed'*", "E*run_* queued 0.0*", "E*threads.create#1*200*"]
    )


def test_reports_of_tests_carry_seed_and_virtual_time(inner: Inner) -> None:
    inner.files(
        test_long="""
            import pytest, time

            @pytest.mark.assistants(seed="s")
            def test_long(assistants):
                time.sleep(60)

            def test_other(): ...
        """
    )
    inner.passes("--junitxml=junit.xml", passed=2)
    text = (inner.pytester.path / "junit.xml").read_text()
    assert '<property name="assistants_seed" value="s"' in text
    assert '<property name="assistants_virtual_seconds" value="60.0"' in text
    assert text.count("<property ") == 2


def test_a_server_that_dies_fails_the_tests_that_use_it_with_its_words(inner: Inner) -> None:
    inner.files(
        conftest="""
            import pytest
            from harness.serving import ServerProcess

            @pytest.hookimpl(tryfirst=True)
            def pytest_collection_finish(session):
                from harness.plugin.active import host_of

                server = host_of(session.config).server = ServerProcess(options=["--strikt"])
                session.config.add_cleanup(server.stop)
        """,
        test_dies="""
            import pytest

            @pytest.fixture(scope="session")
            def wide(): ...

            def test_other(wide): ...

            def test_one(assistants): ...

            def test_two(assistants): ...
        """,
    )
    result = inner.passes(passed=1, errors=2)
    result.stdout.fnmatch_lines(["the mock server ended with code 2:", "*No such option*--strikt*"])


def test_tracebacks_leave_out_the_inside_of_the_sdk(inner: Inner) -> None:
    inner.files(
        test_fails="""
            def test_fails(assistants):
                assistants.client().beta.threads.retrieve("thread_gone")
        """
    )
    text = inner.passes(passed=0, failed=1).stdout.str()
    assert ">       assistants.client()" in text
    assert "openai.NotFoundError: Error code: 404 - No thread found with id 'thread_gone'" in text
    assert "_base_client.py" not in text
    assert "_base_client.py" in inner.passes("--full-trace", passed=0, failed=1).stdout.str()


def test_scenarios_are_heard_of_too(inner: Inner) -> None:
    inner.files(
        conftest="""
            SERVERS, HEARD = [], []

            def pytest_assistants_configure(config, server):
                SERVERS.append(server.base_url)

            def pytest_assistants_fault(spec):
                assert spec == {"fault": "503", "at": "models.list"}

            def pytest_assistants_check(history):
                HEARD.append(list(history.names))
                assert "models.list" not in history.names, "models are listed by nobody"
        """,
        test_hook="""
            from conftest import HEARD, SERVERS

            def test_heard(assistants_server):
                assert [assistants_server.base_url] == SERVERS
                assert HEARD == [["threads.create"], ["models.list"]]
        """,
    )
    (inner.pytester.path / "a_talk.assistants.yaml").write_text(TALK)
    result = inner.passes("a_talk.assistants.yaml", "test_hook.py", passed=3, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at teardown of lists*", "*models are listed by nobody*"])


TALK = """
version: 1
scenarios:
- name: quiet
  steps:
  - threads.create: {}
- name: lists
  faults: [503 at models.list]
  client: {max_retries: 0}
  steps:
  - models.list: {}
    expect_error: {status: 503}
"""
