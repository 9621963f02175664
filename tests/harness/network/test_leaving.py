"""While a test runs on the mock, nothing leaves for the real API."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import httpx
import httpx2
import openai
import pytest
import requests

from harness.network.leaving import HOSTS, LeavingError, refusing_to_leave
from mockserver.server import Server

MOCK = "http://127.0.0.1:8000/v1"
REAL = "https://api.openai.com/v1/models"


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Whoever is let through gets no further than to ask for an address; for which ones was asked."""
    asked: list[str] = []
    plain = socket.getaddrinfo

    def known_here(host: Any, *args: Any, **options: Any) -> Any:
        if host in (None, "127.0.0.1", "localhost"):
            return plain(host, *args, **options)
        asked.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "there is no network here")

    monkeypatch.setattr(socket, "getaddrinfo", known_here)
    return asked


@pytest.mark.parametrize(
    "host",
    [
        *("api.openai.com", "API.OpenAI.com", "api.openai.com.", b"api.openai.com"),
        *("mine.openai.azure.com", "mine.services.ai.azure.com", "mine.cognitiveservices.azure.com"),
    ],
)
def test_the_hosts_of_the_real_api_have_no_address(host: str | bytes, no_network: list[str]) -> None:
    with refusing_to_leave(MOCK):
        with pytest.raises(LeavingError) as raised:
            socket.getaddrinfo(host, 443)
        with pytest.raises(LeavingError):
            socket.create_connection((host, 443))  # type: ignore[arg-type]
    name = host.decode() if isinstance(host, bytes) else host
    assert raised.value.host == name.lower().rstrip(".")
    assert no_network == []


@pytest.mark.parametrize(
    "host", ["example.org", "openai.com.example.org", "notopenai.azure.com", "127.0.0.1"]
)
def test_others_have(host: str, no_network: list[str]) -> None:
    with refusing_to_leave(MOCK):
        with suppress(socket.gaierror):
            socket.getaddrinfo(host, 443)
            assert host == "127.0.0.1"
        assert no_network == ([] if host == "127.0.0.1" else [host])
        assert socket.getaddrinfo(None, 443, 0, socket.SOCK_STREAM, 0, socket.AI_PASSIVE)


def test_the_message_names_the_host_the_mock_and_the_ways_out() -> None:
    with refusing_to_leave(MOCK), pytest.raises(LeavingError) as raised:
        openai.OpenAI(base_url="https://api.openai.com/v1", api_key="sk-real").models.list()
    assert str(raised.value) == (
        "a call was about to leave for api.openai.com, while this test runs on the mock at"
        " http://127.0.0.1:8000/v1. Either\n"
        "- let the program use the mock: make its client without a base_url, so that it reads\n"
        "  OPENAI_BASE_URL (or AZURE_OPENAI_ENDPOINT), after that was set;\n"
        "- or have its calls brought to the mock in process: --assistants-intercept;\n"
        "- or let them through to the real API: assistants_allow_hosts = api.openai.com"
    )
    assert not isinstance(raised.value, Exception)


async def by_asyncio() -> None:
    await asyncio.open_connection("api.openai.com", 443)


async def by_async_httpx() -> None:
    async with httpx.AsyncClient() as client:
        await client.get(REAL)


async def by_async_httpx2() -> None:
    async with httpx2.AsyncClient() as client:
        await client.get(REAL)


async def by_the_async_sdk() -> None:
    async with openai.AsyncOpenAI(base_url="https://api.openai.com/v1", api_key="x") as client:
        await client.models.list()


async def by_azure() -> None:
    async with openai.AsyncAzureOpenAI(
        azure_endpoint="https://mine.openai.azure.com", api_key="x", api_version="2024-05-01-preview"
    ) as client:
        await client.models.list()


def by_the_sdk() -> None:
    with openai.OpenAI(base_url="https://api.openai.com/v1", api_key="x") as client:
        client.models.list()


def in_a_thread() -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(by_the_sdk).result()


CALLERS: list[Callable[[], object]] = [
    lambda: httpx.get(REAL),
    lambda: httpx2.get(REAL),
    lambda: requests.get(REAL, timeout=5),
    lambda: urllib.request.urlopen(REAL, timeout=5),
    by_the_sdk,
    in_a_thread,
    *(
        (lambda program=program: asyncio.run(program()))
        for program in (by_asyncio, by_async_httpx, by_async_httpx2, by_the_async_sdk, by_azure)
    ),
]
NAMES = [
    *("httpx", "httpx2", "requests", "urllib", "the SDK", "a thread"),
    *("asyncio", "async httpx", "async httpx2", "the async SDK", "Azure"),
]


@pytest.mark.parametrize("call", CALLERS, ids=NAMES)
@pytest.mark.parametrize("proxy", [None, "http://proxy.test:3128"])
def test_whoever_calls_is_refused(
    call: Callable[[], object], proxy: str | None, no_network: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind a proxy too, which would be asked to call in their place."""
    if proxy is not None:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy)
    with refusing_to_leave(MOCK), pytest.raises(LeavingError):
        call()
    assert no_network == []


def test_the_mock_is_called_as_ever(server: Server, key: str) -> None:
    with (
        refusing_to_leave(server.base_url),
        openai.OpenAI(base_url=server.base_url, api_key=key) as client,
    ):
        assert client.models.list().data


@pytest.mark.parametrize(
    "glob", ["mine.openai.azure.com", "*.openai.azure.com", "*", "Mine.OpenAI.azure.com."]
)
def test_what_is_allowed_may_leave(glob: str, no_network: list[str]) -> None:
    with refusing_to_leave(MOCK, allow=["other.example", glob]), pytest.raises(socket.gaierror):
        socket.getaddrinfo("mine.openai.azure.com", 443)
    assert no_network == ["mine.openai.azure.com"]


def test_what_is_allowed_may_leave_through_a_proxy(
    no_network: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.test:3128")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with refusing_to_leave(MOCK, allow=["mine.openai.azure.com"]), pytest.raises(httpx2.ConnectError):
        httpx2.get("https://mine.openai.azure.com/openai/models")
    assert no_network == ["proxy.test"]


@pytest.mark.parametrize(
    ("host", "intercepted", "offered"),
    [
        ("api.openai.com", None, "brought to the mock in process: --assistants-intercept"),
        (
            "api.openai.com",
            ["api.openai.com"],
            "have it call with httpx: --assistants-intercept sees no other",
        ),
        ("mine.openai.azure.com", None, ""),
        ("mine.openai.azure.com", ["api.openai.com"], ""),
    ],
)
def test_intercepting_is_offered_where_it_helps(
    host: str, intercepted: list[str] | None, offered: str
) -> None:
    with refusing_to_leave(MOCK, intercepted=intercepted), pytest.raises(LeavingError) as refused:
        socket.getaddrinfo(host, 443)
    assert offered in str(refused.value)
    assert ("intercept" in str(refused.value)) is bool(offered)


def test_of_several_the_newest_counts() -> None:
    def refused(base_url: str) -> None:
        with pytest.raises(LeavingError, match=base_url):
            socket.getaddrinfo("api.openai.com", 443)

    with refusing_to_leave("http://first/v1"):
        with refusing_to_leave("http://second/v1", allow=["api.openai.com"]):
            with pytest.raises(socket.gaierror):
                socket.getaddrinfo("api.openai.com", 443)
            with refusing_to_leave("http://third/v1"):
                refused("http://third/v1")
        refused("http://first/v1")


def test_guards_that_come_and_go_in_threads() -> None:
    """However they overlap: as long as one stands nothing leaves, and nothing is left of them."""
    plain, environment = socket.getaddrinfo, dict(os.environ)
    together = threading.Barrier(4)

    def guarded() -> int:
        refused = 0
        together.wait()
        for _ in range(50):
            with refusing_to_leave(MOCK):
                try:
                    socket.getaddrinfo("api.openai.com", 443)
                except LeavingError:
                    refused += 1
        return refused

    with ThreadPoolExecutor(4) as pool:
        results = [pool.submit(guarded) for _ in range(4)]
    assert [result.result() for result in results] == [50] * 4
    assert socket.getaddrinfo is plain
    assert dict(os.environ) == environment


@pytest.mark.parametrize("before", [None, "", "corp.example"])
def test_afterwards_everything_is_as_it_was(before: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        if before is not None:
            monkeypatch.setenv(name, before)
    plain, environment = socket.getaddrinfo, dict(os.environ)
    with suppress(ZeroDivisionError), refusing_to_leave(MOCK):
        assert "api.openai.com" in os.environ["NO_PROXY"]
        assert os.environ["NO_PROXY"].startswith(before or "api")
        raise ZeroDivisionError
    assert socket.getaddrinfo is plain
    assert dict(os.environ) == environment


def test_what_somebody_else_changed_meanwhile_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Theirs may call ours: then that lets everything through."""

    def theirs(*args: Any, **options: Any) -> Any:
        return guarded(*args, **options)

    with refusing_to_leave(MOCK):
        guarded = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", theirs)
        monkeypatch.setenv("NO_PROXY", "theirs.example")
        with pytest.raises(LeavingError):
            socket.getaddrinfo("api.openai.com", 443)
    assert socket.getaddrinfo is theirs
    assert os.environ["NO_PROXY"] == "theirs.example"
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("api.openai.com", 443)


def test_the_hosts_of_the_real_api_are_a_few() -> None:
    azure = ("*.openai.azure.com", "*.services.ai.azure.com", "*.cognitiveservices.azure.com")
    assert ("api.openai.com", *azure) == HOSTS
