"""From what the model does to what is due when: a script becomes timed events.

Deltas are about one token each; deltas and finished objects are both full and agree, because stream helpers
of different SDK generations take their final objects from one or the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from mockserver import objects, pictures, tokens
from mockserver.chance import Dice
from mockserver.deltas import content_deltas, fragments, in_reading_order
from mockserver.furnishing import furnished
from mockserver.latency import Latency
from mockserver.lifecycle import Signal
from mockserver.outgoing import ranking_of
from mockserver.script import (
    Action,
    CallTools,
    Expire,
    Fail,
    Incomplete,
    MadeFile,
    Pace,
    RunCode,
    Say,
    SearchFiles,
    Stall,
    Wire,
)
from mockserver.shelf import Shelf
from mockserver.timeline import Add, Decide, End, Event, Make, Move, moved

Object = dict[str, Any]


@dataclass
class Plan:
    """The events of one turn of a run, and what is left to do when its tool outputs have come.

    `rest` is None unless the turn ends in `requires_action` or goes on when a decision has been made: then it
    begins with what is to be decided, and `decides` is true.
    """

    events: list[Event] = field(default_factory=list)
    rest: tuple[Action, ...] | None = None
    decides: bool = False


@dataclass
class Planner:
    """Plans one turn of a run that is picked up at `start` (milliseconds).

    `prompt_tokens` is what the model reads first. `completion_budget` and `prompt_budget` are what is left of
    the run's token limits, None without a limit. `new_id` gives ids by object name; the `shelf` knows files.
    `elapsed` is how long the turn has gone on already when its rest is planned after a decision, else None.
    """

    run: Wire
    start: int
    latency: Latency
    pace: Pace
    dice: Dice
    new_id: Callable[[str], str]
    prompt_tokens: int
    shelf: Shelf
    completion_budget: int | None = None
    prompt_budget: int | None = None
    elapsed: int | None = None

    def plan(self, actions: Sequence[Action]) -> Plan:
        """Play the actions one after another until the run ends or asks for tool outputs."""
        self.at = self.start
        self.made = Plan()
        self._waited = self.elapsed is not None
        self._pictures: list[str] = []
        self._results: list[Object] = []
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
            case SearchFiles(results=None):
                # Not now: what is indexed is known when the moment of the search has come.
                self._wait_for_token()
                self._put(Decide(self.at))
                self.made.rest, self.made.decides = (action, *remaining), True
                return True
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
        content = [
            in_reading_order(part)
            for part in furnished(action.content, self.shelf, self._pictures, self._results)
        ]
        self._pictures = []
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
        for delta, size in content_deltas(content):
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
                for piece, size in fragments(call.arguments)
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
        written = [self.shelf.write(file, self.at // 1000) for file in action.files]
        outputs = [self._output(output, written) for output in action.outputs]
        self._put(Make(self.at, self._tool_step(step_id), self.prompt_tokens))
        first = {"index": 0, "id": call_id, "type": kind, kind: {"input": "", "outputs": []}}
        code = [
            ({"index": 0, "type": kind, kind: {"input": piece}}, 1) for piece in tokens.split(action.input)
        ]
        shown = [
            ({"index": 0, "type": kind, kind: {"outputs": [{"index": index, **output}]}}, 0)
            for index, output in enumerate(outputs)
        ]
        if not self._tool_deltas(step_id, [(first, 0), *code]):
            return True
        for file in written:  # they are there before anybody is told of them
            self._put(Make(self.at, file))
        self._tool_deltas(step_id, shown)
        call = {
            "id": call_id,
            "type": kind,
            kind: {"input": action.input, "outputs": outputs},
        }
        self._finish_tool(step_id, call)
        return False

    def _search(self, action: SearchFiles, open_end: bool) -> bool:
        step_id = self._step()
        if step_id is None:
            return True
        call_id = self.new_id("call")
        options = ranking_of(self.run)
        self._put(Make(self.at, self._tool_step(step_id), self.prompt_tokens))
        search: Object = {"ranking_options": options, "results": []}
        first = {"index": 0, "id": call_id, "type": "file_search", "file_search": search}
        if not self._tool_deltas(step_id, [(first, tokens.count(action.query or ""))]):
            return True
        self._results = [self._result(result) for result in action.results or ()]
        found = {"ranking_options": options, "results": self._results}
        self._finish_tool(step_id, {"id": call_id, "type": "file_search", "file_search": found})
        answer = action.reply if action.results or action.miss is None else action.miss
        return self._say(Say.text(answer), open_end) if answer is not None else False

    def _output(self, output: Wire, written: list[Object]) -> Object:
        """An output in wire form, the file of an image found or made."""
        if output["type"] != "image":
            return dict(output)
        file_id = self.shelf.find(output["image"]["file_id"])
        if file_id is None:
            made = MadeFile(output["image"]["file_id"], pictures.blank())
            picture = self.shelf.write(made, self.at // 1000)
            written.append(picture)
            file_id = picture["id"]
        self._pictures.append(file_id)
        return {"type": "image", "image": {"file_id": file_id}}

    def _result(self, scripted: Wire) -> Object:
        """A search result in wire order; what the script left out is filled in."""
        name, file_id = scripted.get("file_name"), scripted.get("file_id")
        if file_id is None:
            file_id = self.shelf.find(name) or self.new_id("file")
        result: Object = {
            "file_id": file_id,
            "file_name": name or self.shelf.name(file_id) or file_id,
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
        if not self._waited:
            self._wait_for_token()
        self._waited = False
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
        if total is None or not self.made.events or self.made.decides:
            return
        total = max(0, total - (self.elapsed or 0))
        natural = self.made.events[-1].due - self.start
        last = len(self.made.events) - 1
        stretched: list[Event] = []
        for index, event in enumerate(self.made.events):
            share = (event.due - self.start) / natural if natural else (index / last if last else 1)
            stretched.append(moved(event, self.start + round(total * share)))
        self.made.events = stretched
