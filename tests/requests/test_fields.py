"""The shared request fields: their limits, and how they go out; ids are rows of the evidence table."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver import outgoing
from mockserver.errors import ApiError
from mockserver.requests import fields
from mockserver.requests.shapes import AnyOf, Array, Object, OneOf, OpenObject, Shape, Tagged, required
from tests.properties import law

CREATE_ASSISTANT = Object(
    model=required(fields.MODEL),
    name=fields.NAME,
    description=fields.DESCRIPTION,
    instructions=fields.INSTRUCTIONS,
    reasoning_effort=fields.REASONING_EFFORT,
    tools=fields.TOOLS,
    tool_resources=fields.CREATE_TOOL_RESOURCES,
    metadata=fields.METADATA,
    temperature=fields.TEMPERATURE,
    top_p=fields.TOP_P,
    response_format=fields.RESPONSE_FORMAT,
)
CREATE_THREAD = Object(
    messages=fields.MESSAGES, tool_resources=fields.CREATE_TOOL_RESOURCES, metadata=fields.METADATA
)
CREATE_RUN = Object(
    assistant_id=required(fields.ASSISTANT_ID),
    additional_messages=fields.ADDITIONAL_MESSAGES,
    tools=fields.RUN_TOOLS,
    max_completion_tokens=fields.TOKENS_MAX,
    truncation_strategy=fields.TRUNCATION_STRATEGY,
    tool_choice=fields.TOOL_CHOICE,
    parallel_tool_calls=fields.PARALLEL_TOOL_CALLS,
    stream=fields.STREAM,
)
SUBMIT = Object(tool_outputs=required(fields.TOOL_OUTPUTS), stream=fields.STREAM)


def assistant(**sent: Any) -> dict[str, Any]:
    """A request for an assistant with these fields."""
    return {"model": "gpt-4o", **sent}


def function(**sent: Any) -> dict[str, Any]:
    """A function tool with these fields."""
    return {"type": "function", "function": {"name": "f", **sent}}


def message(**sent: Any) -> dict[str, Any]:
    """A message of a user with these fields."""
    return {"role": "user", "content": "Hi", **sent}


def stores(**sent: Any) -> dict[str, Any]:
    """An assistant with these file search resources."""
    return assistant(tool_resources={"file_search": sent})


@pytest.mark.parametrize(
    ("shape", "body", "text", "param", "code"),
    [
        pytest.param(
            CREATE_THREAD,
            {"messages": [message(attachments=[{"file_id": "0b1c-uuid", "tools": []}])]},
            "Invalid 'messages[0].attachments[0].file_id': '0b1c-uuid'. Expected an ID that begins with"
            " 'file'.",
            "messages[0].attachments[0].file_id",
            "invalid_value",
            id="E-30",
        ),
        pytest.param(
            CREATE_THREAD,
            {"role": "user"},
            "Unknown parameter: 'role'.",
            "role",
            "unknown_parameter",
            id="E-16",
        ),
        pytest.param(
            CREATE_ASSISTANT,
            stores(file_ids=["file-X"]),
            "Unknown parameter: 'tool_resources.file_search.file_ids'.",
            "tool_resources.file_search.file_ids",
            "unknown_parameter",
            id="E-42",
        ),
        pytest.param(
            fields.MODIFY_METADATA,
            {"metadata": {"modified": True}},
            "Invalid type for 'metadata.modified': expected a string, but got a boolean instead.",
            "metadata.modified",
            "invalid_type",
            id="E-43",
        ),
        pytest.param(
            fields.MESSAGE,
            message(role="human"),
            "Invalid value: 'human'. Supported values are: 'user' and 'assistant'.",
            "role",
            "invalid_value",
            id="E-44",
        ),
        pytest.param(
            CREATE_ASSISTANT,
            assistant(tools=[{"type": "retrieval"}]),
            "Invalid value: 'retrieval'. Supported values are: 'code_interpreter', 'function', and"
            " 'file_search'.",
            "tools[0].type",
            "invalid_value",
            id="E-46",
        ),
        pytest.param(
            fields.MODIFY_METADATA,
            {"metadata": {str(number): "" for number in range(17)}},
            "Invalid 'metadata': too many properties. Expected an object with at most 16 properties, but got"
            " an object with 17 properties instead.",
            "metadata",
            "object_above_max_properties",
            id="E-47",
        ),
        pytest.param(
            fields.MODIFY_METADATA,
            {"metadata": {"k": "x" * 600}},
            "Invalid 'metadata.k': string too long. Expected a string with maximum length 512, but got a"
            " string with length 600 instead.",
            "metadata.k",
            "string_above_max_length",
            id="E-48",
        ),
        pytest.param(
            fields.MODIFY_METADATA,
            {"metadata": {"k" * 70: "v"}},
            "Invalid property name in 'metadata': 'kkk...kkk' is too long. Expected a string with maximum"
            " length 64, but got a string with length 70 instead.",
            "metadata",
            "property_name_above_max_length",
            id="E-49",
        ),
        pytest.param(
            fields.MESSAGE,
            message(content="x" * 1_620_133),
            "Invalid 'content': string too long. Expected a string with maximum length 256000, but got a"
            " string with length 1620133 instead.",
            "content",
            "string_above_max_length",
            id="E-50",
        ),
        pytest.param(
            CREATE_ASSISTANT,
            assistant(instructions="x" * 256_001),
            "Invalid 'instructions': string too long. Expected a string with maximum length 256000, but got"
            " a string with length 256001 instead.",
            "instructions",
            "string_above_max_length",
            id="E-51",
        ),
        pytest.param(
            CREATE_ASSISTANT,
            assistant(tools=[function(), function(description="x" * 1890)]),
            "Invalid 'tools[1].function.description': string too long. Expected a string with maximum length"
            " 1024, but got a string with length 1890 instead.",
            "tools[1].function.description",
            "string_above_max_length",
            id="E-52",
        ),
        pytest.param(
            CREATE_ASSISTANT,
            assistant(tools=[function()] * 34 + [function(name="x" * 66)]),
            "Invalid 'tools[34].function.name': string too long. Expected a string with maximum length 64,"
            " but got a string with length 66 instead.",
            "tools[34].function.name",
            "string_above_max_length",
            id="E-53",
        ),
        pytest.param(
            CREATE_ASSISTANT,
            assistant(tools=[function(name="get weather")]),
            "Invalid 'tools[0].function.name': string does not match pattern. Expected a string that matches"
            " the pattern '^[a-zA-Z0-9_-]+$'.",
            "tools[0].function.name",
            "invalid_value",
            id="E-54",
        ),
        pytest.param(
            CREATE_ASSISTANT,
            assistant(tools=[function(name="F", strict=True, parameters={"type": "object"})]),
            "Invalid schema for function 'F': In context=(), 'additionalProperties' is required to be"
            " supplied and to be false.",
            "tools[0].function.parameters",
            "invalid_function_parameters",
            id="E-55",
        ),
        pytest.param(
            CREATE_ASSISTANT,
            assistant(tools=[function()] * 129),
            "Invalid 'tools': array too long. Expected an array with maximum length 128, but got an array"
            " with length 129 instead.",
            "tools",
            "array_above_max_length",
            id="E-56",
        ),
        pytest.param(
            CREATE_ASSISTANT,
            stores(vector_store_ids=["vs_1", "vs_2"]),
            "Invalid 'tool_resources.file_search.vector_store_ids': array too long. Expected an array with"
            " maximum length 1, but got an array with length 2 instead.",
            "tool_resources.file_search.vector_store_ids",
            "array_above_max_length",
            id="E-58",
        ),
        pytest.param(
            CREATE_THREAD,
            {"messages": [message()] * 33},
            "Invalid 'messages': array too long. Expected an array with maximum length 32, but got an array"
            " with length 33 instead.",
            "messages",
            "array_above_max_length",
            id="E-59",
        ),
        pytest.param(
            SUBMIT,
            {"tool_outputs": [{"output": "42"}]},
            "Missing required parameter: 'tool_outputs[0].tool_call_id'.",
            "tool_outputs[0].tool_call_id",
            "missing_required_parameter",
            id="E-65",
        ),
        pytest.param(
            fields.MESSAGE,
            message(content=[]),
            "Invalid 'content': empty array. Expected an array with minimum length 1, but got an empty array"
            " instead.",
            "content",
            "empty_array",
            id="E-75",
        ),
        pytest.param(
            CREATE_ASSISTANT,
            assistant(temperature=3),
            "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 3 instead.",
            "temperature",
            "decimal_above_max_value",
            id="E-76",
        ),
        pytest.param(
            fields.MESSAGE,
            message(content=[{"type": "image_url", "image_url": {"url": "https://example.com/a.tiff?x=1"}}]),
            "Invalid 'content[0].image_url.url'. Expected url to end in a supported format: .jpeg, .jpg,"
            " .png, .gif, .webp",
            "content[0].image_url.url",
            "invalid_value",
            id="E-77",
        ),
        pytest.param(
            CREATE_ASSISTANT,
            stores(vector_store_ids=["vs_1"], vector_stores=[{}]),
            "Mutually exclusive parameters: 'tool_resources.file_search'. Ensure you are only providing one"
            " of: 'vector_store_ids' or 'vector_stores'.",
            "tool_resources.file_search",
            "mutually_exclusive_parameters",
            id="both-stores",
        ),
    ],
)
def test_wording(shape: Object, body: Any, text: str, param: str, code: str) -> None:
    with pytest.raises(ApiError) as caught:
        shape.check(body)
    assert (caught.value.message, caught.value.param, caught.value.code) == (text, param, code)


@pytest.mark.parametrize(
    "body",
    [
        {"assistant_id": "asst_X", "max_completion_tokens": 16},
        {"assistant_id": "asst_X", "tool_choice": "required"},
        {"assistant_id": "asst_X", "tool_choice": {"type": "function", "function": {"name": "f"}}},
        {"assistant_id": "asst_X", "truncation_strategy": {"type": "last_messages", "last_messages": 1}},
        {"assistant_id": "asst_X", "tools": None, "additional_messages": None, "stream": None},
    ],
    ids=["E-78", "tool_choice", "named tool_choice", "truncation", "nulls"],
)
def test_runs_that_are_fine(body: dict[str, Any]) -> None:
    assert CREATE_RUN.check(body) == body


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a.PNG",
        "https://example.com/a.jpeg?size=2#x",
        "https://example.com/photos/200",
        "https://example.com",
    ],
)
def test_image_addresses_that_are_fine(url: str) -> None:
    body = message(content=[{"type": "image_url", "image_url": {"url": url}}])
    assert fields.MESSAGE.check(body) == body


CLOSED = {
    "type": "object",
    "properties": {"a": {"type": "string"}},
    "required": ["a"],
    "additionalProperties": False,
}


OPEN = "'additionalProperties' is required to be supplied and to be false."
PARTIAL = (
    "'required' is required to be supplied and to be an array including every key in properties. Missing 'a'."
)


@pytest.mark.parametrize(
    ("parameters", "context", "complaint"),
    [
        pytest.param({**CLOSED, "required": []}, "()", PARTIAL, id="required"),
        pytest.param(
            {**CLOSED, "properties": {"a": {"type": "array", "items": {"type": "object"}}}},
            "('properties', 'a', 'items')",
            OPEN,
            id="items",
        ),
        pytest.param(
            {**CLOSED, "properties": {"a": {"anyOf": [{"type": "null"}, {"type": ["object", "null"]}]}}},
            "('properties', 'a', 'anyOf', '1')",
            OPEN,
            id="anyOf",
        ),
    ],
)
def test_strict_schemas_deep_down(parameters: dict[str, Any], context: str, complaint: str) -> None:
    body = assistant(tools=[function(strict=True, parameters=parameters)])
    with pytest.raises(ApiError) as caught:
        CREATE_ASSISTANT.check(body)
    assert caught.value.message == f"Invalid schema for function 'f': In context={context}, {complaint}"
    assert CREATE_ASSISTANT.check(assistant(tools=[function(parameters=parameters)]))


def test_schemas_may_be_strict_and_very_deep() -> None:
    parameters: dict[str, Any] = CLOSED
    for _ in range(1_000):
        parameters = {**CLOSED, "properties": {"a": parameters}}
    assert CREATE_ASSISTANT.check(assistant(tools=[function(strict=True, parameters=parameters)]))


# What goes out.


def wire(value: Any) -> str:
    """JSON with its keys in the order they have."""
    return json.dumps(value)


@pytest.mark.parametrize(
    ("tool", "shown"),
    [
        (
            {"type": "function", "function": {"name": "f"}},
            {
                "type": "function",
                "function": {
                    "name": "f",
                    "parameters": {"type": "object", "properties": {}},
                    "strict": False,
                },
            },
        ),
        (
            {
                "type": "function",
                "function": {"strict": True, "parameters": CLOSED, "description": "d", "name": "f"},
            },
            {
                "type": "function",
                "function": {"name": "f", "description": "d", "parameters": CLOSED, "strict": True},
            },
        ),
        (
            {"type": "file_search"},
            {
                "type": "file_search",
                "file_search": {
                    "ranking_options": {
                        "ranker": "default_2024_08_21",
                        "score_threshold": 0.0,
                        "hybrid_search": None,
                    }
                },
            },
        ),
        (
            {
                "type": "file_search",
                "file_search": {
                    "max_num_results": 5,
                    "ranking_options": {"score_threshold": 0.5, "ranker": "auto"},
                },
            },
            {
                "type": "file_search",
                "file_search": {
                    "max_num_results": 5,
                    "ranking_options": {
                        "ranker": "default_2024_08_21",
                        "score_threshold": 0.5,
                        "hybrid_search": None,
                    },
                },
            },
        ),
        ({"type": "code_interpreter"}, {"type": "code_interpreter"}),
    ],
)
def test_tools_out(tool: dict[str, Any], shown: dict[str, Any]) -> None:
    assert wire(outgoing.tools_out(fields.TOOLS.check([tool], "tools"))) == wire([shown])


def test_tools_shown_can_be_sent_again() -> None:
    shown = outgoing.tools_out([{"type": "file_search"}, {"type": "function", "function": {"name": "f"}}])
    assert outgoing.tools_out(fields.TOOLS.check(shown, "tools")) == shown


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("Hi \ud800", [{"type": "text", "text": {"value": "Hi \ud800", "annotations": []}}]),
        (
            [{"type": "text", "text": "Hi"}],
            [{"type": "text", "text": {"value": "Hi", "annotations": []}}],
        ),
        (
            [{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}],
            [{"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "auto"}}],
        ),
        (
            [{"type": "image_file", "image_file": {"detail": "low", "file_id": "file-X"}}],
            [{"type": "image_file", "image_file": {"file_id": "file-X", "detail": "low"}}],
        ),
    ],
)
def test_content_out(content: Any, shown: list[dict[str, Any]]) -> None:
    checked = fields.MESSAGE.check(message(content=content))["content"]
    assert wire(outgoing.content_out(checked)) == wire(shown)


def test_tool_resources_out() -> None:
    code = [{"type": "code_interpreter"}]
    assert outgoing.tool_resources_out(None) == {}
    assert outgoing.tool_resources_out(None, code) == {"code_interpreter": {"file_ids": []}}
    assert outgoing.tool_resources_out({"file_search": {"vector_store_ids": ["vs_X"]}}) == {
        "file_search": {"vector_store_ids": ["vs_X"]}
    }


def test_truncation_out() -> None:
    assert outgoing.truncation_out(None) == {"type": "auto", "last_messages": None}
    assert outgoing.truncation_out({"type": "last_messages", "last_messages": 3}) == {
        "type": "last_messages",
        "last_messages": 3,
    }


# Whatever comes in: an answer or an ApiError, never a crash.

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=()), max_size=8)
    | st.sampled_from(["asst_X", "file-X", "vs_X", "auto", "function", "text", "a.b", "https://[x/a.tif"])
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


def like(shape: Shape) -> st.SearchStrategy[Any]:
    """Values near what a shape accepts, so that the search gets past the first complaint."""
    match shape:
        case Object():
            known = {name: JSON | like(inner) for name, inner in shape.fields.items()}
            return st.fixed_dictionaries({}, optional={**known, "unknown": LEAVES})
        case Tagged():
            return st.one_of([_tagged(tag, inner) for tag, inner in shape.variants.items()])
        case Array():
            return st.lists(like(shape.of), max_size=3)
        case AnyOf():
            return st.one_of([like(inner) for inner in shape.shapes])
        case OneOf():
            return st.sampled_from(shape.words) | LEAVES
        case _:
            return JSON


def _tagged(tag: str, inner: Shape) -> st.SearchStrategy[Any]:
    return like(inner).map(lambda rest: {"type": tag, **rest})


SHAPES = {name: shape for name, shape in vars(fields).items() if isinstance(shape, Shape)} | {
    "CREATE_ASSISTANT": CREATE_ASSISTANT,
    "CREATE_THREAD": CREATE_THREAD,
    "CREATE_RUN": CREATE_RUN,
    "SUBMIT": SUBMIT,
}


@pytest.mark.parametrize("name", SHAPES)
@law(40)
@given(data=st.data())
def test_any_value_is_taken_or_refused_in_words(name: str, data: st.DataObject) -> None:
    shape = SHAPES[name]
    value = data.draw(JSON | like(shape))
    path = "" if isinstance(shape, Object) and not isinstance(shape, OpenObject) else "field"
    try:
        checked = shape.check(value, path)
    except ApiError as refused:
        error = refused.body()["error"]
        assert list(error) == ["message", "type", "param", "code"]
        assert error["message"]
        assert error["code"]
    else:
        assert shape.check(checked, path) == checked
        json.dumps(checked)
