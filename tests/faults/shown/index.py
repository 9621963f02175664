"""What clients see of vector stores that are not what they seem, and of searches."""

from __future__ import annotations

from typing import Any

import openai

from tests.faults.shows import Stage, shows
from tests.files.library import counts, ids, moment, only_message, ready, settled, upload, words
from tests.files.questions import ASKED, REFUNDS, SHIPPING, asking, checked, run, searching


def found(stage: Stage, store: str, query: str = ASKED, **more: Any) -> list[str]:
    """The names of the files that a search finds, best first."""
    return [each.filename for each in stage.client.vector_stores.search(store, query=query, **more)]


def policies(stage: Stage) -> tuple[str, str]:
    """The ids of two files to be searched."""
    client = stage.client
    return upload(client, "refunds.md", REFUNDS).id, upload(client, "shipping.md", SHIPPING).id


def entry(stage: Stage, store: str, file: str) -> Any:
    """A file as its store shows it, read without waiting for anything."""
    return stage.raw("GET", f"/v1/vector_stores/{store}/files?limit=100").body["data"][
        [each.id for each in stage.client.vector_stores.files.list(store)].index(file)
    ]


@shows("index.slow")
def index_slow(stage: Stage) -> None:
    """In progress for ten minutes more; who polls gets through, who does not finds nothing."""
    client = stage.client
    file, other = policies(stage)
    stage.arm("index.slow", "vector_stores.create")
    began = moment(stage.control)
    store = client.vector_stores.create(file_ids=[file])
    assert (store.status, store.file_counts.to_dict()) == ("in_progress", counts(in_progress=1))
    assert found(stage, store.id) == []
    stage.control.advance(599)
    assert entry(stage, store.id, file)["status"] == "in_progress"
    assert settled(client, store.id).file_counts.completed == 1
    assert 600 < moment(stage.control) - began < 602
    assert found(stage, store.id) == ["refunds.md"]
    began = moment(stage.control)
    ready(client, other)
    assert moment(stage.control) - began < 2


@shows("index.stuck")
def index_stuck(stage: Stage) -> None:
    """In progress for ever; detached and attached once more, it is there."""
    client = stage.client
    file, _ = policies(stage)
    store = client.vector_stores.create().id
    stage.arm("index.stuck")
    attached = client.vector_stores.files.create(store, file_id=file)
    assert (attached.status, attached.last_error) == ("in_progress", None)
    stage.control.advance(30 * 86_400)
    shown = client.vector_stores.files.retrieve(file, vector_store_id=store)
    assert (shown.status, shown.last_error) == ("in_progress", None)
    assert client.vector_stores.retrieve(store).file_counts.to_dict() == counts(in_progress=1)
    assert found(stage, store) == []
    client.vector_stores.files.delete(file, vector_store_id=store)
    assert client.vector_stores.retrieve(store).status == "completed"
    client.vector_stores.files.create_and_poll(file, vector_store_id=store, poll_interval_ms=0)
    assert found(stage, store) == ["refunds.md"]


@shows("index.stuck")
def index_stuck_in_a_batch(stage: Stage) -> None:
    """One file of two holds the batch up, until it is cancelled: that file alone is lost."""
    client = stage.client
    files = policies(stage)
    store = client.vector_stores.create().id
    stage.arm("index.stuck(files=1)")
    batch = client.vector_stores.file_batches.create(store, file_ids=list(files))
    stage.control.advance(3600)
    shown = client.vector_stores.file_batches.retrieve(batch.id, vector_store_id=store)
    assert (shown.status, shown.file_counts.to_dict()) == ("in_progress", counts(in_progress=1, completed=1))
    ended = client.vector_stores.file_batches.cancel(batch.id, vector_store_id=store)
    assert (ended.status, ended.file_counts.to_dict()) == ("cancelled", counts(cancelled=1, completed=1))
    again = client.vector_stores.file_batches.create_and_poll(store, file_ids=[files[0]], poll_interval_ms=0)
    assert (again.status, again.file_counts.completed) == ("completed", 1)


@shows("index.failed")
def index_failed(stage: Stage) -> None:
    """The SDK's poller returns a failed file and raises nothing; the store is completed without it."""
    client = stage.client
    file, _ = policies(stage)
    store = client.vector_stores.create().id
    stage.arm("index.failed")
    failed = client.vector_stores.files.create_and_poll(file, vector_store_id=store, poll_interval_ms=0)
    assert (failed.status, failed.usage_bytes) == ("failed", 0)
    assert failed.last_error is not None
    assert failed.last_error.to_dict() == {"code": "server_error", "message": "An internal error occurred."}
    shown = client.vector_stores.retrieve(store)
    assert (shown.status, shown.file_counts.to_dict()) == ("completed", counts(failed=1))
    assert found(stage, store) == []
    again = client.vector_stores.files.create_and_poll(file, vector_store_id=store, poll_interval_ms=0)
    assert (again.status, again.last_error) == ("completed", None)
    assert found(stage, store) == ["refunds.md"]


@shows("index.failed")
def index_failed_in_a_batch(stage: Stage) -> None:
    """One of two fails: the batch is completed all the same, and only its counts tell."""
    client = stage.client
    files = policies(stage)
    store = client.vector_stores.create().id
    stage.arm("index.failed(unsupported_file, named=refunds.*)", "vector_stores.file_batches.create")
    batch = client.vector_stores.file_batches.create_and_poll(store, file_ids=list(files), poll_interval_ms=0)
    assert (batch.status, batch.file_counts.to_dict()) == ("completed", counts(failed=1, completed=1))
    (failed,) = client.vector_stores.file_batches.list_files(batch.id, vector_store_id=store, filter="failed")
    assert failed.id == files[0]
    assert failed.last_error is not None
    assert failed.last_error.to_dict() == {
        "code": "unsupported_file",
        "message": "The file type is not supported.",
    }
    batch = client.vector_stores.file_batches.create_and_poll(store, file_ids=list(files), poll_interval_ms=0)
    assert batch.file_counts.to_dict() == counts(completed=2)


@shows("index.partial")
def index_partial(stage: Stage) -> None:
    """The beginning is found and the end is not, and everything says completed."""
    client = stage.client
    text = f"{REFUNDS}\n" + "Nothing is said here about anything.\n" * 200 + SHIPPING
    file = upload(client, "policies.md", text).id
    stage.arm("index.partial", "vector_stores.create")
    store = ready(client, file)
    assert (store.status, store.file_counts.to_dict()) == ("completed", counts(completed=1))
    assert found(stage, store.id) == ["policies.md"]
    assert found(stage, store.id, "When are parcels shipped?") == []
    shown = "".join(
        part.text or "" for part in client.vector_stores.files.content(file, vector_store_id=store.id)
    )
    assert REFUNDS in shown
    assert SHIPPING not in shown
    whole = ready(client, file)
    assert whole.usage_bytes > store.usage_bytes
    assert "policies.md" in found(stage, whole.id, "When are parcels shipped?")


@shows("index.done_not_searchable")
def index_done_not_searchable(stage: Stage) -> None:
    """Completed, found half a minute later."""
    client = stage.client
    file, other = policies(stage)
    stage.arm("index.done_not_searchable", "vector_stores.create")
    store = ready(client, file)
    assert (store.status, store.file_counts.to_dict()) == ("completed", counts(completed=1))
    assert store.usage_bytes > 0
    assert found(stage, store.id) == []
    stage.control.advance(29.9)
    assert found(stage, store.id) == []
    stage.control.advance(0.1)
    assert found(stage, store.id) == ["refunds.md"]
    assert found(stage, ready(client, other).id, "When are parcels shipped?") == ["shipping.md"]


@shows("index.not_ready")
def index_not_ready(stage: Stage) -> None:
    """A search finds nothing; the store says why, and who polls it gets through."""
    client = stage.client
    store = ready(client, *policies(stage))
    stage.arm("index.not_ready")
    began = moment(stage.control)
    assert found(stage, store.id) == []
    shown = stage.raw("GET", "/v1/vector_stores").body["data"][0]
    assert (shown["status"], shown["file_counts"]) == ("in_progress", counts(in_progress=2))
    assert shown["usage_bytes"] == 0
    assert settled(client, store.id).usage_bytes == store.usage_bytes
    assert moment(stage.control) - began == 120
    assert found(stage, store.id) == ["refunds.md"]


@shows("index.not_ready")
def index_not_ready_for_a_run(stage: Stage) -> None:
    """A run does not wait for its assistant's store: it answers without the file."""
    client = stage.client
    store = ready(client, *policies(stage))
    assistant = searching(client, store.id)
    stage.arm("index.not_ready", "runs.create")
    done = run(client, asking(client), assistant)
    assert done.status == "completed"
    assert "nothing" in words(only_message(client, done))
    assert settled(client, store.id).file_counts.to_dict() == counts(completed=2)
    (cited,) = checked(only_message(client, run(client, asking(client), assistant)))
    assert cited.file_citation.file_id in ids(client.vector_stores.files.list(store.id))


@shows("search.irrelevant")
def search_irrelevant(stage: Stage) -> None:
    """Passages of the store that have nothing to do with the question, and low scores."""
    client = stage.client
    store = ready(client, *policies(stage)).id
    stage.arm("search.irrelevant")
    (only,) = client.vector_stores.search(store, query=ASKED).data
    assert (only.filename, only.content[0].text) == ("shipping.md", SHIPPING)
    assert only.score == 0.1
    assert found(stage, store) == ["refunds.md"]


@shows("search.irrelevant")
def search_irrelevant_in_a_run(stage: Stage) -> None:
    """The run completes, and quotes and cites the wrong file."""
    client = stage.client
    refunds, shipping = policies(stage)
    assistant = searching(client, ready(client, refunds, shipping).id)
    stage.arm("search.irrelevant", "runs.create")
    done = run(client, asking(client), assistant)
    assert done.status == "completed"
    message = only_message(client, done)
    assert [each.file_citation.file_id for each in checked(message)] == [shipping]
    assert "Parcels are shipped on Mondays" in words(message)
    search = client.beta.threads.runs.steps.list(done.id, thread_id=done.thread_id, order="asc").data[0]
    details: Any = search.step_details
    assert [each.file_id for each in details.tool_calls[0].file_search.results] == [shipping]
    again = only_message(client, run(client, asking(client), assistant))
    assert [each.file_citation.file_id for each in checked(again)] == [refunds]


@shows("search.irrelevant")
def search_finds_nothing(stage: Stage) -> None:
    """No results although the passage is there."""
    store = ready(stage.client, *policies(stage)).id
    stage.arm("search.irrelevant(empty)", "vector_stores.search")
    assert found(stage, store) == []
    assert found(stage, store) == ["refunds.md"]


@shows("store.expired")
def store_expired(stage: Stage) -> None:
    """400 with E-84; the store can still be read and says that it has expired. A new one works."""
    client = stage.client
    files = policies(stage)
    store = ready(client, *files)
    stage.arm("store.expired", "vector_stores.search")
    error = stage.fails(openai.BadRequestError, lambda: client.vector_stores.search(store.id, query=ASKED))
    assert error.body == {
        "message": f"Vector store '{store.id}' has expired",
        "type": "invalid_request_error",
        "param": None,
        "code": None,
    }
    shown = client.vector_stores.retrieve(store.id)
    assert (shown.status, shown.expires_at) == ("expired", moment(stage.control) // 1)
    stage.fails(openai.BadRequestError, lambda: client.vector_stores.search(store.id, query=ASKED))
    assert found(stage, ready(client, *files).id) == ["refunds.md"]


@shows("store.expired")
def store_expired_for_a_run(stage: Stage) -> None:
    """400 with E-83 and no run; with a new store in place of the old one the same run is made."""
    client = stage.client
    files = policies(stage)
    store = ready(client, *files)
    thread, assistant = asking(client), searching(client, store.id)
    stage.arm("store.expired")
    error = stage.fails(
        openai.BadRequestError, lambda: client.beta.threads.runs.create(thread, assistant_id=assistant)
    )
    assert error.body == {
        "message": f"Vector store {store.id} is expired",
        "type": "invalid_request_error",
        "param": None,
        "code": None,
    }
    assert client.beta.threads.runs.list(thread).data == []
    client.beta.assistants.update(
        assistant, tool_resources={"file_search": {"vector_store_ids": [ready(client, *files).id]}}
    )
    assert len(checked(only_message(client, run(client, thread, assistant)))) == 1
