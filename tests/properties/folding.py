"""What a client knows who only listens to streams, put together as the SDKs do it, and what a poller sees.

Written without the server's own code: created objects plus deltas, replaced by full objects as they come.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

from tests.properties.asgi import Door
from tests.properties.exchange import Event

Object = dict[str, Any]

STREAM_ONLY = ("status", "incomplete_details", "incomplete_at", "completed_at")
"""What only the stream shows of a message."""


class Listener:
    """Everything a stream told: the run, its steps and messages as they are now, by id in order."""

    def __init__(self) -> None:
        self.thread: Object | None = None
        self.run: Object = {}
        self.steps: dict[str, Object] = {}
        self.messages: dict[str, Object] = {}
        self.done = False

    def hear(self, events: Iterable[Event]) -> Listener:
        """Take events in."""
        for event in events:
            self._take(event.name, copy.deepcopy(event.data))
        return self

    def _take(self, name: str, data: Any) -> None:
        assert not self.done, f"{name} after [DONE]"
        match name:
            case "done":
                self.done = True
            case "thread.created":
                self.thread = data
            case "thread.message.delta":
                accumulate(self.messages[data["id"]], data["delta"])
            case "thread.run.step.delta":
                accumulate(self.steps[data["id"]], data["delta"])
            case _ if name.startswith("thread.message."):
                assert name.endswith(".created") == (data["id"] not in self.messages)
                self.messages[data["id"]] = data
            case _ if name.startswith("thread.run.step."):
                # A stream that resumes a run begins with a step that an earlier one has made.
                self.steps[data["id"]] = data
            case _:
                assert name.startswith("thread.run."), name
                self.run = data

    def view(self) -> Object:
        """What a poller should see, in a form that can be compared."""
        over = self.run["status"] in ENDS
        return {
            "run": without(self.run, "tool_resources"),
            "steps": [comparable_step(step, over=over) for step in self.steps.values()],
            "messages": [comparable_message(message) for message in self.messages.values()],
        }


ENDS = {"completed", "failed", "cancelled", "incomplete", "expired"}


def poll(door: Door, thread_id: str, run_id: str, step_ids: Iterable[str] = ()) -> Object:
    """The same as a poller sees it, by lists, which do not move time; steps and messages by id as well."""
    path = f"/v1/threads/{thread_id}"
    run = next(run for run in door.get(f"{path}/runs", "limit=100")["data"] if run["id"] == run_id)
    steps = door.get(f"{path}/runs/{run_id}/steps", "order=asc&limit=100")["data"]
    messages = door.get(f"{path}/messages", f"order=asc&limit=100&run_id={run_id}")["data"]
    for step in steps:
        assert door.get(f"{path}/runs/{run_id}/steps/{step['id']}") == step
    for message in messages:
        assert door.get(f"{path}/messages/{message['id']}") == message
    over = run["status"] in ENDS
    return {
        "run": without(run, "tool_resources"),
        "steps": [comparable_step(step, over=over) for step in steps],
        "messages": [comparable_message(message) for message in messages],
    }


def accumulate(whole: Object, delta: Object) -> None:
    """Add a delta: strings grow, lists merge by index, what was null or missing is set."""
    for key, value in delta.items():
        old = whole.get(key)
        if key in ("index", "type") or old is None:
            whole[key] = value
        elif isinstance(old, str):
            assert isinstance(value, str)
            whole[key] = old + value
        elif isinstance(old, dict):
            accumulate(old, value)
        elif isinstance(old, list):
            for entry in value:
                assert entry["index"] <= len(old), "a hole in the list"
                if entry["index"] == len(old):
                    old.append(entry)
                else:
                    accumulate(old[entry["index"]], entry)
        else:
            raise AssertionError(f"{key} was {old!r} and is told again: {value!r}")


def without(body: Object, *names: str) -> Object:
    """The object without some of its fields."""
    return {name: value for name, value in body.items() if name not in names}


def comparable_message(message: Object) -> Object:
    """A message without what JSON replies and deltas are known to show differently."""
    shown = without(message, *STREAM_ONLY)
    shown["content"] = [_comparable_part(part) for part in shown["content"]]
    return shown


def _comparable_part(part: Object) -> Object:
    shown = without(part, "index")
    if "text" in shown:
        marks = [_comparable_mark(mark) for mark in shown["text"].get("annotations", [])]
        shown["text"] = {**shown["text"], "annotations": marks}
    return shown


def _comparable_mark(mark: Object) -> Object:
    shown = without(mark, "index")
    if "file_citation" in shown:
        shown["file_citation"] = without(shown["file_citation"], "quote")
    return shown


def comparable_step(step: Object, *, over: bool) -> Object:
    """A step without what streams are known to show otherwise: expiry after the end, found text, indexes."""
    shown = without(step, "expires_at") if over else dict(step)
    details = dict(shown["step_details"])
    if "tool_calls" in details:
        details["tool_calls"] = [_comparable_call(call) for call in details["tool_calls"]]
    return {**shown, "step_details": details}


def _comparable_call(call: Object) -> Object:
    shown = without(call, "index")
    kind = shown["type"]
    inner = dict(shown[kind])
    if "outputs" in inner:
        inner["outputs"] = [without(output, "index") for output in inner["outputs"]]
    if "results" in inner:
        inner["results"] = [without(result, "content") for result in inner["results"]]
    return {**shown, kind: inner}
