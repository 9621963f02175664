"""Refusals of what one kind of call asks for, beyond what one look shows: which calls they fit."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from mockserver.requests.fields import INSTRUCTIONS
from tests.conftest import Answer
from tests.faults.shows import Stage
from tests.faults.turns import Chat
from tests.stage import SEARCH, TEXT, form

FULL = "Thread has exceeded the maximum number of messages (100,000)"
MESSAGE = {"role": "user", "content": "Hello?"}


def said(answer: Answer) -> str:
    """What an answer says, "" if it is no refusal."""
    message: str = answer.body.get("error", {}).get("message", "")
    assert (answer.status == 400) == bool(message), answer.raw
    return message


def post(stage: Stage, path: str, body: Any) -> Answer:
    return stage.raw("POST", f"/v1{path}", body)


def upload(stage: Stage, name: str = "a.txt", purpose: str = "assistants") -> Answer:
    sent, headers = form({"purpose": purpose}, file=(name, TEXT))
    return stage.raw("POST", "/v1/files", sent, headers)


# Files


def test_every_way_to_bring_files_to_a_search_can_be_refused(stage: Stage) -> None:
    file, other = upload(stage).body["id"], upload(stage, "b.md").body["id"]
    store = post(stage, "/vector_stores", {}).body["id"]
    thread = stage.thread()
    searched = {"file_id": file, "tools": [SEARCH]}
    attached = {**MESSAGE, "attachments": [searched, {"file_id": other, "tools": [SEARCH]}]}
    for path, body, extensions in (
        ("/vector_stores", {"file_ids": [file, other]}, ".md, .txt"),
        (f"/vector_stores/{store}/files", {"file_id": other}, ".md"),
        (f"/vector_stores/{store}/file_batches", {"file_ids": [file]}, ".txt"),
        (
            f"/vector_stores/{store}/file_batches",
            {"files": [{"file_id": file}, {"file_id": other}]},
            ".md, .txt",
        ),
        (f"/threads/{thread}/messages", attached, ".md, .txt"),
        ("/threads", {"messages": [attached]}, ".md, .txt"),
    ):
        stage.arm("file.unsupported")
        assert said(post(stage, path, body)).startswith(
            f"Files with extensions [{extensions}] are not supported"
        )
        assert said(post(stage, path, body)) == ""


def test_what_brings_no_file_is_let_through(stage: Stage) -> None:
    file = upload(stage).body["id"]
    store = post(stage, "/vector_stores", {}).body["id"]
    code = {"file_id": file, "tools": [{"type": "code_interpreter"}]}
    stage.arm("file.unsupported")
    for path, body in (
        ("/vector_stores", {}),
        ("/threads", {}),
        ("/threads", {"messages": [MESSAGE]}),
        (f"/threads/{stage.thread()}/messages", {**MESSAGE, "attachments": [code]}),
    ):
        assert said(post(stage, path, body)) == ""
    assert upload(stage, "clip.mp4", "user_data").status == 200
    odd: list[tuple[str, Any]] = [
        (f"/vector_stores/{store}/files", {"file_id": "file-X"}),
        (f"/vector_stores/{store}/files", {"file_id": 7}),
        (f"/vector_stores/{store}/file_batches", {"file_ids": "all", "files": {"file_id": file}}),
        (f"/threads/{stage.thread()}/messages", {"attachments": [7, {"file_id": file}, {"tools": 7}]}),
        ("/threads", {"messages": 7}),
    ]
    for path, body in odd:
        assert "are not supported" not in said(post(stage, path, body))
    assert stage.control.faults()[0]["seen"] == 0
    assert "Invalid extension txt." in said(upload(stage))


def test_an_upload_is_refused_in_both_faces_of_file_routes(stage: Stage) -> None:
    stage.arm("file.unsupported")
    answer = upload(stage)
    assert answer.body["detail"] == {"message": answer.body["error"]["message"], "code": None}


# Messages


def test_every_way_to_add_a_message_can_be_refused(stage: Stage) -> None:
    assistant, thread = stage.assistant(), stage.thread()
    run = {"assistant_id": assistant}
    for path, body in (
        (f"/threads/{thread}/messages", MESSAGE),
        (f"/threads/{thread}/runs", {**run, "additional_messages": [MESSAGE]}),
        ("/threads", {"messages": [MESSAGE]}),
        ("/threads/runs", {**run, "thread": {"messages": [MESSAGE]}}),
    ):
        stage.arm("thread.message_limit")
        assert said(post(stage, path, body)) == FULL
        assert said(post(stage, path, body)) == ""
    assert [armed["fired"] for armed in stage.control.faults()] == [1] * 4


def test_what_adds_no_message_is_let_through(stage: Stage) -> None:
    chat = Chat(stage)
    stage.arm("thread.message_limit")
    chat.begin()
    for path, body in (
        ("/threads", {}),
        ("/threads", {"messages": []}),
        ("/threads/runs", {"assistant_id": chat.assistant}),
        ("/threads/runs", {"assistant_id": chat.assistant, "thread": {}}),
    ):
        assert said(post(stage, path, body)) == ""
    # A run is active, and that is what the client is told.
    assert "while a run" in said(post(stage, f"/threads/{chat.thread}/messages", MESSAGE))
    stage.fails(openai.NotFoundError, lambda: stage.say("thread_X"))
    assert stage.control.faults()[0]["fired"] == 0


def test_the_observed_profile_knows_no_limit_until_it_is_armed(stage: Stage) -> None:
    """An official text said that there is none; the fault speaks as the guide does."""
    stage.control.new_world(profile="observed", limits={"messages_per_thread": 2})
    thread = stage.thread()
    for _ in range(3):
        stage.say(thread)
    stage.arm("thread.message_limit")
    assert said(post(stage, f"/threads/{thread}/messages", MESSAGE)) == FULL
    stage.say(thread)


# Vector stores


def test_a_retry_finds_that_it_has_waited(stage: Stage) -> None:
    """The SDK obeys the header by itself, in no time."""
    file, store = upload(stage).body["id"], stage.client.vector_stores.create()
    stage.control.arm("vector_store.rate_limit", retry_after="45s")
    before = stage.control.clock()["now"]
    patient = stage.client.with_options(max_retries=1)
    patient.vector_stores.file_batches.create(store.id, file_ids=[file])
    assert stage.control.clock()["now"] == before + 45
    assert [entry["status"] for entry in stage.control.journal(operation="*file_batches.create")] == [
        429,
        200,
    ]


def test_every_way_to_store_something_can_be_refused(stage: Stage) -> None:
    file, store = upload(stage).body["id"], stage.client.vector_stores.create().id
    asked = {"filename": "a.txt", "purpose": "assistants", "bytes": 1, "mime_type": "text/plain"}
    kept = post(stage, "/uploads", asked).body["id"]
    for path, body in (
        ("/vector_stores", {"file_ids": [file]}),
        (f"/vector_stores/{store}/files", {"file_id": file}),
        (f"/vector_stores/{store}/file_batches", {"file_ids": [file]}),
        (f"/uploads/{kept}/complete", {"part_ids": []}),
    ):
        stage.arm("vector_store.quota")
        assert said(post(stage, path, body)).startswith("You have exceeded your file storage quota.")
    assert stage.client.vector_stores.retrieve(store).file_counts.total == 0
    assert stage.control.faults()[-1]["fired"] == 1


# Instructions


def test_the_limit_is_the_published_one() -> None:
    assert INSTRUCTIONS.max == 256_000


def test_instructions_wherever_they_are_sent(stage: Stage) -> None:
    assistant, thread = stage.assistant(), stage.thread()
    run = {"assistant_id": assistant}
    for path, name, body in (
        ("/assistants", "instructions", {"model": "gpt-4o"}),
        (f"/assistants/{assistant}", "instructions", {}),
        (f"/threads/{thread}/runs", "instructions", run),
        (f"/threads/{thread}/runs", "additional_instructions", run),
        ("/threads/runs", "instructions", run),
    ):
        stage.arm("instructions.too_long")
        sent = {**body, name: "Be brief."}
        assert said(post(stage, path, sent)) == (
            f"Invalid '{name}': string too long. Expected a string with maximum length 256000, but got a"
            " string with length 256001 instead."
        )
    stage.arm("instructions.too_long")
    assert said(post(stage, f"/threads/{thread}/runs", {**run, "instructions": None})) == ""
    assert [armed["fired"] for armed in stage.control.faults()] == [1] * 5 + [0]


# Deleting a thread


def test_a_threads_own_run_is_in_the_way_of_its_end(stage: Stage) -> None:
    """In the observed profile it would not be; nobody else begins one."""
    stage.control.new_world(profile="observed")
    chat = Chat(stage)
    run = chat.begin()
    threads = stage.client.beta.threads
    stage.arm("thread.delete_during_run")
    error = stage.fails(openai.BadRequestError, lambda: threads.delete(chat.thread))
    assert "Cannot delete thread while run is active" in error.message
    assert [known.id for known in threads.runs.list(chat.thread)] == [run.id]
    assert threads.delete(chat.thread).deleted


def test_a_thread_that_is_not_there_cannot_be_in_use(stage: Stage) -> None:
    stage.arm("thread.delete_during_run")
    stage.fails(openai.NotFoundError, lambda: stage.client.beta.threads.delete("thread_X"))
    assert stage.control.faults()[0]["fired"] == 0


def test_whoever_waits_long_enough_can_delete(stage: Stage) -> None:
    thread = stage.thread()
    threads = stage.client.beta.threads
    stage.arm("thread.delete_during_run(10s)")
    stage.fails(openai.BadRequestError, lambda: threads.delete(thread))
    stage.control.advance(9)
    stage.fails(openai.BadRequestError, lambda: threads.delete(thread))
    stage.control.advance(1)
    assert threads.delete(thread).deleted


# v1


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/assistants"),
        ("POST", "/threads"),
        ("GET", "/threads/thread_X/messages"),
        ("POST", "/threads/runs"),
    ],
)
def test_v1_is_retired_everywhere(stage: Stage, method: str, path: str) -> None:
    """Also for a stream, and whatever the header says."""
    stage.arm("v1_retired")
    body = {"stream": True} if method == "POST" else None
    answer = stage.raw(method, f"/v1{path}", body)
    assert (answer.body["error"]["code"], answer.headers["content-type"]) == (
        "invalid_beta",
        "application/json",
    )


def test_vector_stores_and_files_never_knew_v1(stage: Stage) -> None:
    with pytest.raises(Exception, match="does not apply to files"):
        stage.arm("v1_retired", "files.create")
