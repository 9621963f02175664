"""JSON Schema as function tools and structured outputs use it: does a value fit, what do two schemas ask.

The keywords are those of draft 2020-12, with `nullable` and `definitions` from older habits. `format` is not
checked, as the standard leaves it to the reader. References reach inside the same document only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from mockserver.improvised.effort import DEPTH_MAX, Effort, ExhaustedError
from mockserver.regular import TEXT_MAX, Expression, PatternError

Schema = Mapping[str, Any] | bool
"""A schema: an object of keywords, or true (anything) or false (nothing)."""

_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "null": type(None),
    "number": (int, float),
}


def resolve(reference: str, root: Schema) -> Schema:
    """What `#/$defs/thing` stands for. LookupError if there is no such place."""
    if not reference.startswith("#"):
        raise LookupError(reference)
    place: Any = root
    for part in reference[1:].split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        place = place[int(key)] if isinstance(place, list) else place[key]
    if not isinstance(place, Mapping | bool):
        raise LookupError(reference)
    return place


def types(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """The types a schema names, or suggests by its other keywords; none if it does neither."""
    named = schema.get("type")
    if named is not None:
        found = tuple(named) if isinstance(named, list) else (named,)
        return (*found, "null") if schema.get("nullable") is True and "null" not in found else found
    for kind, keywords in (
        ("object", ("properties", "required", "additionalProperties", "patternProperties", "minProperties")),
        ("array", ("items", "prefixItems", "minItems", "contains")),
        ("number", ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")),
        ("string", ("pattern", "format", "minLength", "maxLength")),
    ):
        if any(keyword in schema for keyword in keywords):
            return (kind,)
    return ()


def merge(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """A schema that asks for what both ask for. What has no plain common form stays as `allOf`."""
    merged = dict(one)
    for key, value in other.items():
        if key not in merged or merged[key] == value:
            merged[key] = value
            continue
        mine = merged[key]
        match key:
            case "properties" | "$defs" | "definitions":
                merged[key] = {**mine, **value}
                if key == "properties":
                    merged[key] |= {
                        name: {"allOf": [mine[name], value[name]]} for name in mine if name in value
                    }
            case "required":
                merged[key] = list(dict.fromkeys([*mine, *value]))
            case "enum":
                merged[key] = [item for item in mine if any(same(item, its) for its in value)]
            case "type":
                merged[key] = _common_types(one, other)
            case "minimum" | "exclusiveMinimum" | "minLength" | "minItems" | "minProperties":
                merged[key] = max(mine, value)
            case "maximum" | "exclusiveMaximum" | "maxLength" | "maxItems" | "maxProperties":
                merged[key] = min(mine, value)
            case "items" | "additionalProperties":
                merged[key] = {"allOf": [mine, value]}
            case "title" | "description" | "default" | "examples" | "format":
                pass
            case _:
                merged["allOf"] = [*merged.get("allOf", []), {key: value}]
    return merged


def fits(value: Any, schema: Schema, root: Schema | None = None) -> bool:
    """Whether the value satisfies the schema; `root` is the document that references point into."""
    return Judge(schema if root is None else root, Effort()).fits(value, schema)


class Judge:
    """Judges values by one document, each pair of a value and a schema only once.

    A value is put together from values that were judged before, so that judging the whole costs no more than
    its outermost layer. Neither values nor schemas may change meanwhile.
    """

    def __init__(self, root: Schema, effort: Effort) -> None:
        self.root = root
        self.effort = effort
        self._depth = 0
        # The pair is kept beside the verdict: an id is free for others once its object is gone.
        self._verdicts: dict[tuple[int, int], tuple[Any, Schema, bool]] = {}

    def fits(self, value: Any, schema: Schema) -> bool:
        """Whether the value satisfies the schema. ExhaustedError if that is too hard to tell."""
        if isinstance(schema, bool):
            return schema
        pair = (id(value), id(schema))
        if pair in self._verdicts:
            return self._verdicts[pair][-1]
        self.effort.spend()
        if self._depth >= DEPTH_MAX:
            raise ExhaustedError(f"deeper than {DEPTH_MAX} levels")
        self._depth += 1
        try:
            verdict = self._judged(value, schema)
        finally:
            self._depth -= 1
        self._verdicts[pair] = (value, schema, verdict)
        return verdict

    def _judged(self, value: Any, schema: Mapping[str, Any]) -> bool:
        if value is None and schema.get("nullable") is True:
            return True
        if "$ref" in schema:
            try:
                target = resolve(schema["$ref"], self.root)
            except (LookupError, ValueError):
                return False
            if not self.fits(value, target):
                return False
        if not (_fits_type(value, schema) and self._choice(value, schema)):
            return False
        if not self._combination(value, schema):
            return False
        if isinstance(value, str):
            self.effort.spend(len(value) // 1000)
            return (
                _fits_length(value, schema) and self._matches(schema.get("pattern", ""), value) is not False
            )
        if _is_number(value):
            return _fits_number(value, schema)
        if isinstance(value, list):
            return self._array(value, schema)
        return not isinstance(value, dict) or self._object(value, schema)

    def _choice(self, value: Any, schema: Mapping[str, Any]) -> bool:
        if "const" in schema and not same(value, schema["const"]):
            return False
        if "enum" not in schema:
            return True
        self.effort.spend(len(schema["enum"]) // 30)
        return any(same(value, member) for member in schema["enum"])

    # Most loops here could be `all` or `any`, but that is one more frame on the stack for every level.

    def _combination(self, value: Any, schema: Mapping[str, Any]) -> bool:
        for part in schema.get("allOf", ()):
            if not self.fits(value, part):
                return False
        if "anyOf" in schema:
            for part in schema["anyOf"]:
                if self.fits(value, part):
                    break
            else:
                return False
        if "oneOf" in schema:
            found = 0
            for part in schema["oneOf"]:
                found += self.fits(value, part)
            if found != 1:
                return False
        if "if" in schema:
            branch = "then" if self.fits(value, schema["if"]) else "else"
            if not self.fits(value, schema.get(branch, True)):
                return False
        return "not" not in schema or not self.fits(value, schema["not"])

    def _matches(self, pattern: str, text: str) -> bool | None:
        """Whether a pattern is found in a text; None where nobody can judge."""
        if not pattern:
            return True
        expression = _expression(pattern)
        if expression is None:
            return None
        self.effort.spend(expression.size * min(len(text), TEXT_MAX) // 10)
        return expression.search(text)

    def _array(self, value: list[Any], schema: Mapping[str, Any]) -> bool:
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", math.inf):
            return False
        if schema.get("uniqueItems") and not self._unique(value):
            return False
        first, rest = schema.get("prefixItems", []), schema.get("items", True)
        for place, item in enumerate(value):
            if not self.fits(item, first[place] if place < len(first) else rest):
                return False
        return "contains" not in schema or any(self.fits(item, schema["contains"]) for item in value)

    def _unique(self, items: list[Any]) -> bool:
        compound = [item for item in items if isinstance(item, list | dict)]
        plain = [(isinstance(item, bool), item) for item in items if not isinstance(item, list | dict)]
        self.effort.spend(len(compound) * len(compound) // 30)
        return len(set(plain)) == len(plain) and not any(
            same(one, other) for n, one in enumerate(compound) for other in compound[:n]
        )

    def _object(self, value: dict[str, Any], schema: Mapping[str, Any]) -> bool:
        if not schema.get("minProperties", 0) <= len(value) <= schema.get("maxProperties", math.inf):
            return False
        if not all(name in value for name in schema.get("required", ())):
            return False
        properties, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
        others = schema.get("additionalProperties", True)
        for name, item in value.items():
            parts = [part for pattern, part in patterns.items() if self._matches(pattern, name)]
            if name in properties:
                parts.append(properties[name])
            for part in parts or [others]:
                if not self.fits(item, part):
                    return False
        return True


def same(one: Any, other: Any) -> bool:
    """Equality as JSON has it: 1 is 1.0, but true is not 1."""
    pairs = [(one, other)]
    while pairs:
        a, b = pairs.pop()
        if isinstance(a, list) and isinstance(b, list):
            if len(a) != len(b):
                return False
            pairs += zip(a, b, strict=True)
        elif isinstance(a, dict) and isinstance(b, dict):
            if a.keys() != b.keys():
                return False
            pairs += ((item, b[key]) for key, item in a.items())
        elif isinstance(a, bool) != isinstance(b, bool) or a != b:
            return False
    return True


def _common_types(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    mine, its = types(one), types(other)
    wider = {"integer": "number"}
    return [kind for kind in mine if kind in its or wider.get(kind) in its] + [
        kind for kind in its if kind not in mine and wider.get(kind) in mine
    ]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_type(value: Any, kind: str) -> bool:
    if kind == "integer":
        return _is_number(value) and (isinstance(value, int) or value.is_integer())
    if kind == "number":
        return _is_number(value)
    return kind in _TYPES and isinstance(value, _TYPES[kind])


def _fits_type(value: Any, schema: Mapping[str, Any]) -> bool:
    return "type" not in schema or any(_is_type(value, kind) for kind in types(schema))


def _fits_length(value: str, schema: Mapping[str, Any]) -> bool:
    return bool(schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", math.inf))


@lru_cache(maxsize=256)
def _expression(pattern: str) -> Expression | None:
    """A pattern ready for searching; None for one of another dialect, or that cannot be followed safely."""
    try:
        return Expression(pattern)
    except PatternError:
        return None


def _fits_number(value: int | float, schema: Mapping[str, Any]) -> bool:
    if not schema.get("minimum", -math.inf) <= value <= schema.get("maximum", math.inf):
        return False
    if not schema.get("exclusiveMinimum", -math.inf) < value < schema.get("exclusiveMaximum", math.inf):
        return False
    step = schema.get("multipleOf")
    return not step or (Decimal(str(value)) / Decimal(str(step))) % 1 == 0
