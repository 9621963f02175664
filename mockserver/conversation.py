"""Threads and what is said in them, as several endpoints make and find them.

Finding raises the API's own 404, or, with auto-create, makes what was asked for on first use.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mockserver import errors, objects
from mockserver.outgoing import content_out
from mockserver.queries import Page
from mockserver.store import Row
from mockserver.world import World

Object = dict[str, Any]


def create_assistant(world: World, request: Mapping[str, Any], object_id: str | None = None) -> Object:
    """A new assistant from a checked request."""
    at = world.clock.now() // 1000
    assistant = objects.assistant(object_id or world.new_id("asst"), at, request)
    world.insert(assistant)
    return assistant


def create_thread(world: World, request: Mapping[str, Any], object_id: str | None = None) -> Object:
    """A new thread with its first messages, in its full form."""
    thread = objects.thread(object_id or world.new_id("thread"), world.clock.now() // 1000, request)
    world.insert(thread)
    for message in request.get("messages") or ():
        add_message(world, thread["id"], message)
    return thread


def add_message(
    world: World, thread_id: str, request: Mapping[str, Any], object_id: str | None = None
) -> Object:
    """A new message from a checked request. Raises ApiError when the thread is full."""
    limit = world.settings.limits.messages_per_thread
    # Counting costs a scan, so it is left out where the newest position already proves that there is room.
    if world.store.size_bound() >= limit and world.store.count(world.project, MESSAGE, thread_id) >= limit:
        raise errors.TOO_MANY_MESSAGES()
    message = objects.message(
        object_id or world.new_id("msg"),
        world.clock.now() // 1000,
        thread_id,
        {**request, "content": content_out(request["content"])},
    )
    world.insert(message, thread_id)
    return message


def add_messages(world: World, thread_id: str, requests: Sequence[Mapping[str, Any]] | None) -> None:
    """The additional messages a run brings along."""
    for request in requests or ():
        add_message(world, thread_id, request)


ASSISTANT, THREAD, MESSAGE, RUN, STEP = (
    "assistant",
    "thread",
    "thread.message",
    "thread.run",
    "thread.run.step",
)
NOT_FOUND = {
    ASSISTANT: errors.ASSISTANT_NOT_FOUND,
    THREAD: errors.THREAD_NOT_FOUND,
    MESSAGE: errors.MESSAGE_NOT_FOUND,
    RUN: errors.RUN_NOT_FOUND,
    STEP: errors.STEP_NOT_FOUND,
}
"""The 404 of each kind of object."""


def find(world: World, kind: str, object_id: str, parent: str = "") -> Object:
    """An object in its full form. Raises ApiError (404) when the parent has none of that id."""
    full = world.full(kind, object_id, parent)
    if full is None:
        raise NOT_FOUND[kind](id=object_id)
    return full


def read(world: World, kind: str, object_id: str, parent: str = "") -> bytes:
    """An object's wire JSON. Raises ApiError (404) when the parent has none of that id."""
    body = world.body(kind, object_id, parent)
    if body is None:
        raise NOT_FOUND[kind](id=object_id)
    return body


def check_thread(world: World, thread_id: str) -> None:
    """Raises ApiError (404) when there is no such thread."""
    if world.body(THREAD, thread_id) is None:
        raise errors.THREAD_NOT_FOUND(id=thread_id)


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
