"""Questions put to one vector store: FTS5 finds the candidates, `relevance` says how good each of them is."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from mockserver.retrieval.relevance import Corpus, Relevance
from mockserver.retrieval.words import sought

WORDS_MAX = 64
"""So many different words of a query are looked for, the first ones."""

_CHARACTERS_READ = 20_000
"""So much of a query is read at all."""

_CANDIDATES = 80
"""So many chunks, or as many as are asked for, are looked at one by one."""
_WITH_CONTEXT = 25
"""So many of these, or as many as are asked for, with what stands around them in their file."""
_ROWS_READ = 3_000
"""So many matches at most are compared to find them: of a word in more chunks than that, the first ones."""
_COMBINED = 3
"""So many such words are looked for together before."""
_FEW = 500
"""Files with no more chunks than these together are gone through whole."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chunk that has some of the words looked for."""

    id: int
    file: str
    position: int
    words: list[str]

    @property
    def context(self) -> tuple[int, ...]:
        """Where in its file the chunks are that say what this one is about: the first and those beside it."""
        return (0, self.position - 1, self.position + 1) if self.position else (1,)


@dataclass(frozen=True, slots=True)
class Asked:
    """One vector store, which of its files count, and how many chunks are wanted."""

    database: sqlite3.Connection
    number: int
    chunks: int
    words: int
    files: Collection[str] | None
    limit: int

    def scores(self, query: str) -> list[tuple[int, float]]:
        """The ids of the chunks that may be among the best for a query, with their scores."""
        terms = sought(query[:_CHARACTERS_READ], WORDS_MAX)
        corpus = Corpus(self.chunks, self.words, self._frequencies(terms))
        if not corpus.frequencies:
            return []
        relevance = Relevance(terms, corpus)
        candidates = self._few() or self._candidates(corpus)
        by_themselves = [(each, relevance.strength(each.words)) for each in candidates]
        by_themselves.sort(key=lambda pair: (-relevance.share(pair[1].words), pair[0].id))
        chosen = [pair for pair in by_themselves[: max(self.limit, _WITH_CONTEXT)] if pair[1].words]
        strengths = {(each.file, each.position): strength for each, strength in chosen}
        around = {(each.file, place) for each, _ in chosen for place in each.context}
        for file, position in around - strengths.keys():
            row = self.database.execute(
                "SELECT words FROM chunk WHERE number = ? AND file = ? AND position = ?",
                (self.number, file, position),
            ).fetchone()
            if row is not None:
                strengths[file, position] = relevance.strength(row[0].split())
        return [
            (
                each.id,
                relevance.score(
                    strength,
                    [
                        strengths[each.file, place]
                        for place in each.context
                        if (each.file, place) in strengths
                    ],
                ),
            )
            for each, strength in chosen
        ]

    def _frequencies(self, terms: Sequence[str]) -> dict[str, int]:
        marks = ", ".join("?" * len(terms))
        return dict(
            self.database.execute(
                f"SELECT word, chunks FROM chunk_word WHERE number = ? AND word IN ({marks})",
                (self.number, *terms),
            ).fetchall()
        )

    def _few(self) -> list[Candidate]:
        """All chunks of the files that count, when these are few; otherwise none."""
        if self.files is None:
            return []
        of_files = "FROM chunk WHERE number = ? AND file IN (SELECT value FROM json_each(?))"
        values = (self.number, json.dumps(sorted(self.files)))
        counted = f"SELECT count(*) FROM (SELECT 1 {of_files} LIMIT ?)"
        if self.database.execute(counted, (*values, _FEW + 1)).fetchone()[0] > _FEW:
            return []
        return self._read(f"SELECT id, file, position, words {of_files}", values)

    def _candidates(self, corpus: Corpus) -> list[Candidate]:
        """The chunks worth a closer look, found by the words that tell most.

        Common words are left out as long as the rare ones give enough to choose from: reading where they
        stand is what takes the time.
        """
        wanted = max(self.limit, _CANDIDATES)
        rarest_first = sorted(corpus.frequencies, key=lambda word: (corpus.frequencies[word], word))
        found: dict[int, Candidate] = {}
        while rarest_first and len(found) < wanted:
            chosen, rows = rarest_first[:1], corpus.frequencies[rarest_first[0]]
            for word in rarest_first[1:]:
                rows += corpus.frequencies[word]
                if rows > _ROWS_READ:
                    break
                chosen.append(word)
            matches = [_any_of(chosen)]
            if corpus.frequencies[chosen[0]] > _ROWS_READ and len(rarest_first) > 1:
                # Too many to read all of them: those come first that have other words of the query as well.
                matches.insert(0, _all_of(rarest_first[:_COMBINED]))
            for match in matches:
                found |= {each.id: each for each in self._match(match, wanted)}
            del rarest_first[: len(chosen)]
        return list(found.values())

    def _match(self, match: str, wanted: int) -> list[Candidate]:
        table = f"chunk_text_{self.number}"
        read = f"SELECT {table}.rowid AS id, rank AS quality FROM {table}"
        values: list[str | int] = [match]
        if self.files is None:
            read += f" WHERE {table} MATCH ?"
        else:
            read += (
                f" CROSS JOIN chunk ON chunk.id = {table}.rowid"
                f" WHERE {table} MATCH ? AND chunk.file IN (SELECT value FROM json_each(?))"
            )
            values.append(json.dumps(sorted(self.files)))
        best = f"SELECT id FROM ({read} LIMIT ?) ORDER BY quality, id LIMIT ?"
        of_best = f"SELECT id, file, position, words FROM chunk WHERE id IN ({best}) ORDER BY id"
        return self._read(of_best, (*values, _ROWS_READ, wanted))

    def _read(self, statement: str, values: Sequence[str | int]) -> list[Candidate]:
        return [
            Candidate(chunk_id, file, position, joined.split())
            for chunk_id, file, position, joined in self.database.execute(statement, values)
        ]


def _any_of(words: Sequence[str]) -> str:
    return " OR ".join(f'"{word}"' for word in words)


def _all_of(words: Sequence[str]) -> str:
    return " AND ".join(f'"{word}"' for word in words)
