"""Files of a vector store: how they are cut, attached, changed, listed and read, and how they leave."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from harness.control import Control
from tests.conftest import Raw
from tests.files.library import CAPITALS, counts, ids, moment, ready, refused, settled, upload

TWO_SECONDS_LATER = {"profile": "instant", "indexing": "2s"}


# Chunks


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (None, (800, 400)),
        ({"type": "auto"}, (800, 400)),
        ({"type": "static", "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 0}}, (100, 0)),
        (
            {"type": "static", "static": {"max_chunk_size_tokens": 4096, "chunk_overlap_tokens": 2048}},
            (4096, 2048),
        ),
        ({"type": "static", "static": {"max_chunk_size_tokens": 101, "chunk_overlap_tokens": 50}}, (101, 50)),
    ],
)
def test_chunks_are_as_asked_for(client: openai.OpenAI, given: Any, shown: tuple[int, int]) -> None:
    """The file shows the sizes, and its content has them: the pieces overlap and lose nothing."""
    text = " ".join(f"word{number}" for number in range(3_000))
    file = upload(client, "a.txt", text).id
    store = client.vector_stores.create().id
    more = {} if given is None else {"chunking_strategy": given}
    made = client.vector_stores.files.create_and_poll(file, vector_store_id=store, poll_interval_ms=0, **more)
    strategy: Any = made.chunking_strategy
    assert strategy.type == "static"
    assert (strategy.static.max_chunk_size_tokens, strategy.static.chunk_overlap_tokens) == shown
    pieces = [str(piece.text) for piece in client.vector_stores.files.content(file, vector_store_id=store)]
    assert len(pieces) >= 2
    assert (pieces[0], pieces[-1]) == (text[: len(pieces[0])], text[-len(pieces[-1]) :])
    begin = end = 0
    for piece in pieces:
        begin = text.index(piece, begin)
        assert begin == end if shown[1] == 0 else begin <= end
        end = begin + len(piece)
    assert end == len(text)


@pytest.mark.parametrize(
    ("sizes", "param"),
    [
        ({"max_chunk_size_tokens": 99, "chunk_overlap_tokens": 0}, "max_chunk_size_tokens"),
        ({"max_chunk_size_tokens": 4097, "chunk_overlap_tokens": 0}, "max_chunk_size_tokens"),
        ({"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 51}, "chunk_overlap_tokens"),
        ({"max_chunk_size_tokens": 100, "chunk_overlap_tokens": -1}, "chunk_overlap_tokens"),
        ({"max_chunk_size_tokens": 100}, "chunk_overlap_tokens"),
        ({"chunk_overlap_tokens": 0}, "max_chunk_size_tokens"),
        ({"max_chunk_size_tokens": "100", "chunk_overlap_tokens": 0}, "max_chunk_size_tokens"),
    ],
)
def test_sizes_of_chunks_have_their_bounds(
    client: openai.OpenAI, raw: Raw, sizes: dict[str, Any], param: str
) -> None:
    """100 to 4096 tokens, of which at most half overlap."""
    store = client.vector_stores.create().id
    body = {
        "file_id": upload(client, "a.txt", CAPITALS).id,
        "chunking_strategy": {"type": "static", "static": sizes},
    }
    answer = raw("POST", f"/v1/vector_stores/{store}/files", body)
    assert (answer.status, answer.body["error"]["param"]) == (400, f"chunking_strategy.static.{param}")


@pytest.mark.parametrize(
    ("strategy", "param"),
    [
        ({"type": "static"}, "static"),
        ({"type": "other"}, "type"),
        ({"type": "auto", "static": {}}, "static"),
        ({}, "type"),
    ],
)
def test_a_strategy_that_is_none(client: openai.OpenAI, raw: Raw, strategy: Any, param: str) -> None:
    """Refused everywhere one can be said."""
    file = upload(client, "a.txt", CAPITALS).id
    store = client.vector_stores.create().id
    wanted = {"chunking_strategy": strategy}
    for path, body in (
        ("/vector_stores", {"file_ids": [file]} | wanted),
        (f"/vector_stores/{store}/files", {"file_id": file} | wanted),
        (f"/vector_stores/{store}/file_batches", {"file_ids": [file]} | wanted),
    ):
        answer = raw("POST", f"/v1{path}", body)
        assert (answer.status, answer.body["error"]["param"]) == (400, f"chunking_strategy.{param}")


def test_a_store_is_made_with_chunks_for_its_files(client: openai.OpenAI) -> None:
    """The strategy of the store's creation is that of the files named there, and of no others."""
    sizes: Any = {"type": "static", "static": {"max_chunk_size_tokens": 200, "chunk_overlap_tokens": 20}}
    store = ready(client, upload(client, "a.txt", CAPITALS).id, chunking_strategy=sizes)
    later = client.vector_stores.files.create(store.id, file_id=upload(client, "b.txt", CAPITALS).id)
    shown = [
        entry.chunking_strategy.static.max_chunk_size_tokens  # type: ignore[union-attr]
        for entry in client.vector_stores.files.list(store.id)
    ]
    assert (shown, later.status) == ([800, 200], "in_progress")


# Files in a store


def test_a_file_is_attached_and_polled(client: openai.OpenAI, raw: Raw, control: Control) -> None:
    """In progress with nothing indexed, then completed with its bytes: a text of 21 bytes has 1045."""
    file = upload(client, "a.txt", "twenty-one bytes it is"[:21]).id
    store = client.vector_stores.create().id
    now = int(moment(control))
    answer = raw("POST", f"/v1/vector_stores/{store}/files", {"file_id": file, "attributes": {"lang": "en"}})
    assert answer.body == {
        "id": file,
        "object": "vector_store.file",
        "usage_bytes": 0,
        "created_at": now,
        "vector_store_id": store,
        "status": "in_progress",
        "last_error": None,
        "chunking_strategy": {
            "type": "static",
            "static": {"max_chunk_size_tokens": 800, "chunk_overlap_tokens": 400},
        },
        "attributes": {"lang": "en"},
    }
    done = client.vector_stores.files.poll(file, vector_store_id=store, poll_interval_ms=0)
    assert (done.status, done.usage_bytes, done.last_error) == ("completed", 1045, None)
    assert client.vector_stores.retrieve(store).usage_bytes == 1045


@pytest.mark.parametrize("again_at_once", [True, False])
def test_a_file_attached_again_is_indexed_anew(client: openai.OpenAI, again_at_once: bool) -> None:
    """Counted once, listed last, with the new sizes and attributes; before or after the first was done."""
    file, other = upload(client, "a.txt", CAPITALS).id, upload(client, "b.txt", CAPITALS).id
    store = client.vector_stores.create().id
    client.vector_stores.files.create(store, file_id=file, attributes={"round": 1})
    client.vector_stores.files.create(store, file_id=other)
    if not again_at_once:
        settled(client, store)
    sizes: Any = {"type": "static", "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 0}}
    again = client.vector_stores.files.create(
        store, file_id=file, chunking_strategy=sizes, attributes={"round": 2}
    )
    assert (again.status, again.usage_bytes, again.attributes) == ("in_progress", 0, {"round": 2})
    done = settled(client, store)
    assert done.file_counts.to_dict() == counts(completed=2)
    assert ids(client.vector_stores.files.list(store)) == [file, other]
    assert done.usage_bytes == 2 * (len(CAPITALS) + 1024)
    assert len(client.vector_stores.search(store, query="capital").data) == 2


def test_attributes_are_replaced(client: openai.OpenAI, raw: Raw) -> None:
    """All of them; null empties them, and without the field nothing is changed but refused."""
    file = upload(client, "a.txt", CAPITALS).id
    store = client.vector_stores.create().id
    client.vector_stores.files.create(store, file_id=file, attributes={"a": 1, "b": "x"})
    files = client.vector_stores.files
    assert files.update(file, vector_store_id=store, attributes={"c": True}).attributes == {"c": True}
    done = files.poll(file, vector_store_id=store, poll_interval_ms=0)
    assert done.attributes == {"c": True}
    answer = raw("POST", f"/v1/vector_stores/{store}/files/{file}", {})
    assert answer.body["error"]["message"] == "Missing required parameter: 'attributes'."
    cleared = files.update(file, vector_store_id=store, attributes=None)
    assert (cleared.attributes, cleared.status) == ({}, "completed")


def test_a_file_leaves_its_store(client: openai.OpenAI, raw: Raw) -> None:
    """The counts and bytes go with it, the file stays; on its way in it may leave as well."""
    file, other = upload(client, "a.txt", CAPITALS).id, upload(client, "b.txt", CAPITALS * 2).id
    store = ready(client, file, other)
    answer = raw("DELETE", f"/v1/vector_stores/{store.id}/files/{file}")
    assert answer.body == {"id": file, "object": "vector_store.file.deleted", "deleted": True}
    left = client.vector_stores.retrieve(store.id)
    assert (left.file_counts.to_dict(), left.usage_bytes) == (counts(completed=1), 2 * len(CAPITALS) + 1024)
    assert client.files.retrieve(file).status == "processed"
    error = refused(client.vector_stores.files.retrieve, file, vector_store_id=store.id)
    assert (error["status"], error["message"].startswith(f"No file found with id '{file}'")) == (404, True)
    client.vector_stores.files.create(store.id, file_id=file)
    client.vector_stores.files.delete(file, vector_store_id=store.id)
    again = client.vector_stores.retrieve(store.id)
    assert (again.status, again.file_counts.to_dict(), again.usage_bytes) == (
        "completed",
        counts(completed=1),
        left.usage_bytes,
    )
    assert [found.file_id for found in client.vector_stores.search(store.id, query="capital")] == [other]


def test_deleting_a_file_reaches_everything_that_names_it(client: openai.OpenAI) -> None:
    """Every store, done or on its way or failed, and every code interpreter of assistants and threads."""
    file, other = upload(client, "a.txt", CAPITALS).id, upload(client, "b.txt", CAPITALS).id
    stores = [ready(client, file, other).id, ready(client, file).id]
    stores.append(client.vector_stores.create(file_ids=[file, other]).id)
    resources: Any = {"code_interpreter": {"file_ids": [file, other]}}
    assistant = client.beta.assistants.create(
        model="gpt-4o", tools=[{"type": "code_interpreter"}], tool_resources=resources
    )
    thread = client.beta.threads.create(tool_resources=resources)
    client.files.delete(file)
    assert [settled(client, store).file_counts.to_dict() for store in stores] == [
        counts(completed=1),
        counts(),
        counts(completed=1),
    ]
    assert [len(client.vector_stores.search(store, query="capital").data) for store in stores] == [1, 0, 1]
    for owner in (client.beta.assistants.retrieve(assistant.id), client.beta.threads.retrieve(thread.id)):
        assert owner.tool_resources is not None
        assert owner.tool_resources.code_interpreter is not None
        assert owner.tool_resources.code_interpreter.file_ids == [other]
    assert refused(client.vector_stores.files.retrieve, file, vector_store_id=stores[0])["status"] == 404


def test_an_expired_file_leaves_its_stores(client: openai.OpenAI, control: Control) -> None:
    """As if it had been deleted at that moment."""
    file = upload(client, "a.txt", CAPITALS, expires_after={"anchor": "created_at", "seconds": 3600}).id
    store = ready(client, file)
    control.advance(3600)
    left = client.vector_stores.retrieve(store.id)
    assert (left.file_counts.to_dict(), left.usage_bytes) == (counts(), 0)
    assert client.vector_stores.search(store.id, query="capital").data == []


# Lists and content


def test_files_of_a_store_are_listed_by_status(client: openai.OpenAI, control: Control, raw: Raw) -> None:
    """`filter` with cursors; a file that has left still is one."""
    control.new_world(latency=TWO_SECONDS_LATER)
    good = [upload(client, f"{number}.txt", CAPITALS).id for number in range(4)]
    bad = upload(client, "bad.docx", "not a zip").id
    store = ready(client, *good, bad).id
    late = upload(client, "late.txt", CAPITALS).id
    client.vector_stores.files.create(store, file_id=late)
    files = client.vector_stores.files
    assert ids(files.list(store, filter="in_progress")) == [late]
    assert ids(files.list(store, filter="failed")) == [bad]
    assert ids(files.list(store, filter="cancelled")) == []
    assert ids(files.list(store, filter="completed", limit=1)) == good[::-1]
    assert ids(files.list(store, order="asc", limit=3)) == [*good, bad, late]
    path = f"/v1/vector_stores/{store}/files"
    page = raw("GET", f"{path}?filter=completed&after={good[2]}&limit=1").body
    assert ([each["id"] for each in page["data"]], page["has_more"]) == ([good[1]], True)
    assert (page["first_id"], page["last_id"]) == (good[1], good[1])
    files.delete(good[2], vector_store_id=store)
    page = raw("GET", f"{path}?filter=completed&after={good[2]}").body
    assert [each["id"] for each in page["data"]] == [good[1], good[0]]
    page = raw("GET", f"{path}?order=asc&before={good[3]}").body
    assert [each["id"] for each in page["data"]] == good[:2]
    error = raw("GET", f"{path}?filter=done").body["error"]
    assert error["message"] == (
        "Invalid value: 'done'. Supported values are: 'in_progress', 'completed', 'failed', and 'cancelled'."
    )
    assert raw("GET", f"{path}?after=file-unknown").status == 404
    assert raw("GET", f"{path}?limit=101").status == 400


def test_the_content_of_a_file_is_its_text(client: openai.OpenAI, control: Control, raw: Raw) -> None:
    """Nothing until it is indexed, what was extracted afterwards, and nothing of a failed one."""
    control.new_world(latency=TWO_SECONDS_LATER)
    page_of_web = (
        "<html><head><title>T</title><script>x()</script></head><body><p>Grüße &amp; Küsse</p></body></html>"
    )
    file, bad = upload(client, "a.html", page_of_web).id, upload(client, "b.json", b"\0\0\0").id
    store = client.vector_stores.create(file_ids=[file, bad]).id
    path = f"/v1/vector_stores/{store}/files"
    empty = {"object": "vector_store.file_content.page", "data": [], "has_more": False, "next_page": None}
    assert raw("GET", f"{path}/{file}/content").body == empty
    settled(client, store)
    found = raw("GET", f"{path}/{file}/content").body
    assert [part["type"] for part in found["data"]] == ["text"]
    assert "Grüße & Küsse" in found["data"][0]["text"]
    assert "x()" not in found["data"][0]["text"]
    assert raw("GET", f"{path}/{bad}/content").body == empty
    assert raw("GET", f"{path}/file-unknown/content").status == 404
