"""The skin: doors, keys, connections, bodies and headers, whatever the operation."""

from __future__ import annotations

import base64
import json
import socket
from typing import Any

import openai
import pytest

from harness.control import Control
from mockserver.endpoints import models
from mockserver.server import Server
from tests.conftest import Answer, Raw
from tests.error_rows import REQUEST_ID, check_never_sent
from tests.situations.scripts import search_with_results
from tests.stage import CONTENT, SEARCH, Stage, form

AZURE = "api-version=2024-05-01-preview"
AZURE_NOT_FOUND = {"error": {"code": "404", "message": "Resource not found"}}


def ok(answer: Answer) -> Any:
    assert answer.status == 200, answer.raw.decode()
    return answer.body


# Doors


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/", "/assistants", "/v2/assistants", "/v1assistants"])
def test_the_door_is_v1(raw: Raw, path: str) -> None:
    answer = raw("GET", path)
    assert (answer.status, answer.body["error"]["message"]) == (404, f"Invalid URL (GET {path})")


def test_azure_needs_no_beta_header(raw: Raw) -> None:
    headers = {"Authorization": None, "api-key": raw.key}
    thread = ok(raw("POST", f"/openai/threads?{AZURE}", {}, headers, beta=False))
    for path in (f"/openai/threads/{thread['id']}?{AZURE}", f"/openai/v1/threads/{thread['id']}"):
        assert ok(raw("GET", path, headers=headers, beta=False))["id"] == thread["id"]
    assert ok(raw("GET", f"/v1/threads/{thread['id']}"))["id"] == thread["id"]  # one key, one world


def test_azure_takes_any_deployment_for_a_model(raw: Raw) -> None:
    headers = {"api-key": raw.key}
    body = {"model": "my-deployment"}
    assistant = ok(raw("POST", f"/openai/assistants?{AZURE}", body, headers, beta=False))
    assert assistant["model"] == "my-deployment"
    assert raw("POST", "/v1/assistants", body).status == 400


@pytest.mark.parametrize("path", [f"/openai/nothing?{AZURE}", "/openai/threads", "/openai/v1/nothing"])
def test_azure_has_its_own_not_found(raw: Raw, path: str) -> None:
    answer = raw("POST", path, {}, {"Authorization": None, "api-key": raw.key}, beta=False)
    assert (answer.status, answer.body) == (404, AZURE_NOT_FOUND)


def test_azure_names_what_can_be_searched(raw: Raw) -> None:
    headers = {"Authorization": None, "api-key": raw.key}
    body, of_form = form({"purpose": "assistants"}, file=("table.csv", b"a,b\n1,2\n"))
    file = ok(raw("POST", f"/openai/files?{AZURE}", body, headers | of_form, beta=False))["id"]
    for path, more in ((f"/openai/vector_stores?{AZURE}", headers), ("/v1/vector_stores", {})):
        answer = raw("POST", path, {"file_ids": [file]}, more, beta=False)
        assert (answer.status, answer.body["error"]["code"]) == (400, "unsupported_file")
        told = " Supported file types include: [.c, .cpp, "
        assert (told in answer.body["error"]["message"]) == path.startswith("/openai"), path


def test_azure_has_its_own_wrong_key() -> None:
    with Server(keys={"sk-good"}) as guarded:
        raw = Raw(guarded.host, guarded.port, "sk-bad")
        answer = raw("POST", f"/openai/threads?{AZURE}", {}, {"Authorization": None, "api-key": "sk-bad"})
        raw.connection.close()
    assert answer.status == 401
    assert list(answer.body["error"]) == ["code", "message"]
    assert answer.body["error"]["code"] == "401"


def test_the_azure_client(server: Server, key: str) -> None:
    with openai.AzureOpenAI(
        azure_endpoint=server.url, api_key=key, api_version="2024-05-01-preview", max_retries=0
    ) as client:
        assistant = client.beta.assistants.create(model="any-deployment", instructions="Greet.")
        run = client.beta.threads.create_and_run_poll(assistant_id=assistant.id)
    assert run.status == "completed"


# Keys


def test_the_key_may_be_a_password(raw: Raw) -> None:
    thread = ok(raw("POST", "/v1/threads"))["id"]
    for user in ("", "anybody"):
        basic = base64.b64encode(f"{user}:{raw.key}".encode()).decode()
        headers = {"Authorization": f"Basic {basic}"}
        assert ok(raw("GET", f"/v1/threads/{thread}", headers=headers))["id"] == thread
    for other in (
        {"Authorization": f"bearer  {raw.key} "},
        {"Authorization": "Bearer x", "api-key": raw.key},
    ):
        assert ok(raw("GET", f"/v1/threads/{thread}", headers=other))["id"] == thread


def test_a_world_for_every_key(raw: Raw, server: Server) -> None:
    thread = ok(raw("POST", "/v1/threads"))["id"]
    stranger = Raw(server.host, server.port, f"{raw.key}-other")
    assert stranger("GET", f"/v1/threads/{thread}").status == 404
    stranger.connection.close()


# Bodies


def test_unknown_json_is_refused_by_name(raw: Raw) -> None:
    answer = raw("POST", "/v1/threads", {"metadata": {}, "größe": {"a": [1, None]}})
    assert (answer.status, answer.body["error"]["message"]) == (400, "Unknown parameter: 'größe'.")


def test_huge_bodies_are_fine(raw: Raw) -> None:
    part = {"type": "text", "text": "x" * 250_000}
    thread = ok(raw("POST", "/v1/threads"))["id"]
    message = ok(raw("POST", f"/v1/threads/{thread}/messages", {"role": "user", "content": [part] * 40}))
    assert len(message["content"]) == 40
    assert raw("POST", "/v1/threads", b"[" * 2_000_000).status == 400
    assert raw("POST", "/v1/threads", b"[" * 500_000 + b"]" * 500_000).status == 400


@pytest.mark.parametrize("text", [r"\ud83d", r"a\udc00b", r"\ud83d\ud83d", r"\u0000", r"\ud83d\ude00"])
def test_odd_characters_come_back_or_are_refused(raw: Raw, text: str) -> None:
    thread = ok(raw("POST", "/v1/threads"))["id"]
    body = b'{"role": "user", "content": "%s", "metadata": {"k": "%s"}}' % (text.encode(), text.encode())
    answer = raw("POST", f"/v1/threads/{thread}/messages", body)
    try:
        sent = json.loads(f'"{text}"')
        sent.encode()
    except UnicodeEncodeError:  # half of a pair is nothing that can be sent back as UTF-8
        assert answer.status == 400
    else:
        assert ok(answer)["content"][0]["text"]["value"] == sent
    listed = ok(raw("GET", f"/v1/threads/{thread}/messages"))
    assert len(listed["data"]) == (answer.status == 200)


def test_a_body_in_pieces(raw: Raw) -> None:
    pieces = iter([b'{"metadata"', b': {"k": "', "ü".encode()[:1], "ü".encode()[1:], b'"}}'])
    raw.connection.request(
        "POST",
        "/v1/threads",
        pieces,
        {"Authorization": f"Bearer {raw.key}", "OpenAI-Beta": "assistants=v2"},
        encode_chunked=True,
    )
    response = raw.connection.getresponse()
    assert json.loads(response.read())["metadata"] == {"k": "ü"}


# Methods, queries, connections


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "PATCH", "TRACE", "BREW"])
def test_other_methods_lead_nowhere(raw: Raw, method: str) -> None:
    answer = raw(method, "/v1/assistants")
    if method == "BREW":
        assert answer.status in (400, 404)  # the HTTP parser may not know the word at all
        return
    assert answer.status == 404
    if method != "HEAD":
        assert answer.body["error"]["message"] == f"Invalid URL ({method} /v1/assistants)"


def test_unknown_query_keys_are_ignored(raw: Raw) -> None:
    thread = ok(raw("POST", "/v1/threads?what=ever&what=else"))["id"]
    assert ok(raw("GET", f"/v1/threads/{thread}/messages?limit=3&offset=7&offset=8&%ff=%fe"))["data"] == []


@pytest.mark.parametrize("name", ["include[]", "include%5B%5D", "include"])
def test_include_is_spelled_in_several_ways(raw: Raw, control: Control, name: str) -> None:
    stage = Stage(raw, control)
    stage.says(search_with_results())
    path = stage.run(assistant={"tools": [SEARCH]})
    stage.finish(path)
    for value in (CONTENT, CONTENT.replace("[", "%5B").replace("]", "%5D").replace("*", "%2A")):
        step = stage.get(f"{path}/steps?order=asc&{name}={value}")["data"][0]
        found = step["step_details"]["tool_calls"][0]["file_search"]["results"]
        assert [result["content"][0]["text"] for result in found] == ["cake", "cake"]
    plain = stage.get(f"{path}/steps/{step['id']}")
    assert "content" not in plain["step_details"]["tool_calls"][0]["file_search"]["results"][0]


def test_an_unknown_include_is_refused(raw: Raw, control: Control) -> None:
    stage = Stage(raw, control)
    path = stage.run()
    stage.finish(path)
    answer = raw("GET", f"/v1{path}/steps?include[]=everything")
    assert answer.status == 400
    assert answer.body["error"]["code"] == "invalid_value"


def test_a_connection_outlives_errors(raw: Raw) -> None:
    assert raw("POST", "/v1/threads", b"{").status == 400
    socket = raw.connection.sock
    assert raw("GET", "/v1/nothing").status == 404
    assert raw("POST", "/v1/nothing", {"a": "b" * 1_000_000}).status == 404
    assert raw("POST", "/v1/threads", {"a": "b"}, {"Authorization": None}).status == 401
    assert ok(raw("POST", "/v1/threads"))
    assert raw.connection.sock is socket is not None


def test_a_bug_of_ours_is_a_500_and_then_all_goes_on(
    raw: Raw, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    thread = ok(raw("POST", "/v1/threads"))["id"]

    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug of ours")

    monkeypatch.setattr(models, "_model", broken)
    answer = raw("GET", "/v1/models/gpt-4o")
    request_id = answer.headers["x-request-id"]
    assert REQUEST_ID.fullmatch(request_id)
    assert (answer.status, answer.body) == (
        500,
        {
            "error": {
                "message": "The server had an error processing your request. Sorry about that! You can retry"
                " your request, or contact us through our help center at help.openai.com if you keep seeing"
                f" this error. (Please include the request ID {request_id} in your email.)",
                "type": "server_error",
                "param": None,
                "code": None,
            }
        },
    )
    assert answer.raw.decode() == json.dumps(answer.body, indent=2)
    assert "openai-version" not in answer.headers
    assert "openai-organization" not in answer.headers
    assert answer.headers["openai-processing-ms"].isdigit()
    assert answer.headers["connection"] == "close"
    check_never_sent(answer)
    monkeypatch.undo()
    assert ok(raw("GET", "/v1/models/gpt-4o"))["id"] == "gpt-4o"
    assert ok(raw("GET", f"/v1/threads/{thread}"))["id"] == thread
    assert "a bug of ours" in caplog.text  # it surfaces where people look


# Headers


def test_request_ids_differ(raw: Raw) -> None:
    replies = [raw("GET", "/v1/assistants"), raw("GET", "/v1/nothing"), raw("POST", "/v1/threads")]
    found = {reply.headers["x-request-id"] for reply in replies}
    assert len(found) == 3
    assert all(REQUEST_ID.fullmatch(request_id) for request_id in found)


def test_streams_carry_the_same_headers(raw: Raw, control: Control) -> None:
    stage = Stage(raw, control)
    body = {"assistant_id": stage.assistant(), "stream": True}
    answer = raw("POST", f"/v1/threads/{stage.thread()}/runs", body)
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["transfer-encoding"] == "chunked"
    assert "content-length" not in answer.headers
    assert REQUEST_ID.fullmatch(answer.headers["x-request-id"])
    for name in ("openai-version", "openai-organization", "openai-project", "openai-processing-ms"):
        assert name in answer.headers
    check_never_sent(answer)


def test_a_request_whose_body_never_arrives_is_not_performed(server: Server, raw: Raw) -> None:
    """The head announces more than comes before the caller hangs up."""
    with socket.create_connection((server.host, server.port)) as caller:
        head = (
            f"POST /v1/threads HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {raw.key}\r\n"
            "OpenAI-Beta: assistants=v2\r\nContent-Length: 100\r\n\r\n{"
        )
        caller.sendall(head.encode())
    assert raw("GET", "/_mock/journal").body["data"] == []


@pytest.mark.parametrize("levels", [150, 300, 5_000])
def test_bodies_nest_200_levels_at_most(raw: Raw, levels: int) -> None:
    """Deeper ones are not parsed; none of them is a 500."""
    parameters = b'{"a":' * levels + b"1" + b"}" * levels
    tool = b'{"type":"function","function":{"name":"f","parameters":%s}}' % parameters
    body = b'{"model":"gpt-4o","instructions":"x","tools":[%s]}' % tool
    answer = raw("POST", "/v1/assistants", body)
    assert answer.status == (200 if levels < 200 else 400)
    assert raw("GET", "/_mock/journal").status == 200
