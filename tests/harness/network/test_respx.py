"""A test that uses respx for services of its own while requests are intercepted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import respx

from harness.network.intercept import intercepting
from mockserver.server import Server

REAL = "https://api.openai.com/v1"
Get = Callable[[str], Any]


@pytest.fixture(params=["sync", "async"])
def get(request: pytest.FixtureRequest, key: str) -> Get:
    headers = {"Authorization": f"Bearer {key}", "OpenAI-Beta": "assistants=v2"}

    async def got(url: str) -> Any:
        async with httpx.AsyncClient(headers=headers) as client:
            return await client.get(url)

    if request.param == "sync":
        return lambda url: httpx.get(url, headers=headers)
    return lambda url: asyncio.run(got(url))


def check(router: respx.MockRouter, get: Get, server: Server) -> None:
    """Theirs is theirs, and the mock's is the mock's."""
    weather = router.get("https://weather.test/paris").respond(200, json={"degrees": 21})
    theirs = router.get(f"{REAL}/embeddings").respond(200, text="theirs")
    assert get("https://weather.test/paris").json() == {"degrees": 21}
    assert get(f"{REAL}/embeddings").text == "theirs"
    assert get(f"{REAL}/models").json()["object"] == "list"
    assert get(f"{server.base_url}/models").json()["object"] == "list"
    with pytest.raises(AssertionError, match="not mocked"):
        get("https://elsewhere.test/")
    assert (weather.call_count, theirs.call_count) == (1, 1)


def test_their_mock_inside(get: Get, server: Server) -> None:
    with intercepting(server.base_url), respx.mock as router:
        check(router, get, server)


def test_their_mock_around(get: Get, server: Server) -> None:
    with respx.mock as router, intercepting(server.base_url):
        check(router, get, server)


def test_their_mock_of_clients_rather_than_of_connections(get: Get, server: Server) -> None:
    """`using="httpx"` stands before ours: what it knows is theirs, and the rest is to pass."""
    with intercepting(server.base_url), respx.mock(using="httpx") as router:
        router.get("https://weather.test/paris").respond(200, json={"degrees": 21})
        router.route(host="api.openai.com").pass_through()
        assert get("https://weather.test/paris").json() == {"degrees": 21}
        assert get(f"{REAL}/models").json()["object"] == "list"


def test_a_mock_that_takes_everything(get: Get, server: Server) -> None:
    """`assert_all_mocked=False` answers whatever it does not know, but the mock's own address."""
    with respx.mock(assert_all_mocked=False), intercepting(server.base_url):
        assert get("https://elsewhere.test/").content == b""
        assert get(f"{server.base_url}/models").json()["object"] == "list"


def test_what_theirs_lets_pass_of_the_api_goes_to_the_mock(get: Get, server: Server, echo: str) -> None:
    with intercepting(server.base_url), respx.mock as router:
        api = router.route(host="api.openai.com").pass_through()
        other = router.route(host="127.0.0.1").pass_through()
        assert get(f"{REAL}/models").json()["object"] == "list"
        assert get(f"{echo}/v1/x").json()["path"] == "/v1/x"
        assert api.called
        assert other.called


def test_their_side_effects_and_errors_are_theirs(get: Get, server: Server) -> None:
    with intercepting(server.base_url), respx.mock as router:
        router.get(f"{REAL}/models").mock(side_effect=httpx.ConnectTimeout("theirs"))
        with pytest.raises(httpx.ConnectTimeout, match="theirs"):
            get(f"{REAL}/models")


def test_when_theirs_has_ended_it_is_as_before(get: Get, server: Server, echo: str) -> None:
    with intercepting(server.base_url):
        with respx.mock as router:
            check(router, get, server)
        assert get(f"{echo}/v1/x").json()["path"] == "/v1/x"
        assert get(f"{REAL}/embeddings").status_code in (404, 405)


def test_two_detours_and_theirs(get: Get, server: Server, echo: str) -> None:
    with intercepting(server.base_url), respx.mock as router, intercepting(echo, hosts=["other.test"]):
        router.get("https://weather.test/paris").respond(200, json={"degrees": 21})
        assert get("https://weather.test/paris").json() == {"degrees": 21}
        assert get("https://other.test/x").json()["path"] == "/x"
        assert get(f"{REAL}/models").json()["object"] == "list"
        with pytest.raises(AssertionError, match="not mocked"):
            get("https://elsewhere.test/")


def test_without_interception_theirs_has_to_let_the_mock_pass(get: Get, server: Server) -> None:
    """As the documentation says."""
    with respx.mock as router:
        with pytest.raises(AssertionError, match="not mocked"):
            get(f"{server.base_url}/models")
        router.route(host="127.0.0.1").pass_through()
        assert get(f"{server.base_url}/models").json()["object"] == "list"
