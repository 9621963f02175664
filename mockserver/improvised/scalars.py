"""Strings, numbers, booleans and enums for a property: what a message offers for it, and what is made up.

Everything here is a proposal, best first; `samples` takes the first that satisfies the schema.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from mockserver.chance import Dice
from mockserver.improvised import patterns
from mockserver.improvised.words import Words, stems

Used = frozenset[str]
"""What other properties have taken from the message already (numbers as their `repr`)."""

# What a property is for, by the stems in its name: where in the message to look first.
_FREE = stems(
    "query question text message prompt input content search topic keyword subject body note summary task"
)
_PERSONAL = stems(
    "city location place name country person company title user author symbol ticker customer state"
)
_ORIGIN = stems("origin departure source start") | {"from"}
_TARGET = stems("destination arrival target end recipient") | {"to"}
_FORMATS = {
    "date-time": "2024-01-01T12:00:00Z",
    "date": "2024-01-01",
    "time": "12:00:00Z",
    "duration": "P1D",
    "email": "user@example.com",
    "idn-email": "user@example.com",
    "hostname": "example.com",
    "idn-hostname": "example.com",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "iri": "https://example.com/",
    "uri-reference": "/",
    "iri-reference": "/",
    "uri-template": "https://example.com/{id}",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "json-pointer": "/0",
    "relative-json-pointer": "0",
    "regex": ".*",
}


_LENGTH_MAX = 1_000_000

_about = lru_cache(stems)
"""For the lists of words in this file, which would be taken apart anew for every property."""


class Scalars:
    """The proposals for one message."""

    def __init__(self, words: Words, dice: Dice) -> None:
        self.words = words
        self.dice = dice

    def members(self, schema: Mapping[str, Any]) -> Iterator[Any]:
        """The members of an enum that the message names."""
        members = list(schema["enum"])
        yield from (member for member in members if isinstance(member, str) and self._names(member))
        numbers = {number for number, _ in self.words.numbers}
        for member in members:
            if isinstance(member, int | float) and not isinstance(member, bool) and member in numbers:
                yield member

    def _names(self, member: str) -> bool:
        """Whether the message says this word of an enum, or every part of it."""
        parts = stems(member)
        if not parts:
            return member.lower() in (part.lower() for part in self.words.bare) and len(member) > 1
        return parts <= self.words.stems

    def said(self, kind: str, schema: Mapping[str, Any], name: str, used: Used) -> Iterator[Any]:
        """What the message says that could be meant by this property."""
        purpose = stems(name)
        if kind == "boolean":
            if purpose and purpose <= self.words.stems:
                yield True
        elif kind in ("integer", "number"):
            near = [number for number, around in self.words.numbers if around & purpose]
            others = [number for number, around in self.words.numbers if number not in near]
            yield from near
            yield from (number for number in others if repr(number) not in used)
        elif kind == "string":
            yield from self._spoken(schema, name, purpose, used)

    def _spoken(
        self, schema: Mapping[str, Any], name: str, purpose: frozenset[str], used: Used
    ) -> Iterator[str]:
        """The texts in the message for a string property, by format, by purpose, by pattern."""
        words = self.words
        form = str(schema.get("format", ""))
        if found := self._formatted(form, purpose, used):
            yield from found
        if form in _FORMATS or form == "uuid":
            return
        if "pattern" in schema:
            yield from (*words.quoted, *words.bare, *words.names)
            yield from (str(number) for number, _ in words.numbers)
            return
        parts = set(name.lower().replace("_", " ").split())
        if parts & {"to", "cc", "bcc", "recipient", "recipients"}:
            yield from words.emails
        for roles, prepositions in ((_ORIGIN, ("from",)), (_TARGET, ("to", "into"))):
            if (purpose | parts) & roles and (found_after := words.after(*prepositions)):
                yield found_after
        if purpose & _about("symbol ticker"):
            yield from (name for name in words.names if name.isupper())
        if purpose & _about("date day time"):
            yield from words.days
            return
        if "id" in parts or purpose & _about("number code key"):
            yield from (text for text in words.bare if any(letter.isdigit() for letter in text))
            return
        if purpose & _about("unit format language currency type mode order sort"):
            return  # one of a few words that nobody lists: never a city by chance
        texts = [*words.quoted, *words.names] if not purpose & _FREE else [*words.quoted]
        fresh = [text for text in texts if text not in used]
        yield from fresh
        if (
            purpose & _PERSONAL
            and not texts
            and (place := words.after("in", "at", "near", "for", "of", "from", "to"))
        ):
            yield place
        if purpose & _FREE and words.matter and words.matter not in used:
            yield words.matter

    def _formatted(self, form: str, purpose: frozenset[str], used: Used) -> Sequence[str]:
        words = self.words
        if form == "date-time":
            return (*words.date_times, *(f"{date}T00:00:00Z" for date in words.dates))
        if form == "time":
            return tuple(
                f"{time:0>5}Z" if time.count(":") == 2 else f"{time:0>5}:00Z" for time in words.times
            )
        if form == "uuid":
            return words.uuids
        if form in ("email", "idn-email") or "email" in purpose or "mail" in purpose:
            return words.emails
        if form in ("uri", "url", "iri") or purpose & _about("url uri link website"):
            return words.urls
        if form == "date" or "dat" in purpose or purpose & _about("date day"):
            return tuple(date for date in words.dates if date not in used) or words.dates
        return words.times if "tim" in purpose and not form else ()

    def made(self, kind: str, schema: Mapping[str, Any], name: str) -> Iterator[Any]:
        """Values that owe nothing to the message, or little."""
        if kind == "boolean":
            yield from (False, True)
        elif kind in ("integer", "number"):
            yield from self._made_numbers(kind, schema)
        elif kind == "string":
            yield from self._made_texts(schema, name)

    def _made_numbers(self, kind: str, schema: Mapping[str, Any]) -> Iterator[int | float]:
        low = max(schema.get("minimum", -math.inf), schema.get("exclusiveMinimum", -math.inf))
        high = min(schema.get("maximum", math.inf), schema.get("exclusiveMaximum", math.inf))
        step = schema.get("multipleOf", 1)
        start = math.ceil(low / step) if low > -math.inf else math.floor(high / step) - 9 if high < 1 else 1
        lucky = self.dice.randint(0, 9)
        for k in (lucky, *range(12)):
            yield _tidy((start + k) * step)
        if high < math.inf:
            yield _tidy(math.floor(high / step) * step)
        if kind == "number" and "multipleOf" not in schema:
            yield from (low, high) if -math.inf < low and high < math.inf else ()
            yield low + (high - low) / 2 if -math.inf < low and high < math.inf else 0.5

    def _made_texts(self, schema: Mapping[str, Any], name: str) -> Iterator[str]:
        least, most = schema.get("minLength", 0), schema.get("maxLength", math.inf)
        if schema.get("format") == "uuid":
            yield str(UUID(int=self.dice.getrandbits(128), version=4))
        elif schema.get("format") in _FORMATS:
            yield _FORMATS[schema["format"]]
        if "pattern" in schema:
            yield from patterns.examples(schema["pattern"])
        spoken = (
            () if stems(name) & _about("unit format language currency type mode") else (self.words.matter,)
        )
        for text in (*spoken, name.replace("_", " "), "text"):
            if not text:
                continue
            if len(text) < least <= _LENGTH_MAX:
                text = (f"{text} " * (int(least) // (len(text) + 1) + 1))[: int(least)]
            yield text if len(text) <= most else text[: int(most)]
        yield ""


def _tidy(number: int | float) -> int | float:
    return int(number) if isinstance(number, float) and number.is_integer() else number
