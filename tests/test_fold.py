"""Deltas added to objects."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.fold import fold
from tests.properties import law

Object = dict[str, Any]


@pytest.mark.parametrize(
    ("body", "delta", "folded"),
    [
        pytest.param({"a": "x"}, {"a": "y"}, {"a": "xy"}, id="strings grow"),
        pytest.param({"a": None}, {"a": "y"}, {"a": "y"}, id="null is replaced"),
        pytest.param({}, {"a": {"b": "c"}}, {"a": {"b": "c"}}, id="what is missing appears"),
        pytest.param({"type": "text"}, {"type": "text"}, {"type": "text"}, id="a type is no text"),
        pytest.param(
            {"a": {"b": "x", "c": 1}}, {"a": {"b": "y"}}, {"a": {"b": "xy", "c": 1}}, id="objects merge"
        ),
        pytest.param({"a": []}, {"a": [{"index": 0, "b": "x"}]}, {"a": [{"b": "x"}]}, id="lists begin"),
        pytest.param({}, {"a": [{"index": 0, "b": "x"}]}, {"a": [{"b": "x"}]}, id="lists appear"),
        pytest.param({"a": [{"b": "x"}]}, {"a": [{"index": 1}]}, {"a": [{"b": "x"}, {}]}, id="lists grow"),
        pytest.param(
            {"a": [{"b": "x"}, {"b": "y"}]},
            {"a": [{"index": 1, "b": "z"}]},
            {"a": [{"b": "x"}, {"b": "yz"}]},
            id="lists merge by index",
        ),
        pytest.param({"a": [{"b": "x"}]}, {"a": []}, {"a": [{"b": "x"}]}, id="an empty list adds nothing"),
        pytest.param({"a": 1}, {"a": 2}, {"a": 2}, id="a number told again is the new one"),
    ],
)
def test_a_delta_is_added(body: Object, delta: Object, folded: Object) -> None:
    fold(body, delta)
    assert body == folded


def test_a_hole_in_a_list_is_a_bug() -> None:
    with pytest.raises(IndexError):
        fold({"a": []}, {"a": [{"index": 1, "b": "x"}]})


def test_the_delta_stays_as_it_was() -> None:
    delta = {"content": [{"index": 0, "type": "text", "text": {"value": "a", "annotations": []}}]}
    body: Object = {"content": []}
    fold(body, delta)
    fold(body, {"content": [{"index": 0, "type": "text", "text": {"value": "b"}}]})
    assert body == {"content": [{"type": "text", "text": {"value": "ab", "annotations": []}}]}
    assert delta == {"content": [{"index": 0, "type": "text", "text": {"value": "a", "annotations": []}}]}


@law(100)
@given(st.lists(st.tuples(st.integers(0, 3), st.text("ab🙂", max_size=4)), max_size=20))
def test_fragments_add_up_to_their_texts(fragments: list[tuple[int, str]]) -> None:
    texts: list[str] = []
    body: Object = {}
    for index, piece in fragments:
        place = min(index, len(texts))
        texts[place:] = [texts[place] + piece, *texts[place + 1 :]] if place < len(texts) else [piece]
        fold(body, {"content": [{"index": place, "type": "text", "text": {"value": piece}}]})
    assert [part["text"]["value"] for part in body.get("content", [])] == texts
