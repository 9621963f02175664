"""Whatever happens in a world: who is said to wait in vain would get the same answer for ever."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from harness.control import Control
from mockserver.readers import PATIENCE
from tests.conftest import Raw
from tests.stage import WEATHER, Stage

SCRIPTS: list[dict[str, Any]] = [
    {"reply": "Hello."},
    {"stall": "in_progress"},
    {"tool_calls": [{"function": "get_weather", "arguments": {"city": "Paris"}}]},
]
YEAR = 366 * 86_400
KIND = re.compile(r"(?<=_)\w+|(?<=file)-\w+")
"""What is different in the names of two things of a kind."""

STEPS = st.one_of(
    st.tuples(st.just("ask"), st.integers(0, 99), st.sampled_from([1, 10, PATIENCE])),
    st.tuples(st.just("ask"), st.integers(0, 99), st.just(2 * PATIENCE + 5)),
    st.tuples(st.just("sleep"), st.sampled_from([0, 0.3, 5, 61, 601])),
    st.tuples(st.just("act")),
    st.tuples(st.just("run"), st.sampled_from(SCRIPTS)),
    st.tuples(st.just("attach"), st.sampled_from(["index.stuck", "index.slow(delay=1m)", None])),
)
EVERY_KIND: list[tuple[Any, ...]] = [
    ("ask", 0, PATIENCE),
    ("ask", 2, PATIENCE),
    ("run", {"stall": "in_progress"}),
    ("sleep", 601),
    ("ask", 0, PATIENCE),
    ("ask", 1, PATIENCE),
    ("ask", 2, PATIENCE),
    ("attach", "index.stuck"),
    ("ask", 0, PATIENCE),
]
"""Whatever can be waited for in vain, but for a refusal when a fault is over."""


class Client:
    """One that looks, acts, sleeps, fails and is refused, in a world of runs and files in all conditions.

    `calls` are those that change nothing, by the names they have as subjects; `asked` is how often each was
    made since something was changed, `answers` what came last.
    """

    def __init__(self, raw: Raw, control: Control, until: str | None) -> None:
        """A new world, in which one address fails from now on, for a while or for ever."""
        self.raw, self.control = raw, control
        self.stage = Stage(raw, control)
        self.calls: dict[str, tuple[str, str, Any]] = {}
        self.asked: Counter[str] = Counter()
        self.answers: dict[str, tuple[int, bytes]] = {}
        control.new_world()
        control.arm("500", "assistants.delete", always=until is None, until=until)
        self._knows("/v1/assistants/asst_1 failed", "DELETE", "/v1/assistants/asst_1")
        self._knows("DELETE /v1/assistants/asst_1 refused", "DELETE", "/v1/assistants/asst_1")
        self._knows("GET /v1/threads/thread_gone refused", "GET", "/v1/threads/thread_gone")

    def _knows(self, name: str, method: str, path: str, body: Any = None) -> None:
        self.calls[name] = (method, path, body)

    def run(self, script: dict[str, Any]) -> None:
        """A run begins on a thread of its own."""
        self.stage.says(script)
        path = self.stage.run(assistant={"tools": [WEATHER], "instructions": "x"})
        messages = f"/threads/{path.split('/')[2]}/messages"
        self._knows(path.rpartition("/")[2], "GET", f"/v1{path}")
        self._knows(messages, "GET", f"/v1{messages}")
        mistake = {"role": "robot", "content": "x"}
        self._knows(f"POST /v1{messages} refused", "POST", f"/v1{messages}", mistake)
        self.asked.clear()

    def attach(self, fault: str | None) -> None:
        """A file is on its way into a vector store."""
        store_id, file_id = self.stage.post("/vector_stores", {})["id"], self.stage.file()
        if fault is not None:
            self.control.arm(fault, "vector_stores.files.create")
        self.stage.post(f"/vector_stores/{store_id}/files", {"file_id": file_id})
        self._knows(f"{store_id}/{file_id}", "GET", f"/v1/vector_stores/{store_id}/files/{file_id}")
        self.asked.clear()

    def ask(self, number: int, times: int) -> None:
        """The same call, over and over."""
        for _ in range(times):
            self.answer(list(self.calls)[-1 - number % len(self.calls)])

    def answer(self, name: str) -> tuple[int, bytes]:
        """The answer to one call; of those that fail, the status."""
        method, path, _ = call = self.calls[name]
        answer = self.raw(*call)
        key = f"{method} {path}"
        self.asked[key] += 1
        self.answers[key] = (answer.status, answer.raw if answer.status < 500 else b"")
        return self.answers[key]

    def sleep(self, seconds: float) -> None:
        """Time passes."""
        self.control.advance(seconds)

    def act(self) -> None:
        """Something is done: nobody is said to wait in vain then."""
        self.stage.thread()
        self.asked.clear()
        assert self.control.clock()["quiescence"] is None

    def check(self) -> str | None:
        """If somebody waits in vain, a year later the answer is still the same. The subject of the proof."""
        proof = self.control.clock()["quiescence"]
        if proof is None:
            return None
        subject = str(proof["subject"])
        method, path, _ = self.calls[subject]
        assert PATIENCE <= proof["reads"] <= self.asked[f"{method} {path}"]
        before = self.answers[f"{method} {path}"]
        document = self.control.snapshot()
        self.control.advance(YEAR)
        assert self.answer(subject) == before
        self.control.restore(document)
        self.asked.clear()
        return subject


def test_the_proof_of_a_hang_is_true(raw: Raw, control: Control) -> None:
    proven = set()

    # Without shrinking, which takes minutes.
    @settings(
        derandomize=True,
        deadline=None,
        database=None,
        max_examples=25,
        phases=[Phase.explicit, Phase.generate],
    )
    @example(until=None, steps=EVERY_KIND)
    @example(until="1m", steps=[("sleep", 61), ("ask", 2, PATIENCE)])
    @given(until=st.sampled_from([None, "1m", "10m"]), steps=st.lists(STEPS, min_size=5, max_size=10))
    def try_out(until: str | None, steps: list[tuple[Any, ...]]) -> None:
        client = Client(raw, control, until)
        for step, *chosen in steps:
            getattr(client, step)(*chosen)
            subject = client.check()
            if subject is not None:
                proven.add(KIND.sub("", subject))

    try_out()
    assert proven == {
        "run_",
        "vs_/file",
        "/threads/thread_/messages",
        "/v1/assistants/asst_ failed",
        "GET /v1/threads/thread_ refused",
        "POST /v1/threads/thread_/messages refused",
        "DELETE /v1/assistants/asst_ refused",
    }
