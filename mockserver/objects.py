"""What the API's objects look like: constructors in wire order, and the views that differ between doors.

A constructor builds the *full* form, the one stream events show. `wire` turns it into what a JSON reply
shows; recorded traffic of 2025-2026 differs there from the published description (no `status` on messages,
no `expired_at` or `metadata` on steps, two faces of `tool_resources`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from mockserver.outgoing import attachments_out, tool_resources_out, tools_out, truncation_out

Object = dict[str, Any]

_ENCODER = msgspec.json.Encoder()

MESSAGE_STREAM_ONLY = ("status", "incomplete_details", "incomplete_at", "completed_at")
"""Fields of a message that only stream events show (recorded: 51 of 51 JSON replies lack them)."""

NO_FILES: Mapping[str, Any] = {"code_interpreter": {"file_ids": []}}
"""What GET of a thread and stream events show as tool_resources when nothing was given."""

RUN_SECONDS = 600
"""A run expires this long after it was created (every recorded run)."""


def compact(value: Any) -> bytes:
    """JSON on one line, as stream events carry it."""
    return _ENCODER.encode(value)


def pretty(value: Any) -> bytes:
    """JSON as the API's own replies are written: two spaces of indentation, no final newline."""
    return msgspec.json.format(_ENCODER.encode(value), indent=2)


def decode(body: bytes) -> Object:
    """A stored object, ready to be changed."""
    value: Object = msgspec.json.decode(body)
    return value


def object_in(content: bytes) -> Object | None:
    """The JSON object that some bytes are, which nobody has looked at yet; None for anything else."""
    try:
        value = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def assistant(object_id: str, at: int, request: Mapping[str, Any]) -> Object:
    """An assistant as created from a checked request; `at` in Unix seconds."""
    return {
        "id": object_id,
        "object": "assistant",
        "created_at": at,
        "name": request.get("name"),
        "description": request.get("description"),
        "model": request["model"],
        "instructions": request.get("instructions"),
        "tools": tools_out(request.get("tools")),
        "top_p": _or(request.get("top_p"), 1.0),
        "temperature": _or(request.get("temperature"), 1.0),
        "reasoning_effort": request.get("reasoning_effort"),
        "tool_resources": tool_resources_out(request.get("tool_resources"), request.get("tools") or ()),
        "metadata": request.get("metadata") or {},
        "response_format": _or(request.get("response_format"), "auto"),
    }


def thread(object_id: str, at: int, request: Mapping[str, Any]) -> Object:
    """A thread; its full form shows an empty code interpreter where nothing was given."""
    return {
        "id": object_id,
        "object": "thread",
        "created_at": at,
        "metadata": request.get("metadata") or {},
        "tool_resources": tool_resources_out(request.get("tool_resources")) or dict(NO_FILES),
    }


def message(
    object_id: str,
    at: int,
    thread_id: str,
    request: Mapping[str, Any],
    *,
    status: str = "completed",
    assistant_id: str | None = None,
    run_id: str | None = None,
) -> Object:
    """A message; `request` holds the role and content in wire form. Client-made messages belong to no run."""
    return {
        "id": object_id,
        "object": "thread.message",
        "created_at": at,
        "assistant_id": assistant_id,
        "thread_id": thread_id,
        "run_id": run_id,
        "status": status,
        "incomplete_details": None,
        "incomplete_at": None,
        "completed_at": at if status == "completed" else None,
        "role": request["role"],
        "content": request["content"],
        "attachments": attachments_out(request.get("attachments")),
        "metadata": request.get("metadata") or {},
    }


def run(
    object_id: str, at: int, thread_id: str, assistant: Mapping[str, Any], request: Mapping[str, Any]
) -> Object:
    """A run as it is queued: the assistant's settings unless the request overrides them."""

    def setting(name: str) -> Any:
        return _or(request.get(name), assistant[name])

    tools = request.get("tools")

    return {
        "id": object_id,
        "object": "thread.run",
        "created_at": at,
        "assistant_id": assistant["id"],
        "thread_id": thread_id,
        "status": "queued",
        "started_at": None,
        "expires_at": at + RUN_SECONDS,
        "cancelled_at": None,
        "failed_at": None,
        "completed_at": None,
        "required_action": None,
        "last_error": None,
        "model": setting("model"),
        "instructions": instructions(assistant, request),
        "tools": assistant["tools"] if tools is None else tools_out(tools),
        "tool_resources": dict(NO_FILES),
        "metadata": request.get("metadata") or {},
        "temperature": setting("temperature"),
        "top_p": setting("top_p"),
        "reasoning_effort": setting("reasoning_effort"),
        "max_completion_tokens": request.get("max_completion_tokens"),
        "max_prompt_tokens": request.get("max_prompt_tokens"),
        "truncation_strategy": truncation_out(request.get("truncation_strategy")),
        "incomplete_details": None,
        "usage": None,
        "response_format": setting("response_format"),
        "tool_choice": _or(request.get("tool_choice"), "auto"),
        "parallel_tool_calls": _or(request.get("parallel_tool_calls"), True),
    }


def instructions(assistant: Mapping[str, Any], request: Mapping[str, Any]) -> str | None:
    """The run's instructions: those of the request or the assistant, then the additional ones.

    How the two are joined was never recorded; a blank line is assumed.
    """
    own: str | None = _or(request.get("instructions"), assistant["instructions"])
    more: str | None = request.get("additional_instructions")
    if own and more:
        return f"{own}\n\n{more}"
    return more or own


def step(object_id: str, at: int, run: Mapping[str, Any], details: Mapping[str, Any]) -> Object:
    """A run step as it begins; `details` is its `step_details`, whose type is the step's."""
    return {
        "id": object_id,
        "object": "thread.run.step",
        "created_at": at,
        "run_id": run["id"],
        "assistant_id": run["assistant_id"],
        "thread_id": run["thread_id"],
        "type": details["type"],
        "status": "in_progress",
        "cancelled_at": None,
        "completed_at": None,
        "expires_at": run["expires_at"],
        "failed_at": None,
        "last_error": None,
        "step_details": details,
        "usage": None,
    }


def model(name: str, created: int, owner: str) -> Object:
    """A model of the model list."""
    return {"id": name, "object": "model", "created": created, "owned_by": owner}


def deleted(object_id: str, kind: str) -> Object:
    """The answer to a deletion; `kind` is the deleted object's `object`."""
    return {"id": object_id, "object": f"{kind}.deleted", "deleted": True}


def key(full: Mapping[str, Any]) -> str:
    """What the world knows an object by: its id, but a file lies in several vector stores under one id."""
    if full["object"] == "vector_store.file":
        return f"{full['vector_store_id']}/{full['id']}"
    object_id: str = full["id"]
    return object_id


def wire(full: Mapping[str, Any]) -> Object:
    """What a JSON reply shows of an object in its full form; names that begin with `_` are never shown."""
    view = {name: value for name, value in full.items() if name[0] != "_"}
    if view["object"] == "thread.message":
        for name in MESSAGE_STREAM_ONLY:
            del view[name]
    elif view["object"] == "thread.run":
        view["tool_resources"] = {}
    elif view["object"] == "thread.run.step":
        return without_search_content(view)
    return view


def without_search_content(step: Mapping[str, Any]) -> Object:
    """A step as it is shown unless `include[]` asks for the text of its file search results."""
    details = step["step_details"]
    calls = details.get("tool_calls", ())
    if not any(call["type"] == "file_search" for call in calls):
        return dict(step)
    shown = []
    for call in calls:
        if call["type"] == "file_search":
            search = dict(call["file_search"])
            search["results"] = [
                {name: value for name, value in result.items() if name != "content"}
                for result in search.get("results", ())
            ]
            call = {**call, "file_search": search}
        shown.append(call)
    return {**step, "step_details": {**details, "tool_calls": shown}}


def page(
    bodies: Sequence[bytes],
    first_id: str | None,
    last_id: str | None,
    *,
    has_more: bool,
    more_first: bool = False,
) -> bytes:
    """A list reply around stored bodies, indented as the API indents; no object is decoded for it.

    Line breaks inside JSON strings are escaped, so indenting is a plain replacement. `more_first` is the
    order in which the list of files has its members (recorded 2026).
    """
    if bodies:
        items = b",\n    ".join(body.replace(b"\n", b"\n    ") for body in bodies)
        data = b"[\n    %s\n  ]" % items
    else:
        data = b"[]"
    ids = b'"first_id": %s,\n  "last_id": %s' % (compact(first_id), compact(last_id))
    more = b'"has_more": %s' % (b"true" if has_more else b"false")
    around = (more, ids) if more_first else (ids, more)
    return b'{\n  "object": "list",\n  "data": %s,\n  %s,\n  %s\n}' % (data, *around)


def model_list(models: Iterable[Mapping[str, Any]]) -> Object:
    """The model list, which knows no pages."""
    return {"object": "list", "data": list(models)}


def _or(value: Any, default: Any) -> Any:
    return default if value is None else value
