"""How long a search takes in stores of growing size, beside what others take for the same."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter, process_time

from bench.engines import others
from bench.figures import Figure
from bench.passages import PROJECT, STORE, index_of, made_up, questions
from bench.rounds import percentile

SIZES = (1_000, 10_000, 100_000)
LIMIT = 20


def measure(quick: bool) -> list[Figure]:
    """Milliseconds for each question of the retrieval benchmark, by turns; see `engines` for the others."""
    sizes, rounds = (SIZES[:2], 2) if quick else (SIZES, 5)
    return [figure for size in sizes for figure in _figures(size, rounds)]


def _figures(size: int, rounds: int) -> list[Figure]:
    texts = list(made_up(size))
    index = index_of(texts)
    searches: dict[str, Callable[[str], object]] = {
        "ours": lambda question: index.search(PROJECT, STORE, [question], limit=LIMIT),
        **others(texts, LIMIT),
    }
    asked = [question.question for question in questions()]
    wall: dict[str, list[float]] = {name: [] for name in searches}
    cpu: dict[str, list[float]] = {name: [] for name in searches}
    for question in asked * rounds:
        for name, search in searches.items():
            began, worked = perf_counter(), process_time()
            search(question)
            wall[name].append((perf_counter() - began) * 1000)
            cpu[name].append((process_time() - worked) * 1000)
    return [
        Figure(
            "search",
            f"{size:,} chunks, {name}, p99",
            percentile(wall[name], 0.99),
            "ms",
            at_most=20 if name == "ours" else None,
            how=(
                f"p50 {percentile(wall[name], 0.5):.2f}; by CPU time p50 {percentile(cpu[name], 0.5):.2f}, "
                f"p99 {percentile(cpu[name], 0.99):.2f}; {rounds} rounds of {len(asked)}, limit {LIMIT}"
            ),
        )
        for name in searches
    ]
