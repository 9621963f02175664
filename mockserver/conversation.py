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
    if _full(world, thread_id):
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


def _full(world: World, thread_id: str) -> bool:
    """Whether a thread takes no more messages, which guides say and nobody has seen (E-82)."""
    limit = world.settings.limits.messages_per_thread
    if world.settings.profile == "observed" or world.store.size_bound() < limit:
        return False  # counting costs a scan, and the newest position may already prove that there is room
    return world.store.count(world.project, MESSAGE, thread_id) >= limit


def add_messages(world: World, thread_id: str, requests: Sequence[Mapping[str, Any]] | None) -> None:
    """The additional messages a run brings along."""
    for request in requests or ():
        add_message(world, thread_id, request)


def delete_thread(world: World, thread_id: str) -> None:
    """Remove a thread with all that belongs to it; a run that is active there ends without a word."""
    active = world.timelines.get(world.active.get(thread_id, ""))
    if active is not None:
        world.forget(active)
    for run in world.store.children(world.project, RUN, thread_id):
        world.store.delete_children(world.project, STEP, run.id)
        world.store.delete_timeline(world.project, run.id)
    for kind in (RUN, MESSAGE):
        world.store.delete_children(world.project, kind, thread_id)
    world.store.delete(world.project, thread_id)
