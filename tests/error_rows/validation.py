"""Section 4 of the table: bodies and query strings."""

from __future__ import annotations

from typing import Any

from tests.error_rows import Caller, row
from tests.stage import PICTURE


def function(**fields: Any) -> dict[str, Any]:
    """A function tool."""
    return {"type": "function", "function": {"name": "f"} | fields}


def assistant_refused(caller: Caller, fields: dict[str, Any], says: str, param: str, code: str) -> None:
    """The same complaint for creating and for modifying an assistant."""
    body = {"model": "gpt-4o"} | fields
    caller.refused("POST", "/assistants", body, says=says, param=param, code=code)
    caller.refused("POST", f"/assistants/{caller.assistant()}", fields, says=says, param=param, code=code)


def message_refused(caller: Caller, message: dict[str, Any], says: str, param: str | None, code: str) -> None:
    """A complaint about a message on its own."""
    path = f"/threads/{caller.thread()}/messages"
    caller.refused("POST", path, message, says=says, param=param, code=code)


@row("E-40")
def missing_parameter(caller: Caller) -> None:
    thread = caller.thread()
    for path, body, name in (
        (f"/threads/{thread}/runs", {}, "assistant_id"),
        ("/threads/runs", {}, "assistant_id"),
        ("/assistants", {"name": "Ada"}, "model"),
        (f"/threads/{thread}/messages", {"content": "Hi"}, "role"),
        (f"/threads/{thread}/messages", {"role": "user"}, "content"),
        ("/threads", {"messages": [{"role": "user"}]}, "messages[0].content"),
        ("/assistants", {"model": "gpt-4o", "tools": [{}]}, "tools[0].type"),
        ("/assistants", {"model": "gpt-4o", "tools": [{"type": "function"}]}, "tools[0].function"),
    ):
        says = f"Missing required parameter: '{name}'."
        caller.refused("POST", path, body, says=says, param=name, code="missing_required_parameter")
    caller.refused(
        "POST",
        f"/threads/{thread}/runs",
        says="Missing required parameter: 'assistant_id'.",
        param="assistant_id",
        code="missing_required_parameter",
    )


@row("E-41")
def unknown_parameter(caller: Caller) -> None:
    thread = caller.thread()
    for path, body in (
        ("/assistants", {"model": "gpt-4o", "file_ids": []}),
        ("/threads", {"file_ids": []}),
        (f"/threads/{thread}", {"file_ids": []}),
        (f"/threads/{thread}/messages", {"role": "user", "content": "Hi", "file_ids": []}),
        (f"/threads/{thread}/runs", {"assistant_id": "asst_1", "file_ids": []}),
        ("/threads/runs", {"assistant_id": "asst_1", "file_ids": []}),
    ):
        says = "Unknown parameter: 'file_ids'."
        caller.refused("POST", path, body, says=says, param="file_ids", code="unknown_parameter")


@row("E-42")
def unknown_nested_parameter(caller: Caller) -> None:
    place = "tool_resources.file_search.file_ids"
    fields = {"tool_resources": {"file_search": {"file_ids": ["file-1"]}}}
    assistant_refused(caller, fields, f"Unknown parameter: '{place}'.", place, "unknown_parameter")


@row("E-43")
def wrong_type(caller: Caller) -> None:
    thread = caller.thread()
    message = caller.ok("GET", f"/threads/{thread}/messages")["first_id"]
    caller.refused(
        "POST",
        f"/threads/{thread}/messages/{message}",
        {"metadata": {"modified": True}},
        says="Invalid type for 'metadata.modified': expected a string, but got a boolean instead.",
        param="metadata.modified",
        code="invalid_type",
    )
    for given, got in (
        (1, "an integer"),
        (1.5, "a decimal number"),
        ([], "an array"),
        ({}, "an object"),
        (None, "null"),
    ):
        says = f"Invalid type for 'metadata.k': expected a string, but got {got} instead."
        body: dict[str, Any] = {"metadata": {"k": given}}
        caller.refused("POST", "/threads", body, says=says, param="metadata.k", code="invalid_type")
    says = "Invalid type for 'tools': expected an array of objects, but got a string instead."
    assistant_refused(caller, {"tools": "all"}, says, "tools", "invalid_type")


@row("E-44")
def role_that_is_not_allowed(caller: Caller) -> None:
    for role in ("human", "system"):
        says = f"Invalid value: '{role}'. Supported values are: 'user' and 'assistant'."
        message_refused(caller, {"role": role, "content": "Hi"}, says, "role", "invalid_value")
        messages = {"messages": [{"role": role, "content": "Hi"}]}
        place = "messages[0].role"
        caller.refused("POST", "/threads", messages, says=says, param=place, code="invalid_value")


@row("E-46")
def tool_that_is_not_there(caller: Caller) -> None:
    says = (
        "Invalid value: 'retrieval'. Supported values are: 'code_interpreter', 'function', and 'file_search'."
    )
    fields = {"tools": [{"type": "retrieval"}]}
    assistant_refused(caller, fields, says, "tools[0].type", "invalid_value")


@row("E-47")
def too_many_metadata_keys(caller: Caller) -> None:
    body = {"metadata": {f"k{n}": "v" for n in range(17)}}
    says = (
        "Invalid 'metadata': too many properties. Expected an object with at most 16 properties, but got an"
        " object with 17 properties instead."
    )
    caller.refused("POST", "/threads", body, says=says, param="metadata", code="object_above_max_properties")
    caller.ok("POST", "/threads", {"metadata": {f"k{n}": "v" for n in range(16)}})


@row("E-48")
def metadata_value_too_long(caller: Caller) -> None:
    says = (
        "Invalid 'metadata.k': string too long. Expected a string with maximum length 512, but got a string"
        " with length 600 instead."
    )
    body = {"metadata": {"k": "v" * 600}}
    caller.refused("POST", "/threads", body, says=says, param="metadata.k", code="string_above_max_length")
    caller.ok("POST", "/threads", {"metadata": {"k": "v" * 512}})


@row("E-49")
def metadata_key_too_long(caller: Caller) -> None:
    says = (
        "Invalid property name in 'metadata': 'kkk...kkk' is too long. Expected a string with maximum length"
        " 64, but got a string with length 70 instead."
    )
    body = {"metadata": {"k" * 70: "v"}}
    code = "property_name_above_max_length"
    caller.refused("POST", "/threads", body, says=says, param="metadata", code=code)


@row("E-50")
def content_too_long(caller: Caller) -> None:
    says = (
        "Invalid 'content': string too long. Expected a string with maximum length 256000, but got a string"
        " with length 1620133 instead."
    )
    message = {"role": "user", "content": "x" * 1_620_133}
    message_refused(caller, message, says, "content", "string_above_max_length")
    caller.ok("POST", f"/threads/{caller.thread()}/messages", {"role": "user", "content": "ü" * 256_000})


@row("E-51")
def instructions_too_long(caller: Caller) -> None:
    says = (
        "Invalid 'instructions': string too long. Expected a string with maximum length 256000, but got a"
        " string with length 256001 instead."
    )
    fields = {"instructions": "x" * 256_001}
    assistant_refused(caller, fields, says, "instructions", "string_above_max_length")
    caller.refused(
        "POST",
        f"/threads/{caller.thread()}/runs",
        {"assistant_id": caller.assistant()} | fields,
        says=says,
        param="instructions",
        code="string_above_max_length",
    )


@row("E-52")
def function_description_too_long(caller: Caller) -> None:
    place = "tools[1].function.description"
    says = (
        f"Invalid '{place}': string too long. Expected a string with maximum length 1024, but got a string"
        " with length 1890 instead."
    )
    fields = {"tools": [function(), function(description="x" * 1890)]}
    assistant_refused(caller, fields, says, place, "string_above_max_length")


@row("E-53")
def function_name_too_long(caller: Caller) -> None:
    place = "tools[34].function.name"
    says = (
        f"Invalid '{place}': string too long. Expected a string with maximum length 64, but got a string with"
        " length 66 instead."
    )
    fields = {"tools": [*[function()] * 34, function(name="f" * 66)]}
    assistant_refused(caller, fields, says, place, "string_above_max_length")


@row("E-54")
def function_name_of_bad_characters(caller: Caller) -> None:
    says = (
        "Invalid 'tools[0].function.name': string does not match pattern. Expected a string that matches the"
        " pattern '^[a-zA-Z0-9_-]+$'."
    )
    for name in ("get weather", "get.weather", "wetter_für", "name\n"):
        fields = {"tools": [function(name=name)]}
        assistant_refused(caller, fields, says, "tools[0].function.name", "invalid_value")


@row("E-55")
def open_schema_of_a_strict_function(caller: Caller) -> None:
    says = (
        "Invalid schema for function 'f': In context=(), 'additionalProperties' is required to be supplied"
        " and to be false."
    )
    schema = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
    fields = {"tools": [function(strict=True, parameters=schema)]}
    assistant_refused(caller, fields, says, "tools[0].function.parameters", "invalid_function_parameters")
    caller.assistant(tools=[function(strict=True, parameters=schema | {"additionalProperties": False})])


@row("E-56")
def too_many_tools(caller: Caller) -> None:
    says = (
        "Invalid 'tools': array too long. Expected an array with maximum length 128, but got an array with"
        " length 129 instead."
    )
    assistant_refused(caller, {"tools": [function()] * 129}, says, "tools", "array_above_max_length")
    caller.assistant(tools=[function()] * 128)


@row("E-58")
def two_vector_stores(caller: Caller) -> None:
    place = "tool_resources.file_search.vector_store_ids"
    says = (
        f"Invalid '{place}': array too long. Expected an array with maximum length 1, but got an array with"
        " length 2 instead."
    )
    fields = {"tool_resources": {"file_search": {"vector_store_ids": ["vs_1", "vs_2"]}}}
    assistant_refused(caller, fields, says, place, "array_above_max_length")
    caller.refused("POST", "/threads", fields, says=says, param=place, code="array_above_max_length")
    store = caller.store().rpartition("/")[2]
    one = {"tool_resources": {"file_search": {"vector_store_ids": [store]}}}
    assert caller.ok("POST", "/threads", one)["tool_resources"] == one["tool_resources"]


@row("E-59")
def too_many_first_messages(caller: Caller) -> None:
    says = (
        "Invalid '{}': array too long. Expected an array with maximum length 32, but got an array with length"
        " 33 instead."
    )
    messages = {"messages": [{"role": "user", "content": "Hi"}] * 33}
    code = "array_above_max_length"
    caller.refused("POST", "/threads", messages, says=says.format("messages"), param="messages", code=code)
    place = "thread.messages"
    body = {"assistant_id": caller.assistant(), "thread": messages}
    caller.refused("POST", "/threads/runs", body, says=says.format(place), param=place, code=code)
    assert caller.ok("POST", "/threads", {"messages": messages["messages"][:32]})


def list_refused(caller: Caller, query: str, says: str, param: str, code: str) -> None:
    """The same complaint on every list."""
    run = caller.run_in("completed")
    thread = "/".join(run.split("/")[:3])
    for path in ("/assistants", f"{thread}/messages", f"{thread}/runs", f"{run}/steps"):
        caller.refused("GET", f"{path}?{query}", says=says, param=param, code=code)


@row("E-70")
def limit_too_big(caller: Caller) -> None:
    says = "Invalid 'limit': integer above maximum value. Expected a value <= 100, but got 101 instead."
    list_refused(caller, "limit=101", says, "limit", "integer_above_max_value")


@row("E-71")
def limit_too_small(caller: Caller) -> None:
    for given in (0, -1):
        says = (
            f"Invalid 'limit': integer below minimum value. Expected a value >= 1, but got {given} instead."
        )
        list_refused(caller, f"limit={given}", says, "limit", "integer_below_min_value")
    says = "Invalid type for 'limit': expected an integer, but got a string instead."
    list_refused(caller, "limit=ten", says, "limit", "invalid_type")


@row("E-72")
def bad_order(caller: Caller) -> None:
    says = "Invalid value: 'x'. Supported values are: 'asc' and 'desc'."
    list_refused(caller, "order=x", says, "order", "invalid_value")


@row("E-73")
def repeated_query_key(caller: Caller) -> None:
    says = (
        "Duplicate parameter: 'order'. You provided multiple values for this parameter, whereas only one is"
        " allowed. If you are trying to provide a list of values, use the array syntax instead e.g."
        " 'order[]=<value>'."
    )
    list_refused(caller, "order=asc&order=desc", says, "order", "duplicate_parameter")


@row("E-74")
def unknown_cursor(caller: Caller) -> None:
    # Nowhere on record; the kind's own 404 is our choice.
    path = f"/threads/{caller.thread()}/messages"
    for name in ("after", "before"):
        says = "No message found with id 'msg_X'."
        caller.refused("GET", f"{path}?{name}=msg_X", says=says, status=404)


@row("E-75")
def empty_content(caller: Caller) -> None:
    says = (
        "Invalid 'content': empty array. Expected an array with minimum length 1, but got an empty array"
        " instead."
    )
    message_refused(caller, {"role": "user", "content": []}, says, "content", "empty_array")


@row("E-76")
def temperature_too_high(caller: Caller) -> None:
    says = "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 3 instead."
    assistant_refused(caller, {"temperature": 3}, says, "temperature", "decimal_above_max_value")
    says = "Invalid 'top_p': decimal below minimum value. Expected a value >= 0, but got -0.5 instead."
    assistant_refused(caller, {"top_p": -0.5}, says, "top_p", "decimal_below_min_value")


@row("E-77")
def image_of_another_kind(caller: Caller) -> None:
    place = "content[0].image_url.url"
    part = {"type": "image_url", "image_url": {"url": "https://example.com/cat.tiff"}}
    says = f"Invalid '{place}'. Expected url to end in a supported format: .jpeg, .jpg, .png, .gif, .webp"
    message_refused(caller, {"role": "user", "content": [part]}, says, place, "invalid_value")
    path = f"/threads/{caller.thread()}/messages"
    for name, extension in (("notes.txt", ".txt"), ("cat.tiff", ".tiff")):
        part = {"type": "image_file", "image_file": {"file_id": caller.file(name, purpose="vision")}}
        says = (
            "Invalid message content: Expected file type to be a supported format: .jpeg, .jpg, .png, .gif,"
            f" .webp but got {extension}."
        )
        message = {"role": "user", "content": [part]}
        caller.refused("POST", path, message, says=says)
        caller.refused("POST", "/threads", {"messages": [message]}, says=says)
    part = {"type": "image_file", "image_file": {"file_id": caller.file("CAT.PNG", PICTURE, "vision")}}
    caller.ok("POST", path, {"role": "user", "content": [part]})


@row("E-78")
def small_token_limit(caller: Caller) -> None:
    body = {"assistant_id": caller.assistant(), "max_completion_tokens": 16}
    run = caller.ok("POST", f"/threads/{caller.thread()}/runs", body)
    assert run["max_completion_tokens"] == 16
