"""Where drawn cases begin: an assistant with every tool, a thread with a question, rules, and a stream."""

from __future__ import annotations

from typing import Any

from tests.properties.asgi import Door
from tests.properties.exchange import Stream
from tests.properties.scripts import SEARCH_CONTENT, TOOLS

Object = dict[str, Any]


def assistant(door: Door) -> str:
    """A new assistant that has all tools; its id."""
    made: str = door.post("/v1/assistants", {"model": "gpt-4o", "tools": TOOLS})["id"]
    return made


def thread(door: Door) -> str:
    """A new thread with a question; its id."""
    made: str = door.post("/v1/threads", {"messages": [{"role": "user", "content": "What is this? 🙂"}]})[
        "id"
    ]
    return made


def outputs(required: Object) -> list[Object]:
    """An answer to every call of a run that asks for tool outputs."""
    calls = required["required_action"]["submit_tool_outputs"]["tool_calls"]
    return [{"tool_call_id": call["id"], "output": f"{number} ✓"} for number, call in enumerate(calls)]


class Scene:
    """One run that follows one rule."""

    def __init__(self, door: Door, rule: Object | None, request: Object | None = None) -> None:
        self.door = door
        if rule is not None:
            door.post("/_mock/replies", rule)
        self.request = {"assistant_id": assistant(door)} | (request or {})
        self.thread = thread(door)
        self.run = ""

    def stream(self, *, include: bool = False) -> Stream:
        """Begin the run as a stream; its first event has been read."""
        path = f"/v1/threads/{self.thread}/runs"
        stream = self.door.stream(path, self.request | {"stream": True}, SEARCH_CONTENT if include else "")
        first = stream.next()
        assert first is not None
        self.run = first.data["id"]
        return stream

    def create(self) -> Object:
        """Begin the run without a stream."""
        run: Object = self.door.post(f"/v1/threads/{self.thread}/runs", self.request)
        self.run = run["id"]
        return run

    @property
    def path(self) -> str:
        """The path of the run."""
        return f"/v1/threads/{self.thread}/runs/{self.run}"

    def listed(self) -> Object:
        """The run as it is, without time moving."""
        shown: Object = self.door.get(f"/v1/threads/{self.thread}/runs")["data"][0]
        return shown

    def submit(self, run: Object) -> Stream:
        """Answer the run's calls and follow what comes then."""
        return self.door.stream(
            f"{self.path}/submit_tool_outputs", {"tool_outputs": outputs(run), "stream": True}
        )

    def play(self, rounds: int = 4) -> Object:
        """Live the run to its end without a stream, answering its calls; the run then."""
        self.create()
        for _ in range(rounds):
            self.door.advance(700_000)
            run = self.listed()
            if run["status"] != "requires_action":
                return run
            self.door.post(f"{self.path}/submit_tool_outputs", {"tool_outputs": outputs(run)})
        self.door.advance(700_000)
        return self.listed()
