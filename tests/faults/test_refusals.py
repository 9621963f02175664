"""Refusals and failures in detail: what SDKs are told to do, numbers, what vanishes, and other doors."""

from __future__ import annotations

import asyncio
from typing import Any

import openai
import pytest

from mockserver.faults.contract import discover
from mockserver.server import Server
from tests.faults.shows import Stage

RETRIED = ["409", "429", "429_quota", "500", "502", "503", "504"]
FINAL = ["400", "401", "403", "404_vanished(false)", "413", "sunset_404"]


# Coming back


@pytest.mark.parametrize("fault", [*RETRIED, *FINAL])
def test_what_sdks_repeat_by_themselves(stage: Stage, fault: str) -> None:
    """They do not sleep: a long suite would take as long as it says in their wait."""
    assistant, thread = stage.assistant(), stage.thread()
    stage.arm(fault.replace("504", "504(done=false)"), "runs.create")
    runs = stage.client.with_options(max_retries=1).beta.threads.runs
    try:
        runs.create(thread, assistant_id=assistant)
    except openai.APIStatusError:
        assert fault in FINAL
    calls = stage.control.journal(operation="runs.create")
    assert [entry["status"] for entry in calls] == [int(fault[:3].replace("sun", "404"))] + (
        [200] if fault in RETRIED else []
    )


@pytest.mark.parametrize("fault", FINAL)
def test_an_sdk_repeats_anything_when_it_is_told_to(stage: Stage, fault: str) -> None:
    thread = stage.thread("One")
    name, _, given = fault.partition("(")
    arguments = [given.rstrip(")")] if given else []
    stage.arm(f"{name}({', '.join([*arguments, 'should_retry=true'])})", "messages.create")
    stage.client = stage.client.with_options(max_retries=1)
    stage.say(thread, "Two")
    assert stage.texts(thread) == ["One", "Two"]


@pytest.mark.parametrize("fault", ["409", "429", "429_quota", "429_long", "500", "502", "503", "504"])
def test_an_sdk_repeats_nothing_when_it_is_told_not_to(stage: Stage, fault: str) -> None:
    thread = stage.thread("One")
    stage.arm(f"{fault}(should_retry=false)", "messages.create")
    stage.client = stage.client.with_options(max_retries=2)
    with pytest.raises(openai.APIStatusError) as caught:
        stage.say(thread, "Two")
    assert caught.value.response.headers["x-should-retry"] == "false"
    assert len(stage.control.journal(operation="messages.create")) == 1


def test_every_refusal_can_say_whether_to_come_back() -> None:
    for declaration in discover():
        if declaration.group == "http":
            assert declaration.parameters[-1].name == "should_retry"


def test_an_asynchronous_client_comes_back_as_told(server: Server, stage: Stage, key: str) -> None:
    thread = stage.thread("One")
    begun = stage.control.clock()["now"]
    stage.arm("429(45s)", "messages.create")

    async def say() -> int:
        async with openai.AsyncOpenAI(base_url=server.base_url, api_key=key, max_retries=1) as client:
            said = await client.beta.threads.messages.create(thread, role="user", content="Two")
            return said.created_at

    assert asyncio.run(say()) == begun + 45


@pytest.mark.parametrize("clock", ["real", "x60"])
def test_nobody_is_hurried_when_time_is_real(stage: Stage, clock: str) -> None:
    stage.control.set_clock(clock)
    for fault in ("500", "409", "429_quota", "503"):
        stage.arm(fault, "threads.create")
        answer = stage.raw("POST", "/v1/threads", {})
        assert not answer.headers.keys() & {"retry-after", "retry-after-ms"}
    stage.arm("429(30s)", "threads.create")
    headers = stage.raw("POST", "/v1/threads", {}).headers
    assert headers["retry-after"] == "30"
    assert ("retry-after-ms" in headers) == (clock == "x60")


def test_a_client_that_does_not_wait_is_not_stopped(stage: Stage) -> None:
    """The fault has acted; time moves for an SDK's own retry only."""
    begun = stage.control.clock()["now"]
    stage.arm("429", "threads.create")
    assert stage.raw("POST", "/v1/threads", {}).status == 429
    assert stage.raw("POST", "/v1/threads", {}).status == 200
    assert stage.control.clock()["now"] == begun


# Numbers


@pytest.mark.parametrize(
    ("fault", "words", "seconds"),
    [
        ("429(1s)", "requests per min (RPM): Limit 60, Used 60, Requested 1. Please try again in 1s.", "1"),
        ("429(150ms)", "(RPM): Limit 400, Used 400, Requested 1. Please try again in 150ms.", "1"),
        ("429(60s)", "(RPM): Limit 1, Used 1, Requested 1. Please try again in 1m0s.", "60"),
        ("429(432s)", "(RPD): Limit 200, Used 200, Requested 1. Please try again in 7m12s.", "432"),
        ("429_long(24h)", "(RPD): Limit 1, Used 1, Requested 1.", "86400"),
        ("429(1s, tokens)", "(TPM): Limit 30000, Used 30000, Requested 500. Please try again in 1s.", "1"),
        ("429(2h, tokens)", "(TPM): Limit 30000, Used 30000, Requested 30000.", "7200"),
        ("429(header=false)", "(RPM): Limit 3, Used 3, Requested 1. Please try again in 20s.", None),
    ],
)
def test_the_numbers_of_a_rate_limit(stage: Stage, fault: str, words: str, seconds: str | None) -> None:
    stage.arm(fault, "threads.create")
    answer = stage.raw("POST", "/v1/threads", {})
    assert words in answer.body["error"]["message"]
    assert answer.headers.get("retry-after") == seconds


# What has vanished


@pytest.fixture
def paths(stage: Stage) -> dict[str, str]:
    """One of everything that has an id, by its kind, as a path."""
    client = stage.client
    file = client.files.create(file=("notes.txt", b"The cellar is locked."), purpose="assistants").id
    store = client.vector_stores.create(file_ids=[file]).id
    batch = client.vector_stores.file_batches.create(store, file_ids=[file]).id
    assistant, thread = stage.assistant(), stage.thread()
    message = stage.say(thread).id
    run = client.beta.threads.runs.create_and_poll(assistant_id=assistant, thread_id=thread).id
    (step,) = client.beta.threads.runs.steps.list(run, thread_id=thread)
    return {
        "assistant": f"/v1/assistants/{assistant}",
        "thread": f"/v1/threads/{thread}",
        "message": f"/v1/threads/{thread}/messages/{message}",
        "run": f"/v1/threads/{thread}/runs/{run}",
        "step": f"/v1/threads/{thread}/runs/{run}/steps/{step.id}",
        "file": f"/v1/files/{file}",
        "store": f"/v1/vector_stores/{store}",
        "store file": f"/v1/vector_stores/{store}/files/{file}",
        "batch": f"/v1/vector_stores/{store}/file_batches/{batch}",
    }


@pytest.mark.parametrize("lasting", [True, False])
def test_everything_can_vanish_or_seem_to(stage: Stage, paths: dict[str, str], lasting: bool) -> None:
    words = {
        **dict.fromkeys(("assistant", "thread", "message", "run"), "No {kind} found with id '{id}'."),
        "step": "No run step found with id '{id}'.",
        "file": "No such File object: {id}",
        "store": "No vector store found with id '{id}'.",
        "store file": "No file found with id '{id}' in vector store '{store}'.",
        "batch": "No file batch found with id '{id}' in vector store '{store}'.",
    }
    alone = words.keys() - ({"run", "step", "batch"} if lasting else set())
    for kind in (kind for kind in reversed(paths) if kind in alone):  # from the leaves to the roots
        path = paths[kind]
        assert stage.raw("GET", path).status == 200
        stage.control.arm("404_vanished", lasting=lasting)
        answer = stage.raw("GET", path)
        said = words[kind].format(kind=kind, id=path.rpartition("/")[2], store=path.split("/")[3])
        assert (answer.status, answer.body["error"]["message"]) == (404, said)
        assert stage.raw("GET", path).status == (404 if lasting else 200)


@pytest.mark.parametrize(("kind", "root"), [("run", "thread"), ("step", "thread"), ("batch", "store")])
def test_what_cannot_be_deleted_alone_goes_with_what_it_belongs_to(
    stage: Stage, paths: dict[str, str], kind: str, root: str
) -> None:
    stage.arm("404_vanished", id=paths[kind].rpartition("/")[2])
    answer = stage.raw("GET", paths[kind])
    assert paths[root].rpartition("/")[2] in answer.body["error"]["message"]
    assert stage.raw("GET", paths[root]).status == 404


def test_a_thread_vanishes_under_its_run(stage: Stage) -> None:
    """Whoever polls is told so, and nothing is left that could go on."""
    assistant, thread = stage.assistant(), stage.thread()
    run = stage.client.beta.threads.runs.create(thread, assistant_id=assistant)
    stage.arm("404_vanished", "runs.retrieve", nth=2)
    stage.fails(openai.NotFoundError, lambda: stage.client.beta.threads.runs.poll(run.id, thread_id=thread))
    stage.control.advance(3_600)
    stage.fails(openai.NotFoundError, lambda: stage.client.beta.threads.retrieve(thread))


def test_a_vanished_file_is_gone_from_everywhere(stage: Stage, paths: dict[str, str]) -> None:
    stage.arm("404_vanished", "files.retrieve")
    assert stage.raw("GET", paths["file"]).status == 404
    assert stage.raw("GET", paths["store file"]).status == 404


def test_what_is_not_there_cannot_vanish(stage: Stage) -> None:
    stage.arm("404_vanished")
    assert stage.raw("GET", "/v1/threads/thread_x").status == 404
    assert stage.raw("GET", "/v1/models/gpt-4o").status == 200
    assert stage.control.faults()[0]["seen"] == 0


def test_it_vanishes_only_once(stage: Stage) -> None:
    """A second fault on the same call finds nothing left to do, and waits for another."""
    thread = stage.thread("One")
    stage.arm("404_vanished", "messages.create")
    stage.arm("404_vanished", "messages.create")
    stage.fails(openai.NotFoundError, lambda: stage.say(thread, "Two"))
    assert sorted(armed["fired"] for armed in stage.control.faults()) == [0, 1]


def test_what_has_vanished_is_not_made_again(stage: Stage) -> None:
    stage.control.new_world(auto_create=True)
    assert stage.raw("GET", "/v1/threads/thread_mine").status == 200
    stage.arm("404_vanished", "threads.retrieve")
    assert [stage.raw("GET", "/v1/threads/thread_mine").status for _ in range(2)] == [404, 404]


# Other doors, other faces


def test_azure_has_its_own_words(stage: Stage) -> None:
    stage.arm("401", "threads.create")
    refused = stage.raw("POST", "/openai/threads?api-version=2024-05-01-preview", {})
    assert refused.body["error"]["message"].startswith("Access denied due to invalid subscription key")
    stage.arm("sunset_404", "threads.create")
    gone = stage.raw("POST", "/openai/threads?api-version=2024-05-01-preview", {})
    assert (gone.status, gone.body) == (404, {"error": {"code": "404", "message": "Resource not found"}})


def test_file_routes_say_it_twice(stage: Stage) -> None:
    stage.arm("500", "files.list")
    answer = stage.raw("GET", "/v1/files")
    assert answer.body["detail"] == {"message": answer.body["error"]["message"], "code": None}


def test_a_key_in_a_header_of_its_own_is_masked_too(stage: Stage) -> None:
    stage.arm("401", "models.list")
    headers: dict[str, Any] = {"Authorization": None, "api-key": stage.raw.key}
    message = stage.raw("GET", "/v1/models", headers=headers).body["error"]["message"]
    assert f"{stage.raw.key[:8]}*" in message


@pytest.mark.parametrize(
    ("call", "scopes"),
    [
        (("GET", "/v1/assistants"), "api.assistants.read"),
        (("POST", "/v1/vector_stores"), "api.vector_stores.write"),
        (("GET", "/v1/files"), "api.files.read"),
        (("GET", "/v1/models"), "api.model.read"),
    ],
)
def test_the_scopes_a_key_lacks(stage: Stage, call: tuple[str, str], scopes: str) -> None:
    stage.arm("401(missing_scopes)")
    method, path = call
    answer = stage.raw(method, path, {} if method == "POST" else None)
    assert f" Missing scopes: {scopes}. " in answer.body["error"]["message"]


def test_files_and_stores_outlive_the_shutdown(stage: Stage) -> None:
    stage.control.arm("sunset_404", always=True)
    for path in ("/v1/files", "/v1/vector_stores", "/v1/models"):
        assert stage.raw("GET", path).status == 200
    for path in ("/v1/assistants", "/v1/threads/thread_x", "/v1/threads/thread_x/runs"):
        answer = stage.raw("GET", path)
        assert (answer.status, answer.body["error"]["message"]) == (404, f"Invalid URL (GET {path})")


def test_a_bad_request_without_a_body(stage: Stage) -> None:
    stage.arm("400", "assistants.list")
    assert stage.raw("GET", "/v1/assistants").body["error"] == {
        "message": "Your request could not be processed.",
        "type": "invalid_request_error",
        "param": None,
        "code": None,
    }


@pytest.mark.parametrize(
    ("fault", "start"),
    [
        ("502(plain)", "upstream connect error or disconnect/reset before headers. reset reason: "),
        ("503(page=html)", "<html>\r\n<head><title>503 Service Temporarily Unavailable</title>"),
        ("504(page=json)", '{"error":{"code":504,"message":"Gateway timeout.","param":null,"type":"cf_'),
        ("504(page=plain)", "upstream request timeout"),
    ],
)
def test_the_pages_of_gateways(stage: Stage, fault: str, start: str) -> None:
    stage.arm(fault, "threads.create")
    answer = stage.raw("POST", "/v1/threads", {})
    assert answer.raw.decode().startswith(start)
    assert answer.status == int(fault[:3])
