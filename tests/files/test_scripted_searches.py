"""Scripted file searches: results, replies and misses written down, and what comes after a search."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from harness.control import Control, ControlError
from tests.conftest import Raw
from tests.files.library import only_message, steps, words
from tests.files.questions import asking, checked, run, searching


def test_scripted_results_by_name_and_id(
    client: openai.OpenAI, control: Control, raw: Raw, policies: dict[str, str]
) -> None:
    """What is written down is shown: scores, texts, files by either; marks in the reply become citations."""
    results = [
        {"file": "shipping.md", "score": 0.9, "text": "On Mondays."},
        {"file": policies["refunds.md"], "score": 0.4},
        {"file": "never uploaded.txt"},
    ]
    reply = "Mondays【4:0†shipping.md】, thirty days【4:1†x】, and 【4:2†y】【4:7†nothing】."
    control.add_replies({"then": {"file_search": {"query": "days", "results": results, "reply": reply}}})
    done = run(client, asking(client), searching(client, policies["store"]))
    search, _ = steps(raw, done, content=True)
    shown = search["step_details"]["tool_calls"][0]["file_search"]["results"]
    assert [(each["file_name"], each["score"]) for each in shown] == [
        ("shipping.md", 0.9),
        ("refunds.md", 0.4),
        ("never uploaded.txt", 1.0),
    ]
    assert [each["file_id"] for each in shown[:2]] == [policies["shipping.md"], policies["refunds.md"]]
    assert shown[2]["file_id"].startswith("file-")
    assert shown[0]["content"] == [{"type": "text", "text": "On Mondays."}]
    message = only_message(client, done)
    assert words(message) == reply
    assert [each.file_citation.file_id for each in checked(message)] == [each["file_id"] for each in shown]


@pytest.mark.parametrize(
    ("then", "said", "marks"),
    [
        ({"reply": "Yes 【4:0†x】."}, "Yes 【4:0†x】.", 1),
        ({"query": "parcels shipped Mondays", "reply": "Found 【4:0†x】."}, "Found 【4:0†x】.", 1),
        ({"query": "Napoleon", "reply": "Found.", "miss": "Nothing at all."}, "Nothing at all.", 0),
        ({"query": "Napoleon", "reply": "I said it anyway 【4:0†x】."}, "I said it anyway 【4:0†x】.", 0),
        ({"results": [], "reply": "Found.", "miss": "Missed."}, "Missed.", 0),
        ({"results": [], "miss": "Missed."}, "Missed.", 0),
    ],
)
def test_reply_and_miss(
    client: openai.OpenAI, control: Control, policies: dict[str, str], then: Any, said: str, marks: int
) -> None:
    """A real search with words written down: which of them are said depends on what is found."""
    control.add_replies({"then": {"file_search": then}})
    message = only_message(client, run(client, asking(client), searching(client, policies["store"])))
    assert (words(message), len(checked(message))) == (said, marks)


def test_an_empty_action_is_a_real_search_with_a_real_answer(
    client: openai.OpenAI, control: Control, policies: dict[str, str]
) -> None:
    """Also when only the query is written down."""
    for then in ({}, {"query": "refunds within thirty days"}):
        control.clear_replies()
        control.add_replies({"then": {"file_search": then}})
        message = only_message(client, run(client, asking(client), searching(client, policies["store"])))
        assert checked(message)[0].file_citation.file_id == policies["refunds.md"]
        assert "thirty days" in words(message)


def test_a_search_before_other_actions(
    client: openai.OpenAI, control: Control, raw: Raw, policies: dict[str, str]
) -> None:
    """The script goes on after it: another search, a call of a function, and what is said then."""
    function: Any = {"type": "function", "function": {"name": "note", "parameters": {"type": "object"}}}
    control.add_replies(
        {
            "then": {
                "steps": [
                    {"file_search": {"query": "refunds"}},
                    {"file_search": {"query": "parcels shipped"}},
                    {
                        "tool_calls": [{"function": "note", "arguments": {}}],
                        "on_outputs": {"reply": "Noted."},
                    },
                ]
            }
        }
    )
    assistant = searching(client, policies["store"], tools=[{"type": "file_search"}, function])
    thread = asking(client)
    asked = run(client, thread, assistant)
    assert asked.status == "requires_action"
    call = asked.required_action.submit_tool_outputs.tool_calls[0]
    done = client.beta.threads.runs.submit_tool_outputs_and_poll(
        run_id=asked.id,
        thread_id=thread,
        tool_outputs=[{"tool_call_id": call.id, "output": "ok"}],
        poll_interval_ms=0,
    )
    assert (done.status, words(only_message(client, done))) == ("completed", "Noted.")
    kinds = [
        step["step_details"]["tool_calls"][0]["type"]
        for step in steps(raw, done)
        if step["type"] == "tool_calls"
    ]
    assert kinds == ["file_search", "file_search", "function"]


def test_a_reply_after_a_search_cites_its_results(
    client: openai.OpenAI, control: Control, policies: dict[str, str]
) -> None:
    """The marks of a message count from the last search before it."""
    control.add_replies(
        {"then": {"steps": [{"file_search": {"query": "refunds"}}, {"reply": "So 【4:0†r】!"}]}}
    )
    done = run(client, asking(client), searching(client, policies["store"]))
    (annotation,) = checked(only_message(client, done))
    assert annotation.file_citation.file_id == policies["refunds.md"]


def test_a_failure_after_a_search(
    client: openai.OpenAI, control: Control, raw: Raw, policies: dict[str, str]
) -> None:
    """The step stays completed, the run fails."""
    fail = {"code": "server_error", "message": "Sorry, something went wrong."}
    control.add_replies({"then": {"file_search": {"query": "refunds"}, "fail": fail}})
    done = run(client, asking(client), searching(client, policies["store"]))
    assert (done.status, done.last_error.code) == ("failed", "server_error")
    assert steps(raw, done)[0]["status"] == "completed"


def test_a_timeline_holds_for_a_search_too(
    client: openai.OpenAI, control: Control, policies: dict[str, str]
) -> None:
    """`queued` and `in_progress` are as long as they are said to be."""
    control.add_replies(
        {"timeline": {"queued": "2s", "in_progress": "10s"}, "then": {"file_search": {"query": "refunds"}}}
    )
    done = run(client, asking(client), searching(client, policies["store"]))
    assert (done.started_at - done.created_at, done.completed_at - done.started_at) == (2, 10)


@pytest.mark.parametrize(
    "then",
    [
        {"file_search": {"results": [{"score": 1}]}},
        {"file_search": {"results": [{"file": "a.txt", "score": 2}]}},
        {"file_search": {"queries": ["x"]}},
        {"file_search": "x"},
    ],
)
def test_a_script_that_cannot_be_understood(control: Control, then: Any) -> None:
    """A clear 400 at the control door."""
    with pytest.raises(ControlError) as refusal:
        control.add_replies({"then": then})
    assert refusal.value.status == 400


def test_a_script_for_an_assistant_without_the_tool(client: openai.OpenAI, control: Control) -> None:
    """The run fails and says which reply wanted what."""
    control.add_replies({"then": {"file_search": {"query": "x"}}})
    done = run(client, asking(client), client.beta.assistants.create(model="gpt-4o").id)
    assert done.status == "failed"
    assert "file_search" in done.last_error.message
