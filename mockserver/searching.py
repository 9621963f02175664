"""Searching vector stores: what is indexed at this moment, best first."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Literal

from mockserver import objects
from mockserver.fileobjects import FILE, STORE_FILE
from mockserver.filters import passes
from mockserver.retrieval import Found
from mockserver.vector_stores import hides
from mockserver.world import World

Object = dict[str, Any]

Results = Literal["irrelevant", "empty", "incomplete"]
"""What a poor search finds: passages about something else, nothing, or all but the best."""

LOW = 0.1
"""No irrelevant passage has a higher score."""

_LOOKED_THROUGH = 1_000
"""So many passages that answer are sought at most when those that do not are wanted."""


@dataclass(frozen=True, slots=True)
class Search:
    """What somebody looks for in some vector stores, all of them together.

    `threshold` is the lowest score, from 0 to 1, that is answered; `filters` a checked condition.
    """

    stores: Sequence[str]
    queries: Sequence[str]
    limit: int
    threshold: float = 0.0
    filters: Mapping[str, Any] | None = None


Hit = tuple[str, Found]
"""A passage and the vector store it lies in."""


def search(world: World, asked: Search, now: int) -> list[Object]:
    """Passages as a search of a vector store answers them."""
    return [_result(world, hit) for hit in _best(world, asked, now)]


def search_poorly(world: World, asked: Search, now: int, results: Results) -> list[Object]:
    """What a search answers that does not find what is there; all it shows lies in these stores.

    Irrelevant are those passages that have no word of the queries, then those that answer worst; never the
    best one, even where nothing else is left.
    """
    if results == "empty":
        return []
    if results == "incomplete":
        hits = _best(world, replace(asked, limit=asked.limit + 1), now)[1:]
    else:
        hits = _lowered(_worst(world, asked, now))
        hits = [hit for hit in hits if hit[1].score >= asked.threshold]
    return [_result(world, hit) for hit in hits]


def _best(world: World, asked: Search, now: int) -> list[Hit]:
    hits: list[Hit] = []
    for store_id in asked.stores:
        files = _allowed(world, store_id, asked.filters, now)
        if files is not None and not files:
            continue
        found = world.store.index.search(
            world.project,
            store_id,
            asked.queries,
            limit=asked.limit,
            files=files,
            threshold=asked.threshold,
        )
        hits += [(store_id, each) for each in found]
    hits.sort(key=lambda hit: -hit[1].score)  # stable: of equal scores, the first store and best rank first
    return hits[: asked.limit]


def _worst(world: World, asked: Search, now: int) -> list[Hit]:
    """The passages that have least to do with a search, the very worst first."""
    answers = _best(world, replace(asked, limit=_LOOKED_THROUGH, threshold=0.0), now)
    known = {(store_id, each.file, each.position) for store_id, each in answers}
    others = islice((hit for hit in _all(world, asked, now) if _place(hit) not in known), asked.limit)
    return [*others, *answers[:0:-1]][: asked.limit]


def _all(world: World, asked: Search, now: int) -> Iterator[Hit]:
    for store_id in asked.stores:
        files = _allowed(world, store_id, asked.filters, now)
        for each in world.store.index.chunks(world.project, store_id):
            if files is None or each.file in files:
                yield store_id, each


def _place(hit: Hit) -> tuple[str, str, int]:
    return hit[0], hit[1].file, hit[1].position


def _lowered(hits: Sequence[Hit]) -> list[Hit]:
    """The same passages with falling scores, all of them low."""
    count = len(hits)
    scores = (round(LOW * (count - index) / count, 4) for index in range(count))
    return [
        (store_id, replace(each, score=score)) for (store_id, each), score in zip(hits, scores, strict=True)
    ]


def _allowed(
    world: World, store_id: str, filters: Mapping[str, Any] | None, now: int
) -> Collection[str] | None:
    """The files that may be found now, None where nobody is left out."""
    hidden = hides(world, now)
    if filters is None and not hidden:
        return None
    rows = world.store.children(world.project, STORE_FILE, store_id)
    entries = (objects.decode(row.hidden or row.body) for row in rows)
    return {
        entry["id"]
        for entry in entries
        if entry.get("_searchable_at", 0) <= now and (filters is None or passes(filters, entry["attributes"]))
    }


def _result(world: World, hit: Hit) -> Object:
    store_id, found = hit
    file = world.full(FILE, found.file)
    entry = world.full(STORE_FILE, f"{store_id}/{found.file}", store_id)
    assert file is not None, found
    assert entry is not None, found
    return {
        "file_id": found.file,
        "filename": file["filename"],
        "score": found.score,
        "attributes": entry["attributes"],
        "content": [{"type": "text", "text": found.text}],
    }
