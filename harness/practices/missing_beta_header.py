"""Requests without the header of the Assistants API."""

from __future__ import annotations

from collections.abc import Iterator

from harness.practices.contract import Seen, practice, seen
from harness.practices.evidence import Evidence, text


@practice(
    "missing_beta_header",
    rule="Every request below /assistants and /threads carries `OpenAI-Beta: assistants=v2`.",
    source=(
        "OpenAI guide 'Assistants migration', beta header "
        "(https://platform.openai.com/docs/assistants/migration#changing-beta-versions); "
        "openai-react-native#10"
    ),
    evidence="a request without `openai-beta` is refused with `invalid_beta`",
    mend=(
        "Use `client.beta` of the SDK, which sets it, or add the header to every request of your own client."
    ),
)
def judge(evidence: Evidence) -> Iterator[Seen]:
    """The first request without the header."""
    bare = [
        call
        for call in evidence.calls
        if text(call.response, "error", "code") == "invalid_beta"
        and not call.faults
        and not call.headers.get("openai-beta")
    ]
    if bare:
        yield seen(f"{len(bare)} request{'' if len(bare) == 1 else 's'} without the beta header", *bare)
