"""One active run a thread at most, in whatever order one calls; and what is refused changes nothing."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
)

from mockserver.readers import PATIENCE
from tests.properties import law
from tests.properties.asgi import Door
from tests.properties.exchange import Answer
from tests.properties.lives import Lives
from tests.properties.model import KINDS, RULES, TERMINAL, WORKING, ModelRun, ModelThread
from tests.properties.scenes import Object, assistant

MESSAGE = {"role": "user", "content": "Hello?"}
KIND = st.sampled_from(sorted(KINDS))


class Threads(RuleBasedStateMachine):
    """Calls in any order, held against the model."""

    threads = Bundle("threads")
    runs = Bundle("runs")

    def __init__(self) -> None:
        super().__init__()
        self.door = Door()
        self.lives = Lives()
        self.held: dict[str, ModelThread] = {}
        self.now = 0
        self.slept_until = 0

    @initialize(witness=st.booleans())
    def begin(self, witness: bool) -> None:
        # The witness writes everything down, which could hide what is not written without it.
        self.witness = witness
        self.assistant = assistant(self.door)
        self.door.post("/_mock/replies", RULES)
        self._look_at_clock()

    def teardown(self) -> None:
        told = Lives()
        told.read(entry for entry in self.door.get("/_mock/journal")["data"] if "event" in entry)
        self.door.__exit__(None, None, None)
        told.check()
        self.lives.check()

    @rule(target=threads, asked=st.booleans())
    def create_thread(self, asked: bool) -> ModelThread:
        made = self.door.call("POST", "/v1/threads", {"messages": [MESSAGE] if asked else []})
        return self._keep(ModelThread(made.json["id"], asked))

    @rule(thread=threads)
    def add_message(self, thread: ModelThread) -> None:
        allowed = thread.active(self.now) is None
        answer = self._expect(allowed, "POST", f"/threads/{thread.id}/messages", MESSAGE)
        if allowed:
            thread.asked = True
            thread.messages.append(answer.json["id"])

    @rule(target=runs, thread=threads, kind=KIND, more=st.booleans())
    def create_run(self, thread: ModelThread, kind: str, more: bool) -> Any:
        allowed = thread.active(self.now) is None and (thread.asked or more)
        body = self._request(kind) | ({"additional_messages": [MESSAGE]} if more else {})
        answer = self._expect(allowed, "POST", f"/threads/{thread.id}/runs", body)
        return self._begun(thread, kind, answer.json) if allowed else multiple()

    @rule(target=runs, thread=threads, kind=KIND, count=st.integers(1, 25))
    def stream_run(self, thread: ModelThread, kind: str, count: int) -> Any:
        allowed = thread.active(self.now) is None and thread.asked
        path, body = f"/threads/{thread.id}/runs", self._request(kind) | {"stream": True}
        if not allowed:
            self._expect(False, "POST", path, body)
            return multiple()
        stream = self.door.stream(f"/v1{path}", body)
        events = stream.take(count)
        stream.cut()
        self.lives.hear(events)
        run = self._begun(thread, kind, events[0].data)
        self._look_at_clock()
        return run

    @rule(target=runs, kind=KIND, asked=st.booleans())
    def create_thread_and_run(self, kind: str, asked: bool) -> Any:
        body = self._request(kind) | {"thread": {"messages": [MESSAGE]} if asked else {}}
        answer = self._expect(asked, "POST", "/threads/runs", body)
        if not asked:
            return multiple()
        thread = self._keep(ModelThread(answer.json["thread_id"], asked))
        return self._begun(thread, kind, answer.json)

    @rule(run=runs, how=st.sampled_from(["right", "right", "one", "none", "wrong", "twice"]))
    def submit(self, run: ModelRun, how: str) -> None:
        if run.thread not in self.held:
            return
        asked = self._run(run)["required_action"] or {"submit_tool_outputs": {"tool_calls": []}}
        right = [
            {"tool_call_id": call["id"], "output": "21"}
            for call in asked["submit_tool_outputs"]["tool_calls"]
        ]
        wrong: Object = {"tool_call_id": "call_unknown", "output": "21"}
        given = {
            "right": right[::-1],
            "one": right[:1],
            "none": [],
            "wrong": [*right[:1], wrong],
            "twice": [*right, *right[:1]],
        }[how]
        allowed = run.status(self.now) == "requires_action" and how == "right"
        self._expect(allowed, "POST", f"{self._path(run)}/submit_tool_outputs", {"tool_outputs": given})
        if allowed:
            run.submit(self.now)

    @rule(run=runs)
    def cancel(self, run: ModelRun) -> None:
        if run.thread not in self.held:
            return
        allowed = run.status(self.now) in ("queued", "in_progress", "requires_action")
        answer = self._expect(allowed, "POST", f"{self._path(run)}/cancel")
        if allowed:
            assert answer.json["status"] == "cancelling"
            run.cancel(self.now)

    @rule(run=runs)
    def modify_run(self, run: ModelRun) -> None:
        if run.thread in self.held:
            allowed = not run.active(self.now)
            self._expect(allowed, "POST", self._path(run), {"metadata": {"seen": "yes"}})

    @rule(thread=threads)
    def modify_thread(self, thread: ModelThread) -> None:
        self._expect(thread.id in self.held, "POST", f"/threads/{thread.id}", {"metadata": {"seen": "yes"}})

    @rule(thread=threads, deed=st.sampled_from(["modify", "delete"]))
    def change_last_message(self, thread: ModelThread, deed: str) -> None:
        """The newest one: while a run is active that may be the one it is just writing."""
        if thread.id not in self.held:
            return
        path = f"/threads/{thread.id}/messages"
        newest = self.door.get(f"/v1{path}", "limit=1")["data"]
        if newest:
            path = f"{path}/{newest[0]['id']}"
            if deed == "modify":
                self._expect(True, "POST", path, {"metadata": {"seen": "yes"}})
                assert self.door.get(f"/v1{path}")["metadata"] == {"seen": "yes"}
            elif newest[0]["role"] == "assistant":
                self._expect(True, "DELETE", path)
                assert self.door.call("GET", f"/v1{path}").status == 404

    @rule(thread=consumes(threads))
    def delete_thread(self, thread: ModelThread) -> None:
        self._expect(thread.active(self.now) is None, "DELETE", f"/threads/{thread.id}")
        if thread.active(self.now) is None:
            del self.held[thread.id]
            for run in thread.runs[:2]:
                assert self.door.call("GET", f"/v1{self._path(run)}").status == 404

    @rule(seconds=st.sampled_from([0.001, 0.4, 1, 1.5, 3, 598, 700]))
    def advance(self, seconds: float) -> None:
        self.door.advance(seconds)
        self.now += round(seconds * 1000)
        self.slept_until = self.now

    @rule(run=runs)
    def retrieve(self, run: ModelRun) -> None:
        """A read of a run that is worked on takes time to its next change; any other takes none.

        Nor does the first after time was moved from outside.
        """
        if run.thread not in self.held:
            return
        slept, run.read = run.read < self.slept_until, self.now
        if run.status(self.now) in WORKING and not slept:
            self.now = run.next_change(self.now)
        shown = self.door.get(f"/v1{self._path(run)}")
        assert shown["status"] == run.status(self.now)
        self.lives.see(shown)

    @rule(run=runs, thread=threads)
    def retrieve_elsewhere(self, run: ModelRun, thread: ModelThread) -> None:
        if run.thread != thread.id:
            self._expect(False, "GET", f"/threads/{thread.id}/runs/{run.id}")

    @invariant()
    def time_is_what_it_was(self) -> None:
        if self.now:
            assert round(self.door.now() * 1000) == self.now

    @invariant()
    def runs_are_as_the_model_says(self) -> None:
        for thread in self.held.values():
            shown = self.door.get(f"/v1/threads/{thread.id}/runs", "order=asc&limit=100")["data"]
            assert {run["id"]: run["status"] for run in shown} == {
                run.id: run.status(self.now) for run in thread.runs
            }
            assert sum(run["status"] not in TERMINAL for run in shown) <= 1
            for run in shown:
                self.lives.see(run)

    def _request(self, kind: str) -> Object:
        return {"assistant_id": self.assistant, "metadata": {"kind": kind}}

    def _keep(self, thread: ModelThread) -> ModelThread:
        self.held[thread.id] = thread
        return thread

    def _begun(self, thread: ModelThread, kind: str, shown: Object) -> ModelRun:
        assert shown["status"] == "queued"
        thread.asked = True
        run = ModelRun(shown["id"], thread.id, kind, self.now)
        thread.runs.append(run)
        return run

    def _path(self, run: ModelRun) -> str:
        return f"/threads/{run.thread}/runs/{run.id}"

    def _run(self, run: ModelRun) -> Object:
        listed = self.door.get(f"/v1/threads/{run.thread}/runs", "limit=100")["data"]
        shown: Object = next(each for each in listed if each["id"] == run.id)
        return shown

    def _look_at_clock(self) -> None:
        now = round(self.door.now() * 1000)
        assert now >= self.now
        self.now = now

    def _expect(self, allowed: bool, method: str, path: str, body: Any = None) -> Answer:
        """The answer to a call that is allowed, or is refused and then changes nothing."""
        before = self._world() if self.witness else None
        answer = self.door.call(method, f"/v1{path}", body)
        assert answer.ok == allowed, answer
        if not allowed:
            assert answer.status in (400, 404)
            assert self.witness is False or self._world() == before
        return answer

    def _world(self) -> Object:
        """All there is, but for the count of answers."""
        world: Object = self.door.get("/_mock/world")
        del world["counters"]["req"]
        return world


# Fewer steps than a client has patience: equal reads with no other call in between would move time.
Threads.TestCase.settings = law(70, steps=PATIENCE - 1)
TestThreads = Threads.TestCase
