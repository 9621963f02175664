"""What clients see when one kind of call is refused."""

from __future__ import annotations

from typing import Any

import openai

from mockserver.fileerrors import EXTENSION_NOT_UPLOADABLE, STORAGE_FULL
from tests.faults.shows import Stage, shows

IRE = "invalid_request_error"
TEXT = ("notes.txt", b"The cellar is locked at nine.")


def body(message: str, param: str | None = None, code: str | None = None, kind: str = IRE) -> dict[str, Any]:
    """The body of a refusal."""
    return {"message": message, "type": kind, "param": param, "code": code}


def upload(stage: Stage) -> str:
    """The id of a new file."""
    return stage.client.files.create(file=TEXT, purpose="assistants").id


@shows("file.unsupported")
def file_unsupported_upload(stage: Stage) -> None:
    """The upload is refused by its extension, and the list of what is taken has it all the same."""
    stage.arm("file.unsupported", "files.create")
    error = stage.fails(openai.BadRequestError, lambda: upload(stage))
    said = EXTENSION_NOT_UPLOADABLE(extension="txt", supported="").message
    assert error.body["message"].startswith(said)  # type: ignore[index]
    assert error.body == body(error.body["message"])  # type: ignore[index]
    assert '"pptx", "py"' in error.message
    assert list(stage.client.files.list()) == []
    upload(stage)


@shows("file.unsupported")
def file_unsupported_attachment(stage: Stage) -> None:
    """A file that is there cannot be brought to a vector store."""
    file = upload(stage)
    store = stage.client.vector_stores.create()
    files = stage.client.vector_stores.files
    stage.arm("file.unsupported", "vector_stores.files.create")
    error = stage.fails(openai.BadRequestError, lambda: files.create(store.id, file_id=file))
    said = "Files with extensions [.txt] are not supported for retrieval. See"
    said += " https://platform.openai.com/docs/assistants/tools/file-search/supported-files"
    assert error.body == body(said, "file_ids", "unsupported_file")
    assert list(files.list(store.id)) == []
    assert files.create(store.id, file_id=file).status == "in_progress"


@shows("thread.message_limit")
def thread_message_limit(stage: Stage) -> None:
    """The message is refused and not there; a new thread would take it."""
    thread = stage.thread("One")
    stage.arm("thread.message_limit", "messages.create")
    error = stage.fails(openai.BadRequestError, lambda: stage.say(thread, "Two"))
    assert error.body == body("Thread has exceeded the maximum number of messages (100,000)")
    assert stage.texts(thread) == ["One"]
    stage.say(thread, "Two")
    assert stage.texts(thread) == ["One", "Two"]


@shows("vector_store.rate_limit")
def vector_store_rate_limit(stage: Stage) -> None:
    """A 429 that says when to come back."""
    file, store = upload(stage), stage.client.vector_stores.create()
    files = stage.client.vector_stores.files
    stage.arm("vector_store.rate_limit", "vector_stores.files.create")
    error = stage.fails(openai.RateLimitError, lambda: files.create(store.id, file_id=file))
    said = (
        f"Rate limit reached for vector store {store.id} in organization org-assistants-mock on requests per"
    )
    said += " min (RPM): Limit 300, Used 300, Requested 1. Please try again in 20s. Visit"
    said += " https://platform.openai.com/account/rate-limits to learn more."
    assert error.body == body(said, None, "rate_limit_exceeded", "requests")
    assert error.response.headers["retry-after"] == "20"
    assert list(files.list(store.id)) == []
    files.create(store.id, file_id=file)
    assert len(list(files.list(store.id))) == 1


@shows("vector_store.quota")
def vector_store_quota(stage: Stage) -> None:
    """No room for another file."""
    stage.arm("vector_store.quota", "files.create")
    error = stage.fails(openai.BadRequestError, lambda: upload(stage))
    assert error.body == body(STORAGE_FULL().message)
    assert list(stage.client.files.list()) == []
    upload(stage)


@shows("instructions.too_long")
def instructions_too_long(stage: Stage) -> None:
    """The words of the validator, for instructions of two words."""
    stage.arm("instructions.too_long", "assistants.create", length=300_000)
    error = stage.fails(openai.BadRequestError, lambda: stage.assistant(instructions="Be brief."))
    said = "Invalid 'instructions': string too long. Expected a string with maximum length 256000, but got a"
    said += " string with length 300000 instead."
    assert error.body == body(said, "instructions", "string_above_max_length")
    assert list(stage.client.beta.assistants.list()) == []
    stage.assistant(instructions="Be brief.")


@shows("thread.delete_during_run")
def thread_delete_during_run(stage: Stage) -> None:
    """Another client's run is in the way; a client that cancels it can delete the thread."""
    thread = stage.thread()
    threads = stage.client.beta.threads
    stage.arm("thread.delete_during_run", "threads.delete")
    error = stage.fails(openai.BadRequestError, lambda: threads.delete(thread))
    assert error.body == body("Cannot delete thread while run is active")
    (run,) = threads.runs.list(thread)
    assert run.status == "in_progress"
    threads.runs.cancel(run.id, thread_id=thread)
    assert threads.runs.poll(run.id, thread).status == "cancelled"
    assert threads.delete(thread).deleted
    stage.fails(openai.NotFoundError, lambda: threads.retrieve(thread))


@shows("v1_retired")
def v1_retired(stage: Stage) -> None:
    """An old client would never get through; this one meets it once."""
    stage.arm("v1_retired", "assistants.create")
    error = stage.fails(openai.BadRequestError, stage.assistant)
    said = "The v1 Assistants API has been deprecated. Please try again by setting the header 'OpenAI-Beta:"
    said += " assistants=v2'. See the migration guide for more information:"
    said += " https://platform.openai.com/docs/assistants/migration."
    assert error.body == body(said, None, "invalid_beta")
    assert list(stage.client.beta.assistants.list()) == []
    stage.assistant()
