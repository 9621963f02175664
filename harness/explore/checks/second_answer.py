"""A question that is answered twice: it is paid for twice, and the thread holds both answers."""

from __future__ import annotations

from collections.abc import Iterator

from harness.explore.checks.contract import Finding, check
from harness.explore.conversations import Answer, Conversation, conversations, repeated
from harness.explore.scene import Scene


@check("second_answer", verdict="corrupt", about="no turn is answered by two runs")
def find(scene: Scene) -> Iterator[Finding]:
    """Runs that follow a completed one on a thread where nothing was said in between."""
    for talk in conversations(scene):
        yield from _again(talk)
    asked = [call for call in scene.calls if call.operation == "threads.create_and_run" and call.done]
    for group in repeated(asked):
        yield Finding("the same question was put on a second thread, and answered there, too", tuple(group))


def _again(talk: Conversation) -> Iterator[Finding]:
    last: Answer | None = None
    for turn in talk.turns:
        if not isinstance(turn, Answer):
            last = None
            continue
        if last is not None and last.ended == "completed":
            calls = (last.call,) if turn.call is last.call else (last.call, turn.call)
            yield Finding(f"{turn.run_id} answers once more what {last.run_id} has answered", calls)
        last = turn
