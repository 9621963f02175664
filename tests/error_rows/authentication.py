"""Section 2 of the table: keys, headers, routes, the body as a whole."""

from __future__ import annotations

import json

from mockserver.server import Server
from tests.conftest import Answer, Raw
from tests.error_rows import IRE, Caller, check_never_sent, row

NO_KEY = (
    "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer"
    " auth (i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if you're"
    " accessing the API from your browser and are prompted for a username and password. You can obtain an API"
    " key from https://platform.openai.com/account/api-keys."
)
NO_BETA = (
    "You must provide the 'OpenAI-Beta' header to access the Assistants API. Please try again by setting the"
    " header 'OpenAI-Beta: assistants=v2'."
)
V1_HEADER = (
    "The v1 Assistants API has been deprecated. Please try again by setting the header 'OpenAI-Beta:"
    " assistants=v2'. See the migration guide for more information:"
    " https://platform.openai.com/docs/assistants/migration."
)
V1_PATH = (
    "The v1 Assistants API has been deprecated. See the migration guide for more information:"
    " https://platform.openai.com/docs/assistants/migration."
)
NOT_JSON = (
    "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP"
    " library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON. If you"
    " have trouble figuring out how to fix this, please contact us through our help center at"
    " help.openai.com.)"
)


@row("E-01")
def no_key(caller: Caller) -> None:
    for given in (None, "", "Bearer", "Bearer ", "Basic !", "Basic bm9ib2R5Og==", "Digest x"):
        for path in ("/v1/threads", "/v1/models"):
            method = "POST" if path == "/v1/threads" else "GET"
            answer = caller.raw(method, path, headers={"Authorization": given})
            told = {"error": {"message": NO_KEY, "type": IRE, "param": None, "code": None}}
            assert (answer.status, answer.body) == (401, told)
            assert answer.raw.decode() == json.dumps(told, indent=2)
            assert "www-authenticate" not in answer.headers
            check_edge(answer)


@row("E-02")
def wrong_key(caller: Caller) -> None:
    shown = {
        "fake_key": "fake_key",
        "not-a-real-key-as-anyone-can-see-organized": f"not-a-re{'*' * 30}ized",
        "not-a-real-key-as-all-can-see-realized": f"not-a-re{'*' * 26}ized",
    }
    with Server(keys={"sk-good"}) as guarded:
        for key, told in shown.items():
            raw = Raw(guarded.host, guarded.port, key)
            answer = raw("GET", "/v1/assistants")
            raw.connection.close()
            message = (
                f"Incorrect API key provided: {told}. You can find your API key at"
                " https://platform.openai.com/account/api-keys."
            )
            body = {"error": {"message": message, "type": IRE, "param": None, "code": "invalid_api_key"}}
            assert (answer.status, answer.body) == (401, body)
            # The layer before the API writes JSON its own way; 288 bytes were recorded for the last key.
            assert answer.raw.decode() == json.dumps(body, indent=4) + "\n"
            assert answer.headers["content-type"] == "application/json; charset=utf-8"
            assert answer.headers["www-authenticate"] == 'Bearer realm="OpenAI API"'
            check_edge(answer)
        assert len(answer.raw) == 288
        raw = Raw(guarded.host, guarded.port, "sk-good")
        assert raw("GET", "/v1/assistants").status == 200
        raw.connection.close()


def check_edge(answer: Answer) -> None:
    """A 401 knows neither organization nor project."""
    assert answer.headers["x-request-id"]
    for name in ("openai-organization", "openai-project"):
        assert name not in answer.headers
    check_never_sent(answer)


@row("E-08")
def no_beta_header(caller: Caller) -> None:
    for method, path in (("GET", "/assistants"), ("POST", "/threads"), ("GET", "/threads/thread_1/runs")):
        for given in (None, "", "something=else", "assistants=v3"):
            caller.refused(
                method, path, says=NO_BETA, code="invalid_beta", headers={"OpenAI-Beta": given}, beta=False
            )


@row("E-10")
def header_of_v1(caller: Caller) -> None:
    headers = {"OpenAI-Beta": "assistants=v1"}
    caller.refused("GET", "/assistants", says=V1_HEADER, code="invalid_beta", headers=headers)
    caller.refused("POST", "/threads", {}, says=V1_HEADER, code="invalid_beta", headers=headers)
    both = {"OpenAI-Beta": "assistants=v1, assistants=v2"}
    assert caller.raw("GET", "/v1/assistants", headers=both).status == 200


@row("E-11")
def path_of_v1(caller: Caller) -> None:
    path = "/assistants/asst_1/files"
    caller.refused("POST", path, {"file_id": "file-1"}, says=V1_PATH, code="invalid_beta")
    caller.refused("GET", path, says=V1_PATH, code="invalid_beta")
    caller.refused("GET", "/threads/thread_1/messages/msg_1/files", says=V1_PATH, code="invalid_beta")


@row("E-13")
def unknown_route(caller: Caller) -> None:
    for method, path in (
        ("GET", "/nothing"),
        ("POST", "/nothing/here"),
        ("GET", "/assistants/"),
        ("GET", "/threads"),
        ("GET", "/threads/thread_1/nothing"),
    ):
        caller.refused(method, path, says=f"Invalid URL ({method} /v1{path})", status=404)


@row("E-14")
def wrong_method(caller: Caller) -> None:
    for method, path in (("PUT", "/assistants"), ("PATCH", "/threads/thread_1"), ("DELETE", "/models")):
        caller.refused(method, path, says=f"Invalid URL ({method} /v1{path})", status=404)


@row("E-16")
def empty_id_in_the_path(caller: Caller) -> None:
    caller.refused(
        "POST",
        "/threads//messages",
        {"role": "user", "content": "Hi"},
        says="Unknown parameter: 'role'.",
        param="role",
        code="unknown_parameter",
    )
    assert caller.ok("POST", "/threads//messages", {})["object"] == "thread"


@row("E-17")
def body_that_is_no_json(caller: Caller) -> None:
    for body in (b"{", b"hello", b"{'a': 1}", b'{"a": NaN}', b'{"metadata": {}} x', b'{"a": "\xff"}'):
        caller.refused("POST", "/threads", body, says=NOT_JSON)


@row("E-18")
def wrong_content_type(caller: Caller) -> None:
    for given in ("text/plain", "application/x-www-form-urlencoded"):
        says = (
            f"Unsupported content type: '{given}'. This API method only accepts 'application/json' requests,"
            f" but you specified the header 'Content-Type: {given}'. Please try again with a supported"
            " content type."
        )
        headers = {"Content-Type": given}
        caller.refused("POST", "/threads", b"{}", says=says, code="unsupported_content_type", headers=headers)
    charset = {"Content-Type": "application/json; charset=utf-8"}
    assert caller.raw("POST", "/v1/threads", b"{}", charset).status == 200
