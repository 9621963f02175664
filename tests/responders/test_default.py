"""The default responder: calls what the words ask for, answers in the form that was asked for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver import tokens
from mockserver.responders.default import Default
from mockserver.script import CallTools, FunctionCall, Say, ToolOutput, Turn, Wire
from tests.properties import law

TEXT = {"type": "string"}


def function(name: str, description: str = "", **properties: Any) -> dict[str, Any]:
    """A function tool whose first parameter is required."""
    parameters = {"type": "object", "properties": properties, "required": list(properties)[:1]}
    return {
        "type": "function",
        "function": {"name": name, "description": description, "parameters": parameters},
    }


WEATHER = function(
    "get_weather",
    "Get the current weather for a location.",
    location=TEXT,
    unit={"type": "string", "enum": ["celsius", "fahrenheit"]},
)
STOCK = function("getStockPrice", "The price of a share.", symbol=TEXT)
MAIL = function("send_email", "Sends an email.", to=TEXT, subject=TEXT)
TOOLS = [WEATHER, STOCK, MAIL, {"type": "code_interpreter"}]


def user(*content: Wire | str) -> dict[str, Any]:
    """A user's message of these parts."""
    parts = [
        {"type": "text", "text": {"value": c, "annotations": []}} if isinstance(c, str) else c
        for c in content
    ]
    return {"role": "user", "content": parts}


def turn(
    message: str | None, outputs: tuple[ToolOutput, ...] = (), messages: list[Wire] | None = None, **run: Any
) -> Turn:
    """A turn of a run with these settings, after one message of the user."""
    said = messages if messages is not None else [] if message is None else [user(message)]
    return Turn(run={"tools": TOOLS} | run, assistant={}, messages=said, outputs=outputs)


def calls(asked: Turn) -> list[tuple[str, Any]]:
    """The functions called, with their arguments read; none if the answer is a message."""
    (action,) = Default().respond(asked).actions
    if not isinstance(action, CallTools):
        assert isinstance(action, Say)
        return []
    return [(call.name, json.loads(call.arguments)) for call in action.calls]


def answer(asked: Turn) -> str:
    """The text of the message."""
    (action,) = Default().respond(asked).actions
    assert isinstance(action, Say)
    (part,) = action.content
    return str(part["text"]["value"])


PARIS = ToolOutput("call_1", "get_weather", '{"location":"Paris"}', '{"temperature":21,"unit":"celsius"}')


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("What's the weather in Paris?", [("get_weather", {"location": "Paris"})]),
        (
            "How warm is the weather in Oslo, in Celsius?",
            [("get_weather", {"location": "Oslo", "unit": "celsius"})],
        ),
        ("What is the temperature in Rome?", [("get_weather", {"location": "Rome"})]),
        ("weather in Paris and London", [("get_weather", {"location": c}) for c in ("Paris", "London")]),
        (
            "The weather in Rome and the stock price of AAPL, please",
            [("get_weather", {"location": "Rome"}), ("getStockPrice", {"symbol": "AAPL"})],
        ),
        ("Is the price of AAPL stocks rising?", [("getStockPrice", {"symbol": "AAPL"})]),
        ("What is the capital of France?", []),
        ("Tell me a joke", []),
        ("Give me the current location of the ISS", []),
        ("hello", []),
    ],
)
def test_auto_calls_what_the_words_ask_for(message: str, expected: list[tuple[str, Any]]) -> None:
    assert calls(turn(message)) == expected


def test_without_parallel_calls_only_the_first_is_made() -> None:
    both = "weather in Paris and the stock price of AAPL"
    assert len(calls(turn(both))) == 2
    assert calls(turn(both, parallel_tool_calls=False)) == calls(turn(both))[:1]


@law(60)
@given(st.text(max_size=40) | st.sampled_from(["weather in Paris", "email bob@x.org"]))
def test_tool_choice_is_obeyed(message: str) -> None:
    assert calls(turn(message, tool_choice="none")) == []
    assert calls(turn(message, tool_choice="required"))
    named = {"type": "function", "function": {"name": "send_email"}}
    assert {name for name, _ in calls(turn(message, tool_choice=named))} == {"send_email"}


def test_required_takes_the_best_fit_or_the_first() -> None:
    assert calls(turn("a mail to bob@x.org", tool_choice="required"))[0][0] == "send_email"
    assert calls(turn("good morning", tool_choice="required"))[0][0] == "get_weather"


def test_arguments_are_compact_json_with_plain_letters() -> None:
    (action,) = Default().respond(turn("weather in São Paulo")).actions
    assert action == CallTools((FunctionCall("get_weather", '{"location":"São Paulo"}'),))


@pytest.mark.parametrize(
    "choice", ["auto", "required", {"type": "function", "function": {"name": "get_weather"}}]
)
def test_outputs_are_answered_with(choice: Any) -> None:
    text = answer(turn("weather in Paris?", (PARIS,), tool_choice=choice))
    assert text == "get_weather (location Paris) answered: temperature 21, unit celsius."


def test_after_outputs_only_what_was_not_called_yet_is_called() -> None:
    message = "weather in Paris and the stock price of AAPL"
    assert calls(turn(message, (PARIS,), parallel_tool_calls=False)) == [
        ("getStockPrice", {"symbol": "AAPL"})
    ]
    stock = ToolOutput("call_2", "getStockPrice", "{}", "")
    text = answer(turn(message, (PARIS, stock)))
    assert text.endswith("getStockPrice answered: nothing.")


def test_json_object() -> None:
    form = {"type": "json_object"}
    assert "Hello" in json.loads(answer(turn("Hello", response_format=form)))["answer"]
    read = json.loads(answer(turn("weather?", (PARIS,), response_format=form)))
    assert read["results"] == [{"function": "get_weather", "output": {"temperature": 21, "unit": "celsius"}}]


def test_json_schema_takes_words_and_outputs() -> None:
    properties = {"location": TEXT, "temperature": {"type": "number"}}
    schema = {"type": "object", "properties": properties, "required": ["location", "temperature"]}
    form = {"type": "json_schema", "json_schema": {"name": "weather", "schema": schema}}
    text = answer(turn("How is Paris?", (PARIS,), response_format=form))
    assert text == '{"location":"Paris","temperature":21}'
    assert json.loads(answer(turn("Paris, 12 degrees", response_format=form, tools=[])))["temperature"] == 12


@pytest.mark.parametrize("message", ["What is the capital of France?", "Tell me a joke", "word " * 900])
def test_a_plain_answer_quotes_and_has_enough_tokens_to_stream(message: str) -> None:
    text = answer(turn(message))
    assert message[:14] in text
    assert 12 <= tokens.count(text) <= 70


def test_pictures_are_seen() -> None:
    picture = {"type": "image_file", "image_file": {"file_id": "file-1"}}
    assert "a picture and wrote: “Who is this?”" in answer(
        turn(None, messages=[user(picture, "Who is this?")])
    )
    assert "2 pictures and no words" in answer(turn(None, messages=[user(picture, picture)]))


def test_the_last_message_of_the_user_counts() -> None:
    said: list[Wire] = [user("weather in Paris"), {"role": "assistant", "content": []}, user("Thank you")]
    assert "Thank you" in answer(turn(None, messages=said))


def test_without_a_user_message_the_instructions_are_quoted() -> None:
    assert "Be brief." in answer(turn(None, instructions="Be brief."))
    assert tokens.count(answer(turn(None))) >= 12


@law(60)
@given(st.text(max_size=80), st.sampled_from(["auto", "required"]))
def test_the_same_turn_gives_the_same_script(message: str, choice: str) -> None:
    asked = [Default().respond(turn(message, tool_choice=choice)) for _ in range(2)]
    assert asked[0] == asked[1]


@pytest.mark.parametrize("filler", ["A", "Paris, ", "in the ", "1,", "a.b@"])
def test_a_book_is_answered_like_a_sentence(filler: str) -> None:
    book = "weather in Paris. " + filler * (200_000 // len(filler))
    assert calls(turn(book))[0][0] == "get_weather"


def test_a_schema_without_end_is_answered_with_an_empty_object() -> None:
    parameters: dict[str, Any] = TEXT
    for _ in range(500):
        parameters = {"type": "object", "properties": {"inner": parameters}, "required": ["inner"]}
    deep = {"type": "function", "function": {"name": "get_weather", "parameters": parameters}}
    assert calls(turn("weather in Paris", tools=[deep])) == [("get_weather", {})]
