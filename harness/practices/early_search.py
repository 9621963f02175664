"""A search in a vector store that is still being filled."""

from __future__ import annotations

from collections.abc import Iterator

from harness.practices.contract import Seen, practice, seen
from harness.practices.evidence import Evidence, segment


@practice(
    "early_search",
    rule="A vector store is searched when all of its files are processed: until then they are not found.",
    source=(
        "OpenAI guide 'Assistants File Search', ensuring vector store readiness before creating runs "
        "(https://platform.openai.com/docs/assistants/tools/file-search#ensuring-vector-store-readiness-before-creating-runs)"
    ),
    evidence="`vector_stores.search` on a store one of whose files is `in_progress` at that moment",
    mend=(
        "Use `create_and_poll` or `upload_and_poll` of the SDK, or poll the store until its status is "
        "`completed` and look at `file_counts.failed`."
    ),
)
def judge(evidence: Evidence) -> Iterator[Seen]:
    """Searches that came too early, once for each store."""
    told: set[str] = set()
    for call in evidence.made("vector_stores.search"):
        store = segment(call, "vector_stores")
        if store in told or not call.succeeded:
            continue
        early = [file for file in evidence.indexed if file.store == store and file.under_way(call)]
        if early:
            told.add(store)
            more = f" and {len(early) - 1} more" if early[1:] else ""
            yield seen(f"{store} was searched with {early[0].file}{more} in progress", call)
