"""Tests run by pytest-asyncio."""

import asyncio

import app
import pytest
import pytest_asyncio

import harness

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def question(assistants):
    """A thread with a question, made by a fixture that is asynchronous itself."""
    return await app.async_client.beta.threads.create(messages=[{"role": "user", "content": "Really?"}])


async def test_an_answer(assistants):
    assistants.backend.run().replies("Certainly.")
    assert await app.ask_async("Really?") == "Certainly."


async def test_what_an_asynchronous_fixture_made(assistants, question):
    (message,) = (await app.async_client.beta.threads.messages.list(question.id)).data
    assert message.content[0].text.value == "Really?"
    assert [thread["id"] for thread in assistants.control.objects("thread")] == [question.id]


async def test_ten_minutes_until_a_run_expires(assistants):
    assistants.backend.run().calls("get_weather", city="Paris")
    run = await app.wait_async(await app.begin_async("The weather?"))
    assert (await app.wait_async(run, until=("expired",))).status == "expired"
    assert 595 < assistants.clock.elapsed <= 640


async def test_many_at_once(assistants):
    assistants.backend.run("slow").takes(in_progress="90s").replies("Slowly.")
    assistants.backend.run().replies("At once.")
    answers = await asyncio.gather(*(app.ask_async(text) for text in ("one", "a slow one", "another")))
    assert answers == ["At once.", "Slowly.", "At once."]
    assert 90 <= assistants.clock.elapsed <= 121


async def test_a_stream(assistants):
    assistants.backend.run().replies("One word after the other.")
    thread = await app.async_client.beta.threads.create(messages=[{"role": "user", "content": "Tell me."}])
    stream = app.async_client.beta.threads.runs.stream(thread_id=thread.id, assistant_id=app.assistant.id)
    async with stream as events:
        pieces = [piece async for piece in events.text_deltas]
    assert len(pieces) > 1
    assert "".join(pieces) == "One word after the other."


async def test_a_loop_that_cannot_end(assistants):
    assistants.backend.run().expires()
    with pytest.raises(harness.HungError, match="waits in vain"):
        await app.wait_async(await app.begin_async("Hello?"), until=("completed",))


@pytest.mark.parametrize("number", range(3))
async def test_what_another_test_made_is_not_there(assistants, number):
    assert assistants.control.objects("thread") == []
    await app.async_client.beta.threads.create(metadata={"number": str(number)})
