"""Function calls as no client expects them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mockserver import errors
from mockserver.faults.contract import Fault, Occasion, fault
from mockserver.faults.parameters import optional, text, whole
from mockserver.faults.turns import BEGINNING, NEEDS_FUNCTION, Calls, with_calls, with_first
from mockserver.script import CallTools, FunctionCall, Script, Turn

_ANSWERS = "answers the call with an output that says what was wrong, so that the run goes on"


@fault(
    "tool.unknown_name",
    group="tools",
    operations=BEGINNING,
    wire="`requires_action` with a call of a function that the run does not have",
    client=f"{_ANSWERS}, and never runs what it does not know",
    evidence="inferred",
    source="models make up functions, mostly when their names stand in the instructions",
    performed="yes",
    definite=True,
    needs=NEEDS_FUNCTION,
)
@dataclass(frozen=True)
class UnknownName(Fault):
    """The model calls a function that nobody offered."""

    name: str = text("unknown_function", "the name of that function")

    def script(self, occasion: Occasion, turn: Turn, script: Script) -> Script | None:
        """The first call, by another name."""
        return with_first(turn, script, lambda call: replace(call, name=self.name))


@fault(
    "tool.bad_json_args",
    group="tools",
    operations=BEGINNING,
    wire="`requires_action` with arguments that are cut off and no JSON",
    client=f"expects that `arguments` cannot be parsed; {_ANSWERS}",
    evidence="documented",
    source="the published description warns that the model does not always generate valid JSON",
    performed="yes",
    definite=True,
    needs=NEEDS_FUNCTION,
)
@dataclass(frozen=True)
class BadJsonArgs(Fault):
    """The arguments of a function call are no JSON."""

    def script(self, occasion: Occasion, turn: Turn, script: Script) -> Script | None:
        """The first call without the end of its arguments."""
        return with_first(turn, script, lambda call: replace(call, arguments=_cut_off(call.arguments)))


def _cut_off(arguments: str) -> str:
    """As much of the arguments as leaves them broken."""
    shorter = arguments[:-1].rstrip() or "{"
    try:
        json.loads(shorter)
    except (ValueError, RecursionError):
        return shorter
    return shorter + "{"


@fault(
    "tool.missing_arg",
    group="tools",
    operations=BEGINNING,
    wire="`requires_action` with arguments that lack one which the function's schema requires",
    client=f"checks arguments against its own schema before it uses them; {_ANSWERS}",
    evidence="documented",
    source="the published description warns that the model may make up parameters; only strict functions"
    " are promised to keep to their schema",
    performed="yes",
    definite=True,
    needs="a call of a function that requires an argument",
)
@dataclass(frozen=True)
class MissingArg(Fault):
    """A function call lacks an argument that its function requires."""

    name: str | None = optional(text(None, "which argument; the first that is required if nothing is said"))

    def script(self, occasion: Occasion, turn: Turn, script: Script) -> Script | None:
        """The first call that has such an argument, without it."""
        required = {
            tool["function"]["name"]: _required(tool["function"].get("parameters"))
            for tool in turn.run["tools"]
            if tool["type"] == "function"
        }

        def without(call: FunctionCall) -> FunctionCall | None:
            arguments = _read(call.arguments)
            names = [self.name] if self.name is not None else required.get(call.name, [])
            for name in names:
                if name in arguments:
                    left = {key: value for key, value in arguments.items() if key != name}
                    shown = json.dumps(left, separators=(",", ":"), ensure_ascii=False)
                    return replace(call, arguments=shown)
            return None

        return with_first(turn, script, without)


def _required(schema: Any) -> list[str]:
    """The names a schema requires of an object; it comes from a user and may be anything."""
    names = schema.get("required") if isinstance(schema, Mapping) else None
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def _read(arguments: str) -> dict[str, Any]:
    try:
        read = json.loads(arguments)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


@fault(
    "tool.parallel",
    group="tools",
    operations=BEGINNING,
    wire="`requires_action` with several calls of the same function, each with an id of its own",
    client="answers all calls of a round in one request, each by its id; fewer are refused with 400",
    evidence="observed",
    source="parallel calls are recorded; one output too few is refused with the words of E-64",
    performed="yes",
    definite=True,
    needs=NEEDS_FUNCTION,
)
@dataclass(frozen=True)
class Parallel(Fault):
    """The model makes several function calls at once, also where `parallel_tool_calls` is false."""

    n: int = whole(3, "how many calls", min=2, max=128)

    def script(self, occasion: Occasion, turn: Turn, script: Script) -> Script | None:
        """The calls, and the first of them again until there are as many."""

        def more(calls: Calls) -> Calls | None:
            again = replace(calls[0], id=None)
            return (*calls, *[again] * (self.n - len(calls))) if 0 < len(calls) < self.n else None

        return with_calls(turn, script, more)


@fault(
    "tool.asked_again",
    group="tools",
    operations=("runs.submit_tool_outputs",),
    wire="the outputs are taken with 200, and the run is `requires_action` again with the same calls by other"
    " ids",
    client="answers as often as it is asked, up to a number of rounds of its own, and does nothing twice that"
    " must not be done twice",
    evidence="inferred",
    source="models repeat calls when an output does not satisfy them",
    performed="yes",
    definite=True,
)
@dataclass(frozen=True)
class AskedAgain(Fault):
    """After the outputs the model asks the same once more."""

    rounds: int = whole(1, "how often", min=1, max=1_000)

    def script(self, occasion: Occasion, turn: Turn, script: Script) -> Script | None:
        """The calls of the last round, and then what would have followed."""
        calls = tuple(FunctionCall(output.name, output.arguments) for output in turn.outputs)
        asked = (CallTools(calls),) * self.rounds
        return replace(script, actions=(*asked, *script.actions)) if calls else None


@fault(
    "tool.too_late",
    group="tools",
    operations=("runs.submit_tool_outputs",),
    error=9,
    entries=(errors.OUTPUTS_NOT_ACCEPTED,),
    wire='400, `Runs in status "expired" do not accept tool outputs.`; the run is `expired` from then on',
    client="begins a new run with what its functions have found, and does not send the same outputs again",
    evidence="observed",
    source="recorded 2023-11 to 2024-04 for several statuses, `expired` among them; VRSEN/agency-swarm#71",
    performed="no",
    definite=True,
    needs="a run that waits for outputs",
)
@dataclass(frozen=True)
class TooLate(Fault):
    """The outputs come when the run has just expired: its functions took too long.

    The world's time moves on to the run's expiry, so that everything else is as late as this.
    """

    def before(self, occasion: Occasion) -> bool:
        """Time is over."""
        world = occasion.world
        timeline = world.timelines.get(occasion.ids["run_id"])
        if timeline is None or timeline.root["status"] != "requires_action":
            return False
        world.advance_to(timeline.root["expires_at"] * 1000)
        world.streams.ring_all()
        return timeline.over
