"""One server for a whole test process, a fresh world for every test.

A test that takes `client`, `control` and `raw` sees one and the same world through all three.
"""

from __future__ import annotations

import http.client
import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import openai
import pytest

from harness.control import Control
from mockserver.server import Server

collect_ignore = ["apps", "matrix/suite"]
"""Suites of their own, with settings of their own: `harness/test_apps.py` and the matrix run them."""


@dataclass(frozen=True)
class Answer:
    """What came back: `body` is the parsed JSON, None where the answer is no JSON; `raw` its bytes."""

    status: int
    headers: Mapping[str, str]
    body: Any
    raw: bytes

    def events(self) -> list[tuple[str, Any]]:
        """The server-sent events of a stream: name and parsed data (the text itself where it is no JSON)."""
        found = []
        for block in self.raw.decode().split("\n\n")[:-1]:
            name, data = block.split("\n")
            text = data.removeprefix("data: ")
            found.append((name.removeprefix("event: "), json.loads(text) if text != "[DONE]" else text))
        return found


class Raw:
    """Requests without an SDK in between: `raw("POST", "/v1/threads", {"metadata": {}})`.

    `body` is sent as JSON, bytes as they are, None as no body at all. `headers` are added; one that is None
    takes a default away. The connection is kept and used again.
    """

    def __init__(self, host: str, port: int, key: str) -> None:
        self.key = key
        self.connection = http.client.HTTPConnection(host, port, timeout=30)

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str | None] | None = None,
        *,
        beta: bool = True,
    ) -> Answer:
        return answer_of(self.begin(method, path, body, headers, beta=beta))

    def begin(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str | None] | None = None,
        *,
        beta: bool = True,
    ) -> http.client.HTTPResponse:
        """The reply before its body is read, for streams that are to be read bit by bit."""
        wanted: dict[str, str | None] = {"Authorization": f"Bearer {self.key}"}
        if beta:
            wanted["OpenAI-Beta"] = "assistants=v2"
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
        if body is not None:
            wanted["Content-Type"] = "application/json"
        wanted |= headers or {}
        sent = {name: value for name, value in wanted.items() if value is not None}
        self.connection.request(method, path, body, sent)
        return self.connection.getresponse()

    def another(self) -> Raw:
        """The same caller on a connection of its own; close it."""
        return Raw(self.connection.host, self.connection.port, self.key)


def answer_of(response: http.client.HTTPResponse, already_read: bytes = b"") -> Answer:
    """The whole answer, read to its end."""
    text = already_read + response.read()
    is_json = response.headers.get_content_type() == "application/json"
    parsed = json.loads(text) if is_json and text else None
    return Answer(
        response.status, {name.lower(): value for name, value in response.getheaders()}, parsed, text
    )


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A running server in virtual time with realistic latency; shared, so never stop or slow it."""
    with Server() as running:
        yield running


@pytest.fixture
def key() -> str:
    """A fresh API key, and so a fresh world."""
    return f"sk-test-{uuid.uuid4().hex}"


@pytest.fixture(scope="session")
def any_client(server: Server) -> Iterator[openai.OpenAI]:
    """The official client whose connections all tests share: making one takes longer than most tests."""
    with openai.OpenAI(base_url=server.base_url, api_key="unused", max_retries=0) as client:
        yield client


@pytest.fixture
def client(any_client: openai.OpenAI, key: str) -> openai.OpenAI:
    """The official client with this test's key; it never retries."""
    return any_client.with_options(api_key=key)


@pytest.fixture
def control(server: Server, key: str) -> Iterator[Control]:
    """The control door of this test's world."""
    with Control(server.base_url, key) as door:
        yield door


@pytest.fixture
def raw(server: Server, key: str) -> Iterator[Raw]:
    """Plain HTTP with this test's key."""
    caller = Raw(server.host, server.port, key)
    yield caller
    caller.connection.close()
