"""The state machines as data: status x signal -> status. Everything that decides a transition lives here.

This file knows neither time nor objects: *when* a signal falls is the timeline's affair, *what else* changes
is the patch that comes with it. A signal that a status does not list is illegal and changes nothing.

Sources: the transitions are those of recorded traffic (2024-2025); cancelling, expiry and the end of open
steps and messages are documented or inferred. `thread.run.incomplete` was its own event from 2025 on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property


class Signal(StrEnum):
    """What may happen to a run, a step, a message, or to what is worked on beside them."""

    START = "start"
    ASK = "ask"
    SUBMIT = "submit"
    FINISH = "finish"
    FAIL = "fail"
    CUT = "cut"
    CANCEL = "cancel"
    STOP = "stop"
    EXPIRE = "expire"


@dataclass(frozen=True)
class Machine:
    """One kind of object: its table, the timestamp each status sets, and the stream event it is told by.

    `exits[status][signal]` is the next status. `stamps[status]` is the field that takes the moment (Unix
    seconds) when the status is entered. `event` is the prefix of stream event names; `births` are the
    events that tell of a new object, in order. `awaited` says that clients wait for its changes: time may
    move to the next one for somebody who does nothing but read.
    """

    object: str
    exits: Mapping[str, Mapping[Signal, str]]
    stamps: Mapping[str, str] = field(default_factory=dict)
    births: tuple[str, ...] = ()
    awaited: bool = False

    @cached_property
    def statuses(self) -> frozenset[str]:
        """Every status the machine knows."""
        return frozenset(self.exits)

    @cached_property
    def terminal(self) -> frozenset[str]:
        """The statuses nothing leads out of."""
        return frozenset(status for status, exits in self.exits.items() if not exits)

    @property
    def first(self) -> str:
        """The status an object is born with: the first one of the table."""
        return next(iter(self.exits))

    def next(self, status: str, signal: Signal) -> str | None:
        """The status after `signal`, or None when it is illegal in `status`."""
        return self.exits[status].get(signal)

    def event(self, status: str) -> str:
        """The name of the stream event that tells of `status`."""
        return f"{self.object}.{status}"


S = Signal  # the tables read better with a short name

RUN = Machine(
    object="thread.run",
    exits={
        "queued": {S.START: "in_progress", S.CANCEL: "cancelling", S.FAIL: "failed", S.EXPIRE: "expired"},
        "in_progress": {
            S.ASK: "requires_action",
            S.FINISH: "completed",
            S.CUT: "incomplete",
            S.FAIL: "failed",
            S.CANCEL: "cancelling",
            S.EXPIRE: "expired",
        },
        "requires_action": {S.SUBMIT: "queued", S.CANCEL: "cancelling", S.EXPIRE: "expired"},
        # Cancelling is an attempt: the run may still come to its own end first (documented).
        "cancelling": {
            S.STOP: "cancelled",
            S.FINISH: "completed",
            S.CUT: "incomplete",
            S.FAIL: "failed",
            S.EXPIRE: "expired",
        },
        "completed": {},
        "failed": {},
        "cancelled": {},
        "incomplete": {},
        "expired": {},
    },
    # A recorded incomplete run and a recorded expired run both carried completed_at (2024-04, 2023-11).
    stamps={
        "in_progress": "started_at",
        "completed": "completed_at",
        "incomplete": "completed_at",
        "expired": "completed_at",
        "failed": "failed_at",
        "cancelled": "cancelled_at",
    },
    births=("thread.run.created", "thread.run.queued"),
    awaited=True,
)

STEP = Machine(
    object="thread.run.step",
    exits={
        "in_progress": {
            S.FINISH: "completed",
            S.FAIL: "failed",
            S.STOP: "cancelled",
            S.EXPIRE: "expired",
        },
        "completed": {},
        "failed": {},
        "cancelled": {},
        "expired": {},
    },
    # There is no expired_at on the wire, although the published description requires one.
    stamps={"completed": "completed_at", "failed": "failed_at", "cancelled": "cancelled_at"},
    births=("thread.run.step.created", "thread.run.step.in_progress"),
)

MESSAGE = Machine(
    object="thread.message",
    exits={
        "in_progress": {S.FINISH: "completed", S.CUT: "incomplete"},
        "completed": {},
        "incomplete": {},
    },
    stamps={"completed": "completed_at", "incomplete": "incomplete_at"},
    births=("thread.message.created", "thread.message.in_progress"),
)

FILE = Machine(
    object="file",
    # `uploaded` and `error` are deprecated words that no recorded file had. One whose time is over is gone at
    # once, so nobody sees it `expired`.
    exits={"processed": {S.EXPIRE: "expired"}, "expired": {}},
)

UPLOAD = Machine(
    object="upload",
    exits={
        "pending": {S.FINISH: "completed", S.CANCEL: "cancelled", S.EXPIRE: "expired"},
        "completed": {},
        "cancelled": {},
        "expired": {},
    },
)

VECTOR_STORE = Machine(
    object="vector_store",
    # Work begins with the first file on its way in, and is done when none is (recorded 2025).
    exits={
        "in_progress": {S.FINISH: "completed", S.EXPIRE: "expired"},
        "completed": {S.START: "in_progress", S.EXPIRE: "expired"},
        "expired": {},
    },
)

VECTOR_STORE_FILE = Machine(
    object="vector_store.file",
    exits={
        "in_progress": {S.FINISH: "completed", S.FAIL: "failed", S.CANCEL: "cancelled"},
        "completed": {},
        "failed": {},
        "cancelled": {},
    },
    awaited=True,
)

VECTOR_STORE_BATCH = Machine(
    object="vector_store.file_batch",
    exits={
        "in_progress": {S.FINISH: "completed", S.FAIL: "failed", S.CANCEL: "cancelled"},
        "completed": {},
        "failed": {},
        "cancelled": {},
    },
)

MACHINES: Mapping[str, Machine] = {
    machine.object: machine
    for machine in (
        RUN,
        STEP,
        MESSAGE,
        FILE,
        UPLOAD,
        VECTOR_STORE,
        VECTOR_STORE_FILE,
        VECTOR_STORE_BATCH,
    )
}


def diagram(machine: Machine) -> str:
    """The table as a Mermaid state diagram, for the documentation."""
    lines = ["stateDiagram-v2", f"    [*] --> {machine.first}"]
    for status, exits in machine.exits.items():
        lines += [f"    {status} --> {target}: {signal}" for signal, target in exits.items()]
        if not exits:
            lines.append(f"    {status} --> [*]")
    return "\n".join(lines)
