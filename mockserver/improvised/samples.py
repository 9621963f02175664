"""A value that satisfies a JSON Schema, with what the user's words offer where it fits.

A value is looked for, not computed: each kind of schema proposes candidates, the best first (what is known by
name, what the words say, the default, the examples, something made up), and the first that `schemas.fits`
accepts is it. Optional properties are left out unless the words give them a value.
"""

from __future__ import annotations

import math
import re
import reprlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, NamedTuple

from mockserver.chance import Dice
from mockserver.improvised.effort import DEPTH_MAX, Effort, ExhaustedError
from mockserver.improvised.scalars import Scalars, Used
from mockserver.improvised.schemas import Judge, Schema, types
from mockserver.improvised.unfolding import Unfolding, Visits, leads_back
from mockserver.improvised.words import Words

_TRIES_MAX = 60

_BRANCHES_MAX = 300
"""Alternatives multiply: ten pairs of them make a thousand."""

_ITEMS_MAX = 10_000
"""More than anybody wants to be sent; a schema that demands more is given up."""


# Schemas come from users. One with text for a minimum or a list for properties breaks where it is read;
# checking every keyword beforehand would be a second reading of all of them.
_MALFORMED = (TypeError, AttributeError, LookupError, ValueError, ArithmeticError, RecursionError, re.error)


class UnsatisfiableError(ValueError):
    """No value was found that satisfies the schema; perhaps there is none."""


def sample(
    schema: Schema, words: Words | str = "", dice: Dice | None = None, effort: Effort | None = None
) -> Any:
    """A value that satisfies the schema, always the same one. UnsatisfiableError if none is found."""
    message = Words(words) if isinstance(words, str) else words
    sampler = _Sampler(schema, message, dice or Dice(0), effort or Effort())
    try:
        value = sampler.draw(schema, name="", wanted=True, visits={}).value
    except ExhaustedError as error:
        raise UnsatisfiableError(f"{error} for the schema {_short(schema)}") from error
    except _MALFORMED as error:
        raise UnsatisfiableError(f"not a schema: {_short(schema)}") from error
    if value is _NOTHING:
        raise UnsatisfiableError(f"no value found for the schema {_short(schema)}")
    return value


def _short(schema: Schema) -> str:
    return reprlib.repr(schema)[:200]


class _Nothing:
    """The absence of a value, as None is a value."""


_NOTHING = _Nothing()


class _Found(NamedTuple):
    """A value, whether the words gave it or any part of it, and what has been used of them by then."""

    value: Any
    given: bool = False
    used: Used = frozenset()


class _Sampler:
    """One search: the document, the words, and which of them have been used already.

    Nothing is drawn twice. What the words give and what is made up come out of the same drawing, and an
    object or array that nobody spoke of is put by until there is nothing better.
    """

    def __init__(self, root: Schema, words: Words, dice: Dice, effort: Effort) -> None:
        self.words = words
        self.scalars = Scalars(words, dice)
        self.used: Used = frozenset()
        self.effort = effort
        self.judge = Judge(root, effort)
        self.unfolding = Unfolding(root, effort)
        self.depth = 0

    def draw(self, schema: Schema, *, name: str, wanted: bool, visits: Visits) -> _Found:
        """A value for the property `name`; if it is not `wanted`, only one that the words give."""
        if schema is False or self.depth >= DEPTH_MAX or (self.effort.waning and not wanted):
            return _Found(_NOTHING)
        self.effort.draw()
        self.depth += 1
        try:
            plain, visits = self.unfolding.plain(schema, visits)
            branches = list(islice(self.unfolding.branches(plain, visits), _BRANCHES_MAX))
        except (LookupError, ValueError):
            branches = []
        found = self._taken(schema, self._proposed(branches, name, wanted))
        self.depth -= 1
        return found

    def _taken(self, schema: Schema, proposed: Iterator[_Found]) -> _Found:
        """The first of these that satisfies the schema; it counts as used from then on."""
        before = self.used
        for found in proposed:
            value = found.value
            self.used = found.used
            if self.judge.fits(value, schema):
                if not isinstance(value, list | dict):
                    mark = value if isinstance(value, str) else repr(value)
                    self.used = self.used if mark in self.used else self.used | {mark}
                return found
            self.used = before
        return _Found(_NOTHING)

    def _proposed(
        self, branches: Sequence[tuple[Mapping[str, Any], Visits]], name: str, wanted: bool
    ) -> Iterator[_Found]:
        """Values that may do, best first. Unless one is `wanted`, only those that the words give."""
        before = self.used
        spares: list[list[_Found]] = []
        # Of several alternatives the one that the words speak of is meant, wherever it stands.
        for branch, seen in branches:
            spare: list[_Found] = []
            spares.append(spare)
            for found in islice(self._given(branch, name, wanted, seen), _TRIES_MAX):
                if found.given:
                    yield found
                else:
                    spare.append(found)
        for (branch, _), spare in zip(branches, spares, strict=True) if wanted else ():
            yield from islice(self._made(branch, name, spare, before), _TRIES_MAX)

    def _given(self, schema: Mapping[str, Any], name: str, wanted: bool, visits: Visits) -> Iterator[_Found]:
        """What the words give, and the objects and arrays that they give nothing for."""
        before = self.used
        if name in self.words.known:
            yield _Found(self.words.known[name], True, before)
        if "const" in schema:
            return
        if "enum" in schema:
            for member in self.scalars.members(schema):
                yield _Found(member, True, before)
            return
        kinds = types(schema)
        for kind in kinds or ("string",):
            if kind not in ("object", "array", "null"):
                for said in self.scalars.said(kind, schema, name, before):
                    yield _Found(said, True, before)
        for kind in kinds:
            if kind == "object":
                yield from self._object(schema, visits)
            elif kind == "array":
                yield from self._array(schema, name, wanted, visits)
            self.used = before

    def _made(
        self, schema: Mapping[str, Any], name: str, spare: Sequence[_Found], before: Used
    ) -> Iterator[_Found]:
        """What does without the words, or nearly."""
        if "const" in schema:
            yield _Found(schema["const"], False, before)
            return
        kinds = types(schema)
        default = [schema["default"]] if "default" in schema else []
        if "enum" in schema:
            ready: Iterable[Any] = [*default, *schema["enum"]]
        else:
            null = [None] if "null" in kinds else []
            ready = chain(default, null, schema.get("examples", ()))
        for value in ready:
            yield _Found(value, False, before)
        if "enum" in schema:
            return
        yield from spare
        for kind in kinds or ("string",):
            for value in self.scalars.made(kind, schema, name):
                yield _Found(value, False, before)

    def _object(self, schema: Mapping[str, Any], visits: Visits) -> Iterator[_Found]:
        """An object of what is required and what the words give."""
        properties: Mapping[str, Schema] = schema.get("properties", {})
        required = dict.fromkeys(schema.get("required", ()))
        least = int(schema.get("minProperties", 0))
        if least > _ITEMS_MAX:
            return
        drawn: dict[str, Any] = {}
        spare: dict[str, Any] = {}
        given = False
        for key, part in properties.items():
            before = self.used
            wanted = key in required or least > len(required)
            found = self.draw(part, name=key, wanted=wanted, visits=visits)
            given = given or found.given
            if found.value is _NOTHING and key in required:
                return
            if found.given or key in required:
                drawn[key] = found.value
            elif found.value is not _NOTHING:
                spare[key] = found.value
                self.used = before
        missing = [key for key in required if key not in properties]
        short = max(0, least - len(drawn) - len(missing))
        drawn |= dict(islice(spare.items(), short))
        missing += [f"key_{n + 1}" for n in range(least - len(drawn) - len(missing))]
        for key in missing:
            others = schema.get("additionalProperties", True)
            drawn[key] = self.draw(others, name=key, wanted=True, visits=visits).value
            if drawn[key] is _NOTHING:
                return
        yield _Found(drawn, given, self.used)

    def _array(self, schema: Mapping[str, Any], name: str, wanted: bool, visits: Visits) -> Iterator[_Found]:
        """An array of what the words give, then one of as few items as may be, but one rather than none."""
        first: Sequence[Schema] = schema.get("prefixItems", ())
        rest: Schema = schema.get("items", True)
        least, most = int(schema.get("minItems", 0)), schema.get("maxItems", math.inf)
        mute = rest is True or rest is False or leads_back(rest, visits)
        if least > _ITEMS_MAX or (mute and not wanted):
            return
        wished = max(least, len(first), 1 if "items" in schema and not leads_back(rest, visits) else 0)
        # A list is what a series is for, whoever took a name from it before.
        self.used -= set(self.words.series)
        drawn: list[Any] = []
        given: _Found | None = None
        while len(drawn) < most and len(drawn) < _TRIES_MAX + least:
            place = len(drawn)
            part = first[place] if place < len(first) else rest
            before = self.used
            item = self._item(schema, part, name, wanted and place < wished, visits, drawn)
            if not item.given and given is None:
                given = _Found(list(drawn), not mute, before)
            if item.value is _NOTHING:
                break
            drawn.append(item.value)
            if place + 1 >= wished and not self._offers_more(drawn):
                break
        whole = _Found(drawn, given is None and bool(drawn) and not mute, self.used)
        for found in (given, whole) if given and given.given and given.value else (whole,):
            # Without anything given, an empty array is nothing that anybody said.
            yield self._containing(found, schema, name, visits) if "contains" in schema else found

    def _containing(self, found: _Found, schema: Mapping[str, Any], name: str, visits: Visits) -> _Found:
        """The array, its last item exchanged if it may not grow, with one item such as it has to contain."""
        drawn = found.value
        if any(self.judge.fits(item, schema["contains"]) for item in drawn):
            return found
        self.used = found.used
        item = self.draw(schema["contains"], name=name, wanted=True, visits=visits)
        if item.value is _NOTHING:
            return found
        kept = int(min(schema.get("maxItems", math.inf), len(drawn) + 1)) - 1
        return _Found([*drawn[:kept], item.value], found.given, self.used)

    def _item(
        self,
        schema: Mapping[str, Any],
        part: Schema,
        name: str,
        wanted: bool,
        visits: Visits,
        drawn: list[Any],
    ) -> _Found:
        if not schema.get("uniqueItems"):
            return self.draw(part, name=name, wanted=wanted, visits=visits)
        # "Not one of these" makes the search itself look further.
        other = {"allOf": [part, {"not": {"enum": list(drawn)}}]} if drawn else part
        found = self.draw(other, name=name, wanted=wanted, visits=visits)
        if found.value is not _NOTHING or not wanted:
            return found
        kinds = types(part) if isinstance(part, Mapping) else ()
        numbers = range(len(drawn) * 2 + 2)
        made: Iterable[Any] = numbers if {"integer", "number"} & set(kinds) else ()
        if not kinds or "string" in kinds:
            made = (f"{name or 'item'} {n}" for n in numbers[1:])
        taken = {item for item in drawn if isinstance(item, str | int | float)}
        fresh = (item for item in made if item not in taken)
        return _Found(next((item for item in fresh if self.judge.fits(item, other)), _NOTHING))

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
