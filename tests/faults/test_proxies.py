"""Answers of gateways in detail."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from harness.control import Control
from tests.conftest import Raw

FOREIGN = ["html_200", "wrong_type", "empty_200", "bad_json", "502", "503(page=html)", "504", "413(html)"]
"""What somebody on the way has written."""


@pytest.mark.parametrize("fault", FOREIGN)
def test_a_gateway_sends_none_of_the_apis_headers(raw: Raw, control: Control, fault: str) -> None:
    control.arm(fault, "threads.create")
    answer = raw.begin("POST", "/v1/threads", {})
    told = {"retry-after-ms"} if answer.status >= 500 else set()
    names = {name for name in answer.headers if name != "date"}
    assert names == {"content-type", "content-length"} | told
    assert len(answer.read()) == int(answer.headers["content-length"])


@pytest.mark.parametrize(
    ("kind", "value"),
    [("list", []), ("null", None), ("text", "ok"), ("number", 1), ("object", {"status": "ok"})],
)
def test_kinds_of_json(raw: Raw, control: Control, kind: str, value: Any) -> None:
    control.arm(f"wrong_type({kind}, done=true)", "threads.create")
    answer = raw("POST", "/v1/threads", {})
    assert (answer.status, answer.body) == (200, value)
    (entry,) = control.journal(operation="threads.create")
    assert (entry["performed"], entry["response"]) == (True, value)


def test_half_of_a_refusal_is_still_one(raw: Raw, control: Control) -> None:
    whole = raw("GET", "/v1/threads/thread_x").raw
    control.arm("bad_json", "threads.retrieve")
    half = raw.begin("GET", "/v1/threads/thread_x")
    assert (half.status, half.read()) == (404, whole[: len(whole) // 2])


def test_half_an_answer_waits_for_an_answer_in_json(client: openai.OpenAI, control: Control) -> None:
    """A stream and the content of a file are let through, and not even counted."""
    control.arm("bad_json")
    described = {"object": "file", "id": "file-out", "filename": "out.txt", "purpose": "fine-tune"}
    control.fixtures([{**described, "text": "Hello."}, {"object": "assistant", "id": "asst_x"}])
    assert client.files.content("file-out").text == "Hello."
    messages: Any = [{"role": "user", "content": "Hello."}]
    events = client.beta.threads.create_and_run(
        assistant_id="asst_x", thread={"messages": messages}, stream=True
    )
    assert [event.event for event in events][-1] == "thread.run.completed"
    assert control.faults()[0]["seen"] == 0


def test_a_stream_that_is_none_makes_the_helper_give_up(client: openai.OpenAI, control: Control) -> None:
    """The run is queued and nobody listens; the SDK only misses the end."""
    control.fixtures({"object": "assistant", "id": "asst_x"})
    thread = client.beta.threads.create(messages=[{"role": "user", "content": "Hello."}])
    control.arm("empty_200", "runs.create")
    with client.beta.threads.runs.stream(thread_id=thread.id, assistant_id="asst_x") as stream:
        with pytest.raises(RuntimeError, match="No final run object found"):
            stream.get_final_run()
    assert [run.status for run in client.beta.threads.runs.list(thread.id)] == ["queued"]
