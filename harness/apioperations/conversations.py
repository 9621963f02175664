"""Assistants, threads, messages, and the models they may use."""

from __future__ import annotations

from harness.apioperations import arguments as a
from harness.apioperations.operation import operation
from harness.scenarios.shapes import Shape, text

_ASSISTANT: dict[str, Shape] = {
    "name": text("Its name."),
    "description": text("What it is for."),
    "instructions": text("What it is told to be."),
    "tools": a.TOOLS,
    "tool_resources": a.TOOL_RESOURCES,
    "metadata": a.METADATA,
    "temperature": a.TEMPERATURE,
    "top_p": a.TOP_P,
    "response_format": a.RESPONSE_FORMAT,
    "reasoning_effort": a.REASONING_EFFORT,
}
_ONE_ASSISTANT = {"assistant_id": a.ASSISTANT_ID}
_ONE_THREAD = {"thread_id": a.THREAD_ID}
_ONE_MESSAGE = {"thread_id": a.THREAD_ID, "message_id": a.MESSAGE_ID}
_THREAD: dict[str, Shape] = {"tool_resources": a.TOOL_RESOURCES, "metadata": a.METADATA}

CONVERSATIONS = (
    operation(
        "assistants.create",
        "Make an assistant.",
        "beta.assistants.create",
        needed={"model": a.MODEL},
        optional=_ASSISTANT,
        creates="assistant",
        deleted_by="assistants.delete",
    ),
    operation("assistants.retrieve", "Read an assistant.", "beta.assistants.retrieve", path=_ONE_ASSISTANT),
    operation(
        "assistants.update",
        "Change an assistant.",
        "beta.assistants.update",
        path=_ONE_ASSISTANT,
        optional={"model": a.MODEL, **_ASSISTANT},
    ),
    operation("assistants.list", "List assistants.", "beta.assistants.list", optional=a.PAGE, in_query=True),
    operation("assistants.delete", "Delete an assistant.", "beta.assistants.delete", path=_ONE_ASSISTANT),
    operation(
        "threads.create",
        "Make a thread.",
        "beta.threads.create",
        optional={"messages": a.MESSAGES, **_THREAD},
        creates="thread",
        deleted_by="threads.delete",
    ),
    operation("threads.retrieve", "Read a thread.", "beta.threads.retrieve", path=_ONE_THREAD),
    operation(
        "threads.update", "Change a thread.", "beta.threads.update", path=_ONE_THREAD, optional=_THREAD
    ),
    operation(
        "threads.delete", "Delete a thread with all that is in it.", "beta.threads.delete", path=_ONE_THREAD
    ),
    operation(
        "messages.create",
        "Add a message to a thread.",
        "beta.threads.messages.create",
        path=_ONE_THREAD,
        needed={"role": a.ROLE, "content": a.CONTENT},
        optional={"attachments": a.ATTACHMENTS, "metadata": a.METADATA},
        creates="thread.message",
        deleted_by="messages.delete",
    ),
    operation("messages.retrieve", "Read a message.", "beta.threads.messages.retrieve", path=_ONE_MESSAGE),
    operation(
        "messages.update",
        "Change a message's metadata.",
        "beta.threads.messages.update",
        path=_ONE_MESSAGE,
        optional={"metadata": a.METADATA},
    ),
    operation(
        "messages.list",
        "List the messages of a thread, the newest first.",
        "beta.threads.messages.list",
        path=_ONE_THREAD,
        optional={**a.PAGE, "run_id": a.RUN_ID},
        in_query=True,
    ),
    operation("messages.delete", "Delete a message.", "beta.threads.messages.delete", path=_ONE_MESSAGE),
    operation("models.list", "List the models.", "models.list", in_query=True),
    operation("models.retrieve", "Read a model.", "models.retrieve", path={"model": a.MODEL}),
    operation("models.delete", "Delete a fine-tuned model.", "models.delete", path={"model": a.MODEL}),
)
