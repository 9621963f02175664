"""What clients see of refusals and failures that any call may meet."""

from __future__ import annotations

import openai

from tests.faults.shows import Stage, shows

IRE = "invalid_request_error"


def _members(error: openai.APIStatusError) -> list[str | None]:
    """Type, param and code of an error in the API's form."""
    body = error.body
    assert isinstance(body, dict)
    return [body["type"], body["param"], body["code"]]


def _message(error: openai.APIStatusError) -> str:
    body = error.body
    assert isinstance(body, dict)
    return str(body["message"])


def _refused(stage: Stage, thread: str, kind: type[openai.APIStatusError]) -> openai.APIStatusError:
    """Say "Two" and be refused: nothing was said, and the next message goes through."""
    error = stage.fails(kind, lambda: stage.say(thread, "Two"))
    assert stage.texts(thread) == ["One"]
    stage.say(thread, "Three")
    assert stage.texts(thread) == ["One", "Three"]
    return error


@shows("400")
def bad_request(stage: Stage) -> None:
    """A call with a body is told that the body cannot be read."""
    thread = stage.thread("One")
    stage.arm("400", "messages.create")
    error = _refused(stage, thread, openai.BadRequestError)
    assert _members(error) == [IRE, None, None]
    assert _message(error).startswith("We could not parse the JSON body of your request. (HINT: ")
    assert error.request_id is not None
    assert "retry-after-ms" not in error.response.headers


@shows("400")
def bad_request_in_other_words(stage: Stage) -> None:
    """A refusal one has met elsewhere, word for word."""
    thread = stage.thread("One")
    stage.arm('400("Too bad, really.", code=too_bad, param=content)', "messages.create")
    error = _refused(stage, thread, openai.BadRequestError)
    assert (_message(error), _members(error)) == ("Too bad, really.", [IRE, "content", "too_bad"])


@shows("401")
def unauthorized(stage: Stage) -> None:
    """The key is shown as the API shows wrong keys: its ends, and stars in between."""
    thread = stage.thread("One")
    stage.arm("401", "messages.create")
    error = _refused(stage, thread, openai.AuthenticationError)
    key = stage.client.api_key
    assert f"Incorrect API key provided: {key[:8]}{'*' * (len(key) - 12)}{key[-4:]}." in _message(error)
    assert _members(error) == [IRE, None, "invalid_api_key"]
    assert error.response.headers["www-authenticate"] == 'Bearer realm="OpenAI API"'


@shows("401")
def unauthorized_for_this(stage: Stage) -> None:
    """The key is good for other calls only."""
    thread = stage.thread("One")
    stage.arm("401(missing_scopes)", "messages.create")
    error = _refused(stage, thread, openai.AuthenticationError)
    assert " Missing scopes: api.threads.write. " in _message(error)


@shows("403")
def forbidden(stage: Stage) -> None:
    """Asked from a country that is not served."""
    thread = stage.thread("One")
    stage.arm("403", "messages.create")
    error = _refused(stage, thread, openai.PermissionDeniedError)
    assert _message(error) == "Country, region, or territory not supported"
    assert _members(error) == ["request_forbidden", None, "unsupported_country_region_territory"]


@shows("404_vanished")
def vanished(stage: Stage) -> None:
    """The thread has been deleted, and whoever looks finds that it is so."""
    thread = stage.thread("One")
    stage.arm("404_vanished", "messages.create")
    error = stage.fails(openai.NotFoundError, lambda: stage.say(thread, "Two"))
    assert _message(error) == f"No thread found with id '{thread}'."
    assert _members(error) == [IRE, None, None]
    stage.fails(openai.NotFoundError, lambda: stage.texts(thread))
    stage.say(stage.thread("One"), "Two")


@shows("404_vanished")
def not_seen_yet(stage: Stage) -> None:
    """Only this call does not find the thread."""
    thread = stage.thread("One")
    stage.arm("404_vanished(false)", "messages.create")
    error = _refused(stage, thread, openai.NotFoundError)
    assert _message(error) == f"No thread found with id '{thread}'."


@shows("404_vanished")
def vanished_assistant(stage: Stage) -> None:
    """The thread is there, the assistant that was to answer on it is not."""
    assistant, thread = stage.assistant(), stage.thread()
    runs = stage.client.beta.threads.runs
    stage.arm("404_vanished(what=assistant)", "runs.create")
    error = stage.fails(openai.NotFoundError, lambda: runs.create(thread, assistant_id=assistant))
    assert _message(error) == f"No assistant found with id '{assistant}'."
    assert runs.create(thread, assistant_id=stage.assistant()).status == "queued"
    stage.fails(openai.NotFoundError, lambda: stage.client.beta.assistants.retrieve(assistant))


@shows("409")
def conflict(stage: Stage) -> None:
    """Somebody else was at it. An SDK that repeats the call is asked to do so at once."""
    thread = stage.thread("One")
    stage.arm("409", "messages.create")
    error = _refused(stage, thread, openai.ConflictError)
    assert (_message(error), _members(error)) == (
        "The resource was updated by another request.",
        [IRE, None, None],
    )
    assert error.response.headers["retry-after-ms"] == "1"


@shows("409")
def conflict_about_a_file(stage: Stage) -> None:
    """A file that is still processed cannot be deleted."""
    files = stage.client.files
    file = files.create(file=("notes.txt", b"Notes."), purpose="assistants")
    stage.arm("409", "files.delete")
    error = stage.fails(openai.ConflictError, lambda: files.delete(file.id))
    assert _message(error) == "File is still processing. Check back later."
    assert files.delete(file.id).deleted


@shows("413")
def too_large(stage: Stage) -> None:
    """More was sent than goes through; the SDK has no name for it."""
    thread = stage.thread("One")
    stage.arm("413", "messages.create")
    error = _refused(stage, thread, openai.APIStatusError)
    size = int(error.request.headers["content-length"])
    assert error.status_code == 413
    assert _message(error) == f"Maximum content size limit ({size - 1}) exceeded ({size} bytes read)"
    assert _members(error) == ["server_error", None, None]


@shows("413")
def too_large_for_a_gateway(stage: Stage) -> None:
    """An upload meets a page of HTML."""
    files = stage.client.files
    stage.arm("413(html)", "files.create")
    error = stage.fails(
        openai.APIStatusError, lambda: files.create(file=("a.txt", b"text"), purpose="assistants")
    )
    assert error.status_code == 413
    assert error.response.text.startswith("<html>\r\n<head><title>413 Request Entity Too Large</title>")
    assert error.request_id is None
    assert list(files.list()) == []
    assert files.create(file=("a.txt", b"text"), purpose="assistants").filename == "a.txt"


@shows("sunset_404")
def sunset(stage: Stage) -> None:
    """The API is gone. Files are not."""
    thread = stage.thread("One")
    stage.arm("sunset_404", "messages.create")
    error = _refused(stage, thread, openai.NotFoundError)
    assert _message(error) == f"Invalid URL (POST /v1/threads/{thread}/messages)"
    assert _members(error) == [IRE, None, None]


@shows("429")
def rate_limited(stage: Stage) -> None:
    """Told when to come back; an SDK that does so by itself is asked to do it at once."""
    thread = stage.thread("One")
    stage.arm("429", "messages.create")
    error = _refused(stage, thread, openai.RateLimitError)
    assert _message(error) == (
        "Rate limit reached for organization org-assistants-mock on requests per min (RPM): Limit 3, Used 3,"
        " Requested 1. Please try again in 20s. Visit https://platform.openai.com/account/rate-limits to"
        " learn more."
    )
    assert _members(error) == ["requests", None, "rate_limit_exceeded"]
    assert error.response.headers["retry-after"] == "20"


@shows("429")
def rate_limited_by_tokens(stage: Stage) -> None:
    """A run is refused in the name of its model, and the SDK's own retry comes when it was told."""
    assistant, thread = stage.assistant(), stage.thread()
    begun = stage.control.clock()["now"]
    stage.arm("429(6s, tokens)", "runs.create")
    runs = stage.client.with_options(max_retries=1).beta.threads.runs
    run = runs.create(thread, assistant_id=assistant)
    assert run.created_at == begun + 6
    refused, created = stage.control.journal(operation="runs.create")
    assert refused["response"]["error"]["message"].startswith(
        "Rate limit reached for gpt-4o in organization org-assistants-mock on tokens per min (TPM): Limit"
        " 30000, Used 30000, Requested 3000. Please try again in 6s. "
    )
    assert created["response"]["id"] == run.id


@shows("429_quota")
def quota(stage: Stage) -> None:
    """The money is gone, and nothing says when to come back. The SDK is back at once all the same."""
    thread = stage.thread("One")
    stage.arm("429_quota", "messages.create")
    error = _refused(stage, thread, openai.RateLimitError)
    assert _message(error) == (
        "You exceeded your current quota, please check your plan and billing details. For more information on"
        " this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors."
    )
    assert _members(error) == ["insufficient_quota", None, "insufficient_quota"]
    assert "retry-after" not in error.response.headers
    assert error.response.headers["retry-after-ms"] == "1"


@shows("429_long")
def long_wait(stage: Stage) -> None:
    """Ten minutes are too long for this SDK, so it does not repeat the call. No time has passed."""
    thread = stage.thread("One")
    begun = stage.control.clock()["now"]
    stage.client = stage.client.with_options(max_retries=2)
    stage.arm("429_long", "messages.create")
    error = _refused(stage, thread, openai.RateLimitError)
    assert " on requests per day (RPD): Limit 144, Used 144, Requested 1. Please try again in 10m0s. " in (
        _message(error)
    )
    assert _members(error) == ["requests", None, "rate_limit_exceeded"]
    assert error.response.headers["retry-after"] == "600"
    assert "retry-after-ms" not in error.response.headers
    assert stage.control.clock()["now"] == begun


@shows("500")
def server_error(stage: Stage) -> None:
    """The API fails, and names the request."""
    thread = stage.thread("One")
    stage.arm("500", "messages.create")
    error = _refused(stage, thread, openai.InternalServerError)
    assert error.status_code == 500
    assert _members(error) == ["server_error", None, None]
    assert f"(Please include the request ID {error.request_id} in your email.)" in _message(error)
    assert not error.response.headers.keys() & {"openai-version", "openai-organization"}


@shows("500")
def server_error_after_all_is_done(stage: Stage) -> None:
    """An SDK that repeats the call says it twice."""
    thread = stage.thread("One")
    stage.client = stage.client.with_options(max_retries=1)
    stage.arm("500(true)", "messages.create")
    stage.say(thread, "Two")
    assert stage.texts(thread) == ["One", "Two", "Two"]


@shows("502")
def bad_gateway(stage: Stage) -> None:
    """A page of HTML, and nothing of the API in it."""
    thread = stage.thread("One")
    stage.arm("502", "messages.create")
    error = _refused(stage, thread, openai.InternalServerError)
    assert (error.status_code, error.request_id) == (502, None)
    assert error.response.headers["content-type"] == "text/html"
    assert error.response.text == (
        "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
        "<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>cloudflare</center>\r\n"
        "</body>\r\n</html>\r\n"
    )


@shows("502")
def bad_gateway_in_json(stage: Stage) -> None:
    """JSON that is like the API's but for its code, which is a number."""
    thread = stage.thread("One")
    stage.arm("502(json)", "messages.create")
    error = _refused(stage, thread, openai.InternalServerError)
    assert error.body == {"code": 502, "message": "Bad gateway.", "param": None, "type": "cf_bad_gateway"}
    assert error.response.headers["content-length"] == "84"  # as it was recorded


@shows("503")
def unavailable(stage: Stage) -> None:
    """The API is overloaded, and does not say for how long."""
    thread = stage.thread("One")
    stage.arm("503", "messages.create")
    error = _refused(stage, thread, openai.InternalServerError)
    assert error.status_code == 503
    assert _message(error) == "Our servers are currently overloaded. Please try again later."
    assert _members(error) == ["service_unavailable_error", None, "server_is_overloaded"]
    assert "retry-after" not in error.response.headers


@shows("503")
def unavailable_for_a_while(stage: Stage) -> None:
    """A gateway says when to come back, and the SDK does."""
    thread = stage.thread("One")
    begun = stage.control.clock()["now"]
    stage.client = stage.client.with_options(max_retries=1)
    stage.arm("503(30s, plain)", "messages.create")
    assert stage.say(thread, "Two").created_at == begun + 30
    refused, _ = stage.control.journal(operation="messages.create")
    assert refused["response"] == (
        "upstream connect error or disconnect/reset before headers. reset reason: connection failure"
    )
    assert stage.texts(thread) == ["One", "Two"]


@shows("504")
def gateway_timeout(stage: Stage) -> None:
    """A minute later a page says that it took too long; meanwhile the message was made."""
    thread = stage.thread("One")
    begun = stage.control.clock()["now"]
    stage.arm("504", "messages.create")
    error = stage.fails(openai.InternalServerError, lambda: stage.say(thread, "Two"))
    assert (error.status_code, error.request_id) == (504, None)
    assert "<title>504 Gateway Time-out</title>" in error.response.text
    assert stage.control.clock()["now"] - begun == 60
    stage.say(thread, "Three")
    assert stage.texts(thread) == ["One", "Two", "Three"]


@shows("504")
def later_than_the_client_waits(stage: Stage) -> None:
    """A client of less patience never sees the page."""
    thread = stage.thread("One")
    begun = stage.control.clock()["now"]
    stage.client = stage.client.with_options(timeout=50)
    stage.arm("504(done=false)", "messages.create")
    error = stage.fails(openai.APIConnectionError, lambda: stage.say(thread, "Two"))
    assert str(error.__cause__) == "Server disconnected without sending a response."
    assert stage.control.clock()["now"] - begun == 50
    stage.say(thread, "Three")
    assert stage.texts(thread) == ["One", "Three"]
