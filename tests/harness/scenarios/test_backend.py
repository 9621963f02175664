"""What a scenario says of the mock, held against what the server itself accepts."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.control import Control, ControlError
from harness.scenarios import backend
from harness.scenarios.backend import BACKEND, FIXTURES, backend_mistakes
from harness.scenarios.faultorders import order_mistakes, read_orders
from harness.scenarios.model import Node, Place
from harness.scenarios.replyrules import rule_mistakes
from mockserver.faulted import operations
from mockserver.faults.orders import read_orders as read_by_server
from mockserver.faults.parameters import FaultError
from mockserver.fixtures import make_all
from mockserver.lifecycle import RUN
from mockserver.replies import RuleError, parse_rules
from mockserver.settings import Limits, RateLimits, SettingError, Settings


def node(value: Any) -> Node:
    """A value that stands nowhere in particular."""
    place = Place(Path("a.yaml"), 1, 1)
    return Node(value, {(): place}, (), {(): place})


def refused(rules: Any) -> str:
    """Why the server does not take reply rules; nothing when it does."""
    try:
        parse_rules(rules)
    except RuleError as error:
        return str(error)
    return ""


# Reply rules, made of what the format knows, and of slips

TEXT = st.sampled_from(["Hello.", "See there, and there.", ""])
FILE = {"file_id": "file-1"}
ANNOTATION = st.fixed_dictionaries(
    {},
    optional={
        "text": st.sampled_from(["there", "nowhere", ""]),
        "file_citation": st.just(FILE),
        "file_path": st.just(FILE),
        "type": st.sampled_from(["file_citation", "file_path"]),
        "start_index": st.integers(0, 3),
        "end_index": st.integers(0, 3),
    },
)
PART = st.one_of(
    st.fixed_dictionaries({"type": st.just("text"), "text": TEXT}),
    st.fixed_dictionaries(
        {
            "type": st.just("text"),
            "text": st.fixed_dictionaries(
                {"value": TEXT}, optional={"annotations": st.lists(ANNOTATION, max_size=2)}
            ),
        }
    ),
    st.fixed_dictionaries({"type": st.just("refusal"), "refusal": TEXT}),
    st.fixed_dictionaries(
        {"type": st.just("image_file"), "image_file": st.sampled_from([FILE, {}, {**FILE, "detail": "x"}])}
    ),
    st.fixed_dictionaries({"type": st.sampled_from(["text", "audio"])}),
)
CALL = st.fixed_dictionaries(
    {"function": st.sampled_from(["f", ""])},
    optional={"arguments": st.sampled_from([{}, "{broken", 5]), "id": st.sampled_from(["call_1", "call_2"])},
)
OUTPUT = st.sampled_from(
    [
        {"logs": "1"},
        {"type": "logs", "logs": "1"},
        {"type": "image", "logs": "1"},
        {"image": "file-1"},
        {"image": FILE},
        {"image": {"name": "a.png", "base64": "QUJD"}},
        {"file": {"name": "a.csv", "text": "1,2"}},
        {"file": {"name": "a.csv", "text": "1,2", "base64": "QUJD"}},
        {"file": {"name": "a.csv"}},
        {"file": "file-1"},
        {"logs": "1", "image": "file-1"},
        {},
    ]
)
RESULT = st.sampled_from(
    [
        {"file": "a.md"},
        {"file_id": "file-1", "score": 0.5},
        {"file": "a.md", "score": 2},
        {"score": 0.5},
        {"file": "a.md", "content": [{"type": "text", "text": "x"}], "attributes": {"a": 1}},
        {"file": "a.md", "content": [{}]},
        {"file": "a.md", "text": "x", "where": 1},
    ]
)
MATCHER = st.sampled_from(
    [
        "Hello",
        {"contains": "a"},
        {"contains": 5},
        {"matches": "^a+"},
        {"matches": "("},
        {"matches": "(?=a)"},
        {"matches": r"(a)\1"},
        {"one_of": ["a", "b"]},
        {"one_of": []},
        {"one_of": [1]},
        {"json": {"a": [1]}},
        {"contains": "a", "matches": "b"},
        {"equals": "a"},
        {},
        5,
    ]
)
DURATION = st.sampled_from(["300ms", "2s", "1.5m", 250, 0, "2 s", "2", "-1s", -1, None, True, "101y"])


def _actions(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    keys: dict[str, st.SearchStrategy[Any]] = {
        "reply": TEXT | st.lists(PART, max_size=2) | st.just(5),
        "annotations": st.lists(ANNOTATION, max_size=2),
        "tool_calls": st.lists(CALL, max_size=2),
        "on_outputs": inner,
        "code_interpreter": st.fixed_dictionaries(
            {"input": TEXT}, optional={"outputs": st.lists(OUTPUT, max_size=2)}
        ),
        "file_search": st.fixed_dictionaries(
            {}, optional={"query": TEXT, "results": st.lists(RESULT, max_size=2), "miss": TEXT}
        ),
        "steps": st.lists(inner, max_size=3),
        "fail": st.sampled_from(
            [{}, {"code": "server_error"}, {"code": ""}, {"reason": "x"}, "server_error"]
        ),
        "incomplete": st.sampled_from(["max_prompt_tokens", "", 5]),
        "expire": st.sampled_from([True, False, "true"]),
        "stall": st.sampled_from(["queued", "in_progress", "requires_action", "cancelling", "done"]),
        "say": st.just("x"),
    }
    some = st.lists(st.sampled_from(sorted(keys)), min_size=0, max_size=2, unique=True)
    return some.flatmap(lambda chosen: st.fixed_dictionaries({key: keys[key] for key in chosen}))


ACTION = st.recursive(
    st.sampled_from(
        [
            {"reply": "Hello."},
            {"tool_calls": [{"function": "f", "arguments": {}}]},
            {"stall": "queued"},
            {"stall": "requires_action"},
            {"fail": {}},
        ]
    ),
    _actions,
    max_leaves=4,
)
WHEN = st.fixed_dictionaries(
    {},
    optional={
        "last_user_message": MATCHER,
        "tool_outputs": MATCHER,
        "turn": st.sampled_from([1, 0, "1", 1.5]),
        "assistant": st.sampled_from([{"id": "a"}, {"name": {"contains": "x"}}, {"nane": "x"}, "a"]),
        "metadata": st.dictionaries(st.sampled_from(["a", "b"]), MATCHER, max_size=1),
        "user": st.just("x"),
    },
)
TIMELINE = st.fixed_dictionaries(
    {},
    optional={
        "queued": DURATION,
        "first_token": DURATION,
        "tokens_per_second": st.sampled_from([20, 0.5, 0, -1, "20", 2_000_000]),
        "waiting": DURATION,
    },
)


@given(ACTION)
@example({"steps": [{"tool_calls": [{"function": "f", "arguments": {}}]}, {"stall": "requires_action"}]})
@example({"steps": [{"reply": "Hello."}, {"stall": "queued"}]})
@example({"tool_calls": [{"function": "f", "arguments": {}}], "on_outputs": {"stall": "queued"}})
@example({"reply": "a a", "annotations": [{"text": "a", "file_path": FILE}] * 3})
@example({"steps": [{"steps": [{"fail": {}}]}, {"reply": "x"}]})
@example(
    {"reply": [{"type": "refusal", "refusal": "No."}], "annotations": [{"text": "a", "file_path": FILE}]}
)
def test_actions_are_refused_when_the_server_refuses_them(action: Any) -> None:
    rules = [{"then": action}]
    found = [str(mistake) for mistake in rule_mistakes(node(rules))]
    assert bool(found) == bool(refused(rules)), (found, refused(rules))


@given(WHEN, TIMELINE, st.sampled_from([1, 2, 0, "2", None, 1.5]))
def test_conditions_are_refused_when_the_server_refuses_them(when: Any, timeline: Any, times: Any) -> None:
    rules = [{"when": when, "timeline": timeline, "times": times, "then": {"reply": "x"}}]
    if times is None:
        del rules[0]["times"]
    found = [str(mistake) for mistake in rule_mistakes(node(rules))]
    assert bool(found) == bool(refused(rules)), (found, refused(rules))


@pytest.mark.parametrize("rules", [[], {"then": {"reply": "x"}}, [5], [[]], "x", None, [{"reply": "x"}]])
def test_what_are_no_rules(rules: Any) -> None:
    """One rule alone is fine for the control door; in a file there is always a list."""
    assert bool(list(rule_mistakes(node(rules)))) == (rules != [])


# Faults

ORDERS = [
    "lost_ack",
    " 429(retry_after=20s) ",
    "run.stuck(queued)",
    {"fault": "lost_ack"},
    {"fault": "429", "parameters": {"retry_after": "20s"}, "at": "runs.create"},
    {"fault": "lost_ack", "at": {"operation": "messages.create", "nth": 2}, "times": 1},
    {"fault": "500", "at": {"probability": 0.5}, "until": "10m"},
    {"fault": "500", "at": {"operation": "vector_stores.*", "first": 2, "id": "vs_1", "body": "x"}},
    {"fault": "lost_ack", "at": "runs.create#2", "times": None},
]
NO_ORDERS = [
    "",
    "429(retry_after=20s",
    "lost ack",
    {"fault": "lost_ack", "at": "runs.craete"},
    {"fault": "lost_ack", "at": "runs.create#0"},
    {"fault": "lost_ack", "at": {"operation": "thread.*"}},
    {"fault": "lost_ack", "at": {"nth": 0}},
    {"fault": "lost_ack", "at": {"probability": 0}},
    {"fault": "lost_ack", "at": {"probability": 2}},
    {"fault": "lost_ack", "at": ["runs.create"]},
    {"fault": "lost_ack", "times": 0},
    {"fault": "lost_ack", "until": "soon"},
    {"fault": "lost_ack", "parameters": ["x"]},
    {"fault": 429},
    {"at": "runs.create"},
    {"fault": "lost_ack", "when": "runs.create"},
    5,
    None,
]


@pytest.mark.parametrize("order", ORDERS)
def test_orders_that_the_server_takes(order: Any) -> None:
    assert list(order_mistakes(node([order]))) == []
    assert len(read_by_server(list(read_orders(node([order]))), operations())) == 1


@pytest.mark.parametrize("order", NO_ORDERS)
def test_orders_that_the_server_refuses(order: Any) -> None:
    assert list(order_mistakes(node([order])))
    with pytest.raises(FaultError):
        read_by_server([order], operations())


def test_the_place_of_a_fault_may_stand_in_its_line() -> None:
    lines = [
        "429(retry_after=20s) at runs.create#2",
        'tool.wrong(message="a, (b) at c") at runs.*',
        "lost_ack",
    ]
    assert list(order_mistakes(node(lines))) == []
    assert read_orders(node(lines)) == (
        {"fault": "429(retry_after=20s)", "at": "runs.create#2"},
        {"fault": 'tool.wrong(message="a, (b) at c")', "at": "runs.*"},
        {"fault": "lost_ack"},
    )


# Settings and objects

SETTINGS = [
    {"indexing": {"*.md": {"takes": "45s"}, "b*": {"takes": 2000, "fails": "unsupported_file"}}},
    {"indexing": {"*": {"fails": {"code": "odd", "message": "Odd."}}}},
    {"indexing": {"*": {"fails": {"code": "server_error"}}}},
    {"limits": {"messages_per_thread": 3}},
    {"rate_limits": "documented"},
    {"rate_limits": None},
    {"rate_limits": {"requests_per_minute": 3}},
    {"latency": "slow"},
    {"latency": {"profile": "instant", "queued": "2s", "tokens_per_second": 5, "jitter": 0.1}},
    {"profile": "observed", "strict": True, "auto_create": False, "models": ["my-model", "*"]},
]
NO_SETTINGS = [
    {"indexing": {"*.md": {}}},
    {"indexing": {"": {"takes": "45s"}}},
    {"indexing": {"*.md": {"takes": "45"}}},
    {"indexing": {"*.md": {"fails": "odd"}}},
    {"indexing": {"*.md": {"fails": {"code": "odd"}}}},
    {"indexing": {"*.md": {"fails": {"message": "Odd."}}}},
    {"indexing": {"*.md": {"fails": {"code": "odd", "message": ""}}}},
    {"indexing": ["*.md"]},
    {"limits": {"messages": 3}},
    {"limits": {"messages_per_thread": 0}},
    {"rate_limits": "published"},
    {"rate_limits": {"requests": 3}},
    {"latency": "fast"},
    {"latency": {"queue": "2s"}},
    {"latency": {"jitter": 2}},
    {"profile": "real"},
    {"strict": "yes"},
    {"models": "my-model"},
    {"models": [""]},
    {"modles": ["x"]},
]


@pytest.mark.parametrize("settings", SETTINGS)
def test_settings_that_the_server_takes(settings: Any) -> None:
    assert list(backend_mistakes(node(settings))) == []
    Settings().changed(settings)


@pytest.mark.parametrize("settings", NO_SETTINGS)
def test_settings_that_the_server_refuses(settings: Any) -> None:
    assert list(backend_mistakes(node(settings)))
    with pytest.raises(SettingError):
        Settings().changed(settings)


def test_every_setting_of_the_server_can_be_said() -> None:
    assert set(BACKEND["properties"]) == {*Settings().state(), "runs", "fixtures"} - {
        "seed",
        "clock",
        "scout",
    }
    assert set(backend._LIMITS) == {each.name for each in fields(Limits)}
    assert set(backend._RATES) == {each.name for each in fields(RateLimits)}
    assert set(backend._RUN_STATUSES) == RUN.statuses


OBJECTS: list[dict[str, Any]] = [
    {"object": "assistant", "id": "asst_1", "name": "Clerk", "tools": [{"type": "file_search"}]},
    {"object": "thread", "id": "thread_1", "messages": [{"role": "user", "content": "Hello."}]},
    {"object": "thread.message", "id": "msg_1", "thread_id": "thread_1", "role": "user", "content": "Hello."},
    {
        "object": "thread.run",
        "id": "run_1",
        "thread_id": "thread_1",
        "assistant_id": "asst_1",
        "status": "failed",
        "then": {"fail": {"code": "server_error"}},
    },
    {"object": "file", "id": "file-1", "filename": "a.md", "text": "Hello."},
    {"object": "vector_store", "id": "vs_1", "name": "kb", "file_ids": ["file-1"], "status": "completed"},
]
NO_OBJECTS = [
    {"object": "thred", "id": "thread_1"},
    {"object": "thread"},
    {"id": "thread_1"},
    {"object": "thread", "id": "a thread"},
    {"object": "file", "id": "file-1", "filename": "a.md"},
    {"object": "file", "id": "file-1", "filename": "a.md", "text": "", "base64": ""},
    {"object": "thread.message", "id": "msg_1", "role": "user", "content": "Hello."},
    {"object": "thread", "id": "thread_1", "title": "x"},
    {"object": "assistant", "id": "asst_1", "tools": [{"type": "retrieval"}]},
]


def test_objects_that_the_server_makes(control: Control) -> None:
    assert list(backend_mistakes(node({"fixtures": OBJECTS}))) == []
    control.fixtures(OBJECTS)
    assert {each["object"] for each in OBJECTS} == set(FIXTURES)


@pytest.mark.parametrize("described", NO_OBJECTS)
def test_objects_that_the_server_does_not_make(control: Control, described: Any) -> None:
    assert list(backend_mistakes(node({"fixtures": [described]})))
    with pytest.raises(ControlError):
        control.fixtures([described])


def test_the_server_knows_no_other_objects() -> None:
    assert make_all.__doc__ is not None
    from mockserver.fixtures import _KINDS

    assert set(FIXTURES) == set(_KINDS)
    for kind, shape in _KINDS.items():
        assert set(FIXTURES[kind]["properties"]) == {"object", *shape.fields}
