"""Requests that ask for the version that is gone."""

from __future__ import annotations

from collections.abc import Iterator

from harness.practices.contract import Seen, practice, seen
from harness.practices.evidence import Evidence


@practice(
    "v1_beta_header",
    rule="The header asks for `assistants=v2`: version 1 was switched off on 2024-12-18.",
    source=(
        "OpenAI guide 'Assistants migration' (https://platform.openai.com/docs/assistants/migration); the "
        "refusal `The v1 Assistants API has been deprecated.`"
    ),
    evidence="a request carries `OpenAI-Beta: assistants=v1`",
    mend=(
        "Update the SDK, or the header and whatever still speaks of `file_ids` and `retrieval`, to version 2."
    ),
)
def judge(evidence: Evidence) -> Iterator[Seen]:
    """The requests with the old header."""
    old = [call for call in evidence.calls if "assistants=v1" in call.headers.get("openai-beta", "")]
    if old:
        yield seen(f"{len(old)} request{'' if len(old) == 1 else 's'} for version 1", *old)
