"""The words of a question that a search looks for, as they were written: what rewriting a query leaves."""

from __future__ import annotations

import re
import unicodedata

from mockserver.retrieval.words import STOP_WORDS

_APOSTROPHES = "'’"
_ENDING = re.compile(rf"[{_APOSTROPHES}].*")


def keywords(query: str) -> str:
    """The query without the words that only hold it together, empty when nothing else is in it."""
    spaced = "".join(character if _belongs(character) else " " for character in query)
    found = (word.strip(_APOSTROPHES) for word in spaced.split())
    return " ".join(word for word in found if word and _ENDING.sub("", word.casefold()) not in STOP_WORDS)


def _belongs(character: str) -> bool:
    """Whether a character is part of a word: letters, digits, and the marks that scripts write on them."""
    return character in _APOSTROPHES or unicodedata.category(character)[0] in "LNM"
