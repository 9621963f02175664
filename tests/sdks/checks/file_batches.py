"""Batches of files on their way into a vector store."""

from __future__ import annotations

import openai

from tests.sdks.checks import check
from tests.sdks.checks.vector_stores import TEXTS, counts
from tests.sdks.sdk import Sdk, awake, every, got, needs, refused

FILES = 25


async def _uploaded(sdk: Sdk, number: int) -> list[str]:
    """The ids of so many files."""
    ids = []
    for index in range(number):
        content = f"This is text {index}.".encode()
        ids.append((await got(sdk.files.create(file=(f"{index}.txt", content), purpose="assistants"))).id)
    return ids


@check
async def batch_of_uploads(sdk: Sdk) -> None:
    """25 files uploaded, several at a time, and one from before: the helper returns when all are indexed."""
    store, earlier = await got(sdk.vector_stores.create()), await _uploaded(sdk, 1)
    files = [(f"report {number}.txt", f"Report {number}.".encode()) for number in range(FILES)]
    with awake():
        batch = await got(
            sdk.vector_stores.file_batches.upload_and_poll(store.id, files=files, file_ids=earlier)
        )
    assert batch.id.startswith("vsfb_")
    assert (batch.status, batch.vector_store_id) == ("completed", store.id)
    assert counts(batch) == {"completed": FILES + 1, "total": FILES + 1}
    listed = await every(
        sdk.vector_stores.file_batches.list_files(batch.id, vector_store_id=store.id, limit=10)
    )
    assert {entry.status for entry in listed} == {"completed"}
    assert len({entry.id for entry in listed}) == len(listed) == FILES + 1
    names = {file.id: file.filename for file in await every(await got(sdk.files.list()))}
    assert {names[entry.id] for entry in listed} == {"0.txt", *(name for name, _ in files)}
    store = await got(sdk.vector_stores.retrieve(store.id))
    assert (store.status, counts(store)) == ("completed", counts(batch))


@check
async def batch_by_hand(sdk: Sdk) -> None:
    """A batch is in progress until its last file is done, and counts add up; nobody is told to wait."""
    store, ids = await got(sdk.vector_stores.create()), await _uploaded(sdk, 5)
    batches = sdk.vector_stores.file_batches
    seen = [await got(batches.create(store.id, file_ids=ids))]
    assert (seen[0].status, counts(seen[0])) == ("in_progress", {"in_progress": 5, "total": 5})
    while seen[-1].status == "in_progress" and len(seen) < 20:
        raw = await got(batches.with_raw_response.retrieve(seen[0].id, vector_store_id=store.id))
        seen.append(raw.parse())
        if seen[-1].status == "in_progress":
            assert raw.headers["openai-poll-after-ms"] == "0"
    assert len(seen) > 3
    for batch in seen:
        shown = batch.file_counts
        assert shown.in_progress + shown.completed == shown.total == 5
        assert (batch.status == "in_progress") == (shown.in_progress > 0)
    assert seen[-1].status == "completed"


@check
async def batch_with_failures(sdk: Sdk) -> None:
    """One broken file does not keep the others out, and the batch ends completed."""
    store = await got(sdk.vector_stores.create())
    files = [("good.txt", b"Fine."), ("bad.pdf", b"no PDF")]
    batches = sdk.vector_stores.file_batches
    with awake():
        batch = await got(batches.upload_and_poll(store.id, files=files))
    assert (batch.status, counts(batch)) == ("completed", {"completed": 1, "failed": 1, "total": 2})
    failed = await every(batches.list_files(batch.id, vector_store_id=store.id, filter="failed"))
    assert [bool(entry.last_error.message) for entry in failed] == [True]


@check
async def batch_cancelled(sdk: Sdk) -> None:
    """Cancelling stops what is still on its way; a batch that has ended is answered as it is."""
    sdk.new_world(latency={"profile": "realistic", "indexing": "5m"})
    store, ids = await got(sdk.vector_stores.create()), await _uploaded(sdk, 3)
    batches = sdk.vector_stores.file_batches
    batch = await got(batches.create(store.id, file_ids=ids))
    batch = await got(batches.cancel(batch.id, vector_store_id=store.id))
    assert (batch.status, counts(batch)) == ("cancelled", {"cancelled": 3, "total": 3})
    with awake():
        again = await got(batches.poll(batch.id, vector_store_id=store.id))
    assert again == batch
    assert await got(batches.cancel(batch.id, vector_store_id=store.id)) == batch
    entries = await every(sdk.vector_stores.files.list(store.id))
    assert {entry.status for entry in entries} == {"cancelled"}
    await refused(lambda: batches.retrieve("vsfb_x", vector_store_id=store.id), openai.NotFoundError)


@check
async def batch_with_attributes_of_each(sdk: Sdk) -> None:
    """Each file of a batch may bring attributes and chunks of its own."""
    batches = sdk.vector_stores.file_batches
    needs(batches, "create", "files")
    store = await got(sdk.vector_stores.create())
    sizes = {"max_chunk_size_tokens": 200, "chunk_overlap_tokens": 50}
    given = []
    for name, text in TEXTS.items():
        file = await got(sdk.files.create(file=(name, text.encode()), purpose="assistants"))
        given.append({"file_id": file.id, "attributes": {"name": name}})
    given[0]["chunking_strategy"] = {"type": "static", "static": sizes}
    batch = await got(batches.create(store.id, files=given))
    with awake():
        batch = await got(batches.poll(batch.id, vector_store_id=store.id))
    assert counts(batch) == {"completed": 3, "total": 3}
    entries = {entry.id: entry for entry in await every(sdk.vector_stores.files.list(store.id))}
    assert [entries[one["file_id"]].attributes for one in given] == [{"name": name} for name in TEXTS]
    strategies = [entries[one["file_id"]].chunking_strategy.static.model_dump() for one in given]
    default = {"max_chunk_size_tokens": 800, "chunk_overlap_tokens": 400}
    assert strategies == [sizes, default, default]
    error = await refused(
        lambda: batches.create(store.id, files=given, file_ids=["x"]), openai.BadRequestError
    )
    assert error.type == "invalid_request_error"


@check
async def batch_with_shared_attributes(sdk: Sdk) -> None:
    """Attributes of a batch hold for all its files."""
    batches = sdk.vector_stores.file_batches
    needs(batches, "create", "attributes")
    store, ids = await got(sdk.vector_stores.create()), await _uploaded(sdk, 2)
    batch = await got(batches.create(store.id, file_ids=ids, attributes={"year": 2025}))
    listed = await every(batches.list_files(batch.id, vector_store_id=store.id))
    assert [entry.attributes for entry in listed] == [{"year": 2025.0}] * 2
