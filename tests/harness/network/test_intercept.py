"""Requests that code makes to the real API are answered by the mock, through httpx and httpx2."""

from __future__ import annotations

import asyncio
import importlib
import json
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import httpcore2
import httpx
import httpx2
import openai
import pytest
import respx

from harness.control import Control
from harness.network.intercept import InterceptionError, intercepting
from harness.network.leaving import refusing_to_leave
from mockserver.server import Server

REAL = "https://api.openai.com/v1"
Send = Callable[..., Any]
"""Sends a request by `(method, url, **options)` and reads the whole answer."""


@pytest.fixture(params=["httpx", "async httpx", "httpx2", "async httpx2"])
def send(request: pytest.FixtureRequest) -> Send:
    """The four ways to send a request."""
    kind, _, name = request.param.rpartition(" ")
    module: Any = importlib.import_module(name)

    async def sent(method: str, url: str, **options: Any) -> Any:
        async with module.AsyncClient() as client:
            return await client.request(method, url, **options)

    def send(method: str, url: str, **options: Any) -> Any:
        if kind:
            return asyncio.run(sent(method, url, **options))
        with module.Client() as client:
            return client.request(method, url, **options)

    return send


@pytest.fixture
def headers(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}", "OpenAI-Beta": "assistants=v2"}


@pytest.fixture(autouse=True)
def no_way_out(server: Server) -> Iterator[None]:
    """What is not intercepted would raise LeavingError."""
    with refusing_to_leave(server.base_url):
        yield


def test_a_request_reaches_the_mock(send: Send, server: Server, headers: dict[str, str]) -> None:
    with intercepting(server.base_url):
        made = send("POST", f"{REAL}/threads", headers=headers, json={"metadata": {"a": "é"}})
        read = send("GET", f"{REAL}/threads/{made.json()['id']}", headers=headers)
        missing = send("GET", f"{REAL}/threads/thread_x", headers=headers)
    assert (made.status_code, read.status_code) == (200, 200)
    assert made.json()["metadata"] == read.json()["metadata"] == {"a": "é"}
    assert missing.status_code == 404
    assert missing.json()["error"]["message"] == "No thread found with id 'thread_x'."
    assert str(read.url) == f"{REAL}/threads/{made.json()['id']}", "the client knows nothing of it"


def test_all_of_it_arrives_but_the_host(send: Send, echo: str) -> None:
    """In order and as written; path and query stay as they are."""
    given = {"X-Custom": "1", "OpenAI-Organization": "org-1", "Cookie": "a=b", "User-Agent": "program/1"}
    url = f"{REAL}/a%2Fb/c%20d?after=x%26y&limit=5"
    with intercepting(f"{echo}/v1"):
        answer = send("PUT", url, headers=given, content=b"x" * 70_000)
    told = answer.json()
    assert (told["method"], told["path"]) == ("PUT", "/v1/a%2Fb/c%20d?after=x%26y&limit=5")
    assert told["body"] == 70_000
    arrived = dict(told["headers"])
    assert arrived["Host"] == echo.removeprefix("http://")
    assert given.items() <= arrived.items()
    assert arrived["Content-Length"] == "70000"
    assert answer.headers["X-Answer"] == "yes"
    assert answer.http_version == "HTTP/1.1"


def test_a_server_below_a_path(send: Send, echo: str) -> None:
    with intercepting(f"{echo}/mock/v1/"):
        assert send("GET", f"{REAL}/models").json()["path"] == "/mock/v1/models"
    with intercepting(echo):
        assert send("GET", "http://api.openai.com:80/v1/models?x").json()["path"] == "/v1/models?x"


def test_an_upload_that_is_made_as_it_goes(send: Send, echo: str) -> None:
    """A body without a length, of many parts."""

    def parts() -> Iterator[bytes]:
        for _ in range(40):
            yield b"y" * 5000

    async def async_parts() -> AsyncIterator[bytes]:
        for part in parts():
            yield part

    with intercepting(f"{echo}/v1"):
        try:
            told = send("POST", f"{REAL}/files", content=parts()).json()
        except RuntimeError:  # an async client, which wants another kind
            told = send("POST", f"{REAL}/files", content=async_parts()).json()
    assert told["body"] == 200_000


def test_a_form_with_a_file(send: Send, server: Server, headers: dict[str, str]) -> None:
    form: dict[str, Any] = {"files": {"file": ("a.txt", b"z" * 300_000)}, "data": {"purpose": "assistants"}}
    with intercepting(server.base_url):
        made = send("POST", f"{REAL}/files", headers=headers, **form).json()
        content = send("GET", f"{REAL}/files/{made['id']}", headers=headers).json()
    assert (made["bytes"], content["filename"]) == (300_000, "a.txt")


def test_who_asks_others_is_not_led_astray(send: Send, server: Server, echo: str) -> None:
    with intercepting(server.base_url):
        assert send("GET", f"{echo}/v1/models").json()["path"] == "/v1/models"


def test_who_asks_the_mock_itself_reaches_it(send: Send, server: Server, headers: dict[str, str]) -> None:
    """Even if its own host is among those that are intercepted."""
    with intercepting(server.base_url, hosts=["api.openai.com", "127.0.0.1"]):
        assert send("GET", f"{server.base_url}/models", headers=headers).status_code == 200


def test_hosts_may_be_globs(send: Send, echo: str) -> None:
    with intercepting(echo, hosts=["*.openai.azure.com"]):
        told = send("GET", "https://Mine.openai.azure.com/openai/threads/x?api-version=1").json()
    assert told["path"] == "/openai/threads/x?api-version=1"


def test_the_innermost_counts(send: Send, echo: str, server: Server, headers: dict[str, str]) -> None:
    with intercepting(server.base_url), intercepting(echo, hosts=["other.test"]):
        assert send("GET", "https://other.test/x").json()["path"] == "/x"
        assert send("GET", f"{REAL}/models", headers=headers).json()["object"] == "list"
        with intercepting(f"{echo}/v1"):
            assert send("GET", f"{REAL}/models").json()["path"] == "/v1/models"
        assert send("GET", f"{REAL}/models", headers=headers).json()["object"] == "list"


def test_afterwards_nothing_is_left(send: Send, server: Server) -> None:
    sync, later = httpcore2.ConnectionPool.handle_request, httpcore2.AsyncConnectionPool.handle_async_request
    older = httpx.HTTPTransport.handle_request
    with pytest.raises(ZeroDivisionError), intercepting(server.base_url):
        send("GET", f"{REAL}/models", headers={"Authorization": f"Bearer {1 // 0}"})
    assert httpcore2.ConnectionPool.handle_request is sync
    assert httpcore2.AsyncConnectionPool.handle_async_request is later
    assert httpx.HTTPTransport.handle_request is older
    assert respx.mocks.HTTPCoreMocker.routers == []
    assert respx.mocks.HTTPCoreMocker._patches == []


def test_a_broken_connection_is_one(
    send: Send, server: Server, headers: dict[str, str], control: Control
) -> None:
    """In the words of each library, and the connection is closed on both sides."""
    control.arm("reset_before", "threads.create")
    control.arm("cut_body", "threads.retrieve")
    with intercepting(server.base_url):
        with pytest.raises((httpx.NetworkError, httpx2.NetworkError)):
            send("POST", f"{REAL}/threads", headers=headers, json={})
        thread = send("POST", f"{REAL}/threads", headers=headers, json={}).json()["id"]
        with pytest.raises((httpx.RemoteProtocolError, httpx2.RemoteProtocolError)):
            send("GET", f"{REAL}/threads/{thread}", headers=headers)


def test_where_nobody_listens(send: Send) -> None:
    with intercepting("http://127.0.0.1:9/v1"), pytest.raises((httpx.ConnectError, httpx2.ConnectError)):
        send("GET", f"{REAL}/models")


def test_time_outs_of_the_client_hold(send: Send) -> None:
    """They go along with the request, to somebody who takes it and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        with intercepting(f"http://127.0.0.1:{silent.getsockname()[1]}/v1"):
            with pytest.raises((httpx.ReadTimeout, httpx2.ReadTimeout)):
                send("GET", f"{REAL}/models", timeout=(60, 0.002, 60, 60))


# The SDK


def test_the_sdk_is_answered(server: Server, key: str) -> None:
    """A client of before with the address built in, streams included."""
    with openai.OpenAI(base_url=REAL, api_key=key) as client, intercepting(server.base_url):
        assistant = client.beta.assistants.create(model="gpt-4o", instructions="Be brief.")
        thread = client.beta.threads.create(messages=[{"role": "user", "content": "Well?"}])
        run = client.beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id)
        assert run.status == "completed"
        with client.beta.threads.runs.stream(thread_id=thread.id, assistant_id=assistant.id) as stream:
            pieces = list(stream.text_deltas)
        assert len(pieces) > 3
        (said,) = client.beta.threads.messages.list(thread.id).data[0].content
        assert said.type == "text"
        assert said.text.value == "".join(pieces)
        made = client.files.create(file=("a.txt", b"x" * 1_000_000), purpose="assistants")
        assert client.files.retrieve(made.id).bytes == 1_000_000
        with pytest.raises(openai.NotFoundError, match="thread_x"):
            client.beta.threads.retrieve("thread_x")


def test_the_async_sdk_is_answered(server: Server, key: str) -> None:
    async def main() -> list[str]:
        async with openai.AsyncOpenAI(base_url=REAL, api_key=key) as client:
            assistant = await client.beta.assistants.create(model="gpt-4o", instructions="Be brief.")

            async def ask(number: int) -> str:
                text = f"Question {number}?"
                thread = await client.beta.threads.create(messages=[{"role": "user", "content": text}])
                runs = client.beta.threads.runs
                async with runs.stream(thread_id=thread.id, assistant_id=assistant.id) as stream:
                    return "".join([piece async for piece in stream.text_deltas])

            return await asyncio.gather(*(ask(number) for number in range(8)))

    with intercepting(server.base_url):
        answers = asyncio.run(main())
    assert [f"Question {number}?" in answer for number, answer in enumerate(answers)] == [True] * 8


def test_threads_that_call_at_the_same_time(server: Server, key: str) -> None:
    with openai.OpenAI(base_url=REAL, api_key=key) as client, intercepting(server.base_url):
        with ThreadPoolExecutor(8) as pool:
            threads = list(pool.map(lambda _: client.beta.threads.create().id, range(40)))
    assert len(set(threads)) == 40


def test_a_stream_that_is_left_half_read_closes_its_connection(
    server: Server, key: str, control: Control
) -> None:
    control.add_replies({"then": {"reply": "word " * 2000}})
    with openai.OpenAI(base_url=REAL, api_key=key) as client, intercepting(server.base_url):
        assistant = client.beta.assistants.create(model="gpt-4o", instructions="Be brief.")
        with client.beta.threads.create_and_run(assistant_id=assistant.id, stream=True) as stream:
            next(iter(stream))
        assert client.beta.assistants.retrieve(assistant.id).id == assistant.id


# What is missing


class _Without:
    """`find_spec` on a machine without some packages."""

    def __init__(self, *missing: str) -> None:
        self._missing = missing

    def __call__(self, name: str) -> ModuleSpec | None:
        return None if name in self._missing else importlib.util.find_spec(name)


def test_without_respx_httpx_is_not_intercepted_in_silence(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.network.intercept.find_spec", _Without("respx"))
    said = r"intercepted by respx, and that is not installed: pip install 'assistants-mock\[intercept\]'"
    with pytest.raises(InterceptionError, match=said), intercepting(server.base_url):
        pass
    monkeypatch.setattr("harness.network.intercept.find_spec", _Without("respx", "httpx2"))
    monkeypatch.delitem(sys.modules, "httpx")
    with pytest.raises(InterceptionError, match=said), intercepting(server.base_url):
        pass


def test_without_respx_nothing_is_missing_if_nobody_uses_httpx(
    server: Server, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.network.intercept.find_spec", _Without("respx"))
    monkeypatch.delitem(sys.modules, "httpx")
    with openai.OpenAI(base_url=REAL, api_key=key) as client, intercepting(server.base_url):
        assert client.models.list().data


def test_httpx2_may_go_by_the_name_of_httpx(
    server: Server, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`httpx2.alias_httpx()`."""
    monkeypatch.setattr("harness.network.intercept.find_spec", _Without("respx"))
    monkeypatch.setitem(sys.modules, "httpx", sys.modules["httpx2"])
    with openai.OpenAI(base_url=REAL, api_key=key) as client, intercepting(server.base_url):
        assert client.models.list().data


def test_without_httpx2_httpx_is_intercepted(
    server: Server, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.network.intercept.find_spec", _Without("httpx2"))
    plain = httpcore2.ConnectionPool.handle_request
    with intercepting(server.base_url):
        assert httpcore2.ConnectionPool.handle_request is plain
        assert httpx.get(f"{REAL}/models", headers=headers).status_code == 200


def test_without_any_of_them_there_is_nothing_to_intercept(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.network.intercept.find_spec", _Without("httpx", "httpx2", "respx"))
    monkeypatch.delitem(sys.modules, "httpx")
    with intercepting(server.base_url):
        assert isinstance(json, ModuleType)


@pytest.mark.parametrize("address", ["", "127.0.0.1:8000", "ftp://example.org"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="is not the address of a server"), intercepting(address):
        pass
