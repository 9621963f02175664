"""Vector stores: create, list, retrieve, modify, delete, search."""

from __future__ import annotations

from mockserver import fileobjects, objects, vector_stores
from mockserver.fileobjects import VECTOR_STORE
from mockserver.keywords import keywords
from mockserver.lookup import find, list_page, read
from mockserver.operations import Call, operation
from mockserver.requests import fields, stores
from mockserver.resources import new_store
from mockserver.searching import Search
from mockserver.searching import search as find_passages

RESULTS = 10
"""So many results are answered where nothing is said (published)."""


@operation("vector_stores.list", "GET", "/vector_stores", query=fields.LIST)
def list_stores(call: Call) -> bytes:
    """The project's vector stores, newest first."""
    return list_page(call.world, VECTOR_STORE, call.query)


@operation("vector_stores.create", "POST", "/vector_stores", body=stores.CREATE)
def create(call: Call) -> bytes:
    """A new vector store; its files are on their way in."""
    limit = call.world.settings.limits.files_per_call
    return objects.pretty(new_store(call.world, call.body, limit=limit))


def _polled(call: Call) -> list[str]:
    """The files that are on their way into the store."""
    working = vector_stores.working(call.world, call.ids["vector_store_id"])
    return [timeline.subject for timeline in working]


@operation("vector_stores.retrieve", "GET", "/vector_stores/{vector_store_id}", polls=_polled)
def retrieve(call: Call) -> bytes:
    """One vector store."""
    return read(call.world, VECTOR_STORE, call.ids["vector_store_id"])


@operation("vector_stores.update", "POST", "/vector_stores/{vector_store_id}", body=stores.MODIFY)
def update(call: Call) -> bytes:
    """Replace the fields that were sent; an explicit null takes a name or an expiry away."""
    store = find(call.world, VECTOR_STORE, call.ids["vector_store_id"])
    if "name" in call.body:
        store["name"] = call.body["name"]
    if "metadata" in call.body:
        store["metadata"] = call.body["metadata"] or {}
    expires_after = call.body.get("expires_after", store["expires_after"])
    vector_stores.change_expiry(call.world, store, expires_after)
    return objects.pretty(store)


@operation("vector_stores.delete", "DELETE", "/vector_stores/{vector_store_id}")
def delete(call: Call) -> bytes:
    """Delete a vector store; its files stay."""
    store = find(call.world, VECTOR_STORE, call.ids["vector_store_id"])
    vector_stores.delete_store(call.world, store)
    return objects.pretty(objects.deleted(store["id"], VECTOR_STORE))


@operation("vector_stores.search", "POST", "/vector_stores/{vector_store_id}/search", body=stores.SEARCH)
def search(call: Call) -> bytes:
    """Passages of what is indexed at this moment, best first; nothing pages here."""
    world, asked = call.world, call.body
    store = find(world, VECTOR_STORE, call.ids["vector_store_id"])
    vector_stores.check_open(store)
    queries = [asked["query"]] if isinstance(asked["query"], str) else asked["query"]
    if asked.get("rewrite_query"):
        queries = [keywords(query) or query for query in queries]
    ranking = asked.get("ranking_options") or {}
    wanted = Search(
        [store["id"]],
        queries,
        limit=asked.get("max_num_results") or RESULTS,
        threshold=ranking.get("score_threshold") or 0.0,
        filters=asked.get("filters"),
    )
    results = find_passages(world, wanted, world.clock.now())
    return objects.pretty(fileobjects.search_page(queries, results))
