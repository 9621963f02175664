"""What objects show where a request said nothing, and how they show what it said: as recorded."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.control import Control
from tests.conftest import Raw
from tests.stage import CODE, PICTURE, TIME, Stage


@pytest.fixture
def stage(raw: Raw, control: Control) -> Stage:
    """A stage in this test's world."""
    return Stage(raw, control)


FILE, PHOTO = "file-with-a-text", "file-with-a-picture"
"""Stand for files that are uploaded before the request is sent."""


def with_files(stage: Stage, value: Any) -> Any:
    """The value with the id of a new file wherever one of the two stands."""
    written = json.dumps(value)
    for stands, name, content in ((FILE, "a.txt", b"Some text."), (PHOTO, "a.png", PICTURE)):
        if stands in written:
            written = written.replace(stands, stage.file(name, content))
    return json.loads(written)


NO_PARAMETERS = {"type": "object", "properties": {}}
RANKING = {"ranker": "default_2024_08_21", "score_threshold": 0.0, "hybrid_search": None}
SEARCH_SHOWN = {"type": "file_search", "file_search": {"ranking_options": RANKING}}
EMPTY_CODE: dict[str, Any] = {"code_interpreter": {"file_ids": []}}


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({}, {"name": None, "description": None, "instructions": None, "reasoning_effort": None}),
        ({}, {"tools": [], "top_p": 1.0, "temperature": 1.0, "tool_resources": {}, "metadata": {}}),
        ({}, {"response_format": "auto", "model": "gpt-4o"}),
        ({"tools": None, "top_p": None, "metadata": None}, {"tools": [], "top_p": 1.0, "metadata": {}}),
        ({"tools": [CODE]}, {"tools": [CODE], "tool_resources": EMPTY_CODE}),
        (
            {"tools": [CODE], "tool_resources": {"code_interpreter": {"file_ids": [FILE]}}},
            {"tool_resources": {"code_interpreter": {"file_ids": [FILE]}}},
        ),
        (
            {"tools": [TIME]},
            {
                "tools": [
                    {
                        "type": "function",
                        "function": {"name": "get_time", "parameters": NO_PARAMETERS, "strict": False},
                    }
                ]
            },
        ),
        ({"tools": [{"type": "file_search"}]}, {"tools": [SEARCH_SHOWN]}),
        ({"tools": [{"type": "file_search", "file_search": {}}]}, {"tools": [SEARCH_SHOWN]}),
        ({"tools": [{"type": "file_search", "file_search": None}]}, {"tools": [SEARCH_SHOWN]}),
        (
            {"tools": [{"type": "file_search", "file_search": {"max_num_results": 3}}]},
            {
                "tools": [
                    {"type": "file_search", "file_search": {"max_num_results": 3, "ranking_options": RANKING}}
                ]
            },
        ),
        ({"response_format": {"type": "text"}}, {"response_format": {"type": "text"}}),
        ({"temperature": 2, "top_p": 0}, {"temperature": 2.0, "top_p": 0.0}),
        ({"model": "gpt-4o-mini"}, {"model": "gpt-4o-mini"}),
    ],
)
def test_assistants_are_filled_in(stage: Stage, asked: dict[str, Any], shown: dict[str, Any]) -> None:
    asked, shown = with_files(stage, [asked, shown])
    created = stage.post("/assistants", {"model": "gpt-4o"} | asked)
    assert {name: created[name] for name in shown} == shown
    assert stage.get(f"/assistants/{created['id']}") == created


@pytest.mark.parametrize(
    ("asked", "posted", "read"),
    [
        (None, {}, EMPTY_CODE),
        ({}, {}, EMPTY_CODE),
        ({"tool_resources": None}, {}, EMPTY_CODE),
        (
            {"tool_resources": {"code_interpreter": {"file_ids": [FILE]}}},
            {"code_interpreter": {"file_ids": [FILE]}},
            {"code_interpreter": {"file_ids": [FILE]}},
        ),
    ],
)
def test_threads_show_their_resources_in_two_ways(stage: Stage, asked: Any, posted: Any, read: Any) -> None:
    asked, posted, read = with_files(stage, [asked, posted, read])
    created = stage.post("/threads", asked)
    assert (created["tool_resources"], created["metadata"]) == (posted, {})
    assert stage.get(f"/threads/{created['id']}")["tool_resources"] == read
    assert stage.post(f"/threads/{created['id']}", {"metadata": {}})["tool_resources"] == posted


def text(value: str) -> dict[str, Any]:
    return {"type": "text", "text": {"value": value, "annotations": []}}


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("Hi", [text("Hi")]),
        ("", [text("")]),
        ([{"type": "text", "text": "Hi"}], [text("Hi")]),
        (
            [{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}],
            [{"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "auto"}}],
        ),
        (
            [{"type": "image_file", "image_file": {"file_id": PHOTO, "detail": "low"}}],
            [{"type": "image_file", "image_file": {"file_id": PHOTO, "detail": "low"}}],
        ),
    ],
)
def test_content_is_normalised(stage: Stage, asked: Any, shown: Any) -> None:
    asked, shown = with_files(stage, [asked, shown])
    path = f"/threads/{stage.thread()}/messages"
    message = stage.post(path, {"role": "user", "content": asked})
    assert message["content"] == shown
    assert (message["assistant_id"], message["run_id"], message["attachments"]) == (None, None, [])


RUN_DEFAULTS: dict[str, Any] = {
    "status": "queued",
    "started_at": None,
    "cancelled_at": None,
    "failed_at": None,
    "completed_at": None,
    "required_action": None,
    "last_error": None,
    "instructions": None,
    "tools": [],
    "tool_resources": {},
    "metadata": {},
    "temperature": 1.0,
    "top_p": 1.0,
    "reasoning_effort": None,
    "max_completion_tokens": None,
    "max_prompt_tokens": None,
    "truncation_strategy": {"type": "auto", "last_messages": None},
    "incomplete_details": None,
    "usage": None,
    "response_format": "auto",
    "tool_choice": "auto",
    "parallel_tool_calls": True,
}


@pytest.mark.parametrize(
    ("assistant", "asked", "shown"),
    [
        ({}, {}, RUN_DEFAULTS | {"model": "gpt-4o"}),
        (
            {"instructions": "Be brief.", "tools": [CODE], "temperature": 0.5, "top_p": 0.25},
            {},
            {"instructions": "Be brief.", "tools": [CODE], "temperature": 0.5, "top_p": 0.25},
        ),
        (
            {"instructions": "Be brief.", "tools": [CODE], "temperature": 0.5},
            {"instructions": "Be long.", "tools": [], "temperature": 2, "model": "gpt-4o-mini"},
            {"instructions": "Be long.", "tools": [], "temperature": 2.0, "model": "gpt-4o-mini"},
        ),
        ({"instructions": "A."}, {"additional_instructions": "B."}, {"instructions": "A.\n\nB."}),
        ({"instructions": "A."}, {"instructions": ""}, {"instructions": ""}),
        ({}, {"additional_instructions": "B."}, {"instructions": "B."}),
        (
            {},
            {"truncation_strategy": {"type": "last_messages", "last_messages": 2}},
            {"truncation_strategy": {"type": "last_messages", "last_messages": 2}},
        ),
        ({}, {"max_completion_tokens": 16}, {"max_completion_tokens": 16}),
        ({"response_format": {"type": "json_object"}}, {}, {"response_format": {"type": "json_object"}}),
        ({}, {"tool_choice": "none", "parallel_tool_calls": False}, {"tool_choice": "none"}),
    ],
)
def test_runs_take_after_their_assistant(
    stage: Stage, assistant: dict[str, Any], asked: dict[str, Any], shown: dict[str, Any]
) -> None:
    body = {"assistant_id": stage.assistant(**assistant)} | asked
    run = stage.post(f"/threads/{stage.thread()}/runs", body)
    assert {name: run[name] for name in shown} == shown
    assert run["expires_at"] == run["created_at"] + 600


def test_empty_lists_have_neither_first_nor_last(stage: Stage) -> None:
    empty: dict[str, Any] = {
        "object": "list",
        "data": [],
        "first_id": None,
        "last_id": None,
        "has_more": False,
    }
    thread = stage.post("/threads")["id"]
    assert stage.get("/assistants") == empty
    assert stage.get(f"/threads/{thread}/messages") == empty
    assert stage.get(f"/threads/{thread}/runs") == empty


def test_deletions_name_what_is_gone(stage: Stage) -> None:
    assistant, thread = stage.assistant(), stage.thread()
    message = stage.get(f"/threads/{thread}/messages")["first_id"]
    for path, name, kind in (
        (f"/threads/{thread}/messages/{message}", message, "thread.message.deleted"),
        (f"/threads/{thread}", thread, "thread.deleted"),
        (f"/assistants/{assistant}", assistant, "assistant.deleted"),
    ):
        assert stage.delete(path) == {"id": name, "object": kind, "deleted": True}
