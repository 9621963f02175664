"""Other engines for the same chunks: each gives the numbers of those that answer a question, best first."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec

Search = Callable[[str], list[int]]


def others(texts: Sequence[str], limit: int) -> dict[str, Search]:
    """Plain FTS5, and bm25s and tantivy where they are installed."""
    engines = {"FTS5 bm25, all words": fts5(texts, limit)}
    if find_spec("bm25s"):
        engines["bm25s"] = _bm25s(texts, limit)
    if find_spec("tantivy"):
        engines["tantivy"] = _tantivy(texts, limit)
    return engines


def fts5(texts: Sequence[str], limit: int) -> Search:
    """FTS5 as it comes: its own porter stemmer, every word of the question, its own order."""
    database = sqlite3.connect(":memory:", isolation_level=None)
    database.execute("CREATE VIRTUAL TABLE chunk USING fts5 (text, tokenize = 'porter unicode61')")
    database.execute("BEGIN")
    database.executemany("INSERT INTO chunk (rowid, text) VALUES (?, ?)", enumerate(texts))
    database.execute("COMMIT")

    def search(question: str) -> list[int]:
        match = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", question))
        rows = database.execute(
            "SELECT rowid, text FROM chunk WHERE chunk MATCH ? ORDER BY rank LIMIT ?", (match, limit)
        )
        return [int(number) for number, _ in rows]

    return search


def _bm25s(texts: Sequence[str], limit: int) -> Search:
    """bm25s with its English stop words, on numpy."""
    bm25s = import_module("bm25s")
    retriever = bm25s.BM25()
    retriever.index(bm25s.tokenize(texts, stopwords="en", show_progress=False), show_progress=False)

    def search(question: str) -> list[int]:
        tokens = bm25s.tokenize([question], stopwords="en", show_progress=False)
        numbers, scores = retriever.retrieve(tokens, k=min(limit, len(texts)), show_progress=False)
        return [int(number) for number, score in zip(numbers[0], scores[0], strict=True) if score > 0]

    return search


def _tantivy(texts: Sequence[str], limit: int) -> Search:
    """tantivy with its English stemmer, every word of the question."""
    tantivy = import_module("tantivy")
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("text", stored=True, tokenizer_name="en_stem")
    builder.add_unsigned_field("number", stored=True)
    index = tantivy.Index(builder.build())
    writer = index.writer(num_threads=1)
    for number, text in enumerate(texts):
        writer.add_document(tantivy.Document(text=text, number=number))
    writer.commit()
    index.reload()
    searcher = index.searcher()

    def search(question: str) -> list[int]:
        query = index.parse_query(" ".join(re.findall(r"\w+", question)), ["text"])
        hits = searcher.search(query, limit).hits
        return [int(searcher.doc(address)["number"][0]) for _, address in hits]

    return search
