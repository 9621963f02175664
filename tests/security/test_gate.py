"""Who is let in: host names, pages of other sites, and the control door's token."""

from __future__ import annotations

from collections.abc import Iterator

import openai
import pytest

from harness.control import Control, ControlError
from mockserver.gate import Gate, host_name
from mockserver.operations import discover
from mockserver.projects import project_of
from mockserver.server import Server
from tests.conftest import Raw

WORLD, ASSISTANTS = "/_mock/world", "/v1/assistants"


def refusal(raw: Raw, path: str, **headers: str | None) -> tuple[int, str | None]:
    """Status and code of the answer to a GET with these headers (`_` stands for `-`); 200 has no code."""
    answer = raw("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    return answer.status, answer.body["error"]["code"] if answer.status != 200 else None


@pytest.mark.parametrize("path", [WORLD, ASSISTANTS, "/v1/nothing/there"])
@pytest.mark.parametrize(
    "host", ["evil.example", "EVIL.example.:8000", "localhost.evil.example", "127.0.0.1.evil.example", "a.b"]
)
def test_a_name_that_somebody_could_register_is_refused(raw: Raw, path: str, host: str) -> None:
    """So a page whose own name was made to lead here reads nothing."""
    answer = raw("GET", path, headers={"Host": host})
    assert answer.status == 403
    assert answer.body["error"]["code"] == "unknown_host"
    assert f"--allow-host {host_name(host.encode())}" in answer.body["error"]["message"]


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.0.0.1:8000", "localhost", "localhost.", "[::1]:8000", "10.1.2.3:80", "mock:8000"),
        *(
            "app.localhost:1",
            "host.docker.internal",
            "mock.team.svc.cluster.local",
            "api.test",
            "nas.home.arpa",
        ),
        *("api.openai.com", "eu.api.openai.com:443", "contoso.openai.azure.com"),
    ],
)
def test_names_that_are_no_strangers(raw: Raw, host: str) -> None:
    """Addresses, names without a dot, reserved ones, and the real API's, which users point here."""
    assert refusal(raw, WORLD, Host=host) == (200, None)
    assert refusal(raw, ASSISTANTS, Host=host) == (200, None)


@pytest.mark.parametrize(
    "host",
    ["", "[::1", "::1]", "a b", "x@y", "e\xe9.example", "evil.example#.local:1:2", "[::1].evil.example"],
)
def test_what_is_no_name_harms_nobody(raw: Raw, host: str) -> None:
    """Either the server's own socket or the gate judges it; nothing breaks."""
    answer = raw("GET", WORLD, headers={"Host": host.encode().decode("latin-1")})
    assert answer.status in (200, 400, 403)
    assert answer.status == 403 or host == ""


@pytest.mark.parametrize(
    ("allowed", "host", "known"),
    [
        (["ci.example.com"], "ci.example.com:8000", True),
        (["CI.example.com"], "ci.Example.com", True),
        (["ci.example.com"], "a.ci.example.com", False),
        ([".example.com"], "a.b.example.com", True),
        ([".example.com"], "example.com", False),
        ([".example.com"], "evilexample.com", False),
        (["*"], "whatever.example", True),
    ],
)
def test_names_that_are_allowed(allowed: list[str], host: str, known: bool) -> None:
    """By name, with all below one, or any."""
    with Server(hosts=allowed) as server:
        raw = Raw(server.host, server.port, "k")
        assert refusal(raw, WORLD, Host=host) == ((200, None) if known else (403, "unknown_host"))
        raw.connection.close()


def test_no_page_of_another_site_reaches_the_control_door(raw: Raw) -> None:
    """A browser says where a request comes from; a page of the server's own is no stranger."""
    here = f"127.0.0.1:{raw.connection.port}"
    assert refusal(raw, WORLD, Origin="https://evil.example") == (403, "cross_site")
    assert refusal(raw, WORLD, Origin="http://localhost:3000") == (403, "cross_site")
    assert refusal(raw, WORLD, Origin="null") == (403, "cross_site")
    assert refusal(raw, WORLD, Sec_Fetch_Site="cross-site") == (403, "cross_site")
    assert refusal(raw, WORLD, Sec_Fetch_Site="same-site") == (403, "cross_site")
    assert refusal(raw, WORLD, Origin=f"http://{here}", Sec_Fetch_Site="same-origin") == (200, None)
    assert refusal(raw, WORLD, Sec_Fetch_Site="none") == (200, None)


def test_the_api_itself_may_be_called_through_a_proxy_of_a_page(raw: Raw) -> None:
    """Proxies pass `Origin` on, and a page cannot send a key across sites: nothing answers its preflight."""
    assert refusal(raw, ASSISTANTS, Origin="https://staging.example.com") == (200, None)
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST", "Authorization": None}
    preflight = raw("OPTIONS", ASSISTANTS, headers=asked)
    assert preflight.status == 404
    assert not [name for name in preflight.headers if name.startswith("access-control")]


def test_the_refused_leave_no_trace(server: Server, raw: Raw, control: Control) -> None:
    """No world is made for them, and nothing of them is done or written down."""
    before = control.objects()
    for path, method in ((WORLD, "POST"), ("/_mock/journal", "DELETE"), (ASSISTANTS, "POST")):
        assert raw(method, path, {"model": "gpt-4o"}, {"Host": "evil.example"}).status == 403
    assert control.journal() == []
    assert control.objects() == before
    stranger = Raw(server.host, server.port, "sk-of-a-stranger")
    assert refusal(stranger, ASSISTANTS, Host="evil.example") == (403, "unknown_host")
    assert project_of("sk-of-a-stranger") not in server.projects.store.projects()
    stranger.connection.close()


@pytest.fixture
def guarded() -> Iterator[Server]:
    """A server whose control door asks for a token."""
    with Server(token="s3cret") as server:
        yield server


def test_the_control_door_asks_for_its_token(guarded: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every operation of it; the harness brings it, given or from the environment."""
    raw = Raw(guarded.host, guarded.port, "k")
    assert refusal(raw, WORLD) == (401, "no_control_token")
    assert refusal(raw, WORLD, X_Mock_Token="s3cre") == (401, "no_control_token")
    assert refusal(raw, WORLD, X_Mock_Token="s3cret") == (200, None)
    assert refusal(raw, ASSISTANTS) == (200, None)
    raw.connection.close()
    with Control(guarded.base_url, "k") as nobody, pytest.raises(ControlError, match="X-Mock-Token"):
        nobody.clock()
    with Control(guarded.base_url, "k", token="s3cret") as told:
        assert told.clock()["mode"] == "virtual"
    monkeypatch.setenv("ASSISTANTS_MOCK_TOKEN", "s3cret")
    with Control(guarded.base_url, "k") as reading:
        assert reading.clock()["mode"] == "virtual"


def test_no_operation_of_the_control_door_is_without_it(guarded: Server) -> None:
    """Whatever is added to it."""
    raw = Raw(guarded.host, guarded.port, "k")
    doors = [known for known in discover() if known.control]
    assert len(doors) > 20
    for door in doors:
        path = door.path.replace("{", "").replace("}", "")
        assert raw(door.method, path, {}).body["error"]["code"] == "no_control_token", door.name
    raw.connection.close()


def test_faults_by_header_ask_for_it_too(guarded: Server) -> None:
    """The header commands the server as the control door does."""
    with openai.OpenAI(base_url=guarded.base_url, api_key="k", max_retries=0) as client:
        fault = {"X-Mock-Fault": "429(retry_after=20s)"}
        with pytest.raises(openai.AuthenticationError, match="X-Mock-Token"):
            client.beta.assistants.list(extra_headers=fault)
        with pytest.raises(openai.RateLimitError):
            client.beta.assistants.list(extra_headers={**fault, "X-Mock-Token": "s3cret"})
        assert client.beta.assistants.list().data == []


def test_a_token_is_compared_as_bytes() -> None:
    """One that is no ASCII neither fits nor breaks anything."""
    with Server(token="gehëim") as server:
        raw = Raw(server.host, server.port, "k")
        wrong = "gehëim"  # as latin-1, which is how http.client sends it
        assert refusal(raw, WORLD, X_Mock_Token=wrong) == (401, "no_control_token")
        right = "gehëim".encode().decode("latin-1")
        assert refusal(raw, WORLD, X_Mock_Token=right) == (200, None)
        raw.connection.close()


def test_without_a_host_there_is_no_browser() -> None:
    """HTTP/1.0 needs none."""
    Gate().check_host({})
    assert host_name(b"[::1]:80") == "[::1]"
