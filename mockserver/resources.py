"""What tools may use: the tool_resources of assistants and threads, and the attachments that add to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockserver import complaints, fileerrors, vector_stores
from mockserver.extraction import SEARCHABLE
from mockserver.fileobjects import VECTOR_STORE
from mockserver.files import find_files, suffix
from mockserver.world import World

Object = dict[str, Any]

IMAGES = frozenset((".jpeg", ".jpg", ".png", ".gif", ".webp"))
"""What a picture in a message may be (E-77)."""


def resolve(world: World, given: Mapping[str, Any] | None, *, expires: bool) -> Object | None:
    """Checked `tool_resources` with every file and store looked up and new stores made.

    `expires` says that a new store goes seven days after it was last used: those of threads do. Raises
    ApiError for what does not exist, cannot be searched or is too much.
    """
    if given is None:
        return None
    resolved: Object = dict(given)
    code, search = given.get("code_interpreter"), given.get("file_search")
    if code is not None:
        path = "tool_resources.code_interpreter.file_ids"
        file_ids = list(dict.fromkeys(code.get("file_ids") or ()))
        vector_stores.check_count(len(file_ids), world.settings.limits.code_interpreter_files, path)
        find_files(world, file_ids)
        resolved["code_interpreter"] = {"file_ids": file_ids}
    if search is not None:
        store_ids = list(search.get("vector_store_ids") or ())
        for store_id in store_ids:
            find_store(world, store_id)
        for request in search.get("vector_stores") or ():
            expiry = vector_stores.HELPER_EXPIRY if expires else None
            path = "tool_resources.file_search.vector_stores[0].file_ids"
            store_ids.append(new_store(world, request, path=path, expires_after=expiry)["id"])
        resolved["file_search"] = {"vector_store_ids": store_ids}
    return resolved


def new_store(
    world: World,
    request: Mapping[str, Any],
    *,
    path: str = "file_ids",
    limit: int | None = None,
    expires_after: Mapping[str, Any] | None = None,
) -> Object:
    """A vector store from a checked request, its files looked up. Raises ApiError.

    `limit` is how many files one call may name, those that a store can hold where nothing is said.
    """
    file_ids = list(dict.fromkeys(request.get("file_ids") or ()))
    most = world.settings.limits.vector_store_files
    vector_stores.check_count(len(file_ids), most if limit is None else min(limit, most), path)
    files = searchable(world, file_ids)
    return vector_stores.create_store(world, request, files, expires_after=expires_after)


def find_store(world: World, store_id: str) -> Object:
    """A vector store. Raises ApiError (404); auto-create makes an empty one."""
    store = world.full(VECTOR_STORE, store_id)
    if store is None and world.settings.auto_create and not world.store.exists(world.project, store_id):
        store = vector_stores.create_store(world, {}, object_id=store_id)
    if store is None:
        raise fileerrors.STORE_NOT_FOUND(id=store_id)
    return store


def searchable(world: World, file_ids: Sequence[str]) -> list[Object]:
    """The files of these ids. Raises ApiError for unknown ones and for those that cannot be searched."""
    files = find_files(world, file_ids)
    refused = sorted({suffix(file["filename"]) for file in files} - SEARCHABLE)
    if refused:
        raise fileerrors.NOT_SEARCHABLE(extensions=", ".join(refused))
    return files


def add_attachments(world: World, thread_id: str, attachments: Sequence[Mapping[str, Any]]) -> None:
    """Give what a message brings to the thread's tools, making the thread's vector store if need be.

    Raises ApiError for unknown files, those that cannot be searched, and too many.
    """
    known = {file["id"]: file for file in find_files(world, [each["file_id"] for each in attachments])}
    wanted: dict[str, list[str]] = {"code_interpreter": [], "file_search": []}
    for attachment in attachments:
        for tool in attachment["tools"]:
            if attachment["file_id"] not in wanted[tool["type"]]:
                wanted[tool["type"]].append(attachment["file_id"])
    files = searchable(world, wanted["file_search"])
    thread = world.full("thread", thread_id)
    assert thread is not None, thread_id
    resources = thread["tool_resources"]
    if wanted["code_interpreter"]:
        listed = resources.setdefault("code_interpreter", {"file_ids": []})["file_ids"]
        listed += [file_id for file_id in wanted["code_interpreter"] if file_id not in listed]
        path = "tool_resources.code_interpreter.file_ids"
        vector_stores.check_count(len(listed), world.settings.limits.code_interpreter_files, path)
    if files:
        store_ids = resources.setdefault("file_search", {"vector_store_ids": []})["vector_store_ids"]
        store = world.full(VECTOR_STORE, store_ids[0]) if store_ids else None
        if store is None:
            store = vector_stores.create_store(world, {}, expires_after=vector_stores.HELPER_EXPIRY)
            store_ids[:] = [store["id"]]
        vector_stores.check_open(store)
        vector_stores.check_room(world, store, files)
        for file in files:
            vector_stores.attach(world, store["id"], known[file["id"]])
    world.update(thread)


def check_pictures(world: World, content: Sequence[Mapping[str, Any]]) -> None:
    """Raises ApiError for a picture in a message that is no file, or no picture (E-77)."""
    for part in content:
        if part["type"] == "image_file":
            (file,) = find_files(world, [part["image_file"]["file_id"]])
            extension = suffix(file["filename"])
            if extension not in IMAGES and not world.settings.auto_create:
                raise complaints.IMAGE_FILE(extension=extension)


def code_files(world: World, *owners: Mapping[str, Any] | None) -> list[Object]:
    """The files of the code interpreter of an assistant and a thread, those of a run."""
    ids: list[str] = []
    for resources in owners:
        ids += ((resources or {}).get("code_interpreter") or {}).get("file_ids") or ()
    files = (world.full("file", file_id) for file_id in dict.fromkeys(ids))
    return [file for file in files if file is not None]


def stores_of(world: World, *owners: Mapping[str, Any] | None) -> list[Object]:
    """The vector stores that are still there of an assistant and a thread, those of a run."""
    ids: list[str] = []
    for resources in owners:
        ids += ((resources or {}).get("file_search") or {}).get("vector_store_ids") or ()
    stores = (world.full(VECTOR_STORE, store_id) for store_id in dict.fromkeys(ids))
    return [store for store in stores if store is not None]
