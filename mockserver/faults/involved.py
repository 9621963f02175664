"""Which files and vector stores a call has to do with, found in a request that nobody has checked yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mockserver.conversation import ASSISTANT, THREAD
from mockserver.faults.contract import Occasion
from mockserver.fileobjects import VECTOR_STORE
from mockserver.resources import stores_of

Object = dict[str, Any]

BRINGING = (
    "vector_stores.create",
    "vector_stores.files.create",
    "vector_stores.file_batches.create",
    "messages.create",
    "threads.create",
    "threads.create_and_run",
    "runs.create",
    "assistants.create",
)
"""The operations that can set files on their way into a vector store."""

RUNNING = ("runs.create", "threads.create_and_run")
"""The operations that begin a run."""


def brings_files(occasion: Occasion) -> bool:
    """Whether a call sets files on their way into a vector store, if it is not refused."""
    request = occasion.request
    match occasion.operation:
        case "vector_stores.files.create" | "vector_stores.file_batches.create":
            return True
        case "vector_stores.create":
            return bool(request.get("file_ids"))
        case "messages.create":
            return attaches(request)
        case "runs.create":
            return any(attaches(each) for each in _objects(request.get("additional_messages")))
        case "threads.create_and_run":
            return _makes_store(request) or _thread_brings(_object(request.get("thread")))
        case "threads.create":
            return _thread_brings(request)
    return _makes_store(request)


def attaches(message: Mapping[str, Any]) -> bool:
    """Whether a message brings files to be searched."""
    return next(_searched(message), None) is not None


def _searched(message: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The attachments of a message that are to be searched."""
    for attachment in _objects(message.get("attachments")):
        if any(tool.get("type") == "file_search" for tool in _objects(attachment.get("tools"))):
            yield attachment


def files_to_search(request: Mapping[str, Any]) -> Iterator[str]:
    """The ids of the files that a request wants to be searched, wherever it may name them."""
    yield from _texts([request.get("file_id")])
    yield from _texts(request.get("file_ids"))
    for file in _objects(request.get("files")):
        yield from _texts([file.get("file_id")])
    for attachment in _searched(request):
        yield from _texts([attachment.get("file_id")])
    for message in _objects(request.get("messages")):
        for attachment in _searched(message):
            yield from _texts([attachment.get("file_id")])


def stores_involved(occasion: Occasion) -> list[Object]:
    """The vector stores that are there already and that a call speaks of, or that its run may search."""
    world, request = occasion.world, occasion.request
    if "vector_store_id" in occasion.ids:
        store = world.full(VECTOR_STORE, occasion.ids["vector_store_id"])
        return [] if store is None else [store]
    thread = _thread(occasion) if "thread_id" in occasion.ids else _object(request.get("thread"))
    if occasion.operation not in RUNNING:
        return stores_of(world, _search_resources(thread))
    assistant_id = request.get("assistant_id")
    assistant = world.full(ASSISTANT, assistant_id) if isinstance(assistant_id, str) else None
    tools = request.get("tools")
    if assistant is None or not any(
        tool.get("type") == "file_search" for tool in _objects(assistant["tools"] if tools is None else tools)
    ):
        return []
    own = request if request.get("tool_resources") is not None else assistant
    return stores_of(world, _search_resources(own), _search_resources(thread))


def _thread(occasion: Occasion) -> Object:
    return occasion.world.full(THREAD, occasion.ids["thread_id"]) or {}


def _search_resources(owner: Mapping[str, Any]) -> Object:
    """What an owner says of file search, its form made sure of."""
    named = _object(_object(owner.get("tool_resources")).get("file_search")).get("vector_store_ids")
    ids = list(_texts(named))
    return {"file_search": {"vector_store_ids": ids}}


def _thread_brings(thread: Mapping[str, Any]) -> bool:
    return _makes_store(thread) or any(attaches(each) for each in _objects(thread.get("messages")))


def _makes_store(owner: Mapping[str, Any]) -> bool:
    """Whether the resources of an assistant or thread ask for a new vector store with files."""
    search = _object(_object(owner.get("tool_resources")).get("file_search"))
    return any(store.get("file_ids") for store in _objects(search.get("vector_stores")))


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Sequence):
        yield from (each for each in value if isinstance(each, Mapping))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        yield from (each for each in value if isinstance(each, str))
