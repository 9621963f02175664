"""Whatever is drawn, the server takes; and it shrinks towards the simplest."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

from harness import strategies
from harness.control import Control
from harness.strategies import Turn
from mockserver.server import Server
from tests.properties import law

WEATHER: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string", "minLength": 1},
                "days": {"type": "integer", "minimum": 1, "maximum": 7},
                "unit": {"enum": ["celsius", "fahrenheit"]},
            },
            "required": ["city"],
        },
    },
}
TOOLS = [WEATHER, {"type": "code_interpreter"}, {"type": "file_search"}]
CATALOGUE = {
    "object": "list",
    "data": [
        {
            "name": "429",
            "group": "http",
            "operations": ["*"],
            "except_for": ["*.delete"],
            "mutating": True,
            "explored": ["429", "429(retry_after=1s)"],
        },
        {
            "name": "run.stuck",
            "group": "run",
            "operations": ["runs.create"],
            "except_for": [],
            "mutating": False,
            "explored": ["run.stuck(status=in_progress)"],
        },
    ],
    "operations": {
        "runs.create": {"mutates": True},
        "runs.retrieve": {"mutates": False},
        "threads.delete": {"mutates": True},
    },
}


@pytest.fixture(scope="module")
def door(server: Server) -> Iterator[Control]:
    """The control door of a world that is made anew again and again."""
    with Control(server.base_url, "sk-drawn") as control:
        yield control


@pytest.fixture(scope="module")
def catalogue(door: Control) -> dict[str, Any]:
    return door.fault_catalogue()


def test_whatever_is_drawn_is_taken(door: Control, catalogue: dict[str, Any]) -> None:
    @law(120)
    @given(
        latency=strategies.latencies(),
        rules=strategies.reply_series(tools=TOOLS),
        orders=strategies.fault_schedules(["*"], catalogue=catalogue),
    )
    def taken(latency: Any, rules: list[Any], orders: list[Any]) -> None:
        door.new_world(seed=1, latency=latency)
        if rules:
            assert len(door.add_replies(rules)["data"]) == len(rules)
        assert len(door.arm_all(orders)) == len(orders)

    taken()


def test_every_fault_can_be_drawn_at_every_operation(door: Control, catalogue: dict[str, Any]) -> None:
    """What the catalogue says fits is what the server takes: each form at each operation, all at once."""
    from harness.strategies.faultorders import applies_to

    orders = [
        {"fault": form, "at": {"operation": operation}}
        for row in catalogue["data"]
        for form in row["explored"]
        for operation in applies_to(row, catalogue["operations"])
    ]
    door.new_world()
    assert len(door.arm_all(orders)) == len(orders) > 1000


def test_faults_are_those_that_were_asked_for() -> None:
    drawn = _all(strategies.faults(["runs.*", "threads.*"], catalogue=CATALOGUE))
    assert {(order["fault"], order["at"]["operation"]) for order in drawn} == {
        ("429", "runs.create"),
        ("429(retry_after=1s)", "runs.create"),
        ("run.stuck(status=in_progress)", "runs.create"),
    }
    drawn = _all(strategies.faults(["*"], ["http"], most_calls=2, most_times=1, catalogue=CATALOGUE))
    assert {order["fault"].partition("(")[0] for order in drawn} == {"429"}
    assert {order["at"].get("nth", 1) for order in drawn} == {1, 2}
    assert not any("times" in order for order in drawn)
    drawn = _all(strategies.faults(["*"], except_for=["429*"], catalogue=CATALOGUE))
    assert {order["fault"] for order in drawn} == {"run.stuck(status=in_progress)"}


def test_a_fault_that_fits_nowhere_is_said() -> None:
    with pytest.raises(ValueError, match=r"no fault of groups run acts on files\.\*"):
        _all(strategies.faults(["files.*"], ["run"], catalogue=CATALOGUE))


def test_a_schedule_has_one_fault_for_each_call() -> None:
    for schedule in _all(strategies.fault_schedules(["*"], catalogue=CATALOGUE)):
        places = [(order["at"]["operation"], order["at"].get("nth", 1)) for order in schedule]
        assert len(set(places)) == len(places) <= 3


def test_everything_shrinks_to_the_simplest() -> None:
    assert _simplest(strategies.replies(tools=TOOLS)) == {"then": {"reply": "Yes."}, "times": 1}
    assert _simplest(strategies.reply_series(tools=TOOLS)) == []
    assert _simplest(strategies.latencies()) == "instant"
    assert _simplest(strategies.fault_schedules(["*"], catalogue=CATALOGUE)) == []
    simple = {"fault": "429", "at": {"operation": "runs.create"}}
    assert _simplest(strategies.faults(["*"], catalogue=CATALOGUE)) == simple
    assert _simplest(strategies.user_behaviour(TOOLS)) == [Turn("Hello.")]


def test_replies_are_for_the_tools_there_are() -> None:
    kinds = {key for rule in _all(strategies.replies()) for key in rule["then"]}
    assert kinds == {"reply", "steps", "fail", "incomplete", "expire"}
    rules = _all(strategies.replies(["tool_calls"], TOOLS, delays=False, most_times=None))
    assert all(set(rule) == {"then"} for rule in rules)
    for rule in rules:
        for call in rule["then"]["tool_calls"]:
            jsonschema.validate(call["arguments"], WEATHER["function"]["parameters"])
    with pytest.raises(ValueError, match="'tool_calls' needs a tool of the type 'function'"):
        strategies.replies(["tool_calls"])
    with pytest.raises(ValueError, match="there is no action 'tool_call'"):
        strategies.replies(["tool_call"])


def test_what_users_say_is_about_the_tools_now_and_then() -> None:
    assert "Please get weather." in _all(strategies.texts(TOOLS))
    assert all(text.strip() for text in _all(strategies.texts(TOOLS)))


def test_turns_are_as_hasty_as_they_are_asked_to_be() -> None:
    turns = _all(strategies.turns(conversations=3, longest_pause=30))
    assert {turn.conversation for turn in turns} == {0, 1, 2}
    assert {turn.pause for turn in turns} == {0, 1, 30}
    assert {turn.patience for turn in turns} > {None}
    assert {turn.patience for turn in _all(strategies.turns(impatient=False))} == {None}
    assert repr(Turn("Hello.")) == "Turn('Hello.')"
    assert repr(Turn("Hello.", pause=1, conversation=2)) == "Turn('Hello.', pause=1, conversation=2)"


SCHEMAS: list[Any] = [
    True,
    {"type": ["string", "null"], "minLength": 2, "maxLength": 4},
    {"type": "string", "pattern": "^[A-Z]{3}-[0-9]+$"},
    {"type": "string", "format": "date"},
    {"type": "integer", "exclusiveMinimum": 3, "maximum": 9, "multipleOf": 3},
    {"type": "number", "minimum": 0, "exclusiveMaximum": 1},
    {"type": "number", "multipleOf": 0.5, "minimum": 5_000_000_000},
    {"type": "array", "items": {"enum": [1, 2, 3, 4]}, "minItems": 2, "maxItems": 3, "uniqueItems": True},
    {"type": "array", "prefixItems": [{"type": "string"}, {"const": 7}], "items": {"type": "boolean"}},
    {"anyOf": [{"required": ["a"]}, {"required": ["b"]}], "type": "object", "properties": {"a": {}, "b": {}}},
    {"allOf": [{"$ref": "#/$defs/named"}, {"properties": {"n": {"type": "null"}}, "required": ["n"]}]}
    | {"$defs": {"named": {"type": "object", "properties": {"name": {"const": "x"}}, "required": ["name"]}}},
    {"$ref": "#/$defs/tree"}
    | {
        "$defs": {
            "tree": {
                "type": "object",
                "properties": {"leaf": {"type": "integer"}, "more": {"$ref": "#/$defs/tree"}},
                "minProperties": 1,
            }
        }
    },
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: str(schema)[:60])
def test_values_follow_their_schema(schema: Any) -> None:
    validator = jsonschema.Draft202012Validator(schema)
    for value in _all(strategies.values_for(schema), examples=25):
        validator.validate(value)


@pytest.mark.parametrize("schema", [{"type": "text"}, {"$ref": "#/$defs/gone"}])
def test_a_schema_that_cannot_be_meant_is_said(schema: Any) -> None:
    with pytest.raises(ValueError, match=r"no type 'text'|refers to #/\$defs/gone"):
        _all(strategies.values_for(schema))


def test_who_lacks_hypothesis_is_told_how_to_get_it() -> None:
    program = "import sys; sys.modules['hypothesis'] = None; import harness; harness.AssistantsMachine"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "pip install 'assistants-mock[hypothesis]'" in done.stderr


def _simplest(strategy: st.SearchStrategy[Any]) -> Any:
    return find(strategy, lambda value: True, settings=_quietly(3))


def _all(strategy: st.SearchStrategy[Any], examples: int = 100) -> list[Any]:
    """Many of what can be drawn."""
    drawn = []

    @_quietly(examples)
    @given(value=strategy)
    def draw(value: Any) -> None:
        drawn.append(value)

    draw()
    return drawn


def _quietly(examples: int) -> settings:
    return settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
