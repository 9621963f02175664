"""Samples: always valid, and the user's own words wherever those fit."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from mockserver.chance import Dice
from mockserver.improvised.effort import Effort, ExhaustedError
from mockserver.improvised.samples import UnsatisfiableError, sample
from mockserver.improvised.schemas import fits
from tests.properties import law

TEXT = {"type": "string"}


def an_object(required: list[str] | None = None, /, **properties: Any) -> dict[str, Any]:
    """An object schema; without a list, all properties are required."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties) if required is None else required,
        "additionalProperties": False,
    }


@st.composite
def integers(draw: st.DrawFn) -> dict[str, Any]:
    low = draw(st.integers(-50, 50))
    step = draw(st.sampled_from([1, 2, 5]))
    return {
        "type": "integer",
        "minimum": low,
        "maximum": low + step * draw(st.integers(1, 9)),
        "multipleOf": step,
    }


@st.composite
def texts(draw: st.DrawFn) -> dict[str, Any]:
    least = draw(st.integers(0, 12))
    return {"type": "string", "minLength": least, "maxLength": least + draw(st.integers(0, 30))}


def deeper(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    names = st.sampled_from(["city", "date", "count", "query", "tags", "from"])
    properties = st.dictionaries(names, inner, min_size=1, max_size=3)
    return st.one_of(
        st.builds(lambda some, every: an_object(None if every else [], **some), properties, st.booleans()),
        st.builds(
            lambda items, least: {"type": "array", "items": items, "minItems": least, "maxItems": least + 2},
            inner,
            st.integers(0, 2),
        ),
        st.builds(lambda a, b: {"anyOf": [a, b]}, inner, inner),
        st.builds(lambda a: {"allOf": [a, {"description": "both"}]}, inner),
        st.builds(lambda a: {"anyOf": [a, {"type": "null"}]}, inner),
    )


LEAVES = st.one_of(
    integers(),
    texts(),
    st.sampled_from(
        [
            {},
            {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
            {"type": "number", "multipleOf": 0.25, "minimum": 7},
            {"type": ["string", "null"]},
            {"type": "boolean"},
            {"const": 5},
            {"enum": ["celsius", "fahrenheit", 3, None]},
            {"type": "string", "pattern": r"^[A-Z]{3}-\d{4}$"},
            {"type": "string", "format": "date-time"},
            {"type": "array", "items": {"type": "integer"}, "minItems": 3, "uniqueItems": True},
            {"type": "array", "items": {"type": "string"}, "minItems": 3, "uniqueItems": True},
            {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "items": False},
            {"type": "integer", "default": "not an integer"},
        ]
    ),
)
SCHEMAS = st.recursive(LEAVES, deeper, max_leaves=6)
MESSAGES = st.sampled_from(
    [
        "",
        "What's the weather in Paris and London in celsius?",
        "Book 3 seats from Berlin to New York on 2025-03-04, ORD-1234",
        'Search "red shoes" under 1,200.50; a@b.co, https://x.org/y',
    ]
) | st.text(max_size=30)


@law(150)
@given(SCHEMAS, MESSAGES)
def test_a_sample_satisfies_its_schema(schema: dict[str, Any], message: str) -> None:
    value = sample(schema, message)
    Draft202012Validator(schema).validate(value)
    assert sample(schema, message) == value


@law(100)
@given(
    SCHEMAS,
    st.recursive(
        st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4), st.lists, max_leaves=4
    ),
)
def test_fits_judges_as_jsonschema_does(schema: dict[str, Any], value: Any) -> None:
    assert fits(value, schema) == Draft202012Validator(schema).is_valid(value)


UNIT = {"type": "string", "enum": ["celsius", "fahrenheit"]}


@pytest.mark.parametrize(
    ("schema", "message", "value"),
    [
        (an_object(["city"], city=TEXT, unit=UNIT), "Weather in Paris?", {"city": "Paris"}),
        (
            an_object(["location"], location=TEXT, unit=UNIT),
            "How warm is it in San Francisco, CA, in fahrenheit?",
            {"location": "San Francisco, CA", "unit": "fahrenheit"},
        ),
        (an_object(location=TEXT), "weather in paris please", {"location": "paris"}),
        (
            an_object(origin=TEXT, destination=TEXT, date=TEXT, seats={"type": "integer", "minimum": 1}),
            "Book 2 seats to New York from Berlin on 2025-03-04",
            {"origin": "Berlin", "destination": "New York", "date": "2025-03-04", "seats": 2},
        ),
        (
            an_object(cities={"type": "array", "items": TEXT}),
            "Compare Paris, Rome and London",
            {"cities": ["Paris", "Rome", "London"]},
        ),
        (an_object(a={"type": "number"}, b={"type": "number"}), "add 2 and 3.5", {"a": 2, "b": 3.5}),
        (
            an_object(["query"], query=TEXT, limit={"type": "integer"}),
            "search for red shoes",
            {"query": "red shoes"},
        ),
        (
            an_object(query=TEXT, limit={"type": "integer", "default": 5}),
            'find "tea"',
            {"query": "tea", "limit": 5},
        ),
        (an_object(order_id=TEXT), "Where is order ORD-17?", {"order_id": "ORD-17"}),
        (an_object(code={"type": "string", "pattern": "^[A-Z]{3}$"}), "flights to LAX", {"code": "LAX"}),
        (an_object(to=TEXT), "send a mail to bob@x.org", {"to": "bob@x.org"}),
        (an_object(symbol=TEXT), "Rome, and the stock price of AAPL", {"symbol": "AAPL"}),
        (
            an_object(note={"type": ["string", "null"]}, unit={"anyOf": [UNIT, {"type": "null"}]}),
            "",
            {"note": None, "unit": None},
        ),
        (an_object(age={"type": "integer", "maximum": 10}), "I am 40 and my son is 7", {"age": 7}),
    ],
)
def test_values_come_from_the_words(schema: dict[str, Any], message: str, value: Any) -> None:
    assert sample(schema, message) == value


NODE = an_object(
    value=TEXT,
    next={"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]},
    children={"type": "array", "items": {"$ref": "#/$defs/node"}},
)


@pytest.mark.parametrize(
    "schema",
    [
        {"$defs": {"node": NODE}, "$ref": "#/$defs/node"},
        {"$defs": {"node": NODE}, **an_object(tree={"$ref": "#/$defs/node"})},
        {"type": "object", "properties": {"name": TEXT, "child": {"$ref": "#"}}, "required": ["name"]},
        {"type": "array", "items": {"$ref": "#"}},
    ],
)
def test_recursive_schemas_come_to_an_end(schema: dict[str, Any]) -> None:
    Draft202012Validator(schema).validate(sample(schema, "Alice and Bob"))


@pytest.mark.parametrize(
    "schema",
    [
        False,
        {"$ref": "#"},
        {"$ref": "#/$defs/nowhere"},
        {"type": "integer", "minimum": 2, "maximum": 1},
        {"type": "array", "items": TEXT, "minItems": 10**12},
        {"type": "string", "minLength": 10**12},
        {"type": "object", "minProperties": 10**12},
        {"type": "object", "properties": {"a": {"$ref": "#"}, "b": {"$ref": "#"}}, "required": ["a", "b"]},
    ],
)
def test_what_cannot_be_satisfied_is_refused(schema: Any) -> None:
    with pytest.raises(UnsatisfiableError):
        sample(schema, "anything")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "type", "$ref"]), inner)
    ),
    max_leaves=3,
)
KEYWORDS = [
    "type",
    "properties",
    "required",
    "items",
    "enum",
    "anyOf",
    "allOf",
    "minimum",
    "multipleOf",
    "pattern",
]


@law(150)
@given(
    st.dictionaries(st.sampled_from([*KEYWORDS, "$ref", "format", "minLength", "minItems"]), JSON, max_size=3)
)
def test_what_is_no_schema_breaks_nothing(schema: dict[str, Any]) -> None:
    with suppress(UnsatisfiableError):
        sample(schema, "weather in Paris, 12 degrees")


def test_luck_comes_from_the_dice_only() -> None:
    schema = an_object(id={"type": "string", "format": "uuid"}, size={"type": "integer"})
    assert sample(schema, dice=Dice("a")) == sample(schema, dice=Dice("a"))
    assert sample(schema, dice=Dice("a"))["id"] != sample(schema, dice=Dice("b"))["id"]


def nested(depth: int, wide: int = 0) -> dict[str, Any]:
    """Required objects within each other, each with so many texts beside the inner one."""
    schema: dict[str, Any] = TEXT
    for _ in range(depth):
        schema = an_object(inner=schema, **{f"text_{n}": TEXT for n in range(wide)})
    return schema


def tree(depth: int) -> dict[str, Any]:
    """An object of five such trees."""
    return an_object(**{f"branch_{n}": tree(depth - 1) for n in range(5)}) if depth else TEXT


def array_of(schema: dict[str, Any], depth: int) -> dict[str, Any]:
    """Arrays within each other."""
    return {"type": "array", "items": array_of(schema, depth - 1)} if depth else schema


@pytest.mark.parametrize("wide", [0, 4])
@pytest.mark.parametrize("message", ["", "weather in Paris"])
def test_every_property_is_drawn_once(wide: int, message: str) -> None:
    for depth in (5, 10, 50):
        effort = Effort()
        sample(nested(depth, wide), message, effort=effort)
        assert effort.draws == 1 + depth * (1 + wide)


@pytest.mark.parametrize("message", ["", "weather in Paris"])
def test_effort_grows_with_the_schema_and_no_faster(message: str) -> None:
    spent = {}
    for depth in (10, 20, 40):
        effort = Effort()
        sample(nested(depth, 3), message, effort=effort)
        spent[depth] = effort.spent
    assert spent[40] - spent[20] == 2 * (spent[20] - spent[10])


def alternatives(depth: int) -> dict[str, Any]:
    """Alternatives within alternatives."""
    return {"anyOf": [an_object(a=alternatives(depth - 1)), an_object(b=TEXT)]} if depth else TEXT


def least(depth: int) -> dict[str, Any]:
    """Objects that name nothing as required and yet have to have two properties."""
    return (
        {"type": "object", "properties": {"a": least(depth - 1), "b": TEXT}, "minProperties": 2}
        if depth
        else {}
    )


@pytest.mark.parametrize(
    "schema",
    [
        nested(50),
        nested(50, 40),
        tree(5),
        array_of(TEXT, 50),
        array_of(TEXT, 75),
        alternatives(30),
        least(40),
        {"allOf": [{"anyOf": [TEXT, {"type": "null"}]}, {"anyOf": [TEXT, {"type": "integer"}]}]},
        {"pattern": "^a", "allOf": [{"pattern": "a$"}, TEXT]},
        {
            "type": "array",
            "items": {"type": "integer", "not": {"const": 3}},
            "minItems": 9,
            "uniqueItems": True,
        },
    ],
)
def test_large_and_entangled_schemas_are_satisfied(schema: dict[str, Any]) -> None:
    value = sample(schema, "weather in Paris")
    assert fits(value, schema)


KINDS = [f"kind_{n}" for n in range(8)]


def test_what_is_optional_is_left_out_when_it_costs_too_much() -> None:
    each = {kind: {"$ref": f"#/$defs/{kind}"} for kind in KINDS}
    schema = {
        "$defs": {kind: an_object(["name"], name=TEXT, **each) for kind in KINDS},
        "$ref": "#/$defs/kind_0",
    }
    effort = Effort()
    assert sample(schema, "Alice and Bob", effort=effort)["name"]
    assert effort.spent < effort.most


def doubled(depth: int) -> dict[str, Any]:
    """A document of a few lines whose only values have two to the power of `depth` leaves."""
    defs = {
        f"d{n}": an_object(a={"$ref": f"#/$defs/d{n + 1}"}, b={"$ref": f"#/$defs/d{n + 1}"})
        for n in range(depth)
    }
    return {"$defs": {**defs, f"d{depth}": TEXT}, "$ref": "#/$defs/d0"}


@pytest.mark.parametrize(
    "schema",
    [
        doubled(40),
        nested(500),
        {"not": {"$ref": "#"}},
        {"type": "array", "items": {"type": "integer"}, "minItems": 10_000, "uniqueItems": True},
    ],
    ids=["doubled", "nested", "circle", "unique"],
)
def test_what_takes_too_much_is_given_up(schema: dict[str, Any]) -> None:
    effort = Effort()
    with pytest.raises(UnsatisfiableError):
        sample(schema, "weather in Paris", effort=effort)
    assert effort.spent <= effort.most * 2


def test_judging_has_a_bottom() -> None:
    value: list[Any] = []
    for _ in range(199):
        value = [value]
    with pytest.raises(ExhaustedError):
        fits(value, array_of({}, 199))
    assert fits(value, {"const": value})


def test_a_shared_schema_is_judged_once_for_each_value() -> None:
    defs: dict[str, Any] = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(30)}
    assert fits("text", {"$defs": {**defs, "d30": TEXT}, "$ref": "#/$defs/d0"})
