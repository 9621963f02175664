"""File batches: several files on their way into a store at once, polled, listed, and stopped."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from harness.control import Control
from tests.conftest import Raw
from tests.files.library import counts, ids, refused, settled, upload

ONE_AFTER_THE_OTHER = {"profile": "instant", "indexing_bytes_per_second": 100}
"""A file of so many hundred bytes takes as many seconds."""


def lasting(client: openai.OpenAI, *seconds: int) -> list[str]:
    """Files that take so many seconds each under `ONE_AFTER_THE_OTHER`."""
    return [upload(client, f"{each}.txt", "word " * 20 * each).id for each in seconds]


def test_a_batch_is_in_progress_with_all_its_files(client: openai.OpenAI, raw: Raw) -> None:
    """The reply counts them, and after polling store, batch and files agree."""
    files = [upload(client, f"{number}.txt", f"Number {number}.").id for number in range(25)]
    store = client.vector_stores.create().id
    answer = raw("POST", f"/v1/vector_stores/{store}/file_batches", {"file_ids": files})
    batch = answer.body
    assert list(batch) == ["id", "object", "created_at", "status", "vector_store_id", "file_counts"]
    assert batch["id"].startswith("vsfb_")
    assert (batch["object"], batch["status"], batch["vector_store_id"]) == (
        "vector_store.file_batch",
        "in_progress",
        store,
    )
    assert batch["file_counts"] == counts(in_progress=25)
    done = client.vector_stores.file_batches.poll(batch["id"], vector_store_id=store, poll_interval_ms=0)
    assert (done.status, done.file_counts.to_dict()) == ("completed", counts(completed=25))
    assert client.vector_stores.retrieve(store).file_counts.to_dict() == counts(completed=25)
    listed = client.vector_stores.file_batches.list_files(batch["id"], vector_store_id=store, limit=7)
    assert ids(listed) == files[::-1]


def test_the_client_uploads_and_polls_many(client: openai.OpenAI) -> None:
    """`upload_and_poll` of 25 files, beside one that is there already."""
    store = client.vector_stores.create().id
    there = upload(client, "there.txt", "Already uploaded.").id
    batch = client.vector_stores.file_batches.upload_and_poll(
        store,
        files=[(f"{number}.md", f"# Number {number}".encode()) for number in range(25)],
        file_ids=[there],
        poll_interval_ms=0,
        max_concurrency=4,
    )
    assert (batch.status, batch.file_counts.completed) == ("completed", 26)


def test_files_of_a_batch_end_one_by_one(client: openai.OpenAI, control: Control, raw: Raw) -> None:
    """At each moment batch, store and lists tell the same."""
    control.new_world(latency=ONE_AFTER_THE_OTHER)
    files = lasting(client, 1, 2, 3)
    store = client.vector_stores.create().id
    batches = client.vector_stores.file_batches
    batch = batches.create(store, file_ids=files).id
    for done in (1, 2, 3):
        control.advance(1)
        expected = counts(in_progress=3 - done, completed=done)
        page = raw("GET", f"/v1/vector_stores/{store}/file_batches/{batch}/files?order=asc").body["data"]
        assert [entry["status"] for entry in page] == ["completed"] * done + ["in_progress"] * (3 - done)
        shown = raw("GET", "/v1/vector_stores?limit=1").body["data"][0]
        assert shown["file_counts"] == expected
        if done < 3:
            assert shown["status"] == "in_progress"
    assert batches.retrieve(batch, vector_store_id=store).status == "completed"


def test_a_batch_with_files_that_fail(client: openai.OpenAI) -> None:
    """It completes as long as one of them does, and is failed when none did."""
    good, bad, worse = (
        upload(client, "good.txt", "Text.").id,
        upload(client, "bad.pdf", "no PDF").id,
        upload(client, "bad.txt", b"\0\0").id,
    )
    store = client.vector_stores.create().id
    batches = client.vector_stores.file_batches
    mixed = batches.create_and_poll(store, file_ids=[good, bad], poll_interval_ms=0)
    assert (mixed.status, mixed.file_counts.to_dict()) == ("completed", counts(completed=1, failed=1))
    lost = batches.create_and_poll(store, file_ids=[bad, worse], poll_interval_ms=0)
    assert (lost.status, lost.file_counts.to_dict()) == ("failed", counts(failed=2))
    failed = batches.list_files(lost.id, vector_store_id=store, filter="failed").data
    assert {entry.last_error.code for entry in failed if entry.last_error} == {"invalid_file"}
    assert client.vector_stores.retrieve(store).status == "completed"


def test_cancelling_stops_what_is_still_on_its_way(client: openai.OpenAI, control: Control) -> None:
    """What is indexed stays indexed; the others are cancelled, found by nobody, and can be attached again."""
    control.new_world(latency=ONE_AFTER_THE_OTHER)
    files = lasting(client, 1, 2, 3)
    store = client.vector_stores.create().id
    batches = client.vector_stores.file_batches
    batch = batches.create(store, file_ids=files).id
    control.advance(1.5)
    cancelled = batches.cancel(batch, vector_store_id=store)
    assert (cancelled.status, cancelled.file_counts.to_dict()) == (
        "cancelled",
        counts(completed=1, cancelled=2),
    )
    control.advance(60)
    assert batches.retrieve(batch, vector_store_id=store) == cancelled
    now = client.vector_stores.retrieve(store)
    assert (now.status, now.file_counts.to_dict()) == ("completed", counts(completed=1, cancelled=2))
    assert ids(batches.list_files(batch, vector_store_id=store, filter="cancelled")) == files[:0:-1]
    assert ids(client.vector_stores.files.list(store, filter="cancelled")) == files[:0:-1]
    assert [found.file_id for found in client.vector_stores.search(store, query="word")] == [files[0]]
    again = client.vector_stores.files.create_and_poll(files[2], vector_store_id=store, poll_interval_ms=0)
    assert again.status == "completed"
    assert client.vector_stores.retrieve(store).file_counts.to_dict() == counts(completed=2, cancelled=1)


def test_cancelling_what_has_ended_changes_nothing(client: openai.OpenAI) -> None:
    """200 and unchanged, as recorded; twice as well."""
    store = client.vector_stores.create().id
    batches = client.vector_stores.file_batches
    done = batches.create_and_poll(store, file_ids=[upload(client, "a.txt", "Text.").id], poll_interval_ms=0)
    assert batches.cancel(done.id, vector_store_id=store) == done
    other = batches.create(store, file_ids=[upload(client, "b.txt", "Text.").id])
    cancelled = batches.cancel(other.id, vector_store_id=store)
    assert cancelled.status == "cancelled"
    assert batches.cancel(other.id, vector_store_id=store) == cancelled


def test_a_file_that_leaves_leaves_its_batch(client: openai.OpenAI, control: Control) -> None:
    """Detached or deleted: batch and store count the same, and the batch can still end."""
    control.new_world(latency=ONE_AFTER_THE_OTHER)
    files = lasting(client, 1, 2, 3)
    store = client.vector_stores.create().id
    batches = client.vector_stores.file_batches
    batch = batches.create(store, file_ids=files).id
    control.advance(1)
    client.vector_stores.files.delete(files[2], vector_store_id=store)
    client.files.delete(files[1])
    done = batches.retrieve(batch, vector_store_id=store)
    assert (done.status, done.file_counts.to_dict()) == ("completed", counts(completed=1))
    assert settled(client, store).file_counts.to_dict() == counts(completed=1)
    assert ids(batches.list_files(batch, vector_store_id=store)) == [files[0]]


def test_a_file_attached_by_a_second_batch_belongs_to_that_one(client: openai.OpenAI) -> None:
    """The first batch has one file less, and both end."""
    first, second = (upload(client, f"{number}.txt", "Text.").id for number in (1, 2))
    store = client.vector_stores.create().id
    batches = client.vector_stores.file_batches
    one = batches.create(store, file_ids=[first, second])
    two = batches.create_and_poll(store, file_ids=[second], poll_interval_ms=0)
    one = batches.poll(one.id, vector_store_id=store, poll_interval_ms=0)
    assert (one.status, one.file_counts.to_dict()) == ("completed", counts(completed=1))
    assert (two.status, two.file_counts.to_dict()) == ("completed", counts(completed=1))
    assert settled(client, store).file_counts.to_dict() == counts(completed=2)


def test_each_file_may_bring_its_own(client: openai.OpenAI) -> None:
    """With `files`, attributes and chunks of the batch do not count; with `file_ids` they are for all."""
    first, second = (upload(client, f"{number}.txt", "Text.").id for number in (1, 2))
    small: Any = {"type": "static", "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 10}}
    store = client.vector_stores.create().id
    batches = client.vector_stores.file_batches
    batches.create(
        store,
        files=[{"file_id": first, "attributes": {"own": 1}, "chunking_strategy": small}, {"file_id": second}],
        attributes={"shared": True},
    )
    shown = {
        entry.id: (entry.attributes, entry.chunking_strategy.static.max_chunk_size_tokens)  # type: ignore[union-attr]
        for entry in client.vector_stores.files.list(store)
    }
    assert shown == {first: ({"own": 1}, 100), second: ({}, 800)}
    batches.create(store, file_ids=[first, second], attributes={"shared": True}, chunking_strategy=small)
    for entry in client.vector_stores.files.list(store):
        assert entry.attributes == {"shared": True}
        assert entry.chunking_strategy.static.max_chunk_size_tokens == 100  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "file_ids"),
        ({"file_ids": []}, "file_ids"),
        ({"files": []}, "files"),
        ({"files": [{}]}, "files[0].file_id"),
        ({"files": ["file-1"]}, "files[0]"),
        ({"files": [{"file_id": "x"}]}, "files[0].file_id"),
        ({"files": [{"file_id": "file-1", "attributes": {"a": []}}]}, "files[0].attributes.a"),
        ({"file_ids": ["file-1"], "files": [{"file_id": "file-1"}]}, "files"),
        ({"file_ids": ["file-1"], "unknown": 1}, "unknown"),
        ({"file_ids": ["file-1"], "attributes": {str(number): 1 for number in range(17)}}, "attributes"),
    ],
)
def test_a_batch_that_cannot_be_is_refused(
    raw: Raw, client: openai.OpenAI, body: dict[str, Any], param: str | None
) -> None:
    """With the path of what is wrong; nothing of it begins."""
    store = client.vector_stores.create()
    answer = raw("POST", f"/v1/vector_stores/{store.id}/file_batches", body)
    assert (answer.status, answer.body["error"]["param"]) == (400, param)
    assert client.vector_stores.retrieve(store.id) == store


def test_one_file_that_cannot_be_searched_refuses_the_batch(client: openai.OpenAI) -> None:
    """E-111."""
    good, bad = upload(client, "a.txt", "Text.").id, upload(client, "a.h", "int x;", "user_data").id
    store = client.vector_stores.create()
    error = refused(client.vector_stores.file_batches.create, store.id, file_ids=[good, bad])
    assert error["message"].startswith("Files with extensions [.h] are not supported for retrieval.")
    assert (error["param"], error["code"]) == ("file_ids", "unsupported_file")
    assert (
        refused(client.vector_stores.file_batches.create, store.id, file_ids=[good, "file-no"])["status"]
        == 400
    )
    assert client.vector_stores.files.list(store.id).data == []


def test_a_batch_belongs_to_its_store(client: openai.OpenAI, raw: Raw) -> None:
    """From another store's path it is not found."""
    store, other = client.vector_stores.create().id, client.vector_stores.create().id
    batch = client.vector_stores.file_batches.create(store, file_ids=[upload(client, "a.txt", "Text.").id]).id
    for method, path in (("GET", ""), ("GET", "/files"), ("POST", "/cancel")):
        for wrong, named in ((other, batch), (store, "vsfb_unknown")):
            answer = raw(method, f"/v1/vector_stores/{wrong}/file_batches/{named}{path}")
            assert answer.status == 404
            assert f"'{named}'" in answer.body["error"]["message"]


def test_files_of_a_batch_are_listed_in_pages(client: openai.OpenAI, raw: Raw) -> None:
    """Both cursors and `filter`; other files of the store are not among them."""
    files = [upload(client, f"{number}.txt", "Text.").id for number in range(4)]
    alone = upload(client, "alone.txt", "Text.").id
    store = client.vector_stores.create(file_ids=[alone]).id
    batch = client.vector_stores.file_batches.create_and_poll(store, file_ids=files, poll_interval_ms=0).id
    path = f"/v1/vector_stores/{store}/file_batches/{batch}/files"
    page = raw("GET", f"{path}?limit=2").body
    assert ([each["id"] for each in page["data"]], page["has_more"]) == (files[:1:-1], True)
    page = raw("GET", f"{path}?limit=2&after={page['last_id']}&filter=completed").body
    assert ([each["id"] for each in page["data"]], page["has_more"]) == (files[1::-1], False)
    page = raw("GET", f"{path}?order=asc&before={files[2]}").body
    assert [each["id"] for each in page["data"]] == files[:2]
    assert raw("GET", f"{path}?filter=failed").body["data"] == []
    assert raw("GET", f"{path}?filter=nothing").status == 400
