"""What a call names, and how it goes away behind the back of the caller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mockserver.apierror import ApiError
from mockserver.conversation import ASSISTANT, MESSAGE, RUN, STEP, THREAD, delete_thread
from mockserver.faults.contract import Occasion
from mockserver.fileobjects import BATCH, FILE, STORE_FILE, VECTOR_STORE
from mockserver.files import delete_file
from mockserver.lookup import NOT_FOUND
from mockserver.vector_stores import delete_store, detach
from mockserver.world import World


@dataclass(frozen=True, slots=True)
class Named:
    """An object as a path names it: its kind, the key the world has it under, and what it belongs to."""

    kind: str
    key: str
    parent: str = ""

    def full(self, world: World) -> dict[str, Any] | None:
        """The object, if it is there."""
        return world.full(self.kind, self.key, self.parent)

    def not_found(self) -> ApiError:
        """What a call hears that names it when it is not there."""
        return NOT_FOUND[self.kind](id=self.key.rpartition("/")[2], store=self.parent)


def in_path(ids: Mapping[str, str], *, removable: bool) -> Named | None:
    """The object a path is about, or what would have to be removed for it to be gone.

    Runs and their steps cannot be deleted alone, nor can file batches: they go with their thread or store.
    """
    match ids:
        case {"message_id": message, "thread_id": thread}:
            return Named(MESSAGE, message, thread)
        case {"step_id": step, "run_id": run} if not removable:
            return Named(STEP, step, run)
        case {"run_id": run, "thread_id": thread} if not removable:
            return Named(RUN, run, thread)
        case {"thread_id": thread}:
            return Named(THREAD, thread)
        case {"batch_id": batch, "vector_store_id": store} if not removable:
            return Named(BATCH, batch, store)
        case {"file_id": file, "vector_store_id": store}:
            return Named(STORE_FILE, f"{store}/{file}", store)
        case {"vector_store_id": store}:
            return Named(VECTOR_STORE, store)
        case {"file_id": file}:
            return Named(FILE, file)
        case {"assistant_id": assistant}:
            return Named(ASSISTANT, assistant)
    return None


def assistant_of(occasion: Occasion) -> Named | None:
    """The assistant that a call names in its path or its body."""
    named = occasion.ids.get("assistant_id") or occasion.request.get("assistant_id")
    return Named(ASSISTANT, named) if isinstance(named, str) else None


def remove(world: World, named: Named) -> None:
    """Delete it, as somebody else does who has the same key."""
    full = named.full(world)
    if full is None:
        return
    with world.change():
        match named.kind:
            case "thread":
                delete_thread(world, named.key)
            case "vector_store":
                delete_store(world, full)
            case "vector_store.file":
                detach(world, full)
            case "file":
                delete_file(world, full)
            case _:
                world.delete(full)
