"""4 · Function call never submitted: a shop's assistant that may refund orders, if somebody approves."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import openai
import pytest

from harness.control import Control
from tests.fifteen.conftest import Sleeper
from tests.fifteen.looking import refused

Functions = dict[str, Callable[..., str]]

TOOL: Any = {
    "type": "function",
    "function": {
        "name": "refund",
        "description": "Pays an order back.",
        "parameters": {"type": "object", "properties": {"order": {"type": "string"}}, "required": ["order"]},
    },
}
CALLS = {
    "tool_calls": [{"function": "refund", "arguments": {"order": "4711"}}],
    "on_outputs": {"reply": "You get your money back."},
}
WISH = "Please refund order 4711."


def naive_ask(client: openai.OpenAI, thread_id: str, assistant_id: str, text: str) -> str:
    """The assistant's answer to a line of the customer, by a program that knows no functions."""
    client.beta.threads.messages.create(thread_id, role="user", content=text)
    client.beta.threads.runs.create_and_poll(thread_id=thread_id, assistant_id=assistant_id)
    return text_of(client.beta.threads.messages.list(thread_id).data[0])


def naive_ask_with_functions(
    client: openai.OpenAI, thread_id: str, assistant_id: str, text: str, functions: Functions
) -> str:
    """The same, by a program that calls them, however long that takes."""
    client.beta.threads.messages.create(thread_id, role="user", content=text)
    run = client.beta.threads.runs.create_and_poll(thread_id=thread_id, assistant_id=assistant_id)
    while run.status == "requires_action":
        assert run.required_action is not None
        outputs: Any = []
        for call in run.required_action.submit_tool_outputs.tool_calls:
            output = functions[call.function.name](**json.loads(call.function.arguments))
            outputs.append({"tool_call_id": call.id, "output": output})
        run = client.beta.threads.runs.submit_tool_outputs_and_poll(
            run_id=run.id, thread_id=thread_id, tool_outputs=outputs
        )
    return text_of(client.beta.threads.messages.list(thread_id).data[0])


def careful_ask(
    client: openai.OpenAI, thread_id: str, assistant_id: str, text: str, functions: Functions
) -> str:
    """The same, but a run that has expired is followed by another, and nothing is done twice."""
    done: dict[tuple[str, str], str] = {}  # what the functions said in this conversation's turn
    client.beta.threads.messages.create(thread_id, role="user", content=text)
    for _ in range(3):
        run = client.beta.threads.runs.create_and_poll(thread_id=thread_id, assistant_id=assistant_id)
        for _ in range(10):
            if run.status != "requires_action" or run.required_action is None:
                break
            outputs: Any = [
                {"tool_call_id": call.id, "output": output_of(call.function, functions, done)}
                for call in run.required_action.submit_tool_outputs.tool_calls
            ]
            try:
                run = client.beta.threads.runs.submit_tool_outputs_and_poll(
                    run_id=run.id, thread_id=thread_id, tool_outputs=outputs
                )
            except openai.BadRequestError:  # too late, most likely: the run knows
                run = client.beta.threads.runs.retrieve(run.id, thread_id=thread_id)
        written = client.beta.threads.messages.list(thread_id, run_id=run.id).data
        if run.status == "completed" and written:
            return text_of(written[0])
        if run.status == "requires_action":
            client.beta.threads.runs.cancel(run.id, thread_id=thread_id)
        if run.status != "expired":
            break
    raise RuntimeError(f"no answer: the run is {run.status}, {run.last_error}")


def output_of(call: Any, functions: Functions, done: dict[tuple[str, str], str]) -> str:
    """What a function says to a call. Whatever is wrong with the call, the model is told so."""
    if call.name not in functions:
        return f"Error: there is no function {call.name}"
    key = call.name, call.arguments
    if key not in done:
        try:
            done[key] = functions[call.name](**json.loads(call.arguments))
        except Exception as error:
            return f"Error: {type(error).__name__}: {error}"
    return done[key]


def text_of(message: Any) -> str:
    """The text of a message of one part."""
    (part,) = message.content
    return str(part.text.value)


class Shop:
    """Pays back what somebody approves of, who may take his time."""

    def __init__(self, minutes: float = 0) -> None:
        self.minutes = minutes
        self.refunded: list[str] = []

    def refund(self, order: str) -> str:
        """Wait for the approval, then pay."""
        time.sleep(self.minutes * 60)
        self.refunded.append(order)
        return "done"


@pytest.fixture
def desk(client: openai.OpenAI, control: Control) -> tuple[str, str]:
    """An empty thread, and an assistant that refunds when it is asked to."""
    control.add_replies([{"when": {"last_user_message": {"contains": "refund"}}, "then": CALLS}])
    assistant = client.beta.assistants.create(model="gpt-4o", instructions="Help customers.", tools=[TOOL])
    return client.beta.threads.create().id, assistant.id


def test_without_functions_the_answer_is_the_question(
    client: openai.OpenAI, control: Control, desk: tuple[str, str]
) -> None:
    """By itself: no error at all, the thread is taken for ten minutes, and then the run has expired."""
    assert naive_ask(client, *desk, WISH) == WISH
    (run,) = client.beta.threads.runs.list(desk[0]).data
    assert run.status == "requires_action"
    with pytest.raises(openai.BadRequestError) as caught:
        naive_ask(client, *desk, "Hello?")
    assert caught.value.body == refused(f"Can't add messages to {desk[0]} while a run {run.id} is active.")
    control.advance(600)
    late = client.beta.threads.runs.retrieve(run.id, thread_id=desk[0])
    assert (late.status, late.last_error, late.required_action) == ("expired", None, None)
    assert late.created_at + 600 == late.completed_at


def test_an_approval_that_takes_too_long(
    client: openai.OpenAI, sleepless: Sleeper, desk: tuple[str, str]
) -> None:
    """By itself: the money is paid, the run has expired meanwhile, and the program breaks."""
    shop = Shop(minutes=11)
    with pytest.raises(openai.BadRequestError) as caught:
        naive_ask_with_functions(client, *desk, WISH, {"refund": shop.refund})
    assert caught.value.body == refused('Runs in status "expired" do not accept tool outputs.')
    assert shop.refunded == ["4711"]


@pytest.mark.parametrize(("minutes", "ended"), [(9, ["completed"]), (11, ["expired", "completed"])])
def test_a_careful_client_answers_late_as_well(
    client: openai.OpenAI, sleepless: Sleeper, desk: tuple[str, str], minutes: float, ended: list[str]
) -> None:
    """By itself: the second run asks for the same, gets the answer that is there, and nobody pays twice."""
    shop = Shop(minutes)
    assert careful_ask(client, *desk, WISH, {"refund": shop.refund}) == "You get your money back."
    assert shop.refunded == ["4711"]
    assert [run.status for run in client.beta.threads.runs.list(desk[0], order="asc")] == ended
    assert len(client.beta.threads.messages.list(desk[0]).data) == 2


def test_a_careful_client_without_the_function(client: openai.OpenAI, desk: tuple[str, str]) -> None:
    """By itself: the model is told that there is no such function, and no run stays behind."""
    assert careful_ask(client, *desk, WISH, {}) == "You get your money back."
    (run,) = client.beta.threads.runs.list(desk[0]).data
    (step, _) = client.beta.threads.runs.steps.list(run.id, thread_id=desk[0], order="asc").data
    assert step.step_details.type == "tool_calls"
    (call,) = step.step_details.tool_calls
    assert call.type == "function"
    assert (run.status, call.function.output) == ("completed", "Error: there is no function refund")


def test_forced_on_a_naive_client(client: openai.OpenAI, control: Control, desk: tuple[str, str]) -> None:
    """The call comes in the moment in which the run expires: nothing is done, the answer is the question."""
    control.arm("run.expires_awaiting_tools", "runs.create")
    shop = Shop()
    assert naive_ask_with_functions(client, *desk, WISH, {"refund": shop.refund}) == WISH
    assert shop.refunded == []
    (run,) = client.beta.threads.runs.list(desk[0]).data
    assert run.status == "expired"
    (step,) = client.beta.threads.runs.steps.list(run.id, thread_id=desk[0]).data
    assert (step.type, step.status) == ("tool_calls", "expired")


@pytest.mark.parametrize(
    ("fault", "at"),
    [("run.expires_awaiting_tools", "runs.create"), ("tool.too_late", "runs.submit_tool_outputs")],
)
def test_forced_on_a_careful_client(
    client: openai.OpenAI, control: Control, desk: tuple[str, str], fault: str, at: str
) -> None:
    """One run more, one refund."""
    control.arm(fault, at)
    shop = Shop()
    assert careful_ask(client, *desk, WISH, {"refund": shop.refund}) == "You get your money back."
    assert shop.refunded == ["4711"]
    ended = [run.status for run in client.beta.threads.runs.list(desk[0], order="asc")]
    assert ended == ["expired", "completed"]
    assert len(client.beta.threads.messages.list(desk[0]).data) == 2


def test_forced_by_a_header(client: openai.OpenAI, control: Control, desk: tuple[str, str]) -> None:
    """For one call, and sooner than in ten minutes."""
    client.beta.threads.messages.create(desk[0], role="user", content=WISH)
    run = client.beta.threads.runs.create_and_poll(
        thread_id=desk[0],
        assistant_id=desk[1],
        extra_headers={"X-Mock-Fault": "run.expires_awaiting_tools(after=30s)"},
    )
    assert run.status == "expired"
    assert run.completed_at is not None
    assert 30 <= run.completed_at - run.created_at <= 31
    shop = Shop()
    assert (
        careful_ask(client, *desk, "Now do refund it.", {"refund": shop.refund}) == "You get your money back."
    )
    assert shop.refunded == ["4711"]
