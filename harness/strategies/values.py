"""Values that a JSON Schema allows: what a model could call a function with."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

Values = SearchStrategy[Any]

LETTERS = st.characters(codec="utf-8", exclude_characters="\x00")
"""What may stand in a text on its way through HTTP and a file."""

_MOST_ITEMS = 3
_LONGEST = 20
_LARGEST = 10**9

_FORMATS: Mapping[str, Callable[[], Values]] = {
    "date": lambda: st.dates().map(str),
    "date-time": lambda: st.datetimes().map(lambda moment: f"{moment.isoformat(timespec='seconds')}Z"),
    "time": lambda: st.times().map(lambda moment: f"{moment.isoformat(timespec='seconds')}Z"),
    "email": lambda: st.from_regex(r"[a-z]{1,8}@example\.(com|org)", fullmatch=True),
    "uuid": lambda: st.uuids().map(str),
    "uri": lambda: st.from_regex(r"https://example\.com/[a-z]{0,8}", fullmatch=True),
    "ipv4": lambda: st.ip_addresses(v=4).map(str),
}


def values_for(schema: Mapping[str, Any] | bool) -> Values:
    """Values that a JSON Schema allows, the simplest first.

    Known are `type`, `enum`, `const`, `properties`, `required`, `items`, `prefixItems`, `anyOf`, `oneOf`,
    `allOf`, `$ref` within the schema, bounds of numbers and lengths, `multipleOf`, `pattern`, `uniqueItems`
    and the usual formats. Of an object only what `properties` names is drawn. What else stands there is not
    looked at. Raises ValueError for a type there is not and a reference that leads nowhere.
    """
    return _Reader(schema if isinstance(schema, Mapping) else {}).values(schema)


class _Reader:
    """Reads one schema, and what it refers to within itself."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._referred: dict[str, Values] = {}

    def values(self, schema: Mapping[str, Any] | bool) -> Values:
        """The values of a part of the schema."""
        if isinstance(schema, bool):
            return _anything() if schema else st.nothing()
        if "$ref" in schema:
            return self._reference(str(schema["$ref"]))
        if "allOf" in schema:
            return self.values(self._together(schema))
        if "const" in schema:
            return st.just(schema["const"])
        if "enum" in schema:
            return st.sampled_from(list(schema["enum"]))
        for key in ("anyOf", "oneOf"):
            if key in schema:
                rest = {name: value for name, value in schema.items() if name != key}
                return st.one_of([self.values(_merged(rest, option)) for option in schema[key]])
        kinds = schema.get("type", _kind_of(schema))
        if kinds is None:
            return _anything()
        return st.one_of([self._of(kind, schema) for kind in ([kinds] if isinstance(kinds, str) else kinds)])

    def _of(self, kind: str, schema: Mapping[str, Any]) -> Values:
        if kind not in _KINDS:
            raise ValueError(f"a JSON Schema has no type {kind!r}; it is one of {', '.join(_KINDS)}")
        return _KINDS[kind](self, schema)

    def _reference(self, way: str) -> Values:
        if way not in self._referred:
            found: Any = self._root
            for part in way.removeprefix("#").strip("/").split("/") if way.strip("#/") else ():
                if not isinstance(found, Mapping) or part not in found:
                    raise ValueError(f"the schema refers to {way}, and there is nothing")
                found = found[part]
            self._referred[way] = st.deferred(lambda: self.values(found))
        return self._referred[way]

    def _together(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """One schema in the place of several that all hold."""
        merged: Mapping[str, Any] = {name: value for name, value in schema.items() if name != "allOf"}
        for part in schema["allOf"]:
            while "$ref" in part:
                part = self._found(str(part["$ref"]))
            merged = _merged(merged, part)
        return merged

    def _found(self, way: str) -> Mapping[str, Any]:
        found: Any = self._root
        for part in way.removeprefix("#").strip("/").split("/"):
            found = found[part]
        return dict(found)

    def object(self, schema: Mapping[str, Any]) -> Values:
        """Objects: what is required, and some of the rest."""
        known: Mapping[str, Any] = schema.get("properties", {})
        needed = {str(name): self.values(known.get(name, True)) for name in schema.get("required", ())}
        others = {name: self.values(part) for name, part in known.items() if name not in needed}
        made = st.fixed_dictionaries(needed, optional=others)
        least = schema.get("minProperties", 0)
        return made.filter(lambda value: len(value) >= least) if least > len(needed) else made

    def array(self, schema: Mapping[str, Any]) -> Values:
        """Lists."""
        first = [self.values(part) for part in schema.get("prefixItems", ())]
        least = max(0, schema.get("minItems", 0) - len(first))
        most = max(
            least, min(schema.get("maxItems", math.inf), len(first) + least + _MOST_ITEMS) - len(first)
        )
        unique = repr if schema.get("uniqueItems") else None
        rest = st.lists(
            self.values(schema.get("items", True)), min_size=least, max_size=int(most), unique_by=unique
        )
        return st.tuples(st.tuples(*first), rest).map(lambda parts: [*parts[0], *parts[1]]) if first else rest

    def string(self, schema: Mapping[str, Any]) -> Values:
        """Texts."""
        least, most = schema.get("minLength", 0), schema.get("maxLength")
        fits = lambda text: len(text) >= least and (most is None or len(text) <= most)  # noqa: E731
        if "pattern" in schema:
            return st.from_regex(schema["pattern"], alphabet=LETTERS).filter(fits)
        if schema.get("format") in _FORMATS:
            return _FORMATS[schema["format"]]().filter(fits)
        return st.text(LETTERS, min_size=least, max_size=min(most or math.inf, least + _LONGEST))

    def integer(self, schema: Mapping[str, Any]) -> Values:
        """Whole numbers."""
        least, most, beyond, below = _bounds(schema)
        step = schema.get("multipleOf", 1)
        low, high = math.ceil(least / step), math.floor(most / step)
        low += bool(beyond and low * step == least)
        high -= bool(below and high * step == most)
        return st.integers(low, high).map(lambda count: int(count * step))

    def number(self, schema: Mapping[str, Any]) -> Values:
        """Numbers."""
        least, most, beyond, below = _bounds(schema)
        if "multipleOf" in schema:
            step = schema["multipleOf"]
            return st.integers(math.ceil(least / step), math.floor(most / step)).map(
                lambda count: count * step
            )
        return st.floats(
            least,
            most,
            exclude_min=beyond,
            exclude_max=below,
            allow_nan=False,
            allow_infinity=False,
            width=64,
        )


_KINDS: Mapping[str, Callable[[_Reader, Mapping[str, Any]], Values]] = {
    "object": _Reader.object,
    "array": _Reader.array,
    "string": _Reader.string,
    "integer": _Reader.integer,
    "number": _Reader.number,
    "boolean": lambda reader, schema: st.booleans(),
    "null": lambda reader, schema: st.none(),
}

_TELLING = {
    "properties": "object",
    "required": "object",
    "items": "array",
    "prefixItems": "array",
    "minLength": "string",
    "maxLength": "string",
    "pattern": "string",
    "format": "string",
    "minimum": "number",
    "maximum": "number",
}


def _kind_of(schema: Mapping[str, Any]) -> str | None:
    """The type a schema means that does not name one."""
    return next((kind for key, kind in _TELLING.items() if key in schema), None)


def _bounds(schema: Mapping[str, Any]) -> tuple[float, float, bool, bool]:
    """The least and the most, and whether each of them is itself left out."""
    least, beyond = _bound(schema, "minimum", "exclusiveMinimum", max)
    most, below = _bound(schema, "maximum", "exclusiveMaximum", min)
    if least is None:
        least = -_LARGEST if most is None else min(-_LARGEST, most - _LARGEST)
    if most is None:
        most = max(_LARGEST, least + _LARGEST)
    return least, most, beyond, below


def _bound(
    schema: Mapping[str, Any], within: str, beyond: str, stricter: Callable[[float, float], float]
) -> tuple[float | None, bool]:
    """One bound, if there is one, and whether it is left out; older schemas say that as a flag."""
    bound, strict = schema.get(within), schema.get(beyond, False)
    if isinstance(strict, bool):
        return bound, strict
    if bound is None or stricter(bound, strict) == strict:
        return strict, True
    return bound, False


def _merged(one: Mapping[str, Any], other: Mapping[str, Any] | bool) -> Mapping[str, Any]:
    if isinstance(other, bool):
        return one
    merged = {**one, **other}
    if "properties" in one and "properties" in other:
        merged["properties"] = {**one["properties"], **other["properties"]}
    if "required" in one and "required" in other:
        merged["required"] = list(dict.fromkeys([*one["required"], *other["required"]]))
    return merged


def _anything() -> Values:
    plain = st.none() | st.booleans() | st.integers(-_LARGEST, _LARGEST) | st.text(LETTERS, max_size=_LONGEST)
    return st.recursive(
        plain,
        lambda inner: (
            st.lists(inner, max_size=_MOST_ITEMS)
            | st.dictionaries(st.text(LETTERS, max_size=5), inner, max_size=_MOST_ITEMS)
        ),
        max_leaves=4,
    )
