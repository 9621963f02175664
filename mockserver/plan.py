"""From what the model does to what is due when: a script becomes timed events.

Deltas are about one token each; deltas and finished objects are both full and agree, because stream helpers
of different SDK generations take their final objects from one or the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace as replace_struct

from mockserver import objects, tokens
from mockserver.chance import Dice
from mockserver.latency import Latency
from mockserver.lifecycle import Signal
from mockserver.outgoing import RANKER
from mockserver.script import (
    Action,
    CallTools,
    Expire,
    Fail,
    Incomplete,
    Pace,
    RunCode,
    Say,
    SearchFiles,
    Stall,
    Wire,
)
from mockserver.timeline import Add, End, Event, Make, Move

Object = dict[str, Any]


@dataclass
class Plan:
    """The events of one turn of a run, and what is left to do when its tool outputs have come.

    `rest` is None unless the turn ends in `requires_action`.
    """

    events: list[Event] = field(default_factory=list)
    rest: tuple[Action, ...] | None = None


@dataclass
class Planner:
    """Plans one turn of a run that is picked up at `start` (milliseconds).

    `prompt_tokens` is what the model reads first. `completion_budget` and `prompt_budget` are what is left of
    the run's token limits, None without a limit. `new_id` gives ids by object name.
    """

    run: Wire
    start: int
    latency: Latency
    pace: Pace
    dice: Dice
    new_id: Callable[[str], str]
    prompt_tokens: int
    completion_budget: int | None = None
    prompt_budget: int | None = None

    def plan(self, actions: Sequence[Action]) -> Plan:
        """Play the actions one after another until the run ends or asks for tool outputs."""
        self.at = self.start
        self.made = Plan()
        for index, action in enumerate(actions):
            following = actions[index + 1] if index + 1 < len(actions) else None
            if self._play(action, following, actions[index + 1 :]):
                break
        else:
            self._put(Move(self.at, self.run["id"], Signal.FINISH))
        self._stretch()
        return self.made

    def _play(self, action: Action, following: Action | None, remaining: Sequence[Action]) -> bool:
        """Play one action; true when nothing comes after it in this turn."""
        match action:
            case Say():
                return self._say(action, open_end=isinstance(following, Incomplete))
            case CallTools():
                return self._call(action, remaining)
            case RunCode():
                return self._code(action)
            case SearchFiles():
                return self._search(action, open_end=isinstance(following, Incomplete))
            case Fail():
                error = {"code": action.code, "message": action.message}
                if not self.made.events:  # it takes a moment to go wrong
                    self._wait_for_token()
                self._put(End(self.at, Signal.FAIL, {"last_error": error}))
            case Incomplete():
                self._cut(action.reason)
            case Expire() | Stall():
                pass  # the run stays as it is until it is cancelled, or until its expiry, which is always due
        return True

    # One method an action

    def _say(self, action: Say, open_end: bool) -> bool:
        step_id = self._step()
        if step_id is None:
            return True
        content = [_in_reading_order(part) for part in action.content]
        message_id = self.new_id("msg")
        created = self.at // 1000
        step = objects.step(
            step_id,
            created,
            self.run,
            {"type": "message_creation", "message_creation": {"message_id": message_id}},
        )
        message = objects.message(
            message_id,
            created,
            self.run["thread_id"],
            {"role": "assistant", "content": []},
            status="in_progress",
            assistant_id=self.run["assistant_id"],
            run_id=self.run["id"],
        )
        self._put(Make(self.at, step, self.prompt_tokens))
        self._put(Make(self.at, message))
        for delta, size in _content_deltas(content):
            if not self._spend(size):
                self._cut("max_completion_tokens")
                return True
            self._put(Add(self.at, message_id, {"content": [delta]}, step_id, size))
        if not open_end:
            self._put(Move(self.at, message_id, Signal.FINISH, {"content": content}))
            self._put(Move(self.at, step_id, Signal.FINISH))
        return False

    def _call(self, action: CallTools, remaining: Sequence[Action]) -> bool:
        step_id = self._step()
        if step_id is None:
            return True
        calls: list[Object] = []
        self._put(Make(self.at, self._tool_step(step_id), self.prompt_tokens))
        for index, call in enumerate(action.calls):
            call_id = call.id or self.new_id("call")
            calls.append(
                {
                    "id": call_id,
                    "type": "function",
                    "function": {"name": call.name, "arguments": call.arguments},
                }
            )
            head = {"name": call.name, "arguments": "", "output": None}
            first = {"index": index, "id": call_id, "type": "function", "function": head}
            later = [
                ({"index": index, "type": "function", "function": {"arguments": piece}}, size)
                for piece, size in _fragments(call.arguments)
            ]
            if not self._tool_deltas(step_id, [(first, tokens.count(call.name)), *later]):
                return True
        action_required = {"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": calls}}
        self._put(Move(self.at, self.run["id"], Signal.ASK, {"required_action": action_required}))
        self.made.rest = tuple(remaining)
        return True

    def _code(self, action: RunCode) -> bool:
        step_id = self._step()
        if step_id is None:
            return True
        call_id = self.new_id("call")
        kind = "code_interpreter"
        self._put(Make(self.at, self._tool_step(step_id), self.prompt_tokens))
        first = {"index": 0, "id": call_id, "type": kind, kind: {"input": "", "outputs": []}}
        code = [
            ({"index": 0, "type": kind, kind: {"input": piece}}, 1) for piece in tokens.split(action.input)
        ]
        shown = [
            ({"index": 0, "type": kind, kind: {"outputs": [{"index": index, **output}]}}, 0)
            for index, output in enumerate(action.outputs)
        ]
        if not self._tool_deltas(step_id, [(first, 0), *code, *shown]):
            return True
        call = {
            "id": call_id,
            "type": kind,
            kind: {"input": action.input, "outputs": [dict(output) for output in action.outputs]},
        }
        self._finish_tool(step_id, call)
        return False

    def _search(self, action: SearchFiles, open_end: bool) -> bool:
        step_id = self._step()
        if step_id is None:
            return True
        call_id = self.new_id("call")
        options = {"ranker": RANKER, "score_threshold": 0.0}
        self._put(Make(self.at, self._tool_step(step_id), self.prompt_tokens))
        search: Object = {"ranking_options": options, "results": []}
        first = {"index": 0, "id": call_id, "type": "file_search", "file_search": search}
        if not self._tool_deltas(step_id, [(first, tokens.count(action.query or ""))]):
            return True
        found = {"ranking_options": options, "results": [self._result(result) for result in action.results]}
        self._finish_tool(step_id, {"id": call_id, "type": "file_search", "file_search": found})
        answer = action.reply if action.results or action.miss is None else action.miss
        return self._say(Say.text(answer), open_end) if answer is not None else False

    def _result(self, scripted: Wire) -> Object:
        """A search result in wire order; what the script left out is filled in."""
        result: Object = {
            "file_id": scripted.get("file_id") or self.new_id("file"),
            "file_name": scripted.get("file_name") or scripted.get("file_id"),
            "score": scripted.get("score", 1.0),
            "attributes": scripted.get("attributes", {}),
        }
        if "content" in scripted:
            result["content"] = scripted["content"]
        return result

    # Their common moves

    def _put(self, event: Event) -> None:
        self.made.events.append(event)

    def _step(self) -> str | None:
        """Begin a completion: the id of its step, or None when a token limit leaves no room for one."""
        if self.completion_budget == 0:
            self._cut("max_completion_tokens")
            return None
        if self.prompt_budget is not None:
            if self.prompt_tokens > self.prompt_budget:
                self._cut("max_prompt_tokens")
                return None
            self.prompt_budget -= self.prompt_tokens
        self._wait_for_token()
        return self.new_id("step")

    def _wait_for_token(self) -> None:
        wait = self.pace.first_token
        self.at += self.latency.duration("first_token", self.dice) if wait is None else wait

    def _tool_step(self, step_id: str) -> Object:
        return objects.step(step_id, self.at // 1000, self.run, {"type": "tool_calls", "tool_calls": []})

    def _tool_deltas(self, step_id: str, deltas: Sequence[tuple[Object, int]]) -> bool:
        """Fragments of one tool call; false when the token limit cut them."""
        for delta, size in deltas:
            if not self._spend(size):
                self._cut("max_completion_tokens")
                return False
            details = {"type": "tool_calls", "tool_calls": [delta]}
            self._put(Add(self.at, step_id, {"step_details": details}, step_id, size))
        return True

    def _finish_tool(self, step_id: str, call: Object) -> None:
        details = {"type": "tool_calls", "tool_calls": [call]}
        self._put(Move(self.at, step_id, Signal.FINISH, {"step_details": details}))

    def _spend(self, size: int) -> bool:
        """Write `size` tokens: time passes and the budget shrinks; false when nothing is left."""
        if self.completion_budget is not None:
            if size > self.completion_budget:
                return False
            self.completion_budget -= size
        self.prompt_tokens += size  # what was written is read by the next completion
        speed = self.pace.tokens_per_second or self.latency.tokens_per_second
        if speed and size:
            self.at += self.latency.spread(round(size * 1000 / speed), self.dice)
        return True

    def _cut(self, reason: str) -> None:
        self._put(End(self.at, Signal.CUT, {"incomplete_details": {"reason": reason}}))

    def _stretch(self) -> None:
        """Make the turn last exactly as long as its pace says, each event keeping its share."""
        total = self.pace.in_progress
        if total is None or not self.made.events:
            return
        natural = self.made.events[-1].due - self.start
        last = len(self.made.events) - 1
        stretched: list[Event] = []
        for index, event in enumerate(self.made.events):
            share = (event.due - self.start) / natural if natural else (index / last if last else 1)
            due = self.start + round(total * share)
            if isinstance(event, Make):
                event = replace_struct(event, body={**event.body, "created_at": due // 1000})
            stretched.append(replace_struct(event, due=due))
        self.made.events = stretched


def _in_reading_order(part: Wire) -> Object:
    """A content part whose annotations stand in the order of their passages, as the deltas bring them."""
    if part["type"] != "text":
        return dict(part)
    text = part["text"]
    annotations = sorted(text["annotations"], key=lambda annotation: annotation["start_index"])
    return {**part, "text": {**text, "annotations": annotations}}


def _content_deltas(content: Sequence[Wire]) -> Iterator[tuple[Object, int]]:
    """The fragments a message is written in, each with its tokens. Every part gets at least one."""
    for index, part in enumerate(content):
        if part["type"] == "text":
            yield from _text_deltas(index, part["text"])
        else:
            yield {"index": index, **part}, 0


def _text_deltas(index: int, text: Wire) -> Iterator[tuple[Object, int]]:
    """Token by token; an annotated passage is one fragment that carries its annotation."""
    first = True
    for piece, size, marks in _pieces(text["value"], text["annotations"]):
        delta: Object = {"value": piece}
        if first or marks:
            delta["annotations"] = marks
        first = False
        yield {"index": index, "type": "text", "text": delta}, size


def _pieces(value: str, annotations: Sequence[Wire]) -> Iterator[tuple[str, int, list[Object]]]:
    if not value:
        yield "", 0, []
        return
    done = number = 0
    for annotation in annotations:
        start, end = annotation["start_index"], annotation["end_index"]
        if start < done:
            continue  # overlapping passages cannot each be a fragment; the finished message has them all
        for piece, size in _sized(value[done:start]):
            yield piece, size, []
        yield value[start:end], tokens.count(value[start:end]), [_annotation_delta(number, annotation)]
        done, number = end, number + 1
    for piece, size in _sized(value[done:]):
        yield piece, size, []


def _sized(text: str) -> Iterator[tuple[str, int]]:
    """The pieces of a text and how many tokens each is: more than one where tokens split a character."""
    for piece in tokens.split(text):
        yield piece, 1 if piece.isascii() else tokens.count(piece)


def _annotation_delta(number: int, annotation: Wire) -> Object:
    delta: Object = {"index": number, **annotation}
    if delta["type"] == "file_citation":
        delta["file_citation"] = {**delta["file_citation"], "quote": ""}  # recorded so in deltas only
    return delta


def _fragments(text: str) -> list[tuple[str, int]]:
    """Arguments in at least two fragments where they have two characters: helpers rely on several."""
    pieces = list(_sized(text))
    if len(pieces) == 1 and len(text) > 1:
        return [(text[:1], 1), (text[1:], 1)]
    return pieces or [("", 0)]
