"""What is searched for and what in: documents with questions about them, and any number of made-up chunks."""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from random import Random

from mockserver.chunking import Chunk, chunk
from mockserver.retrieval import Index

FOLDER = Path(__file__).parent / "retrieval"
PROJECT, STORE = "bench", "vs_bench"

VOCABULARY = 50_000
"""So many different words the made-up chunks are drawn from, the commonest most often, as in any language."""


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody might ask, the document that answers it, and words that only the right passage has."""

    question: str
    document: str
    snippet: str


def questions() -> list[Question]:
    """All questions, in order."""
    lines = (FOLDER / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [Question(**json.loads(line)) for line in lines]


def documents() -> dict[str, str]:
    """The text of every document by its name."""
    return {file.name: file.read_text(encoding="utf-8") for file in sorted((FOLDER / "documents").iterdir())}


def volumes(count: int) -> tuple[dict[str, str], list[Question]]:
    """The documents bound into so many long files, and the questions about those."""
    bound: dict[str, str] = {}
    where: dict[str, str] = {}
    for number, (name, text) in enumerate(documents().items()):
        volume = f"volume_{number % count + 1}.md"
        where[name] = volume
        bound[volume] = f"{bound[volume]}\n\n{text}" if volume in bound else text
    return bound, [replace(each, document=where[each.document]) for each in questions()]


def made_up(count: int) -> Iterator[str]:
    """So many chunks of 100 to 200 words, always the same: the documents' by frequency, then others."""
    real = Counter(word for text in documents().values() for word in re.findall(r"\w+", text.lower()))
    vocabulary = [word for word, _ in real.most_common()]
    vocabulary += [f"w{number:x}" for number in range(VOCABULARY - len(vocabulary))]
    weights = list(accumulate(1 / rank for rank in range(1, VOCABULARY + 1)))
    random = Random(2026)
    for _ in range(count):
        yield " ".join(random.choices(vocabulary, cum_weights=weights, k=random.randint(100, 200)))


def index() -> Index:
    """An empty index in a database of its own, in memory."""
    database = sqlite3.connect(":memory:", isolation_level=None)
    database.executescript(Index.SCHEMA)
    return Index(database)


def index_of_documents(texts: Mapping[str, str], max_tokens: int, overlap: int) -> Index:
    """These documents in one vector store, in chunks of that size."""
    filled = index()
    for name, text in texts.items():
        add(filled, name, chunk(text, max_tokens, overlap))
    return filled


def add(filled: Index, file: str, chunks: Iterable[Chunk], store: str = STORE) -> None:
    """Index a file in a transaction, as the server does."""
    filled.database.execute("BEGIN")
    filled.add(PROJECT, store, file, chunks)
    filled.database.execute("COMMIT")


def index_of(texts: Iterable[str], each: int = 100) -> Index:
    """These chunks in one vector store, so many to a file."""
    filled = index()
    file: list[Chunk] = []
    for number, text in enumerate(texts, start=1):
        file.append(Chunk(text, 0))
        if number % each == 0:
            add(filled, f"file_{number}", file)
            file = []
    add(filled, "file_last", file)
    return filled
