"""What is looked for in a text: its words, without their endings and without those that say nothing.

Text of any script is taken apart. Words of Latin, Greek, Cyrillic, Arabic, Indic and like scripts are what
stands between spaces, in lower case and without accents; English endings come off. Chinese, Japanese, Korean,
Thai, Lao, Khmer and Burmese are written without spaces or with long words: there every character and every
pair of neighbours is a word. An emoji is a word as well.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from mockserver.retrieval.stems import stem

LETTERS_MAX = 64
"""So many characters of a word count: what a longer one goes on with makes no other word."""


def _set_of(words: str) -> frozenset[str]:
    return frozenset(words.split())


STOP_WORDS = _set_of(
    """a about after again all also am an and any anyone anything are as at be because been before being
    between both but by can cannot could did do does doing don done down during each either else ever every
    few for from further get gets getting give given go goes going got had has have having he help her here
    hers him his how i if in into is it its itself just know let like ll m many may me might mine more most
    much must my myself need neither no nor not now of off on once one only or other our ours out over own
    per please re really s same shall she should so some someone something such t tell than thank thanks that
    the their theirs them then there these they thing things this those though through to too under until up
    upon us ve very want was way we well were what whatever when where whether which while who whom whose why
    will with within without won would yes yet you your yours"""
)
"""Words that hold a sentence together and say nothing by themselves."""

_SPACELESS = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u312f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    r"\U00020000-\U0003ffff"
)
# Vowel signs of Indic scripts belong to their words, though they are no letters to Unicode.
_SIGNS = r"\u0900-\u0963\u0970-\u0dff"
_EMOJI = r"\u2600-\u27bf\U0001f000-\U0001faff"
_WORD = re.compile(rf"[{_SPACELESS}]+|(?:[^\W_{_SPACELESS}]|[{_SIGNS}])+|[{_EMOJI}]")
_ASCII_WORD = re.compile(r"[a-z0-9]+")
# Dashes, quotation marks and the like are in most texts, and make no word.
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f\xa0\u2010-\u205e]")
_ACCENTS = re.compile(r"[\u0300-\u036f\u0591-\u05bd\u064b-\u065f\u0670]+")
_IS_SPACELESS = re.compile(rf"[{_SPACELESS}]")


def words(text: str) -> list[str]:
    """The words of a text in order, as they are indexed and looked for."""
    if text.isascii() or not _BEYOND_ASCII.search(text):
        return [word for word in map(_word, _ASCII_WORD.findall(text.lower())) if word]
    found = []
    for word in _WORD.findall(_folded(text)):
        if _IS_SPACELESS.match(word):
            found += [each for place in range(len(word)) for each in (word[place], word[place : place + 2])]
            found.pop()  # the last character has no neighbour and would stand there twice
        elif word := _word(word):
            found.append(word)
    return found


def sought(query: str, most: int) -> list[str]:
    """The different words of a query, the first so many.

    A single character of a text without spaces is not looked for where a pair of neighbours has it: alone it
    stands nearly everywhere.
    """
    different = list(dict.fromkeys(words(query)))[:most]
    paired = {character for word in different if _is_pair(word) for character in word}
    return [word for word in different if word not in paired]


def _is_pair(word: str) -> bool:
    return len(word) == 2 and _IS_SPACELESS.match(word) is not None


def _folded(text: str) -> str:
    """Lower case, without accents, with one way to write each character."""
    # Accents come off what is taken apart; Korean and Japanese have to be put together again after that.
    apart = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", _ACCENTS.sub("", apart)).lower()


@lru_cache(maxsize=100_000)
def _word(word: str) -> str:
    """One word as it is looked for, or '' for one that is not."""
    if word in STOP_WORDS:
        return ""
    return (
        stem(word) if len(word) <= LETTERS_MAX and word.isascii() and word.isalpha() else word[:LETTERS_MAX]
    )
