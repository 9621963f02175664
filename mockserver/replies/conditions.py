"""When a rule speaks: what `when` asks of a turn, and what a turn that does not fit is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mockserver.replies.checked import below, mapping, record, whole
from mockserver.replies.matchers import Matcher, parse_matcher, quoted
from mockserver.script import Turn, Wire


@dataclass(frozen=True, slots=True)
class When:
    """The conditions of a rule; all must hold, and none means always.

    `last_user_message` is held against the text parts of the last message whose role is user, one a line.
    `assistant` asks the assistant itself, not what a run overrides. `turn` is the number of the run in its
    thread, from 1. `tool_outputs` asks for a turn that answers tool outputs, one of which must match.
    """

    last_user_message: Matcher | None = None
    assistant: Mapping[str, Matcher] = field(default_factory=dict)
    turn: int | None = None
    tool_outputs: Matcher | None = None
    metadata: Mapping[str, Matcher] = field(default_factory=dict)

    def objections(self, turn: Turn) -> Iterator[str]:
        """Why the turn does not fit, one reason at a time; nothing when it does."""
        if self.turn is not None and self.turn != turn.thread_turn:
            yield f"this is run {turn.thread_turn} of its thread, not {self.turn}"
        for name, matcher in self.assistant.items():
            yield from _objection(f"the assistant's {name}", turn.assistant.get(name), matcher)
        for key, matcher in self.metadata.items():
            value = (turn.run.get("metadata") or {}).get(key)
            yield from _objection(f"metadata[{quoted(key)}]", value, matcher)
        if self.last_user_message is not None:
            yield from _objection("the last user message", last_user_message(turn), self.last_user_message)
        if self.tool_outputs is not None:
            yield from _outputs_objection(turn, self.tool_outputs)


def parse_when(raw: Any, path: str) -> When:
    """Read the `when` at `path`. Raises RuleError."""
    given = record(raw, path, ("last_user_message", "assistant", "turn", "tool_outputs", "metadata"))
    made: dict[str, Any] = {}
    for key, value in given.items():
        place = below(path, key)
        match key:
            case "turn":
                made[key] = whole(value, place, 1)
            case "assistant":
                made[key] = _matchers(record(value, place, ("id", "name", "model")), place)
            case "metadata":
                made[key] = _matchers(mapping(value, place), place)
            case _:
                made[key] = parse_matcher(value, place)
    return When(**made)


def last_user_message(turn: Turn) -> str | None:
    """The words of the last message of the user, one text part a line; None when there is no such message."""
    for message in reversed(turn.messages):
        if message["role"] == "user":
            return "\n".join(part["text"]["value"] for part in message["content"] if part["type"] == "text")
    return None


def _matchers(raw: Wire, path: str) -> dict[str, Matcher]:
    return {key: parse_matcher(value, below(path, key)) for key, value in raw.items()}


def _objection(what: str, value: str | None, matcher: Matcher) -> Iterator[str]:
    if value is None:
        yield f"{what} is not there, it should be {matcher.describe()}"
    elif not matcher.matches(value):
        yield f"{what} is {quoted(value)}, not {matcher.describe()}"


def _outputs_objection(turn: Turn, matcher: Matcher) -> Iterator[str]:
    if not turn.outputs:
        yield "there are no tool outputs to answer"
    elif not any(matcher.matches(output.output) for output in turn.outputs):
        seen = ", ".join(quoted(output.output) for output in turn.outputs)
        yield f"no tool output is {matcher.describe()}, there is {seen}"
