"""Searching vector stores: what is indexed at this moment, best first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockserver import objects
from mockserver.fileobjects import FILE, STORE_FILE
from mockserver.filters import passes
from mockserver.world import World

Object = dict[str, Any]


def search(
    world: World,
    store_ids: Sequence[str],
    queries: Sequence[str],
    *,
    limit: int,
    threshold: float = 0.0,
    filters: Mapping[str, Any] | None = None,
) -> list[Object]:
    """Passages of all these stores together, as a search of a vector store answers them.

    `threshold` is the lowest score, from 0 to 1, that is answered; `filters` a checked condition.
    """
    found: list[tuple[float, Object]] = []
    for store_id in store_ids:
        files = _allowed(world, store_id, filters) if filters is not None else None
        if files is not None and not files:
            continue
        hits = world.store.index.search(
            world.project, store_id, queries, limit=limit, files=files, threshold=threshold
        )
        found += [(hit.score, _result(world, store_id, hit.file, hit.score, hit.text)) for hit in hits]
    found.sort(key=lambda scored: -scored[0])  # stable: of equal scores, the first store and best rank first
    return [result for _, result in found[:limit]]


def _allowed(world: World, store_id: str, filters: Mapping[str, Any]) -> set[str]:
    entries = (objects.decode(row.body) for row in world.store.children(world.project, STORE_FILE, store_id))
    return {entry["id"] for entry in entries if passes(filters, entry["attributes"])}


def _result(world: World, store_id: str, file_id: str, score: float, text: str) -> Object:
    file = world.full(FILE, file_id)
    entry = world.full(STORE_FILE, f"{store_id}/{file_id}", store_id)
    assert file is not None, file_id
    assert entry is not None, file_id
    return {
        "file_id": file_id,
        "filename": file["filename"],
        "score": score,
        "attributes": entry["attributes"],
        "content": [{"type": "text", "text": text}],
    }
