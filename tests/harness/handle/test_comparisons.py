"""What a failed comparison says of runs, calls and other objects."""

from __future__ import annotations

import pytest

from harness.handle.assistants import Assistants
from harness.handle.comparisons import explain_comparison
from tests.harness.handle.conftest import Chat


def test_of_a_status_the_courses_of_the_runs_that_had_it_are_told(handle: Assistants, chat: Chat) -> None:
    handle.backend.run("wrong").fails()
    run = chat.ask("wrong")
    chat.ask("fine")
    assert explain_comparison("==", run.status, "completed") == [
        "'failed' == 'completed'",
        *(str(handle.timeline(each)) for each in (run.id, handle.history[-1].response["id"])),
    ]
    assert explain_comparison("==", "failed", "expired") == [
        "'failed' == 'expired'",
        str(handle.timeline(run.id)),
    ]


def test_runs_are_told_by_their_courses_and_not_dumped(handle: Assistants, chat: Chat) -> None:
    first, second = chat.ask("a"), chat.ask("b")
    assert explain_comparison("==", first, second) == [
        f"<thread.run {first.id} completed> == <thread.run {second.id} completed>",
        str(handle.timeline(first.id)),
        str(handle.timeline(second.id)),
    ]
    assert explain_comparison("in", first, [second]) == [
        f"<thread.run {first.id} completed> in 1 of them",
        f"  <thread.run {second.id} completed>",
        str(handle.timeline(first.id)),
        str(handle.timeline(second.id)),
    ]
    message = chat.client.beta.threads.messages.list(first.thread_id).data[0]
    assert explain_comparison("==", message, None) == [
        f"<thread.message {message.id}> == None",
        str(handle.timeline(first.id)),
    ]


def test_calls_are_told_one_a_line(handle: Assistants, chat: Chat) -> None:
    chat.client.beta.threads.create()
    history = handle.history
    assert explain_comparison("==", history[0], history[1]) == [
        "<0.0 assistants.create#1 200> == <0.0 threads.create#1 200>"
    ]
    assert explain_comparison("==", history.calls("threads.*"), []) == [
        "1 of them == []",
        "  <0.0 threads.create#1 200>",
    ]
    assert explain_comparison("==", history, []) == [
        f"{history!r} == []",
        "0.0 assistants.create#1 200",
        "0.0 threads.create#1 200",
    ]
    many = explain_comparison("==", history.calls() * 10, [])
    assert many is not None
    assert len(many) == 12
    assert many[-1] == "… 10 more"


@pytest.mark.parametrize(
    ("left", "right"), [(1, 2), ("a", "b"), ("completed", 3), ([], []), ({"a": 1}, None), ("failed", "x")]
)
def test_everything_else_is_left_to_pytest(
    handle: Assistants, chat: Chat, left: object, right: object
) -> None:
    chat.ask("?")
    assert explain_comparison("==", left, right) is None


def test_statuses_that_no_run_had_are_left_to_pytest(handle: Assistants, chat: Chat) -> None:
    chat.ask("?")
    assert explain_comparison("==", "expired", "failed") is None


def test_a_server_that_is_gone_is_no_reason_to_fail_otherwise(handle: Assistants, chat: Chat) -> None:
    run = chat.ask("?")
    with Assistants("http://127.0.0.1:9/v1", "any"):
        told = explain_comparison("==", run, None)
    assert told == [f"<thread.run {run.id} completed> == None", str(handle.timeline(run.id))]
    handle.close()
    assert explain_comparison("==", run, None) == [f"<thread.run {run.id} completed> == None"]
