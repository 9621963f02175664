"""Threads: create, retrieve, modify, delete."""

from __future__ import annotations

from mockserver import errors, objects
from mockserver.conversation import THREAD, create_thread, delete_thread
from mockserver.engine import check_idle
from mockserver.lookup import find, read
from mockserver.operations import Call, operation
from mockserver.requests import fields
from mockserver.requests.shapes import Object
from mockserver.resources import resolve

MODIFY = Object(tool_resources=fields.MODIFY_TOOL_RESOURCES, metadata=fields.METADATA)


@operation("threads.create", "POST", "/threads", body=fields.NEW_THREAD)
def create(call: Call) -> bytes:
    """A new thread, maybe with messages; the whole body is optional."""
    return _posted(create_thread(call.world, call.body))


@operation("threads.retrieve", "GET", "/threads/{thread_id}")
def retrieve(call: Call) -> bytes:
    """One thread; unlike the POST replies it shows an empty code interpreter (recorded 2025-10)."""
    return read(call.world, THREAD, call.ids["thread_id"])


@operation("threads.update", "POST", "/threads/{thread_id}", body=MODIFY)
def update(call: Call) -> bytes:
    """Replace the fields that were sent."""
    old = find(call.world, THREAD, call.ids["thread_id"])
    changes = dict(call.body)
    if "tool_resources" in changes:
        changes["tool_resources"] = resolve(call.world, changes["tool_resources"], expires=True)
    thread = objects.thread(old["id"], old["created_at"], old | changes)
    call.world.update(thread)
    return _posted(thread)


@operation("threads.delete", "DELETE", "/threads/{thread_id}")
def delete(call: Call) -> bytes:
    """Delete a thread with all that belongs to it.

    While a run is active the documentation at hand says it is refused; nobody was seen to be refused, so the
    observed profile deletes it, and the run with it.
    """
    world, thread_id = call.world, call.ids["thread_id"]
    find(world, THREAD, thread_id)
    if world.settings.profile == "documented":
        check_idle(world, thread_id, errors.DELETE_DURING_RUN)
    delete_thread(world, thread_id)
    return objects.pretty(objects.deleted(thread_id, THREAD))


def _posted(thread: objects.Object) -> bytes:
    """The face of a thread in POST replies: no tool_resources where none were given (recorded 2025-10)."""
    given = thread["tool_resources"] != objects.NO_FILES
    return objects.pretty(thread if given else {**thread, "tool_resources": {}})
