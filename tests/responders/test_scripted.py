"""The scripted responder hands out the script of the rule that fits."""

from __future__ import annotations

from typing import Any

from mockserver.replies import RuleBook, parse_rules
from mockserver.responders.scripted import Scripted
from mockserver.script import CallTools, Fail, FunctionCall, Pace, Responder, Say, Script, Turn

WEATHER = {
    "when": {"last_user_message": {"contains": "weather"}},
    "timeline": {"queued": "1s"},
    "then": {
        "tool_calls": [{"function": "get_weather", "arguments": {"city": "Paris"}}],
        "on_outputs": {"reply": "21 degrees"},
    },
    "times": 1,
}


def responder(*rules: dict[str, Any]) -> Responder:
    book = RuleBook()
    book.add(parse_rules(list(rules)))
    return Scripted(book)


def turn(said: str, *tools: dict[str, Any]) -> Turn:
    content = [{"type": "text", "text": {"value": said, "annotations": []}}]
    return Turn(
        run={"tools": list(tools), "metadata": {}},
        assistant={"id": "asst_1"},
        messages=[{"role": "user", "content": content}],
    )


def function(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name}}


def test_the_script_holds_the_call_and_what_follows_its_outputs() -> None:
    assert responder(WEATHER).respond(turn("weather?", function("get_weather"))) == Script(
        (CallTools((FunctionCall("get_weather", '{"city":"Paris"}'),)), Say.text("21 degrees")),
        Pace(queued=1000),
    )


def test_none_when_no_rule_fits_or_all_are_spent() -> None:
    scripted = responder(WEATHER)
    asked = turn("weather?", function("get_weather"))
    assert scripted.respond(turn("news?", function("get_weather"))) is None
    assert scripted.respond(asked) is not None
    assert scripted.respond(asked) is None


def test_a_tool_that_the_run_does_not_have_fails_the_run_and_says_so() -> None:
    script = responder(WEATHER).respond(turn("weather?", function("get_wheather"), {"type": "file_search"}))
    assert script == Script(
        (
            Fail(
                "server_error",
                "Reply rule_1 uses get_weather, but this run has only the tools get_wheather, file_search.",
            ),
        ),
        Pace(queued=1000),
    )


def test_a_run_without_any_tools() -> None:
    script = responder(WEATHER).respond(turn("weather?"))
    assert script is not None
    assert script.actions == (Fail(message="Reply rule_1 uses get_weather, but this run has no tools."),)
