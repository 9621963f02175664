"""Ready-made clients: cheap, closed in time, and at home in any event loop."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import warnings
from typing import Any

import pytest

from harness.handle.assistants import Assistants
from harness.handle.clients import async_client, sync_client


def test_a_client_is_made_once_and_closed_with_the_handle(handle: Assistants) -> None:
    client = handle.client()
    assert handle.client() is client
    assert client.max_retries == 2
    other = handle.client(max_retries=0)
    assert other is not client
    assert other.max_retries == 0
    client.beta.threads.create()
    other.beta.threads.create()
    assert handle.history.ops("threads.create") == 2
    handle.close()
    assert client.is_closed()
    assert other.is_closed()


def test_after_the_client_was_closed_there_is_another(handle: Assistants) -> None:
    with handle.client() as client:
        client.beta.threads.create()
    handle.client().beta.threads.create()
    assert handle.history.ops("threads.create") == 2


def test_options_go_to_the_sdk(handle: Assistants, key: str) -> None:
    client = handle.client(api_key=f"{key}-other", default_headers={"X-Mock-Fault": "429(retry_after=30s)"})
    assert client.api_key == f"{key}-other"
    assert str(client.base_url).startswith(handle.base_url)
    with pytest.raises(TypeError):
        handle.client(retries=3)


def test_an_async_client_serves_several_loops_and_leaves_nothing_open(handle: Assistants) -> None:
    client = handle.async_client()

    async def converse() -> str:
        assistant = await client.beta.assistants.create(model="gpt-4o")
        thread = await client.beta.threads.create(messages=[{"role": "user", "content": "Hello?"}])
        runs = client.beta.threads.runs
        async with runs.stream(thread_id=thread.id, assistant_id=assistant.id) as stream:
            await stream.until_done()
        await asyncio.gather(*(client.beta.threads.retrieve(thread.id) for _ in range(3)))
        return thread.id

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", ResourceWarning)
        assert asyncio.run(converse()) != asyncio.run(converse())
        handle.close()
        gc.collect()
    assert not [warning for warning in told if issubclass(warning.category, ResourceWarning)]


def test_an_async_client_can_be_closed_by_whoever_uses_it(handle: Assistants) -> None:
    async def use() -> None:
        async with handle.async_client(max_retries=0) as client:
            await client.beta.threads.create()
        assert client.is_closed()

    asyncio.run(use())
    assert handle.history.names == ["threads.create"]


@pytest.mark.parametrize("make", [sync_client, async_client])
@pytest.mark.parametrize(
    ("base_url", "near"),
    [
        ("http://127.0.0.1:1/v1", True),
        ("http://localhost:1/v1", True),
        ("http://[::1]:1/v1", True),
        ("http://127.0.0.1.example.com/v1", False),
        ("https://127.0.0.1:1/v1", False),
        ("http://192.168.0.1:1/v1", False),
    ],
)
def test_only_a_server_on_this_machine_is_spoken_to_without_certificates_and_proxies(
    monkeypatch: pytest.MonkeyPatch, make: Any, base_url: str, near: bool
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid:3128")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.invalid:3128")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    client = make(base_url, "any")
    assert client._client.trust_env is not near
    if make is sync_client:
        client.close()


def test_a_client_of_ones_own_is_left_alone(handle: Assistants) -> None:
    import openai

    own = openai.DefaultHttpxClient(verify=False)
    client = handle.client(http_client=own)
    assert client._client is own
    client.beta.threads.create()


def test_without_the_sdk_it_is_said_what_to_install(
    monkeypatch: pytest.MonkeyPatch, handle: Assistants
) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    for make in (handle.client, handle.async_client):
        with pytest.raises(ImportError, match=r"pip install 'assistants-mock\[pytest\]'"):
            make()


WITHOUT_SDK = """
import sys
from harness.handle.assistants import Assistants
from harness.handle.timelines import story

with Assistants(*sys.argv[1:], settings={"seed": 1}) as handle:
    handle.backend.run().replies("x")
    handle.clock.advance(1)
    handle.assert_clean()
    story(handle)
    assert handle.history.ops("runs.create") == 0
outside = {name.partition(".")[0] for name in sys.modules} & {"openai", "httpx", "httpx2", "pytest", "anyio"}
print(*outside)
"""


def test_the_handle_itself_needs_no_sdk(handle: Assistants) -> None:
    command = [sys.executable, "-c", WITHOUT_SDK, handle.base_url, handle.api_key]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "\n"
