"""Under any limits a client that backs off as it was told gets through, and nobody gets more than flows."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from harness.control import Control
from tests.conftest import Raw
from tests.properties import law

TELLING: list[tuple[str, str, Any]] = [
    ("GET", "/v1/assistants", None),
    ("POST", "/v1/threads", {}),
    ("GET", "/v1/threads/thread_gone", None),
    ("POST", "/v1/threads/runs", {"assistant_id": "asst_gone", "max_completion_tokens": 40}),
    ("POST", "/v1/vector_stores/vs_gone/files", {"file_id": "file-gone"}),
    ("POST", "/v1/vector_stores/vs_gone/file_batches", {"file_ids": ["file-gone"] * 2}),
    ("POST", "/v1/vector_stores/vs_lost/files", {"file_id": "file-gone"}),
]
ASKING = {"requests_per_minute": 1, "tokens_per_minute": 60, "vector_store_requests_per_minute": 1}
ASKING |= {"attached_files_per_minute": 2}
"""The lowest limits with which each of these calls can be made."""


class Patience(RuleBasedStateMachine):
    """Calls of all kinds, early and late. Who was told to wait and does gets through on the next try."""

    raw: Raw
    control: Control

    @initialize(
        over=st.fixed_dictionaries({name: st.integers(0, 3) for name in ASKING}),
        wanted=st.sets(st.sampled_from(sorted(ASKING)), min_size=1),
    )
    def begin(self, over: dict[str, int], wanted: set[str]) -> None:
        """A world with some of the limits."""
        self.limits = {name: ASKING[name] + over[name] for name in sorted(wanted)}
        self.control.new_world(rate_limits=self.limits, latency="instant")
        self.passed: list[tuple[float, str]] = []

    @rule(call=st.sampled_from(TELLING), retries=st.booleans())
    def ask(self, call: tuple[str, str, Any], retries: bool) -> None:
        """Ask; if it was too early, wait as told, by the clock or as an SDK does, and ask again."""
        answer = self.raw(*call)
        if answer.status == 429:
            told = int(answer.headers["retry-after"])
            assert 0 < told <= 60
            if retries:
                answer = self.raw(*call, headers={"x-stainless-retry-count": "1"})
            else:
                assert self.raw(*call).status == 429, "too early"
                self.control.advance(told)
                answer = self.raw(*call)
        assert answer.status in (200, 400, 404), answer.raw.decode()
        self.passed.append((self.control.clock()["now"], call[1]))

    @rule(seconds=st.floats(0.001, 90, allow_nan=False))
    def wait(self, seconds: float) -> None:
        """Do nothing."""
        self.control.advance(round(seconds, 3))

    def teardown(self) -> None:
        """In no stretch of time did more get through than a full bucket and what flows in meanwhile."""
        for name, part in (("requests_per_minute", ""), ("vector_store_requests_per_minute", "vs_gone")):
            if name not in getattr(self, "limits", {}):
                continue
            moments = [moment for moment, path in self.passed if part in path]
            for first, last in combinations(range(len(moments)), 2):
                stretch = moments[last] - moments[first]
                assert last - first + 1 <= self.limits[name] * (1 + stretch / 60) + 1e-6


def test_a_client_that_backs_off_as_told_always_succeeds(raw: Raw, control: Control) -> None:
    machine = type("Patience", (Patience,), {"raw": raw, "control": control})
    run_state_machine_as_test(machine, settings=law(40, steps=25))
