"""Vector stores, the files in them, batches of files, and searches."""

from __future__ import annotations

from harness.apioperations import arguments as a
from harness.apioperations.operation import ApiOperation, operation
from harness.scenarios.shapes import Shape, choice, either, flag, listing, mapping, text, whole

_ONE_STORE = {"vector_store_id": a.VECTOR_STORE_ID}
_ONE_FILE = {"vector_store_id": a.VECTOR_STORE_ID, "file_id": a.FILE_ID}
_ONE_BATCH = {"vector_store_id": a.VECTOR_STORE_ID, "batch_id": a.BATCH_ID}
_FILES: dict[str, Shape] = {
    **a.PAGE,
    "filter": choice(
        "in_progress", "completed", "failed", "cancelled", about="Only files in this status.", called="status"
    ),
}
_ATTACHED: dict[str, Shape] = {"attributes": a.ATTRIBUTES, "chunking_strategy": a.CHUNKING_STRATEGY}
_BATCHED = mapping("A file with settings of its own.", ("file_id",), file_id=a.FILE_ID, **_ATTACHED)


def _store(
    name: str, about: str, sdk: str = "", *, capability: str = "vector_stores", **more: object
) -> ApiOperation:
    """An operation that lay below `beta` when the SDK was young."""
    method = sdk or name
    return operation(name, about, method, capability, former=f"beta.{method}", **more)  # type: ignore[arg-type]


VECTOR_STORES = (
    _store(
        "vector_stores.create",
        "Make a vector store.",
        optional={
            "name": text("Its name."),
            "description": text("What it is for."),
            "file_ids": a.FILE_IDS,
            "expires_after": a.EXPIRES_AFTER,
            "chunking_strategy": a.CHUNKING_STRATEGY,
            "metadata": a.METADATA,
        },
        creates="vector_store",
        deleted_by="vector_stores.delete",
    ),
    _store("vector_stores.retrieve", "Read a vector store.", path=_ONE_STORE),
    _store(
        "vector_stores.update",
        "Change a vector store.",
        path=_ONE_STORE,
        optional={"name": text("Its name."), "expires_after": a.EXPIRES_AFTER, "metadata": a.METADATA},
    ),
    _store("vector_stores.list", "List vector stores.", optional=a.PAGE, in_query=True),
    _store("vector_stores.delete", "Delete a vector store; its files stay.", path=_ONE_STORE),
    _store(
        "vector_stores.search",
        "Search a vector store.",
        capability="vector_stores.search",
        path=_ONE_STORE,
        needed={"query": either(text(), listing(text(), least=1), about="What is looked for.")},
        optional={
            "filters": a.FILTERS,
            "max_num_results": whole("How many results at most, 1 to 50.", 1, 50),
            "ranking_options": a.RANKING_OPTIONS,
            "rewrite_query": flag("Whether the query may be reworded."),
        },
    ),
    _store(
        "vector_stores.files.create",
        "Put a file into a vector store.",
        capability="vector_stores.files",
        path=_ONE_STORE,
        needed={"file_id": a.FILE_ID},
        optional=_ATTACHED,
        creates="vector_store.file",
        deleted_by="vector_stores.files.delete",
    ),
    _store(
        "vector_stores.files.retrieve",
        "Read how far a file in a vector store is.",
        capability="vector_stores.files",
        path=_ONE_FILE,
    ),
    _store(
        "vector_stores.files.update",
        "Change the attributes of a file in a vector store.",
        capability="vector_stores.files",
        path=_ONE_FILE,
        needed={"attributes": either(a.ATTRIBUTES, {"type": "null"})},
    ),
    _store(
        "vector_stores.files.list",
        "List the files in a vector store.",
        capability="vector_stores.files",
        path=_ONE_STORE,
        optional=_FILES,
        in_query=True,
    ),
    _store(
        "vector_stores.files.content",
        "Read the text that was taken from a file.",
        capability="vector_stores.files",
        path=_ONE_FILE,
        in_query=True,
    ),
    _store(
        "vector_stores.files.delete",
        "Take a file out of a vector store; the file stays.",
        capability="vector_stores.files",
        path=_ONE_FILE,
    ),
    _store(
        "vector_stores.file_batches.create",
        "Put several files into a vector store.",
        capability="vector_stores.file_batches",
        path=_ONE_STORE,
        optional={
            "file_ids": a.FILE_IDS,
            "files": listing(_BATCHED, "Files with settings of their own."),
            **_ATTACHED,
        },
        creates="vector_store.files_batch",
    ),
    _store(
        "vector_stores.file_batches.retrieve",
        "Read how far a batch is.",
        capability="vector_stores.file_batches",
        path=_ONE_BATCH,
    ),
    _store(
        "vector_stores.file_batches.cancel",
        "Cancel a batch.",
        capability="vector_stores.file_batches",
        path=_ONE_BATCH,
    ),
    _store(
        "vector_stores.file_batches.files",
        "List the files of a batch.",
        "vector_stores.file_batches.list_files",
        capability="vector_stores.file_batches",
        path=_ONE_BATCH,
        optional=_FILES,
        in_query=True,
    ),
)
