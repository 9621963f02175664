"""A run on a thread that holds no message: the model answers nothing, and nobody notices."""

from __future__ import annotations

from collections.abc import Iterator

from harness.explore.checks.contract import Finding, check
from harness.explore.conversations import Question, conversations
from harness.explore.scene import Scene


@check("answer_without_question", verdict="corrupt", about="every run has a message of the user to answer")
def find(scene: Scene) -> Iterator[Finding]:
    """Runs that complete on threads where no user has said anything so far."""
    for talk in conversations(scene):
        for turn in talk.turns:
            if isinstance(turn, Question):
                break
            if turn.ended == "completed":
                yield Finding(
                    f"{turn.run_id} answers a thread that holds no message of the user", (turn.call,)
                )
