"""What a message says, taken apart: the names, numbers, dates, addresses and quotations in it.

Nothing here understands language. A pretended model only has to be right where the answer lies in plain sight
("weather in Paris", "order 4711"), and to come to the same answer every time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any


def _set_of(words: str) -> frozenset[str]:
    return frozenset(words.split())


STOP_WORDS = _set_of(
    """a about all also am an and any are as at be been but by can could did do does for from give had
    has have hello help her hey hi him his how i if in into is it its just let like may me might
    more my need no not now of off on or our out over please shall she should so some tell than
    thank thanks that the their them then there these they this those to under up us want was we
    were what whats when where which who whose why will with would yes you your"""
)
"""Words that hold a sentence together and say nothing by themselves."""

_OPENERS = _set_of(
    """add ask book buy call cancel check compare compute convert create delete describe explain fetch
    find get list look make order plan play read remind run search send set show start stop
    summarize take translate update use write"""
)
_TIMES = _set_of(
    """today tomorrow yesterday tonight monday tuesday wednesday thursday friday saturday sunday
    january february march april june july august september october november december morning
    afternoon evening noon midnight week month year celsius fahrenheit kelvin"""
)
_NUMERALS = {
    word: number
    for number, word in enumerate(
        ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), start=2
    )
}

_URL = re.compile(r"https?://[^\s<>\"')\]]*[^\s<>\"')\].,;:!?]")
_EMAIL = re.compile(r"[\w.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_DATE = re.compile(r"\b\d{4}-\d\d-\d\d\b")
_TIME = re.compile(r"\b(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?\b")
_UUID = re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.IGNORECASE)
_QUOTED = re.compile(r"\"([^\"\n]+)\"|“([^”\n]+)”|«([^»\n]+)»|`([^`\n]+)`|(?<!\w)'([^'\n]+)'(?!\w)")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_NUMBER = re.compile(
    r"(?<![\w.-])-?\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\w)|(?<![\w.-])-?\d+(?:\.\d+)?(?=\W|$|[^\W\d_]{1,2}\b)"
)
_NAME = re.compile(r"(?<!\w)[^\W\d_a-z][^\W_]*(?:['’-][^\W_]+)*")
_JOINED = re.compile(r",? (?:and|or|&) |, ")


_READ_MAX = 4_000


@dataclass(frozen=True)
class Words:
    """A message, and values known by name beside it (tool outputs, for one)."""

    text: str
    known: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def stems(self) -> frozenset[str]:
        """What the message talks about: the stems of its words that mean something."""
        return stems(self._read)

    @cached_property
    def quoted(self) -> tuple[str, ...]:
        """The texts in quotation marks."""
        return tuple(next(filter(None, match.groups())) for match in _QUOTED.finditer(self._read))

    @cached_property
    def urls(self) -> tuple[str, ...]:
        """The web addresses."""
        return tuple(_URL.findall(self._read))

    @cached_property
    def emails(self) -> tuple[str, ...]:
        """The mail addresses."""
        return tuple(_EMAIL.findall(self._read))

    @cached_property
    def date_times(self) -> tuple[str, ...]:
        """The moments written as RFC 3339 has them."""
        return tuple(_DATE_TIME.findall(self._read))

    @cached_property
    def dates(self) -> tuple[str, ...]:
        """The dates written year-month-day."""
        return tuple(_DATE.findall(self._read))

    @cached_property
    def times(self) -> tuple[str, ...]:
        """The times of day."""
        return tuple(_TIME.findall(self._read))

    @cached_property
    def uuids(self) -> tuple[str, ...]:
        """The UUIDs."""
        return tuple(_UUID.findall(self._read))

    @cached_property
    def days(self) -> tuple[str, ...]:
        """The days that are named and not dated: "tomorrow", "Friday"."""
        return tuple(word for word in _WORD.findall(self._read) if word.lower() in _TIMES)

    @cached_property
    def bare(self) -> tuple[str, ...]:
        """Everything between blanks, as it stands: where codes and ids like `ORD-17` are found."""
        return tuple(filter(None, (part.strip(".,;:!?()[]{}\"'") for part in self._read.split())))

    @cached_property
    def numbers(self) -> tuple[tuple[int | float, frozenset[str]], ...]:
        """The numbers, each with the stems of the words before and after it."""
        found = []
        text = self._prose
        for match in re.finditer(rf"{_NUMBER.pattern}|\b(?:{'|'.join(_NUMERALS)})\b", text):
            if len(match.group()) > 40:
                continue  # not a quantity, and more than a float or a reader can hold
            digits = match.group().replace(",", "")
            value = _NUMERALS.get(digits) or (float(digits) if "." in digits else int(digits))
            before = _WORD.findall(text[: match.start()][-40:])[-2:]
            after = _WORD.findall(text[match.end() :][:40])[:1]
            found.append((value, stems(" ".join(before + after))))
        return tuple(found)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What is written with a capital letter and is not merely the start of a sentence: "New York"."""
        return tuple(name for group in self._groups for name in group)

    @cached_property
    def series(self) -> tuple[str, ...]:
        """The first names that are strung together by "and": ("Paris", "London")."""
        return next((group for group in self._groups if len(group) > 1), ())

    @cached_property
    def matter(self) -> str:
        """The message without what only leads up to it: "please tell me about whales" is "whales"."""
        line = " ".join(self._read.split())
        lead = 0
        for match in _WORD.finditer(line):
            if not _says_nothing(match.group(), opens=True):
                lead = match.start()
                break
        return line[lead:].strip("\"'").rstrip(" .?!") or line

    def after(self, *prepositions: str) -> str | None:
        """The name or the few words that follow one of these prepositions."""
        for match in re.finditer(rf"\b(?:{'|'.join(prepositions)})\s+(?:the\s+)?", self._read, re.IGNORECASE):
            rest = self._read[match.end() :]
            if address := _EMAIL.match(rest) or _URL.match(rest):
                return address.group()
            name = next((name for name in self.names if rest.startswith(name)), None)
            if name is not None:
                return name
            phrase = re.match(r"[^\W\d_]+(?:[ -][^\W\d_]+)*", rest)
            few: list[str] = []
            for word in phrase.group().split() if phrase else ():
                if word.lower() in STOP_WORDS | _TIMES or len(few) == 3:
                    break
                few.append(word)
            if few:
                return " ".join(few)
        return None

    def only(self, one: str) -> Words:
        """The message as if it had named just this one of its series."""
        first, last = self.series[0], self.series[-1]
        start = self.text.index(first)
        end = self.text.index(last, start + len(first)) + len(last)
        return Words(self.text[:start] + one + self.text[end:], self.known)

    @cached_property
    def _read(self) -> str:
        """As much as anyone reads to learn what is wanted; the rest would be slow, and is material."""
        return self.text[:_READ_MAX]

    @cached_property
    def _prose(self) -> str:
        """The text without addresses and dates, whose digits and dots would be read as something else."""
        text = self._read
        for special in (_URL, _EMAIL, _DATE_TIME, _DATE, _TIME, _UUID):
            text = special.sub(lambda match: "_" * len(match.group()), text)
        return text

    @cached_property
    def _groups(self) -> tuple[tuple[str, ...], ...]:
        certain: list[list[str]] = []
        opening: list[list[str]] = []
        group: list[str] = []
        end, commas = -1, False
        for start, name, opens in self._capitalised():
            between = self._prose[end:start] if group else ""
            if group and _JOINED.fullmatch(between):
                # "Paris, France" is one place; "Paris, Rome and London" are three.
                commas = between == ", "
                if commas and not re.match(
                    r"(?:, [^\W\d_]+(?: [^\W\d_]+)?)*,? (?:and|or|&) ", self._prose[start + len(name) :]
                ):
                    group[-1] += between + name
                else:
                    group.append(name)
            else:
                group = [name]
                (opening if opens else certain).append(group)
            end = start + len(name)
        return tuple(tuple(group) for group in certain + opening)

    def _capitalised(self) -> Iterable[tuple[int, str, bool]]:
        """Runs of capitalised words: where, which, and whether a sentence opens with them."""
        run: list[re.Match[str]] = []
        for match in [*_NAME.finditer(self._prose), None]:
            if match and run and self._prose[run[-1].end() : match.start()] == " ":
                run.append(match)
                continue
            opens = bool(run) and not self._prose[: run[0].start()].rstrip(" \"'“(").strip(" ")[-1:].strip(
                ".!?:\n"
            )
            kept = run
            while kept and _says_nothing(kept[0].group(), opens):
                kept = kept[1:]
            while kept and kept[-1].group().lower() in _TIMES:
                kept = kept[:-1]
            if kept:
                start, end = kept[0].start(), kept[-1].end()
                yield start, re.sub(r"['’]s$", "", self._prose[start:end]), opens and kept is run
            run = [match] if match else []


def stems(text: str) -> frozenset[str]:
    """The stems of the words that mean something, of `snake_case` and `camelCase` names as well."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text)
    words = (re.sub(r"['’].*", "", word.lower()) for word in re.findall(r"[^\W_]+(?:['’][^\W_]+)?", spaced))
    return frozenset(stem(word) for word in words if word not in STOP_WORDS and len(word) > 1)


def stem(word: str) -> str:
    """The word without plural, -ing, -ed and a mute e, so that "pricing" and "prices" meet."""
    if len(word) > 4 and word.endswith("ies"):
        word = word[:-3] + "y"
    elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            word = word[: -len(ending)]
            break
    if len(word) > 3 and word.endswith("e"):
        word = word[:-1]
    if len(word) > 3 and word[-1] == word[-2]:
        word = word[:-1]
    return word


def _says_nothing(word: str, opens: bool) -> bool:
    plain = re.sub(r"['’].*", "", word.lower())
    return plain in STOP_WORDS or plain in _TIMES or (opens and plain in _OPENERS)
