"""11 · Vector store quota: documents are imported faster than the API takes them, or more than it keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import openai
import pytest

from harness.control import Control
from tests.fifteen.conftest import Sleeper
from tests.fifteen.looking import refusals

DOCUMENTS = {f"letter-{number}.txt": f"Letter {number}.".encode() for number in range(1, 6)}
FULL = {
    "message": "You have exceeded your file storage quota. Projects are limited to 2.5 TB of files."
    " Please reduce the file size or contact support.",
    "type": "invalid_request_error",
    "param": None,
    "code": None,
}


def naive_import(client: openai.OpenAI, store_id: str, documents: Mapping[str, bytes]) -> None:
    """Each document is uploaded and attached, one after the other."""
    for name, content in documents.items():
        file = client.files.create(file=(name, content), purpose="assistants")
        client.vector_stores.files.create(store_id, file_id=file.id)


class StorageFullError(Exception):
    """There is no room for the documents, and somebody has to make some."""


def careful_import(client: openai.OpenAI, store_id: str, documents: Mapping[str, bytes]) -> None:
    """The same, but all are attached by one call, which waits as it is told; and it is all or none."""
    patient = client.with_options(max_retries=5)
    uploaded: list[str] = []
    try:
        for name, content in documents.items():
            uploaded.append(patient.files.create(file=(name, content), purpose="assistants").id)
        batch = patient.vector_stores.file_batches.create_and_poll(store_id, file_ids=uploaded)
    except openai.APIStatusError as error:
        for file_id in uploaded:
            patient.files.delete(file_id)
        if "storage quota" in error.message:
            raise StorageFullError(f"no room for {len(documents)} documents") from error
        raise
    if batch.file_counts.completed < len(documents):
        raise RuntimeError(f"{batch.file_counts.failed} documents could not be indexed")


def too_fast(store_id: str, limit: int = 3) -> dict[str, Any]:
    """What the API says of too many calls for one store."""
    return {
        "message": f"Rate limit reached for vector store {store_id} in organization org-assistants-mock on"
        f" requests per min (RPM): Limit {limit}, Used {limit}, Requested 1. Please try again in 20s. Visit"
        " https://platform.openai.com/account/rate-limits to learn more.",
        "type": "requests",
        "param": None,
        "code": "rate_limit_exceeded",
    }


def test_the_fourth_document_is_left_out(client: openai.OpenAI, control: Control) -> None:
    """By itself: three are attached, the fourth is uploaded and lies about, the fifth is not there."""
    control.new_world(clock="virtual", rate_limits={"vector_store_requests_per_minute": 3})
    store = client.vector_stores.create(name="Letters").id
    with pytest.raises(openai.RateLimitError) as caught:
        naive_import(client, store, DOCUMENTS)
    assert (caught.value.status_code, caught.value.body) == (429, too_fast(store))
    assert caught.value.response.headers["retry-after"] == "20"
    control.advance(60)
    assert attached(client, store) == {"letter-1.txt", "letter-2.txt", "letter-3.txt"}
    assert uploaded(client) == ["letter-1.txt", "letter-2.txt", "letter-3.txt", "letter-4.txt"]


def test_a_careful_client_waits(client: openai.OpenAI, control: Control, sleepless: Sleeper) -> None:
    """By itself: somebody else has just used the limit up; twenty seconds later everything is in."""
    control.new_world(clock="virtual", rate_limits={"vector_store_requests_per_minute": 3})
    store = client.vector_stores.create(name="Letters").id
    naive_import(client, store, dict.fromkeys(("a.txt", "b.txt", "c.txt"), b"Old."))
    careful_import(client, store, DOCUMENTS)
    assert attached(client, store) == {"a.txt", "b.txt", "c.txt", *DOCUMENTS}
    assert refusals(control) == ["vector_stores.file_batches.create#1"]


def test_the_storage_is_full(client: openai.OpenAI, control: Control) -> None:
    """By itself: the limit is lowered to 20 bytes, two letters."""
    control.new_world(clock="virtual", limits={"storage_bytes": 20})
    store = client.vector_stores.create(name="Letters").id
    with pytest.raises(openai.BadRequestError) as caught:
        naive_import(client, store, DOCUMENTS)
    assert caught.value.body == FULL
    assert uploaded(client) == ["letter-1.txt", "letter-2.txt"]


def test_a_careful_client_clears_up(client: openai.OpenAI, control: Control, sleepless: Sleeper) -> None:
    """By itself: it says that there is no room, and there is as much room as before."""
    control.new_world(clock="virtual", limits={"storage_bytes": 20})
    store = client.vector_stores.create(name="Letters").id
    with pytest.raises(StorageFullError, match="no room for 5 documents"):
        careful_import(client, store, DOCUMENTS)
    assert (attached(client, store), uploaded(client)) == (set(), [])


def test_forced_too_fast(client: openai.OpenAI, control: Control, sleepless: Sleeper) -> None:
    """The second document is too fast for the naive; the careful waits twice as long, and twice."""
    store = client.vector_stores.create(name="Letters").id
    control.arm("vector_store.rate_limit", "vector_stores.files.create", nth=2)
    with pytest.raises(openai.RateLimitError) as caught:
        naive_import(client, store, DOCUMENTS)
    assert caught.value.body == too_fast(store, limit=300)
    control.advance(60)
    assert attached(client, store) == {"letter-1.txt"}
    control.arm("vector_store.rate_limit(40s)", "vector_stores.file_batches.create", times=2)
    other = client.vector_stores.create(name="More letters").id
    began = control.clock()["now"]
    careful_import(client, other, DOCUMENTS)
    assert attached(client, other) == set(DOCUMENTS)
    assert control.clock()["now"] - began > 80


@pytest.mark.parametrize("at", ["files.create", "vector_stores.file_batches.create"])
def test_forced_full(at: str, client: openai.OpenAI, control: Control, sleepless: Sleeper) -> None:
    """Wherever the storage is full, nothing of the import is left."""
    store = client.vector_stores.create(name="Letters").id
    control.arm("vector_store.quota", at)
    with pytest.raises(StorageFullError):
        careful_import(client, store, DOCUMENTS)
    assert (attached(client, store), uploaded(client)) == (set(), [])
    careful_import(client, store, DOCUMENTS)
    assert (attached(client, store), uploaded(client)) == (set(DOCUMENTS), list(DOCUMENTS))


def test_a_header_is_enough(client: openai.OpenAI) -> None:
    """One call, one header."""
    store = client.vector_stores.create(name="Letters").id
    file = client.files.create(file=("letter.txt", b"Letter."), purpose="assistants")
    with pytest.raises(openai.RateLimitError) as refused:
        client.vector_stores.files.create(
            store, file_id=file.id, extra_headers={"X-Mock-Fault": "vector_store.rate_limit"}
        )
    assert refused.value.body == too_fast(store, limit=300)
    with pytest.raises(openai.BadRequestError) as full:
        client.vector_stores.files.create(
            store, file_id=file.id, extra_headers={"X-Mock-Fault": "vector_store.quota"}
        )
    assert full.value.body == FULL
    assert client.vector_stores.files.list(store).data == []


def attached(client: openai.OpenAI, store_id: str) -> set[str]:
    """The names of the files that can be searched in a store."""
    files = [file for file in client.vector_stores.files.list(store_id) if file.status == "completed"]
    return {client.files.retrieve(file.id).filename for file in files}


def uploaded(client: openai.OpenAI) -> list[str]:
    """The names of all files there are, in order."""
    return [file.filename for file in client.files.list(order="asc")]
