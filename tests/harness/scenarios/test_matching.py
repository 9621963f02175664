"""Expectations held against results: what is met, and how what is not is told."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.playing.matching import MISSING, differences, look_up, match, match_path
from harness.playing.outcome import Difference
from harness.scenarios.matchers import WORDS, is_matcher, meets, mistakes, same

MESSAGES = {
    "object": "list",
    "data": [
        {"id": "msg_2", "role": "assistant", "content": [{"text": {"value": "It is 21 degrees."}}]},
        {"id": "msg_1", "role": "user", "content": [{"text": {"value": "Weather in Paris?"}}]},
    ],
    "has_more": False,
    "usage": {"total_tokens": 12, "prompt_tokens": 7},
    "arguments": '{"city": "Paris", "n": 1}',
    "statuses": ["queued", "in_progress", "completed"],
    "last_error": None,
}
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)

MET: list[tuple[str, Any]] = [
    ("object", "list"),
    ("data.0.role", "assistant"),
    ("data.-1.role", "user"),
    ("data.*.id", {"starts_with": "msg_"}),
    ("data.0.content.0.text.value", {"contains": "21", "matches": r"\d+ degrees\.$"}),
    ("data", {"length": 2}),
    ("data", {"length": {"at_least": 1, "at_most": 2}}),
    ("data", {"contains": {"role": "user"}}),
    ("data", {"contains": {"id": {"matches": "_1$"}}}),
    ("data.0.role", {"one_of": ["user", "assistant"]}),
    ("data.0.role", {"one_of": ["user", {"starts_with": "assis"}]}),
    ("data.0.role", {"not": "user"}),
    ("data.0.role", {"not": {"contains": "user"}}),
    ("usage", {"contains": {"total_tokens": {"at_least": 10}}}),
    ("usage", {"total_tokens": {"at_least": 10}, "prompt_tokens": 7}),
    ("usage", {"equals": {"total_tokens": 12, "prompt_tokens": 7.0}}),
    ("arguments", {"json": {"n": 1.0, "city": "Paris"}}),
    ("statuses", {"subsequence": ["queued", "completed"]}),
    ("statuses", {"subsequence": [{"one_of": ["queued", "x"]}, "in_progress"]}),
    ("statuses", {"contains": "in_progress"}),
    ("last_error", None),
    ("last_error", {"present": True}),
    ("last_error.code", {"present": False}),
    ("nothing.at.all", {"present": False}),
    ("has_more", False),
    ("usage.total_tokens", {"at_least": 12, "at_most": 12}),
]


@pytest.mark.parametrize(("path", "matcher"), MET)
def test_met(path: str, matcher: Any) -> None:
    assert list(mistakes(matcher)) == []
    assert differences({path: matcher}, MESSAGES) == []


UNMET: list[tuple[Any, ...]] = [
    ("object", "lists", "'lists'", "'list'", ""),
    ("data.2.role", "user", "'user'", "nothing", "'data' has no '2': it is a list of 2"),
    ("data.0.rule", "user", "'user'", "nothing", "'data.0' has no 'rule': did you mean 'role'?"),
    ("data.0.text.value", "x", "'x'", "nothing", "'data.0' has no 'text': it has id, role, content"),
    ("object.x", 1, "1", "nothing", "'object' has no 'x': it is \"list\""),
    ("nothing", {"contains": "x"}, "something that contains 'x'", "nothing", None),
    ("has_more", 0, "0", "false", ""),
    ("has_more", "False", "'False'", "false", "what came is no text: leave the quotes out"),
    ("usage.total_tokens", "12", "'12'", "12", "what came is no text: leave the quotes out"),
    ("data.0.role", {"matches": "^user"}, "a text matching '^user'", "'assistant'", ""),
    ("data.0.role", {"one_of": ["user", "tool"]}, "one of 'user', 'tool'", "'assistant'", ""),
    ("data.0.role", {"not": "assistant"}, "not 'assistant'", "'assistant'", ""),
    ("data.0.role", {"length": 4}, "a length of 4", "a length of 9: 'assistant'", ""),
    ("usage.total_tokens", {"at_least": 13}, "at least 13", "12", ""),
    ("usage.total_tokens", {"at_most": 11}, "at most 11", "12", ""),
    ("usage.total_tokens", {"matches": "12"}, "a text matching '12'", "12", ""),
    ("has_more", {"at_least": 0}, "at least 0", "false", ""),
    ("arguments", {"json": {"city": "Rome"}}, 'JSON equal to {"city": "Rome"}', None, ""),
    (
        "statuses",
        {"subsequence": ["completed", "queued"]},
        "in this order, among others: 'completed', 'queued'",
        '["queued", "in_progress", "completed"]',
        "",
    ),
    ("last_error", {"present": False}, "nothing", "null", ""),
    ("usage", {"equals": {"total_tokens": 12}}, '{"total_tokens": 12}', None, ""),
    ("object", {"starts_with": "i"}, "a text that starts with 'i'", "'list'", ""),
    ("nothing", {"present": True}, "something", "nothing", None),
    ("nothing", {"not": "x"}, "not 'x'", "nothing", None),
]


@pytest.mark.parametrize(("path", "matcher", "expected", "got", "hint"), UNMET)
def test_unmet(path: str, matcher: Any, expected: str, got: str | None, hint: str | None) -> None:
    (difference,) = differences({path: matcher}, MESSAGES)
    assert (difference.path, difference.expected) == (path, expected)
    assert got is None or difference.got == got
    assert hint is None or difference.hint == hint


def test_every_word_has_been_seen_to_hold_and_not_to_hold() -> None:
    for seen in (MET, UNMET):
        matchers: list[Any] = [row[1] for row in seen]
        words = {word for matcher in matchers if is_matcher(matcher) for word in matcher}
        assert words == set(WORDS)


def test_equal_things_part_where_they_differ() -> None:
    expected = {"a": [{"b": 1, "c": {"contains": "x"}}, 2], "d": 1}
    found = match(expected, {"a": [{"b": 2, "c": "y"}, 2], "e": 1}, "here")
    assert [(each.path, each.expected, each.got) for each in found] == [
        ("here.a.0.b", "1", "2"),
        ("here.a.0.c", "something that contains 'x'", "'y'"),
        ("here.d", "1", "nothing"),
        ("here.e", "nothing", "1"),
    ]


def test_lists_of_other_lengths_are_told_whole() -> None:
    assert match([1, 2], [1], "a") == [Difference("a", "[1, 2]", "[1]", "")]


def test_long_texts_are_told_where_they_part() -> None:
    (found,) = match("x" * 300 + " ends so", "x" * 300 + " ends otherwise", "text")
    assert found.expected.endswith("ends so'")
    assert found.got.endswith("ends otherwise'")
    assert len(found.expected) < 80
    assert found.hint == "the first 306 characters are the same"


def test_all_items_of_a_list() -> None:
    found = match_path("user", MESSAGES, "data.*.role")
    assert [(each.path, each.got) for each in found] == [("data.0.role", "'assistant'")]
    (nothing,) = match_path("user", {"data": []}, "data.*.role")
    assert (nothing.path, nothing.got, nothing.hint) == (
        "data.*.role",
        "nothing",
        "'data' has no '*': it is an empty list",
    )


def test_a_result_that_is_no_mapping() -> None:
    (found,) = differences({"object": "list"}, "<html>Bad gateway</html>")
    assert found.hint == "the result has no 'object': it is \"<html>Bad gateway</html>\""


def test_looking_up() -> None:
    assert look_up(MESSAGES, "data.1.id") == "msg_1"
    assert look_up(MESSAGES, "data.*.id") == ["msg_2", "msg_1"]
    assert look_up(MESSAGES, "data.7.id") is MISSING


@given(ANYTHING)
def test_everything_equals_itself(value: Any) -> None:
    assert match({"equals": value}, value) == []
    assert same(value, value)


@given(ANYTHING, ANYTHING)
def test_there_are_differences_where_it_does_not_meet(matcher: Any, value: Any) -> None:
    if not list(mistakes(matcher)):
        assert (match(matcher, value) == []) == meets(matcher, value)


@given(ANYTHING, ANYTHING)
def test_not_is_the_opposite(matcher: Any, value: Any) -> None:
    if not list(mistakes(matcher)):
        assert meets({"not": matcher}, value) != meets(matcher, value)


@given(ANYTHING, ANYTHING)
def test_what_is_told_is_short_and_on_one_line(matcher: Any, value: Any) -> None:
    if not list(mistakes(matcher)):
        for difference in match(matcher, value):
            assert len(difference.got) <= 210
            assert "\n" not in difference.got
