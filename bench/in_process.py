"""`python -m bench.in_process`: openai-responses and the mock by turns, both through the SDK.

Runs where openai-responses is installed, with the SDK it allows. It answers inside the SDK's HTTP client: no
socket, no server. Its runs are what the test says: here it is told to complete each with the reply the mock
gave, and to stream the events the mock streamed.

With the words `first peer` or `first mock` it only gets one answer: for the time from Python's start to it.
"""

from __future__ import annotations

import importlib
import json
import sys
import warnings
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

from openai import OpenAI

from bench.rounds import alternate

QUESTION = "How do I reset my password?"
Measured = dict[str, tuple[list[float], list[float]]]
"""By step: the milliseconds of a call to the mock, and to the peer, round by round."""


class Calls:
    """The steps, as calls of one client that do the same work with either."""

    def __init__(self, client: OpenAI) -> None:
        self.beta = client.beta
        self.assistant_id = client.beta.assistants.create(model="gpt-4o", name="Support").id
        self.thread_id = client.beta.threads.create().id
        for _ in range(20):
            self.message()

    def retrieve(self) -> None:
        """GET one object."""
        self.beta.assistants.retrieve(self.assistant_id)

    def thread(self) -> None:
        """POST a thread."""
        self.beta.threads.create()

    def message(self) -> None:
        """POST a message."""
        self.beta.threads.messages.create(self.thread_id, role="user", content=QUESTION)

    def page(self) -> None:
        """A page of 20 messages."""
        # Not every mock looks at the limit; none gets a thread with more.
        found = self.beta.threads.messages.list(self.thread_id, limit=20).data
        if len(found) != 20:
            raise RuntimeError(f"{len(found)} messages came")

    def loop(self) -> None:
        """A question and its answer."""
        threads = self.beta.threads
        thread = threads.create()
        threads.messages.create(thread.id, role="user", content=QUESTION)
        run = threads.runs.create_and_poll(thread_id=thread.id, assistant_id=self.assistant_id)
        found = threads.messages.list(thread.id).data
        if run.status != "completed" or {message.role for message in found} != {"user", "assistant"}:
            raise RuntimeError(f"the run {run.status}, and {len(found)} messages are there")

    def stream(self) -> None:
        """A run, streamed."""
        if self.events()[-1].event != "thread.run.completed":
            raise RuntimeError("the stream did not complete")

    def events(self) -> list[Any]:
        """What a streamed run sends."""
        thread = self.beta.threads.create()
        self.beta.threads.messages.create(thread.id, role="user", content=QUESTION)
        runs = self.beta.threads.runs
        return list(runs.create(thread_id=thread.id, assistant_id=self.assistant_id, stream=True))


def side_by_side(url: str, key: str, rounds: int, calls: int) -> Measured:
    """Every step by turns. The peer takes over the HTTP client only in its own turns."""
    mocked = Calls(OpenAI(base_url=url, api_key=key, max_retries=0))
    reply = _reply(mocked)
    scripted = _scripted(reply)
    with scripted.router:
        peer = Calls(OpenAI(api_key=key, max_retries=0))
    measured: Measured = {}
    for step in ("retrieve", "thread", "page", "message", "loop", "stream"):
        ours: Callable[[], None] = getattr(mocked, step)
        theirs: Callable[[], None] = getattr(peer, step)
        if step == "stream":
            scripted.beta.threads.runs.create.response = _streamed(mocked.events())

        def in_process(call: Callable[[], None] = theirs) -> float:
            with scripted.router:
                return _milliseconds(call, calls)

        def over_a_socket(call: Callable[[], None] = ours) -> float:
            return _milliseconds(call, calls)

        first, second = alternate(rounds, over_a_socket, in_process)
        measured[step] = (first, second)
    return measured


def _milliseconds(call: Callable[[], None], calls: int) -> float:
    taken = []
    for _ in range(calls):
        began = perf_counter()
        call()
        taken.append((perf_counter() - began) * 1000)
    return median(taken)


def _reply(calls: Calls) -> str:
    """What the mock answers."""
    deltas = [event.data for event in calls.events() if event.event == "thread.message.completed"]
    return str(deltas[0].content[0].text.value)


def _scripted(reply: str) -> Any:
    """openai-responses, told to complete a run with this reply when it is first asked how it stands."""
    httpx = importlib.import_module("httpx")
    mock = importlib.import_module("openai_responses").OpenAIMock()
    build = importlib.import_module("openai_responses.helpers.builders.messages").message_from_create_request

    def complete(request: Any, route: Any, state_store: Any, **found: str) -> Any:
        run = state_store.beta.threads.runs.get(found["run_id"])
        asked = {"role": "assistant", "content": reply}
        message = build(run.thread_id, httpx.Request("POST", "", content=json.dumps(asked).encode()))
        state_store.beta.threads.messages.put(message)
        run.status = "completed"
        return httpx.Response(200, json=run.model_dump(mode="json"))

    mock.beta.threads.runs.retrieve.response = complete
    return mock


def _streamed(events: list[Any]) -> Callable[..., Any]:
    """A response that streams these events, as its pages say how."""
    httpx = importlib.import_module("httpx")
    base: Any = importlib.import_module("openai_responses.streaming").EventStream

    class Replayed(base):  # type: ignore[misc]
        def generate(self) -> Any:
            yield from events

    def respond(request: Any, **found: str) -> Any:
        return httpx.Response(201, content=Replayed())

    return respond


def first(which: str) -> None:
    """One assistant from a fresh process."""
    if which == "peer":
        with importlib.import_module("openai_responses").OpenAIMock().router:
            OpenAI(api_key="first").beta.assistants.create(model="gpt-4o")
    else:
        from mockserver.server import Server

        with Server() as server:
            OpenAI(base_url=server.base_url, api_key="first").beta.assistants.create(model="gpt-4o")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    if sys.argv[1:2] == ["first"]:
        first(sys.argv[2])
    else:
        print(json.dumps(side_by_side(**json.load(sys.stdin))))
