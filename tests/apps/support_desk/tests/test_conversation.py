"""Conversations: answers, functions, streams, and what may go wrong."""

import pytest
from desk import conversation
from desk.conversation import DeskUnavailable


@pytest.fixture
def thread(assistants):
    return conversation.begin()


def test_a_question_is_answered(assistants, thread):
    assistants.backend.run("open").replies("From nine to five.")
    assert conversation.ask(thread, "When are you open?") == "From nine to five."


def test_the_assistant_asks_for_an_order(assistants, thread):
    assistants.backend.run().calls("order_status", number=4711).then_replies("It is on its way.")
    assert conversation.ask(thread, "Where is my order?") == "It is on its way."
    (sent,) = assistants.history.calls("runs.submit_tool_outputs")
    assert '"status": "on its way"' in sent.request["tool_outputs"][0]["output"]


@pytest.mark.parametrize("arguments", ['{"number": ', '{"order": 1}', "[]"])
def test_arguments_that_cannot_be_used_are_told_to_the_assistant(assistants, thread, arguments):
    assistants.backend.add(
        {
            "then": {
                "tool_calls": [{"function": "order_status", "arguments": arguments}],
                "on_outputs": {"reply": "Which order, please?"},
            }
        }
    )
    assert conversation.ask(thread, "Where is my order?") == "Which order, please?"


def test_an_answer_is_streamed(assistants, thread):
    assistants.backend.run().replies("One word after the other.")
    pieces = list(conversation.stream(thread, "Tell me."))
    assert len(pieces) > 1
    assert "".join(pieces) == "One word after the other."


@pytest.mark.parametrize("code", ["server_error", "rate_limit_exceeded"])
def test_a_failed_run_is_no_answer(assistants, thread, code):
    assistants.backend.run().fails(code, "Sorry.")
    with pytest.raises(DeskUnavailable, match="failed"):
        conversation.ask(thread, "Hello?")


def test_it_takes_too_long(assistants, thread):
    assistants.faults.arm("run.stuck(in_progress, forever=true)", "runs.create")
    with pytest.raises(DeskUnavailable, match="too long"):
        conversation.ask(thread, "Hello?")
    assert 100 <= assistants.clock.elapsed <= 121
    assert assistants.history.ops("runs.cancel") == 1


def test_a_thread_that_is_busy(assistants, thread):
    assistants.faults.arm("run.foreign_active", "messages.create")
    with pytest.raises(DeskUnavailable, match="try again"):
        conversation.ask(thread, "Hello?")


def test_rate_limits_are_left_to_the_sdk(assistants, thread):
    assistants.backend.run().replies("Here I am.")
    assistants.faults.arm("429(retry_after=20s)", "runs.create", first=2)
    assert conversation.ask(thread, "Hello?") == "Here I am."
    assert assistants.history.ops("runs.create") == 3


def test_nothing_is_left_behind(assistants, thread):
    conversation.ask(thread, "Hello?")
    conversation.end(thread)
    assistants.assert_clean(ignore=["assistant"])
