"""Whether search finds the passage that answers a question, and whether its scores say so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

from bench.engines import others
from bench.figures import Figure
from bench.passages import (
    PROJECT,
    STORE,
    Question,
    documents,
    index_of_documents,
    questions,
    volumes,
)
from mockserver.retrieval import Index

SIZES = ((800, 400), (200, 100))
VOLUMES = 5
"""The documents are shorter than a chunk of 800; bound into so many files they are not."""
LIMIT = 20

STRANGE = (
    "How do I tune a grand piano?",
    "Who won the chess championship?",
    "What is the boiling point of nitrogen?",
    "How can I apply for a mortgage?",
    "When does the ferry to Iceland leave?",
    "Which programming language compiles fastest?",
    "How do I train for a marathon?",
    "What does the embassy charge for a visa?",
    "Where can I rent skis?",
    "How was the pyramid of Cheops built?",
)
"""Questions none of the documents answers."""


def measure(quick: bool) -> list[Figure]:
    """The share of questions with the right passage first and among the first three, by size of chunk."""
    singly, bound = (documents(), questions()), volumes(VOLUMES)
    figures = [figure for sizes in SIZES for figure in _figures(*singly, *sizes)]
    return figures + _figures(*bound, *SIZES[0])


def _figures(
    known: Mapping[str, str], asked: Sequence[Question], max_tokens: int, overlap: int
) -> list[Figure]:
    index = index_of_documents(known, max_tokens, overlap)
    texts = [(name, text) for name in known for text in index.texts(PROJECT, STORE, name)]
    found = [index.search(PROJECT, STORE, [each.question], limit=LIMIT) for each in asked]
    ranks = [
        _rank(each, [(hit.file, hit.text) for hit in hits]) for each, hits in zip(asked, found, strict=True)
    ]
    right = sorted(hits[rank - 1].score for rank, hits in zip(ranks, found, strict=True) if rank)
    strange = sorted(_best(index, question) for question in STRANGE)
    beside = []
    for name, search in others([text for _, text in texts], LIMIT).items():
        theirs = [_rank(each, [texts[number] for number in search(each.question)]) for each in asked]
        beside.append(f"{name} {_share(theirs, 1):.1f}, {_share(theirs, 3):.1f}, {_reciprocal(theirs):.2f}")
    chunks = f"{len(known)} documents, {max_tokens}/{overlap}"
    how = f"{len(asked)} questions, {len(texts)} chunks"
    scores = (
        f"the lowest tenth below {right[len(right) // 10]:.2f}; best score of {len(strange)} questions "
        f"nothing answers: median {median(strange):.2f}, highest {strange[-1]:.2f}"
    )
    return [
        Figure("retrieval", f"first, {chunks}", _share(ranks, 1), "%", how=how),
        Figure(
            "retrieval",
            f"among the first three, {chunks}",
            _share(ranks, 3),
            "%",
            at_least=90,
            how=f"{sum(not rank for rank in ranks)} not among {LIMIT}",
        ),
        Figure(
            "retrieval",
            f"mean reciprocal rank, {chunks}",
            _reciprocal(ranks),
            how=f"all three of others: {'; '.join(beside)}",
        ),
        Figure("retrieval", f"median score of the right passage, {chunks}", median(right), how=scores),
    ]


def _rank(question: Question, found: Sequence[tuple[str, str]]) -> int:
    """Where the right passage stands among these documents and texts; 0 when it is not there."""
    for rank, (document, text) in enumerate(found, start=1):
        if document == question.document and question.snippet in text:
            return rank
    return 0


def _best(index: Index, question: str) -> float:
    found = index.search(PROJECT, STORE, [question], limit=1)
    return found[0].score if found else 0.0


def _share(ranks: list[int], within: int) -> float:
    return 100 * sum(0 < rank <= within for rank in ranks) / len(ranks)


def _reciprocal(ranks: list[int]) -> float:
    return sum(1 / rank for rank in ranks if rank) / len(ranks)
