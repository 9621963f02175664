"""Messages of a thread: create, list, retrieve, modify, delete."""

from __future__ import annotations

from dataclasses import dataclass

from mockserver import errors, objects
from mockserver.conversation import MESSAGE, add_message
from mockserver.engine import check_idle
from mockserver.lookup import check_thread, find, list_page, read
from mockserver.operations import Call, operation
from mockserver.requests import fields
from mockserver.requests.queries import Page, Query
from mockserver.requests.shapes import Text


@dataclass(frozen=True, slots=True)
class MessagePage(Page):
    """Part of a thread's messages, maybe only those a run made."""

    run_id: str | None = None


LIST = Query(MessagePage, **fields.LIST.parameters, run_id=Text())


@operation("messages.list", "GET", "/threads/{thread_id}/messages", query=LIST)
def list_messages(call: Call) -> bytes:
    """The thread's messages, newest first."""
    thread_id = call.ids["thread_id"]
    check_thread(call.world, thread_id)
    return list_page(call.world, MESSAGE, call.query, thread_id, made_by=call.query.run_id)


@operation("messages.create", "POST", "/threads/{thread_id}/messages", body=fields.MESSAGE)
def create(call: Call) -> bytes:
    """A new message; refused while a run is active on the thread."""
    thread_id = call.ids["thread_id"]
    check_thread(call.world, thread_id)
    check_idle(call.world, thread_id, errors.MESSAGE_DURING_RUN)
    return objects.pretty(objects.wire(add_message(call.world, thread_id, call.body)))


@operation("messages.retrieve", "GET", "/threads/{thread_id}/messages/{message_id}")
def retrieve(call: Call) -> bytes:
    """One message."""
    check_thread(call.world, call.ids["thread_id"])
    return read(call.world, MESSAGE, call.ids["message_id"], call.ids["thread_id"])


@operation(
    "messages.update",
    "POST",
    "/threads/{thread_id}/messages/{message_id}",
    body=fields.MODIFY_METADATA,
)
def update(call: Call) -> bytes:
    """Replace the metadata. The reply alone shows `file_ids` in place of `attachments` (recorded 2025-10)."""
    check_thread(call.world, call.ids["thread_id"])
    message = find(call.world, MESSAGE, call.ids["message_id"], call.ids["thread_id"])
    if "metadata" in call.body:
        message["metadata"] = call.body["metadata"] or {}
        call.world.update(message)
    shown = {
        ("file_ids" if name == "attachments" else name): ([] if name == "attachments" else value)
        for name, value in objects.wire(message).items()
    }
    return objects.pretty(shown)


@operation("messages.delete", "DELETE", "/threads/{thread_id}/messages/{message_id}")
def delete(call: Call) -> bytes:
    """Delete a message."""
    check_thread(call.world, call.ids["thread_id"])
    message = find(call.world, MESSAGE, call.ids["message_id"], call.ids["thread_id"])
    call.world.delete(message)
    return objects.pretty(objects.deleted(message["id"], MESSAGE))
