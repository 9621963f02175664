"""Tool outputs for calls that nobody made."""

from __future__ import annotations

from collections.abc import Iterator

from harness.practices.contract import Seen, practice, seen
from harness.practices.evidence import Evidence, segment


@practice(
    "unknown_tool_call",
    rule="Each output carries the id of a call in the run's `required_action`, as it stands there.",
    source=(
        "API reference, submit tool outputs: `tool_call_id` is 'the ID of the tool call in the "
        "`required_action` object' "
        "(https://platform.openai.com/docs/api-reference/runs/submitToolOutputs); teams-sdk#2154"
    ),
    evidence=(
        "outputs are refused (`Expected tool outputs for call_ids …, got …`) and hold an id that is not "
        "expected"
    ),
    mend=(
        "Build the outputs from `run.required_action.submit_tool_outputs.tool_calls` of the newest answer, "
        "and keep no ids from an earlier turn."
    ),
)
def judge(evidence: Evidence) -> Iterator[Seen]:
    """Refused outputs with ids that nobody asked for."""
    for call, wanted, got in evidence.refused_outputs:
        unknown = [name for name in got if name not in wanted]
        if unknown:
            yield seen(f"{segment(call, 'runs')} made no call {', '.join(unknown)}", call)
