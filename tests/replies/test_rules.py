"""Reply rules: reading them, which of them answers a turn, and what is said when none does."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.replies import Rule, RuleBook, RuleError, missing_tools, parse_rules
from mockserver.script import CallTools, Pace, Say, ToolOutput, Turn

KEYS = ["when", "then", "timeline", "times", "last_user_message", "assistant", "turn", "tool_outputs"]
KEYS += ["metadata", "contains", "matches", "one_of", "json", "id", "name", "reply", "annotations", "text"]
KEYS += ["tool_calls", "function", "arguments", "on_outputs", "code_interpreter", "input", "outputs", "logs"]
KEYS += ["file_search", "query", "results", "file", "score", "steps", "fail", "code", "message", "incomplete"]
KEYS += ["expire", "stall", "queued", "type", "value", "file_citation", "file_id", "start_index", "end_index"]


KEPT = {"id": "rule_7", "rule": {"then": {"reply": "x"}}, "used": 0}


def turn(
    said: str = "What is the weather?",
    *,
    outputs: tuple[ToolOutput, ...] = (),
    earlier: tuple[ToolOutput, ...] = (),
    thread_turn: int = 1,
    metadata: dict[str, str] | None = None,
) -> Turn:
    messages = [
        {"role": "user", "content": [{"type": "text", "text": {"value": "earlier", "annotations": []}}]},
        {
            "role": "user",
            "content": [
                {"type": "image_file", "image_file": {"file_id": "file-1"}},
                {"type": "text", "text": {"value": said, "annotations": []}},
            ],
        },
        {"role": "assistant", "content": [{"type": "text", "text": {"value": "Hm.", "annotations": []}}]},
    ]
    return Turn(
        run={"tools": [], "metadata": metadata or {}},
        assistant={"id": "asst_1", "name": None, "model": "gpt-4o"},
        messages=messages,
        outputs=outputs,
        earlier=earlier,
        thread_turn=thread_turn,
    )


def output(name: str, value: str = "ok", arguments: str = "{}") -> ToolOutput:
    return ToolOutput("call_1", name, arguments, value)


def book(*rules: dict[str, Any]) -> RuleBook:
    made = RuleBook()
    made.add(parse_rules(list(rules)))
    return made


def calling(name: str, **more: Any) -> dict[str, Any]:
    return {"then": {"tool_calls": [{"function": name, "arguments": {}}]}, **more}


def picked(rules: RuleBook, *turns: Turn) -> list[str | None]:
    found = [rules.pick(each) for each in turns]
    return [rule.id if rule else None for rule in found]


# Reading


def test_one_rule_or_a_list() -> None:
    raw = {"then": {"reply": "Paris."}, "timeline": {"queued": "1s"}, "times": 2}
    (rule,) = parse_rules(raw)
    assert rule == Rule(raw, (Say.text("Paris."),), pace=Pace(queued=1000), times=2)
    assert rule.script.actions == rule.actions
    assert rule.script.pace == rule.pace
    assert parse_rules([raw, raw]) == [rule, rule]
    assert parse_rules([]) == []


def test_what_was_written_is_kept_even_when_the_writer_changes_it() -> None:
    raw: dict[str, Any] = {"then": {"reply": "Paris."}}
    (rule,) = parse_rules(raw)
    raw["then"]["reply"] = "Rome."
    assert rule.raw == {"then": {"reply": "Paris."}}


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        ("x", "expected an object, got a text"),
        ({}, "'then' is missing"),
        ([{"then": {"reply": "x"}}, 3], "[1]: expected an object, got a number"),
        ({"then": {"reply": "x"}, "time": 1}, "time: unknown key 'time'; did you mean 'times'?"),
        ({"then": {"reply": "x"}, "times": 0}, "times: is less than 1"),
        ({"then": {"reply": "x"}, "times": True}, "times: expected a whole number, got true"),
        (
            [{"then": {"reply": "x"}}] * 2 + [{"then": {"tool_calls": [{"function": 1, "arguments": {}}]}}],
            "[2].then.tool_calls[0].function: expected a text, got a number",
        ),
        (
            {"when": {"last_message": "x"}, "then": {"reply": "x"}},
            "when.last_message: unknown key 'last_message'; did you mean 'last_user_message'?",
        ),
        ({"when": {"assistant": {"ID": "x"}}, "then": {"reply": "x"}}, "when.assistant.ID: unknown key 'ID'"),
        ({"when": {"turn": 0}, "then": {"reply": "x"}}, "when.turn: is less than 1"),
        ({"when": {"metadata": {"a": {}}}, "then": {"reply": "x"}}, "when.metadata.a: a matcher has"),
        ({"when": None, "then": {"reply": "x"}}, "when: expected an object, got null"),
        ({"then": {"reply": object()}}, "cannot be said in JSON"),
    ],
)
def test_slips_are_named(raw: Any, complaint: str) -> None:
    with pytest.raises(RuleError) as raised:
        parse_rules(raw)
    assert str(raised.value).startswith(complaint)


@given(
    st.recursive(
        st.sampled_from([None, True, False, 0, 1, -1, 0.5, "", "x", "text", "2s", "queued", "("]) | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(KEYS) | st.text(), inner, max_size=4)
        ),
        max_leaves=20,
    )
)
def test_anything_is_rules_or_a_named_slip(raw: Any) -> None:
    try:
        rules = parse_rules(raw)
    except RuleError:
        return
    assert parse_rules(json.loads(json.dumps([rule.raw for rule in rules]))) == rules


# Choosing


@pytest.mark.parametrize(
    ("when", "fits"),
    [
        ({}, True),
        ({"last_user_message": {"contains": "weather"}}, True),
        ({"last_user_message": "What is the weather?"}, True),
        ({"last_user_message": "earlier"}, False),
        ({"assistant": {"id": "asst_1", "model": {"contains": "4o"}}}, True),
        ({"assistant": {"id": "asst_2"}}, False),
        ({"assistant": {"name": {"contains": ""}}}, False),
        ({"turn": 2}, True),
        ({"turn": 1}, False),
        ({"metadata": {"user": {"one_of": ["ann", "bob"]}}}, True),
        ({"metadata": {"user": "cid"}}, False),
        ({"metadata": {"tenant": {"contains": ""}}}, False),
        ({"tool_outputs": {"contains": ""}}, False),
    ],
)
def test_conditions(when: dict[str, Any], fits: bool) -> None:
    rules = book({"when": when, "then": {"reply": "x"}})
    asked = turn(thread_turn=2, metadata={"user": "ann"})
    assert (rules.pick(asked) is not None) is fits
    assert bool(rules.near_misses(asked)) is not fits


def test_a_thread_without_user_message_matches_no_last_user_message() -> None:
    silent = Turn(run={"tools": []}, assistant={}, messages=[])
    assert (
        book({"when": {"last_user_message": {"contains": ""}}, "then": {"reply": "x"}}).pick(silent) is None
    )
    assert book({"then": {"reply": "x"}}).pick(silent) is not None


def test_the_first_that_fits_and_is_not_spent_wins() -> None:
    rules = book(
        {"when": {"last_user_message": "no"}, "then": {"reply": "0"}},
        {"then": {"reply": "1"}, "times": 2},
        {"then": {"reply": "2"}, "times": 1},
    )
    assert picked(rules, *[turn()] * 4) == ["rule_2", "rule_2", "rule_3", None]
    assert [(row["id"], row["used"], row["spent"]) for row in rules.listing()] == [
        ("rule_1", 0, False),
        ("rule_2", 2, True),
        ("rule_3", 1, True),
    ]


def test_tool_outputs_are_answered_by_the_next_rule_that_matches() -> None:
    rules = book(calling("f"), calling("g"), {"then": {"reply": "done"}})
    f, g = output("f"), output("g")
    turns = [turn(), turn(outputs=(f,)), turn(outputs=(g,), earlier=(f,))]
    assert picked(rules, *turns, turn()) == ["rule_1", "rule_2", "rule_3", "rule_1"]


def test_a_tool_call_does_not_answer_itself() -> None:
    rules = book(calling("f"))
    assert picked(rules, turn(), turn(outputs=(output("f"),))) == ["rule_1", None]
    assert rules.near_misses(turn(outputs=(output("f"),))) == [
        "rule_1: the tool calls it makes have been answered in this run, and `when` has no tool_outputs"
    ]


def test_a_call_with_other_arguments_is_another_call() -> None:
    rules = book(calling("f"))
    assert picked(rules, turn(outputs=(output("f", arguments='{"again":true}'),))) == ["rule_1"]


def test_a_rule_for_tool_outputs_speaks_when_any_output_matches() -> None:
    rules = book(
        calling("f", when={"tool_outputs": {"contains": "try again"}}, times=2),
        calling("f", when={"last_user_message": {"contains": "weather"}}),
        {"when": {"tool_outputs": {"json": {"c": 21}}}, "then": {"reply": "21 degrees"}},
    )
    again, right = output("f", "try again"), output("f", '{ "c": 21 }')
    turns = [turn(), turn(outputs=(again,)), turn(outputs=(output("g"), again)), turn(outputs=(again, right))]
    assert picked(rules, *turns) == ["rule_2", "rule_1", "rule_1", "rule_3"]


def test_near_misses_say_why_and_the_nearest_comes_first() -> None:
    rules = book(
        {
            "when": {"last_user_message": {"contains": "news"}, "turn": 3, "assistant": {"name": "Bot"}},
            "then": {"reply": "0"},
        },
        {"then": {"reply": "1"}, "times": 1},
        {"when": {"tool_outputs": {"contains": "sunny"}}, "then": {"reply": "2"}},
    )
    rules.pick(turn())
    far = [
        "rule_1: this is run 1 of its thread, not 3",
        'the assistant\'s name is not there, it should be "Bot"',
        'the last user message is "What is the weather?", not a text containing "news"',
    ]
    assert rules.near_misses(turn()) == [
        "rule_2: it is spent (used 1 of 1)",
        "rule_3: there are no tool outputs to answer",
        "; ".join(far),
    ]
    assert rules.near_misses(turn(outputs=(output("f", "rain"),)))[1] == (
        'rule_3: no tool output is a text containing "sunny", there is "rain"'
    )


# Keeping


def test_ids_go_on_and_never_come_back() -> None:
    rules = book({"then": {"reply": "a"}})
    assert rules.add(parse_rules([{"then": {"reply": "b"}}, {"then": {"reply": "c"}}])) == [
        "rule_2",
        "rule_3",
    ]
    rules.clear()
    assert len(rules) == 0
    assert rules.add(parse_rules({"then": {"reply": "d"}})) == ["rule_4"]
    assert rules.remove("rule_4")
    assert not rules.remove("rule_4")
    assert rules.add(parse_rules({"then": {"reply": "e"}})) == ["rule_5"]
    assert rules.add([]) == []


def test_a_rule_in_the_place_of_another() -> None:
    """Where it stood, under its id, and counted anew."""
    rules = book({"then": {"reply": "a"}, "times": 1}, {"then": {"reply": "b"}})
    assert picked(rules, turn(), turn()) == ["rule_1", "rule_2"]
    (other,) = parse_rules({"then": {"reply": "c"}, "times": 1})
    assert rules.replace("rule_1", other)
    assert not rules.replace("rule_3", other)
    assert [(row["id"], row["used"], row["rule"]["then"]) for row in rules.listing()] == [
        ("rule_1", 0, {"reply": "c"}),
        ("rule_2", 1, {"reply": "b"}),
    ]
    assert picked(rules, turn(), turn()) == ["rule_1", "rule_2"]


def test_a_book_survives_being_stored() -> None:
    rules = book({"then": {"reply": "1"}, "times": 1}, calling("f", when={"turn": 1}))
    rules.pick(turn())
    again = RuleBook.from_raw(json.loads(json.dumps(rules.to_raw())))
    assert again.listing() == rules.listing()
    assert again.pick(turn()) == rules.pick(turn())
    assert len(RuleBook.from_raw(RuleBook().to_raw())) == 0


def test_ids_survive_too_and_those_that_are_gone_do_not_come_back() -> None:
    rules = book(*[{"then": {"reply": "x"}}] * 4)
    rules.remove("rule_2")
    rules.remove("rule_4")
    again = RuleBook.from_raw(json.loads(json.dumps(rules.to_raw())))
    assert [row["id"] for row in again.listing()] == ["rule_1", "rule_3"]
    assert again.add(parse_rules({"then": {"reply": "y"}})) == ["rule_5"]


def test_a_book_from_before_rules_had_ids() -> None:
    entry = {"rule": {"then": {"reply": "x"}}, "used": 2}
    old = RuleBook.from_raw({"rules": [entry, entry]})
    assert [(row["id"], row["used"]) for row in old.listing()] == [("rule_1", 2), ("rule_2", 2)]
    assert old.add(parse_rules({"then": {"reply": "y"}})) == ["rule_3"]


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        ({}, "'rules' is missing"),
        ({"rules": [{"rule": {"then": {"reply": "x"}}, "used": -1}]}, "rules[0].used: is less than 0"),
        ({"rules": [{"rule": {"then": {}}, "used": 0}]}, "rules[0].rule.then: says nothing to do"),
        ({"rules": [KEPT, KEPT]}, "rules[1].id: 'rule_7' stands twice"),
        ({"rules": [{**KEPT, "id": "rule_0"}]}, "rules[0].id: 'rule_0' is not the id of a rule"),
        ({"rules": [{**KEPT, "id": 7}]}, "rules[0].id: expected a text, got a number"),
        ({"rules": [], "made": -1}, "made: is less than 0"),
    ],
)
def test_a_broken_book_is_refused(raw: Any, complaint: str) -> None:
    with pytest.raises(RuleError) as raised:
        RuleBook.from_raw(raw)
    assert str(raised.value).startswith(complaint)


def test_missing_tools_are_those_of_the_whole_script() -> None:
    (rule,) = parse_rules(
        {
            "then": {
                "steps": [
                    {
                        "tool_calls": [
                            {"function": "f", "arguments": {}},
                            {"function": "g", "arguments": {}},
                            {"function": "g", "arguments": {}},
                        ],
                        "on_outputs": {"code_interpreter": {"input": "1"}},
                    },
                    {"file_search": {}},
                ]
            }
        }
    )
    assert isinstance(rule.actions[0], CallTools)
    f = {"type": "function", "function": {"name": "f"}}
    assert missing_tools(rule, []) == ["f", "g", "code_interpreter", "file_search"]
    assert missing_tools(rule, [f, {"type": "file_search"}]) == ["g", "code_interpreter"]
    g = {"type": "function", "function": {"name": "g"}}
    assert missing_tools(rule, [f, g, {"type": "file_search"}, {"type": "code_interpreter"}]) == []
