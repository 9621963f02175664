"""Files that are sent although they can only be refused."""

from __future__ import annotations

from collections.abc import Iterator

from harness.practices.contract import Seen, practice, seen
from harness.practices.evidence import Evidence, error

_WORDS = ("Invalid extension", "too large", "exceeds", "maximum size")


@practice(
    "unchecked_upload",
    rule=(
        "The format and the size of a file are looked at before it is sent: at most 512 MB, of a supported "
        "kind."
    ),
    source=(
        "OpenAI guide 'Assistants File Search', supported files, and API reference, files: 512 MB each "
        "(https://platform.openai.com/docs/assistants/tools/file-search/supported-files); "
        "openai-dotnet#270"
    ),
    evidence="a file or a part of an upload is refused (400, 413) for its extension or its size",
    mend=(
        "Compare extension and size with the documented lists before the call, and tell the user which are "
        "taken."
    ),
)
def judge(evidence: Evidence) -> Iterator[Seen]:
    """Uploads that were refused for what could be seen before."""
    for call in evidence.made("files.create", "uploads.create", "uploads.parts.create"):
        refused = call.status == 413 or (call.status == 400 and any(word in error(call) for word in _WORDS))
        if refused and not call.faults:
            yield seen(f"{call.call} sent a file that is not taken", call)
