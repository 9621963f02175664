"""Rows of sections 7 and 8 of the table: rates, quotas and failures of the service itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.conftest import Answer
from tests.error_rows import REQUEST_ID, Caller, row

SEE = "Visit https://platform.openai.com/account/rate-limits to learn more."
WHO = "organization org-assistants-mock"


def told(
    answer: Answer, status: int, says: str, kind: str, code: str | None, headers: Mapping[str, str]
) -> None:
    """An error of a type of its own, in exactly these words and bytes, and what it says about coming back."""
    body = {"error": {"message": says, "type": kind, "param": None, "code": code}}
    assert (answer.status, answer.body) == (status, body)
    assert answer.raw.decode() == json.dumps(body, indent=2)
    assert answer.headers["content-type"] == "application/json"
    assert REQUEST_ID.fullmatch(answer.headers["x-request-id"])
    found = {name: value for name, value in answer.headers.items() if name.startswith(("retry-", "x-should"))}
    assert found == headers


def twenty_seconds() -> dict[str, str]:
    """In virtual time an SDK need not sleep for them."""
    return {"retry-after": "20", "retry-after-ms": "1"}


@row("E-120")
def internal_error(caller: Caller) -> None:
    file = caller.file()
    store = caller.store()
    batch = caller.ok("POST", f"{store}/file_batches", {"file_ids": [file]})["id"]
    path = f"/v1{store}/file_batches/{batch}/files"
    answer = caller.raw("GET", path, headers={"X-Mock-Fault": "500"})
    says = (
        "The server had an error processing your request. Sorry about that! You can retry your request, or"
        " contact us through our help center at help.openai.com if you keep seeing this error. (Please"
        f" include the request ID {answer.headers['x-request-id']} in your email.)"
    )
    told(answer, 500, says, "server_error", None, {"retry-after-ms": "1"})
    assert answer.headers["openai-processing-ms"].isdigit()
    assert "openai-version" not in answer.headers
    assert "openai-organization" not in answer.headers
    assert caller.raw("GET", path).status == 200


@row("E-121")
def one_vector_store(caller: Caller) -> None:
    caller.control.new_world(rate_limits="documented")
    file, store = caller.file(), caller.store()
    for _ in range(150):
        caller.ok("POST", f"{store}/files", {"file_id": file})
        caller.ok("POST", f"{store}/file_batches", {"file_ids": [file]})
    whom = f"vector store {store.rpartition('/')[2]} in {WHO}"
    for call in (("files", {"file_id": file}), ("file_batches", {"file_ids": [file]})):
        answer = caller.raw("POST", f"/v1{store}/{call[0]}", call[1])
        says = (
            f"Rate limit reached for {whom} on requests per min (RPM): Limit 300, Used 300, Requested 1."
            f" Please try again in 200ms. {SEE}"
        )
        headers = {"retry-after": "1", "retry-after-ms": "1"}
        told(answer, 429, says, "requests", "rate_limit_exceeded", headers)
    caller.control.advance(0.2)
    caller.ok("POST", f"{store}/files", {"file_id": file})


@row("E-130")
def tokens(caller: Caller) -> None:
    caller.control.new_world(rate_limits={"tokens_per_minute": 3_000})
    assistant = caller.raw("POST", "/v1/assistants", {"model": "gpt-4"}).body["id"]
    question = {"messages": [{"role": "user", "content": "Hello?"}]}
    threads = [caller.raw("POST", "/v1/threads", question).body["id"] for _ in range(2)]

    def run(thread: str) -> Answer:
        asked: dict[str, Any] = {"assistant_id": assistant, "max_completion_tokens": 2_000}
        return caller.raw("POST", f"/v1/threads/{thread}/runs", asked)

    assert run(threads[0]).status == 200
    says = (
        f"Rate limit reached for gpt-4 in {WHO} on tokens per min (TPM): Limit 3000, Used 2000, Requested"
        f" 2000. Please try again in 20s. {SEE}"
    )
    told(run(threads[1]), 429, says, "tokens", "rate_limit_exceeded", twenty_seconds())
    caller.control.advance(20)
    assert run(threads[1]).status == 200


@row("E-131")
def requests(caller: Caller) -> None:
    caller.control.new_world(rate_limits={"requests_per_minute": 3})
    thread = caller.raw("POST", "/v1/threads", {"messages": [{"role": "user", "content": "Hello?"}]})
    asked = {"model": "gpt-3.5-turbo-1106"}
    asked["assistant_id"] = caller.raw("POST", "/v1/assistants", asked).body["id"]
    path = f"/v1/threads/{thread.body['id']}"
    assert caller.raw("GET", path).status == 200
    full = f"on requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in 20s. {SEE}"
    # A call that names no model names the organization alone.
    for method, where, body, whom in (
        ("POST", f"{path}/runs", asked, f"gpt-3.5-turbo-1106 in {WHO}"),
        ("GET", path, None, WHO),
    ):
        answer = caller.raw(method, where, body)
        says = f"Rate limit reached for {whom} {full}"
        told(answer, 429, says, "requests", "rate_limit_exceeded", twenty_seconds())
    caller.control.advance(20)
    assert caller.raw("POST", f"{path}/runs", asked).status == 200


@row("E-132")
def quota(caller: Caller) -> None:
    answer = caller.raw("POST", "/v1/threads", {}, {"X-Mock-Fault": "429_quota"})
    says = (
        "You exceeded your current quota, please check your plan and billing details. For more information"
        " on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors."
    )
    told(answer, 429, says, "insufficient_quota", "insufficient_quota", {"retry-after-ms": "1"})


@row("E-135")
def overloaded(caller: Caller) -> None:
    answer = caller.raw("POST", "/v1/threads", {}, {"X-Mock-Fault": "503"})
    assert (answer.status, answer.body["error"]["code"]) == (503, "server_is_overloaded")
