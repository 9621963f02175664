"""Refusals arrive as the SDK's own exception classes, with the API's words."""

from __future__ import annotations

import openai

from tests.sdks.checks import check
from tests.sdks.sdk import MODEL, Sdk, got, refused


@check
async def active_run(sdk: Sdk) -> None:
    """A thread with an active run refuses a second run and new messages."""
    assistant, thread = await sdk.assistant(), await sdk.thread()
    run = await got(sdk.runs.create(thread.id, assistant_id=assistant.id))
    error = await refused(
        lambda: sdk.runs.create(thread.id, assistant_id=assistant.id), openai.BadRequestError
    )
    told = f"Thread {thread.id} already has an active run {run.id}."
    assert error.body["message"] == told
    assert told in str(error)
    assert (error.status_code, error.code, error.param, error.type) == (
        400,
        None,
        None,
        "invalid_request_error",
    )
    error = await refused(
        lambda: sdk.messages.create(thread.id, role="user", content="more"), openai.BadRequestError
    )
    assert error.body["message"] == f"Can't add messages to {thread.id} while a run {run.id} is active."
    error = await refused(
        lambda: sdk.runs.update(run.id, thread_id=thread.id, metadata={"a": "b"}), openai.BadRequestError
    )
    assert error.body["message"] == "Cannot update run with status 'queued'."


@check
async def unknown_ids(sdk: Sdk) -> None:
    """What does not exist is a NotFoundError that names it."""
    thread = await sdk.thread()
    calls = {
        "No assistant found with id 'asst_x'.": lambda: sdk.assistants.retrieve("asst_x"),
        "No thread found with id 'thread_x'.": lambda: sdk.threads.retrieve("thread_x"),
        "No message found with id 'msg_x'.": lambda: sdk.messages.retrieve("msg_x", thread_id=thread.id),
        "No run found with id 'run_x'.": lambda: sdk.runs.retrieve("run_x", thread_id=thread.id),
    }
    for told, call in calls.items():
        error = await refused(call, openai.NotFoundError)
        assert (error.body["message"], error.status_code, error.code) == (told, 404, None)
        assert error.response.headers["x-request-id"].startswith("req_")


@check
async def invalid_requests(sdk: Sdk) -> None:
    """Message, code and param tell what is wrong with a request."""
    error = await refused(lambda: sdk.assistants.create(model="gpt-none"), openai.BadRequestError)
    assert (error.code, error.param) == ("model_not_found", "model")
    error = await refused(lambda: sdk.threads.create(metadata={"n": 1}), openai.BadRequestError)
    assert (error.code, error.param) == ("invalid_type", "metadata.n")
    assert "expected a string, but got an integer instead" in str(error)
    thread = await sdk.thread()
    error = await refused(
        lambda: sdk.messages.create(thread.id, role="robot", content="hi"), openai.BadRequestError
    )
    assert (error.code, error.param) == ("invalid_value", "role")
    error = await refused(lambda: sdk.threads.create(extra_body={"colour": 1}), openai.BadRequestError)
    assert (error.code, error.param) == ("unknown_parameter", "colour")
    assistant, empty = await sdk.assistant(), await got(sdk.threads.create())
    error = await refused(
        lambda: sdk.runs.create(empty.id, assistant_id=assistant.id), openai.BadRequestError
    )
    assert error.code == "invalid_thread"


@check
async def refused_before_streaming(sdk: Sdk) -> None:
    """With stream=True a refusal is an ordinary error too, not an event."""
    thread = await sdk.thread()
    error = await refused(
        lambda: sdk.runs.create(thread.id, assistant_id="asst_x", stream=True), openai.NotFoundError
    )
    assert error.body["message"] == "No assistant found with id 'asst_x'."


@check
async def wrong_key(sdk: Sdk) -> None:
    """A server that knows its keys refuses others, without showing the key."""
    client = sdk.other(base_url=sdk.locked_url, api_key="sk-wrong-000000000000")
    try:
        error = await refused(lambda: client.beta.assistants.create(model=MODEL), openai.AuthenticationError)
    finally:
        await got(client.close())
    assert (error.status_code, error.code) == (401, "invalid_api_key")
    assert "Incorrect API key provided" in str(error)
    assert "sk-wrong-000000000000" not in str(error)
