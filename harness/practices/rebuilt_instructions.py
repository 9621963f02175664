"""An assistant that is changed for every turn."""

from __future__ import annotations

from collections.abc import Iterator

from harness.handle.history import Exchange
from harness.practices.contract import Seen, practice, seen
from harness.practices.evidence import RUNS_MADE, Evidence, segment, text

_OFTEN = 2


@practice(
    "rebuilt_instructions",
    rule=(
        "What changes from turn to turn goes into `additional_instructions` of the run, not into the "
        "assistant."
    ),
    source=(
        "API reference, create run: `additional_instructions` is 'useful for modifying the behavior on a "
        "per-run basis without overriding other instructions' "
        "(https://platform.openai.com/docs/api-reference/runs/createRun)"
    ),
    evidence=(
        f"{_OFTEN} times or more an assistant's instructions are changed by `assistants.update` and the "
        "assistant is run right afterwards"
    ),
    mend=(
        "Leave the assistant as it is, which other conversations share, and pass the changing part as "
        "`additional_instructions`."
    ),
)
def judge(evidence: Evidence) -> Iterator[Seen]:
    """Assistants whose instructions were changed before run after run."""
    changed: dict[str, Exchange] = {}
    turns: dict[str, list[Exchange]] = {}
    current: dict[str, str] = {}
    for call in evidence.calls:
        if call.operation == "assistants.create":
            current[text(call.response, "id")] = text(call.request, "instructions")
        elif call.operation == "assistants.update" and call.done:
            assistant, told = segment(call, "assistants"), text(call.request, "instructions")
            if told and told != current.get(assistant):
                current[assistant] = told
                changed[assistant] = call
        elif call.operation in RUNS_MADE and call.done:
            update = changed.pop(text(call.request, "assistant_id"), None)
            if update is not None:
                turns.setdefault(segment(update, "assistants"), []).append(update)
    for assistant, updates in turns.items():
        if len(updates) >= _OFTEN:
            yield seen(f"the instructions of {assistant} were changed before {len(updates)} runs", *updates)
