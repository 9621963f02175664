"""What the pretended model does: the actions a responder may ask for, and what it may look at.

Pure data. `plan` turns a script into timed events; `replies` reads scripts from the reply format.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Literal, Protocol

from mockserver.chance import Dice

Wire = Mapping[str, Any]
"""A JSON object as it stands on the wire."""


@dataclass(frozen=True, slots=True)
class Say:
    """Write one message. `content` holds wire content parts; text parts carry their annotations."""

    content: tuple[Wire, ...]

    @staticmethod
    def text(value: str) -> Say:
        """A message of one plain text part."""
        return Say(({"type": "text", "text": {"value": value, "annotations": []}},))


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """One call of a function tool; `arguments` is the string sent, valid JSON or not."""

    name: str
    arguments: str
    id: str | None = None


@dataclass(frozen=True, slots=True)
class CallTools:
    """Ask the client for function results: the run stops in `requires_action` until they arrive."""

    calls: tuple[FunctionCall, ...]


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file that code wrote, to be found under `/mnt/data/` and downloaded."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class RunCode:
    """One code interpreter step; `outputs` are wire outputs (`logs` or `image`), `files` what it wrote.

    An image names its file by id, or by the name of one of `files` or of a file of the project.
    """

    input: str
    outputs: tuple[Wire, ...] = ()
    files: tuple[MadeFile, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchFiles:
    """One file search step; `results` are wire results (file_id, file_name, score, content).

    None as results stands for a real search of the run's vector stores, when its moment has come: for
    `query`, or the user's last words. What is said then is `reply` when something was found, else `miss`; a
    real search that is the end of a script and has no such words is followed by an answer that quotes.
    """

    results: tuple[Wire, ...] | None = None
    query: str | None = None
    reply: str | None = None
    miss: str | None = None


@dataclass(frozen=True, slots=True)
class Fail:
    """End the run as `failed`."""

    code: str = "server_error"
    message: str = "Sorry, something went wrong."


@dataclass(frozen=True, slots=True)
class Incomplete:
    """End the run as `incomplete`; an open message is cut."""

    reason: str = "max_completion_tokens"


@dataclass(frozen=True, slots=True)
class Expire:
    """Do nothing more: the run ends by its own expiry."""


@dataclass(frozen=True, slots=True)
class Stall:
    """Stay in the given status until the run expires."""

    status: Literal["queued", "in_progress", "requires_action", "cancelling"] = "in_progress"


Action = Say | CallTools | RunCode | SearchFiles | Fail | Incomplete | Expire | Stall
Ending = Fail | Incomplete | Expire | Stall


@dataclass(frozen=True, slots=True)
class Pace:
    """Durations a script sets for its own run, in milliseconds; None leaves it to the world's latency."""

    queued: int | None = None
    in_progress: int | None = None
    cancelling: int | None = None
    first_token: int | None = None
    tokens_per_second: float | None = None


@dataclass(frozen=True, slots=True)
class Cancel:
    """Somebody else cancels the run."""


@dataclass(frozen=True, slots=True)
class Interruption:
    """What comes between in the middle of what the model writes, after so many tokens of a turn.

    If it writes fewer, that is when the last is written and nothing has been finished.
    """

    tokens: int
    by: Fail | Incomplete | Cancel


@dataclass(frozen=True, slots=True)
class Script:
    """The actions of a run from here on, one after another, their pace, and what comes between."""

    actions: tuple[Action, ...]
    pace: Pace = field(default_factory=Pace)
    interruption: Interruption | None = None


@dataclass(frozen=True, slots=True)
class ToolOutput:
    """What the client answered to one function call of this run."""

    call_id: str
    name: str
    arguments: str
    output: str


@dataclass(frozen=True, slots=True)
class CodeFile:
    """A file that the code interpreter of a run may read."""

    id: str
    name: str
    open: Callable[[], BinaryIO]


@dataclass(frozen=True, slots=True)
class Turn:
    """All a responder may look at when it is asked what the model does next.

    `run` is the run's wire form (model, instructions, tools, tool_choice, parallel_tool_calls,
    response_format, metadata). `messages` are the thread's messages the model sees, oldest first.
    `outputs` are the tool outputs of this round, empty on the first turn of a run; `earlier` are those
    of the rounds before. `index` counts this run's turns from 0; `thread_turn` the thread's runs from 1.
    `files` are those of the code interpreter, `searchable` says whether there is a vector store to search.
    """

    run: Wire
    assistant: Wire
    messages: Sequence[Wire]
    outputs: tuple[ToolOutput, ...] = ()
    earlier: tuple[ToolOutput, ...] = ()
    index: int = 0
    thread_turn: int = 1
    files: tuple[CodeFile, ...] = ()
    searchable: bool = False
    dice: Dice = field(default_factory=lambda: Dice(0))


class Responder(Protocol):
    """Plays the language model."""

    def respond(self, turn: Turn) -> Script | None:
        """Say what happens next, or None to leave it to the next responder."""
        ...
