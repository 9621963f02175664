"""Files that are given to file search although it cannot read them."""

from __future__ import annotations

from collections.abc import Iterator

from harness.practices.contract import Seen, practice, seen
from harness.practices.evidence import Evidence, text


@practice(
    "unsearchable_file",
    rule="Only files of the formats that file search reads go into a vector store: no tables, no pictures.",
    source=(
        "OpenAI guide 'Assistants File Search', supported files "
        "(https://platform.openai.com/docs/assistants/tools/file-search/supported-files)"
    ),
    evidence=(
        "attaching a file is refused with `unsupported_file`; one that turns out to be unreadable later "
        "does not count, that could not be known"
    ),
    mend=(
        "Choose the tool by the extension: .csv, .xlsx, .xml and pictures go to the code interpreter, text "
        "and documents to file search."
    ),
)
def judge(evidence: Evidence) -> Iterator[Seen]:
    """Refused attachments."""
    for call in evidence.calls:
        code = text(call.response, "error", "code")
        if call.status == 400 and code == "unsupported_file" and not call.faults:
            yield seen(f"{call.call} brings a file that cannot be searched", call)
