"""The store: objects and pages, transactions, and files that are no store of this version."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.schema import SCHEMA_VERSION
from mockserver.store import Row, Store, StoreError

P = "proj_1"
STEADY = settings(derandomize=True, deadline=None, database=None)


@pytest.fixture
def store() -> Iterator[Store]:
    store = Store()
    yield store
    store.close()


def row(name: str, parent: str = "", kind: str = "thing", **more: str) -> Row:
    return Row(name, kind, parent, b'{"id": "%s"}' % name.encode(), **more)  # type: ignore[arg-type]


def names(store: Store, parent: str = "", kind: str = "thing") -> list[str]:
    return [each.id for each in store.children(P, kind, parent)]


def test_an_object_is_found_by_project_kind_and_parent_together(store: Store) -> None:
    store.insert(P, row("a", "t"))
    for _ in range(2):  # the second time from what is kept at hand
        assert store.body(P, "a", "thing", "t") == b'{"id": "a"}'
        assert store.body(P, "a", "thing", "other") is None
        assert store.body(P, "a", "other", "t") is None
        assert store.body("proj_2", "a", "thing", "t") is None
    assert store.row(P, "a", "other") is None
    assert store.row(P, "a", "thing") == row("a", "t")


def test_what_was_read_before_is_read_as_it_is_now(store: Store) -> None:
    store.insert(P, row("a"))
    assert store.body(P, "a", "thing") == b'{"id": "a"}'
    store.update(P, "a", b"new", b"hidden")
    assert store.body(P, "a", "thing") == b"new"
    found = store.row(P, "a", "thing")
    assert found is not None
    assert found.hidden == b"hidden"
    store.delete(P, "a")
    assert store.body(P, "a", "thing") is None
    store.insert(P, row("b", "t"))
    assert store.body(P, "b", "thing", "t")
    store.delete_children(P, "thing", "t")
    assert store.body(P, "b", "thing", "t") is None
    store.insert(P, row("c"))
    assert store.body(P, "c", "thing")
    store.clear(P)
    assert store.body(P, "c", "thing") is None


def test_what_is_kept_at_hand_is_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockserver.store.RECENT_BYTES", 1_000)
    with store.transaction():
        for number in range(200):
            store.insert(P, row(f"{number}"))
    for number in range(200):
        assert store.body(P, f"{number}", "thing") == b'{"id": "%d"}' % number
    assert 0 < sum(len(body or b"") for body, _, _ in store._recent.values()) <= 1_000


def test_a_deleted_object_keeps_its_id_and_its_place(store: Store) -> None:
    for name in "abc":
        store.insert(P, row(name))
    store.delete(P, "b")
    assert names(store) == ["a", "c"]
    assert store.count(P, "thing", "") == 2
    assert store.exists(P, "b")
    position = store.position(P, "b", "thing", "")
    page = store.page(P, "thing", "", limit=5, ascending=True, after=position)
    assert [each.id for each in page.rows] == ["c"]
    assert [(each.id, there) for each, there in store.everything(P)] == [
        ("a", True),
        ("b", False),
        ("c", True),
    ]


def test_what_never_was_in_a_list_has_no_place_there(store: Store) -> None:
    store.insert(P, row("a", "t"))
    assert store.position(P, "a", "thing", "t") is not None
    assert store.position(P, "a", "thing", "") is None
    assert store.position(P, "a", "other", "t") is None
    assert store.position("proj_2", "a", "thing", "t") is None


def test_what_a_run_made_is_listed_apart(store: Store) -> None:
    store.insert(P, row("a", "t"))
    store.insert(P, row("b", "t", made_by="run_1"))
    store.insert(P, row("c", "t", made_by="run_2"))
    assert [each.id for each in store.made_by(P, "thing", "t", "run_1")] == ["b"]
    page = store.page(P, "thing", "t", limit=5, ascending=False, made_by="run_2")
    assert [each.id for each in page.rows] == ["c"]
    newest = store.last(P, "thing", "t")
    assert newest is not None
    assert newest.id == "c"
    assert store.last(P, "thing", "nowhere") is None


@STEADY
@given(
    present=st.lists(st.booleans(), max_size=12),
    limit=st.integers(1, 5),
    ascending=st.booleans(),
    after=st.none() | st.integers(0, 13),
    before=st.none() | st.integers(0, 13),
)
def test_a_page_is_a_slice_of_the_list(
    present: list[bool], limit: int, ascending: bool, after: int | None, before: int | None
) -> None:
    store = Store()
    with store.transaction():
        for number, there in enumerate(present, start=1):
            store.insert(P, row(f"{number}"))
            store.insert(P, row(f"other {number}", "t"))
            if not there:
                store.delete(P, f"{number}")
    place = {number: store.position(P, f"{number}", "thing", "") for number in range(14)}
    whole = [number for number, there in enumerate(present, start=1) if there]
    if not ascending:
        whole.reverse()

    def beyond(number: int, cursor: int) -> bool:
        return number > cursor if ascending else number < cursor

    after = after if place.get(after or 0) else None
    before = before if place.get(before or 0) else None
    chosen = [number for number in whole if after is None or beyond(number, after)]
    chosen = [number for number in chosen if before is None or beyond(before, number)]
    expected = chosen[-limit:] if before is not None and after is None else chosen[:limit]
    page = store.page(
        P,
        "thing",
        "",
        limit=limit,
        ascending=ascending,
        after=place[after] if after else None,
        before=place[before] if before else None,
    )
    store.close()
    assert [int(each.id) for each in page.rows] == expected
    assert page.has_more == (len(chosen) > limit)


def test_a_transaction_that_fails_leaves_nothing_behind(store: Store) -> None:
    store.insert(P, row("a"))

    def fail() -> None:
        with store.transaction():
            store.insert(P, row("b"))
            store.update(P, "a", b"changed")
            assert store.body(P, "a", "thing") == b"changed"
            with store.transaction():
                store.delete(P, "a")
            raise KeyError("no")

    with pytest.raises(KeyError):
        fail()
    assert store.body(P, "a", "thing") == b'{"id": "a"}'
    assert names(store) == ["a"]
    with store.transaction():  # and the next one works
        store.insert(P, row("c"))
    assert names(store) == ["a", "c"]


def test_what_was_kept_is_there_in_the_next_process(tmp_path: Path) -> None:
    first = Store(tmp_path / "store")
    with first.transaction():
        first.create_world(P, b"state", b"replies")
        first.insert(P, row("a"))
        first.save_timeline(P, "run_1", b"[]", b"{}", pending=True)
    assert first.hold_on_file is not None
    first.hold_on_file.release()  # which goes with a process that is killed
    second = Store(tmp_path / "store")  # while the first was never closed
    assert second.world(P) == (b"state", b"replies")
    assert names(second) == ["a"]
    assert second.timelines(P, pending_only=True) == [("run_1", b"[]", b"{}", True)]
    second.close()
    first.close()


def test_worlds_and_timelines_are_kept_per_project(store: Store) -> None:
    for project in (P, "proj_2"):
        store.create_world(project, b"state", b"replies")
        store.insert(project, row("a"))
        store.save_timeline(project, "run_1", b"[]", b"{}", pending=True)
    store.save_world(P, b"later")
    store.save_replies(P, b"more")
    store.save_timeline(P, "run_1", b"[1]", b"{2}", pending=False)
    assert store.world(P) == (b"later", b"more")
    assert store.world("proj_2") == (b"state", b"replies")
    assert store.timeline(P, "run_1") == (b"[1]", b"{2}")
    assert store.timelines(P, pending_only=True) == []
    assert store.timelines(P, pending_only=False) == [("run_1", b"[1]", b"{2}", False)]
    assert store.projects() == [P, "proj_2"]
    store.clear(P)
    assert store.world(P) is None
    assert names(store) == []
    assert store.timeline("proj_2", "run_1") == (b"[]", b"{}")
    store.delete_timeline("proj_2", "run_1")
    assert store.timeline("proj_2", "run_1") is None


def test_no_list_is_longer_than_the_bound(store: Store) -> None:
    assert store.size_bound() == 0
    for name in "ab":
        store.insert(P, row(name))
    store.delete(P, "b")
    assert store.size_bound() >= store.count(P, "thing", "") == 1


def test_a_store_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store"
    Store(path).close()
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    db.close()
    with pytest.raises(StoreError, match="not a store of this version"):
        Store(path)


def test_somebody_elses_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "theirs"
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE theirs (a)")
    db.close()
    content = path.read_bytes()
    with pytest.raises(StoreError, match="not a store of this version"):
        Store(path)
    assert path.read_bytes() == content


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path, content = tmp_path / "text", b"hello, this is no database at all " * 100
    path.write_bytes(content)
    with pytest.raises(StoreError, match="cannot use"):
        Store(path)
    assert path.read_bytes() == content


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot use"):
        Store(tmp_path / "nowhere" / "store")


def test_a_list_may_ask_for_a_status(store: Store) -> None:
    for name, status in (("a", "completed"), ("b", "failed"), ("c", "completed"), ("d", None)):
        store.insert(P, row(name, "t") if status is None else row(name, "t", status=status))

    def page(status: str | None, **more: bool) -> tuple[list[str], bool]:
        selected = store.page(P, "thing", "t", limit=2, ascending=True, status=status, **more)  # type: ignore[arg-type]
        return [each.id for each in selected.rows], selected.has_more

    assert page("completed") == (["a", "c"], False)
    assert page("failed") == (["b"], False)
    assert page("cancelled") == ([], False)
    assert page(None) == (["a", "b"], True)
    store.update(P, "b", b"{}", None, "completed")
    assert page("completed") == (["a", "b"], True)
    store.delete(P, "a")
    assert page("completed") == (["b", "c"], False)


def test_a_subject_is_found_whatever_its_kind(store: Store) -> None:
    made = row("a", "t", "other", status="completed", digest="d" * 64, made_by="run_1")
    store.insert(P, made)
    assert store.subject(P, "a") == store.row(P, "a", "other") == made
    assert store.row(P, "a", "thing") is None
    assert store.subject("proj_2", "a") is None
    store.delete(P, "a")
    assert store.subject(P, "a") is None


def test_what_mentions_some_characters_is_found(store: Store) -> None:
    for name, parent, body in (
        ("a", "", b'{"file": "file-1"}'),
        ("b", "", b'{"file": "file-12"}'),
        ("c", "", '{"name": "Übung 100%_?.txt"}'.encode()),
        ("d", "t", b'{"file": "file-1"}'),
    ):
        store.insert(P, Row(name, "thing", parent, body))
    store.insert("proj_2", Row("e", "thing", "", b'{"file": "file-1"}'))

    def mentioning(text: str) -> list[str]:
        return [each.id for each in store.mentioning(P, "thing", text)]

    assert mentioning("file-1") == ["a", "b"]
    assert mentioning('"file-1"') == ["a"]
    assert mentioning("Übung 100%_?") == ["c"]
    assert mentioning("FILE-1") == mentioning("file_1") == []
    assert store.mentioning(P, "other", "file-1") == []
    store.delete(P, "a")
    assert mentioning("file-1") == ["b"]


def test_a_place_can_be_cleared_for_another_object(store: Store) -> None:
    """Only where the first one was deleted; the new one stands at the end of the list."""
    for name in "ab":
        store.insert(P, row(name, "t"))
    store.clear_place(P, "a")
    assert names(store, "t") == ["a", "b"]
    store.delete(P, "a")
    store.clear_place(P, "a")
    assert not store.exists(P, "a")
    store.insert(P, row("a", "t"))
    assert names(store, "t") == ["b", "a"]
