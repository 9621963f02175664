"""Limits on what a request may bring: each with a clear error, and the connection still of use."""

from __future__ import annotations

import json
import socket
from typing import IO, Any

import openai
import pytest

from harness.control import Control
from mockserver.gate import HEAD_MAX
from mockserver.server import Server
from tests.conftest import Raw


def test_a_body_beyond_the_limit_is_refused(raw: Raw, client: openai.OpenAI, control: Control) -> None:
    """In the words of the API's other routes; nothing is made, and the next call is answered."""
    control.new_world(limits={"body_bytes": 1000})
    with pytest.raises(openai.APIStatusError) as refused:
        client.beta.threads.create(
            metadata={"note": "x" * 500}, messages=[{"role": "user", "content": "y" * 800}]
        )
    assert refused.value.status_code == 413
    assert "Maximum content size limit (1000) exceeded" in refused.value.message
    fits = json.dumps({"metadata": {"n": ""}}).encode()
    assert raw("POST", "/v1/threads", fits.ljust(1000)).status == 200
    assert raw("POST", "/v1/threads", fits.ljust(1001)).status == 413
    assert len(control.objects("thread")) == 1


def test_the_control_door_takes_what_the_api_does_not(control: Control) -> None:
    """A world that is put back is larger than any request of the API."""
    control.new_world(limits={"body_bytes": 10})
    control.restore(control.snapshot())
    assert control.clock()["mode"] == "virtual"


def test_sixty_four_megabytes_by_default(raw: Raw) -> None:
    """Of a body that is larger nothing is kept while the rest of it comes in."""
    answer = raw("POST", "/v1/threads", b"{}".ljust(64 * 1024 * 1024 + 1))
    assert answer.status == 413
    assert answer.body["error"]["message"] == (
        "Maximum content size limit (67108864) exceeded (67108865 bytes read)"
    )
    assert raw("POST", "/v1/threads", b"{}").status == 200


@pytest.mark.parametrize(
    "head",
    [
        b"GET /v1/assistants HTTP/1.1\r\nx-long: %s\r\n" % (b"x" * HEAD_MAX),
        b"GET /v1/assistants?after=%s HTTP/1.1\r\n" % (b"x" * HEAD_MAX),
        b"GET /v1/%s HTTP/1.1\r\n" % (b"x" * 10 * HEAD_MAX),
        b"POST /v1/threads HTTP/1.1\r\n" + b"".join(b"x-%d: y\r\n" % n for n in range(20_000)),
    ],
    ids=["header", "query", "path", "many"],
)
def test_a_head_beyond_the_limit_is_refused(server: Server, head: bytes) -> None:
    """The rest of it is not kept, and the connection goes on with the next request."""
    with socket.create_connection((server.host, server.port), timeout=10) as connection:
        reader = connection.makefile("rb")
        connection.sendall(head + b"Host: localhost\r\nContent-Length: 0\r\n\r\n")
        status, body = read(reader)
        assert (status, body["error"]["code"]) == (431, "request_too_large")
        connection.sendall(b"GET /v1/models HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer k\r\n\r\n")
        status, body = read(reader)
        assert (status, body["object"]) == (200, "list")
        reader.close()


def test_a_head_within_the_limit_is_taken(raw: Raw) -> None:
    """Long ones, too: a token of somebody's proxy."""
    assert raw("GET", "/v1/assistants", headers={"X-Proxy-Token": "x" * (HEAD_MAX - 1000)}).status == 200


def read(reader: IO[bytes]) -> tuple[int, Any]:
    """Status and JSON body of one answer."""
    status = int(reader.readline().split()[1])
    length = 0
    while line := reader.readline().strip():
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return status, json.loads(reader.read(length))
