"""Flags: `--asyncio-mode=auto --assistants-intercept --assistants-seed=21`."""

import openai
import pytest

import harness


@pytest.fixture
def far_away():
    """A client of code that has the real API's address in it."""
    with openai.OpenAI(base_url="https://api.openai.com/v1", max_retries=0) as client:
        yield client


def test_the_seed(assistants):
    assert assistants.seed == 21


def test_the_real_address_leads_to_the_mock(assistants, far_away):
    thread = far_away.beta.threads.create()
    assert far_away.beta.threads.retrieve(thread.id).id == thread.id
    assert assistants.history.names == ["threads.create", "threads.retrieve"]


def test_a_stream_from_the_real_address(assistants, far_away):
    assistants.backend.run().replies("One word after the other.")
    helper = far_away.beta.assistants.create(model="gpt-4o")
    thread = far_away.beta.threads.create(messages=[{"role": "user", "content": "Tell me."}])
    with far_away.beta.threads.runs.stream(thread_id=thread.id, assistant_id=helper.id) as events:
        assert "".join(events.text_deltas) == "One word after the other."


def test_a_helper_of_the_sdk_that_polls_for_ever(assistants, far_away):
    assistants.faults.arm("run.stuck(queued, forever=true)", "runs.create")
    helper = far_away.beta.assistants.create(model="gpt-4o")
    thread = far_away.beta.threads.create(messages=[{"role": "user", "content": "Hello?"}])
    with pytest.raises(harness.HungError, match="waits in vain"):
        far_away.beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=helper.id)


async def test_asynchronous_without_a_mark(assistants):
    async with openai.AsyncOpenAI(base_url="https://api.openai.com/v1") as client:
        thread = await client.beta.threads.create()
    assert [found["id"] for found in assistants.control.objects("thread")] == [thread.id]
