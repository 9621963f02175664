"""Contents in a store: each goes with the last object that refers to it, and not before that is sure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from mockserver.store import Row, Store

P = "proj_1"


@pytest.fixture
def store() -> Iterator[Store]:
    store = Store()
    yield store
    store.close()


def row(name: str, parent: str = "", digest: str | None = None) -> Row:
    return Row(name, "thing", parent, b"{}", digest=digest)


def kept(store: Store, name: str, data: bytes) -> str:
    """The digest of a content that an object of this name refers to."""
    digest = store.blobs.put([data]).digest
    store.contents.loosen(digest)
    store.insert(P, row(name, digest=digest))
    return digest


def there(store: Store, digest: str) -> bool:
    return store.blobs.path(digest).is_file()


def test_a_content_goes_with_the_last_object_that_refers_to_it(store: Store) -> None:
    first = kept(store, "a", b"same")
    assert kept(store, "b", b"same") == first == hashlib.sha256(b"same").hexdigest()
    for name, left in (("a", True), ("b", False)):
        with store.transaction():
            store.delete(P, name)
            assert there(store, first)  # the transaction may be refused yet
        assert there(store, first) == left


def test_a_content_that_is_given_back_by_a_refused_change_stays(store: Store) -> None:
    digest = kept(store, "a", b"kept")

    def refused() -> None:
        with store.transaction():
            store.delete(P, "a")
            raise KeyError("no")

    with pytest.raises(KeyError):
        refused()
    assert there(store, digest)


def test_a_content_that_came_with_a_refused_change_goes(store: Store) -> None:
    came = []

    def refused() -> None:
        with store.transaction():
            came.append(kept(store, "a", b"new"))
            raise KeyError("no")

    with pytest.raises(KeyError):
        refused()
    assert not there(store, came[0])


def test_loose_contents_are_tidied_and_others_left_alone(store: Store) -> None:
    used, unused = kept(store, "a", b"used"), store.blobs.put([b"unused"]).digest
    store.contents.loosen(unused)
    store.contents.tidy()
    assert (there(store, used), there(store, unused)) == (True, False)


def test_contents_go_with_their_parents_and_projects(store: Store) -> None:
    child = store.blobs.put([b"of a child"]).digest
    store.insert(P, row("a", "t", digest=child))
    ours = kept(store, "b", b"ours")
    both = kept(store, "c", b"everybody's")
    store.insert("proj_2", row("d", digest=both))
    with store.transaction():
        store.delete_children(P, "thing", "t")
    assert (there(store, child), there(store, ours)) == (False, True)
    with store.transaction():
        store.clear(P)
    assert (there(store, ours), there(store, both)) == (False, True)


def test_what_a_killed_process_left_behind_is_swept_when_a_store_is_opened(tmp_path: Path) -> None:
    first = Store(tmp_path / "store")
    used = kept(first, "a", b"used")
    unused = first.blobs.put([b"unused"]).digest
    first.blobs.receive().write(b"half of")
    folder = first.blobs.folder
    assert len(list(folder.iterdir())) == 3
    assert first.hold_on_file is not None
    first.hold_on_file.release()  # which goes with a process that is killed
    second = Store(tmp_path / "store")  # while the first was never closed
    assert [path.name for path in folder.iterdir()] == [used]
    assert b"".join(second.blobs.pieces(used)) == b"used"
    assert not there(second, unused)
    second.close()
    first.close()
    assert [path.name for path in folder.iterdir()] == [used]


def test_a_store_in_memory_takes_its_contents_along() -> None:
    store = Store()
    digest = kept(store, "a", b"used")
    folder = store.blobs.path(digest).parent
    store.close()
    assert not folder.exists()


def test_a_store_without_contents_makes_no_folder(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    store.insert(P, row("a"))
    store.close()
    assert not (tmp_path / "store.files").exists()
