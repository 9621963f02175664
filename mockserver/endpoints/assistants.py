"""Assistants: create, list, retrieve, modify, delete."""

from __future__ import annotations

from mockserver import objects
from mockserver.conversation import ASSISTANT, create_assistant
from mockserver.lookup import find, list_page, read
from mockserver.models import check_model
from mockserver.operations import Call, operation
from mockserver.requests import fields
from mockserver.requests.shapes import Object
from mockserver.resources import resolve

MODIFY = Object(
    model=fields.MODEL,
    reasoning_effort=fields.REASONING_EFFORT,
    name=fields.NAME,
    description=fields.DESCRIPTION,
    instructions=fields.INSTRUCTIONS,
    tools=fields.TOOLS,
    tool_resources=fields.MODIFY_TOOL_RESOURCES,
    metadata=fields.METADATA,
    temperature=fields.TEMPERATURE,
    top_p=fields.TOP_P,
    response_format=fields.RESPONSE_FORMAT,
)


@operation("assistants.list", "GET", "/assistants", query=fields.LIST)
def list_assistants(call: Call) -> bytes:
    """The project's assistants, newest first."""
    return list_page(call.world, ASSISTANT, call.query)


@operation("assistants.create", "POST", "/assistants", body=fields.NEW_ASSISTANT)
def create(call: Call) -> bytes:
    """A new assistant; only the model is required."""
    check_model(call.world.settings, call.body, call.body["model"], azure=call.azure)
    return objects.pretty(create_assistant(call.world, call.body))


@operation("assistants.retrieve", "GET", "/assistants/{assistant_id}")
def retrieve(call: Call) -> bytes:
    """One assistant."""
    return read(call.world, ASSISTANT, call.ids["assistant_id"])


@operation("assistants.update", "POST", "/assistants/{assistant_id}", body=MODIFY)
def update(call: Call) -> bytes:
    """Replace the fields that were sent; an explicit null puts a field back to its default."""
    old = find(call.world, ASSISTANT, call.ids["assistant_id"])
    merged = old | call.body
    if "tool_resources" in call.body:
        merged["tool_resources"] = resolve(call.world, call.body["tool_resources"], expires=False)
    check_model(call.world.settings, call.body, merged["model"] or old["model"], azure=call.azure)
    merged["model"] = merged["model"] or old["model"]
    assistant = objects.assistant(old["id"], old["created_at"], merged)
    call.world.update(assistant)
    return objects.pretty(assistant)


@operation("assistants.delete", "DELETE", "/assistants/{assistant_id}")
def delete(call: Call) -> bytes:
    """Delete an assistant; its runs go on with what they took from it."""
    assistant = find(call.world, ASSISTANT, call.ids["assistant_id"])
    call.world.store.delete(call.world.project, assistant["id"])
    return objects.pretty(objects.deleted(assistant["id"], ASSISTANT))
