"""A small model of runs, against which the server is held: what status each has at which moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Object = dict[str, Any]

PACE = {"queued": "1s", "in_progress": "1s", "cancelling": "1s"}
EXPIRY_MS = 600_000

KINDS: dict[str, Object] = {
    "say": {"reply": "One two three four five."},
    "ask": {
        "tool_calls": [{"function": "f", "arguments": {}}, {"function": "look_up", "arguments": "{}"}],
        "on_outputs": {"reply": "Thanks."},
    },
    "fail": {"reply": "I", "fail": {}},
    "cut": {"reply": "I was", "incomplete": "max_completion_tokens"},
    "stall": {"stall": "in_progress"},
    "wait": {"stall": "queued"},
    "cling": {"reply": "I hold on.", "stall": "cancelling"},
}
"""What runs do, by the `kind` in their metadata."""

_ENDS = {"say": "completed", "fail": "failed", "cut": "incomplete"}
TERMINAL = {"completed", "failed", "incomplete", "cancelled", "expired"}
WORKING = {"queued", "in_progress", "cancelling"}

RULES: list[Object] = [
    {"when": {"metadata": {"kind": kind}}, "then": action, "timeline": PACE} for kind, action in KINDS.items()
]


@dataclass
class ModelRun:
    """One run: its changes of status with their moments in milliseconds, past and to come."""

    id: str
    thread: str
    kind: str
    created: int
    changes: list[tuple[int, str]] = field(default_factory=list)
    read: int = 0

    def __post_init__(self) -> None:
        self.read = self.created // 1000 * 1000
        self.expiry = self.read + EXPIRY_MS
        self.changes = [(self.created, "queued")]
        if self.kind != "wait":
            self.changes.append((self.created + 1000, "in_progress"))
        if self.kind == "ask":
            self.changes.append((self.created + 2000, "requires_action"))
        elif self.kind in _ENDS:
            self.changes.append((self.created + 2000, _ENDS[self.kind]))
        self._expire()

    def status(self, now: int) -> str:
        """The status at a moment."""
        return [status for moment, status in self.changes if moment <= now][-1]

    def active(self, now: int) -> bool:
        """Whether the run keeps its thread."""
        return self.status(now) not in TERMINAL

    def next_change(self, now: int) -> int:
        """The moment of the next change of status."""
        return next(moment for moment, _ in self.changes if moment > now)

    def submit(self, now: int) -> None:
        """The tool outputs have come."""
        self._replace(now, [(now, "queued"), (now + 1000, "in_progress"), (now + 2000, "completed")])

    def cancel(self, now: int) -> None:
        """Somebody wants the run to stop."""
        changes = [(now, "cancelling")]
        if self.kind != "cling":
            changes.append((now + 1000, "cancelled"))
        self._replace(now, changes)

    def _replace(self, now: int, changes: list[tuple[int, str]]) -> None:
        self.changes = [change for change in self.changes if change[0] <= now] + changes
        self._expire()

    def _expire(self) -> None:
        if self.changes[-1][1] not in TERMINAL or self.changes[-1][0] >= self.expiry:
            self.changes = [change for change in self.changes if change[0] < self.expiry]
            self.changes.append((self.expiry, "expired"))


@dataclass
class ModelThread:
    """One thread: whether a user ever spoke there, its messages and its runs."""

    id: str
    asked: bool
    messages: list[str] = field(default_factory=list)
    runs: list[ModelRun] = field(default_factory=list)

    def active(self, now: int) -> ModelRun | None:
        """The run that keeps the thread, if any."""
        return next((run for run in self.runs if run.active(now)), None)
