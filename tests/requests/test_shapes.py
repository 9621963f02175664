"""Requests are read like tables, and refused in the API's own words; ids are rows of the evidence table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from mockserver.errors import ApiError
from mockserver.requests.queries import Page, Query
from mockserver.requests.shapes import (
    AnyOf,
    Array,
    Boolean,
    Free,
    Id,
    Integer,
    Number,
    Object,
    OneOf,
    OpenObject,
    Shape,
    Tagged,
    Text,
    path_id,
    quoted,
    required,
)

TOOL = Tagged(
    code_interpreter=OpenObject(),
    function=OpenObject(function=required(OpenObject(name=required(Text(max=8, nonempty=True))))),
    file_search=OpenObject(),
)
ORDER = Object(
    assistant_id=required(Id("asst")),
    name=Text(max=5),
    role=OneOf("user", "assistant"),
    limit=Integer(min=1, max=100),
    temperature=Number(min=0, max=2),
    stream=Boolean(),
    content=AnyOf(Text(), Array(TOOL, nonempty=True)),
    choice=AnyOf(OneOf("none", "auto", "required"), TOOL),
    tools=Array(TOOL, max=2),
    names=Array(Text()),
    resources=Object(file_search=Object(ids=Array(Text(), max=1))),
    schema=Free(),
)


def refusal(shape: Shape, value: Any, path: str) -> tuple[str, str | None, str | None]:
    """Message, param and code of the complaint about this value."""
    with pytest.raises(ApiError) as caught:
        shape.check(value, path)
    assert caught.value.status == 400
    assert caught.value.type == "invalid_request_error"
    return caught.value.message, caught.value.param, caught.value.code


def order(**fields: Any) -> dict[str, Any]:
    """An order that is fine but for these fields."""
    return {"assistant_id": "asst_X", **fields}


@pytest.mark.parametrize(
    ("body", "message", "param", "code"),
    [
        pytest.param(
            {},
            "Missing required parameter: 'assistant_id'.",
            "assistant_id",
            "missing_required_parameter",
            id="E-40",
        ),
        pytest.param(
            order(file_ids=[]),
            "Unknown parameter: 'file_ids'.",
            "file_ids",
            "unknown_parameter",
            id="E-41",
        ),
        pytest.param(
            order(resources={"file_search": {"file_ids": []}}),
            "Unknown parameter: 'resources.file_search.file_ids'.",
            "resources.file_search.file_ids",
            "unknown_parameter",
            id="E-42",
        ),
        pytest.param(
            order(name=True),
            "Invalid type for 'name': expected a string, but got a boolean instead.",
            "name",
            "invalid_type",
            id="E-43",
        ),
        pytest.param(
            order(role="human"),
            "Invalid value: 'human'. Supported values are: 'user' and 'assistant'.",
            "role",
            "invalid_value",
            id="E-44",
        ),
        pytest.param(
            order(tools=[{"type": "code_interpreter"}, {"type": "retrieval"}]),
            "Invalid value: 'retrieval'. Supported values are: 'code_interpreter', 'function', and"
            " 'file_search'.",
            "tools[1].type",
            "invalid_value",
            id="E-46",
        ),
        pytest.param(
            order(assistant_id="wf_X"),
            "Invalid 'assistant_id': 'wf_X'. Expected an ID that begins with 'asst'.",
            "assistant_id",
            "invalid_value",
            id="E-28",
        ),
        pytest.param(
            order(name="too long"),
            "Invalid 'name': string too long. Expected a string with maximum length 5, but got a string"
            " with length 8 instead.",
            "name",
            "string_above_max_length",
            id="E-50",
        ),
        pytest.param(
            order(tools=[{"type": "function", "function": {"name": ""}}]),
            "Invalid 'tools[0].function.name': empty string. Expected a string with minimum length 1, but"
            " got an empty string instead.",
            "tools[0].function.name",
            "empty_string",
            id="empty",
        ),
        pytest.param(
            order(tools=[{"type": "code_interpreter"}] * 3),
            "Invalid 'tools': array too long. Expected an array with maximum length 2, but got an array"
            " with length 3 instead.",
            "tools",
            "array_above_max_length",
            id="E-56",
        ),
        pytest.param(
            order(resources={"file_search": {"ids": ["a", "b"]}}),
            "Invalid 'resources.file_search.ids': array too long. Expected an array with maximum length"
            " 1, but got an array with length 2 instead.",
            "resources.file_search.ids",
            "array_above_max_length",
            id="E-58",
        ),
        pytest.param(
            order(content=[]),
            "Invalid 'content': empty array. Expected an array with minimum length 1, but got an empty"
            " array instead.",
            "content",
            "empty_array",
            id="E-75",
        ),
        pytest.param(
            order(limit=101),
            "Invalid 'limit': integer above maximum value. Expected a value <= 100, but got 101 instead.",
            "limit",
            "integer_above_max_value",
            id="E-70",
        ),
        pytest.param(
            order(limit=0),
            "Invalid 'limit': integer below minimum value. Expected a value >= 1, but got 0 instead.",
            "limit",
            "integer_below_min_value",
            id="E-71",
        ),
        pytest.param(
            order(temperature=3),
            "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 3 instead.",
            "temperature",
            "decimal_above_max_value",
            id="E-76",
        ),
        pytest.param(
            order(temperature=-0.5),
            "Invalid 'temperature': decimal below minimum value. Expected a value >= 0, but got -0.5"
            " instead.",
            "temperature",
            "decimal_below_min_value",
            id="E-76-below",
        ),
    ],
)
def test_wording(body: Any, message: str, param: str, code: str) -> None:
    assert refusal(ORDER, body, "") == (message, param, code)


@pytest.mark.parametrize(
    ("body", "path", "expected", "got"),
    [
        (order(assistant_id=None), "assistant_id", "a string", "null"),
        (order(name=5), "name", "a string", "an integer"),
        (order(name=5.5), "name", "a string", "a decimal number"),
        (order(name=[]), "name", "a string", "an array"),
        (order(name={}), "name", "a string", "an object"),
        (order(limit="ten"), "limit", "an integer", "a string"),
        (order(limit=True), "limit", "an integer", "a boolean"),
        (order(limit=1.0), "limit", "an integer", "a decimal number"),
        (order(temperature="hot"), "temperature", "a decimal", "a string"),
        (order(stream="yes"), "stream", "a boolean", "a string"),
        (order(stream=1), "stream", "a boolean", "an integer"),
        (order(tools="none"), "tools", "an array of objects", "a string"),
        (order(tools=["none"]), "tools[0]", "an object", "a string"),
        (order(names="n"), "names", "an array of strings", "a string"),
        (order(names=["n", None]), "names[1]", "a string", "null"),
        (order(content=7), "content", "one of a string or array of objects", "an integer"),
        (order(choice=7), "choice", "one of one of 'none', 'auto', or 'required' or object", "an integer"),
        (order(role={}), "role", "one of 'user' or 'assistant'", "an object"),
        (
            order(tools=[{"type": 1}]),
            "tools[0].type",
            "one of 'code_interpreter', 'function', or 'file_search'",
            "an integer",
        ),
        (order(schema=[]), "schema", "an object", "an array"),
    ],
)
def test_types_are_named_as_the_api_names_them(body: Any, path: str, expected: str, got: str) -> None:
    message = f"Invalid type for '{path}': expected {expected}, but got {got} instead."
    assert refusal(ORDER, body, "") == (message, path, "invalid_type")


@pytest.mark.parametrize(
    ("body", "got"), [([], "an array"), (None, "null"), ("{}", "a string"), (1, "an integer")]
)
def test_a_body_has_to_be_an_object(body: Any, got: str) -> None:
    message = f"Invalid type for request body: expected an object, but got {got} instead."
    assert refusal(ORDER, body, "") == (message, None, "invalid_type")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": 1, "limit": 0, "color": "red"}, "missing_required_parameter"),
        (order(name=1, limit=0, color="red"), "unknown_parameter"),
        (order(assistant_id="wf_X", name="too long", limit="0"), "invalid_type"),
        (order(limit=0, tools=[{"type": "function"}]), "integer_below_min_value"),
        (order(tools=[{}, "x", {}]), "invalid_type"),
        (order(tools=[{}, {}, {}]), "array_above_max_length"),
        (order(tools=[{"function": 1}]), "missing_required_parameter"),
    ],
)
def test_the_first_complaint_wins(body: Any, code: str) -> None:
    assert refusal(ORDER, body, "")[2] == code


def test_what_is_fine_comes_back_normalised() -> None:
    body = order(temperature=1, name="née", tools=[{"function": {"name": "f", "x": 1}, "type": "function"}])
    assert ORDER.check(body) == {
        "assistant_id": "asst_X",
        "name": "née",
        "temperature": 1.0,
        "tools": [{"type": "function", "function": {"name": "f"}}],
    }
    assert isinstance(ORDER.check(body)["temperature"], float)


def test_null_is_kept_where_a_field_may_be_left_out() -> None:
    fields = dict.fromkeys(ORDER.fields.keys() - {"assistant_id"})
    assert ORDER.check(order(**fields)) == order(**fields)


def test_the_request_itself_is_left_alone() -> None:
    body = order(tools=[{"type": "file_search", "x": 1}], temperature=1)
    ORDER.check(body)
    assert body == order(tools=[{"type": "file_search", "x": 1}], temperature=1)


def test_lengths_count_characters_and_lone_surrogates_are_one() -> None:
    assert Text(max=2).check("🙂\ud800", "t") == "🙂\ud800"
    assert refusal(Text(max=2), "🙂\ud800!", "t")[2] == "string_above_max_length"


def test_a_pattern_covers_the_whole_text() -> None:
    message = (
        "Invalid 'n': string does not match pattern. Expected a string that matches the pattern '^[a-z]+$'."
    )
    assert refusal(Text(pattern="^[a-z]+$"), "name\n", "n") == (message, "n", "invalid_value")


def test_enormous_integers_are_refused_like_others() -> None:
    assert refusal(Number(min=0, max=2), 10**5000, "t")[2] == "decimal_above_max_value"
    assert refusal(Integer(max=2), 10**5000, "t")[2] == "integer_above_max_value"


@pytest.mark.parametrize(
    ("words", "text"),
    [(["a"], "'a'"), (["a", "b"], "'a' and 'b'"), (["a", "b", "c"], "'a', 'b', and 'c'")],
)
def test_lists_of_words(words: list[str], text: str) -> None:
    assert quoted(words) == text


@pytest.mark.parametrize(
    ("name", "value", "prefix", "message"),
    [
        pytest.param(
            "thread_id",
            "undefined",
            "thread",
            "Invalid 'thread_id': 'undefined'. Expected an ID that begins with 'thread'.",
            id="E-27",
        ),
        pytest.param(
            "vector_store_id",
            "x:y",
            "vs",
            "Invalid 'vector_store_id': 'x:y'. Expected an ID that contains letters, numbers,"
            " underscores, or dashes, but this value contained additional characters.",
            id="E-31",
        ),
    ],
)
def test_ids_in_paths(name: str, value: str, prefix: str, message: str) -> None:
    with pytest.raises(ApiError) as caught:
        path_id(name, value, prefix)
    assert (caught.value.message, caught.value.param, caught.value.code) == (message, name, "invalid_value")
    assert path_id(name, f"{prefix}_X", prefix) == f"{prefix}_X"


# Query strings.


@dataclass(frozen=True, slots=True)
class StepPage(Page):
    """A list with an array among its parameters."""

    include: tuple[str, ...] = ()


PAGE = {"limit": Integer(min=1, max=100), "order": OneOf("asc", "desc"), "after": Text(), "before": Text()}
LIST = Query(Page, **PAGE)
STEPS = Query(StepPage, **PAGE, include=Array(OneOf("content", "scores")))


@pytest.mark.parametrize(
    ("raw", "page"),
    [
        (b"", Page()),
        ("", Page()),
        (b"limit=2&order=asc&after=msg_X", Page(limit=2, order="asc", after="msg_X")),
        (b"before=msg_%58&color=red&color=blue", Page(before="msg_X")),
        (b"after=&before=", Page()),
        (b"after=%ff", Page(after="\N{REPLACEMENT CHARACTER}")),
    ],
)
def test_queries(raw: bytes | str, page: Page) -> None:
    assert LIST.read(raw) == page


@pytest.mark.parametrize(
    ("raw", "include"),
    [
        (b"include[]=content&include[]=scores", ("content", "scores")),
        (b"include%5B%5D=content", ("content",)),
        (b"include=scores", ("scores",)),
        (b"limit=3", ()),
    ],
)
def test_arrays_in_queries(raw: bytes, include: tuple[str, ...]) -> None:
    assert STEPS.read(raw).include == include


@pytest.mark.parametrize(
    ("raw", "message", "param", "code"),
    [
        pytest.param(
            b"limit=101",
            "Invalid 'limit': integer above maximum value. Expected a value <= 100, but got 101 instead.",
            "limit",
            "integer_above_max_value",
            id="E-70",
        ),
        pytest.param(
            b"limit=0",
            "Invalid 'limit': integer below minimum value. Expected a value >= 1, but got 0 instead.",
            "limit",
            "integer_below_min_value",
            id="E-71",
        ),
        pytest.param(
            b"limit=abc",
            "Invalid type for 'limit': expected an integer, but got a string instead.",
            "limit",
            "invalid_type",
            id="E-43",
        ),
        pytest.param(
            b"order=x",
            "Invalid value: 'x'. Supported values are: 'asc' and 'desc'.",
            "order",
            "invalid_value",
            id="E-72",
        ),
        pytest.param(
            b"order=asc&order=asc",
            "Duplicate parameter: 'order'. You provided multiple values for this parameter, whereas only"
            " one is allowed. If you are trying to provide a list of values, use the array syntax instead"
            " e.g. 'order[]=<value>'.",
            "order",
            "duplicate_parameter",
            id="E-73",
        ),
        pytest.param(
            b"include[]=content&include[]=x",
            "Invalid value: 'x'. Supported values are: 'content' and 'scores'.",
            "include[1]",
            "invalid_value",
            id="include",
        ),
    ],
)
def test_refused_queries(raw: bytes, message: str, param: str, code: str) -> None:
    with pytest.raises(ApiError) as caught:
        STEPS.read(raw)
    assert (caught.value.message, caught.value.param, caught.value.code) == (message, param, code)


@pytest.mark.parametrize("digits", [3000, 6000])
def test_absurd_limits_never_crash(digits: int) -> None:
    with pytest.raises(ApiError):
        LIST.read(b"limit=" + b"9" * digits)


def test_odd_queries_ask_for_nothing() -> None:
    assert LIST.read(b"%&=&&=%zz&\xff\xfe") == Page()


def test_a_query_declares_every_field_of_its_page() -> None:
    with pytest.raises(TypeError, match="Page has"):
        Query(Page, limit=Integer())
