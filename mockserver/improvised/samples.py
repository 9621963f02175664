"""A value that satisfies a JSON Schema, with what the user's words offer where it fits.

A value is looked for, not computed: each kind of schema proposes candidates, the best first (what is known by
name, what the words say, the default, the examples, something made up), and the first that `schemas.fits`
accepts is it. Optional properties are left out unless the words give them a value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from mockserver.chance import Dice
from mockserver.improvised.scalars import Scalars, Used
from mockserver.improvised.schemas import Schema, fits, merge, resolve, types
from mockserver.improvised.words import Words

_VISITS_MAX = 3
"""How often one reference may lie inside itself before that way of satisfying a schema is given up."""

_TRIES_MAX = 60

_ITEMS_MAX = 10_000
"""More than anybody wants to be sent; a schema that demands more is given up."""


# Schemas come from users. One with text for a minimum or a list for properties breaks where it is read;
# checking every keyword beforehand would be a second reading of all of them.
_MALFORMED = (TypeError, AttributeError, LookupError, ValueError, ArithmeticError, RecursionError, re.error)


class UnsatisfiableError(ValueError):
    """No value was found that satisfies the schema; perhaps there is none."""


def sample(schema: Schema, words: Words | str = "", dice: Dice | None = None) -> Any:
    """A value that satisfies the schema, always the same one. UnsatisfiableError if none is found."""
    message = Words(words) if isinstance(words, str) else words
    sampler = _Sampler(schema, message, dice or Dice(0))
    try:
        value = sampler.draw(schema, name="", wanted=True, visits={})
    except _MALFORMED as error:
        raise UnsatisfiableError(f"not a schema: {str(schema)[:200]}") from error
    if value is _NOTHING:
        raise UnsatisfiableError(f"no value found for the schema {str(schema)[:200]}")
    return value


class _Nothing:
    """The absence of a value, as None is a value."""


_NOTHING = _Nothing()
_Visits = Mapping[str, int]


class _Sampler:
    """One search: the document, the words, and which of them have been used already."""

    def __init__(self, root: Schema, words: Words, dice: Dice) -> None:
        self.root = root
        self.words = words
        self.scalars = Scalars(words, dice)
        self.used: Used = frozenset()

    def draw(self, schema: Schema, *, name: str, wanted: bool, visits: _Visits) -> Any:
        """A value for the property `name`; if it is not `wanted`, only one that the words give."""
        if schema is False:
            return _NOTHING
        try:
            plain, visits = self._plain({} if schema is True else schema, visits)
        except (LookupError, ValueError):
            return _NOTHING
        before = self.used
        branches = list(self._branches(plain, visits))
        # Of several alternatives the one that the words speak of is meant, wherever it stands.
        for must in (False, wanted) if wanted and len(branches) > 1 else (wanted,):
            for branch, seen in branches:
                for value in islice(self._candidates(branch, name, must, seen), _TRIES_MAX):
                    if value is not _NOTHING and fits(value, schema, self.root):
                        self.used |= {value} if isinstance(value, str) else {repr(value)}
                        return value
                    self.used = before
        return _NOTHING

    def _plain(self, schema: Mapping[str, Any], visits: _Visits) -> tuple[Mapping[str, Any], _Visits]:
        """The schema with its references followed and its `allOf` merged in."""
        while True:
            if "$ref" in schema:
                reference = schema["$ref"]
                if visits.get(reference, 0) >= _VISITS_MAX:
                    raise LookupError(reference)
                visits = {**visits, reference: visits.get(reference, 0) + 1}
                part = resolve(reference, self.root)
                schema = {key: value for key, value in schema.items() if key != "$ref"}
                parts: Sequence[Schema] = [part]
            elif schema.get("allOf"):
                first, *rest = schema["allOf"]
                schema = {key: value for key, value in schema.items() if key != "allOf"}
                schema |= {"allOf": rest} if rest else {}
                parts = [first]
            else:
                return schema, visits
            for part in parts:
                if part is False:
                    raise LookupError("nothing satisfies false")
                if isinstance(part, Mapping):
                    schema = merge(schema, part)

    def _branches(
        self, schema: Mapping[str, Any], visits: _Visits
    ) -> Iterator[tuple[Mapping[str, Any], _Visits]]:
        """The schema once for each alternative: first null, last what leads back to where we are."""
        keyword = next((keyword for keyword in ("anyOf", "oneOf") if schema.get(keyword)), None)
        if keyword is None:
            yield schema, visits
            return
        rest = {key: value for key, value in schema.items() if key != keyword}
        for part in sorted(
            schema[keyword], key=lambda part: (_leads_back(part, visits), part != {"type": "null"})
        ):
            if part is False:
                continue
            try:
                plain, seen = self._plain({} if part is True else part, visits)
                merged, seen = self._plain(merge(rest, plain), seen)
            except (LookupError, ValueError):
                continue
            yield from self._branches(merged, seen)

    def _candidates(
        self, schema: Mapping[str, Any], name: str, wanted: bool, visits: _Visits
    ) -> Iterator[Any]:
        """Values that may do, best first. Unless one is `wanted`, only those that the words give."""
        if name in self.words.known:
            yield self.words.known[name]
        if "const" in schema:
            if wanted:
                yield schema["const"]
            return
        if "enum" in schema:
            yield from self.scalars.members(schema, wanted)
            return
        kinds = types(schema)
        compound = [kind for kind in kinds if kind in ("object", "array")]
        scalar = [kind for kind in kinds or ("string",) if kind not in compound and kind != "null"]
        for kind in scalar:
            yield from self.scalars.said(kind, schema, name, self.used)
        for kind in compound:
            yield self._compound(kind, schema, name, wanted=False, visits=visits)
        if not wanted:
            return
        if "default" in schema:
            yield schema["default"]
        if "null" in kinds:
            yield None
        yield from schema.get("examples", ())
        for kind in compound:
            yield self._compound(kind, schema, name, wanted=True, visits=visits)
        for kind in scalar:
            yield from self.scalars.made(kind, schema, name)

    def _compound(
        self, kind: str, schema: Mapping[str, Any], name: str, *, wanted: bool, visits: _Visits
    ) -> Any:
        if kind == "object":
            return self._object(schema, wanted, visits)
        return self._array(schema, name, wanted, visits)

    def _object(self, schema: Mapping[str, Any], wanted: bool, visits: _Visits) -> Any:
        """An object of what is required and what the words give."""
        properties: Mapping[str, Schema] = schema.get("properties", {})
        required = list(schema.get("required", ()))
        drawn: dict[str, Any] = {}
        given = False
        before = self.used
        for key, part in properties.items():
            value = self.draw(part, name=key, wanted=False, visits=visits)
            given = given or value is not _NOTHING
            if value is _NOTHING and key in required:
                value = self.draw(part, name=key, wanted=True, visits=visits)
            if value is not _NOTHING:
                drawn[key] = value
            elif key in required:
                self.used = before
                return _NOTHING
        if not (wanted or given):
            return _NOTHING
        missing = [key for key in required if key not in properties]
        least = int(schema.get("minProperties", 0))
        if least > _ITEMS_MAX:
            return _NOTHING
        missing += [key for key in properties if key not in drawn][
            : max(0, least - len(drawn) - len(missing))
        ]
        missing += [f"key_{n + 1}" for n in range(least - len(drawn) - len(missing))]
        for key in missing:
            part = properties.get(key, schema.get("additionalProperties", True))
            drawn[key] = self.draw(part, name=key, wanted=True, visits=visits)
            if drawn[key] is _NOTHING:
                return _NOTHING
        return drawn

    def _array(self, schema: Mapping[str, Any], name: str, wanted: bool, visits: _Visits) -> Any:
        """An array of what the words give, else of as few items as may be, but one rather than none."""
        first: Sequence[Schema] = schema.get("prefixItems", ())
        rest: Schema = schema.get("items", True)
        least, most = int(schema.get("minItems", 0)), schema.get("maxItems", math.inf)
        if least > _ITEMS_MAX:
            return _NOTHING
        if not wanted and (rest is True or rest is False or _leads_back(rest, visits)):
            return _NOTHING
        wished = max(least, len(first), 1 if "items" in schema and not _leads_back(rest, visits) else 0)
        self.used -= set(
            self.words.series
        )  # a list is what a series is for, whoever took a name from it before
        drawn: list[Any] = []
        while len(drawn) < most and len(drawn) < _TRIES_MAX + least:
            place = len(drawn)
            part = first[place] if place < len(first) else rest
            value = self._item(schema, part, name, False, visits, drawn)
            if value is _NOTHING and wanted and place < wished:
                value = self._item(schema, part, name, True, visits, drawn)
            if value is _NOTHING:
                break
            drawn.append(value)
            if place + 1 >= wished and not self._offers_more(drawn):
                break
        if "contains" in schema and not any(fits(item, schema["contains"], self.root) for item in drawn):
            item = self.draw(schema["contains"], name=name, wanted=True, visits=visits)
            drawn = [*drawn[: int(min(most, len(drawn) + 1)) - 1], item]
        return drawn if drawn or wanted else _NOTHING

    def _item(
        self,
        schema: Mapping[str, Any],
        part: Schema,
        name: str,
        wanted: bool,
        visits: _Visits,
        drawn: list[Any],
    ) -> Any:
        if not schema.get("uniqueItems"):
            return self.draw(part, name=name, wanted=wanted, visits=visits)
        # "Not one of these" makes the search itself look further.
        other = {"allOf": [part, {"not": {"enum": list(drawn)}}]} if drawn else part
        value = self.draw(other, name=name, wanted=wanted, visits=visits)
        if value is _NOTHING and wanted:
            kinds = types(part) if isinstance(part, Mapping) else ()
            made: Iterator[Any] = (
                iter(range(len(drawn) * 2 + 2)) if {"integer", "number"} & set(kinds) else iter(())
            )
            if not kinds or "string" in kinds:
                made = (f"{name or 'item'} {n}" for n in range(1, len(drawn) * 2 + 2))
            return next((item for item in made if fits(item, other, self.root)), _NOTHING)
        return value

    def _offers_more(self, drawn: list[Any]) -> bool:
        """Whether the message goes on with values of that kind: the rest of a series, further numbers."""
        last = drawn[-1]
        if isinstance(last, str):
            return any(
                last in texts and not set(texts) <= set(drawn)
                for texts in (self.words.series, self.words.quoted)
            )
        if isinstance(last, int | float) and not isinstance(last, bool):
            numbers = [number for number, _ in self.words.numbers]
            return last in numbers and not set(numbers) <= set(drawn)
        return False


def _leads_back(part: Schema, visits: _Visits) -> bool:
    """Whether a schema refers to what is being drawn already."""
    return isinstance(part, Mapping) and (part.get("$ref") in visits or part.get("$ref") == "#")
