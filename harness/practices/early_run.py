"""A run whose assistant is to search a store that is still being filled."""

from __future__ import annotations

from collections.abc import Iterator

from harness.handle.history import Exchange
from harness.practices.contract import Seen, practice, seen
from harness.practices.evidence import Evidence, items, text


@practice(
    "early_run",
    rule=(
        "A run with file search begins when the assistant's vector store is ready: for that one it does "
        "not wait."
    ),
    source=(
        "OpenAI guide 'Assistants File Search': the wait of 60 seconds 'does not apply to the assistant's "
        "vector store' "
        "(https://platform.openai.com/docs/assistants/tools/file-search#ensuring-vector-store-readiness-before-creating-runs)"
    ),
    evidence=(
        "a run is made with an assistant whose `tool_resources` name a store, one of whose files is "
        "`in_progress` at that moment; the store of a thread, for which the run waits, does not count"
    ),
    mend="Poll the store to `completed` before the first run, as `create_and_poll` and `upload_and_poll` do.",
)
def judge(evidence: Evidence) -> Iterator[Seen]:
    """Runs that came too early, once for each store."""
    told: set[str] = set()
    stores: dict[str, list[str]] = {}
    runs = {run.maker.number: run for run in evidence.runs}
    for call in evidence.calls:
        if call.operation in ("assistants.create", "assistants.update") and call.succeeded:
            stores[text(call.response, "id")] = _stores(call)
        run = runs.get(call.number)
        for store in stores.get(run.assistant, ()) if run is not None else ():
            early = [file for file in evidence.indexed if file.store == store and file.under_way(call)]
            if early and store not in told:
                told.add(store)
                yield seen(f"a run was made while {early[0].file} was in progress in {store}", call)


def _stores(call: Exchange) -> list[str]:
    return [str(store) for store in items(call.response, "tool_resources", "file_search", "vector_store_ids")]
