"""The full-text index of chunks, in the database of everything else.

Each vector store has a full-text table of its own, made with its first chunk and dropped with its last, so
that nothing another store holds can change a score. FTS5 gets words that are taken apart already and is told
not to do it again: what is found and what is scored are the same words.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from mockserver.chunking import Chunk
from mockserver.retrieval.asked import Asked
from mockserver.retrieval.words import words

CHUNK_OVERHEAD = 1024
"""Bytes a chunk counts beside its text: a text of 21 bytes had a usage of 1045 in traffic of 2025-09.

That is the size of 256 numbers of four bytes, the documented dimensions of the service's embeddings.
"""


@dataclass(frozen=True, slots=True)
class Found:
    """A chunk that answers a query: the file it is of, its place there, and how well it answers, 0 to 1."""

    file: str
    position: int
    text: str
    score: float


class Index:
    """The chunks of all vector stores of all projects. Its writes belong to the caller's transaction."""

    SCHEMA = """
-- One row for each vector store that has chunks. number names its full-text table; words counts those of all
-- its chunks.
CREATE TABLE chunk_store (
    number INTEGER PRIMARY KEY,
    project TEXT NOT NULL,
    store TEXT NOT NULL,
    chunks INTEGER NOT NULL,
    words INTEGER NOT NULL,
    UNIQUE (project, store)
);
-- id is the order of insertion. words is what the full-text table was given, and must get again to forget it.
-- The text is UTF-8 that may hold half a surrogate pair, hence bytes.
CREATE TABLE chunk (
    id INTEGER PRIMARY KEY,
    number INTEGER NOT NULL,
    file TEXT NOT NULL,
    position INTEGER NOT NULL,
    words TEXT NOT NULL,
    text BLOB NOT NULL
);
CREATE INDEX chunk_by_file ON chunk (number, file, position);
-- In how many chunks of a store a word stands.
CREATE TABLE chunk_word (
    number INTEGER NOT NULL,
    word TEXT NOT NULL,
    chunks INTEGER NOT NULL,
    PRIMARY KEY (number, word)
) WITHOUT ROWID;
"""

    def __init__(self, database: sqlite3.Connection) -> None:
        """Work in a database that has the tables of SCHEMA."""
        self.database = database
        self._execute = database.execute

    def add(self, project: str, store: str, file: str, chunks: Iterable[Chunk]) -> int:
        """Index a file's chunks in a vector store, in place of those it had there.

        Gives the bytes they take: their texts in UTF-8, what they share counted each time, and CHUNK_OVERHEAD
        for each.
        """
        self.remove_file(project, store, file)
        number, usage, length = None, 0, 0
        frequencies: Counter[str] = Counter()
        position = -1
        for position, chunk in enumerate(chunks):
            if number is None:
                number = self._number(project, store) or self._begin(project, store)
            text = chunk.text.encode(errors="surrogatepass")
            its_words = words(chunk.text)
            joined = " ".join(its_words)
            added = self._execute(
                "INSERT INTO chunk (number, file, position, words, text) VALUES (?, ?, ?, ?, ?)",
                (number, file, position, joined, text),
            )
            self._execute(
                f"INSERT INTO chunk_text_{number} (rowid, words) VALUES (?, ?)", (added.lastrowid, joined)
            )
            frequencies.update(set(its_words))
            length += len(its_words)
            usage += len(text) + CHUNK_OVERHEAD
        if number is not None:
            self._count(number, position + 1, length, frequencies)
        return usage

    def remove_file(self, project: str, store: str, file: str) -> None:
        """Forget the chunks a file has in a vector store, if any."""
        number = self._number(project, store)
        if number is None:
            return
        rows = self._execute(
            "SELECT id, words FROM chunk WHERE number = ? AND file = ?", (number, file)
        ).fetchall()
        total = self._execute("SELECT chunks FROM chunk_store WHERE number = ?", (number,)).fetchone()[0]
        if rows and len(rows) == total:
            self._drop(number)
            return
        length = 0
        frequencies: Counter[str] = Counter()
        for chunk_id, joined in rows:
            its_words = joined.split()
            self._execute(
                f"INSERT INTO chunk_text_{number} (chunk_text_{number}, rowid, words)"
                " VALUES ('delete', ?, ?)",
                (chunk_id, joined),
            )
            frequencies.subtract(set(its_words))
            length += len(its_words)
        if rows:
            self._execute("DELETE FROM chunk WHERE number = ? AND file = ?", (number, file))
            self._count(number, -len(rows), -length, frequencies)

    def remove_store(self, project: str, store: str) -> None:
        """Forget all chunks of a vector store."""
        number = self._number(project, store)
        if number is not None:
            self._drop(number)

    def remove_project(self, project: str) -> None:
        """Forget all chunks of all vector stores of a project."""
        rows = self._execute("SELECT number FROM chunk_store WHERE project = ?", (project,)).fetchall()
        for (number,) in rows:
            self._drop(number)

    def texts(self, project: str, store: str, file: str) -> list[str]:
        """The texts of a file's chunks in a vector store, in order."""
        rows = self._execute(
            "SELECT text FROM chunk WHERE number = ? AND file = ? ORDER BY position",
            (self._number(project, store), file),
        )
        return [_text(row[0]) for row in rows]

    def chunks(self, project: str, store: str) -> Iterator[Found]:
        """All chunks of a vector store in the order in which they were added, found for no reason."""
        rows = self._execute(
            "SELECT file, position, text FROM chunk WHERE number = ? ORDER BY id",
            (self._number(project, store),),
        )
        for file, position, text in rows:
            yield Found(file, position, _text(text), 0.0)

    def search(
        self,
        project: str,
        store: str,
        queries: Sequence[str],
        *,
        limit: int,
        files: Collection[str] | None = None,
        threshold: float = 0.0,
    ) -> list[Found]:
        """The chunks that answer one of the queries best, the best first; equals as they were added.

        `files` narrows the search to these files. A chunk that has no word of any query that tells something
        is not found at all, whatever the threshold.
        """
        row = self._execute(
            "SELECT number, chunks, words FROM chunk_store WHERE project = ? AND store = ?", (project, store)
        ).fetchone()
        if row is None or limit < 1:
            return []
        number, chunks, length = row
        asked = Asked(self.database, number, chunks, length, files, limit)
        best: dict[int, float] = {}
        for query in queries:
            for chunk_id, score in asked.scores(query):
                if score >= threshold and score > best.get(chunk_id, 0.0):
                    best[chunk_id] = score
        ranked = sorted(best.items(), key=lambda scored: (-scored[1], scored[0]))
        return [self._found(chunk_id, score) for chunk_id, score in ranked[:limit]]

    def _found(self, chunk_id: int, score: float) -> Found:
        file, position, text = self._execute(
            "SELECT file, position, text FROM chunk WHERE id = ?", (chunk_id,)
        ).fetchone()
        return Found(file, position, _text(text), score)

    def _number(self, project: str, store: str) -> int | None:
        row = self._execute(
            "SELECT number FROM chunk_store WHERE project = ? AND store = ?", (project, store)
        ).fetchone()
        return None if row is None else int(row[0])

    def _begin(self, project: str, store: str) -> int:
        made = self._execute(
            "INSERT INTO chunk_store (project, store, chunks, words) VALUES (?, ?, 0, 0)", (project, store)
        )
        number = int(made.lastrowid or 0)
        # To the tokenizer "ascii" every character beyond ASCII is a letter: the words stay as they are.
        self._execute(
            f"CREATE VIRTUAL TABLE chunk_text_{number} USING fts5 (words, content = '', tokenize = 'ascii')"
        )
        return number

    def _count(self, number: int, chunks: int, length: int, frequencies: Counter[str]) -> None:
        self._execute(
            "UPDATE chunk_store SET chunks = chunks + ?, words = words + ? WHERE number = ?",
            (chunks, length, number),
        )
        self.database.executemany(
            "INSERT INTO chunk_word VALUES (?, ?, ?)"
            " ON CONFLICT (number, word) DO UPDATE SET chunks = chunks + excluded.chunks",
            [(number, word, frequency) for word, frequency in sorted(frequencies.items())],
        )
        if chunks < 0:
            self.database.executemany(
                "DELETE FROM chunk_word WHERE number = ? AND word = ? AND chunks = 0",
                [(number, word) for word in frequencies],
            )

    def _drop(self, number: int) -> None:
        self._execute(f"DROP TABLE chunk_text_{number}")
        for table in ("chunk_store", "chunk", "chunk_word"):
            self._execute(f"DELETE FROM {table} WHERE number = ?", (number,))


def _text(stored: bytes) -> str:
    return stored.decode(errors="surrogatepass")
