"""Clients of the official SDK for a server on this machine, made in a millisecond."""

from __future__ import annotations

import importlib
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import openai


def sync_client(base_url: str, api_key: str, /, **options: Any) -> openai.OpenAI:
    """An `openai.OpenAI`; `options` are its own. Raises ImportError when the SDK is not installed."""
    sdk = _sdk()
    if "http_client" not in options and _is_near(base_url):
        options["http_client"] = sdk.DefaultHttpxClient(verify=False, trust_env=False)
    client: openai.OpenAI = sdk.OpenAI(**{"base_url": base_url, "api_key": api_key} | options)
    return client


def async_client(base_url: str, api_key: str, /, **options: Any) -> openai.AsyncOpenAI:
    """An `openai.AsyncOpenAI` that keeps no connection from one call to the next.

    So it serves any event loop, several in a row, and there is nothing left to close when one of them is
    gone. `options` are the client's own. Raises ImportError when the SDK is not installed.
    """
    sdk = _sdk()
    if "http_client" not in options and _is_near(base_url):
        # httpx, or httpx2 from version 3 of the SDK on.
        transport = importlib.import_module(sdk.DefaultAsyncHttpxClient.__base__.__module__.partition(".")[0])
        options["http_client"] = sdk.DefaultAsyncHttpxClient(
            verify=False, trust_env=False, limits=transport.Limits(max_keepalive_connections=0)
        )
    client: openai.AsyncOpenAI = sdk.AsyncOpenAI(**{"base_url": base_url, "api_key": api_key} | options)
    return client


def _sdk() -> Any:
    try:
        return importlib.import_module("openai")
    except ImportError as error:
        raise ImportError(
            "ready-made clients need the OpenAI SDK: pip install 'assistants-mock[pytest]'"
        ) from error


def _is_near(base_url: str) -> bool:
    """Whether a server is on this machine and speaks plain HTTP.

    Then neither certificates (40 ms to read, and not there under a pretended file system) nor a proxy have
    anything to do with it.
    """
    url = urlsplit(base_url)
    try:
        loopback = url.hostname == "localhost" or ip_address(url.hostname or "").is_loopback
    except ValueError:  # another name
        loopback = False
    return url.scheme == "http" and loopback
