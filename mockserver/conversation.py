"""Assistants, threads and what is said in them: how they are made, by whatever door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockserver import errors, objects
from mockserver.outgoing import content_out
from mockserver.resources import add_attachments, check_pictures, resolve
from mockserver.world import World

Object = dict[str, Any]

ASSISTANT, THREAD, MESSAGE, RUN, STEP = (
    "assistant",
    "thread",
    "thread.message",
    "thread.run",
    "thread.run.step",
)
"""The kinds of objects here, as their `object` member names them."""


def create_assistant(world: World, request: Mapping[str, Any], object_id: str | None = None) -> Object:
    """A new assistant from a checked request. Raises ApiError for files and stores that cannot be used."""
    at = world.clock.now() // 1000
    resources = resolve(world, request.get("tool_resources"), expires=False)
    described = {**request, "tool_resources": resources}
    assistant = objects.assistant(object_id or world.new_id("asst"), at, described)
    world.insert(assistant)
    return assistant


def create_thread(world: World, request: Mapping[str, Any], object_id: str | None = None) -> Object:
    """A new thread with its first messages, in its full form. Raises ApiError as messages do."""
    resources = resolve(world, request.get("tool_resources"), expires=True)
    described = {**request, "tool_resources": resources}
    thread = objects.thread(object_id or world.new_id("thread"), world.clock.now() // 1000, described)
    world.insert(thread)
    for message in request.get("messages") or ():
        add_message(world, thread["id"], message)
    return world.full(THREAD, thread["id"]) or thread


def add_message(
    world: World, thread_id: str, request: Mapping[str, Any], object_id: str | None = None
) -> Object:
    """A new message from a checked request. Raises ApiError when the thread is full or a file of no use."""
    limit = world.settings.limits.messages_per_thread
    # Counting costs a scan, so it is left out where the newest position already proves that there is room.
    if world.store.size_bound() >= limit and world.store.count(world.project, MESSAGE, thread_id) >= limit:
        raise errors.TOO_MANY_MESSAGES()
    content = content_out(request["content"])
    check_pictures(world, content)
    if request.get("attachments"):
        add_attachments(world, thread_id, request["attachments"])
    message = objects.message(
        object_id or world.new_id("msg"),
        world.clock.now() // 1000,
        thread_id,
        {**request, "content": content},
    )
    world.insert(message, thread_id)
    return message


def add_messages(world: World, thread_id: str, requests: Sequence[Mapping[str, Any]] | None) -> None:
    """The additional messages a run brings along."""
    for request in requests or ():
        add_message(world, thread_id, request)
