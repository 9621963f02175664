"""Reply rules by their ids: replaced and taken away through the control door."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from harness.control import Control, ControlError


def said(client: openai.OpenAI, times: int = 1) -> list[str]:
    """What the assistant answers, so many times."""
    assistant = client.beta.assistants.create(model="gpt-4o", instructions="Be brief.")
    answers = []
    for _ in range(times):
        thread = client.beta.threads.create(messages=[{"role": "user", "content": "Hello."}])
        client.beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id)
        message = client.beta.threads.messages.list(thread.id, limit=1).data[0]
        answers.append(message.content[0].text.value)  # type: ignore[union-attr]
    return answers


def saying(text: str, **more: Any) -> dict[str, Any]:
    return {"then": {"reply": text}, **more}


def added(control: Control, text: str) -> str:
    """The id of a new rule."""
    return str(control.add_replies(saying(text))["data"][-1]["id"])


def test_one_rule_is_replaced(client: openai.OpenAI, control: Control) -> None:
    """Where it stands, under its id, counted anew."""
    control.add_replies([saying("a", times=1), saying("b")])
    assert said(client) == ["a"]
    told = control.replace_reply("rule_1", saying("c", times=1))["data"]
    assert told == control.replies()
    assert [(row["id"], row["used"], row["spent"]) for row in told] == [
        ("rule_1", 0, False),
        ("rule_2", 0, False),
    ]
    assert said(client, 2) == ["c", "b"]


def test_one_rule_is_taken_away(client: openai.OpenAI, control: Control) -> None:
    control.add_replies([saying("a"), saying("b"), saying("c")])
    control.remove_reply("rule_1")
    assert [row["id"] for row in control.replies()] == ["rule_2", "rule_3"]
    assert said(client) == ["b"]


def test_an_id_never_comes_back(control: Control) -> None:
    """Not for a rule that was taken away, not after all were, and not from a snapshot."""
    assert [added(control, "a"), added(control, "b")] == ["rule_1", "rule_2"]
    control.remove_reply("rule_2")
    assert added(control, "c") == "rule_3"
    control.clear_replies()
    assert added(control, "d") == "rule_4"
    control.remove_reply("rule_4")
    document = control.snapshot()
    added(control, "e")
    control.restore(document)
    assert control.replies() == []
    assert added(control, "f") == "rule_5"


def test_a_snapshot_from_before_rules_had_ids(control: Control) -> None:
    added(control, "a")
    document = control.snapshot()
    document["replies"] = {"rules": [{"rule": saying("x"), "used": 1}, {"rule": saying("y"), "used": 0}]}
    control.restore(document)
    assert [(row["id"], row["used"]) for row in control.replies()] == [("rule_1", 1), ("rule_2", 0)]
    assert added(control, "z") == "rule_3"


def test_a_rule_that_is_not_there(control: Control) -> None:
    added(control, "a")
    for rule_id in ("rule_2", "rule_01", "a/b", ""):
        with pytest.raises(ControlError) as refusal:
            control.replace_reply(rule_id, saying("b"))
        assert refusal.value.status == 404
        with pytest.raises(ControlError) as refusal:
            control.remove_reply(rule_id)
        assert refusal.value.status == 404
    with pytest.raises(ControlError, match="there is no reply rule 'rule_2'"):
        control.remove_reply("rule_2")
    assert [row["rule"] for row in control.replies()] == [saying("a")]


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ({"then": {"rply": "x"}}, "then.rply: unknown key 'rply'; did you mean 'reply'?"),
        ([saying("x")], "a rule is replaced by one rule, not by a list"),
        ([], "not by a list"),
        ("x", "expected an object"),
    ],
)
def test_what_is_no_rule_replaces_none(control: Control, rule: Any, complaint: str) -> None:
    added(control, "a")
    with pytest.raises(ControlError) as refusal:
        control.replace_reply("rule_1", rule)
    assert refusal.value.status == 400
    assert complaint in refusal.value.message
    assert [row["rule"] for row in control.replies()] == [saying("a")]


def test_a_rule_in_the_place_of_another_needs_its_tools_too(client: openai.OpenAI, control: Control) -> None:
    assistant = client.beta.assistants.create(model="gpt-4o")
    added(control, "a")
    calling = {"tool_calls": [{"function": "f", "arguments": {}}]}
    with pytest.raises(ControlError, match="has no tool f"):
        control.replace_reply("rule_1", {"when": {"assistant": {"id": assistant.id}}, "then": calling})
    assert control.replies()[0]["rule"] == saying("a")
