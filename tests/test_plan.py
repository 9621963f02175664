"""Scripts become timed events: in which order, at which pace, and how far the tokens last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from mockserver import fileobjects, objects, tokens
from mockserver.chance import Dice
from mockserver.latency import Latency
from mockserver.lifecycle import Signal
from mockserver.plan import Plan, Planner
from mockserver.replies.actions import parse_action
from mockserver.script import Action, CallTools, MadeFile, Pace, Say
from mockserver.shelf import Shelf
from mockserver.timeline import Add, Decide, End, Event, Make, Move

START = 1_700_000_000_000
TEXT = "One two three four five six seven eight."
RUN = objects.run(
    "run_1",
    START // 1000,
    "thread_1",
    objects.assistant("asst_1", 0, {"model": "gpt-4o"}),
    {},
)


def plan(actions: Sequence[Action], pace: Pace | None = None, **options: Any) -> Plan:
    counts: Counter[str] = Counter()

    def new_id(prefix: str) -> str:
        counts[prefix] += 1
        return f"{prefix}_{counts[prefix]}"

    latency = options.pop("latency", Latency())

    def make(file: MadeFile, at: int) -> dict[str, Any]:
        return fileobjects.file(new_id("file"), at, file.name, "assistants_output", len(file.data))

    known = {"data.csv": "file-data", "rain.png": "file-rain"}
    shelf = Shelf(make, known.get, {file_id: name for name, file_id in known.items()}.get, {})
    given: dict[str, Any] = {"prompt_tokens": 10, "shelf": shelf} | options
    return Planner(RUN, START, latency, pace or Pace(), Dice(0), new_id, **given).plan(actions)


def shown(events: Sequence[Event]) -> list[str]:
    """The events in short, fragments apart."""
    names = []
    for event in events:
        match event:
            case Make():
                names.append(f"make {event.body['id']}")
            case Move():
                names.append(f"{event.signal} {event.id}")
            case End():
                names.append(f"end {event.signal}")
            case Decide():
                names.append("decide")
            case Add():
                pass
    return names


def fragments(events: Sequence[Event]) -> list[Add]:
    return [event for event in events if isinstance(event, Add)]


def said(events: Sequence[Event]) -> str:
    """The text of all message fragments."""
    return "".join(add.delta["content"][0]["text"]["value"] for add in fragments(events))


def test_an_answer_is_written_token_by_token() -> None:
    events = plan([Say.text(TEXT)]).events
    assert shown(events) == [
        "make step_1",
        "make msg_1",
        "finish msg_1",
        "finish step_1",
        "finish run_1",
    ]
    assert said(events) == TEXT
    assert [add.tokens for add in fragments(events)] == [1] * tokens.count(TEXT)
    assert {event.due for event in events} == {START}


def test_each_completion_reads_what_was_written_before() -> None:
    makes = [event for event in plan([Say.text(TEXT), Say.text("x")]).events if isinstance(event, Make)]
    prompts = [make.prompt_tokens for make in makes if make.body["object"] == "thread.run.step"]
    assert prompts == [10, 10 + tokens.count(TEXT)]


def test_nothing_to_do_ends_well() -> None:
    assert shown(plan([]).events) == ["finish run_1"]


def test_latency_spaces_the_events() -> None:
    latency = Latency(first_token=700, tokens_per_second=10)
    events = plan([Say.text("a"), Say.text("b")], latency=latency).events
    assert [
        (name, event.due - START) for name, event in zip(shown(events), _lasting(events), strict=True)
    ] == [
        ("make step_1", 700),
        ("make msg_1", 700),
        ("finish msg_1", 800),
        ("finish step_1", 800),
        ("make step_2", 1_500),
        ("make msg_2", 1_500),
        ("finish msg_2", 1_600),
        ("finish step_2", 1_600),
        ("finish run_1", 1_600),
    ]


def _lasting(events: Sequence[Event]) -> list[Event]:
    return [event for event in events if not isinstance(event, Add)]


def test_a_pace_of_the_rules_own_wins_over_latency() -> None:
    latency = Latency(first_token=700, tokens_per_second=10)
    pace = Pace(first_token=5, tokens_per_second=1000)
    assert plan([Say.text("a")], pace, latency=latency).events[-1].due == START + 6


@pytest.mark.parametrize("total", [0, 1, 999, 60_000])
@pytest.mark.parametrize("latency", [Latency(), Latency(first_token=700, tokens_per_second=10)])
def test_a_turn_is_stretched_to_the_length_it_is_given(total: int, latency: Latency) -> None:
    events = plan([Say.text(TEXT)], Pace(in_progress=total), latency=latency).events
    moments = [event.due for event in events]
    assert moments == sorted(moments)
    assert moments[-1] == START + total
    assert moments[0] >= START
    for event in events:
        if isinstance(event, Make):
            assert event.body["created_at"] == event.due // 1000


def test_what_is_stretched_keeps_its_shares() -> None:
    latency = Latency(first_token=500, tokens_per_second=2)
    natural = plan([Say.text(TEXT)], latency=latency).events
    half = plan([Say.text(TEXT)], Pace(in_progress=(natural[-1].due - START) // 2), latency=latency).events
    assert [event.due - START for event in half] == [round((event.due - START) / 2) for event in natural]


def test_nothing_is_begun_without_tokens() -> None:
    events = plan([Say.text(TEXT)], completion_budget=0).events
    assert events == [End(START, Signal.CUT, {"incomplete_details": {"reason": "max_completion_tokens"}})]


@pytest.mark.parametrize("budget", [1, 5])
def test_an_answer_is_cut_where_the_tokens_end(budget: int) -> None:
    events = plan([Say.text(TEXT), Say.text("never")], completion_budget=budget).events
    assert shown(events) == ["make step_1", "make msg_1", "end cut"]
    assert sum(add.tokens for add in fragments(events)) == budget
    assert said(events) == tokens.cut(TEXT, budget)
    assert events[-1] == End(START, Signal.CUT, {"incomplete_details": {"reason": "max_completion_tokens"}})


def test_a_budget_that_is_just_enough_is_enough() -> None:
    assert shown(plan([Say.text(TEXT)], completion_budget=tokens.count(TEXT)).events)[-1] == "finish run_1"


def test_a_prompt_that_is_too_long_ends_the_run_at_once() -> None:
    events = plan([Say.text(TEXT)], prompt_budget=9).events
    assert events == [End(START, Signal.CUT, {"incomplete_details": {"reason": "max_prompt_tokens"}})]


def test_prompts_add_up_over_the_completions_of_a_run() -> None:
    events = plan([Say.text("a"), Say.text("b")], prompt_budget=20).events
    assert shown(events) == ["make step_1", "make msg_1", "finish msg_1", "finish step_1", "end cut"]


def test_calls_wait_for_their_outputs_and_leave_the_rest() -> None:
    actions = parse_action(
        {
            "tool_calls": [{"function": "f", "arguments": '{"a":1}'}, {"function": "g", "arguments": ""}],
            "on_outputs": {"reply": "later"},
        }
    )
    made = plan(actions)
    assert shown(made.events) == ["make step_1", "ask run_1"]
    assert made.rest == (Say.text("later"),)
    ask = made.events[-1]
    assert isinstance(ask, Move)
    assert ask.patch["required_action"] == {
        "type": "submit_tool_outputs",
        "submit_tool_outputs": {
            "tool_calls": [
                {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}},
                {"id": "call_2", "type": "function", "function": {"name": "g", "arguments": ""}},
            ]
        },
    }
    calls = [add.delta["step_details"]["tool_calls"][0] for add in fragments(made.events)]
    assert [call["index"] for call in calls] == sorted(call["index"] for call in calls)
    heads = [call for call in calls if "id" in call]
    assert [(call["id"], call["function"]) for call in heads] == [
        ("call_1", {"name": "f", "arguments": "", "output": None}),
        ("call_2", {"name": "g", "arguments": "", "output": None}),
    ]
    assert "".join(call["function"]["arguments"] for call in calls if call["index"] == 0) == '{"a":1}'


@pytest.mark.parametrize("arguments", ["{}", "12"])
def test_arguments_come_in_more_than_one_fragment(arguments: str) -> None:
    actions = parse_action({"tool_calls": [{"function": "f", "arguments": arguments}]})
    assert isinstance(actions[0], CallTools)
    assert len(fragments(plan(actions).events)) == 3  # the head, and two that carry the arguments


def test_an_annotated_passage_is_one_fragment_with_its_annotation() -> None:
    mark = "【4:0†a.txt】"
    actions = parse_action(
        {
            "reply": f"Cake{mark}. See{mark}",
            "annotations": [{"text": mark, "file_citation": {"file_id": "file-1"}} for _ in range(2)],
        }
    )
    events = plan(actions).events
    assert said(events) == f"Cake{mark}. See{mark}"
    marked = [
        add.delta["content"][0]["text"]
        for add in fragments(events)
        if add.delta["content"][0]["text"].get("annotations")
    ]
    assert [text["value"] for text in marked] == [mark, mark]
    assert [text["annotations"][0]["index"] for text in marked] == [0, 1]
    assert marked[0]["annotations"][0] == {
        "index": 0,
        "type": "file_citation",
        "text": mark,
        "start_index": 4,
        "end_index": 15,
        "file_citation": {"file_id": "file-1", "quote": ""},
    }
    first = fragments(events)[0].delta["content"][0]["text"]
    assert first["annotations"] == []
    finish = next(event for event in events if isinstance(event, Move) and event.id == "msg_1")
    final = finish.patch["content"][0]["text"]["annotations"]
    assert [annotation["file_citation"] for annotation in final] == [{"file_id": "file-1"}] * 2


def test_parts_of_every_kind_have_a_fragment() -> None:
    parts = [
        {"type": "image_file", "image_file": {"file_id": "file-1"}},
        {"type": "text", "text": ""},
        {"type": "refusal", "refusal": "No."},
    ]
    deltas = [add.delta["content"][0] for add in fragments(plan(parse_action({"reply": parts})).events)]
    assert [(delta["index"], delta["type"]) for delta in deltas] == [
        (0, "image_file"),
        (1, "text"),
        (2, "refusal"),
    ]


@pytest.mark.parametrize(
    ("action", "events"),
    [
        ({"fail": {}}, ["end fail"]),
        ({"incomplete": "max_completion_tokens"}, ["end cut"]),
        ({"expire": True}, []),
        ({"stall": "in_progress"}, []),
        (
            {"reply": "a", "fail": {}},
            ["make step_1", "make msg_1", "finish msg_1", "finish step_1", "end fail"],
        ),
        ({"reply": "a", "incomplete": "content_filter"}, ["make step_1", "make msg_1", "end cut"]),
        ({"reply": "a", "expire": True}, ["make step_1", "make msg_1", "finish msg_1", "finish step_1"]),
        ({"code_interpreter": {"input": "1"}}, ["make step_1", "finish step_1", "finish run_1"]),
        (
            {"file_search": {"reply": "Found.", "results": [{"file": "a.txt"}]}},
            [
                *("make step_1", "finish step_1"),
                *("make step_2", "make msg_1", "finish msg_1", "finish step_2", "finish run_1"),
            ],
        ),
        ({"file_search": {"results": []}}, ["make step_1", "finish step_1", "finish run_1"]),
        ({"file_search": {"reply": "Found."}}, ["decide"]),
        (
            {"steps": [{"reply": "a"}, {"file_search": {}}, {"reply": "b"}]},
            ["make step_1", "make msg_1", "finish msg_1", "finish step_1", "decide"],
        ),
    ],
)
def test_actions_and_endings(action: dict[str, Any], events: list[str]) -> None:
    assert shown(plan(parse_action(action)).events) == events


def test_a_search_without_results_says_that_it_missed() -> None:
    results = {"results": [{"file": "a.txt"}]}
    for found, answer in ((results, "Found."), ({"results": []}, "Nothing.")):
        action = {"file_search": {"reply": "Found.", "miss": "Nothing.", **found}}
        events = [event for event in plan(parse_action(action)).events if not _of_tool(event)]
        assert said(events) == answer


def test_a_real_search_is_decided_when_its_moment_has_come() -> None:
    """It and what follows it are left for that moment; nobody has made a step for it yet."""
    actions = parse_action({"steps": [{"file_search": {"query": "cake"}}, {"reply": "later"}]})
    made = plan(actions, latency=Latency(first_token=700))
    assert made.events == [Decide(START + 700)]
    assert (made.rest, made.decides) == (actions, True)


def test_a_turn_that_goes_on_after_a_decision_waits_for_no_token_again() -> None:
    latency = Latency(first_token=700, tokens_per_second=10)
    events = plan(parse_action({"file_search": {"results": []}}), latency=latency, elapsed=700).events
    assert shown(events)[0] == "make step_1"
    assert events[0].due == START


@pytest.mark.parametrize(("elapsed", "left"), [(0, 1_000), (400, 600), (1_000, 0), (5_000, 0)])
def test_the_length_of_a_turn_counts_what_came_before_its_decision(elapsed: int, left: int) -> None:
    made = plan([Say.text(TEXT)], Pace(in_progress=1_000), elapsed=elapsed)
    assert made.events[-1].due == START + left


def test_a_turn_is_not_stretched_before_its_end_is_known() -> None:
    actions = parse_action({"steps": [{"reply": "a"}, {"file_search": {}}]})
    latency = Latency(first_token=500, tokens_per_second=10)
    made = plan(actions, Pace(in_progress=60_000), latency=latency)
    assert made.events == plan(actions, latency=latency).events
    assert made.events[-1] == Decide(START + 1_100)


def test_results_are_known_by_id_and_name() -> None:
    """A name stands for a file of the project where there is one; a file nobody knows gets a new id."""
    results: list[dict[str, Any]] = [
        {"file": "data.csv", "score": 0.5},
        {"file": "file-rain"},
        {"file": "unknown.txt"},
        {"file_id": "file-nobody"},
        {"file_id": "file-x", "file_name": "x.txt", "attributes": {"k": 1}, "text": "found"},
    ]
    events = plan(parse_action({"file_search": {"results": results}})).events
    finish = next(event for event in events if isinstance(event, Move))
    assert finish.patch["step_details"]["tool_calls"][0]["file_search"]["results"] == [
        {"file_id": "file-data", "file_name": "data.csv", "score": 0.5, "attributes": {}},
        {"file_id": "file-rain", "file_name": "rain.png", "score": 1.0, "attributes": {}},
        {"file_id": "file_1", "file_name": "unknown.txt", "score": 1.0, "attributes": {}},
        {"file_id": "file-nobody", "file_name": "file-nobody", "score": 1.0, "attributes": {}},
        {
            "file_id": "file-x",
            "file_name": "x.txt",
            "score": 1.0,
            "attributes": {"k": 1},
            "content": [{"type": "text", "text": "found"}],
        },
    ]


def test_marks_written_by_hand_cite_what_was_found() -> None:
    steps = [
        {"file_search": {"results": [{"file": "data.csv"}, {"file": "rain.png"}]}},
        {"reply": "See【4:1†rain.png】 and【4:7†no.txt】."},
    ]
    events = plan(parse_action({"steps": steps})).events
    finish = next(event for event in events if isinstance(event, Move) and event.id == "msg_1")
    assert finish.patch["content"][0]["text"]["annotations"] == [
        {
            "type": "file_citation",
            "text": "【4:1†rain.png】",
            "start_index": 3,
            "end_index": 17,
            "file_citation": {"file_id": "file-rain"},
        }
    ]


def test_what_code_writes_is_there_before_anybody_is_told_of_it() -> None:
    outputs: list[dict[str, Any]] = [
        {"logs": "done"},
        {"image": {"name": "plot.png", "base64": "iVBORw=="}},
        {"file": {"name": "out.csv", "text": "a\n"}},
    ]
    steps = [
        {"code_interpreter": {"input": "x", "outputs": outputs}},
        {"reply": "At sandbox:/mnt/data/out.csv."},
    ]
    events = plan(parse_action({"steps": steps})).events
    assert shown(events)[:4] == ["make step_1", "make file_1", "make file_2", "finish step_1"]
    files = [event.body for event in events if isinstance(event, Make) and event.body["object"] == "file"]
    assert [(file["filename"], file["bytes"]) for file in files] == [("plot.png", 4), ("out.csv", 2)]
    told = [
        index
        for index, event in enumerate(events)
        if isinstance(event, Add) and "file_1" in str(event.delta) and event.id == "step_1"
    ]
    assert events.index(next(event for event in events if shown([event]) == ["make file_1"])) < told[0]
    finish = next(event for event in events if isinstance(event, Move) and event.id == "step_1")
    assert finish.patch["step_details"]["tool_calls"][0]["code_interpreter"]["outputs"] == [
        {"type": "logs", "logs": "done"},
        {"type": "image", "image": {"file_id": "file_1"}},
    ]
    said = next(event for event in events if isinstance(event, Move) and event.id == "msg_1")
    picture, text = said.patch["content"]
    assert picture == {"type": "image_file", "image_file": {"file_id": "file_1", "detail": "auto"}}
    (annotation,) = text["text"]["annotations"]
    assert annotation["file_path"] == {"file_id": "file_2"}
    assert text["text"]["value"][annotation["start_index"] : annotation["end_index"]] == annotation["text"]


@pytest.mark.parametrize(
    ("image", "made", "file_id"),
    [("rain.png", [], "file-rain"), ("file-9", [], "file-9"), ("new.png", ["new.png"], "file_1")],
)
def test_an_image_is_a_known_file_or_a_blank_picture(image: str, made: list[str], file_id: str) -> None:
    action = {"code_interpreter": {"input": "x", "outputs": [{"image": image}]}}
    events = plan(parse_action(action)).events
    files = [event.body for event in events if isinstance(event, Make) and event.body["object"] == "file"]
    assert [file["filename"] for file in files] == made
    assert all(file["bytes"] > 0 for file in files)
    finish = next(event for event in events if isinstance(event, Move))
    outputs = finish.patch["step_details"]["tool_calls"][0]["code_interpreter"]["outputs"]
    assert outputs == [{"type": "image", "image": {"file_id": file_id}}]


def test_code_that_is_cut_wrote_nothing() -> None:
    outputs = [{"file": {"name": "out.csv", "text": "a"}}]
    action = {"code_interpreter": {"input": "one two three four", "outputs": outputs}}
    assert shown(plan(parse_action(action), completion_budget=2).events) == ["make step_1", "end cut"]


def _of_tool(event: Event) -> bool:
    return isinstance(event, Add) and "step_details" in event.delta


def test_what_code_prints_comes_before_its_step_is_done() -> None:
    action = {"code_interpreter": {"input": "print(1)", "outputs": [{"logs": "1\n"}, {"image": "file-1"}]}}
    events = plan(parse_action(action)).events
    calls = [add.delta["step_details"]["tool_calls"][0]["code_interpreter"] for add in fragments(events)]
    assert calls[0] == {"input": "", "outputs": []}
    assert "".join(call.get("input", "") for call in calls) == "print(1)"
    assert [output["index"] for call in calls[1:] for output in call.get("outputs", [])] == [0, 1]
