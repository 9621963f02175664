"""Connections that end with each answer, for asyncio clients."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import openai
import pytest

from mockserver.server import Server


@pytest.fixture(scope="module")
def parting() -> Iterator[Server]:
    """A server that lets asyncio clients keep no connection."""
    with Server(close_async=True) as server:
        yield server


def test_an_asyncio_client_outlives_its_event_loop(parting: Server) -> None:
    """As one made at import time does, with a loop for each test; streams included."""
    client = openai.AsyncOpenAI(base_url=parting.base_url, api_key="async", max_retries=0)

    async def converse() -> str:
        helper = await client.beta.assistants.create(model="gpt-4o")
        words = ""
        async with client.beta.threads.create_and_run_stream(
            assistant_id=helper.id, thread={"messages": [{"role": "user", "content": "Hello"}]}
        ) as stream:
            async for text in stream.text_deltas:
                words += text
        return words

    assert asyncio.run(converse())
    assert asyncio.run(converse())


def test_every_answer_says_so_to_asyncio_clients_alone(parting: Server) -> None:
    """Refusals too; other clients keep their connections."""
    with openai.OpenAI(base_url=parting.base_url, api_key="sync", max_retries=0) as client:
        assert "connection" not in client.models.with_raw_response.list().headers

    async def refused() -> openai.NotFoundError:
        async with openai.AsyncOpenAI(base_url=parting.base_url, api_key="a", max_retries=0) as client:
            with pytest.raises(openai.NotFoundError) as error:
                await client.beta.threads.retrieve("thread_none")
            return error.value

    assert asyncio.run(refused()).response.headers["connection"] == "close"


def test_a_server_keeps_all_connections_unless_it_is_told(server: Server) -> None:
    async def asked() -> str | None:
        async with openai.AsyncOpenAI(base_url=server.base_url, api_key="kept", max_retries=0) as client:
            answer = await client.models.with_raw_response.list()
            connection: str | None = answer.headers.get("connection")
            return connection

    assert asyncio.run(asked()) is None
