"""English words without their endings, by the rules Martin Porter published in 1980.

"refunds", "refunded" and "refunding" become "refund"; a stem need not be a word ("policies": "polici").
"""

from __future__ import annotations

import re
from collections.abc import Mapping


def _exchanges(pairs: str) -> dict[str, str]:
    return {old: new for old, _, new in (pair.partition(":") for pair in pairs.split())}


_ENDINGS = (
    _exchanges(
        "ational:ate tional:tion enci:ence anci:ance izer:ize abli:able alli:al entli:ent eli:e ousli:ous "
        "ization:ize ation:ate ator:ate alism:al iveness:ive fulness:ful ousness:ous aliti:al iviti:ive "
        "biliti:ble logi:log"
    ),
    _exchanges("icate:ic ative: alize:al iciti:ic ical:ic ful: ness:"),
)
"""What longer endings become, one table after the other, where a vowel and a consonant come before."""

_LAST = _exchanges(
    "al: ance: ence: er: ic: able: ible: ant: ement: ment: ent: sion:s tion:t ou: ism: ate: iti: ous: ive: "
    "ize:"
)
"""The same for what is taken off last, where that comes twice before."""


def stem(word: str) -> str:
    """The stem of a word of lower-case ASCII letters."""
    if len(word) <= 2:
        return word
    word = _tense(_plural(word))
    if word.endswith("y") and _has_vowel(word[:-1]):
        word = word[:-1] + "i"
    for endings in _ENDINGS:
        word = _exchange(word, endings)
    word = _strip(word)
    if word.endswith("e"):
        rest = word[:-1]
        if _measure(rest) > 1 or (_measure(rest) == 1 and not _is_short(rest)):
            word = rest
    return word[:-1] if word.endswith("ll") and _measure(word) > 1 else word


def _plural(word: str) -> str:
    if word.endswith(("sses", "ies")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _tense(word: str) -> str:
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) else word
    for ending in ("ed", "ing"):
        rest = word.removesuffix(ending)
        if rest != word and _has_vowel(rest):
            return _mended(rest)
    return word


def _mended(rest: str) -> str:
    """What is left of "hoping", "hopping" and "hoisting" is made "hope", "hop" and "hoist"."""
    if rest.endswith(("at", "bl", "iz")):
        return rest + "e"
    if len(rest) > 1 and rest[-1] == rest[-2] and rest[-1] not in "aeioulsz":
        return rest[:-1]
    return rest + "e" if _measure(rest) == 1 and _is_short(rest) else rest


def _exchange(word: str, endings: Mapping[str, str]) -> str:
    rest, new = _divided(word, endings)
    return rest + new if _measure(rest) else word


def _strip(word: str) -> str:
    rest, new = _divided(word, _LAST)
    return rest + new if _measure(rest + new) > 1 else word


def _divided(word: str, endings: Mapping[str, str]) -> tuple[str, str]:
    """What comes before the longest known ending, and what takes its place; without one, nothing at all."""
    for size in range(min(7, len(word)), 1, -1):
        new = endings.get(word[-size:])
        if new is not None:
            return word[:-size], new
    return "", ""


def _forms(word: str) -> str:
    """A word as vowels (v) and consonants (c); y is a vowel after a consonant."""
    forms = ""
    for letter in word:
        forms += "v" if letter in "aeiou" or (letter == "y" and forms.endswith("c")) else "c"
    return forms


def _measure(word: str) -> int:
    """How often a consonant follows a vowel."""
    return len(re.findall("vc", _forms(word)))


def _has_vowel(word: str) -> bool:
    return "v" in _forms(word)


def _is_short(word: str) -> bool:
    """Whether a word ends like "hop": such a stem has lost an e, as in "hoping"."""
    return _forms(word).endswith("cvc") and word[-1] not in "wxy"
