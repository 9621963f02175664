"""What the pretended model says, scripted line by line.

    assistants.backend.run("weather").calls("get_weather", city="Paris").then_replies("21 degrees")
    assistants.backend.run(turn=2).fails("rate_limit_exceeded", "Rate limit is exceeded.").times(1)

Each line is one reply rule. It is armed as soon as it says something and replaced while the line goes on, so
that what stands in the test is what is armed. Rules are tried in the order in which they were begun.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from harness.control import Control
from harness.handle.runrules import Matcher, RuleError, RunRule

__tracebackhide__ = True  # what fails here is told at the line of the test

Json = dict[str, Any]


class Backend:
    """The reply rules of one world."""

    def __init__(self, control: Control) -> None:
        """The rules behind a control door."""
        self._control = control
        self._begun: list[RunRule] = []

    def run(
        self,
        contains: str | None = None,
        /,
        *,
        last_user_message: Matcher | None = None,
        assistant: Any = None,
        turn: int | None = None,
        tool_outputs: Matcher | None = None,
        metadata: Mapping[str, Matcher] | None = None,
    ) -> RunRule:
        """Begin a rule for the runs that fit; what it does is said by what follows. Without a word: any run.

        `contains` stands in the last message of the user; `last_user_message` is a matcher for the whole of
        it. `assistant` is an id, a name, an object of the SDK, or `{"id" | "name" | "model": matcher}`.
        `turn` is the number of the run in its thread, from 1. `tool_outputs` asks for a turn that answers
        tool outputs, one of which fits. `metadata` are matchers by key. Raises RuleError for what cannot be
        meant.
        """
        if contains is not None and last_user_message is not None:
            raise RuleError("say either what the last user message contains or last_user_message=, not both")
        if contains is not None:
            last_user_message = {"contains": contains}
        when = {
            "last_user_message": last_user_message,
            "assistant": None if assistant is None else _assistant(assistant),
            "turn": turn,
            "tool_outputs": tool_outputs,
            "metadata": None if metadata is None else dict(metadata),
        }
        rule = RunRule(
            self._control, {key: value for key, value in when.items() if value is not None}, _here()
        )
        self._begun.append(rule)
        return rule

    def add(self, rules: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> list[str]:
        """Add a rule or several as the reply format has them; their ids. Raises ControlError for mistakes.

        That also says what chains have no word for: ids of calls, for instance.
        """
        count = 1 if isinstance(rules, Mapping) else len(rules)
        listed = self._control.add_replies(rules)["data"]
        return [str(row["id"]) for row in listed[len(listed) - count :]]

    @property
    def rules(self) -> list[Json]:
        """The rules in their order: `id`, `used` (how often), `spent`, and `rule` as it was written."""
        return self._control.replies()

    def clear(self) -> None:
        """Forget all rules. A line that goes on after this is armed anew, behind those there are then."""
        self._control.clear_replies()
        self.forget()

    def forget(self) -> None:
        """The rules that were armed are gone, and their world with them maybe; lines begin anew."""
        for rule in self._begun:
            rule.id = None
        self._begun.clear()

    def close(self) -> None:
        """Warn of lines that say which runs they are for and not what these do: they were never armed."""
        silent = [rule for rule in self._begun if rule.silent]
        self._begun.clear()
        for rule in silent:
            file, _, line = rule.where.rpartition(":")
            text = f"{rule} says nothing to do, so it was never armed"
            warnings.warn_explicit(text, UserWarning, file, int(line))

    def __repr__(self) -> str:
        return f"<Backend with {len(self.rules)} rules>"


def _assistant(meant: Any) -> Mapping[str, Matcher]:
    """The condition for an assistant: an id, a name, an object of the SDK, or the condition itself."""
    if isinstance(meant, Mapping):
        return dict(meant)
    if isinstance(meant, str):
        return {"id" if meant.startswith("asst_") else "name": meant}
    if isinstance(known := getattr(meant, "id", None), str):
        return {"id": known}
    raise RuleError(f"assistant= is an id, a name, an assistant or a mapping, not {meant!r}")


def _here() -> str:
    """The line that called whoever asks."""
    frame = sys._getframe(2)
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"
