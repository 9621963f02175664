"""What a request may look like, declared as data, with complaints worded exactly as the API words them.

    CREATE = Object(model=required(Text()), name=Text(max=256), tools=Array(TOOL, max=128))
    body = CREATE.check(decoded)        # a new dict of the fields sent, or ApiError

A field that is not required may be null; the null is kept, since creating takes it as "absent" and modifying
as "reset". At each level of a request the first complaint of this order wins: a required field missing, an
unknown key, a wrong type, and only then bounds, values and what lies deeper (captured on chat completions
2026-08). Fields are looked at in the order of their declaration, unknown keys in that of the request.
"""

# ruff: noqa: A002 - `max` and `min` are the words in which a declaration reads best

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mockserver import complaints, errors

_TYPE_NAMES: dict[type, str] = {
    str: "a string",
    bool: "a boolean",
    int: "an integer",
    float: "a decimal number",
    list: "an array",
    dict: "an object",
}


def got(value: Any) -> str:
    """What a complaint calls the type of this JSON value.

    One expects "a decimal" but gets "a decimal number" (captured on chat completions 2026-08).
    """
    return "null" if value is None else _TYPE_NAMES[type(value)]


def quoted(words: Sequence[str], conjunction: str = "and") -> str:
    """`'a'`, `'a' and 'b'`, `'a', 'b', and 'c'`: two without a comma, more with one before the last."""
    marked = [f"'{word}'" for word in words]
    if len(marked) < 3:
        return f" {conjunction} ".join(marked)
    return f"{', '.join(marked[:-1])}, {conjunction} {marked[-1]}"


class Shape(ABC):
    """One kind of JSON value: it tells its own values by type, then looks inside."""

    noun: str
    """Its type in a complaint, without the article."""

    @property
    def expected(self) -> str:
        """Its type in a complaint, with the article."""
        return f"{'an' if self.noun[0] in 'aeio' else 'a'} {self.noun}"

    @abstractmethod
    def accepts(self, value: Any) -> bool:
        """Whether the value is of this type, whatever lies inside."""

    def inside(self, value: Any, path: str) -> Any:
        """The normalised value, of one whose type is right; ApiError where something inside is wrong."""
        return value

    def demand(self, value: Any, path: str) -> None:
        """Complain about a value of another type."""
        if not self.accepts(value):
            raise complaints.INVALID_TYPE(path=path, expected=self.expected, got=got(value))

    def check(self, value: Any, path: str) -> Any:
        """The normalised value, or ApiError; `path` is where it stands in the request."""
        self.demand(value, path)
        return self.inside(value, path)


class Text(Shape):
    """A string; lengths count characters (the recorded limits are in characters, not bytes)."""

    noun = "string"

    def __init__(self, *, max: int | None = None, nonempty: bool = False, pattern: str | None = None) -> None:
        self.max = max
        self.nonempty = nonempty
        self.pattern = None if pattern is None else re.compile(pattern)

    def accepts(self, value: Any) -> bool:
        """Any string."""
        return isinstance(value, str)

    def inside(self, value: str, path: str) -> str:
        """Length first, then the pattern."""
        if self.nonempty and not value:
            raise complaints.EMPTY_STRING(path=path)
        if self.max is not None and len(value) > self.max:
            raise complaints.STRING_TOO_LONG(path=path, max=self.max, length=len(value))
        # fullmatch, because `$` alone would let a trailing newline pass.
        if self.pattern is not None and not self.pattern.fullmatch(value):
            raise complaints.STRING_PATTERN(path=path, pattern=self.pattern.pattern)
        return value


class Id(Text):
    """An id of a named kind. The kind is checked by its letters only: `asst`, not `asst_` (E-28, E-30)."""

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self.prefix = prefix

    def inside(self, value: str, path: str) -> str:
        """The id as it is."""
        return path_id(path, value, self.prefix)


_ID = re.compile(r"[A-Za-z0-9_-]*")


def path_id(name: str, value: str, prefix: str) -> str:
    """An id from the path of a request, if it may be one of this kind at all.

    Characters are looked at first: `x:y` as a vector store id got the complaint about characters although it
    lacks the prefix too (E-31). Ids of messages, runs and steps are not checked: wrong ones are not found.
    """
    if not _ID.fullmatch(value):
        raise complaints.ID_CHARACTERS(path=name, value=value)
    if not value.startswith(prefix):
        raise complaints.ID_PREFIX(path=name, value=value, prefix=prefix)
    return value


class OneOf(Shape):
    """One of a few words, listed in the order the API lists them."""

    noun = "string"

    def __init__(self, *words: str) -> None:
        self.words = words

    @property
    def expected(self) -> str:
        """`one of 'a' or 'b'`: words instead of a type (captured on chat completions 2026-08)."""
        return f"one of {quoted(self.words, 'or')}"

    def accepts(self, value: Any) -> bool:
        """Any string."""
        return isinstance(value, str)

    def inside(self, value: str, path: str) -> str:
        """One of the words."""
        if value not in self.words:
            raise complaints.INVALID_VALUE(path=path, value=value, supported=quoted(self.words))
        return value


class Integer(Shape):
    """A whole number written as one. Whether the API takes `1.0` was never seen; here it is a decimal."""

    noun = "integer"

    def __init__(self, *, min: int | None = None, max: int | None = None) -> None:
        self.min = min
        self.max = max

    def accepts(self, value: Any) -> bool:
        """Integers; true and false are none."""
        return isinstance(value, int) and not isinstance(value, bool)

    def inside(self, value: int, path: str) -> int:
        """Within the bounds."""
        if self.max is not None and value > self.max:
            raise complaints.INTEGER_TOO_BIG(path=path, max=self.max, value=_digits(value))
        if self.min is not None and value < self.min:
            raise complaints.INTEGER_TOO_SMALL(path=path, min=self.min, value=_digits(value))
        return value


class Number(Shape):
    """Any number between two bounds; it comes out as a float, as the wire shows them (`1.0`)."""

    noun = "decimal"

    def __init__(self, *, min: int, max: int) -> None:
        self.min = min
        self.max = max

    def accepts(self, value: Any) -> bool:
        """Integers and decimals; true and false are none."""
        return isinstance(value, int | float) and not isinstance(value, bool)

    def inside(self, value: float, path: str) -> float:
        """Within the bounds, which also keeps integers small enough for a float."""
        if value > self.max:
            raise complaints.DECIMAL_TOO_BIG(path=path, max=self.max, value=_digits(value))
        if value < self.min:
            raise complaints.DECIMAL_TOO_SMALL(path=path, min=self.min, value=_digits(value))
        return float(value)


def _digits(value: float) -> str:
    """The number as it was sent; Python refuses to write integers of thousands of digits as decimals."""
    return hex(value) if isinstance(value, int) and value.bit_length() > 10_000 else str(value)


class Boolean(Shape):
    """True or false."""

    noun = "boolean"

    def accepts(self, value: Any) -> bool:
        """Only JSON's own two words."""
        return isinstance(value, bool)


class Free(Shape):
    """An object of whatever keys, kept as it is: JSON schemas."""

    noun = "object"

    def accepts(self, value: Any) -> bool:
        """Any object."""
        return isinstance(value, dict)


class Array(Shape):
    """A list of values of one shape."""

    def __init__(self, of: Shape, *, max: int | None = None, nonempty: bool = False) -> None:
        self.of = of
        self.max = max
        self.nonempty = nonempty
        self.noun = f"array of {of.noun}s"

    def accepts(self, value: Any) -> bool:
        """Any array; its items are looked at inside, each under its own path."""
        return isinstance(value, list)

    def inside(self, value: list[Any], path: str) -> list[Any]:
        """Types of all items, then the length, then each item."""
        for index, item in enumerate(value):
            self.of.demand(item, f"{path}[{index}]")
        if self.max is not None and len(value) > self.max:
            raise complaints.ARRAY_TOO_LONG(path=path, max=self.max, length=len(value))
        if self.nonempty and not value:
            raise complaints.EMPTY_ARRAY(path=path)
        return [self.of.inside(item, f"{path}[{index}]") for index, item in enumerate(value)]


class AnyOf(Shape):
    """One of several shapes that differ in type, such as a string or an array."""

    def __init__(self, first: Shape, *others: Shape) -> None:
        self.shapes = (first, *others)
        self.noun = first.noun

    @property
    def expected(self) -> str:
        """`one of a string or array of objects`: the article stands before the first only (2026-08)."""
        first, *others = self.shapes
        return f"one of {' or '.join([first.expected, *(other.noun for other in others)])}"

    def accepts(self, value: Any) -> bool:
        """What any of them accepts."""
        return any(shape.accepts(value) for shape in self.shapes)

    def inside(self, value: Any, path: str) -> Any:
        """As the first that accepts it."""
        return next(shape for shape in self.shapes if shape.accepts(value)).inside(value, path)


@dataclass(frozen=True, slots=True)
class Required:
    """A field that must be there and not null."""

    shape: Shape


def required(shape: Shape) -> Required:
    """Mark a field of an `Object` as required."""
    return Required(shape)


class Object(Shape):
    """An object of declared fields; other keys are refused."""

    noun = "object"
    open = False
    """Whether other keys are dropped in silence instead."""

    def __init__(self, **fields: Shape | Required) -> None:
        self.fields: dict[str, Shape] = {
            name: field.shape if isinstance(field, Required) else field for name, field in fields.items()
        }
        self.needed = frozenset(name for name, field in fields.items() if isinstance(field, Required))

    def accepts(self, value: Any) -> bool:
        """Any object."""
        return isinstance(value, dict)

    def check(self, value: Any, path: str = "") -> dict[str, Any]:
        """The fields that were sent, in the order of their declaration; a request as a whole has no path."""
        if not path and not isinstance(value, dict):
            raise errors.BODY_NOT_OBJECT(got=got(value))
        self.demand(value, path)
        return self.inside(value, path)

    def inside(self, value: dict[str, Any], path: str) -> dict[str, Any]:
        """Missing, unknown, types, and then each field."""
        stem = f"{path}." if path else ""
        for name in self.fields:
            if name in self.needed and name not in value:
                raise complaints.MISSING_PARAMETER(path=stem + name)
        if not self.open:
            for name in value:
                if name not in self.fields:
                    raise complaints.UNKNOWN_PARAMETER(path=stem + name)
        sent = [(name, shape, value[name]) for name, shape in self.fields.items() if name in value]
        for name, shape, given in sent:
            if given is not None or name in self.needed:
                shape.demand(given, stem + name)
        return {
            name: None if given is None else shape.inside(given, stem + name) for name, shape, given in sent
        }


class OpenObject(Object):
    """An object whose other keys are dropped: no complaint about one was seen in such a place."""

    open = True


class Tagged(Shape):
    """Objects told apart by their `type`; keywords are the types, in the order the API lists them."""

    noun = "object"

    def __init__(self, **variants: Object) -> None:
        self.tag = OneOf(*variants)
        self.variants = variants

    def accepts(self, value: Any) -> bool:
        """Any object."""
        return isinstance(value, dict)

    def inside(self, value: dict[str, Any], path: str) -> dict[str, Any]:
        """The type, and then as that type says."""
        if "type" not in value:
            raise complaints.MISSING_PARAMETER(path=f"{path}.type")
        tag = self.tag.check(value["type"], f"{path}.type")
        rest = {key: given for key, given in value.items() if key != "type"}
        return {"type": tag} | self.variants[tag].inside(rest, path)
