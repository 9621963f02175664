"""One SDK client as the checks see it, synchronous or not, and the control door beside it.

Each check is written once, as a coroutine, for both clients: `got`, `every` and `opened` take what either of
them gives. Imports nothing but the standard library and the SDK, which may be any from 1.30 on, with anyio
that it brings.
"""

from __future__ import annotations

import inspect
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import anyio
import openai

Json = dict[str, Any]
MODEL = "gpt-4o"


class Skip(Exception):  # noqa: N818 - nothing went wrong
    """This SDK cannot do what the check is about; the text says why."""


@dataclass
class Sdk:
    """What a check works with. `locked_url` is a server that accepts only a key nobody here knows."""

    client: Any
    base_url: str
    api_key: str
    locked_url: str = ""
    notes: list[str] = field(default_factory=list)

    @property
    def asynchronous(self) -> bool:
        """Whether the client is the asynchronous one."""
        return isinstance(self.client, openai.AsyncOpenAI)

    @property
    def assistants(self) -> Any:
        """`client.beta.assistants`."""
        return self.client.beta.assistants

    @property
    def threads(self) -> Any:
        """`client.beta.threads`."""
        return self.client.beta.threads

    @property
    def runs(self) -> Any:
        """`client.beta.threads.runs`."""
        return self.client.beta.threads.runs

    @property
    def messages(self) -> Any:
        """`client.beta.threads.messages`."""
        return self.client.beta.threads.messages

    @property
    def files(self) -> Any:
        """`client.files`."""
        return self.client.files

    @property
    def uploads(self) -> Any:
        """`client.uploads`. Raises Skip."""
        if not hasattr(self.client, "uploads"):
            raise Skip("this SDK has no `uploads`")
        return self.client.uploads

    @property
    def vector_stores(self) -> Any:
        """`client.vector_stores`, which lay below `beta` at first."""
        return getattr(self.client, "vector_stores", None) or self.client.beta.vector_stores

    def other(self, **options: Any) -> Any:
        """Another client of the same kind."""
        return type(self.client)(**{"base_url": self.base_url, "api_key": self.api_key, **options})

    def door(self, method: str, path: str, body: Any = None) -> Json:
        """Call the control door of this client's project; anything but a 2xx is an error of the check."""
        url = urlsplit(self.base_url)
        connection = HTTPConnection(url.hostname or "", url.port, timeout=10)
        try:
            headers = {"Authorization": f"Bearer {self.api_key}", "Content-Type": "application/json"}
            payload = None if body is None else json.dumps(body)
            connection.request(method, f"/_mock{path}", payload, headers)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        assert response.status // 100 == 2, f"{method} /_mock{path}: {response.status} {text}"
        answer: Json = json.loads(text) if text else {}
        return answer

    def new_world(self, **settings: Any) -> None:
        """Start from nothing: no objects, no reply rules; the server's settings with these changes."""
        self.door("POST", "/world", settings)

    def script(self, *rules: Json) -> None:
        """Say what the pretended model does."""
        self.door("POST", "/replies", list(rules))

    def advance(self, seconds: float) -> None:
        """Move the world's time."""
        self.door("POST", "/clock/advance", {"seconds": seconds})

    async def assistant(self, **options: Any) -> Any:
        """An assistant to work with."""
        return await got(self.assistants.create(**{"model": MODEL, "name": "Ada", **options}))

    async def thread(self, text: str = "What is the capital of France?") -> Any:
        """A thread with one message of the user."""
        return await got(self.threads.create(messages=[{"role": "user", "content": text}]))


def needs(resource: Any, method: str, option: str = "") -> None:
    """Raises Skip where a resource of this SDK has no such method, or the method no such option."""
    function = getattr(resource, method, None)
    if function is None:
        raise Skip(f"this SDK's {type(resource).__name__} has no `{method}`")
    if option and option not in inspect.signature(function).parameters:
        raise Skip(f"this SDK's {type(resource).__name__}.{method} has no `{option}`")


@contextmanager
def awake() -> Iterator[None]:
    """Inside, a poll helper that sleeps fails: in virtual time there is nothing to wait for."""

    def watched(sleep: Callable[[float], Any]) -> Callable[[float], Any]:
        def checked(seconds: float) -> Any:
            assert seconds == 0, f"the SDK sleeps for {seconds} s"
            return sleep(seconds)

        return checked

    with (
        patch("time.sleep", watched(time.sleep)),
        patch("anyio.sleep", watched(anyio.sleep)),
    ):
        yield


async def got(value: Any) -> Any:
    """What a call gives: the synchronous client's value as it is, the asynchronous one's awaited."""
    return await value if inspect.isawaitable(value) else value


async def every(source: Any) -> list[Any]:
    """All that a page, with those after it, or a stream gives."""
    if hasattr(source, "__aiter__"):
        return [item async for item in source]
    return list(source)


@asynccontextmanager
async def opened(manager: Any) -> AsyncIterator[Any]:
    """Enter a stream helper's context, whichever kind it is."""
    if hasattr(manager, "__aenter__"):
        async with manager as stream:
            yield stream
    else:
        with manager as stream:
            yield stream


async def refused(call: Any, kind: type[openai.APIStatusError]) -> Any:
    """The error that a call must end in; `call` takes no arguments and makes it."""
    try:
        await got(call())
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}")
