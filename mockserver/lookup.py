"""Finding what a request names: the object, or the API's own 404, or, with auto-create, a new one."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from mockserver import errors, fileerrors, objects
from mockserver.conversation import ASSISTANT, MESSAGE, RUN, STEP, THREAD
from mockserver.fileobjects import BATCH, FILE, STORE_FILE, UPLOAD, VECTOR_STORE
from mockserver.fixtures import NOTHING_WANTED, Wanted, summon
from mockserver.store import Row
from mockserver.world import World

Object = dict[str, Any]
Form = TypeVar("Form", Object, bytes)

_GOOD_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")

NOT_FOUND = {
    ASSISTANT: errors.ASSISTANT_NOT_FOUND,
    THREAD: errors.THREAD_NOT_FOUND,
    MESSAGE: errors.MESSAGE_NOT_FOUND,
    RUN: errors.RUN_NOT_FOUND,
    STEP: errors.STEP_NOT_FOUND,
    FILE: fileerrors.FILE_NOT_FOUND,
    UPLOAD: fileerrors.UPLOAD_NOT_FOUND,
    VECTOR_STORE: fileerrors.STORE_NOT_FOUND,
    STORE_FILE: fileerrors.STORE_FILE_NOT_FOUND,
    BATCH: fileerrors.BATCH_NOT_FOUND,
}
"""The 404 of each kind of object."""


class Asked(Protocol):
    """Which part of a list is wanted; some lists know a `before` as well."""

    @property
    def limit(self) -> int: ...
    @property
    def order(self) -> str: ...
    @property
    def after(self) -> str | None: ...


def find(
    world: World, kind: str, object_id: str, parent: str = "", *, wanted: Wanted = NOTHING_WANTED
) -> Object:
    """An object in its full form. Raises ApiError (404) when the parent has none of that id.

    `wanted` says what it is like if auto-create makes it.
    """
    return _found(world, world.full, kind, object_id, parent, wanted)


def read(world: World, kind: str, object_id: str, parent: str = "") -> bytes:
    """An object's wire JSON. Raises ApiError (404) when the parent has none of that id."""
    return _found(world, world.body, kind, object_id, parent, NOTHING_WANTED)


def check_thread(world: World, thread_id: str) -> None:
    """Raises ApiError (404) when there is no such thread."""
    read(world, THREAD, thread_id)


def _found(
    world: World,
    look: Callable[[str, str, str], Form | None],
    kind: str,
    object_id: str,
    parent: str,
    wanted: Wanted,
) -> Form:
    found = look(kind, object_id, parent)
    if found is None and world.settings.auto_create and _GOOD_ID.fullmatch(_shown(object_id)):
        with world.change():
            summon(world, kind, object_id, parent, wanted)
        found = look(kind, object_id, parent)
    if found is None:
        raise NOT_FOUND[kind](id=_shown(object_id), store=parent)
    return found


def _shown(key: str) -> str:
    """The id the wire shows of what the world knows by this key."""
    return key.rpartition("/")[2]


def list_page(
    world: World,
    kind: str,
    asked: Asked,
    parent: str = "",
    *,
    made_by: str | None = None,
    status: str | None = None,
    more_first: bool = False,
    bodies: Callable[[Sequence[Row]], list[bytes]] | None = None,
) -> bytes:
    """A list reply. `bodies` may turn the rows of the page into other bodies than the stored ones.

    `made_by` and `status` keep only what a run or batch made, or what is in a status; `more_first` writes
    `has_more` before the ids.

    What a cursor answered that never existed was not found on record; the kind's own 404 is assumed.
    """
    positions: dict[str, int] = {}
    for name, cursor in (("after", asked.after), ("before", getattr(asked, "before", None))):
        if cursor is not None:
            key = f"{parent}/{cursor}" if kind == STORE_FILE else cursor
            position = world.store.position(world.project, key, kind, parent)
            if position is None:
                raise NOT_FOUND[kind](id=cursor, store=parent)
            positions[name] = position
    page = world.page(
        kind,
        parent,
        limit=asked.limit,
        ascending=asked.order == "asc",
        made_by=made_by,
        status=status,
        **positions,
    )
    shown = [row.body for row in page.rows] if bodies is None else bodies(page.rows)
    first, last = (_shown(page.rows[0].id), _shown(page.rows[-1].id)) if page.rows else (None, None)
    return objects.page(shown, first, last, has_more=page.has_more, more_first=more_first)
