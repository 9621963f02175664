"""How an answer tells what a search has found: words that quote the passage, and a citation behind them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mockserver.retrieval.words import sought, words

QUOTE_MAX = 300
"""A quotation has about so many characters at most."""

SOURCES = 3
"""An answer cites at most so many files."""

WORDS_MAX = 64
"""So many words of a question decide what is quoted."""

WORTH_CITING = 0.5
"""A further file is cited when its best passage has at least this share of the best score."""

HEADING_MAX = 60
"""A line of its own that is no longer and ends without a full stop is a heading."""

SENTENCES = 3
"""So many sentences are quoted at most."""

_TERSE = 0.02
_BLANK = re.compile(r"\n[ \t]*\n|\n(?=#)|(?<=#) *\n")
_SENTENCE = re.compile(r".+?(?:[.!?](?=\s|$)|[。！？]|$)")


def marker(index: int, name: str) -> str:
    """The mark of a citation, `【4:0†policy.md】`; the number before the colon was 4 in every record."""
    return f"【4:{index}†{name}】"


def citation(marked: str, start: int, file_id: str) -> dict[str, Any]:
    """The annotation of a mark that begins at this character of the message's text."""
    return {
        "type": "file_citation",
        "text": marked,
        "start_index": start,
        "end_index": start + len(marked),
        "file_citation": {"file_id": file_id},
    }


def answer(query: str, results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A text part that quotes the best passage of each of the best files, one paragraph a file."""
    value = ""
    annotations: list[dict[str, Any]] = []
    for index, result in _sources(results):
        passage = "\n".join(part["text"] for part in result.get("content", ()))
        quoted = quotation(query, passage)
        lead = "\n\n" if value else ""
        said = f"{result['file_name']} says: “{quoted}”" if quoted else f"See {result['file_name']}."
        value += f"{lead}{said}"
        marked = marker(index, result["file_name"])
        annotations.append(citation(marked, len(value), result["file_id"]))
        value += marked
    return {"type": "text", "text": {"value": value, "annotations": annotations}}


def quotation(query: str, passage: str) -> str:
    """The one to three sentences of a passage that tell most about the query, on one line.

    A word tells the more, the fewer sentences have it; words of the heading above count half.
    """
    wanted = set(sought(query, WORDS_MAX))
    sections = _sections(passage, wanted)
    sections = [section for section in sections if section.sentences and not section.bare] or sections
    told = Counter(word for section in sections for found in section.found for word in found)
    weight = {word: 1 / told[word] for word in told}
    best, quoted = -1.0, ""
    for section in sections:
        for begin in range(len(section.sentences)):
            for end in range(begin + 1, min(begin + SENTENCES, len(section.sentences)) + 1):
                text = " ".join(section.sentences[begin:end])
                if end > begin + 1 and len(text) > QUOTE_MAX:
                    break
                found = set().union(*section.found[begin:end])
                value = sum(weight[word] for word in found)
                value += sum(weight.get(word, 1.0) for word in section.heading - found) / 2
                value -= (end - begin) * _TERSE
                if value > best:
                    best, quoted = value, text
    return quoted if len(quoted) <= QUOTE_MAX else f"{quoted[:QUOTE_MAX].rsplit(' ', 1)[0]} …"


def marks(value: str, results: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The annotations of marks such as `【4:0†policy.md】` that somebody wrote into a text by hand.

    The number behind the colon is the result's place, from 0; marks that name no result stay plain text.
    """
    found = []
    for match in re.finditer(r"【\d+:(\d+)†[^】]*】", value):
        index = int(match[1])
        if index < len(results):
            found.append(citation(match[0], match.start(), results[index]["file_id"]))
    return found


@dataclass
class _Section:
    """Sentences under one heading, each with the wanted words it has; the heading itself while it is bare."""

    heading: set[str]
    sentences: list[str] = field(default_factory=list)
    found: list[set[str]] = field(default_factory=list)
    bare: bool = False


def _sections(passage: str, wanted: set[str]) -> list[_Section]:
    sections = [_Section(set())]
    for block in _BLANK.split(passage):
        text = " ".join(block.split())
        heading = text.startswith("#") or (len(text) <= HEADING_MAX and text[-1:].isalnum())
        if heading and "\n" not in block.strip():
            own = wanted.intersection(words(text))
            shown = [bare] if (bare := text.lstrip("# ")) else []
            sections.append(_Section(own, shown, [set() for _ in shown], bare=True))
            continue
        for found in _SENTENCE.finditer(text):
            if sentence := found[0].strip():
                section = sections[-1]
                if section.bare:  # the heading gives way
                    section.sentences, section.found, section.bare = [], [], False
                section.sentences.append(sentence)
                section.found.append(wanted.intersection(words(sentence)))
    return sections


def _sources(results: Sequence[Mapping[str, Any]]) -> list[tuple[int, Mapping[str, Any]]]:
    """The best passage of each file worth citing, with its place among the results."""
    chosen: dict[str, tuple[int, Mapping[str, Any]]] = {}
    least = results[0]["score"] * WORTH_CITING if results else 0
    for index, result in enumerate(results):
        if result["file_id"] not in chosen and result["score"] >= least and len(chosen) < SOURCES:
            chosen[result["file_id"]] = (index, result)
    return list(chosen.values())
