"""Which function tools a message asks for, judged by the words they share.

The nouns of a function's name count most, then the words of its description and parameters. A single weak
word calls nothing: an assistant that always calls is as useless to test with as one that never does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mockserver.improvised.words import Words, stems
from mockserver.script import Wire

_NAME_WEIGHT = 3
_KIN_WEIGHT = 2
_FITS_FROM = 2

# They stand in every second function name and description, and in messages that mean something else.
_VERBS = stems(
    """add ask book calculate call cancel check compute convert create delete fetch find get handle list look
    lookup make query read retrieve run schedule search send set show start submit tell update use write"""
)
_FILLERS = _VERBS | stems(
    """argument call current data default example field format function information input name number object
    optional output parameter provided request required result return specified string text tool type unit use
    user value"""
)

# People ask for the one and offer the other.
_KINDRED = [
    stems(words)
    for words in ("weather temperature forecast", "price cost quote", "email mail", "place location")
]


@dataclass(frozen=True)
class Offer:
    """One function tool."""

    name: str
    description: str
    parameters: Mapping[str, Any]

    @cached_property
    def _title(self) -> frozenset[str]:
        return stems(self.name)

    @cached_property
    def _prose(self) -> frozenset[str]:
        return stems(f"{self.description} {_texts(self.parameters)}") - _FILLERS

    def subjects(self, words: Words) -> frozenset[str]:
        """The words of its name that the message shares and that tell it from other functions."""
        shared = self._title & words.stems
        if shared:
            return shared if shared == self._title else shared - _VERBS
        return frozenset(
            kin for kindred in _KINDRED if kindred & self._title for kin in kindred & words.stems
        )

    def score(self, words: Words) -> int:
        """How well it fits the message."""
        strong = self.subjects(words)
        weak = (self._title & words.stems) | (self._prose & words.stems)
        weight = _NAME_WEIGHT if strong <= self._title else _KIN_WEIGHT
        return weight * len(strong) + len(weak - strong)


def offers(tools: Sequence[Wire]) -> list[Offer]:
    """The function tools among the tools of a run."""
    functions = [tool["function"] for tool in tools if tool.get("type") == "function"]
    return [
        Offer(function["name"], function.get("description") or "", function.get("parameters") or {})
        for function in functions
    ]


def fitting(known: Sequence[Offer], words: Words) -> list[Offer]:
    """The functions that the message asks for, in the order they are offered.

    Beside the best one, others only if the message has a word for them that no better one answers to.
    """
    scored = sorted(known, key=lambda offer: -offer.score(words))
    chosen: list[Offer] = []
    answered: frozenset[str] = frozenset()
    for offer in scored:
        subjects = offer.subjects(words)
        if offer.score(words) >= _FITS_FROM and (not chosen or subjects - answered):
            chosen.append(offer)
            answered |= subjects
    return [offer for offer in known if offer in chosen]


def _texts(schema: Any) -> str:
    """The property names, descriptions and enum members of a schema, at any depth; in no particular order."""
    texts: list[str] = []
    waiting = [schema]  # and no recursion, since depth is the client's choice
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        if not isinstance(part, Mapping):
            continue
        if isinstance(part.get("description"), str):
            texts.append(part["description"])
        if isinstance(part.get("enum"), list):
            texts += (str(member) for member in part["enum"] if not isinstance(member, list | dict))
        if isinstance(part.get("properties"), Mapping):
            texts += part["properties"].keys()
        waiting += part.values()
    return " ".join(texts)
