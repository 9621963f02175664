"""What faults of runs have in common: which calls begin a turn, and what the model asks its client in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from mockserver.lifecycle import RUN
from mockserver.responders.default import call_any
from mockserver.script import Action, CallTools, FunctionCall, Script, Turn
from mockserver.timeline import Timeline

BEGINNING = ("runs.create", "threads.create_and_run", "runs.submit_tool_outputs")
"""The operations after which the model does something: they begin a run, or let it go on."""

NEEDS_FUNCTION = "a run with a function tool"

Calls = tuple[FunctionCall, ...]


@dataclass(frozen=True, slots=True)
class Asking:
    """A script taken apart at its first function calls."""

    script: Script
    before: tuple[Action, ...]
    calls: Calls
    after: tuple[Action, ...]

    def asks(self, calls: Calls) -> Script:
        """The script with other calls."""
        return replace(self.script, actions=(*self.before, CallTools(calls), *self.after))

    def then(self, *actions: Action) -> Script:
        """The script up to the calls, and after them something else."""
        return replace(self.script, actions=(*self.before, CallTools(self.calls), *actions))


def asking(turn: Turn, script: Script) -> Asking | None:
    """How the model asks for outputs in this turn.

    A model that would call nothing calls the first function first, with arguments made up from the message.
    None where the run has no function.
    """
    for index, action in enumerate(script.actions):
        if isinstance(action, CallTools):
            return Asking(script, script.actions[:index], action.calls, script.actions[index + 1 :])
    call = next(call_any(turn), None)
    return Asking(script, (), (call,), script.actions) if call is not None else None


def with_calls(turn: Turn, script: Script, edit: Callable[[Calls], Calls | None]) -> Script | None:
    """The script with its function calls edited; None where there are none, or nothing to edit in them."""
    asked = asking(turn, script)
    edited = edit(asked.calls) if asked is not None else None
    return asked.asks(edited) if asked is not None and edited is not None else None


def with_first(
    turn: Turn, script: Script, edit: Callable[[FunctionCall], FunctionCall | None]
) -> Script | None:
    """The script with the first of its function calls edited that can be."""

    def first(calls: Calls) -> Calls | None:
        for index, call in enumerate(calls):
            changed = edit(call)
            if changed is not None:
                return (*calls[:index], changed, *calls[index + 1 :])
        return None

    return with_calls(turn, script, first)


def is_run(timeline: Timeline) -> bool:
    """Whether this is what a run has to do; a call may set other things going beside it."""
    return bool(timeline.root["object"] == RUN.object)


def whole_second(moment: int) -> int:
    """The moment, or the end of the second in which it lies: objects show whole seconds."""
    return -(-moment // 1000) * 1000
