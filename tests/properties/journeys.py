"""Drawn sequences of calls as plain data, so that the very same requests can be made again elsewhere.

An op names objects by number; who plays it takes the ids from the answers before. An op that cannot be done
(there is no run yet, say) is passed over, the same way every time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests.properties.asgi import Door
from tests.properties.exchange import Answer
from tests.properties.scenes import outputs
from tests.properties.scripts import TOOLS, Object, rules

Op = tuple[Any, ...]
Line = tuple[int, tuple[tuple[bytes, bytes], ...], bytes]
"""One answer: status, headers, body."""

_WHICH = st.integers(0, 3)

OPS: st.SearchStrategy[Op] = st.one_of(
    st.tuples(st.just("assistant"), st.booleans()),
    st.tuples(st.just("thread"), st.booleans()),
    st.tuples(st.just("rule"), rules()),
    st.tuples(st.just("message"), _WHICH),
    st.tuples(st.just("run"), _WHICH, _WHICH),
    st.tuples(st.just("run"), _WHICH, _WHICH),
    st.tuples(st.just("stream"), _WHICH, _WHICH, st.integers(1, 30)),
    st.tuples(st.just("stream"), _WHICH, _WHICH, st.integers(1, 30)),
    st.tuples(st.just("both"), _WHICH, st.booleans()),
    st.tuples(st.just("submit"), _WHICH),
    st.tuples(st.just("submit"), _WHICH),
    st.tuples(st.just("stream_submit"), _WHICH, st.integers(1, 30)),
    st.tuples(st.just("cancel"), _WHICH),
    st.tuples(st.just("poll"), _WHICH),
    st.tuples(st.just("look"), _WHICH),
    st.tuples(st.just("touch"), _WHICH, st.booleans()),
    st.tuples(st.just("advance"), st.sampled_from([0, 0.001, 0.3, 1, 7, 601])),
)


def journeys() -> st.SearchStrategy[list[Op]]:
    """A sequence that begins with something to work on."""
    start: list[Op] = [("assistant", True), ("thread", True)]
    return st.lists(OPS, min_size=3, max_size=14).map(lambda ops: start + ops)


class Player:
    """Plays ops at a door and keeps every answer. `before` is called ahead of the op of each number."""

    def __init__(self, door: Door, before: Callable[[int], None] = lambda number: None) -> None:
        self.door = door
        self.before = before
        self.lines: list[Line] = []
        self.assistants: list[str] = []
        self.threads: list[str] = []
        self.runs: list[tuple[str, str]] = []

    def play(self, ops: list[Op]) -> list[Line]:
        """Every answer, in order."""
        for number, (name, *arguments) in enumerate(ops):
            self.before(number)
            getattr(self, f"_{name}")(*arguments)
        return self.lines

    def _assistant(self, tools: bool) -> None:
        body = {"model": "gpt-4o", "tools": TOOLS if tools else [], "instructions": "Be brief."}
        self.assistants.append(self._post("/v1/assistants", body)["id"])

    def _thread(self, asked: bool) -> None:
        messages = [{"role": "user", "content": "Hello, look up ORD-17 🙂"}] if asked else []
        self.threads.append(self._post("/v1/threads", {"messages": messages})["id"])

    def _rule(self, rule: Object) -> None:
        self._post("/_mock/replies", rule)

    def _message(self, which: int) -> None:
        self._post(f"{self._thread_path(which)}/messages", {"role": "user", "content": "And then?"})

    def _run(self, which: int, whose: int) -> None:
        self._begun(self._post(f"{self._thread_path(which)}/runs", self._request(whose)))

    def _both(self, whose: int, asked: bool) -> None:
        thread = {"messages": [{"role": "user", "content": "Hm?"}]} if asked else {}
        body = self._request(whose) | {"thread": thread, "instructions": "" if asked else None}
        made = self._post("/v1/threads/runs", body)
        if "id" in made:
            self.threads.append(made["thread_id"])
        self._begun(made)

    def _stream(self, which: int, whose: int, count: int) -> None:
        path, body = f"{self._thread_path(which)}/runs", self._request(whose) | {"stream": True}
        self._begun(self._streamed(path, body, count))

    def _submit(self, which: int) -> None:
        path, body = self._submission(which)
        if path:
            self._post(path, body)

    def _stream_submit(self, which: int, count: int) -> None:
        path, body = self._submission(which)
        if path:
            self._streamed(path, body | {"stream": True}, count)

    def _cancel(self, which: int) -> None:
        if self.runs:
            self._post(f"{self._run_path(which)}/cancel")

    def _poll(self, which: int) -> None:
        if self.runs:
            self._get(self._run_path(which))

    def _look(self, which: int) -> None:
        if self.runs:
            self._get(f"{self._run_path(which)}/steps")
        self._get(f"{self._thread_path(which)}/messages")
        self._get(f"{self._thread_path(which)}/runs")

    def _touch(self, which: int, modify: bool) -> None:
        """Change or delete the newest message, which a run may be writing."""
        path = f"{self._thread_path(which)}/messages"
        newest = self._get(path)["data"][:1]
        if newest and modify:
            self._post(f"{path}/{newest[0]['id']}", {"metadata": {"seen": "yes"}})
        elif newest and newest[0]["role"] == "assistant":
            self._keep(self.door.call("DELETE", f"{path}/{newest[0]['id']}"))

    def _advance(self, seconds: float) -> None:
        self._post("/_mock/clock/advance", {"seconds": seconds})

    # How

    def _thread_path(self, which: int) -> str:
        return f"/v1/threads/{self.threads[which % len(self.threads)]}"

    def _run_path(self, which: int) -> str:
        thread, run = self.runs[which % len(self.runs)]
        return f"/v1/threads/{thread}/runs/{run}"

    def _request(self, whose: int) -> Object:
        return {"assistant_id": self.assistants[whose % len(self.assistants)]}

    def _submission(self, which: int) -> tuple[str, Object]:
        if not self.runs:
            return "", {}
        thread, run_id = self.runs[which % len(self.runs)]
        listed = self._get(f"/v1/threads/{thread}/runs")["data"]
        run = next(run for run in listed if run["id"] == run_id)
        given = outputs(run) if run["required_action"] else []
        return f"{self._run_path(which)}/submit_tool_outputs", {"tool_outputs": given}

    def _begun(self, shown: Object) -> None:
        if "thread_id" in shown:
            self.runs.append((shown["thread_id"], shown["id"]))

    def _post(self, path: str, body: Any = None) -> Object:
        return self._keep(self.door.call("POST", path, body))

    def _get(self, path: str) -> Object:
        return self._keep(self.door.call("GET", path))

    def _streamed(self, path: str, body: Object, count: int) -> Object:
        """Read so many events and hang up; what the first one shows."""
        stream = self.door.stream(path, body)
        events = stream.take(count) if stream.open() else []
        if events:
            stream.cut()
        self._keep(stream.answer(), decode=False)
        return events[0].data if events else {}

    def _keep(self, answer: Answer, *, decode: bool = True) -> Object:
        self.lines.append((answer.status, answer.headers, answer.body))
        shown: Object = answer.json if decode else {}
        return shown
