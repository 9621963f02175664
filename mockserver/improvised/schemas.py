"""JSON Schema as function tools and structured outputs use it: does a value fit, what do two schemas ask.

The keywords are those of draft 2020-12, with `nullable` and `definitions` from older habits. `format` is not
checked, as the standard leaves it to the reader. References reach inside the same document only.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

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
    root = schema if root is None else root
    if isinstance(schema, bool):
        return schema
    if value is None and schema.get("nullable") is True:
        return True
    if "$ref" in schema:
        try:
            target = resolve(schema["$ref"], root)
        except (LookupError, ValueError):
            return False
        if not fits(value, target, root):
            return False
    return (
        _fits_type(value, schema)
        and _fits_choice(value, schema)
        and _fits_combination(value, schema, root)
        and (not isinstance(value, str) or _fits_string(value, schema))
        and (not _is_number(value) or _fits_number(value, schema))
        and (not isinstance(value, list) or _fits_array(value, schema, root))
        and (not isinstance(value, dict) or _fits_object(value, schema, root))
    )


def same(one: Any, other: Any) -> bool:
    """Equality as JSON has it: 1 is 1.0, but true is not 1."""
    return bool(_identity(one) == _identity(other))


def _identity(value: Any) -> Any:
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, list):
        return [_identity(item) for item in value]
    if isinstance(value, dict):
        return {key: _identity(item) for key, item in value.items()}
    return value


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


def _fits_choice(value: Any, schema: Mapping[str, Any]) -> bool:
    if "const" in schema and not same(value, schema["const"]):
        return False
    return "enum" not in schema or any(same(value, member) for member in schema["enum"])


def _fits_combination(value: Any, schema: Mapping[str, Any], root: Schema) -> bool:
    if not all(fits(value, part, root) for part in schema.get("allOf", ())):
        return False
    if "anyOf" in schema and not any(fits(value, part, root) for part in schema["anyOf"]):
        return False
    if "oneOf" in schema and sum(fits(value, part, root) for part in schema["oneOf"]) != 1:
        return False
    if "if" in schema:
        branch = "then" if fits(value, schema["if"], root) else "else"
        if not fits(value, schema.get(branch, True), root):
            return False
    return "not" not in schema or not fits(value, schema["not"], root)


def _fits_string(value: str, schema: Mapping[str, Any]) -> bool:
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", math.inf):
        return False
    try:
        return "pattern" not in schema or re.search(schema["pattern"], value) is not None
    except re.error:
        return True  # a pattern of another dialect, which nobody here can judge


def _fits_number(value: int | float, schema: Mapping[str, Any]) -> bool:
    if not schema.get("minimum", -math.inf) <= value <= schema.get("maximum", math.inf):
        return False
    if not schema.get("exclusiveMinimum", -math.inf) < value < schema.get("exclusiveMaximum", math.inf):
        return False
    step = schema.get("multipleOf")
    return not step or (Decimal(str(value)) / Decimal(str(step))) % 1 == 0


def _fits_array(value: list[Any], schema: Mapping[str, Any], root: Schema) -> bool:
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", math.inf):
        return False
    if schema.get("uniqueItems") and any(same(a, b) for n, a in enumerate(value) for b in value[:n]):
        return False
    first = schema.get("prefixItems", [])
    if not all(fits(item, part, root) for item, part in zip(value, first, strict=False)):
        return False
    if "contains" in schema and not any(fits(item, schema["contains"], root) for item in value):
        return False
    return all(fits(item, schema.get("items", True), root) for item in value[len(first) :])


def _fits_object(value: dict[str, Any], schema: Mapping[str, Any], root: Schema) -> bool:
    if not schema.get("minProperties", 0) <= len(value) <= schema.get("maxProperties", math.inf):
        return False
    if not all(name in value for name in schema.get("required", ())):
        return False
    properties, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    for name, item in value.items():
        parts = [part for pattern, part in patterns.items() if re.search(pattern, name)]
        if name in properties:
            parts.append(properties[name])
        if not all(fits(item, part, root) for part in parts or [schema.get("additionalProperties", True)]):
            return False
    return True
