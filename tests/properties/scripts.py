"""Drawn reply rules: everything the reply format can say, in any order, at any pace."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from mockserver.replies import RuleError
from mockserver.replies.actions import parse_action

Object = dict[str, Any]

FUNCTIONS = ("look_up", "f", "send_it")
TOOLS: list[Object] = [
    *({"type": "function", "function": {"name": name}} for name in FUNCTIONS),
    {"type": "code_interpreter"},
    {"type": "file_search"},
]
SEARCH_CONTENT = "include[]=step_details.tool_calls[*].file_search.results[*].content"

_PIECES = (
    *(
        "Hello",
        " ",
        "The capital of France is Paris.",
        "ü",
        "日本語",
        "🙂",
        "👩‍👩‍👧‍👦",
        "e\u0301",
        "\n\n",
        "\u0000",
    ),
    *('"quoted"', "\\", "<|endoftext|>", "𝔘𝔫𝔦", "🇪🇺", "\u200d", "data: [DONE]", "0123456789"),
)
_MARKS = ("【4:0†a.txt】", "sandbox:/mnt/data/plot.png", "🙂†")


def texts() -> st.SearchStrategy[str]:
    """Texts, maybe empty, with what breaks naive cutting."""
    return st.lists(st.sampled_from(_PIECES), max_size=6).map("".join)


def _annotation(mark: str) -> st.SearchStrategy[Object]:
    return st.one_of(
        st.just({"text": mark, "file_citation": {"file_id": "file-1"}}),
        st.just({"text": mark, "file_citation": {"file_id": "file-1", "quote": "words"}}),
        st.just({"text": mark, "file_path": {"file_id": "file-2"}}),
    )


@st.composite
def _annotated(draw: st.DrawFn) -> Object:
    marks = draw(st.lists(st.sampled_from(_MARKS), min_size=1, max_size=3))
    said = "".join(draw(texts()) + mark for mark in marks) + draw(texts())
    return {"reply": said, "annotations": [draw(_annotation(mark)) for mark in marks]}


@st.composite
def _overlapping(draw: st.DrawFn) -> Object:
    """Annotations with offsets of their own, which need not make sense."""
    said = draw(texts())
    marks = []
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, 20))
        end = start + draw(st.integers(0, 10))
        marks.append(draw(_annotation("m")) | {"start_index": start, "end_index": end})
    return {"reply": said, "annotations": marks}


def _parts() -> st.SearchStrategy[Object]:
    part = st.one_of(
        texts().map(lambda text: {"type": "text", "text": text}),
        st.just({"type": "image_file", "image_file": {"file_id": "file-3", "detail": "low"}}),
        st.just({"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}),
        texts().map(lambda text: {"type": "refusal", "refusal": text}),
    )
    return st.lists(part, min_size=1, max_size=3).map(lambda parts: {"reply": parts})


@st.composite
def _calls(draw: st.DrawFn, depth: int) -> Object:
    arguments = st.one_of(
        st.dictionaries(st.sampled_from("ab"), texts(), max_size=2), texts(), st.just('{"broken":')
    )
    calls: list[Object] = [
        {"function": draw(st.sampled_from(FUNCTIONS)), "arguments": draw(arguments)}
        for _ in range(draw(st.integers(1, 3)))
    ]
    if draw(st.booleans()):
        calls[0]["id"] = "call_of_mine"
    action: Object = {"tool_calls": calls}
    if draw(st.booleans()):
        action["on_outputs"] = draw(_actions(depth - 1)) if depth else draw(_parts())
    return action


@st.composite
def _code(draw: st.DrawFn) -> Object:
    output = st.one_of(
        texts().map(lambda text: {"logs": text}), st.just({"image": "file-4"}), st.just({"logs": "1\n"})
    )
    code: Object = {"input": draw(texts())}
    if draw(st.booleans()):
        code["outputs"] = draw(st.lists(output, max_size=3))
    return {"code_interpreter": code}


@st.composite
def _search(draw: st.DrawFn) -> Object:
    result = st.fixed_dictionaries(
        {"file": st.sampled_from(["a.txt", "file-1"])},
        optional={"score": st.sampled_from([0, 0.5, 1]), "text": texts(), "attributes": st.just({"k": "v"})},
    )
    search: Object = draw(
        st.fixed_dictionaries({}, optional={"query": texts(), "reply": texts(), "miss": texts()})
    )
    if draw(st.booleans()):
        search["results"] = draw(st.lists(result, min_size=1, max_size=3))
    return {"file_search": search}


def endings() -> st.SearchStrategy[Object]:
    """The ways a run ends other than well."""
    return st.sampled_from(
        [
            {"fail": {"code": "rate_limit_exceeded", "message": "Slow down 🙂"}},
            {"fail": {}},
            {"incomplete": "max_completion_tokens"},
            {"incomplete": "content_filter"},
            {"expire": True},
            {"stall": "queued"},
            {"stall": "in_progress"},
            {"stall": "requires_action"},
            {"stall": "cancelling"},
        ]
    )


@st.composite
def _in_order(draw: st.DrawFn, depth: int) -> Object:
    steps = draw(st.lists(_actions(depth - 1, ends=False), min_size=1, max_size=3))
    return {"steps": [*steps, draw(_actions(depth - 1))]}


def actions() -> st.SearchStrategy[Object]:
    """An action of the reply format."""
    return _actions(2).filter(_legal)


def _legal(action: Object) -> bool:
    """Whether the format takes the action: a stall must be in a status the run can be in by then."""
    try:
        return bool(parse_action(action))
    except RuleError:
        return False


@st.composite
def _actions(draw: st.DrawFn, depth: int, *, ends: bool = True) -> Object:
    """An action, legal or not; one that `ends` may be or carry an ending."""
    plain = [
        texts().map(lambda text: {"reply": text}),
        _parts(),
        _annotated(),
        _overlapping(),
        _code(),
        _search(),
    ]
    if not ends:
        return draw(st.one_of(*plain, _calls(0)))
    kinds = [*plain, _calls(depth), endings()]
    if depth:
        kinds.append(_in_order(depth))
    action = draw(st.one_of(kinds))
    if _open(action) and draw(st.integers(0, 3)) == 0:
        action = action | draw(endings())
    return action


def _open(action: Object) -> bool:
    """Whether an ending may stand beside the action: nothing in it ends the run yet."""
    return not action.keys() & {"fail", "incomplete", "expire", "stall", "on_outputs", "steps"}


_DURATIONS = st.sampled_from([0, 0, 1, 250, 1000, 1001, 70_000, 700_000])
_SPEEDS = st.sampled_from([0.5, 7, 60, 1000, 1_000_000])


def paces() -> st.SearchStrategy[Object]:
    """A rule's timeline; some are longer than a run lives."""
    names = ("queued", "in_progress", "cancelling", "first_token")
    return st.fixed_dictionaries(
        {}, optional=dict.fromkeys(names, _DURATIONS) | {"tokens_per_second": _SPEEDS}
    )


def rules() -> st.SearchStrategy[Object]:
    """A rule that speaks once."""
    return st.fixed_dictionaries({"then": actions(), "timeline": paces(), "times": st.just(1)})


def latencies() -> st.SearchStrategy[Any]:
    """How long everything else takes."""
    return st.sampled_from(
        ["instant", "realistic", "slow", {"queued": 999, "first_token": 1, "cancelling": "2s", "jitter": 1}]
    )


def requests() -> st.SearchStrategy[Object]:
    """What a run may be asked for beside its assistant."""
    budgets = st.sampled_from([16, 20, 30, 60, 256])
    return st.fixed_dictionaries(
        {},
        optional={
            "max_completion_tokens": budgets,
            "max_prompt_tokens": budgets,
            "metadata": st.just({"a": "🙂"}),
            "instructions": texts(),
        },
    )
