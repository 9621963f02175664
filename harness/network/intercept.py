"""Brings requests made to the real API to the mock, in process: for code that has its address built in.

    with intercepting("http://127.0.0.1:8000/v1"):
        openai.OpenAI(base_url="https://api.openai.com/v1").models.list()  # answered by the mock

Works for what is sent through httpx (openai 1 and 2) by respx, and for what is sent through httpx2 (openai
3) by its transport's pools; sync and async, streams and uploads. Other transports (aiohttp) are not seen.

A test may use respx for services of its own at the same time. Its routes come first, also those for the
API's hosts; what they do not know of those hosts goes to the mock, and what they do not know of others is
refused, as ever. Without interception respx refuses the mock as well, unless it is told otherwise:
`respx_mock.route(host="127.0.0.1").pass_through()`.
"""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from typing import Any

from harness.network.forwarding import Detour, forward, forward_async

HOSTS = ("api.openai.com",)


class InterceptionError(Exception):
    """Requests cannot be intercepted here, and what is missing."""


@contextmanager
def intercepting(base_url: str, hosts: Collection[str] = HOSTS) -> Iterator[None]:
    """Inside, requests to these hosts (globs are allowed) are answered by the server at `base_url`.

    Raises InterceptionError when httpx is in use and respx is not installed, ValueError when `base_url` is no
    address.
    """
    detour = Detour(base_url, hosts)
    with ExitStack() as stack:
        newer = find_spec("httpx2") is not None
        if newer:
            stack.enter_context(_through_httpcore2(detour))
        if _is_httpx_there():
            if find_spec("respx") is not None:
                stack.enter_context(_router(detour))
            elif not newer or "httpx" in sys.modules:
                raise InterceptionError(
                    "requests made through httpx are intercepted by respx, and that is not installed: "
                    "pip install 'assistants-mock[intercept]'"
                )
        yield


def _is_httpx_there() -> bool:
    """Whether there is an httpx; httpx2 may go by that name."""
    loaded = sys.modules.get("httpx")
    if loaded is not None:
        return loaded.__name__ == "httpx"
    return find_spec("httpx") is not None


@contextmanager
def _through_httpcore2(detour: Detour) -> Iterator[None]:
    core = importlib.import_module("httpcore2")
    plain, plain_async = core.ConnectionPool.handle_request, core.AsyncConnectionPool.handle_async_request

    @functools.wraps(plain)
    def handle_request(pool: Any, request: Any) -> Any:
        if not detour.leads_from(request.url.host):
            return plain(pool, request)
        return forward(core, detour.request(core, request, request.url.target), plain)

    @functools.wraps(plain_async)
    async def handle_async_request(pool: Any, request: Any) -> Any:
        if not detour.leads_from(request.url.host):
            return await plain_async(pool, request)
        return await forward_async(core, detour.request(core, request, request.url.target), plain_async)

    core.ConnectionPool.handle_request = handle_request
    core.AsyncConnectionPool.handle_async_request = handle_async_request
    try:
        yield
    finally:
        if core.ConnectionPool.handle_request is handle_request:
            core.ConnectionPool.handle_request = plain
        if core.AsyncConnectionPool.handle_async_request is handle_async_request:
            core.AsyncConnectionPool.handle_async_request = plain_async


@contextmanager
def _router(detour: Detour) -> Iterator[None]:
    """A router of respx that leads to the mock."""
    from harness.network.respxrouter import DetourRouter

    with DetourRouter(detour):
        yield
