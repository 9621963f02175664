"""Pages concatenate to the whole, without gaps or doubles, while the list is being changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.properties import law
from tests.properties.asgi import Door
from tests.properties.scenes import Object, Scene

ORDERS = st.sampled_from(["asc", "desc", ""])
CHANGES = st.lists(st.sampled_from(["add", "first", "last", "cursor", "middle", "other"]), max_size=3)


class Messages:
    """The messages of one thread among several."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.threads = [door.post("/v1/threads", {})["id"] for _ in range(2)]
        self.path = f"/v1/threads/{self.threads[0]}/messages"

    def add(self, number: int = 0) -> str:
        """A new one in the list."""
        made: str = self.door.post(self.path, {"role": "user", "content": f"{number}"})["id"]
        return made

    def add_elsewhere(self) -> None:
        """A new one in another list."""
        self.door.post(f"/v1/threads/{self.threads[1]}/messages", {"role": "user", "content": "x"})


class Assistants(Messages):
    """The assistants of one project among several."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.path = "/v1/assistants"

    def add(self, number: int = 0) -> str:
        made: str = self.door.post(self.path, {"model": "gpt-4o", "name": f"{number}"})["id"]
        return made

    def add_elsewhere(self) -> None:
        self.door.key, key = "sk-another", self.door.key
        self.add()
        self.door.key = key


KINDS: list[Callable[[Door], Messages]] = [Messages, Assistants]


def page(door: Door, path: str, **query: Any) -> Object:
    """One page, its own fields in agreement."""
    asked = "&".join(f"{name}={value}" for name, value in query.items() if value != "")
    shown: Object = door.get(path, asked)
    ids = [item["id"] for item in shown["data"]]
    assert shown["first_id"] == (ids[0] if ids else None)
    assert shown["last_id"] == (ids[-1] if ids else None)
    assert len(ids) <= query.get("limit", 20)
    assert not (shown["has_more"] and len(ids) < query.get("limit", 20))
    return shown


@pytest.mark.parametrize("kind", KINDS)
@law(60)
@given(
    size=st.integers(0, 12),
    limit=st.integers(1, 5),
    order=ORDERS,
    changes=st.lists(CHANGES, max_size=8),
    forwards=st.booleans(),
)
def test_items_that_stay_appear_exactly_once(
    kind: Callable[[Door], Messages],
    size: int,
    limit: int,
    order: str,
    changes: list[list[str]],
    forwards: bool,
) -> None:
    with Door() as door:
        items = kind(door)
        ever = [items.add(number) for number in range(size)]
        stayed = set(ever)
        gone: set[str] = set()
        seen: list[str] = []
        cursor = "after" if forwards else "before"
        # Going backwards begins beyond the end: at an item that is taken away at once.
        edge = "" if forwards else ever_last(items, ever, gone, order)
        to_come = iter(changes)
        while True:
            shown = page(door, items.path, limit=limit, order=order, **{cursor: edge})
            ids = [item["id"] for item in shown["data"]]
            assert not set(ids) & gone
            seen = [*seen, *ids] if forwards else [*ids, *seen]
            if not shown["has_more"]:
                break
            edge = shown["last_id"] if forwards else shown["first_id"]
            for change in next(to_come, ()):
                if change == "add":
                    ever.append(items.add())
                elif change == "other":
                    items.add_elsewhere()
                else:
                    left = [id_ for id_ in ever if id_ not in gone]
                    if left:
                        victim = {"first": left[0], "last": left[-1], "cursor": edge}.get(
                            change, left[len(left) // 2]
                        )
                        if victim not in gone:
                            assert door.call("DELETE", f"{items.path}/{victim}").ok
                            gone.add(victim)
        assert len(seen) == len(set(seen))
        in_order = [id_ for id_ in ever if id_ in set(seen)]
        assert seen == (in_order if order == "asc" else in_order[::-1])
        assert stayed - gone <= set(seen)


def ever_last(items: Messages, ever: list[str], gone: set[str], order: str) -> str:
    """An item that stood at the end of the list and is gone; a cursor all the same."""
    if order == "asc":
        last = items.add()
        ever.append(last)
    elif ever:
        last = ever[0]
    else:
        last = items.add()
        ever.append(last)
    assert items.door.call("DELETE", f"{items.path}/{last}").ok
    gone.add(last)
    return last


@law(40)
@given(size=st.integers(1, 9), limit=st.integers(1, 4), order=ORDERS, data=st.data())
def test_between_two_cursors_is_what_stands_between_them(
    size: int, limit: int, order: str, data: st.DataObject
) -> None:
    with Door() as door:
        items = Messages(door)
        whole = [items.add(number) for number in range(size)]
        listed = whole if order == "asc" else whole[::-1]
        first, last = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size - 1))
        shown = page(door, items.path, limit=limit, order=order, after=listed[first], before=listed[last])
        between = listed[first + 1 : last]
        assert [item["id"] for item in shown["data"]] == between[:limit]
        assert shown["has_more"] == (len(between) > limit)


def test_runs_steps_and_the_messages_of_one_run_have_pages_too() -> None:
    with Door() as door:
        speak = {"steps": [{"reply": f"{number}"} for number in range(3)]}
        scene = Scene(door, {"then": speak})
        runs = []
        for _ in range(3):
            scene.create()
            runs.append(scene.run)
            door.advance(1)
        first = f"/v1/threads/{scene.thread}/runs/{runs[0]}"
        for path, size, more in [
            (f"/v1/threads/{scene.thread}/runs", 3, {}),
            (f"{first}/steps", 3, {}),
            (f"/v1/threads/{scene.thread}/messages", 3, {"run_id": runs[1]}),
            (f"/v1/threads/{scene.thread}/messages", 10, {}),
        ]:
            whole = [item["id"] for item in page(door, path, limit=100, order="asc", **more)["data"]]
            assert len(whole) == size
            seen: list[str] = []
            edge = ""
            for _ in range(size):
                shown = page(door, path, limit=1, order="asc", after=edge, **more)
                assert shown["has_more"] == (len(seen) + 1 < size)
                edge = shown["last_id"]
                seen.append(edge)
            assert seen == whole


def test_a_cursor_of_another_list_is_not_found() -> None:
    with Door() as door:
        items = Messages(door)
        elsewhere = door.post(f"/v1/threads/{items.threads[1]}/messages", {"role": "user", "content": "x"})[
            "id"
        ]
        assert door.call("GET", items.path, query=f"after={elsewhere}").status == 404


def test_reading_page_after_page_is_not_waiting() -> None:
    """Equal reads in a row move virtual time; the pages of a long list are not equal reads."""
    with Door() as door:
        items = Messages(door)
        for number in range(40):
            items.add(number)
        Scene(door, {"then": {"stall": "queued"}}).create()
        before, edge = door.now(), ""
        for _ in range(40):
            edge = page(door, items.path, limit=1, after=edge)["last_id"]
        assert door.now() == before
        for _ in range(25):
            page(door, items.path, limit=1)
        assert door.now() > before
