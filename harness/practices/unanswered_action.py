"""A run that asks for tool outputs and gets none."""

from __future__ import annotations

from collections.abc import Iterator

from harness.handle.history import Exchange
from harness.practices.contract import Seen, practice, seen
from harness.practices.evidence import Evidence, Run, segment, status_of, statuses_seen

_ANSWERS = ("runs.submit_tool_outputs", "runs.cancel", "threads.delete")


@practice(
    "unanswered_action",
    rule="A run in `requires_action` is answered or cancelled: else it holds its thread until it expires.",
    source=(
        "OpenAI guide 'Assistants Function calling' "
        "(https://platform.openai.com/docs/assistants/tools/function-calling) and 'Assistants API deep "
        "dive', run lifecycle: outputs before `expires_at`, ten minutes after creation"
    ),
    evidence=(
        "an answer or a stream showed the client the run in `requires_action`, and no outputs, no cancel "
        "and no delete of its thread came after that, not even a refused one"
    ),
    mend=(
        "Treat `requires_action` as a status of its own: run the functions and submit every output, also "
        "when one fails (the error is an output, too), or cancel the run."
    ),
)
def judge(evidence: Evidence) -> Iterator[Seen]:
    """Runs that were asked for outputs last and got none."""
    for run in evidence.runs:
        asks = [note for note in run.moments if status_of(note) == "requires_action"]
        if not asks:
            continue
        shown = [call for call in evidence.calls if _shows(call, run)]
        later = [call for call in evidence.calls if call.number > asks[-1].number]
        if not shown or any(_answers(call, run) for call in later):
            continue
        status = status_of(run.moments[-1])
        end = "it is still waiting" if status == "requires_action" else f"then it was {status}"
        yield seen(f"{run.id} asked for tool outputs and got none; {end}", run.maker, asks[-1], shown[-1])


def _shows(call: Exchange, run: Run) -> bool:
    """Whether the client was shown that the run asks for outputs."""
    streamed = call is run.maker or segment(call, "runs") == run.id
    if streamed and "thread.run.requires_action" in call.events:
        return True
    return "requires_action" in statuses_seen(call, run.id)


def _answers(call: Exchange, run: Run) -> bool:
    of_run = segment(call, "runs") == run.id
    return call.operation in _ANSWERS and (of_run or segment(call, "threads") == run.thread)
