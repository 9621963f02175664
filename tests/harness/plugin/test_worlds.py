"""The fixture `assistants`: whose world a test sees, and what is in it."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from tests.harness.plugin.conftest import Inner

pytest_plugins = ("pytester",)

APP = """
    import openai

    client = openai.OpenAI()

    def ask(question):
        thread = client.beta.threads.create(messages=[{"role": "user", "content": question}])
        assistant = client.beta.assistants.create(model="gpt-4o", instructions="Be brief.")
        client.beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id)
        return client.beta.threads.messages.list(thread.id).data[0].content[0].text.value

    def names():
        return {assistant.name for assistant in client.beta.assistants.list()}
"""


def test_an_application_with_an_import_time_client_needs_no_configuration(inner: Inner) -> None:
    inner.files(
        app=APP,
        test_app="""
            import app

            def test_answer(assistants):
                assistants.backend.run("France").replies("Paris.")
                assert app.ask("Capital of France?") == "Paris."
                assert assistants.history.ops("runs.create") == 1
        """,
    )
    inner.passes()


def test_every_test_has_a_world_of_its_own(inner: Inner) -> None:
    inner.files(
        app=APP,
        test_app="""
            import app, pytest

            @pytest.mark.parametrize("name", ["a", "b"])
            def test_alone(assistants, name):
                app.client.beta.assistants.create(model="gpt-4o", name=name)
                assert app.names() == {name}
                assert assistants.clock.elapsed == 0

            def test_key_of_its_own(assistants):
                app.client.beta.assistants.create(model="gpt-4o", name="here")
                other = assistants.another("sk-mine")
                assert not other.client().beta.assistants.list().data
                other.client().beta.assistants.create(model="gpt-4o", name="there")
                assert app.names() == {"here"}
        """,
    )
    inner.passes(passed=3)


def test_what_was_made_while_the_application_was_imported_is_in_every_world(inner: Inner) -> None:
    inner.files(
        app=APP + '\n    mine = client.beta.assistants.create(model="gpt-4o", name="import")\n',
        test_app="""
            import app, pytest

            @pytest.mark.parametrize("round", [1, 2])
            @pytest.mark.assistants(seed=5, world={"limits": {"messages_per_thread": 1}})
            def test_there(assistants, round):
                assert app.names() == {"import"}
                assert set(assistants.history.names) == {"assistants.list"}  # 1.30 asks for one page more
                settings = assistants.snapshot()["settings"]
                assert settings["seed"] == 5
                assert settings["limits"]["messages_per_thread"] == 1
                assert settings["limits"]["attributes"] == 16
                app.client.beta.assistants.delete(app.mine.id)

            @pytest.mark.assistants(world={"clock": "x9"})
            def test_clock(assistants):
                assert assistants.clock.mode == "x9"

            def test_without_the_fixture():
                app.client.beta.assistants.create(model="gpt-4o", name="left")

            def test_after(assistants):
                assert app.names() == {"import"}
        """,
    )
    inner.passes(passed=5)


def test_what_wide_fixtures_make_is_in_every_world_until_they_take_it_away(inner: Inner) -> None:
    inner.files(
        app=APP,
        conftest="""
            import app, pytest

            @pytest.fixture(scope="session")
            def shared():
                return app.client.beta.assistants.create(model="gpt-4o", name="session")

            @pytest.fixture(scope="module")
            def made(shared):
                made = app.client.beta.assistants.create(model="gpt-4o", name="module")
                yield made
                app.client.beta.assistants.delete(made.id)
        """,
        test_a="""
            import app

            def test_stray():
                app.client.beta.assistants.create(model="gpt-4o", name="stray")

            def test_first(assistants, made):
                assert app.names() == {"session", "module"}
                app.client.beta.assistants.create(model="gpt-4o", name="test")

            def test_second(made, assistants):
                assert app.names() == {"session", "module"}
                app.client.beta.assistants.delete(made.id)
        """,
        test_b="""
            import app

            def test_third(assistants, shared):
                assert app.names() == {"session"}
        """,
    )
    inner.passes(passed=4)


def test_xunit_setup_and_unittest_classes_work_too(inner: Inner) -> None:
    inner.files(
        app=APP,
        test_app="""
            import app, pytest, unittest

            @pytest.mark.usefixtures("assistants")
            class TestOld(unittest.TestCase):
                @classmethod
                def setUpClass(cls):
                    cls.mine = app.client.beta.assistants.create(model="gpt-4o", name="class")

                @classmethod
                def tearDownClass(cls):
                    app.client.beta.assistants.delete(cls.mine.id)

                def setUp(self):
                    app.client.beta.assistants.create(model="gpt-4o", name="test")

                def test_one(self):
                    assert app.names() == {"class", "test"}
                    app.client.beta.assistants.create(model="gpt-4o", name="one")

                test_two = test_one

            @pytest.mark.assistants(seed=4)
            class TestMarked(unittest.TestCase):
                def setUp(self):
                    app.client.beta.assistants.create(model="gpt-4o", name="test")

                def test_alone(self):
                    assert app.names() == {"test"}

                test_again = test_alone
        """,
    )
    inner.passes(passed=4)


def test_the_world_begins_before_the_tests_other_fixtures(inner: Inner) -> None:
    inner.files(
        app=APP,
        test_app="""
            import app, pytest

            @pytest.fixture(autouse=True)
            def always():
                app.client.beta.assistants.create(model="gpt-4o", name="always")
                yield
                assert "always" in app.names()

            @pytest.fixture
            def thread():
                return app.client.beta.threads.create()

            def test_order(thread, assistants):
                assert app.client.beta.threads.retrieve(thread.id)
                assert app.names() == {"always"}
                assert assistants.history.names[:2] == ["assistants.create", "threads.create"]

            @pytest.mark.assistants
            def test_marked(thread):
                assert app.names() == {"always"}
        """,
    )
    inner.passes(passed=2)


def test_async_tests_use_it_as_it_is(inner: Inner) -> None:
    inner.files(
        test_app="""
            import openai, pytest

            @pytest.fixture
            def anyio_backend():
                return "asyncio"

            @pytest.mark.anyio
            async def test_async(assistants):
                async with openai.AsyncOpenAI() as client:
                    thread = await client.beta.threads.create()
                    assistant = await client.beta.assistants.create(model="gpt-4o", instructions="Be brief.")
                    run = await client.beta.threads.runs.create_and_poll(
                        thread_id=thread.id, assistant_id=assistant.id
                    )
                assert run.status == "completed"
                assert await assistants.async_client().beta.threads.retrieve(thread.id)
        """,
    )
    inner.passes()


def test_a_loop_that_sleeps_lets_virtual_time_pass(inner: Inner) -> None:
    program = """
        import openai, pytest, time

        def test_waits(assistants):
            client = openai.OpenAI()
            tool = {"type": "function", "function": {"name": "get_weather"}}
            assistants.backend.run().calls("get_weather")
            assistant = client.beta.assistants.create(model="gpt-4o", instructions="?", tools=[tool])
            run = client.beta.threads.create_and_run(assistant_id=assistant.id)
            while run.status != "expired":
                time.sleep(5)
                run = client.beta.threads.runs.retrieve(run.id, thread_id=run.thread_id)
            assert assistants.clock.elapsed >= 600
    """
    inner.files(test_app=program)
    inner.passes()


def test_sleep_stays_real_where_it_is_asked_to(inner: Inner) -> None:
    inner.ini("assistants_sleep = real")
    inner.files(
        test_app="""
            import time

            def test_real(assistants):
                time.sleep(0.001)
                assert assistants.clock.elapsed == 0
        """
    )
    inner.passes()


def test_a_program_that_waits_in_vain_is_ended_and_told_why(inner: Inner) -> None:
    inner.ini("assistants_patience = 10m")
    inner.files(
        test_app="""
            import openai, pytest, time

            @pytest.mark.assistants(faults=["run.stuck(queued, forever=true)"])
            def test_forever(assistants):
                client = openai.OpenAI()
                assistant = client.beta.assistants.create(model="gpt-4o", instructions="Be brief.")
                run = client.beta.threads.create_and_run(assistant_id=assistant.id)
                while run.status != "completed":
                    time.sleep(30)
                    run = client.beta.threads.runs.retrieve(run.id, thread_id=run.thread_id)
        """
    )
    result = inner.passes(failed=1)
    result.stdout.fnmatch_lines(["E*HungError: *run_* was read * times in a row*"])


def test_the_real_api_is_out_of_reach_unless_it_is_allowed(
    inner: Inner, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = socket.getaddrinfo

    def look_up(host: str, *more: Any, **named: Any) -> Any:
        if host.endswith(".com"):
            raise OSError(f"looked up {host}")
        return known(host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    inner.ini("assistants_allow_hosts = allowed.openai.azure.com")
    inner.files(
        test_app="""
            import openai, socket

            def test_refused(assistants):
                openai.OpenAI(base_url="https://api.openai.com/v1", max_retries=0).models.list()

            def test_allowed(assistants):
                socket.getaddrinfo("allowed.openai.azure.com", 443)

            early = openai.OpenAI(base_url="https://api.openai.com/v1", max_retries=0)

            def test_refused_although_there_is_a_proxy(assistants):
                early.models.list()
        """,
    )
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    result = inner.passes(failed=3)
    result.stdout.fnmatch_lines(
        [
            "E*LeavingError: *api.openai.com*",
            "*--assistants-intercept*",
            "E*OSError: looked up allowed.openai*",
            "E*LeavingError: *api.openai.com*",
        ]
    )


def test_the_server_and_further_worlds(inner: Inner) -> None:
    inner.files(
        test_app="""
            def test_worlds(assistants_server, assistants, assistants_target):
                assert assistants.base_url == assistants_server.base_url == assistants_server.url + "/v1"
                one = assistants_server.world(seed=3, auto_create=True)
                two = assistants_server.world("sk-of-mine")
                assert one.client().beta.threads.retrieve("thread_anything")
                assert one.seed == 3
                assert two.api_key == "sk-of-mine"
                assert len({one.api_key, two.api_key, assistants.api_key}) == 3
                assert assistants_target.name == "mock"
        """
    )
    inner.passes()
