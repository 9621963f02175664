"""In which order things are refused, what is not refused although one might think so, and pages.

Single refusals, word for word, stand in `error_rows`.
"""

from __future__ import annotations

from typing import Any

import openai
import pytest

from harness.control import Control
from tests.conftest import Raw
from tests.error_rows import Caller

GOOD = {"model": "gpt-4o"}


@pytest.fixture
def caller(raw: Raw, control: Control) -> Caller:
    """Somebody who asks this test's world."""
    return Caller(raw, control)


def code_of(raw: Raw, path: str, body: Any, **more: Any) -> tuple[str | None, str | None]:
    answer = raw("POST", f"/v1{path}", body, **more)
    assert answer.status == 400, answer.raw.decode()
    error = answer.body["error"]
    return error["code"], error["param"]


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ({"extra": 1, "name": 5, "temperature": 9}, "missing_required_parameter", "model"),
        (GOOD | {"temperature": 9, "name": 5, "extra": 1}, "unknown_parameter", "extra"),
        (GOOD | {"temperature": 9, "name": 5}, "invalid_type", "name"),
        (GOOD | {"name": "n" * 257, "temperature": "hot"}, "invalid_type", "temperature"),
        (GOOD | {"name": "n" * 257, "temperature": 9}, "string_above_max_length", "name"),
        ({"model": None}, "invalid_type", "model"),
        ({"model": "gpt-99", "temperature": 9}, "decimal_above_max_value", "temperature"),
    ],
)
def test_missing_then_unknown_then_type_then_bounds(raw: Raw, body: Any, code: str, param: str) -> None:
    assert code_of(raw, "/assistants", body) == (code, param)


def test_key_then_header_then_body(raw: Raw) -> None:
    assert raw("POST", "/v1/threads", b"{", {"Authorization": None}, beta=False).status == 401
    assert raw("GET", "/v1/nothing", headers={"Authorization": None}).status == 404
    assert code_of(raw, "/threads", b"{", beta=False) == ("invalid_beta", None)
    assert code_of(raw, "/threads/undefined/messages", b"{") == ("invalid_value", "thread_id")


def test_the_body_is_judged_before_the_state(caller: Caller) -> None:
    path = caller.run_in("requires_action")
    thread = path.rpartition("/runs/")[0]
    wrong_metadata = {"metadata": {"modified": True}}
    assert code_of(caller.raw, path, wrong_metadata) == ("invalid_type", "metadata.modified")
    assert code_of(caller.raw, f"{thread}/messages", {"role": "human", "content": "Hi"})[0] == "invalid_value"
    assert code_of(caller.raw, f"{thread}/runs", {})[0] == "missing_required_parameter"
    done = caller.run_in("completed")
    outputs = {"tool_outputs": "all"}
    assert code_of(caller.raw, f"{done}/submit_tool_outputs", outputs) == ("invalid_type", "tool_outputs")


def test_a_refused_request_changes_nothing(caller: Caller) -> None:
    thread, assistant = caller.thread(None), caller.assistant()
    said = [{"role": "assistant", "content": "I was here."}]
    body = {"assistant_id": assistant, "additional_messages": said}
    assert code_of(caller.raw, f"/threads/{thread}/runs", body) == ("invalid_thread", None)
    assert caller.ok("GET", f"/threads/{thread}/messages")["data"] == []
    assert caller.ok("GET", f"/threads/{thread}/runs")["data"] == []
    path = caller.run_in("requires_action")
    before = caller.ok("GET", path)
    assert code_of(caller.raw, f"{path}/submit_tool_outputs", {"tool_outputs": []}) == (None, None)
    assert caller.ok("GET", path) == before


@pytest.mark.parametrize("body", [b"null", b"[]", b"1", b'"text"', b"true"])
def test_a_body_is_an_object(raw: Raw, body: bytes) -> None:
    assert code_of(raw, "/threads", body) == ("invalid_type", None)


@pytest.mark.parametrize("body", [None, b"", b" \n", b"{}"])
@pytest.mark.parametrize("content_type", [None, "application/json", "application/json; charset=utf-8"])
def test_no_body_is_an_empty_object(caller: Caller, body: bytes | None, content_type: str | None) -> None:
    headers = {"Content-Type": content_type}
    thread = caller.raw("POST", "/v1/threads", body, headers)
    assert thread.status == 200
    path = f"/v1/threads/{thread.body['id']}"
    assert caller.raw("POST", path, body, headers).status == 200
    assert caller.raw("DELETE", path, body, headers).status == 200
    run = caller.run_in("queued")
    assert caller.raw("POST", f"/v1{run}/cancel", body, headers).body["status"] == "cancelling"


def test_nulls_count_as_absent_or_put_back(caller: Caller) -> None:
    settings = dict.fromkeys(
        ("name", "description", "instructions", "tools", "tool_resources", "metadata", "temperature", "top_p")
    )
    assistant = caller.assistant(**settings, response_format=None, reasoning_effort=None)
    fields = {"name": "Ada", "instructions": "Be brief.", "temperature": 0.5, "metadata": {"k": "v"}}
    caller.ok("POST", f"/assistants/{assistant}", fields)
    plain = caller.ok("POST", f"/assistants/{assistant}", settings | {"model": None})
    assert (plain["name"], plain["instructions"], plain["temperature"]) == (None, None, 1.0)
    assert (plain["metadata"], plain["model"]) == ({}, "gpt-4o")
    thread = caller.ok("POST", "/threads", {"messages": None, "tool_resources": None, "metadata": None})["id"]
    message = {"role": "user", "content": "Hi", "attachments": None, "metadata": None}
    caller.ok("POST", f"/threads/{thread}/messages", message)
    outputs = [{"tool_call_id": call, "output": None} for call in ("call_A", "call_B")]
    path = caller.run_in("requires_action")
    caller.ok("POST", f"{path}/submit_tool_outputs", {"tool_outputs": outputs, "stream": None})
    (step,) = caller.ok("GET", f"{path}/steps?limit=1")["data"]
    assert [call["function"]["output"] for call in step["step_details"]["tool_calls"]] == ["", ""]


@pytest.mark.parametrize("missing", ["model", "assistant_id", "role", "content"])
def test_what_is_required_may_not_be_null(caller: Caller, missing: str) -> None:
    bodies: dict[str, Any] = {
        "/assistants": {"model": "gpt-4o"},
        "/threads/runs": {"assistant_id": "asst_1"},
        f"/threads/{caller.thread()}/messages": {"role": "user", "content": "Hi"},
    }
    for path, body in bodies.items():
        if missing in body:
            assert code_of(caller.raw, path, body | {missing: None}) == ("invalid_type", missing)


# Pages of a list of five: a, b, c, d, e


@pytest.mark.parametrize(
    ("query", "shown", "more"),
    [
        ("", "edcba", False),
        ("order=desc", "edcba", False),
        ("order=asc", "abcde", False),
        ("limit=2", "ed", True),
        ("limit=5", "edcba", False),
        ("order=asc&limit=4", "abcd", True),
        ("after=d", "cba", False),
        ("after=d&limit=2", "cb", True),
        ("after=d&limit=3", "cba", False),
        ("after=a", "", False),
        ("order=asc&after=e", "", False),
        ("order=asc&after=b", "cde", False),
        ("order=asc&after=b&limit=1", "c", True),
        ("before=b", "edc", False),
        ("order=asc&before=d", "abc", False),
        ("order=asc&before=a", "", False),
        ("order=asc&before=e&limit=2", "cd", True),
        ("order=asc&before=c&limit=2", "ab", False),
        ("before=b&limit=1", "c", True),
        ("order=asc&after=a&before=e", "bcd", False),
        ("after=e&before=a", "dcb", False),
        ("order=asc&after=d&before=b", "", False),
        ("after=&before=&nonsense=1&limit=100", "edcba", False),
    ],
)
def test_pages(caller: Caller, query: str, shown: str, more: bool) -> None:
    thread = caller.thread(None)
    path = f"/threads/{thread}/messages"
    ids = {}
    for name in "abcde":  # all in one second, so that only the order of insertion can tell
        ids[name] = caller.ok("POST", path, {"role": "user", "content": name})["id"]
    for name, message in ids.items():
        query = query.replace(f"={name}&", f"={message}&")
        query = query.removesuffix(f"={name}") + (f"={message}" if query.endswith(f"={name}") else "")
    page = caller.ok("GET", f"{path}?{query}")
    assert "".join(item["content"][0]["text"]["value"] for item in page["data"]) == shown
    ends = [ids[shown[0]], ids[shown[-1]]] if shown else [None, None]
    assert [page["first_id"], page["last_id"], page["has_more"]] == [*ends, more]


def test_a_deleted_cursor_keeps_its_place(caller: Caller) -> None:
    first, second, third = (caller.assistant() for _ in range(3))
    caller.ok("DELETE", f"/assistants/{second}")
    assert caller.ok("GET", f"/assistants?after={second}")["first_id"] == first
    assert caller.ok("GET", f"/assistants?before={second}")["first_id"] == third
    assert caller.ok("GET", f"/assistants?after={third}&before={first}")["data"] == []


def test_the_sdk_deletes_while_it_turns_pages(client: openai.OpenAI) -> None:
    made = [client.beta.assistants.create(model="gpt-4o").id for _ in range(5)]
    pages = client.beta.assistants.list(limit=2, order="asc")
    assert [client.beta.assistants.delete(assistant.id).id for assistant in pages] == made


def test_the_sdk_turns_pages(client: openai.OpenAI) -> None:
    made = [client.beta.assistants.create(model="gpt-4o", name=str(n)).id for n in range(7)]
    assert [each.id for each in client.beta.assistants.list(limit=3, order="asc")] == made
    assert [each.id for each in client.beta.assistants.list(limit=2)] == made[::-1]


def test_the_sdk_raises_by_status(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        client.beta.threads.retrieve("thread_X")
    error = caught.value
    assert (error.code, error.param, error.type) == (None, None, "invalid_request_error")
    assert error.body["message"] == "No thread found with id 'thread_X'."  # type: ignore[index]
    assert error.request_id is not None
    assert error.request_id.startswith("req_")
    with pytest.raises(openai.BadRequestError) as refused:
        client.beta.assistants.create(model="gpt-99")
    assert (refused.value.code, refused.value.param) == ("model_not_found", "model")
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-99")
