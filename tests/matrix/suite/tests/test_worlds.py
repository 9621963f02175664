"""Each test has a world of its own, whatever ran before it, beside it, or in it the last time."""

import os
import uuid

import app
import openai
import pytest


def test_the_environment_is_not_that_of_the_shell(assistants):
    assert os.environ["OPENAI_API_KEY"].startswith("sk-assistants-")
    assert str(app.client.base_url).startswith("http://127.0.0.1:")
    assert app.client.api_key == assistants.api_key == os.environ["OPENAI_API_KEY"]


def test_what_was_made_at_import_is_there(assistants, names):
    assert "Made at import" in names()
    assert app.client.beta.assistants.retrieve(app.assistant.id).name == "Made at import"
    assert assistants.history.ops("assistants.create") == 0


def test_what_a_wide_fixture_made_is_there(assistants, colleague, names):
    assert names() == ["Made at import", "Made by a wide fixture"]
    app.client.beta.assistants.delete(app.assistant.id)
    app.client.beta.assistants.delete(colleague.id)


def test_what_a_wide_fixture_made_is_still_there(assistants, colleague, names):
    assert names() == ["Made at import", "Made by a wide fixture"]
    app.client.beta.assistants.delete(colleague.id)


@pytest.mark.parametrize("number", range(6))
def test_what_another_test_made_is_not_there(assistants, names, number):
    assert not [name for name in names() if name.startswith("Number")]
    assert assistants.control.objects("thread") == []
    app.client.beta.assistants.create(model="gpt-4o", name=f"Number {number}")
    app.client.beta.threads.create(metadata={"number": str(number)})
    assert [name for name in names() if name.startswith("Number")] == [f"Number {number}"]


def test_a_key_of_its_own_is_a_world_of_its_own(assistants):
    with openai.OpenAI(api_key=f"sk-own-{uuid.uuid4().hex}") as own:
        assert own.beta.assistants.list().data == []
        own.beta.assistants.create(model="gpt-4o", name="Behind another key")
        assert [found.name for found in own.beta.assistants.list()] == ["Behind another key"]
    assert assistants.history.ops() == 0
    assert "Behind another key" not in [found.name for found in app.client.beta.assistants.list()]


def test_another_world_of_the_same_server(assistants, assistants_server):
    other = assistants_server.world(seed=7)
    other.backend.run().replies("From elsewhere.")
    assistants.backend.run().replies("From here.")
    assert app.ask("Where are you?") == "From here."
    assert other.history.ops() == 0


_ATTEMPTS = []


@pytest.mark.flaky(reruns=2)
def test_every_rerun_has_a_new_world(assistants):
    """Fails the first time and passes the second: the only test here that is ever run again."""
    assert assistants.control.objects("thread") == []
    assert assistants.history.ops() == 0
    assert assistants.clock.elapsed < 1
    _ATTEMPTS.append(app.client.beta.threads.create().id)
    assistants.clock.advance("10m")
    assert len(_ATTEMPTS) == 2, "meant to fail at the first attempt"
