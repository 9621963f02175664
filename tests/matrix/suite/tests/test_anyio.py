"""Tests run by anyio's plugin, on both of its backends."""

import anyio
import app
import pytest

pytestmark = pytest.mark.anyio


async def test_an_answer(assistants):
    assistants.backend.run().replies("Certainly.")
    async with assistants.async_client() as client:
        run = await client.beta.threads.create_and_run_poll(
            assistant_id=app.assistant.id, thread={"messages": [{"role": "user", "content": "Really?"}]}
        )
        messages = await client.beta.threads.messages.list(run.thread_id)
    assert messages.data[0].content[0].text.value == "Certainly."


class TestOnAsyncio:
    """Whatever the application does on asyncio works as before."""

    @pytest.fixture
    def anyio_backend(self):
        return "asyncio"

    async def test_ten_minutes_until_a_run_expires(self, assistants):
        assistants.backend.run().calls("get_weather", city="Paris")
        run = await app.wait_async(await app.begin_async("The weather?"))
        assert (await app.wait_async(run, until=("expired",))).status == "expired"
        assert 595 < assistants.clock.elapsed <= 640

    async def test_sleepers_of_a_task_group(self, assistants):
        woken = []

        async def sleeper(seconds):
            await anyio.sleep(seconds)
            woken.append(seconds)

        async with anyio.create_task_group() as group:
            for seconds in (600, 60, 6):
                group.start_soon(sleeper, seconds)
        assert woken == [6, 60, 600]
        assert 600 <= assistants.clock.elapsed <= 601


@pytest.mark.parametrize("number", range(2))
async def test_what_another_test_made_is_not_there(assistants, number):
    assert assistants.control.objects("thread") == []
    async with assistants.async_client() as client:
        await client.beta.threads.create(metadata={"number": str(number)})
    assert len(assistants.control.objects("thread")) == 1
