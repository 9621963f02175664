"""What a server has kept is there again when another one begins on the same file, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.properties.documents import digest, prose
from tests.properties.forms import FormDoor, remains
from tests.properties.scripts import SEARCH_CONTENT

Object = dict[str, Any]

STORES = "/v1/vector_stores"
SLOW = {"indexing": "10s"}
TEXT = prose(("zebra", "walnut"), 300).encode()
BEGINNINGS: dict[str, Callable[[FormDoor], None]] = {
    "stopped": FormDoor.restart,
    "crashed": FormDoor.crash,
    "killed": FormDoor.kill,
}
"""Stopped in good order; not stopped at all; or killed, and begun again on a copy of what was on disk."""


@pytest.fixture(params=list(BEGINNINGS.values()), ids=list(BEGINNINGS))
def again(request: pytest.FixtureRequest) -> Callable[[FormDoor], None]:
    """Begin again on what is kept."""
    begin: Callable[[FormDoor], None] = request.param
    return begin


# Beginning again


def test_files_and_their_contents_survive(door: FormDoor, again: Callable[[FormDoor], None]) -> None:
    ids = [door.new_file(TEXT, "a “b”/c.txt", "vision"), door.new_file(b"\x00\xff", "x.bin", "batch")]
    before = door.get("/v1/files")
    again(door)
    assert door.get("/v1/files") == before
    assert [door.content(file_id) for file_id in ids] == [TEXT, b"\x00\xff"]
    for file_id in ids:
        door.delete(f"/v1/files/{file_id}")
    assert list(remains(door)) == []


def test_an_upload_goes_on_with_the_parts_it_has(door: FormDoor, again: Callable[[FormDoor], None]) -> None:
    upload = door.new_upload(6)
    second = door.add_part(upload, b"def").json["id"]
    again(door)
    first = door.add_part(upload, b"abc").json["id"]
    again(door)
    done = door.post(f"/v1/uploads/{upload}/complete", {"part_ids": [first, second]})
    assert door.content(done["file"]["id"]) == b"abcdef"
    assert door.blobs() == {digest(b"abcdef")}  # the parts are gone


def test_an_upload_expires_after_a_new_beginning(door: FormDoor, again: Callable[[FormDoor], None]) -> None:
    upload = door.new_upload(6)
    door.add_part(upload, b"abc")
    again(door)
    door.advance(3599)
    assert door.blobs() == {digest(b"abc")}
    door.advance(1)
    assert not door.add_part(upload, b"def").ok
    assert list(remains(door)) == []


def test_indexing_goes_on_to_its_moment(door: FormDoor, again: Callable[[FormDoor], None]) -> None:
    good, bad = door.new_file(TEXT), door.new_file(b" ", "empty.md")
    store = door.post(STORES, {})["id"]
    batch = door.post(f"{STORES}/{store}/file_batches", {"file_ids": [good, bad]})["id"]
    door.advance(6)
    again(door)
    counted = {"in_progress": 2, "completed": 0, "failed": 0, "cancelled": 0, "total": 2}
    door.advance(3.999)
    assert door.get(STORES)["data"][0]["file_counts"] == counted
    assert door.found(store) == []
    door.advance(0.001)
    counted |= {"in_progress": 0, "completed": 1, "failed": 1}
    assert door.get(f"{STORES}/{store}")["file_counts"] == counted
    shown = door.get(f"{STORES}/{store}/file_batches/{batch}")
    assert (shown["status"], shown["file_counts"]) == ("completed", counted)
    assert {result["file_id"] for result in door.found(store)} == {good}


def test_what_is_indexed_is_found_again(door: FormDoor, again: Callable[[FormDoor], None]) -> None:
    file, other = door.new_file(TEXT), door.new_file(b"A zebra that is gone.", "gone.txt")
    chunking = {"type": "static", "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 20}}
    store = door.post(STORES, {"file_ids": [file, other], "chunking_strategy": chunking})["id"]
    door.advance(11)
    door.delete(f"/v1/files/{other}")
    chunks = door.get(f"{STORES}/{store}/files/{file}/content")
    results = door.found(store)
    assert len(results) > 1
    again(door)
    assert door.found(store) == results
    assert door.get(f"{STORES}/{store}/files/{file}/content") == chunks
    door.delete(f"{STORES}/{store}")
    assert door.indexed() == set()


def test_what_is_found_equally_well_keeps_its_order(
    door: FormDoor, again: Callable[[FormDoor], None]
) -> None:
    """Files that become searchable at the same moment do so in the order in which they came."""
    files = [door.new_file(TEXT, f"{number}.txt") for number in range(6)]
    store = door.post(STORES, {"file_ids": files})["id"]
    again(door)
    door.advance(11)
    assert [result["file_id"] for result in door.found(store)] == files


def test_a_run_that_waits_for_a_file_finds_it_after_a_new_beginning(
    door: FormDoor, again: Callable[[FormDoor], None]
) -> None:
    file = door.new_file(TEXT)
    tools = [{"type": "file_search"}]
    assistant = door.post("/v1/assistants", {"model": "gpt-4o", "tools": tools})["id"]
    attachments = [{"file_id": file, "tools": tools}]
    messages = [{"role": "user", "content": "zebra?", "attachments": attachments}]
    run = door.post("/v1/threads/runs", {"assistant_id": assistant, "thread": {"messages": messages}})
    door.advance(5)
    again(door)
    door.advance(6)
    path = f"/v1/threads/{run['thread_id']}/runs/{run['id']}/steps"
    steps = door.get(path, SEARCH_CONTENT)["data"]
    results = steps[-1]["step_details"]["tool_calls"][0]["file_search"]["results"]
    assert [result["file_id"] for result in results] == [file]


def test_a_store_expires_after_a_new_beginning(door: FormDoor, again: Callable[[FormDoor], None]) -> None:
    after = {"anchor": "last_active_at", "days": 1}
    store = door.post(STORES, {"file_ids": [door.new_file(TEXT)], "expires_after": after})["id"]
    again(door)
    door.advance(86_399)
    assert door.get(f"{STORES}/{store}")["status"] == "completed"
    door.advance(1)
    shown = door.get(f"{STORES}/{store}")
    assert (shown["status"], shown["file_counts"]["completed"]) == ("expired", 1)


def test_what_code_will_write_is_written_after_a_new_beginning(
    door: FormDoor, again: Callable[[FormDoor], None]
) -> None:
    """Its bytes travel with the run until then, and go with the file when that is deleted."""
    outputs = [{"file": {"name": "o.csv", "text": "a,b"}}]
    code = {"code_interpreter": {"input": "write()", "outputs": outputs}}
    rule = {"then": {"steps": [code, {"reply": "Done."}]}, "timeline": {"queued": "5s"}, "times": 1}
    door.post("/_mock/replies", rule)
    assistant = door.post("/v1/assistants", {"model": "gpt-4o", "tools": [{"type": "code_interpreter"}]})
    thread = {"messages": [{"role": "user", "content": "Write."}]}
    door.post("/v1/threads/runs", {"assistant_id": assistant["id"], "thread": thread})
    assert door.blobs() == set()
    again(door)
    door.advance(6)
    (file,) = door.get("/v1/files", "purpose=assistants_output")["data"]
    assert door.content(file["id"]) == b"a,b"
    door.delete(f"/v1/files/{file['id']}")
    assert list(remains(door)) == []
    assert not door.rows("SELECT subject FROM timeline WHERE instr(events, '\"_data\"')")


def test_what_nobody_refers_to_is_swept_at_the_beginning(
    door: FormDoor, again: Callable[[FormDoor], None]
) -> None:
    file = door.new_file(TEXT, purpose="vision")
    door.add_part(door.new_upload(6), b"abc")
    for name in (digest(b"lost"), "incoming-half"):
        (door.folder / name).write_bytes(b"lost")
    again(door)
    assert door.blobs() == {digest(TEXT), digest(b"abc")}
    assert door.content(file) == TEXT
