"""How fast text is divided into chunks, and chunks are indexed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from statistics import median
from time import perf_counter

from bench.figures import Figure
from bench.passages import add, documents, index, made_up
from mockserver.chunking import chunk

MEGABYTE = 1_000_000


def measure(quick: bool) -> list[Figure]:
    """Megabytes chunked a second, chunks indexed a second, and what a small file in a new store takes."""
    rounds = 3 if quick else 9
    prose = "\n".join(documents().values())
    text = (prose * (MEGABYTE // len(prose) + 1))[:MEGABYTE]
    next(chunk("The tokenizer is loaded for this."))
    divided = [_seconds(lambda: list(chunk(text))) for _ in range(rounds)]
    made = "\n".join(islice(made_up(20_000), 2_000 if quick else 20_000))
    chunks = list(chunk(made))
    whole = [_seconds(lambda: add(index(), "file", chunks)) for _ in range(3)]
    small = index()
    names = iter(range(10_000))
    one = list(chunk("Refunds are paid within 14 days."))
    single = [
        _seconds(lambda: add(small, "file", one, f"vs_{next(names)}")) for _ in range(200 if quick else 1000)
    ]
    how = "default chunks of 800 tokens, 400 shared"
    return [
        Figure(
            "indexing",
            "text chunked",
            1 / median(divided),
            "MB/s",
            how=how,
        ),
        Figure(
            "indexing",
            "chunks indexed",
            len(chunks) / median(whole),
            "chunks/s",
            how=f"{len(chunks):,} in one file, {len(made) / MEGABYTE:.1f} MB of made-up words, in memory",
        ),
        Figure(
            "indexing",
            "a small file in a new store",
            median(single) * 1000,
            "ms",
            how=f"p95 {sorted(single)[len(single) * 95 // 100] * 1000:.2f} over {len(single):,} stores",
        ),
    ]


def _seconds(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began
