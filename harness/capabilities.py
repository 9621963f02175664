"""What a target may be able to do. Scenarios say what they need; what a target lacks is skipped by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

CAPABILITIES: Mapping[str, str] = {
    "assistants": "create, read, list, change and delete assistants",
    "threads": "create, read, change and delete threads",
    "messages": "create, read, list, change and delete messages",
    "runs": "create, read, list and change runs",
    "runs.cancel": "cancel a run",
    "runs.submit_tool_outputs": "hand in what functions returned",
    "runs.steps": "read and list the steps of a run",
    "threads.create_and_run": "create a thread and a run in one call",
    "streaming": "runs as a stream of server-sent events",
    "files": "upload, read, list and delete files",
    "uploads": "upload a file in parts",
    "vector_stores": "create, read, list, change and delete vector stores",
    "vector_stores.files": "put files into a vector store, one by one",
    "vector_stores.file_batches": "put files into a vector store, many at once",
    "vector_stores.search": "search a vector store without a run",
    "models": "read and list models",
    "function_calling": "the model calls functions",
    "file_search": "the model searches files",
    "code_interpreter": "the model runs code",
    "raw": "plain HTTP requests",
    "virtual_time": "time that can be moved",
    "script": "what the model says can be written down beforehand",
    "faults": "failures on demand",
    "fixtures": "objects with ids of one's own",
}
"""Every capability by its name, and what it means."""

CONTROLLED = frozenset({"virtual_time", "script", "faults", "fixtures"})
"""What needs a mock with its control door open."""

WIRE = frozenset(CAPABILITIES) - CONTROLLED
"""Everything that was part of the API itself."""

INDEXING = frozenset(
    name for name in CAPABILITIES if name.split(".")[0] in ("files", "uploads", "vector_stores", "models")
)
"""What of the API still runs at OpenAI."""


def unknown(names: Iterable[str]) -> dict[str, str]:
    """Those that are no capabilities, each with what was probably meant, or with all there are."""
    return {
        name: f"did you mean '{near[0]}'?"
        if (near := get_close_matches(name, CAPABILITIES, 1))
        else f"known are {', '.join(CAPABILITIES)}"
        for name in names
        if name not in CAPABILITIES
    }
