"""A world's document carries its files and what is indexed; one that makes no world is refused whole."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.properties.documents import digest, prose
from tests.properties.forms import FormDoor, remains
from tests.properties.scripts import SEARCH_CONTENT

Object = dict[str, Any]

STORES = "/v1/vector_stores"
TEXT = prose(("zebra", "walnut"), 300).encode()
LATE = b"A zebra that comes late."
SMALL = {"type": "static", "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 20}}


class Library:
    """A world with a bit of everything: indexed, failed, cancelled, on its way, half uploaded, said."""

    def __init__(self, door: FormDoor) -> None:
        self.door = door
        self.text = door.new_file(TEXT, "long “ü”.txt")
        self.broken = door.new_file(b"no office document", "broken.docx")
        self.late = door.new_file(LATE, "late.txt")
        self.picture = door.new_file(b"\x89PNG", "picture.png", "vision")
        self.gone = door.new_file(b"A zebra that is gone.", "gone.txt")
        body = {"file_ids": [self.text, self.gone], "chunking_strategy": SMALL}
        self.store = door.post(STORES, body)["id"]
        self.path = f"{STORES}/{self.store}"
        door.advance(11)
        self.batch = door.post(f"{self.path}/file_batches", {"file_ids": [self.broken]})["id"]
        door.advance(11)
        cancelled = door.new_file(b"A zebra that is cancelled.")
        cancelled = door.post(f"{self.path}/file_batches", {"file_ids": [cancelled]})["id"]
        door.post(f"{self.path}/file_batches/{cancelled}/cancel")
        door.delete(f"/v1/files/{self.gone}")
        door.post(f"{self.path}/files", {"file_id": self.late, "attributes": {"late": True}})
        self.upload = door.new_upload(6)
        self.part = door.add_part(self.upload, b"abc").json["id"]
        tools = [{"type": "file_search"}]
        attachments = [{"file_id": self.text, "tools": tools}]
        message = {"role": "user", "content": "zebra?", "attachments": attachments}
        self.thread = door.post("/v1/threads", {"messages": [message]})["id"]
        self.assistant = door.post("/v1/assistants", {"model": "gpt-4o", "tools": tools})["id"]
        door.advance(3)

    def seen(self) -> list[Any]:
        """What a client sees, without time moving."""
        lists = ["/v1/files", STORES, f"{self.path}/files", f"{self.path}/file_batches/{self.batch}/files"]
        shown = [self.door.get(path) for path in lists]
        shown.append(self.door.get(f"{self.path}/files/{self.text}/content"))
        shown.append(self.door.get(f"/v1/threads/{self.thread}"))
        shown.append(self.door.content(self.picture))
        shown.append(self.door.found(self.store))
        return shown

    def future(self) -> list[Any]:
        """What becomes of all that is under way."""
        self.door.advance(20)
        part = self.door.add_part(self.upload, b"def").json["id"]
        request = {"part_ids": [self.part, part]}
        done = self.door.post(f"/v1/uploads/{self.upload}/complete", request)
        assert self.door.content(done["file"]["id"]) == b"abcdef"
        run = self.door.post(f"/v1/threads/{self.thread}/runs", {"assistant_id": self.assistant})
        self.door.advance(1)
        steps = self.door.get(f"/v1/threads/{self.thread}/runs/{run['id']}/steps", SEARCH_CONTENT)
        return [done, steps, *self.seen()]


@pytest.fixture
def library(door: FormDoor) -> Library:
    return Library(door)


def document_of(door: FormDoor) -> Object:
    """The world, without the count of answers."""
    world: Object = door.get("/_mock/world")
    del world["counters"]["req"]
    return world


@pytest.mark.parametrize("elsewhere", [False, True])
def test_another_project_goes_on_with_the_same_files(
    door: FormDoor, library: Library, tmp_path: Path, elsewhere: bool
) -> None:
    """In the same server, and in another one that has nothing yet."""
    document = document_of(door)
    before = library.seen()
    with FormDoor(tmp_path / "elsewhere") as other:
        here = other if elsewhere else door
        here.key = "sk-another"
        assert here.call("PUT", "/_mock/world", document).ok
        assert document_of(here) == document
        library.door = here
        assert library.seen() == before
        future = library.future()
        library.door, door.key = door, "sk-test"
        assert library.seen() == before
        assert library.future() == future
        assert {result["file_id"] for result in door.found(library.store)} == {library.text, library.late}


def test_what_is_deleted_in_one_project_stays_in_the_other(door: FormDoor, library: Library) -> None:
    document, before = document_of(door), library.seen()
    door.key = "sk-another"
    assert door.call("PUT", "/_mock/world", document).ok
    blobs = door.blobs()
    everything_deleted(library)
    assert door.blobs() == blobs
    door.key = "sk-test"
    assert library.seen() == before
    everything_deleted(library)
    assert list(remains(door)) == []


def everything_deleted(library: Library) -> None:
    """Delete what the project has."""
    library.door.post(f"/v1/uploads/{library.upload}/cancel")
    for path in ("/v1/files", STORES):
        for each in library.door.listed(path):
            library.door.delete(f"{path}/{each['id']}")


def test_what_a_document_replaces_is_gone_with_all_its_bytes(door: FormDoor, library: Library) -> None:
    door.key = "sk-empty"
    empty = door.get("/_mock/world")
    door.key = "sk-test"
    assert door.call("PUT", "/_mock/world", empty).ok
    assert list(remains(door)) == []


def test_a_document_may_replace_the_world_it_was_taken_of(door: FormDoor, library: Library) -> None:
    document, before = document_of(door), library.seen()
    blobs, indexed = door.blobs(), door.indexed()
    door.advance(60)
    door.delete(f"/v1/files/{library.text}")
    assert door.call("PUT", "/_mock/world", document).ok
    assert (library.seen(), door.blobs(), door.indexed()) == (before, blobs, indexed)
    door.restart()
    assert library.seen() == before


def test_contents_that_no_object_has_are_not_kept(door: FormDoor, library: Library) -> None:
    document, blobs = document_of(door), door.blobs()
    document["contents"][digest(b"of nobody")] = base64.b64encode(b"of nobody").decode()
    assert door.call("PUT", "/_mock/world", document).ok
    assert door.blobs() == blobs


def test_what_is_found_equally_well_keeps_its_order(door: FormDoor) -> None:
    """Files that did not become searchable in the order in which they came."""
    door.post("/_mock/world", {"latency": {"indexing": "100s", "jitter": 1}})
    files = [door.upload(f"{number}.txt", TEXT).json["id"] for number in range(8)]
    store = door.post(STORES, {"file_ids": files})["id"]
    door.advance(300)
    query = {"query": "zebra"}
    before = door.post(f"{STORES}/{store}/search", query)
    assert [result["file_id"] for result in before["data"]] != files
    document = door.get("/_mock/world")
    door.key = "sk-another"
    assert door.call("PUT", "/_mock/world", document).ok
    assert door.post(f"{STORES}/{store}/search", query) == before


# Documents that are refused

Spoil = Callable[[Object, Library], None]


def _resident(document: Object, object_id: str) -> Object:
    return next(each for each in document["objects"] if each["id"] == object_id)


def content_is_missing(document: Object, library: Library) -> None:
    del document["contents"][digest(LATE)]


def content_is_another(document: Object, library: Library) -> None:
    document["contents"][digest(TEXT)] = base64.b64encode(b"something else").decode()


def content_is_no_base64(document: Object, library: Library) -> None:
    document["contents"][digest(TEXT)] = "%%%"


def digest_is_none(document: Object, library: Library) -> None:
    document["contents"]["../../a-file"] = base64.b64encode(b"something").decode()


def digest_of_a_file_is_missing(document: Object, library: Library) -> None:
    _resident(document, library.picture)["digest"] = None
    _resident(document, library.picture)["hidden"] = None


def digest_of_a_file_is_shown_to_nobody(document: Object, library: Library) -> None:
    """The row refers to nothing, so nothing would keep the content."""
    _resident(document, library.picture)["digest"] = None
    del document["contents"][digest(b"\x89PNG")]


def digests_differ(document: Object, library: Library) -> None:
    _resident(document, library.picture)["hidden"]["_digest"] = digest(TEXT)


def digest_of_a_part_is_missing(document: Object, library: Library) -> None:
    _resident(document, library.part)["digest"] = None


def indexed_file_cannot_be_read(document: Object, library: Library) -> None:
    entry = _resident(document, f"{library.store}/{library.broken}")
    for face in ("body", "hidden"):
        if entry[face] is not None:
            entry[face] |= {"status": "completed", "last_error": None}
    entry["status"] = "completed"


def indexed_file_is_missing(document: Object, library: Library) -> None:
    document["objects"].remove(_resident(document, library.text))


def file_on_its_way_is_missing(document: Object, library: Library) -> None:
    document["objects"].remove(_resident(document, library.late))


def file_on_its_way_is_deleted(document: Object, library: Library) -> None:
    late = _resident(document, library.late)
    late |= {"body": None, "hidden": None, "digest": None, "status": None}


def store_is_missing(document: Object, library: Library) -> None:
    document["objects"].remove(_resident(document, library.store))


def timeline_of_nobody(document: Object, library: Library) -> None:
    (course,) = (
        each for each in document["timelines"] if each["subject"] == f"{library.store}/{library.late}"
    )
    course["subject"] = f"{library.store}/file-of-nobody"


SPOILT: tuple[Spoil, ...] = (
    content_is_missing,
    content_is_another,
    content_is_no_base64,
    digest_is_none,
    digest_of_a_file_is_missing,
    digest_of_a_file_is_shown_to_nobody,
    digests_differ,
    digest_of_a_part_is_missing,
    indexed_file_cannot_be_read,
    indexed_file_is_missing,
    file_on_its_way_is_missing,
    file_on_its_way_is_deleted,
    store_is_missing,
    timeline_of_nobody,
)


@pytest.mark.parametrize("elsewhere", [False, True])
@pytest.mark.parametrize("spoil", SPOILT, ids=lambda spoil: spoil.__name__)
def test_a_document_that_makes_no_world_changes_nothing(
    door: FormDoor, library: Library, spoil: Spoil, elsewhere: bool
) -> None:
    """Put over the world it was taken of, or into an empty one."""
    document = document_of(door)
    spoil(document, library)
    if elsewhere:
        door.key = "sk-another"
    before, seen = document_of(door), [] if elsewhere else library.seen()
    blobs, indexed = door.blobs(), door.indexed()
    answer = door.call("PUT", "/_mock/world", document)
    assert answer.status == 400, answer
    assert answer.json["error"]["message"]
    assert document_of(door) == before
    assert (door.blobs(), door.indexed()) == (blobs, indexed)
    if not elsewhere:
        assert library.seen() == seen
        library.future()
