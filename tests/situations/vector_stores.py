"""Vector stores, their files and batches, in every status."""

from __future__ import annotations

from typing import Any

from tests.stage import TEXT, Stage, situation

SIZES = {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 20}
SMALL = {"type": "static", "static": SIZES}
ATTRIBUTES = {"kind": "note", "year": 2024, "weight": 1.5, "draft": False}
A_DAY = {"anchor": "last_active_at", "days": 1}


@situation
def plain_store(stage: Stage) -> None:
    """No body at all; then looked at, changed and deleted."""
    stage.get("/vector_stores")
    path = f"/vector_stores/{stage.post('/vector_stores')['id']}"
    stage.get(path)
    stage.get(f"{path}/files")
    stage.post(path, {"name": "Notes", "expires_after": A_DAY, "metadata": {"a": "b"}})
    stage.get("/vector_stores")
    stage.post(path, {"name": None, "expires_after": None, "metadata": None})
    stage.delete(path)


@situation
def full_store(stage: Stage) -> None:
    """Every field set; looked at while its files are on their way, and after."""
    files = [stage.file(f"{name}.txt", b"A word. " * 200) for name in "ab"]
    asked = {
        "name": "Notes",
        "description": "All there is.",
        "file_ids": files,
        "expires_after": A_DAY,
        "chunking_strategy": SMALL,
        "metadata": {"k": "v"},
    }
    made = stage.post("/vector_stores", asked)
    path = f"/vector_stores/{made['id']}"
    stage.get(f"{path}/files?filter=in_progress")
    assert stage.settle(path)["file_counts"]["completed"] == 2
    stage.get(f"{path}/files?limit=1")
    stage.get(f"{path}/files?filter=completed&order=asc&after={files[0]}")
    stage.get(f"{path}/files?filter=failed&before={files[1]}")
    assert len(stage.get(f"{path}/files/{files[0]}/content")["data"]) > 1
    stage.delete(f"{path}/files/{files[0]}")
    stage.delete(f"/files/{files[1]}")
    assert stage.get(path)["file_counts"]["total"] == 0
    stage.delete(path)


@situation
def pages_of_stores(stage: Stage) -> None:
    """Pages forwards, backwards, and behind the end."""
    first, _, third = (stage.store(name=name) for name in ("one", "two", "three"))
    stage.get("/vector_stores?limit=1")
    stage.get(f"/vector_stores?limit=1&after={third}")
    stage.get(f"/vector_stores?order=asc&before={third}")
    stage.get(f"/vector_stores?after={first}")


@situation
def attached_files(stage: Stage) -> None:
    """One after another, with chunks and attributes of every kind; changed, attached again, taken out."""
    path = f"/vector_stores/{stage.store()}/files"
    for asked in (
        {},
        {"chunking_strategy": {"type": "auto"}, "attributes": {}},
        {"chunking_strategy": SMALL, "attributes": ATTRIBUTES},
    ):
        file = stage.file()
        stage.post(path, {"file_id": file} | asked)
        stage.get(f"{path}/{file}/content")
        stage.settle(f"{path}/{file}")
        assert stage.get(f"{path}/{file}/content")["data"][0]["text"] in TEXT.decode()
    stage.post(f"{path}/{file}", {"attributes": {"kind": "letter"}})
    stage.post(f"{path}/{file}", {"attributes": None})
    stage.post(path, {"file_id": file})
    stage.delete(f"{path}/{file}")


@situation
def files_that_cannot_be_read(stage: Stage) -> None:
    """Each fails for a reason of its own, which the list shows too."""
    broken = {
        "empty.txt": b" \n",
        "broken.docx": b"This is no document.",
        "binary.md": b"\x00\x01\xfe\xff" * 20,
    }
    files = [stage.file(name, content) for name, content in broken.items()]
    path = f"/vector_stores/{stage.store(*files)}"
    assert stage.get(path)["file_counts"]["failed"] == len(files)
    for file in files:
        found = stage.get(f"{path}/files/{file}")
        assert (found["status"], found["last_error"]["code"]) == ("failed", "invalid_file")
        stage.get(f"{path}/files/{file}/content")
    stage.get(f"{path}/files?filter=failed")


def begin(stage: Stage, **asked: Any) -> tuple[str, str]:
    """The paths of a new store and of a new batch in it."""
    store = f"/vector_stores/{stage.store()}"
    return store, f"{store}/file_batches/{stage.post(f'{store}/file_batches', asked)['id']}"


@situation
def batches(stage: Stage) -> None:
    """By ids with something for all, and with something for each; cancelling afterwards changes nothing."""
    files = [stage.file(f"{name}.txt") for name in "abc"]
    each = [
        {"file_id": files[0], "attributes": ATTRIBUTES},
        {"file_id": files[1], "chunking_strategy": SMALL},
        {"file_id": files[2]},
    ]
    for asked in (
        {"file_ids": files},
        {"file_ids": files, "chunking_strategy": SMALL, "attributes": ATTRIBUTES},
        {"files": each},
    ):
        store, path = begin(stage, **asked)
        stage.get(f"{path}/files")
        done = stage.settle(path)
        assert (done["status"], done["file_counts"]["completed"]) == ("completed", 3)
        assert stage.post(f"{path}/cancel") == done
        stage.get(f"{path}/files?filter=completed&limit=2")
        stage.get(f"{path}/files?order=asc&after={files[0]}")
        stage.get(f"{store}/files/{files[0]}")


@situation
def batches_that_fail(stage: Stage) -> None:
    """One whose files are all broken has failed; one with a sound file among them is completed."""
    broken, sound = stage.file("broken.docx", b"None."), stage.file()
    _, path = begin(stage, file_ids=[broken])
    assert stage.settle(path)["status"] == "failed"
    stage.get(f"{path}/files?filter=failed")
    _, path = begin(stage, file_ids=[broken, sound])
    assert stage.settle(path)["status"] == "completed"
    stage.get(f"{path}/files")


@situation
def cancelled_batch(stage: Stage) -> None:
    """Cancelled before any file was read, and between the first and the second."""
    files = [stage.file("short.txt"), stage.file("long.txt", b"A long story. " * 100_000)]
    store, path = begin(stage, file_ids=files)
    assert stage.post(f"{path}/cancel")["file_counts"]["cancelled"] == 2
    stage.get(path)
    stage.get(store)
    stage.get(f"{path}/files?filter=cancelled")
    assert stage.get(f"{store}/files/{files[0]}")["status"] == "cancelled"
    store, path = begin(stage, file_ids=files)
    stage.settle(f"{store}/files/{files[0]}")
    counts = stage.post(f"{path}/cancel")["file_counts"]
    assert (counts["completed"], counts["cancelled"]) == (1, 1)
    assert stage.get(store)["status"] == "completed"
    stage.get(f"{store}/files")


@situation
def expired_store(stage: Stage) -> None:
    """A store that nobody used for a day: still looked at and listed, and deleted."""
    path = f"/vector_stores/{stage.store(stage.file(), expires_after=A_DAY)}"
    stage.control.advance(86_400)
    assert stage.get(path)["status"] == "expired"
    stage.get(f"{path}/files")
    stage.get("/vector_stores")
    stage.delete(path)
