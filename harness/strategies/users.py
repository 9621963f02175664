"""What users do: they say something, wait a while, lose patience, talk in several windows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from harness.strategies.values import LETTERS

_SAYINGS = ("Hello.", "Why?", "Tell me more.", "What did I say before?", "Please answer in one word.")
_PAUSES = (0, 1, 30, 300, 700, 3600)
"""Seconds: at once, at leisure, and longer than a run may take."""

_PATIENCE = (0, 1, 5, 20)
"""After so many words of an answer somebody has seen enough."""


@dataclass(frozen=True, slots=True, repr=False)
class Turn:
    """One thing a user says. `pause` are the seconds of the world's time before it.

    `conversation` tells apart those that one user has at the same time. An impatient user stops the answer
    after `patience` of its words; None waits for all of it.
    """

    text: str
    pause: float = 0
    patience: int | None = None
    conversation: int = 0

    def __repr__(self) -> str:
        """What differs from a plain turn."""
        more = (("pause", 0), ("patience", None), ("conversation", 0))
        said = [f", {name}={getattr(self, name)!r}" for name, plain in more if getattr(self, name) != plain]
        return f"Turn({self.text!r}{''.join(said)})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))  # as Hypothesis writes programs


def texts(tools: Sequence[Mapping[str, Any]] = ()) -> SearchStrategy[str]:
    """What users write: short sentences, sometimes about what a tool is for, sometimes anything at all."""
    about = list(_about(tools))
    said = st.sampled_from([*_SAYINGS, *about])
    return said | st.text(LETTERS, min_size=1, max_size=40).filter(lambda text: bool(text.strip()))


def turns(
    tools: Sequence[Mapping[str, Any]] = (),
    *,
    conversations: int = 1,
    impatient: bool = True,
    longest_pause: float = 3600,
) -> SearchStrategy[Turn]:
    """One turn: what is said, when, and how patiently; at once and with all patience is the simplest."""
    pauses = [pause for pause in _PAUSES if pause <= longest_pause]
    patience = _PATIENCE if impatient else ()
    sayings = [*_SAYINGS, *_about(tools)]
    # Most turns are one choice among listed ones: the fewer choices, the better whole turns are left out.
    listed = [Turn(text) for text in sayings] * 4
    listed += [Turn(text, conversation=other) for other in range(1, conversations) for text in sayings] * 2
    listed += [Turn(text, pause=pause) for pause in pauses[1:] for text in sayings]
    listed += [Turn(text, patience=words) for words in patience for text in sayings]
    of_all_kinds = st.builds(
        Turn,
        text=texts(tools),
        pause=st.sampled_from(pauses),
        patience=st.none() | st.sampled_from(patience) if patience else st.none(),
        conversation=st.integers(0, max(0, conversations - 1)),
    )
    most = len(listed) + len(listed) // 6
    return st.integers(0, most).flatmap(
        lambda index: st.just(listed[index]) if index < len(listed) else of_all_kinds
    )


def user_behaviour(
    tools: Sequence[Mapping[str, Any]] = (), *, most_turns: int = 5, **further: Any
) -> SearchStrategy[list[Turn]]:
    """What a user does from beginning to end; `further` is what `turns` takes. One turn is the simplest."""
    return st.lists(turns(tools, **further), min_size=1, max_size=most_turns)


def _about(tools: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for tool in tools:
        if tool.get("type") == "function":
            name = str(tool["function"]["name"])
            yield f"Please {name.replace('_', ' ')}."
        elif tool.get("type") == "code_interpreter":
            yield "Please run some code."
        elif tool.get("type") == "file_search":
            yield "What do the files say?"
