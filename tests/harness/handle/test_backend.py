"""Reply rules said in a chain: what is written, when it is armed, and what cannot be meant."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.control import Control, ControlError
from harness.handle.assistants import Assistants
from harness.handle.backend import Backend
from harness.handle.runrules import RuleError, RunRule
from mockserver.server import Server
from tests.harness.handle.conftest import Chat

CALL = {"function": "f", "arguments": {"x": 1}}


@pytest.mark.parametrize(
    ("say", "then"),
    [
        (lambda r: r.replies("Paris."), {"reply": "Paris."}),
        (
            lambda r: r.replies(
                "See [1].", annotations=[{"text": "[1]", "file_citation": {"file_id": "file-1"}}]
            ),
            {
                "reply": "See [1].",
                "annotations": [{"text": "[1]", "file_citation": {"file_id": "file-1"}}],
            },
        ),
        (
            lambda r: r.replies([{"type": "refusal", "refusal": "No."}]),
            {"reply": [{"type": "refusal", "refusal": "No."}]},
        ),
        (lambda r: r.calls("f", x=1), {"tool_calls": [CALL]}),
        (lambda r: r.calls("f", {"x": 1}), {"tool_calls": [CALL]}),
        (lambda r: r.calls("f"), {"tool_calls": [{"function": "f", "arguments": {}}]}),
        (lambda r: r.calls("f", "{broken"), {"tool_calls": [{"function": "f", "arguments": "{broken"}]}),
        (
            lambda r: r.calls("f", function="g", arguments=2),
            {"tool_calls": [{"function": "f", "arguments": {"function": "g", "arguments": 2}}]},
        ),
        (lambda r: r.calls("f", x=1).and_calls("f", x=1), {"tool_calls": [CALL, CALL]}),
        (lambda r: r.calls("f", x=1).calls("f", x=1), {"tool_calls": [CALL, CALL]}),
        (
            lambda r: r.calls("f", x=1).then_replies("done"),
            {"tool_calls": [CALL], "on_outputs": {"reply": "done"}},
        ),
        (
            lambda r: r.calls("f", x=1).then_calls("f", x=1).and_calls("f", x=1).then_replies("done"),
            {
                "tool_calls": [CALL],
                "on_outputs": {"tool_calls": [CALL, CALL], "on_outputs": {"reply": "done"}},
            },
        ),
        (
            lambda r: r.replies("Let me look.").calls("f", x=1).then_replies("done").replies("really"),
            {
                "steps": [
                    {"reply": "Let me look."},
                    {
                        "tool_calls": [CALL],
                        "on_outputs": {"steps": [{"reply": "done"}, {"reply": "really"}]},
                    },
                ]
            },
        ),
        (
            lambda r: r.calls("f", x=1).then_runs_code("1+1", logs="2"),
            {
                "tool_calls": [CALL],
                "on_outputs": {"code_interpreter": {"input": "1+1", "outputs": [{"logs": "2"}]}},
            },
        ),
        (
            lambda r: r.calls("f", x=1).then_searches("q", results=[]),
            {"tool_calls": [CALL], "on_outputs": {"file_search": {"query": "q", "results": []}}},
        ),
        (lambda r: r.runs_code("pass"), {"code_interpreter": {"input": "pass"}}),
        (
            lambda r: r.runs_code("plot()", image="file-1", file={"name": "a.csv", "text": "1"}),
            {
                "code_interpreter": {
                    "input": "plot()",
                    "outputs": [{"image": "file-1"}, {"file": {"name": "a.csv", "text": "1"}}],
                }
            },
        ),
        (
            lambda r: r.runs_code(
                "plot()", file=[{"name": "a.csv", "text": "1"}, {"name": "b.csv", "text": "2"}]
            ),
            {
                "code_interpreter": {
                    "input": "plot()",
                    "outputs": [
                        {"file": {"name": "a.csv", "text": "1"}},
                        {"file": {"name": "b.csv", "text": "2"}},
                    ],
                }
            },
        ),
        (lambda r: r.searches(), {"file_search": {}}),
        (
            lambda r: r.searches(
                "refunds", results=["policy.md", {"file": "b.md", "score": 0.5}], reply="30 days", miss="?"
            ),
            {
                "file_search": {
                    "query": "refunds",
                    "reply": "30 days",
                    "miss": "?",
                    "results": [{"file": "policy.md"}, {"file": "b.md", "score": 0.5}],
                }
            },
        ),
        (lambda r: r.fails(), {"fail": {"code": "server_error"}}),
        (
            lambda r: r.fails("rate_limit_exceeded", "Slow down."),
            {"fail": {"code": "rate_limit_exceeded", "message": "Slow down."}},
        ),
        (
            lambda r: r.replies("half").is_incomplete(),
            {"reply": "half", "incomplete": "max_completion_tokens"},
        ),
        (
            lambda r: r.replies("a").replies("b").is_incomplete("content_filter"),
            {"steps": [{"reply": "a"}, {"reply": "b", "incomplete": "content_filter"}]},
        ),
        (lambda r: r.expires(), {"expire": True}),
        (lambda r: r.calls("f", x=1).fails(), {"tool_calls": [CALL], "fail": {"code": "server_error"}}),
        (lambda r: r.stalls(), {"stall": "in_progress"}),
        (lambda r: r.stalls("queued"), {"stall": "queued"}),
    ],
)
def test_a_chain_is_a_rule_of_the_reply_format(
    handle: Assistants, say: Callable[[RunRule], RunRule], then: Any
) -> None:
    rule = say(handle.backend.run())
    (listed,) = handle.backend.rules
    assert listed["rule"] == {"then": then}
    assert listed["id"] == rule.id
    assert rule.rule == listed["rule"]


@pytest.mark.parametrize(
    ("begin", "when"),
    [
        (lambda b: b.run(), None),
        (lambda b: b.run("weather"), {"last_user_message": {"contains": "weather"}}),
        (lambda b: b.run(last_user_message="hi"), {"last_user_message": "hi"}),
        (
            lambda b: b.run(last_user_message={"matches": "(?i)hi"}, turn=2),
            {"last_user_message": {"matches": "(?i)hi"}, "turn": 2},
        ),
        (lambda b: b.run(assistant="asst_1"), {"assistant": {"id": "asst_1"}}),
        (lambda b: b.run(assistant="Clerk"), {"assistant": {"name": "Clerk"}}),
        (
            lambda b: b.run(assistant={"model": {"contains": "4o"}}),
            {"assistant": {"model": {"contains": "4o"}}},
        ),
        (
            lambda b: b.run(tool_outputs={"json": {"ok": True}}, metadata={"tenant": "a"}),
            {"tool_outputs": {"json": {"ok": True}}, "metadata": {"tenant": "a"}},
        ),
    ],
)
def test_a_rule_says_which_runs_it_is_for(
    handle: Assistants, begin: Callable[[Backend], RunRule], when: Any
) -> None:
    begin(handle.backend).replies("x")
    (listed,) = handle.backend.rules
    assert listed["rule"].get("when") == when


def test_an_assistant_may_be_meant_by_the_object_of_the_sdk(handle: Assistants, chat: Chat) -> None:
    other = chat.client.beta.assistants.create(model="gpt-4o")
    handle.backend.run(assistant=other).replies("not me")
    handle.backend.run(assistant=chat.client.beta.assistants.retrieve(chat.assistant_id)).replies("me")
    assert chat.texts(chat.ask("who?").thread_id) == ["me"]


@pytest.mark.parametrize(
    ("say", "problem"),
    [
        (lambda b: b.run().then_replies("x"), "then_replies follows the outputs of a call, and nothing is"),
        (lambda b: b.run().replies("x").then_calls("f"), r"then_calls follows .*; write \.calls\(…\)"),
        (lambda b: b.run().then_searches(), "then_searches follows"),
        (lambda b: b.run().and_calls("f"), r"and_calls\('f'\) has no call to stand beside"),
        (lambda b: b.run().calls("f").replies("x"), r"replies would come before .*\.then_replies"),
        (lambda b: b.run().calls("f").searches(), r"\.then_searches"),
        (lambda b: b.run().fails().replies("x"), "replies never happens: the run ends before, by fail"),
        (lambda b: b.run().calls("f").expires().and_calls("g"), "never happens: .* by expire"),
        (lambda b: b.run().calls("f").stalls().then_replies("x"), "then_replies never happens"),
        (lambda b: b.run().expires().fails(), "fails never happens"),
        (lambda b: b.run().calls("f", {"x": 1}, y=2), "either named or given as one"),
        (lambda b: b.run("a", last_user_message="b"), "not both"),
        (lambda b: b.run(assistant=5), "assistant= is an id, a name"),
    ],
)
def test_what_nobody_could_follow_is_refused_in_its_line(
    handle: Assistants, say: Callable[[Backend], object], problem: str
) -> None:
    with pytest.raises(RuleError, match=problem):
        say(handle.backend)
    handle.backend.forget()  # or it would warn of lines that never said anything


def test_what_is_refused_leaves_what_was_armed(handle: Assistants) -> None:
    rule = handle.backend.run("x").calls("f", x=1)
    before = handle.backend.rules
    with pytest.raises(RuleError):
        rule.replies("too early")
    with pytest.raises(ControlError, match="times"):
        rule.times(0)
    with pytest.raises(ValueError, match="ages"):
        rule.takes(queued="ages")
    assert handle.backend.rules == before
    rule.then_replies("done")
    assert handle.backend.rules[0]["rule"]["then"]["on_outputs"] == {"reply": "done"}


def test_a_rule_is_armed_as_soon_as_it_says_something_and_keeps_its_place(handle: Assistants) -> None:
    first = handle.backend.run("a").times(3).takes(queued="2s")
    assert first.silent
    assert handle.backend.rules == []
    first.calls("f", x=1)
    second = handle.backend.run("b").replies("b")
    first.then_replies("done").takes(in_progress=10)
    rules = handle.backend.rules
    assert [row["id"] for row in rules] == [first.id, second.id]
    assert rules[0]["rule"] == {
        "when": {"last_user_message": {"contains": "a"}},
        "timeline": {"queued": 2_000, "in_progress": 10_000},
        "then": {"tool_calls": [CALL], "on_outputs": {"reply": "done"}},
        "times": 3,
    }


def test_the_conversation_of_the_readme(handle: Assistants, chat: Chat) -> None:
    rule = (
        handle.backend.run("weather")
        .calls("get_weather", city="Paris")
        .and_calls("get_weather", city="Rome")
        .then_replies("21 and 25 degrees")
    )
    run = chat.ask("How is the weather?")
    calls = run.required_action.submit_tool_outputs.tool_calls
    assert [call.function.arguments for call in calls] == ['{"city":"Paris"}', '{"city":"Rome"}']
    assert chat.answer(run, "21").status == "completed"
    assert chat.texts(run.thread_id) == ["21 and 25 degrees"]
    assert rule.used == 1


def test_tools_do_what_was_said(handle: Assistants, chat: Chat) -> None:
    handle.backend.run("sum").runs_code("print(1+1)", logs="2").replies("It is 2.")
    handle.backend.run("policy").searches("refunds", results=[], miss="Nothing found.")
    run = chat.ask("the sum, please")
    steps = chat.client.beta.threads.runs.steps.list(run.id, thread_id=run.thread_id, order="asc").data
    (call,) = steps[0].step_details.tool_calls  # type: ignore[union-attr]
    assert call.code_interpreter.input == "print(1+1)"  # type: ignore[union-attr]
    assert call.code_interpreter.outputs[0].logs == "2"  # type: ignore[union-attr]
    assert chat.texts(run.thread_id) == ["It is 2."]
    assert chat.texts(chat.ask("the policy, please").thread_id) == ["Nothing found."]


@pytest.mark.parametrize(
    ("end", "status", "seen"),
    [
        (lambda r: r.fails("rate_limit_exceeded", "Slow down."), "failed", "Slow down."),
        (lambda r: r.replies("half").is_incomplete(), "incomplete", "max_completion_tokens"),
        (lambda r: r.expires(), "expired", ""),
        (lambda r: r.stalls("in_progress"), "expired", ""),
    ],
)
def test_runs_end_as_they_were_told(
    handle: Assistants, chat: Chat, end: Callable[[RunRule], RunRule], status: str, seen: str
) -> None:
    end(handle.backend.run()).times(1)
    run = chat.ask("?")
    assert run.status == status
    assert seen in str(run)
    assert chat.ask("again?").status == "completed"


def test_times_and_durations(handle: Assistants, chat: Chat) -> None:
    handle.backend.run().replies("first").takes(queued="2m", in_progress="5m").times(1)
    handle.backend.run().replies("then")
    run = chat.ask("?")
    course = handle.timeline(run.id)
    assert course.at("in_progress") - course.at("queued") == pytest.approx(120)
    assert course.at("completed") - course.at("in_progress") == pytest.approx(300)
    assert chat.texts(run.thread_id) == ["first"]
    assert chat.texts(chat.ask("?").thread_id) == ["then"]


def test_rules_may_be_written_in_the_reply_format(handle: Assistants) -> None:
    assert handle.backend.add({"then": {"reply": "a"}}) == ["rule_1"]
    assert handle.backend.add([{"then": {"reply": "b"}}, {"then": {"reply": "c"}}]) == ["rule_2", "rule_3"]
    assert handle.backend.add([]) == []
    with pytest.raises(ControlError, match=r"then\.replay"):
        handle.backend.add({"then": {"replay": "d"}})
    assert [row["id"] for row in handle.backend.rules] == ["rule_1", "rule_2", "rule_3"]


@pytest.mark.parametrize("forgotten_by", ["clear", "new_world"])
def test_a_line_that_goes_on_after_everything_was_forgotten_is_armed_anew(
    handle: Assistants, forgotten_by: str
) -> None:
    rule = handle.backend.run().calls("f", x=1)
    handle.backend.clear() if forgotten_by == "clear" else handle.new_world()
    assert handle.backend.rules == []
    rule.then_replies("done")
    (listed,) = handle.backend.rules
    assert listed["id"] == rule.id
    assert listed["rule"] == rule.rule


def test_a_line_that_says_nothing_is_told_with_its_place(server: Server, key: str) -> None:
    handle = Assistants(server.base_url, key, settings={})
    handle.backend.run("weather").times(2)
    handle.backend.run("weather").replies("fine")
    with pytest.warns(UserWarning, match=r"weather.* says nothing to do") as told:
        handle.close()
    (warning,) = told
    assert warning.filename.endswith("test_backend.py")
    line = Path(warning.filename).read_text(encoding="utf-8").splitlines()[warning.lineno - 1]
    assert line.strip() == 'handle.backend.run("weather").times(2)'


WORDS: dict[str, Callable[[RunRule], RunRule]] = {
    "replies": lambda r: r.replies("a"),
    "calls": lambda r: r.calls("f", x=1),
    "and_calls": lambda r: r.and_calls("g"),
    "runs_code": lambda r: r.runs_code("1", logs="1"),
    "searches": lambda r: r.searches("q"),
    "then_replies": lambda r: r.then_replies("b"),
    "then_calls": lambda r: r.then_calls("h"),
    "then_runs_code": lambda r: r.then_runs_code("2"),
    "then_searches": lambda r: r.then_searches(results=[]),
    "fails": lambda r: r.fails(),
    "is_incomplete": lambda r: r.is_incomplete(),
    "expires": lambda r: r.expires(),
    "takes": lambda r: r.takes(queued="1s"),
    "times": lambda r: r.times(2),
}


@settings(max_examples=40, deadline=None)
@given(words=st.lists(st.sampled_from(sorted(WORDS)), max_size=8))
def test_after_every_word_what_stands_is_what_is_armed(server: Server, words: list[str]) -> None:
    """A refused word changes nothing, and the server refuses nothing that the chain took."""
    with Control(server.base_url, f"sk-{uuid.uuid4().hex}") as control:
        rule = Backend(control).run()
        for word in words:
            before = rule.rule
            try:
                assert WORDS[word](rule) is rule
            except RuleError:
                assert rule.rule == before
            listed = [row["rule"] for row in control.replies()]
            assert listed == ([] if rule.silent else [rule.rule])
