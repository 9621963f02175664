"""Finding what a request names: the object, or the API's own 404, or, with auto-create, a new one."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from mockserver import errors, objects
from mockserver.conversation import ASSISTANT, MESSAGE, RUN, STEP, THREAD
from mockserver.fixtures import summon
from mockserver.requests.queries import Page
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
}
"""The 404 of each kind of object."""


def find(world: World, kind: str, object_id: str, parent: str = "", *, status: str = "completed") -> Object:
    """An object in its full form. Raises ApiError (404) when the parent has none of that id.

    `status` is the one a run gets that auto-create makes.
    """
    return _found(world, world.full, kind, object_id, parent, status)


def read(world: World, kind: str, object_id: str, parent: str = "") -> bytes:
    """An object's wire JSON. Raises ApiError (404) when the parent has none of that id."""
    return _found(world, world.body, kind, object_id, parent, "completed")


def check_thread(world: World, thread_id: str) -> None:
    """Raises ApiError (404) when there is no such thread."""
    read(world, THREAD, thread_id)


def _found(
    world: World,
    look: Callable[[str, str, str], Form | None],
    kind: str,
    object_id: str,
    parent: str,
    status: str,
) -> Form:
    found = look(kind, object_id, parent)
    if found is None and world.settings.auto_create and _GOOD_ID.fullmatch(object_id):
        with world.change():
            summon(world, kind, object_id, parent, status)
        found = look(kind, object_id, parent)
    if found is None:
        raise NOT_FOUND[kind](id=object_id)
    return found


def list_page(
    world: World,
    kind: str,
    asked: Page,
    parent: str = "",
    *,
    made_by: str | None = None,
    bodies: Callable[[Sequence[Row]], list[bytes]] | None = None,
) -> bytes:
    """A list reply. `bodies` may turn the rows of the page into other bodies than the stored ones.

    What a cursor answered that never existed was not found on record; the kind's own 404 is assumed.
    """
    positions: dict[str, int] = {}
    for name, cursor in (("after", asked.after), ("before", asked.before)):
        if cursor is not None:
            position = world.store.position(world.project, cursor, kind, parent)
            if position is None:
                raise NOT_FOUND[kind](id=cursor)
            positions[name] = position
    page = world.page(
        kind, parent, limit=asked.limit, ascending=asked.order == "asc", made_by=made_by, **positions
    )
    shown = [row.body for row in page.rows] if bodies is None else bodies(page.rows)
    if not page.rows:
        return objects.page([], None, None, has_more=False)
    return objects.page(shown, page.rows[0].id, page.rows[-1].id, has_more=page.has_more)
