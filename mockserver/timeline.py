"""What is due when. A subject's life is a list of timed events, and time moves through it, never over it.

Applying an event changes objects and tells of the change; polling reads the objects, streaming reads what
was told. One log, two views: they cannot disagree, because the object *is* the fold of its events. Nothing
here knows HTTP, a clock or a store, nor which API the objects belong to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec.structs import replace

from mockserver.fold import fold
from mockserver.lifecycle import MACHINES, Machine, Signal

Object = dict[str, Any]


class Make(msgspec.Struct, tag="make", frozen=True):
    """A new object appears; `body` is its full form as it begins.

    For a run step, `prompt_tokens` is what the model read before it.
    """

    due: int
    body: Object
    prompt_tokens: int = 0


class Move(msgspec.Struct, tag="move", frozen=True):
    """A signal falls on an object, and `patch` comes with it."""

    due: int
    id: str
    signal: Signal
    patch: Object = {}


class Add(msgspec.Struct, tag="add", frozen=True):
    """A fragment is added to an object: the `delta` a stream event shows. `tokens` are spent on it.

    `step` is the run step whose usage grows by them.
    """

    due: int
    id: str
    delta: Object
    step: str
    tokens: int = 0


class End(msgspec.Struct, tag="end", frozen=True):
    """The subject ends by `signal`; whatever it has open is closed with it, inside out."""

    due: int
    signal: Signal
    patch: Object = {}


class Decide(msgspec.Struct, tag="decide", frozen=True, omit_defaults=True):
    """What happens at this moment is decided when it comes, from what the world is by then.

    By itself it changes nothing; whoever plays the timeline asks the one who knows the subject. `outcome` is
    what somebody has settled about the decision before.
    """

    due: int
    outcome: Object = {}


Event = Make | Move | Add | End | Decide


def moved(event: Event, due: int) -> Event:
    """The event at another moment; what it makes is made then."""
    if isinstance(event, Make):
        event = replace(event, body={**event.body, "created_at": due // 1000})
    return replace(event, due=due)


class Break(msgspec.Struct, frozen=True):
    """The signal that falls on the subject in the middle of its work: when it has spent so many tokens."""

    tokens: int
    signal: Signal
    patch: Object = {}


class Progress(msgspec.Struct):
    """How far a timeline has come, and what follows when its subject is resumed from outside.

    `spent` counts prompt and completion tokens per step. `rest` are the raw actions that come after tool
    outputs or a decision, None when nobody has said. `turns` counts how often the model was asked; `began` is
    when the last of its turns did, `searches` how often it looked into files. `files` are the ids of what its
    code wrote, by name. `resources` replace the assistant's own. `breaks` is where the turn breaks off.
    """

    cursor: int = 0
    spent: dict[str, tuple[int, int]] = {}
    rest: list[Object] | None = None
    turns: int = 0
    outputs: list[list[dict[str, str]]] = []
    pace: dict[str, Any] = {}
    include_content: bool = False
    stuck_in_cancelling: bool = False
    began: int = 0
    searches: int = 0
    files: dict[str, str] = {}
    resources: Object | None = None
    breaks: Break | None = None

    @property
    def written(self) -> int:
        """How many completion tokens were spent so far."""
        return sum(completion for _, completion in self.spent.values())


@dataclass(frozen=True, slots=True)
class Told:
    """One stream event: its name, and its data as an object."""

    due: int
    name: str
    data: Object


class IllegalSignalError(Exception):
    """A timeline sent a signal that the object's status does not allow: a bug of ours, never simulated."""


# How what is open ends when its run does: the message's reason and the step's signal.
_CLOSING: dict[Signal, tuple[str, Signal]] = {
    Signal.FAIL: ("run_failed", Signal.FAIL),
    Signal.STOP: ("run_cancelled", Signal.STOP),
    Signal.EXPIRE: ("run_expired", Signal.EXPIRE),
    Signal.CUT: ("max_tokens", Signal.FINISH),
}


_EMPTY: Object = {"content": [{"index": 0, "type": "text", "text": {"value": "", "annotations": []}}]}


@dataclass
class Timeline:
    """The events of one subject (a run, a file on its way into an index, anything that expires), in order.

    `objects` holds the full forms of the subject and everything it made, by id. Objects that changed since
    the store last had them are in `changed`, those that are new to it in `born`.
    """

    subject: str
    events: list[Event]
    objects: dict[str, Object]
    progress: Progress = field(default_factory=Progress)
    changed: set[str] = field(default_factory=set)
    born: list[str] = field(default_factory=list)

    @property
    def root(self) -> Object:
        """The subject itself."""
        return self.objects[self.subject]

    @property
    def over(self) -> bool:
        """Whether the subject has ended."""
        return self.root["status"] in machine_of(self.root).terminal

    @property
    def pending(self) -> list[Event]:
        """What has not happened yet."""
        return self.events[self.progress.cursor :]

    def next_due(self) -> int | None:
        """The moment of the next event, or None when nothing is pending."""
        return self.events[self.progress.cursor].due if self.progress.cursor < len(self.events) else None

    def next_change(self) -> int | None:
        """The moment of the next change of the subject's own status, or of a decision that may bring one."""
        for event in self.events[self.progress.cursor :]:
            if isinstance(event, End | Decide) or (isinstance(event, Move) and event.id == self.subject):
                return event.due
        return None

    def decides_next(self) -> bool:
        """Whether the next event is a decision."""
        return self.progress.cursor < len(self.events) and isinstance(
            self.events[self.progress.cursor], Decide
        )

    @property
    def outcome(self) -> Object:
        """What was settled before about the decision whose moment has just come."""
        event = self.events[self.progress.cursor - 1] if self.progress.cursor else None
        return event.outcome if isinstance(event, Decide) else {}

    def schedule(self, events: Iterable[Event]) -> None:
        """Put events on the list, after those of the same moment."""
        done, pending = self.events[: self.progress.cursor], self.events[self.progress.cursor :]
        self.events = done + sorted([*pending, *events], key=lambda event: event.due)

    def drop_pending(self, keep: Callable[[Event], bool] = lambda event: False) -> None:
        """Take back what has not happened yet, except what `keep` says."""
        done, pending = self.events[: self.progress.cursor], self.events[self.progress.cursor :]
        self.events = done + [event for event in pending if keep(event)]

    def retime(self, when: Callable[[Event], int]) -> bool:
        """Let what is pending happen at other moments; whether any of them is another one."""
        done, pending = self.events[: self.progress.cursor], self.events[self.progress.cursor :]
        changed = [event if (due := when(event)) == event.due else moved(event, due) for event in pending]
        self.events = done + sorted(changed, key=lambda event: event.due)
        return any(new is not old for new, old in zip(changed, pending, strict=True))

    def lose(self, object_id: str) -> None:
        """An object was taken away from outside: nothing more happens to it."""
        del self.objects[object_id]
        self.changed.discard(object_id)
        self.drop_pending(keep=lambda event: getattr(event, "id", None) != object_id)

    def step(self) -> Iterator[Told]:
        """Let the next event happen and tell it piece by piece, each as the object is at that point.

        Raises IllegalSignalError for a bug in the plan.
        """
        event = self.events[self.progress.cursor]
        self.progress.cursor += 1
        yield from self._apply(event)
        if self.over:
            self.drop_pending()

    def act(self, event: Event) -> Iterator[Told]:
        """Let an event happen that was on nobody's list: something from outside, at its own moment."""
        self.events.insert(self.progress.cursor, event)
        yield from self.step()

    def step_lasting(self) -> bool:
        """Whether the next event changes more than fragments, so that it has to be kept by the store."""
        return not isinstance(self.events[self.progress.cursor], Add)

    # Applying

    def _apply(self, event: Event) -> Iterator[Told]:
        match event:
            case Make():
                yield from self._make(event)
            case Move():
                yield self._move(event.id, event.signal, event.due, event.patch)
            case Add():
                yield self._add(event)
            case End():
                yield from self._end(event)
            case Decide():
                pass

    def _make(self, event: Make) -> Iterator[Told]:
        body = msgspec.json.decode(msgspec.json.encode(event.body))  # the plan's own copy stays as planned
        event.body.pop("_data", None)  # but for the bytes of a file: they go with it when it is deleted
        self.objects[body["id"]] = body
        self.born.append(body["id"])
        if body["object"] == "thread.run.step":
            self.progress.spent[body["id"]] = (event.prompt_tokens, 0)
        for name in machine_of(body).births:
            yield Told(event.due, name, body)

    def _add(self, event: Add) -> Told:
        body = self.objects[event.id]
        fold(body, event.delta)
        if event.tokens:
            prompt, completion = self.progress.spent[event.step]
            self.progress.spent[event.step] = (prompt, completion + event.tokens)
        self.changed.add(event.id)
        name = f"{body['object']}.delta"
        return Told(event.due, name, {"id": event.id, "object": name, "delta": event.delta})

    def _move(self, object_id: str, signal: Signal, due: int, patch: Object) -> Told:
        body = self.objects[object_id]
        machine = machine_of(body)
        status = machine.next(body["status"], signal)
        if status is None:
            raise IllegalSignalError(f"{object_id} is {body['status']}, which does not know {signal}")
        body["status"] = status
        if status in machine.stamps:
            body[machine.stamps[status]] = due // 1000
        body.update(patch)
        if status in machine.terminal:
            self._settle(body)
        self.changed.add(object_id)
        return Told(due, machine.event(status), body)

    def _settle(self, body: Object) -> None:
        """What ends with a status: usage is known then, and nothing can expire any more."""
        if body["object"] == "thread.run":
            body["expires_at"] = None
            body["required_action"] = None
            # A finished step shows no expiry once its run has ended (recorded 2025).
            for other in self.objects.values():
                if other.get("run_id") == self.subject and other.get("expires_at") is not None:
                    other["expires_at"] = None
                    self.changed.add(other["id"])
            body["usage"] = usage_of(self.progress.spent.values())
        elif body["id"] in self.progress.spent:
            body["usage"] = usage_of([self.progress.spent[body["id"]]])

    def _end(self, event: End) -> Iterator[Told]:
        reason, step_signal = _CLOSING[event.signal]
        details = event.patch.get("incomplete_details") or {}
        if details.get("reason") == "content_filter":
            reason = "content_filter"
        open_now = [body for body in self.objects.values() if body["id"] != self.subject and _open(body)]
        # Inside out: the message first, then its step (the order recorded for token limits).
        for body in sorted(open_now, key=lambda body: body["object"] != "thread.message"):
            if body["object"] == "thread.message":
                if not body["content"]:  # Python's helper stumbles over a message that never had a delta
                    yield self._add(Add(event.due, body["id"], _EMPTY, step=""))
                patch: Object = {"incomplete_details": {"reason": reason}}
                yield self._move(body["id"], Signal.CUT, event.due, patch)
            else:
                patch = {"last_error": event.patch["last_error"]} if event.signal is Signal.FAIL else {}
                yield self._move(body["id"], step_signal, event.due, patch)
        yield self._move(self.subject, event.signal, event.due, event.patch)


def machine_of(body: Object) -> Machine:
    """The state machine an object follows."""
    return MACHINES[body["object"]]


def usage_of(spent: Iterable[tuple[int, int]]) -> Object:
    """Token counts as the wire shows them, summed."""
    prompt = completion = 0
    for more_prompt, more_completion in spent:
        prompt += more_prompt
        completion += more_completion
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_token_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0},
    }


def _open(body: Object) -> bool:
    return body["status"] not in machine_of(body).terminal
