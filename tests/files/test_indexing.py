"""Indexing takes its time: how long by size and profile, file by file, and who is waited for."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from harness.control import Control
from tests.conftest import Raw
from tests.files.library import moment, ready, upload

MEGABYTE = "A line of sixty-four characters, as it stands in the middle.....\n"[:64] * 15_625


def seconds_until_indexed(client: openai.OpenAI, control: Control, text: str) -> float:
    """How long the service takes over this text."""
    file = upload(client, "a.txt", text).id
    store = client.vector_stores.create(file_ids=[file]).id
    began = moment(control)
    entry = client.vector_stores.files.poll(file, vector_store_id=store, poll_interval_ms=0)
    assert entry.status == "completed"
    return moment(control) - began


@pytest.mark.parametrize(
    ("latency", "small", "large"),
    [
        ("instant", (0, 0), (0, 0)),
        ("realistic", (0.72, 1.08), (1.5, 2.3)),
        ("slow", (14, 26), (49, 91)),
        ({"profile": "instant", "indexing": "3s"}, (3, 3), (3, 3)),
        ({"indexing_bytes_per_second": 100_000}, (0, 0), (10, 10)),
        ({"indexing": "1s", "indexing_bytes_per_second": 500_000}, (1, 1), (3, 3)),
    ],
)
def test_the_time_depends_on_profile_and_size(
    client: openai.OpenAI,
    control: Control,
    latency: Any,
    small: tuple[float, float],
    large: tuple[float, float],
) -> None:
    """A base and so many bytes a second, give or take the profile's jitter."""
    control.new_world(latency=latency)
    assert small[0] <= seconds_until_indexed(client, control, "word") <= small[1]
    assert large[0] <= seconds_until_indexed(client, control, MEGABYTE) <= large[1]


def test_the_same_seed_takes_the_same_time(client: openai.OpenAI, control: Control) -> None:
    """And files of one size in one world are not all done at the same moment."""
    taken = []
    for _ in range(2):
        control.new_world(seed=7, latency="realistic")
        taken.append([seconds_until_indexed(client, control, "word") for _ in range(4)])
    assert taken[0] == taken[1]
    assert len(set(taken[0])) > 1


def test_each_file_has_a_timeline_of_its_own(client: openai.OpenAI, control: Control) -> None:
    """A small file is ready while a large one of the same call is not."""
    control.new_world(latency={"indexing_bytes_per_second": 100_000})
    files = [upload(client, f"{size}.txt", MEGABYTE[: size * 100_000]).id for size in (3, 1, 2)]
    store = client.vector_stores.create(file_ids=files).id
    for done in range(4):
        shown = client.vector_stores.retrieve(store) if done == 3 else None
        entries = client.vector_stores.files.list(store, order="asc").data
        statuses = [entry.status == "completed" for entry in entries]
        assert statuses == [done >= 3, done >= 1, done >= 2]
        assert shown is None or shown.status == "completed"
        control.advance(1)


def test_the_control_door_tells_what_is_due(client: openai.OpenAI, control: Control) -> None:
    """The next moment of the world is that of the first file; nothing is due when all are done."""
    control.new_world(latency={"indexing": "5s"})
    now = moment(control)
    client.vector_stores.create(file_ids=[upload(client, "a.txt", "word").id])
    assert control.clock()["next_due"] == now + 5
    control.advance(5)
    assert control.clock()["next_due"] is None


def test_reading_a_store_that_is_in_progress_moves_time_and_nothing_else_does(
    client: openai.OpenAI, control: Control, raw: Raw
) -> None:
    """Pollers are told to come back at once; a list moves nothing."""
    control.new_world(latency={"indexing": "5s"})
    file = upload(client, "a.txt", "word").id
    store = client.vector_stores.create(file_ids=[file]).id
    now = moment(control)
    raw("GET", f"/v1/vector_stores/{store}/files")
    raw("GET", "/v1/vector_stores")
    raw("GET", f"/v1/files/{file}")
    client.vector_stores.search(store, query="word")
    assert moment(control) == now
    answer = raw("GET", f"/v1/vector_stores/{store}/files/{file}")
    assert (answer.body["status"], moment(control)) == ("completed", now + 5)
    assert "openai-poll-after-ms" not in answer.headers
    assert raw("GET", f"/v1/vector_stores/{store}").body["status"] == "completed"


@pytest.mark.parametrize("reader", ["store", "batch", "file"])
def test_every_poller_comes_back(client: openai.OpenAI, control: Control, raw: Raw, reader: str) -> None:
    """Whoever reads a store, a batch or a file over and over sees it ready after a few reads."""
    control.new_world(latency="slow")
    files = [upload(client, f"{number}.txt", "word").id for number in range(3)]
    store = client.vector_stores.create().id
    made = raw("POST", f"/v1/vector_stores/{store}/file_batches", {"file_ids": files})
    assert made.headers["openai-poll-after-ms"] == "0"
    path = {"store": "", "batch": f"/file_batches/{made.body['id']}", "file": f"/files/{files[0]}"}[reader]
    statuses = [raw("GET", f"/v1/vector_stores/{store}{path}").body["status"] for _ in range(4)]
    assert statuses[-1] == "completed"
    assert set(statuses) <= {"in_progress", "completed"}


def test_an_impatient_lister_gets_there_too(client: openai.OpenAI, control: Control) -> None:
    """Old clients look at the list of files until none is in progress."""
    control.new_world(latency={"indexing": "5s"})
    store = client.vector_stores.create(file_ids=[upload(client, "a.txt", "word").id]).id
    for _ in range(60):
        (entry,) = client.vector_stores.files.list(store).data
        if entry.status == "completed":
            break
    assert entry.status == "completed"


def test_a_store_is_as_old_as_it_is(client: openai.OpenAI, control: Control) -> None:
    """`created_at` of files is when they were attached, not when they were uploaded or done."""
    file = upload(client, "a.txt", "word")
    control.advance(100)
    store = client.vector_stores.create()
    control.advance(100)
    entry = client.vector_stores.files.create_and_poll(file.id, vector_store_id=store.id, poll_interval_ms=0)
    assert (store.created_at - file.created_at, entry.created_at - file.created_at) == (100, 200)


def test_usage_is_what_the_chunks_take(client: openai.OpenAI) -> None:
    """Overlap counts each time it is stored, and a store has the sum of its files."""
    text = " ".join(f"word{number}" for number in range(2_000))
    file = upload(client, "a.txt", text).id
    apart: Any = {"type": "static", "static": {"max_chunk_size_tokens": 400, "chunk_overlap_tokens": 0}}
    overlapping: Any = {
        "type": "static",
        "static": {"max_chunk_size_tokens": 400, "chunk_overlap_tokens": 200},
    }
    one = ready(client, file, chunking_strategy=apart)
    two = ready(client, file, chunking_strategy=overlapping)
    pieces = len(client.vector_stores.files.content(file, vector_store_id=one.id).data)
    assert one.usage_bytes == len(text) + 1024 * pieces
    assert two.usage_bytes > 1.8 * one.usage_bytes
