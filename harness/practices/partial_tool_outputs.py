"""Tool outputs that are sent one by one."""

from __future__ import annotations

from collections.abc import Iterator

from harness.practices.contract import Seen, practice, seen
from harness.practices.evidence import Evidence, segment


@practice(
    "partial_tool_outputs",
    rule="The outputs of all calls of a run are submitted in a single request.",
    source=(
        "API reference, submit tool outputs: 'All outputs must be submitted in a single request' "
        "(https://platform.openai.com/docs/api-reference/runs/submitToolOutputs)"
    ),
    evidence=(
        "outputs are refused (`Expected tool outputs for call_ids …, got …`) and an expected id is missing"
    ),
    mend=(
        "Go through all `tool_calls` before submitting, and give an output to each: for a function that "
        "failed or is not known, a text that says so. Or make the run with `parallel_tool_calls=False`."
    ),
)
def judge(evidence: Evidence) -> Iterator[Seen]:
    """Refused outputs that were not all."""
    for call, wanted, got in evidence.refused_outputs:
        missing = [name for name in wanted if name not in got]
        # An id that is wrong leaves the right one out as well; that is told by another check.
        if missing and not set(got) - set(wanted):
            yield seen(f"{segment(call, 'runs')} got no output for {', '.join(missing)}", call)
