"""Actions of the reply format: each reads into the script it means, slips are named, all can be stored."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.replies.actions import pace_raw, parse_action, parse_actions, parse_pace, to_raw
from mockserver.replies.checked import DEPTH_MAX, RuleError
from mockserver.script import (
    Action,
    CallTools,
    Expire,
    Fail,
    FunctionCall,
    Incomplete,
    MadeFile,
    Pace,
    RunCode,
    Say,
    SearchFiles,
    Stall,
)

CITE = {"file_citation": {"file_id": "file-1"}}


def call(name: str, arguments: str = "{}", id_: str | None = None) -> CallTools:
    return CallTools((FunctionCall(name, arguments, id_),))


def marks(raw: Any) -> list[Any]:
    (said,) = parse_action(raw)
    assert isinstance(said, Say)
    return [part["text"]["annotations"] for part in said.content if part["type"] == "text"]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"reply": "Paris."}, (Say.text("Paris."),)),
        (
            {"tool_calls": [{"function": "f", "arguments": {"city": "Orléans", "n": [1]}, "id": "call_1"}]},
            (call("f", '{"city":"Orléans","n":[1]}', "call_1"),),
        ),
        ({"tool_calls": [{"function": "f", "arguments": '{"broken'}]}, (call("f", '{"broken'),)),
        (
            {"tool_calls": [{"function": "f", "arguments": {}}], "on_outputs": {"reply": "21"}},
            (call("f"), Say.text("21")),
        ),
        (
            {
                "tool_calls": [{"function": "f", "arguments": {}}],
                "on_outputs": {"reply": "a"},
                "expire": True,
            },
            (call("f"), Say.text("a"), Expire()),
        ),
        (
            {
                "steps": [
                    {"tool_calls": [{"function": "f", "arguments": {}}], "on_outputs": {"reply": "a"}},
                    {"reply": "b"},
                ]
            },
            (call("f"), Say.text("a"), Say.text("b")),
        ),
        (
            {"code_interpreter": {"input": "1+1", "outputs": [{"logs": "2"}, {"image": "file-9"}]}},
            (
                RunCode(
                    "1+1",
                    ({"type": "logs", "logs": "2"}, {"type": "image", "image": {"file_id": "file-9"}}),
                ),
            ),
        ),
        ({"code_interpreter": {"input": "pass"}}, (RunCode("pass"),)),
        (
            {
                "code_interpreter": {
                    "input": "save()",
                    "outputs": [
                        {"file": {"name": "out.csv", "text": "ä\n1\n"}},
                        {"image": {"name": "rain.png", "base64": "iVBORw=="}},
                        {"type": "image", "image": {"file_id": "file-9"}},
                        {"type": "file", "file": {"name": "empty.txt", "text": ""}},
                    ],
                }
            },
            (
                RunCode(
                    "save()",
                    (
                        {"type": "image", "image": {"file_id": "rain.png"}},
                        {"type": "image", "image": {"file_id": "file-9"}},
                    ),
                    (
                        MadeFile("out.csv", "ä\n1\n".encode()),
                        MadeFile("rain.png", b"\x89PNG"),
                        MadeFile("empty.txt", b""),
                    ),
                ),
            ),
        ),
        (
            {"file_search": {"query": "q", "reply": "r", "miss": "m", "results": [{"file": "policy.md"}]}},
            (SearchFiles(({"file_name": "policy.md"},), "q", "r", "m"),),
        ),
        (
            {"file_search": {"results": [{"file": "file-7", "score": 0.5, "text": "30 days"}]}},
            (
                SearchFiles(
                    ({"file_id": "file-7", "score": 0.5, "content": [{"type": "text", "text": "30 days"}]},)
                ),
            ),
        ),
        ({"file_search": {}}, (SearchFiles(None),)),
        ({"file_search": {"results": []}}, (SearchFiles(()),)),
        ({"file_search": {"results": [], "miss": "m"}}, (SearchFiles((), None, None, "m"),)),
        (
            {"fail": {"code": "rate_limit_exceeded", "message": "Slow."}},
            (Fail("rate_limit_exceeded", "Slow."),),
        ),
        ({"fail": {}}, (Fail(),)),
        (
            {"reply": "half", "incomplete": "max_prompt_tokens"},
            (Say.text("half"), Incomplete("max_prompt_tokens")),
        ),
        ({"stall": "cancelling"}, (Stall("cancelling"),)),
        (
            {"steps": [{"reply": "a"}, {"steps": [{"reply": "b"}]}], "fail": {}},
            (Say.text("a"), Say.text("b"), Fail()),
        ),
    ],
)
def test_reads(raw: Any, expected: tuple[Action, ...]) -> None:
    assert parse_action(raw) == expected


def test_content_parts_in_both_forms() -> None:
    (said,) = parse_action(
        {
            "reply": [
                {"type": "text", "text": "short"},
                {"type": "text", "text": {"value": "wire", "annotations": []}},
                {"type": "image_file", "image_file": {"file_id": "file-1", "detail": "low"}},
                {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
                {"type": "refusal", "refusal": "No."},
            ]
        }
    )
    assert said == Say(
        (
            {"type": "text", "text": {"value": "short", "annotations": []}},
            {"type": "text", "text": {"value": "wire", "annotations": []}},
            {"type": "image_file", "image_file": {"file_id": "file-1", "detail": "low"}},
            {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
            {"type": "refusal", "refusal": "No."},
        )
    )


def test_annotations_stand_where_their_text_stands() -> None:
    (placed,) = marks(
        {
            "reply": "Čaj【1】 and tea【1】, see sandbox:/a.csv",
            "annotations": [
                {"text": "【1】", **CITE},
                {"text": "【1】", "type": "file_citation", **CITE},
                {"text": "sandbox:/a.csv", "file_path": {"file_id": "file-2"}},
            ],
        }
    )
    assert placed == [
        {"type": "file_citation", "text": "【1】", "start_index": 3, "end_index": 6, **CITE},
        {"type": "file_citation", "text": "【1】", "start_index": 14, "end_index": 17, **CITE},
        {
            "type": "file_path",
            "text": "sandbox:/a.csv",
            "start_index": 23,
            "end_index": 37,
            "file_path": {"file_id": "file-2"},
        },
    ]


def test_annotations_go_to_the_part_that_has_their_text() -> None:
    first, second = marks(
        {
            "reply": [{"type": "text", "text": "one [a]"}, {"type": "text", "text": "[b] [a] two"}],
            "annotations": [{"text": "[a]", **CITE}, {"text": "[a]", **CITE}],
        }
    )
    assert [first[0]["start_index"], second[0]["start_index"]] == [4, 4]


def test_given_offsets_are_sent_as_they_are() -> None:
    wrong = {"text": "nowhere", "start_index": 100, "end_index": 120, **CITE}
    assert marks({"reply": "x", "annotations": [wrong]}) == [[{"type": "file_citation", **wrong}]]


@pytest.mark.parametrize(
    ("raw", "path", "complaint"),
    [
        ("Paris", "", "expected an object, got a text"),
        ({}, "", "says nothing to do"),
        ({"replay": "x"}, "replay", "did you mean 'reply'?"),
        ({"reply": "x", "anotations": []}, "anotations", "did you mean 'annotations'?"),
        ({"reply": "x", "in_progress": "2s"}, "in_progress", "timeline"),
        ({"reply": "x", "file_search": {}}, "", "put them one after another into steps"),
        ({"expire": True, "fail": {}}, "", "ends in one way"),
        ({"reply": 3}, "reply", "expected a text or an array of content parts, got a number"),
        ({"reply": []}, "reply", "is empty"),
        ({"reply": ["x"]}, "reply[0]", "expected an object, got a text"),
        ({"reply": [{"text": "x"}]}, "reply[0]", "'type' is missing"),
        ({"reply": [{"type": "txt", "text": "x"}]}, "reply[0].type", "did you mean 'text'?"),
        (
            {"reply": [{"type": "image_file", "image_file": {}}]},
            "reply[0].image_file",
            "'file_id' is missing",
        ),
        ({"on_outputs": {"reply": "x"}, "reply": "y"}, "on_outputs", "belongs beside 'tool_calls'"),
        ({"annotations": [], "expire": True}, "annotations", "belongs beside 'reply'"),
        ({"reply": "a", "annotations": [{"text": "b", **CITE}]}, "annotations[0].text", "does not stand in"),
        (
            {"reply": "a b", "annotations": [{"text": "b", **CITE}, {"text": "a", **CITE}]},
            "annotations[1].text",
            "only before the annotation above",
        ),
        ({"reply": "a", "annotations": [{"text": "a"}]}, "annotations[0]", "needs one of file_citation"),
        (
            {"reply": "a", "annotations": [{"text": "a", "type": "file_path", **CITE}]},
            "annotations[0].type",
            "has a file_citation",
        ),
        (
            {"reply": "a", "annotations": [{"text": "a", "start_index": 0, **CITE}]},
            "annotations[0]",
            "'end_index' is missing",
        ),
        (
            {"reply": [{"type": "refusal", "refusal": "no"}], "annotations": [{"text": "no", **CITE}]},
            "annotations",
            "no text to annotate",
        ),
        ({"tool_calls": []}, "tool_calls", "is empty"),
        ({"tool_calls": [{"function": "f"}]}, "tool_calls[0]", "'arguments' is missing"),
        ({"tool_calls": [{"function": "", "arguments": {}}]}, "tool_calls[0].function", "is empty"),
        ({"tool_calls": [{"function": "f", "arguments": []}]}, "tool_calls[0].arguments", "got an array"),
        (
            {"tool_calls": [{"functon": "f", "arguments": {}}]},
            "tool_calls[0].functon",
            "did you mean 'function'?",
        ),
        (
            {"tool_calls": [{"function": "f", "arguments": {}, "id": "c"}] * 2},
            "tool_calls[0].id",
            "stands twice",
        ),
        (
            {"tool_calls": [{"function": "f", "arguments": {}}], "on_outputs": {"say": "x"}},
            "on_outputs.say",
            "unknown key 'say'",
        ),
        ({"code_interpreter": {"outputs": []}}, "code_interpreter", "'input' is missing"),
        ({"code_interpreter": {"input": "", "outputs": [{}]}}, "code_interpreter.outputs[0]", "is one of"),
        *(
            (
                {"code_interpreter": {"input": "", "outputs": [output]}},
                f"code_interpreter.outputs[0]{at}",
                said,
            )
            for output, at, said in [
                ({"logs": "1", "image": "a.png"}, "", "is one of"),
                ({"type": "logs", "image": "a.png"}, "", "is one of"),
                ({"type": "file"}, "", "is one of"),
                ({"files": []}, ".files", "did you mean 'file'?"),
                ({"file": "a.txt"}, ".file", "expected an object, got a text"),
                ({"file": {"text": ""}}, ".file", "'name' is missing"),
                ({"file": {"name": "", "text": ""}}, ".file.name", "is empty"),
                ({"file": {"name": "file-1", "text": ""}}, ".file.name", "taken for an id"),
                ({"file": {"name": "a.txt"}}, ".file", "needs either 'text' or 'base64'"),
                ({"file": {"name": "a.txt", "text": "", "base64": ""}}, ".file", "needs either"),
                ({"file": {"name": "a.txt", "base64": "A"}}, ".file.base64", "is not base64"),
                ({"file": {"name": "a.txt", "base64": "AA =="}}, ".file.base64", "is not base64"),
                ({"file": {"name": "a.txt", "base64": "ä"}}, ".file.base64", "is not base64"),
                ({"file": {"name": "a.txt", "text": 1}}, ".file.text", "expected a text"),
                ({"image": {"name": "a.png"}}, ".image", "needs either 'text' or 'base64'"),
                ({"image": {"file_id": "file-1", "name": "a.png"}}, ".image.name", "unknown key"),
                ({"image": ""}, ".image", "is empty"),
                ({"image": 1}, ".image", "expected an object"),
            ]
        ),
        ({"file_search": {"results": "a.txt"}}, "file_search.results", "expected an array"),
        ({"file_search": {"results": 0}}, "file_search.results", "expected an array"),
        ({"file_search": {"results": ""}}, "file_search.results", "expected an array"),
        ({"file_search": {"hit": "x"}}, "file_search.hit", "known are query, results, reply, miss"),
        ({"file_search": {"results": [{}]}}, "file_search.results[0]", "'file' is missing"),
        (
            {"file_search": {"results": [{"file": "a", "score": 2}]}},
            "file_search.results[0].score",
            "from 0 to 1",
        ),
        ({"steps": []}, "steps", "is empty"),
        ({"steps": [{"fail": {}}, {"reply": "x"}]}, "steps[1]", "never happens"),
        ({"steps": [{"fail": {}}], "expire": True}, "expire", "has ended before"),
        ({"stall": "queue"}, "stall", "did you mean 'queued'?"),
        ({"stall": None}, "stall", "expected a text, got null"),
        ({"expire": False}, "expire", "true or left out"),
        ({"incomplete": ""}, "incomplete", "is empty"),
        ({"fail": {"message": 1}}, "fail.message", "expected a text"),
        ({"reply": "\ud800"}, "", "surrogate"),
    ],
)
def test_slips_are_named(raw: Any, path: str, complaint: str) -> None:
    with pytest.raises(RuleError) as raised:
        parse_action(raw, "then")
    assert raised.value.path == f"then.{path}".rstrip(".")
    assert complaint in raised.value.message


@pytest.mark.parametrize("levels", [DEPTH_MAX, 100_000])
def test_depth_is_bounded(levels: int) -> None:
    raw: Any = {"reply": "x"}
    for _ in range(levels):
        raw = {"steps": [raw]}
    with pytest.raises(RuleError, match="too deep"):
        parse_action(raw)


def test_what_is_left_of_a_call_whose_outputs_came_is_only_what_follows() -> None:
    assert to_raw((CallTools(()), Say.text("21"))) == to_raw((Say.text("21"),))
    assert to_raw((CallTools(()),)) == []


def test_nothing_is_kept_behind_an_ending() -> None:
    assert parse_actions(to_raw((Expire(), Say.text("never")))) == (Expire(),)


# Everything a script can hold can be stored and read back.

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NAMES = st.text("abcf-_.", min_size=1, max_size=8)
ANNOTATIONS = st.builds(
    lambda type_, text, start, length, file: {
        "type": type_,
        "text": text,
        "start_index": start,
        "end_index": start + length,
        type_: {"file_id": file},
    },
    st.sampled_from(["file_citation", "file_path"]),
    WORDS,
    st.integers(0, 9),
    st.integers(0, 9),
    NAMES,
)
PARTS = st.one_of(
    st.builds(
        lambda value, noted: {"type": "text", "text": {"value": value, "annotations": noted}},
        WORDS,
        st.lists(ANNOTATIONS, max_size=3),
    ),
    st.builds(lambda file: {"type": "image_file", "image_file": {"file_id": file}}, NAMES),
    st.builds(lambda words: {"type": "refusal", "refusal": words}, WORDS),
)
OUTPUTS = st.one_of(
    st.builds(lambda logs: {"type": "logs", "logs": logs}, WORDS),
    st.builds(lambda file: {"type": "image", "image": {"file_id": file}}, NAMES),
)
MADE_FILES = st.builds(MadeFile, NAMES, st.binary(max_size=8))
RESULTS = st.fixed_dictionaries(
    {"file_id": NAMES},
    optional={
        "file_name": NAMES,
        "score": st.floats(0, 1),
        "attributes": st.dictionaries(WORDS, WORDS | st.booleans(), max_size=2),
        "content": st.lists(st.builds(lambda words: {"type": "text", "text": words}, WORDS), max_size=2),
    },
)


@st.composite
def tool_calls(draw: st.DrawFn) -> CallTools:
    names = draw(st.lists(NAMES, min_size=1, max_size=3))
    ids = draw(st.lists(st.none() | NAMES, min_size=len(names), max_size=len(names), unique=True))
    return CallTools(
        tuple(FunctionCall(name, draw(WORDS), id_) for name, id_ in zip(names, ids, strict=True))
    )


DOINGS: st.SearchStrategy[Action] = st.one_of(
    st.builds(Say, st.lists(PARTS, min_size=1, max_size=3).map(tuple)),
    tool_calls(),
    st.builds(
        RunCode, WORDS, st.lists(OUTPUTS, max_size=2).map(tuple), st.lists(MADE_FILES, max_size=2).map(tuple)
    ),
    st.builds(
        SearchFiles,
        st.none() | st.lists(RESULTS, max_size=2).map(tuple),
        *[st.none() | WORDS, st.none() | WORDS, st.none() | WORDS],
    ),
)
ENDINGS: st.SearchStrategy[Action] = st.one_of(
    st.builds(Fail, NAMES, NAMES),
    st.builds(Incomplete, NAMES),
    st.just(Expire()),
    st.builds(Stall, st.sampled_from(["queued", "in_progress", "requires_action", "cancelling"])),
)
SCRIPTS = st.builds(
    lambda doings, ending: (*doings, *ending), st.lists(DOINGS, max_size=4), st.lists(ENDINGS, max_size=1)
)


@given(SCRIPTS)
def test_scripts_survive_being_stored(actions: tuple[Action, ...]) -> None:
    stored = json.dumps(to_raw(actions))
    assert parse_actions(json.loads(stored)) == actions


@given(st.builds(Pace, *[st.none() | st.integers(0, 10**9)] * 4, st.none() | st.floats(0.001, 1_000_000)))
def test_paces_survive_being_stored(pace: Pace) -> None:
    assert parse_pace(json.loads(json.dumps(pace_raw(pace)))) == pace


def test_pace_reads_durations() -> None:
    given_ = {"queued": "300ms", "in_progress": 2000, "cancelling": "10m", "tokens_per_second": 50}
    assert parse_pace(given_) == Pace(300, 2000, 600_000, None, 50)


@pytest.mark.parametrize(
    ("raw", "path", "complaint"),
    [
        ({"queue": "1s"}, "timeline.queue", "did you mean 'queued'?"),
        ({"queued": "soon"}, "timeline.queued", "not a duration"),
        ({"tokens_per_second": 0}, "timeline.tokens_per_second", "above 0"),
        ({"tokens_per_second": True}, "timeline.tokens_per_second", "expected a number"),
        ([], "timeline", "expected an object, got an array"),
    ],
)
def test_slips_in_a_pace_are_named(raw: Any, path: str, complaint: str) -> None:
    with pytest.raises(RuleError) as raised:
        parse_pace(raw, "timeline")
    assert raised.value.path == path
    assert complaint in raised.value.message
