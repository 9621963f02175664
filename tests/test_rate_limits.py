"""Rate limits as a client meets them: refused in the API's words, told when to come back, and let in then."""

from __future__ import annotations

import time
from typing import Any
from unittest.mock import patch

import openai
import pytest

from harness.control import Control
from mockserver.server import Server
from tests.conftest import Answer, Raw
from tests.stage import TEXT, form

ORGANIZATION = "organization org-assistants-mock"
SEE = "Visit https://platform.openai.com/account/rate-limits to learn more."
ON_EVERY_ANSWER = {
    f"x-ratelimit-{what}-{of}" for what in ("limit", "remaining", "reset") for of in ("requests", "tokens")
}


def limits(answer: Any) -> dict[str, str]:
    """The headers of an answer that speak of rates."""
    return {
        name: value
        for name, value in answer.headers.items()
        if name.startswith(("x-ratelimit-", "retry-after"))
    }


def refused(answer: Answer) -> str:
    """What a 429 says."""
    assert answer.status == 429, answer.raw.decode()
    error = answer.body["error"]
    assert (error["param"], error["code"]) == (None, "rate_limit_exceeded")
    assert error["message"].endswith(SEE)
    return str(error["message"].removesuffix(f" {SEE}"))


def waits() -> Any:
    """How long the SDK would have slept, instead of sleeping."""
    return patch.object(time, "sleep")


# Calls a minute


def test_without_limits_nobody_is_too_fast_and_nothing_is_said(client: openai.OpenAI) -> None:
    for _ in range(50):
        answer = client.beta.threads.with_raw_response.create()
    assert limits(answer) == {}


def test_the_fourth_of_three_is_refused_and_nothing_was_done(client: openai.OpenAI, control: Control) -> None:
    control.new_world(rate_limits={"requests_per_minute": 3})
    begin = control.clock()["now"]
    for left in ("2", "1", "0"):
        answer = client.beta.assistants.with_raw_response.create(model="gpt-4o")
        assert answer.headers["x-ratelimit-remaining-requests"] == left
    with pytest.raises(openai.RateLimitError) as caught:
        client.beta.assistants.create(model="gpt-4o")
    assert caught.value.body == {
        "message": f"Rate limit reached for {ORGANIZATION} on requests per min (RPM): Limit 3, Used 3,"
        f" Requested 1. Please try again in 20s. {SEE}",
        "type": "requests",
        "param": None,
        "code": "rate_limit_exceeded",
    }
    assert limits(caught.value.response) == {
        "retry-after": "20",
        "retry-after-ms": "1",
        "x-ratelimit-limit-requests": "3",
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "1m0s",
    }
    assert [entry["status"] for entry in control.journal()] == [200, 200, 200, 429]
    # Somebody who does not wait is refused again, and time has not moved by itself.
    with pytest.raises(openai.RateLimitError):
        client.beta.assistants.list()
    assert control.clock()["now"] == begin
    control.advance(19.999)
    with pytest.raises(openai.RateLimitError, match=r"Used 3, Requested 1\. Please try again in 1ms\."):
        client.beta.assistants.list()
    control.advance(0.001)
    assert len(client.beta.assistants.list().data) == 3


def test_an_sdk_that_backs_off_succeeds_and_time_has_passed(client: openai.OpenAI, control: Control) -> None:
    """It sleeps a millisecond; the world's clock goes to where it was told to come back."""
    control.new_world(rate_limits={"requests_per_minute": 3})
    begin = control.clock()["now"]
    patient = client.with_options(max_retries=2)
    with waits() as slept:
        for _ in range(5):
            patient.beta.threads.create()
    assert [call.args for call in slept.call_args_list] == [(0.001,), (0.001,)]
    assert control.clock()["now"] - begin == 40
    assert [entry["status"] for entry in control.journal()] == [200, 200, 200, 429, 200, 429, 200]


def test_what_falls_due_meanwhile_happens(client: openai.OpenAI, control: Control) -> None:
    control.new_world(rate_limits={"requests_per_minute": 3}, latency={"queued": "5s"})
    assistant = client.beta.assistants.create(model="gpt-4o", instructions="Be brief.").id
    thread = client.beta.threads.create().id
    client.beta.threads.runs.create(thread, assistant_id=assistant)
    with waits():
        run = client.with_options(max_retries=1).beta.threads.runs.list(thread).data[0]
    assert run.status == "completed"
    assert run.started_at is not None
    assert run.started_at - run.created_at == 5


def test_a_call_that_is_refused_for_another_reason_has_used_the_limit_too(raw: Raw, control: Control) -> None:
    control.new_world(rate_limits={"requests_per_minute": 2})
    assert raw("POST", "/v1/threads", {}, beta=False).status == 400
    assert raw("GET", "/v1/threads/thread_gone").status == 404
    assert "on requests per min (RPM): Limit 2, Used 2, Requested 1" in refused(raw("POST", "/v1/threads"))


def test_the_control_door_is_never_limited_and_other_keys_have_their_own(
    server: Server, raw: Raw, control: Control, client: openai.OpenAI
) -> None:
    control.new_world(rate_limits={"requests_per_minute": 1})
    client.beta.assistants.list()
    for _ in range(5):
        control.journal()
    assert raw("GET", "/v1/assistants").status == 429
    assert client.with_options(api_key=f"{client.api_key}-other").beta.assistants.list().data == []


# On every answer


def test_every_answer_says_what_is_left(raw: Raw, control: Control) -> None:
    """Objects, streams, downloads, refusals: whatever an operation answers."""
    control.new_world(rate_limits={"requests_per_minute": 1_000, "tokens_per_minute": 30_000})
    assistant = raw("POST", "/v1/assistants", {"model": "gpt-4o", "instructions": "Be brief."}).body["id"]
    stream = raw("POST", "/v1/threads/runs", {"assistant_id": assistant, "stream": True})
    assert stream.events()[-1] == ("done", "[DONE]")
    body, headers = form({"purpose": "batch"}, file=("a.jsonl", b"{}\n"))
    upload = raw("POST", "/v1/files", body, headers)
    answers = [
        stream,
        upload,
        raw("GET", f"/v1/files/{upload.body['id']}/content"),
        raw("GET", "/v1/assistants/asst_gone"),
        raw("POST", "/v1/threads", b"{"),
        raw("POST", "/v1/threads", {"surprise": 1}),
        raw("GET", "/v1/threads/thread_X", beta=False),
        raw("DELETE", f"/v1/assistants/{assistant}"),
    ]
    assert [answer.status for answer in answers] == [200, 200, 200, 404, 400, 400, 400, 200]
    for answer in answers:
        assert limits(answer).keys() == ON_EVERY_ANSWER
    assert [limits(answer)["x-ratelimit-limit-tokens"] for answer in answers] == ["30000"] * 8
    # As it was when the call came in; while the stream went on, time passed and gave some back.
    assert limits(stream)["x-ratelimit-remaining-requests"] == "998"


def test_without_calls_or_tokens_limited_nothing_is_said(raw: Raw, control: Control) -> None:
    control.new_world(rate_limits="documented")
    assert limits(raw("GET", "/v1/assistants")) == {}


def test_azures_own_words_keep_the_headers(raw: Raw, control: Control) -> None:
    control.new_world(rate_limits={"requests_per_minute": 9})
    body, headers = form({"purpose": "assistants"}, file=("a.xlsx", TEXT))
    file = raw("POST", "/v1/files", body, headers).body["id"]
    answer = raw("POST", "/openai/v1/vector_stores", {"file_ids": [file]})
    assert "Supported file types include" in answer.body["error"]["message"]
    assert limits(answer)["x-ratelimit-remaining-requests"] == "7"


# Tokens a minute


def talk(client: openai.OpenAI, words: int, **assistant: Any) -> tuple[str, str]:
    """The ids of an assistant and of a thread of so many words."""
    made = client.beta.assistants.create(model="gpt-4o", **assistant)
    return made.id, client.beta.threads.create(messages=[{"role": "user", "content": "cake " * words}]).id


def test_tokens_are_counted_where_the_model_will_read(client: openai.OpenAI, control: Control) -> None:
    """Of the call's body and the thread's messages; polls and other calls take none."""
    control.new_world(rate_limits={"tokens_per_minute": 1_000})
    assistant, thread = talk(client, 400)
    answer = client.beta.threads.runs.with_raw_response.create(thread, assistant_id=assistant)
    run, told = answer.parse(), limits(answer)
    assert 500 < int(told["x-ratelimit-remaining-tokens"]) < 600
    begun = control.clock()["now"]
    polled = client.beta.threads.runs.with_raw_response.retrieve(run.id, thread_id=thread)
    assert control.clock()["now"] >= begun
    assert int(limits(polled)["x-ratelimit-remaining-tokens"]) >= int(told["x-ratelimit-remaining-tokens"])


def test_tokens_run_out_and_come_back(client: openai.OpenAI, control: Control) -> None:
    control.new_world(rate_limits={"tokens_per_minute": 1_000})
    assistant, thread = talk(client, 700)
    _, other = talk(client, 700)
    client.beta.threads.runs.create(thread, assistant_id=assistant)
    message = (
        rf"Rate limit reached for gpt-4o in {ORGANIZATION} on tokens per min \(TPM\): Limit 1000, Used 7\d\d,"
        r" Requested 7\d\d\. Please try again in 2\d\.?\d*s\."
    )
    with pytest.raises(openai.RateLimitError, match=message) as caught:
        client.beta.threads.runs.create(other, assistant_id=assistant)
    assert caught.value.type == "tokens"
    told = limits(caught.value.response)
    assert int(told["retry-after"]) in range(24, 30)
    assert client.beta.threads.runs.list(other).data == []
    control.advance(int(told["retry-after"]))
    assert client.beta.threads.runs.create(other, assistant_id=assistant).status == "queued"


def test_what_a_run_may_write_counts_if_it_is_more(client: openai.OpenAI, control: Control) -> None:
    control.new_world(rate_limits={"tokens_per_minute": 1_000})
    assistant, thread = talk(client, 10)
    ask = client.beta.threads.runs.with_raw_response.create
    answer = ask(thread, assistant_id=assistant, max_completion_tokens=900)
    assert limits(answer)["x-ratelimit-remaining-tokens"] == "100"


def test_more_than_a_minute_has_is_refused_for_good(client: openai.OpenAI, control: Control) -> None:
    """In the words recorded for it, without a time to come back."""
    control.new_world(rate_limits={"tokens_per_minute": 100})
    assistant, thread = talk(client, 200)
    message = rf"Request too large for gpt-4o-mini in {ORGANIZATION} on tokens per min \(TPM\): Limit 100,"
    with pytest.raises(openai.RateLimitError, match=message) as caught:
        client.beta.threads.runs.create(thread, assistant_id=assistant, model="gpt-4o-mini")
    assert "retry-after" not in caught.value.response.headers
    assert limits(caught.value.response)["x-ratelimit-remaining-tokens"] == "100"


def test_tool_outputs_count_and_name_the_runs_model(client: openai.OpenAI, control: Control) -> None:
    control.new_world(rate_limits={"tokens_per_minute": 100})
    control.add_replies({"then": {"tool_calls": [{"function": "look", "arguments": {}, "id": "call_A"}]}})
    assistant, thread = talk(client, 3, tools=[{"type": "function", "function": {"name": "look"}}])
    run = client.beta.threads.runs.create_and_poll(thread_id=thread, assistant_id=assistant)
    assert run.status == "requires_action"
    with pytest.raises(openai.RateLimitError, match="Request too large for gpt-4o in") as caught:
        client.beta.threads.runs.submit_tool_outputs(
            run.id, thread_id=thread, tool_outputs=[{"tool_call_id": "call_A", "output": "cake " * 100}]
        )
    assert caught.value.code == "rate_limit_exceeded"
    kept = client.beta.threads.runs.retrieve(run.id, thread_id=thread)
    assert kept.status == "requires_action"


def test_a_call_that_nothing_can_be_made_of_is_refused_for_what_it_is(raw: Raw, control: Control) -> None:
    control.new_world(rate_limits={"tokens_per_minute": 10**9, "attached_files_per_minute": 5})
    for body in (b"{", b"[" * 100_000, b"\xff", [1], {"assistant_id": 7, "max_completion_tokens": "many"}):
        for path in (
            "/threads/thread_X/runs",
            "/threads/runs",
            "/threads/thread_X/runs/run_X/submit_tool_outputs",
        ):
            assert raw("POST", f"/v1{path}", body).status in (400, 404)
        assert raw("POST", "/v1/vector_stores/vs_X/file_batches", body).status in (400, 404, 429)


# Files and vector stores


def test_one_store_takes_so_many_calls(raw: Raw, control: Control) -> None:
    """Shared by both routes that attach (E-121); another store has its own, reading is free."""
    control.new_world(rate_limits={"vector_store_requests_per_minute": 2}, latency="instant")
    body, headers = form({"purpose": "assistants"}, file=("a.txt", TEXT))
    file = raw("POST", "/v1/files", body, headers).body["id"]
    one, other = (f"/v1/vector_stores/{raw('POST', '/v1/vector_stores', {}).body['id']}" for _ in "12")
    assert raw("POST", f"{one}/files", {"file_id": file}).status == 200
    assert raw("POST", f"{one}/file_batches", {"file_ids": [file]}).status == 200
    for call in (("files", {"file_id": file}), ("file_batches", {"file_ids": [file]})):
        answer = raw("POST", f"{one}/{call[0]}", call[1])
        assert refused(answer) == (
            f"Rate limit reached for vector store {one.rpartition('/')[2]} in {ORGANIZATION} on requests per"
            " min (RPM): Limit 2, Used 2, Requested 1. Please try again in 30s."
        )
        assert answer.body["error"]["type"] == "requests"
        assert limits(answer) == {"retry-after": "30", "retry-after-ms": "1"}
    assert raw("GET", f"{one}/files").status == 200
    assert raw("POST", f"{other}/files", {"file_id": file}).status == 200
    control.advance(30)
    assert raw("POST", f"{one}/files", {"file_id": file}).status == 200


def test_all_stores_take_so_many_files(raw: Raw, control: Control) -> None:
    control.new_world(rate_limits={"attached_files_per_minute": 4}, latency="instant")
    files = []
    for name in ("a.txt", "b.txt", "c.txt"):
        body, headers = form({"purpose": "assistants"}, file=(name, TEXT))
        files.append(raw("POST", "/v1/files", body, headers).body["id"])
    one, other = (f"/v1/vector_stores/{raw('POST', '/v1/vector_stores', {}).body['id']}" for _ in "12")
    assert raw("POST", f"{one}/file_batches", {"file_ids": files}).status == 200
    chosen = {"files": [{"file_id": file} for file in files[:2]]}
    answer = raw("POST", f"{other}/file_batches", chosen)
    told = f"Rate limit reached for {ORGANIZATION} on attached files per min: Limit 4, Used 3, Requested 2."
    assert refused(answer) == f"{told} Please try again in 15s."
    assert raw("POST", f"{other}/files", {"file_id": files[0]}).status == 200
    too_many = raw("POST", f"{other}/file_batches", {"file_ids": [*files, *files]})
    assert refused(too_many) == (
        f"Request too large for {ORGANIZATION} on attached files per min: Limit 4, Requested 6."
    )
    assert limits(too_many) == {}


def test_so_many_files_are_uploaded(client: openai.OpenAI, control: Control) -> None:
    """With both members that errors have on this route."""
    control.new_world(rate_limits={"uploads_per_minute": 1})
    client.files.create(file=("a.txt", TEXT), purpose="assistants")
    with pytest.raises(openai.RateLimitError, match=f"for {ORGANIZATION} on file uploads per min") as caught:
        client.files.create(file=("b.txt", TEXT), purpose="assistants")
    body = caught.value.response.json()
    assert body["detail"] == {"message": body["error"]["message"], "code": "rate_limit_exceeded"}
    assert len(client.files.list().data) == 1
    with waits() as slept:
        file = client.with_options(max_retries=1).files.create(file=("b.jsonl", b"{}\n"), purpose="batch")
    assert slept.call_count == 1
    assert client.files.content(file.id).read() == b"{}\n"
