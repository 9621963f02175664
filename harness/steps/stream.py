"""`stream: {runs.create: {…}, until: thread.message.delta}`: a run's events, read as they come."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import TYPE_CHECKING, Any

from harness.apioperations import find
from harness.apioperations.streaming import RunStream, StreamError, hang_up, read, read_held, told
from harness.scenarios.mistakes import nearest
from harness.scenarios.model import Node, ScenarioError, Step
from harness.scenarios.shapes import Shape, either, mapping, names, text, whole, word
from harness.steps.contract import BrokenOffError, UnmetError, Verb, verb

if TYPE_CHECKING:
    from harness.playing.scope import Scope

STREAMED = ("runs.create", "threads.create_and_run", "runs.submit_tool_outputs")
"""The operations that answer with a stream when they are asked to."""

RESUME = "resume"

EVENTS = (
    "thread.created",
    *(
        f"thread.run.{status}"
        for status in (
            *("created", "queued", "in_progress", "requires_action", "completed", "incomplete", "failed"),
            *("cancelling", "cancelled", "expired"),
        )
    ),
    *(
        f"thread.run.step.{status}"
        for status in ("created", "in_progress", "delta", "completed", "failed", "cancelled", "expired")
    ),
    *(
        f"thread.message.{status}"
        for status in ("created", "in_progress", "delta", "completed", "incomplete")
    ),
)
"""The names of all events; `done` and `error` end a stream and are not waited for."""

SCHEMA: Shape = mapping(
    "Read the events of a run. The result has `events` (their names), `text` (what the deltas said), the last"
    " `run` and the `messages`. A stream that breaks is an error, for `expect_error`.",
    (),
    **{operation: find(operation).schema for operation in STREAMED},
    resume=either(
        names({}),
        word(),
        about="Go on reading a stream that an earlier step left open: ${s}, by what it bound.",
    ),
    until=text(
        "Read up to this event and leave the stream open; another step can `resume` it.",
        examples=list(EVENTS),
    ),
    stop_after=whole("Hang up after so many events.", 0),
)


def check(operation: str, node: Node) -> Iterator[ScenarioError]:
    """Find streams that begin twice or not at all, or end in two ways, and events there are not."""
    if not isinstance(node.value, dict):
        return
    begun = [name for name in (*STREAMED, RESUME) if name in node.value]
    if len(begun) != 1:
        reason = (
            f"it begins with {' and '.join(begun)} at once" if begun else "it does not say what is streamed"
        )
        hint = f"name one of {', '.join((*STREAMED, RESUME))}"
        yield ScenarioError(node.place_of(*begun[1:2]), reason, hint)
    if "until" in node.value and "stop_after" in node.value:
        yield ScenarioError(
            node.place_of("stop_after"), "a stream cannot be left open and hung up on", "choose one"
        )
    until = node.value.get("until")
    if isinstance(until, str) and "${" not in until and until not in EVENTS:
        yield ScenarioError(node["until"].value_place, f"there is no event '{until}'", nearest(until, EVENTS))


def needs(operation: str, node: Node) -> Set[str]:
    """Streaming, and what the operation needs."""
    known = node.value if isinstance(node.value, dict) else {}
    begun = [name for name in STREAMED if name in known]
    return frozenset({"streaming"}).union(*(find(name).needs(known[name]) for name in begun))


def perform(step: Step, arguments: Any, scope: Scope) -> Any:
    """Read as far as is wanted; the result is what came, or what came since the step before."""
    until, most = arguments.get("until"), arguments.get("stop_after")
    control = scope.connection.control if scope.virtual else None
    held = control if until is not None or most is not None else None
    if held is not None:
        scope.streams.hold(held)
    elif control is not None:
        scope.streams.let_go(control)
    stream = _begun(arguments, scope, held)
    try:
        if most == 0:
            reached = True
        elif held is not None:
            reached = read_held(stream, held, until, most)
        else:
            reached = read(stream, until, most)
        if most is not None and not stream.ended:
            hang_up(stream, held)
    except StreamError as error:
        raise UnmetError(str(error), f"events: {told(stream.events)}") from error
    except Exception as error:
        raise BrokenOffError(error, stream.seen()) from error
    finally:
        if stream.ended:
            scope.streams.open.pop(stream.name, None)
            if held is not None and not scope.streams.open:
                scope.streams.let_go(held)
    if until is not None and not reached:
        raise UnmetError(f"the stream ended before {until} came", f"events: {told(stream.events)}")
    return stream.seen()


def _begun(arguments: Any, scope: Scope, held: Any) -> RunStream:
    """The stream to be read: a new one, or one that was left open."""
    if RESUME in arguments:
        wanted = arguments[RESUME]
        name = wanted.get("stream") if isinstance(wanted, dict) else wanted
        stream = scope.streams.open.get(str(name))
        if stream is None:
            raise UnmetError(
                "there is no open stream to resume", "a stream stays open when it was read with `until`"
            )
        stream.read_from, stream.said_from = len(stream.events), len(stream.text)
        return stream
    operation = next(name for name in STREAMED if name in arguments)
    found, client = find(operation), scope.client
    given = found.prepared(client, arguments[operation] or {}, beside=scope.scenario.file.parent)
    opened = found.bound(client)(**given, stream=True)
    scope.closing.callback(opened.close)
    return scope.streams.add(operation, opened, held)


verb(Verb("stream", {"stream": SCHEMA}, check, perform, needs))
