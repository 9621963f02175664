"""Conversations with customers, for asyncio."""

import asyncio

from desk.api import assistant, async_client
from desk.conversation import DeskUnavailable


async def ask(text: str, thread_id: str | None = None) -> str:
    """Put a question, on a new thread unless one is given; the answer. Raises DeskUnavailable."""
    if thread_id is None:
        thread_id = (await async_client.beta.threads.create()).id
    await async_client.beta.threads.messages.create(thread_id, role="user", content=text)
    run = await async_client.beta.threads.runs.create(thread_id=thread_id, assistant_id=assistant.id)
    while run.status in ("queued", "in_progress"):
        await asyncio.sleep(1)
        run = await async_client.beta.threads.runs.retrieve(run.id, thread_id=thread_id)
    if run.status != "completed":
        raise DeskUnavailable(f"no answer: {run.status}")
    messages = await async_client.beta.threads.messages.list(thread_id, run_id=run.id)
    return "\n".join(part.text.value for part in messages.data[0].content if part.type == "text")


async def ask_many(texts: list[str]) -> list[str]:
    """Put several questions at once, each on a thread of its own."""
    return list(await asyncio.gather(*(ask(text) for text in texts)))
