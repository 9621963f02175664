"""What a real target is let off, and what not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.playing.leniency import at, let_off
from harness.playing.matching import MISSING, match

TEXT = "data.0.content.0.text.value"
CALL = "required_action.submit_tool_outputs.tool_calls.0.function"
STATUSES = ["queued", "in_progress", "completed"]


@pytest.mark.parametrize(
    ("operation", "path", "expected", "got", "verdict"),
    [
        ("messages.list", TEXT, "Paris.", "It is Paris.", True),
        ("messages.list", TEXT, {"contains": "Paris"}, "The capital.", True),
        ("messages.list", TEXT, "Paris.", "", False),
        ("messages.list", TEXT, "Paris.", None, False),
        ("messages.list", TEXT, "Paris.", MISSING, False),
        ("messages.list", TEXT, "Paris.", 7, False),
        ("messages.list", "data.0.role", "assistant", "user", False),
        ("messages.list", "data.0.content.0.text.annotations", [], [{"type": "file_citation"}], True),
        ("messages.list", "data.0.content.0.text.annotations", [], MISSING, False),
        ("messages.list", "data.0.content.0.text.annotations.0.type", "file_citation", MISSING, True),
        ("wait", f"{CALL}.name", "get_weather", "get_forecast", True),
        ("wait", f"{CALL}.arguments", {"json": {"city": "Paris"}}, '{"city":"Lyon"}', True),
        ("wait", f"{CALL}.arguments", {"json": {}}, "", False),
        ("wait", "status", "completed", "failed", False),
        ("wait", "usage", None, {"total_tokens": 3}, True),
        ("wait", "usage.total_tokens", 5, 7, True),
        ("wait", "usage.total_tokens", 5, MISSING, False),
        ("wait", "statuses", STATUSES, ["queued", "completed"], True),
        ("wait", "statuses", STATUSES, ["completed"], True),
        ("wait", "statuses", STATUSES, ["queued", "in_progress"], False),
        ("wait", "statuses", STATUSES, ["queued", "failed"], False),
        ("wait", "statuses", STATUSES, ["in_progress", "queued", "completed"], False),
        ("runs.retrieve", "statuses", STATUSES, ["completed"], False),
        ("stream", "text", "Hello.", "Hi!", True),
        ("stream", "text", "Hello.", "", False),
        ("runs.create", "text", "Hello.", "Hi!", False),
        ("stream", "events", ["a", "b", "b", "c"], ["a", "x", "b", "c"], True),
        ("stream", "events", ["a", "b", "c"], ["a", "c"], False),
        ("stream", "events", {"subsequence": ["c", "a"]}, ["a", "c"], False),
        ("threads.create", "id", "thread_1", "thread_abc", True),
        ("threads.create", "id", "thread_1", "msg_abc", False),
        ("threads.create", "created_at", 1_750_000_000, 1_790_000_000, True),
        ("threads.create", "created_at", 1_750_000_000, None, False),
        ("threads.create", "metadata.owner", "a", "b", False),
    ],
)
def test_the_rules(operation: str, path: str, expected: Any, got: Any, verdict: bool) -> None:
    assert let_off(operation, path, expected, expected, got) is verdict


def test_what_was_bound_is_meant() -> None:
    assert let_off("messages.list", "data.0.run_id", "run_1", "run_1", "run_2")
    assert not let_off("messages.list", "data.0.run_id", "${run.id}", "run_1", "run_2")


NAMES = st.sampled_from(["queued", "in_progress", "requires_action", "completed"])


@given(st.lists(NAMES, min_size=1, unique=True), st.data())
def test_polls_that_miss_statuses_are_let_off(statuses: list[str], data: st.DataObject) -> None:
    """Any statuses may be missed but the last; none may be added or change places."""
    missed = data.draw(st.sets(st.sampled_from(range(len(statuses)))))
    seen = [status for index, status in enumerate(statuses) if index not in missed]
    assert let_off("wait", "statuses", statuses, statuses, seen) is (seen[-1:] == statuses[-1:])
    if seen != seen[::-1]:
        assert not let_off("wait", "statuses", statuses, statuses, seen[::-1])
    assert not let_off("wait", "statuses", statuses, statuses, ["never", *seen])


@given(st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=5), st.text(min_size=1))
def test_texts_are_texts(got: Any, expected: str) -> None:
    """For the text of an answer any other text is let off, and nothing that is none."""
    verdict = let_off("messages.list", TEXT, expected, expected, got)
    assert verdict is (isinstance(got, str) and got != "")
    assert verdict or match(expected, got)


def test_ways_into_data() -> None:
    value = {"a": [{"b": 1}, {"b": None}]}
    assert at(value, ["a", "0", "b"]) == 1
    assert at(value, ["a", "-1", "b"]) is None
    assert at(value, ["a", "2"]) is MISSING
    assert at(value, ["a", "b"]) is MISSING
    assert at(value, []) is value
