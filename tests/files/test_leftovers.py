"""Contents are kept as long as something refers to them, and what is refused leaves nothing behind."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from mockserver.store import Store
from tests.properties.documents import digest, prose
from tests.properties.forms import FormDoor, Underway, form, remains

Object = dict[str, Any]

STORES = "/v1/vector_stores"
TEXT = prose(("zebra", "walnut"), 300).encode()
EMPTY = hashlib.md5(b"", usedforsecurity=False).hexdigest()


# Shared and dropped


def test_a_server_without_a_file_takes_its_contents_along() -> None:
    store = Store()
    kept = store.blobs.put([TEXT])
    folder = store.blobs.folder
    assert (folder / kept.digest).read_bytes() == TEXT
    store.close()
    assert not folder.exists()


def test_equal_contents_of_two_projects_are_one_until_both_are_gone(door: FormDoor) -> None:
    files, stores = [], []
    for key in ("sk-one", "sk-two"):
        door.key = key
        files.append(door.new_file(TEXT, purpose="vision"))
        stores.append(door.post(STORES, {"file_ids": [door.new_file(TEXT)]})["id"])
        door.advance(11)
    assert door.blobs() == {digest(TEXT)}
    door.key = "sk-one"
    for each in door.get("/v1/files")["data"]:
        door.delete(f"/v1/files/{each['id']}")
    assert door.found(stores[0]) == []
    door.key = "sk-two"
    assert door.content(files[1]) == TEXT
    assert len(door.found(stores[1])) == 1
    for each in door.get("/v1/files")["data"]:
        door.delete(f"/v1/files/{each['id']}")
    assert door.blobs() == set()
    assert door.indexed() == set()


@pytest.mark.parametrize("how", ["deleted", "replaced"])
def test_a_content_that_is_on_its_way_again_outlives_the_one_that_goes(door: FormDoor, how: str) -> None:
    """The second upload's bytes are all here when the first file goes, but its form has not ended."""
    first = door.new_file(TEXT)
    whole = form({"purpose": "vision"}, ("file", "again.txt", TEXT))
    second = Underway(door, "/v1/files", (whole[:-4], whole[-4:]))
    if how == "deleted":
        door.delete(f"/v1/files/{first}")
    else:
        door.post("/_mock/world", {})
    assert door.content(second.finish().json["id"]) == TEXT


def test_a_new_world_drops_the_contents_of_the_old_one(door: FormDoor) -> None:
    door.key = "sk-other"
    other = door.new_file(b"of another project", purpose="vision")
    door.key = "sk-test"
    door.post(STORES, {"file_ids": [door.new_file(TEXT)]})
    door.add_part(door.new_upload(6), b"abc")
    door.advance(11)
    assert len(door.indexed()) == 1
    door.post("/_mock/world", {})
    assert door.blobs() == {digest(b"of another project")}
    assert door.indexed() == set()
    assert door.get("/v1/files")["data"] == []
    door.key = "sk-other"
    assert door.content(other) == b"of another project"


# What is refused


LIMITS = {"file_bytes": 1000, "part_bytes": 100, "storage_bytes": 1500}
WHOLE = form({"purpose": "assistants"}, ("file", "notes.txt", b"some text"))
FORMS = {
    "of no purpose": form({"purpose": "something"}, ("file", "notes.txt", b"some text")),
    "without a purpose": form({}, ("file", "notes.txt", b"some text")),
    "of an empty file": form({"purpose": "assistants"}, ("file", "notes.txt", b"")),
    "of a file that is too large": form({"purpose": "assistants"}, ("file", "notes.txt", b"x" * 1001)),
    "of an extension nobody knows": form({"purpose": "assistants"}, ("file", "notes.exe", b"some text")),
    "of more than there is room for": form({"purpose": "assistants"}, ("file", "a.txt", b"y" * 900)),
    "of an unknown field's file": form({"purpose": "assistants"}, ("other", "notes.txt", b"some text")),
    "with a bad expiry": form(
        {"purpose": "vision", "expires_after[anchor]": "created_at", "expires_after[seconds]": "1"},
        ("file", "notes.txt", b"some text"),
    ),
    "that ends too soon": WHOLE[:-10],
    "that ends inside its file": WHOLE[: WHOLE.index(b"some text") + 4],
    "that is broken behind its file": WHOLE[:-6] + b"?? what is this?",
}


@pytest.mark.parametrize("body", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("cuts", [1, 2, 30])
def test_a_refused_form_leaves_nothing_behind(tmp_path: Path, body: bytes, cuts: int) -> None:
    with FormDoor(tmp_path / "store", limits=LIMITS) as door:
        door.new_file(b"x" * 800)
        before = door.blobs(), door.get("/v1/files"), door.stored_bytes()
        size = -(-len(body) // cuts)
        pieces = [body[start : start + size] for start in range(0, len(body), size)]
        answer = door.send("/v1/files", *pieces)
        assert answer is not None
        assert answer.status == 400
        assert (door.blobs(), door.get("/v1/files"), door.stored_bytes()) == before


@pytest.mark.parametrize("end", [0, 10, WHOLE.index(b"some text") + 4, len(WHOLE) - 9, len(WHOLE)])
def test_a_client_that_leaves_leaves_nothing_behind(door: FormDoor, end: int) -> None:
    door.send("/v1/files", WHOLE[:end], leaves=True)
    assert list(remains(door)) == []
    assert door.get("/v1/files")["data"] == []


def test_of_two_files_of_one_name_only_one_is_kept(door: FormDoor) -> None:
    door.send("/v1/files", form({"purpose": "vision"}, ("file", "a", b"first"), ("file", "b", b"second")))
    (file,) = door.get("/v1/files")["data"]
    assert door.content(file["id"]) == b"second"
    assert door.blobs() == {digest(b"second")}


def test_a_refused_part_leaves_nothing_behind(tmp_path: Path) -> None:
    with FormDoor(tmp_path / "store", limits=LIMITS) as door:
        upload, over = door.new_upload(6), door.new_upload(6)
        door.post(f"/v1/uploads/{over}/cancel")
        assert door.add_part("upload_of_nobody", b"abc").status == 404
        assert door.add_part(over, b"abc").status == 400
        assert door.add_part(upload, b"x" * 101).status == 400
        assert door.blobs() == set()


def test_a_refused_completion_keeps_the_parts_and_no_whole(tmp_path: Path) -> None:
    with FormDoor(tmp_path / "store", limits=LIMITS) as door:
        upload = door.new_upload(200)
        halves = b"a" * 100, b"b" * 100
        parts = [door.add_part(upload, half).json["id"] for half in halves]
        door.new_file(b"x" * 1000), door.new_file(b"y" * 400)
        before = door.blobs()
        assert {digest(half) for half in halves} < before
        wrong: list[Object] = [
            {"part_ids": parts[:1]},
            {"part_ids": [*parts, "part_of_nobody"]},
            {"part_ids": parts, "md5": EMPTY},
            {"part_ids": parts},  # no room
        ]
        for request in wrong:
            assert door.call("POST", f"/v1/uploads/{upload}/complete", request).status == 400
            assert door.blobs() == before


def test_what_a_refused_run_brought_is_nowhere(door: FormDoor) -> None:
    """A message of the run was good, the next one not: the thread's store is as it was, then and later."""
    good, more = door.new_file(TEXT), door.new_file(b"Another walnut.", "more.txt")
    tools = [{"type": "file_search"}]
    thread = door.post("/v1/threads", {})["id"]

    def said(file_id: str) -> Object:
        attachments = [{"file_id": file_id, "tools": tools}]
        return {"role": "user", "content": "This.", "attachments": attachments}

    door.post(f"/v1/threads/{thread}/messages", said(good))
    assistant = door.post("/v1/assistants", {"model": "gpt-4o", "tools": tools})["id"]
    door.advance(3)
    # The file that is half indexed would begin anew.
    messages = [said(good), said(more), said("file-Xx0000000000000000000001")]
    request = {"assistant_id": assistant, "additional_messages": messages}
    assert door.call("POST", f"/v1/threads/{thread}/runs", request).status == 400
    counted = {"in_progress": 1, "completed": 0, "failed": 0, "cancelled": 0, "total": 1}
    assert door.get(STORES)["data"][0]["file_counts"] == counted
    door.advance(7)
    counted |= {"in_progress": 0, "completed": 1}
    assert door.get(STORES)["data"][0]["file_counts"] == counted
    door.advance(8 * 86_400)  # the store expires, without anything else having happened to it
    shown = door.get(STORES)["data"][0]
    assert (shown["status"], shown["file_counts"]) == ("expired", counted)


# What is written between the arrival of a form and its being performed


def test_a_form_that_arrives_when_something_is_due_keeps_its_file(door: FormDoor) -> None:
    """What is due is written down first, and then looked at for contents that nobody wants."""
    door.post(STORES, {"file_ids": [door.new_file(b"something else")]})
    clock = door.projects.world(door.key).clock
    clock.advance_to(clock.now() + 10_000)  # the store's file is ready by now, and nobody has noticed
    file = door.new_file(TEXT, purpose="vision")
    assert door.content(file) == TEXT


def test_a_content_that_is_held_outlives_every_writing_until_it_is_released() -> None:
    """Held twice, it has to be released twice."""
    store = Store()
    kept = store.blobs.put([TEXT])
    store.contents.loosen(kept.digest)
    store.contents.hold([kept.digest])
    store.contents.hold([kept.digest])
    for _ in range(2):
        with store.transaction():
            pass
        store.contents.tidy()
        assert (store.blobs.folder / kept.digest).exists()
        store.contents.release([kept.digest])
    store.contents.tidy()
    assert not (store.blobs.folder / kept.digest).exists()
    store.close()
