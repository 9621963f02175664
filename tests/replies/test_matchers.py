"""Matchers: each kind matches what it says, and slips are named."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.replies.checked import RuleError
from mockserver.replies.matchers import parse_matcher

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("raw", "text", "expected"),
    [
        ("Paris", "Paris", True),
        ("Paris", "paris", False),
        ({"contains": "ari"}, "Paris", True),
        ({"contains": "ARI"}, "Paris", False),
        ({"contains": ""}, "", True),
        ({"matches": "^P.*s$"}, "Paris", True),
        ({"matches": "^p"}, "Paris", False),
        ({"one_of": ["Rome", "Paris"]}, "Paris", True),
        ({"one_of": ["Rome"]}, "Paris", False),
        ({"json": {"a": 1, "b": [2]}}, '{ "b": [2.0], "a": 1 }', True),
        ({"json": {"a": 1}}, '{"a": 1, "b": 2}', False),
        ({"json": [1, 2]}, "[2, 1]", False),
        ({"json": 1}, "true", False),
        ({"json": {"a": False}}, '{"a": 0}', False),
        ({"json": None}, "null", True),
        ({"json": None}, "", False),
        ({"json": []}, "[" * 100_000, False),
    ],
)
def test_matches(raw: Any, text: str, expected: bool) -> None:
    assert parse_matcher(raw, "when").matches(text) is expected


@pytest.mark.parametrize(
    ("raw", "path", "complaint"),
    [
        ({"contain": "x"}, "when.contain", "unknown key 'contain'; did you mean 'contains'?"),
        ({"regex": "x"}, "when.regex", "known are contains, matches, one_of, json"),
        ({}, "when", "exactly one of"),
        ({"contains": "a", "matches": "b"}, "when", "exactly one of"),
        ({"contains": 3}, "when.contains", "expected a text, got a number"),
        ({"matches": "("}, "when.matches", "the pattern is broken"),
        ({"matches": "(?=a)"}, "when.matches", "lookaround"),
        ({"one_of": []}, "when.one_of", "is empty"),
        ({"one_of": ["a", None]}, "when.one_of[1]", "expected a text, got null"),
        ({"json": float("nan")}, "when.json", "cannot be said in JSON"),
        (7, "when", "expected a text or a matcher object, got a number"),
        (None, "when", "got null"),
    ],
)
def test_slips_are_named(raw: Any, path: str, complaint: str) -> None:
    with pytest.raises(RuleError) as raised:
        parse_matcher(raw, "when")
    assert raised.value.path == path
    assert complaint in raised.value.message
    assert str(raised.value) == f"{path}: {raised.value.message}"


@pytest.mark.parametrize(
    ("raw", "described"),
    [
        ("Paris", '"Paris"'),
        ({"contains": "ari"}, 'a text containing "ari"'),
        ({"matches": "^P"}, 'a text matching "^P"'),
        ({"one_of": ["a", "b"]}, 'one of "a", "b"'),
        ({"json": {"ville": "Orléans"}}, 'JSON equal to {"ville": "Orléans"}'),
        ("two\nlines", r'"two\nlines"'),
        ("x" * 200, '"' + "x" * 75 + '…"'),
    ],
)
def test_described_on_one_short_line(raw: Any, described: str) -> None:
    assert parse_matcher(raw, "").describe() == described


@given(JSON)
def test_json_matches_its_own_text_however_written(value: Any) -> None:
    matcher = parse_matcher({"json": value}, "")
    assert matcher.matches(json.dumps(value))
    assert matcher.matches(json.dumps(value, indent=3, ensure_ascii=False, sort_keys=True))
    assert not matcher.matches(json.dumps([value]))


@given(JSON)
def test_anything_is_a_matcher_or_a_named_slip(raw: Any) -> None:
    try:
        matcher = parse_matcher(raw, "here")
    except RuleError as error:
        named = error.path.startswith("here")
    else:
        named = matcher.matches("") in (True, False) and "\n" not in matcher.describe()
    assert named
