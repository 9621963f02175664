"""9 · Function calling timeout: a function asks a person, who takes longer than the run waits."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import openai
import pytest

from harness.control import Control
from tests.fifteen.conftest import Sleeper
from tests.fifteen.looking import runs, said

Functions = Mapping[str, Callable[..., Any]]

ASK_MANAGER = {
    "type": "function",
    "function": {
        "name": "ask_manager",
        "description": "Ask a manager to approve a refund.",
        "parameters": {"type": "object", "properties": {"order": {"type": "string"}}, "required": ["order"]},
    },
}
QUESTION = "Please refund order 1207."
TOO_LATE = {
    "message": 'Runs in status "expired" do not accept tool outputs.',
    "type": "invalid_request_error",
    "param": None,
    "code": None,
}


def naive_answer(client: openai.OpenAI, thread_id: str, assistant_id: str, functions: Functions) -> str:
    """The loop of the quickstart: run, call the functions, hand in what they say, and so on."""
    run = client.beta.threads.runs.create_and_poll(thread_id=thread_id, assistant_id=assistant_id)
    while run.status == "requires_action":
        assert run.required_action is not None
        outputs: list[Any] = []
        for call in run.required_action.submit_tool_outputs.tool_calls:
            result = functions[call.function.name](**json.loads(call.function.arguments))
            outputs.append({"tool_call_id": call.id, "output": json.dumps(result)})
        run = client.beta.threads.runs.submit_tool_outputs_and_poll(
            run_id=run.id, thread_id=thread_id, tool_outputs=outputs
        )
    newest: Any = client.beta.threads.messages.list(thread_id).data[0]
    return str(newest.content[0].text.value)


class RunError(Exception):
    """The run ended without an answer."""


def careful_answer(
    client: openai.OpenAI, thread_id: str, assistant_id: str, functions: Functions, attempts: int = 3
) -> str:
    """The same, but a run that did not wait is followed by another, which gets the results at once."""
    results: dict[tuple[str, str], str] = {}  # a function is called once, whoever waits for it
    for _ in range(attempts):
        run = client.beta.threads.runs.create_and_poll(thread_id=thread_id, assistant_id=assistant_id)
        while run.status == "requires_action":
            assert run.required_action is not None
            outputs: list[Any] = []
            for call in run.required_action.submit_tool_outputs.tool_calls:
                asked = (call.function.name, call.function.arguments)
                if asked not in results:
                    results[asked] = json.dumps(functions[asked[0]](**json.loads(asked[1])))
                outputs.append({"tool_call_id": call.id, "output": results[asked]})
            run = hand_in(client, thread_id, run.id, outputs)
        if run.status == "completed":
            message = client.beta.threads.messages.list(thread_id, run_id=run.id).data[0]
            return "".join(part.text.value for part in message.content if part.type == "text")
        if run.status != "expired":
            raise RunError(f"{run.id} is {run.status}: {run.last_error}")
    raise RunError(f"{attempts} runs on {thread_id} expired")


def hand_in(client: openai.OpenAI, thread_id: str, run_id: str, outputs: list[Any]) -> Any:
    """Submit the outputs; if the run does not take them, what became of it says why."""
    try:
        client.beta.threads.runs.submit_tool_outputs(run_id, thread_id=thread_id, tool_outputs=outputs)
    except openai.BadRequestError:
        if client.beta.threads.runs.retrieve(run_id, thread_id=thread_id).status == "requires_action":
            raise  # it does wait: the outputs are wrong, not late
    return client.beta.threads.runs.poll(run_id, thread_id=thread_id)


class Manager:
    """A person who needs so many seconds for an answer, and is asked each time for nothing."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.asked: list[str] = []

    def __call__(self, order: str) -> dict[str, Any]:
        self.asked.append(order)
        time.sleep(self.seconds)
        return {"approved": True}


def test_the_run_does_not_wait(client: openai.OpenAI, control: Control, sleepless: Sleeper) -> None:
    """By itself: the manager's eleven minutes are one too many, and the approval is lost."""
    assistant, thread = assistant_and_question(client, control)
    manager = Manager(660)
    with pytest.raises(openai.BadRequestError) as caught:
        naive_answer(client, thread, assistant, {"ask_manager": manager})
    assert (caught.value.status_code, caught.value.body) == (400, TOO_LATE)
    assert manager.asked == ["1207"]
    assert runs(client, thread) == ["expired"]
    assert said(client, thread) == [("user", QUESTION)]


def test_nine_minutes_are_soon_enough(client: openai.OpenAI, control: Control, sleepless: Sleeper) -> None:
    """By itself: ten minutes count from the creation of the run, not from its question."""
    assistant, thread = assistant_and_question(client, control)
    naive_answer(client, thread, assistant, {"ask_manager": Manager(540)})
    assert runs(client, thread) == ["completed"]


def test_a_careful_client_asks_once(client: openai.OpenAI, control: Control, sleepless: Sleeper) -> None:
    """By itself: the second run gets the approval that came too late for the first."""
    assistant, thread = assistant_and_question(client, control)
    manager = Manager(660)
    answer = careful_answer(client, thread, assistant, {"ask_manager": manager})
    assert answer == "Order 1207 is refunded."
    assert manager.asked == ["1207"]
    assert runs(client, thread) == ["expired", "completed"]
    assert said(client, thread) == [("user", QUESTION), ("assistant", "Order 1207 is refunded.")]


def test_forced(client: openai.OpenAI, control: Control, sleepless: Sleeper) -> None:
    """A manager who answers at once is too late all the same, for the naive and once for the careful."""
    assistant, thread = assistant_and_question(client, control)
    control.arm("tool.too_late", "runs.submit_tool_outputs")
    with pytest.raises(openai.BadRequestError) as caught:
        naive_answer(client, thread, assistant, {"ask_manager": Manager(0)})
    assert caught.value.body == TOO_LATE
    control.arm("tool.too_late", "runs.submit_tool_outputs")
    manager = Manager(0)
    answer = careful_answer(client, thread, assistant, {"ask_manager": manager})
    assert answer == "Order 1207 is refunded."
    assert manager.asked == ["1207"]
    assert runs(client, thread) == ["expired", "expired", "completed"]
    assert said(client, thread) == [("user", QUESTION), ("assistant", "Order 1207 is refunded.")]


def test_a_header_is_enough(client: openai.OpenAI, control: Control) -> None:
    """One call, one header."""
    assistant, thread = assistant_and_question(client, control)
    run = client.beta.threads.runs.create_and_poll(thread_id=thread, assistant_id=assistant)
    assert run.required_action is not None
    (call,) = run.required_action.submit_tool_outputs.tool_calls
    with pytest.raises(openai.BadRequestError) as caught:
        client.beta.threads.runs.submit_tool_outputs(
            run.id,
            thread_id=thread,
            tool_outputs=[{"tool_call_id": call.id, "output": "yes"}],
            extra_headers={"X-Mock-Fault": "tool.too_late"},
        )
    assert caught.value.body == TOO_LATE
    assert runs(client, thread) == ["expired"]


def assistant_and_question(client: openai.OpenAI, control: Control) -> tuple[str, str]:
    """The ids of a new assistant that asks a manager, and of a thread with a user's wish."""
    asks = {"function": "ask_manager", "arguments": {"order": "1207"}}
    control.add_replies({"then": {"tool_calls": [asks], "on_outputs": {"reply": "Order 1207 is refunded."}}})
    tools: Any = [ASK_MANAGER]
    assistant = client.beta.assistants.create(model="gpt-4o", instructions="Refund.", tools=tools)
    thread = client.beta.threads.create(messages=[{"role": "user", "content": QUESTION}])
    return assistant.id, thread.id
