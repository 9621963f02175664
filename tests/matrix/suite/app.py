"""A small application: its clients and its assistant are made when it is imported."""

import asyncio
import time
from time import sleep

from openai import AsyncOpenAI, OpenAI

client = OpenAI()
async_client = AsyncOpenAI()

assistant = client.beta.assistants.create(
    model="gpt-4o",
    name="Made at import",
    tools=[{"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}],
)

ENDED = ("completed", "requires_action", "failed", "incomplete", "cancelled", "expired")


def begin(text):
    """Put a question on a new thread; its run, queued."""
    thread = client.beta.threads.create(messages=[{"role": "user", "content": text}])
    return client.beta.threads.runs.create(thread_id=thread.id, assistant_id=assistant.id)


def wait(run, until=ENDED, patience=None):
    """Poll a run every 20 s until it has one of these statuses. TimeoutError after `patience` seconds."""
    deadline = None if patience is None else time.monotonic() + patience
    while run.status not in until:
        if deadline is not None and time.monotonic() > deadline:
            raise TimeoutError(run.status)
        sleep(20)
        run = client.beta.threads.runs.retrieve(run.id, thread_id=run.thread_id)
    return run


def said(run):
    """What the assistant said in a run."""
    messages = client.beta.threads.messages.list(run.thread_id, run_id=run.id)
    return "".join(part.text.value for message in messages for part in message.content)


def ask(text):
    """Put a question and wait for the answer."""
    return said(wait(begin(text)))


async def begin_async(text):
    """The same as `begin`, for asyncio."""
    thread = await async_client.beta.threads.create(messages=[{"role": "user", "content": text}])
    return await async_client.beta.threads.runs.create(thread_id=thread.id, assistant_id=assistant.id)


async def wait_async(run, until=ENDED):
    """The same as `wait`, for asyncio."""
    while run.status not in until:
        await asyncio.sleep(20)
        run = await async_client.beta.threads.runs.retrieve(run.id, thread_id=run.thread_id)
    return run


async def ask_async(text):
    """The same as `ask`, for asyncio."""
    run = await wait_async(await begin_async(text))
    messages = await async_client.beta.threads.messages.list(run.thread_id, run_id=run.id)
    return "".join(part.text.value for message in messages.data for part in message.content)
