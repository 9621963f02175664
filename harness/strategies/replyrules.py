"""What the pretended model does, as reply rules: right by construction, for the tools that there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from harness.strategies.values import LETTERS, values_for

Rule = dict[str, Any]
Tools = Sequence[Mapping[str, Any]]

ACTIONS = ("text", "tool_calls", "code_interpreter", "steps", "fail", "incomplete", "expire")
"""What a rule may do. `tool_calls` needs functions among the tools, `code_interpreter` the tool; `steps` are
several of the first three in one run."""

_CODES = ("server_error", "rate_limit_exceeded", "invalid_prompt")
_REASONS = ("max_completion_tokens", "max_prompt_tokens")
_TEXTS = ("Yes.", "No.", "It is 21 degrees.", "I am not sure.\n\nLet me think.", "")
_DURATIONS = ("queued", "in_progress", "first_token")


def replies(
    actions: Sequence[str] | None = None,
    tools: Tools = (),
    *,
    delays: bool = True,
    most_times: int | None = 3,
) -> SearchStrategy[Rule]:
    """Reply rules: `{"then": {"reply": "Yes."}, "times": 1}`, a plain text being the simplest.

    `actions` are some of ACTIONS, by default all for which there are `tools`; these are as an assistant has
    them, and arguments of calls follow the functions' schemas. `delays` lets rules say how long a run takes.
    A rule is used up to `most_times` times; None is any number of times. Raises ValueError for an action
    there is not, or that lacks its tool.
    """
    possible = _possible(actions, tools)
    rule: dict[str, SearchStrategy[Any]] = {"then": _then(possible, tools)}
    if most_times is not None:
        rule["times"] = st.integers(1, most_times)
    return st.fixed_dictionaries(rule, optional={"timeline": _timelines()} if delays else {})


def reply_series(
    actions: Sequence[str] | None = None, tools: Tools = (), *, most: int = 4, **further: Any
) -> SearchStrategy[list[Rule]]:
    """Several rules that follow each other, none being the simplest; `further` is what `replies` takes."""
    return st.lists(replies(actions, tools, **further), max_size=most)


def _possible(actions: Sequence[str] | None, tools: Tools) -> list[str]:
    kinds = {str(tool.get("type")) for tool in tools}
    lacking = {"tool_calls": "function", "code_interpreter": "code_interpreter"}
    for action in actions or ():
        if action not in ACTIONS:
            raise ValueError(f"there is no action {action!r}; they are {', '.join(ACTIONS)}")
        if action in lacking and lacking[action] not in kinds:
            raise ValueError(f"{action!r} needs a tool of the type {lacking[action]!r} among `tools`")
    return [action for action in actions or ACTIONS if action not in lacking or lacking[action] in kinds]


def _then(possible: Sequence[str], tools: Tools) -> SearchStrategy[Any]:
    doing = {"text": _texts(), "tool_calls": _calls(tools), "code_interpreter": _code()}
    plain = {**doing, "tool_calls": _calls(tools, ends=False)}
    parts = st.one_of([plain[action] for action in possible if action in plain] or [_texts()])
    made = {
        **doing,
        "steps": st.lists(parts, min_size=2, max_size=3).map(lambda steps: {"steps": steps}),
        "fail": _beside(st.sampled_from(_CODES).map(lambda code: {"fail": {"code": code}})),
        "incomplete": _beside(st.sampled_from(_REASONS).map(lambda reason: {"incomplete": reason})),
        # as long a draw as a text's, so that shrinking ends at what stands first
        "expire": st.sampled_from([{"expire": True}, {"expire": True}]),
    }
    return st.one_of([made[action] for action in possible])


def _texts() -> SearchStrategy[Rule]:
    plain: SearchStrategy[Rule] = st.sampled_from([{"reply": text} for text in _TEXTS])
    return plain | st.text(LETTERS, max_size=40).map(lambda text: {"reply": text})


def _beside(ending: SearchStrategy[Rule]) -> SearchStrategy[Rule]:
    """An ending alone, or behind the beginning of a text."""
    return ending | st.tuples(_texts(), ending).map(lambda parts: {**parts[0], **parts[1]})


def _calls(tools: Tools, *, ends: bool = True) -> SearchStrategy[Rule]:
    """One call or two, and what follows their outputs, which may end the run.

    Where nothing is said to follow, the server goes on by itself.
    """
    functions = [tool["function"] for tool in tools if tool.get("type") == "function"]
    if not functions:
        return st.nothing()
    calls = st.one_of(
        [
            st.fixed_dictionaries(
                {
                    "function": st.just(function["name"]),
                    "arguments": _arguments(function.get("parameters") or {}),
                }
            )
            for function in functions
        ]
    )
    failed = st.sampled_from(_CODES).map(lambda code: {"fail": {"code": code}})
    after = _texts() | failed if ends else _texts()
    return st.fixed_dictionaries(
        {"tool_calls": st.lists(calls, min_size=1, max_size=2)}, optional={"on_outputs": after}
    )


def _arguments(schema: Mapping[str, Any]) -> SearchStrategy[Any]:
    return values_for({"type": "object", **schema}).filter(lambda value: isinstance(value, dict))


def _code() -> SearchStrategy[Rule]:
    printed = st.sampled_from(("42\n", "", "Traceback (most recent call last):\nValueError\n"))
    outputs = printed.map(lambda logs: [{"logs": logs}] if logs else [])
    made = st.fixed_dictionaries({"input": st.sampled_from(("print(6 * 7)", "1 / 0")), "outputs": outputs})
    return made.map(lambda code: {"code_interpreter": code})


def _timelines() -> SearchStrategy[Rule]:
    lengths = st.sampled_from(("0s", "1s", "30s", "9m"))
    return st.fixed_dictionaries(
        {}, optional={**dict.fromkeys(_DURATIONS, lengths), "tokens_per_second": st.sampled_from((50, 2))}
    ).filter(bool)
