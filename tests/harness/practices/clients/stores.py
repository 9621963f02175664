"""Clients with files and vector stores."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from tests.harness.practices.clients.contract import Stage, breaks, keeps


def searching(store: str) -> dict[str, Any]:
    """What an assistant is made with that searches a store."""
    return {
        "tools": [{"type": "file_search"}],
        "tool_resources": {"file_search": {"vector_store_ids": [store]}},
    }


@breaks("early_search")
def searches_at_once(stage: Stage) -> None:
    """Nothing is found, and that is believed."""
    store = stage.client.vector_stores.create(file_ids=[stage.file()])
    assert stage.client.vector_stores.search(store.id, query="refunds").data == []


@breaks("early_search")
def searches_at_once_and_tidies_up(stage: Stage) -> None:
    """What was done stays done when nothing is left of it."""
    file, store = stage.file(), stage.client.vector_stores.create()
    stage.client.vector_stores.file_batches.create(store.id, file_ids=[file])
    assert stage.client.vector_stores.search(store.id, query="refunds").data == []
    stage.client.vector_stores.delete(store.id)
    stage.client.files.delete(file)


@keeps("early_search")
def takes_the_file_out(stage: Stage) -> None:
    """It gives up a file that takes too long, and searches the others."""
    stage.handle.faults.arm("index.stuck", "vector_stores.files.create#1")
    store = stage.client.vector_stores.create()
    stuck = stage.file("b.md")
    stage.client.vector_stores.files.create(store.id, file_id=stuck)
    stage.client.vector_stores.files.create_and_poll(stage.file(), vector_store_id=store.id)
    stage.client.vector_stores.files.delete(stuck, vector_store_id=store.id)
    assert stage.client.vector_stores.search(store.id, query="refunds").data


@keeps("early_search")
def searches_when_it_is_ready(stage: Stage) -> None:
    """The helper polls."""
    store = stage.client.vector_stores.create()
    stage.client.vector_stores.files.create_and_poll(stage.file(), vector_store_id=store.id)
    assert stage.client.vector_stores.search(store.id, query="refunds").data


@keeps("early_search")
def is_told_that_it_is_ready(stage: Stage) -> None:
    """The index says it is done and finds nothing yet: nobody could know."""
    stage.handle.faults.arm("index.done_not_searchable(1m)")
    store = stage.client.vector_stores.create()
    stage.client.vector_stores.files.create_and_poll(stage.file(), vector_store_id=store.id)
    stage.client.vector_stores.search(store.id, query="refunds")


@keeps("early_search")
def has_it_taken_away(stage: Stage) -> None:
    """It was ready; when the search comes, somebody has it indexed once more."""
    store = stage.client.vector_stores.create()
    stage.client.vector_stores.files.create_and_poll(stage.file(), vector_store_id=store.id)
    stage.handle.faults.arm("index.not_ready", "vector_stores.search")
    assert stage.client.vector_stores.search(store.id, query="refunds").data == []


@breaks("early_run")
def runs_at_once(stage: Stage) -> None:
    """The assistant's store is not waited for."""
    store = stage.client.vector_stores.create(file_ids=[stage.file()])
    stage.wait(stage.run(stage.thread(), stage.assistant(**searching(store.id))))


@breaks("early_run")
def describes_the_store_and_runs_at_once(stage: Stage) -> None:
    """The assistant's store is made with it, and waited for as little."""
    described: Any = {"file_search": {"vector_stores": [{"file_ids": [stage.file()]}]}}
    assistant = stage.assistant(tools=[{"type": "file_search"}], tool_resources=described)
    stage.wait(stage.run(stage.thread(), assistant))


@keeps("early_run")
def runs_when_it_is_ready(stage: Stage) -> None:
    """The helper polls."""
    store = stage.client.vector_stores.create()
    stage.client.vector_stores.files.upload_and_poll(vector_store_id=store.id, file=("a.md", b"Refunds."))
    stage.wait(stage.run(stage.thread(), stage.assistant(**searching(store.id))))


@keeps("early_run")
def leaves_the_threads_store_to_the_run(stage: Stage) -> None:
    """For a file of a message the run waits by itself."""
    attached: Any = {"file_id": stage.file(), "tools": [{"type": "file_search"}]}
    message: Any = {"role": "user", "content": "Well?", "attachments": [attached]}
    thread = stage.beta.threads.create(messages=[message])
    stage.wait(stage.run(thread.id, stage.assistant(tools=[{"type": "file_search"}])))


@keeps("early_run")
def has_it_taken_away_before_a_run(stage: Stage) -> None:
    """The same when a run comes."""
    store = stage.client.vector_stores.create()
    stage.client.vector_stores.files.create_and_poll(stage.file(), vector_store_id=store.id)
    assistant = stage.assistant(**searching(store.id))
    stage.handle.faults.arm("index.not_ready", "runs.create")
    stage.wait(stage.run(stage.thread(), assistant))


@breaks("left_behind")
def deletes_the_store_only(stage: Stage) -> None:
    """Its file stays, and nobody knows it any more."""
    store = stage.client.vector_stores.create()
    stage.client.vector_stores.files.create_and_poll(stage.file(), vector_store_id=store.id)
    stage.client.vector_stores.delete(store.id)


@breaks("left_behind")
def deletes_the_assistant_only(stage: Stage) -> None:
    """The store that was made for it stays, and is paid for."""
    store = stage.client.vector_stores.create()
    assistant = stage.assistant(**searching(store.id))
    stage.beta.assistants.delete(assistant)


@breaks("left_behind")
def forgets_an_upload(stage: Stage) -> None:
    """It was to come in parts."""
    stage.client.uploads.create(bytes=3, filename="a.txt", mime_type="text/plain", purpose="assistants")


@keeps("left_behind")
def deletes_it_all(stage: Stage) -> None:
    """Store, file and upload; the assistant and the thread are for the next time."""
    store = stage.client.vector_stores.create()
    file = stage.file()
    stage.client.vector_stores.files.create_and_poll(file, vector_store_id=store.id)
    stage.wait(stage.run(stage.thread(), stage.assistant(**searching(store.id))))
    upload = stage.client.uploads.create(
        bytes=3, filename="a.txt", mime_type="text/plain", purpose="assistants"
    )
    stage.client.uploads.cancel(upload.id)
    stage.client.vector_stores.delete(store.id)
    stage.client.files.delete(file)


@keeps("left_behind")
def uses_it_elsewhere(stage: Stage) -> None:
    """The file moves from one store to another."""
    file = stage.file()
    old, new = stage.client.vector_stores.create(), stage.client.vector_stores.create()
    for store in (old, new):
        stage.client.vector_stores.files.create_and_poll(file, vector_store_id=store.id)
    stage.client.vector_stores.delete(old.id)


@breaks("unchecked_upload")
def sends_a_film(stage: Stage) -> None:
    """The API will say what it takes."""
    with pytest.raises(openai.BadRequestError):
        stage.file("holiday.mp4")


@keeps("unchecked_upload")
def sends_what_is_taken(stage: Stage) -> None:
    """A refusal that somebody else is to blame for is none."""
    stage.handle.faults.arm("413", "files.create")
    with pytest.raises(openai.APIStatusError):
        stage.file("notes.md")
    stage.file("notes.md")


@breaks("unsearchable_file")
def searches_a_table(stage: Stage) -> None:
    """The file is taken, attaching it is not."""
    file = stage.file("sales.csv", "a,b")
    store = stage.client.vector_stores.create()
    with pytest.raises(openai.BadRequestError):
        stage.client.vector_stores.files.create(store.id, file_id=file)


@keeps("unsearchable_file")
def computes_with_a_table(stage: Stage) -> None:
    """Tables are for the code interpreter; and what cannot be read is found out later."""
    table = stage.file("sales.csv", "a,b")
    stage.assistant(
        tools=[{"type": "code_interpreter"}], tool_resources={"code_interpreter": {"file_ids": [table]}}
    )
    stage.handle.faults.arm("index.failed(unsupported_file)")
    store = stage.client.vector_stores.create()
    stage.client.vector_stores.files.create_and_poll(stage.file(), vector_store_id=store.id)
