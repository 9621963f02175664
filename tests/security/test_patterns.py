"""Regular expressions from outside: none keeps the server busy, and none breaks it.

What `re` would follow for longer than anybody lives makes these tests hang when something lets it in.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import openai
import pytest

from harness.control import Control, ControlError

HOSTILE = {
    "nested": r"^(a+)+$",
    "alternatives": r"^(a|aa)+$",
    "optional": "^" + "a?" * 40 + "a" * 40 + "$",
    "back reference": r"^(a*)*\1b$",
    "lookahead": r"^(?=(a+)+$)b",
    "huge repeat": r"^a{2147483646}$",
    "repeats of repeats": r"^((((a{1000}){1000}){1000}){1000}){1000}$",
    "side by side": r"^" + r"(a{400}){400}" * 30,
    "deep": "(" * 5000 + "a" + ")" * 5000,
    "broken": "(unclosed",
    "too long": "a" * 100_000,
    "classes": r"([\w\W\d\D]|[\s\S])*$b",
    "possessive": r"(a++)*+b",
    "unicode": "\\U0010FFFF+[\U0001f600-\U0001f64f]*\ud7ff",
}
BAIT = "a" * 5000 + "!"


def tool(schema: dict[str, Any]) -> Any:
    """A function that takes one object."""
    return {
        "type": "function",
        "function": {"name": "look_up", "description": "Look up.", "parameters": schema},
    }


@contextmanager
def refused_if_at_all() -> Iterator[None]:
    """What is refused is refused as a mistake of the caller's."""
    try:
        yield
    except ControlError as refused:
        if refused.status != 400:
            raise


@pytest.mark.parametrize("name", HOSTILE)
def test_patterns_in_the_schema_of_a_tool(client: openai.OpenAI, name: str) -> None:
    """Of a property, and of the names of properties: the call is made up, and the run goes on."""
    pattern = HOSTILE[name]
    schema = {
        "type": "object",
        "properties": {
            "code": {"type": "string", "pattern": pattern},
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!": {},
        },
        "patternProperties": {pattern: {"type": "string"}},
        "required": ["code", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"],
    }
    assistant = client.beta.assistants.create(model="gpt-4o", tools=[tool(schema)])
    thread = client.beta.threads.create(
        messages=[{"role": "user", "content": f'Look up "{BAIT}" and {BAIT[:40]} and "{BAIT[:40]}!".'}]
    )
    run = client.beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id)
    assert run.status in ("requires_action", "completed")
    if run.required_action is not None:
        json.loads(run.required_action.submit_tool_outputs.tool_calls[0].function.arguments)


@pytest.mark.parametrize("name", HOSTILE)
def test_patterns_of_structured_outputs(client: openai.OpenAI, name: str) -> None:
    """The same in a response format."""
    schema: Any = {"type": "object", "properties": {"code": {"type": "string", "pattern": HOSTILE[name]}}}
    assistant = client.beta.assistants.create(
        model="gpt-4o",
        response_format={"type": "json_schema", "json_schema": {"name": "found", "schema": schema}},
    )
    thread = client.beta.threads.create(messages=[{"role": "user", "content": f'The code is "{BAIT}".'}])
    run = client.beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id)
    assert run.status == "completed"


@pytest.mark.parametrize("name", HOSTILE)
def test_patterns_of_reply_rules(client: openai.OpenAI, control: Control, name: str) -> None:
    """They are searched in bounded time, or refused by the control door with a reason."""
    rule = {"when": {"last_user_message": {"matches": HOSTILE[name]}}, "then": {"reply": "Yes."}}
    with refused_if_at_all():
        control.add_replies(rule)
    assistant = client.beta.assistants.create(model="gpt-4o")
    thread = client.beta.threads.create(messages=[{"role": "user", "content": BAIT}])
    run = client.beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id)
    assert run.status == "completed"


@pytest.mark.parametrize("glob", ["*" * 200 + "b", "*a" * 60 + "b", "[a-z]*" * 50, "[!", "[z-a]", "\\"])
def test_globs_of_operations(control: Control, glob: str) -> None:
    """Which entries of the journal, and where a fault acts, are asked for by globs."""
    assert control.journal(operation=glob) == []
    with refused_if_at_all():
        control.arm("500", glob)
