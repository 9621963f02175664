"""Vector stores: how files come into them and leave, how they are counted, and when a store expires.

A file on its way in is a timeline of its own; what becomes of it at its moment is `indexing`'s affair.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockserver import complaints, fileerrors, fileobjects, objects
from mockserver.decisions import decides
from mockserver.fileobjects import BATCH, STORE_FILE, VECTOR_STORE
from mockserver.indexingrules import IndexingRule, rule_for
from mockserver.lifecycle import Signal
from mockserver.timeline import Decide, Move, Timeline
from mockserver.world import World

Object = dict[str, Any]

HELPER_EXPIRY: Mapping[str, Any] = {"anchor": "last_active_at", "days": 7}
"""What a store made for a thread expires after (documented); one made for an assistant does not."""

_HIDDEN = "hidden_until"
"""Counts until when there may be files that are indexed and cannot be found yet."""


def create_store(
    world: World,
    request: Mapping[str, Any],
    files: Sequence[Object] = (),
    *,
    expires_after: Mapping[str, Any] | None = None,
    object_id: str | None = None,
) -> Object:
    """A new vector store, with files on their way into it; the caller has checked both."""
    at = world.clock.now() // 1000
    store = fileobjects.vector_store(object_id or world.new_id("vs"), at, request, expires_after)
    world.insert(store)
    _watch(world, store)
    for file in files:
        store = attach(world, store["id"], file, chunking=request.get("chunking_strategy"))[0]
    return store


def check_count(given: int, limit: int, path: str = "file_ids") -> None:
    """Raises ApiError for more files than one call may name; the limits are documented (E-57)."""
    if given > limit:
        raise complaints.ARRAY_TOO_LONG(path=path, max=limit, length=given)


def check_room(world: World, store: Mapping[str, Any], files: Sequence[Mapping[str, Any]]) -> None:
    """Raises ApiError when a store cannot take those of these files that it does not have yet."""
    limit, store_id = world.settings.limits.vector_store_files, store["id"]
    room = limit - store["file_counts"]["total"]
    if len(files) > room and room < sum(
        world.full(STORE_FILE, f"{store_id}/{file['id']}", store_id) is None for file in files
    ):
        raise fileerrors.STORE_FULL(id=store["id"], max=f"{limit:,}")


def check_open(store: Mapping[str, Any]) -> None:
    """Raises ApiError for a store that has expired (E-84)."""
    if store["status"] == "expired":
        raise fileerrors.STORE_EXPIRED(id=store["id"])


# Files on their way in


def attach(
    world: World,
    store_id: str,
    file: Mapping[str, Any],
    *,
    chunking: Mapping[str, Any] | None = None,
    attributes: Mapping[str, Any] | None = None,
    batch: Object | None = None,
) -> tuple[Object, Object]:
    """Begin to index a file; the store and the vector store's file, both as they are now.

    A file that is in the store already is taken out first and indexed anew (inferred).
    """
    earlier = world.full(STORE_FILE, f"{store_id}/{file['id']}", store_id)
    if earlier is not None:
        detach(world, earlier)
    now = world.clock.now()
    entry = fileobjects.store_file(file["id"], now // 1000, store_id, chunking, attributes)
    key = objects.key(entry)
    world.store.clear_place(world.project, key)
    world.insert(entry, store_id, batch["id"] if batch else None)
    said = rule_for(file["filename"], world.settings.indexing) or IndexingRule("")
    takes = indexing_time(world, key, file["bytes"]) if said.takes is None else said.takes
    outcome = {} if said.last_error is None else {"last_error": dict(said.last_error)}
    world.track(Timeline(key, [Decide(now + takes, outcome)], {key: entry}))
    return _count(world, entry, None, batch), entry


def indexing_time(world: World, name: str, size: int) -> int:
    """How many milliseconds the work on a file of so many bytes takes."""
    latency = world.settings.latency
    speed = latency.indexing_bytes_per_second
    natural = latency.indexing + (round(size * 1000 / speed) if speed else 0)
    return latency.spread(natural, world.chance.dice(f"indexing/{name}"))


def working(world: World, store_id: str) -> list[Timeline]:
    """The files that are on their way into a store."""
    prefix = f"{store_id}/"
    return [timeline for subject, timeline in world.timelines.items() if subject.startswith(prefix)]


def settle(world: World, timeline: Timeline, moment: int, signal: Signal, patch: Object) -> None:
    """End the work on a file, at this moment and in this way, and count anew."""
    before = timeline.root["status"]
    world.announce(timeline, timeline.act(Move(moment, timeline.subject, signal, patch)))
    entry = timeline.root
    world.save(timeline)
    _count(world, entry, before, _batch_of(world, entry))


def index_again(world: World, entry: Object, due: int) -> None:
    """An indexed file is on its way again until this moment, as if it had never arrived.

    Nothing of it can be found until then. Store and batch are in progress with it.
    """
    before, used, batch = entry["status"], entry["usage_bytes"], _batch_of(world, entry)
    key, store_id = objects.key(entry), entry["vector_store_id"]
    world.store.index.remove_file(world.project, store_id, entry["id"])
    outcome = {"share": entry["_share"]} if "_share" in entry else {}
    again = {name: value for name, value in entry.items() if name[0] != "_"}
    again |= {"status": "in_progress", "usage_bytes": 0, "last_error": None}
    world.update(again)
    world.track(Timeline(key, [Decide(due, outcome)], {key: again}))
    if batch is not None and batch["status"] in ("completed", "failed"):
        batch["status"] = "in_progress"
    _count(world, again, before, batch, -used)


def hide(world: World, until: int) -> None:
    """Note that there is a file which cannot be found before this moment although it is indexed."""
    world.counters[_HIDDEN] = max(until, world.counters.get(_HIDDEN, 0))


def hides(world: World, at: int) -> bool:
    """Whether there may be indexed files that cannot be found at this moment."""
    return world.counters.get(_HIDDEN, 0) > at


def cancel(world: World, batch: Object) -> Object:
    """Stop what is still on its way of a batch; one that has ended stays as it is (recorded 2024-2025)."""
    if batch["status"] != "in_progress":
        return batch
    store_id = batch["vector_store_id"]
    for row in world.store.made_by(world.project, STORE_FILE, store_id, batch["id"]):
        timeline = world.timelines.get(row.id)
        if timeline is not None:
            timeline.drop_pending()
            settle(world, timeline, world.clock.now(), Signal.CANCEL, {})
    ended = world.full(BATCH, batch["id"], store_id) or batch
    ended["status"] = "cancelled"
    world.update(ended)
    return ended


def detach(world: World, entry: Object) -> None:
    """Take a file out of a store; the file itself stays."""
    store_id = entry["vector_store_id"]
    batch = _batch_of(world, entry)
    world.store.index.remove_file(world.project, store_id, entry["id"])
    world.delete(entry)
    _count(world, {**entry, "status": None}, entry["status"], batch, -entry["usage_bytes"])


def detach_everywhere(world: World, file_id: str) -> None:
    """Take a file out of every vector store."""
    for row in world.store.children(world.project, VECTOR_STORE, ""):
        entry = world.full(STORE_FILE, f"{row.id}/{file_id}", row.id)
        if entry is not None:
            detach(world, entry)


def _batch_of(world: World, entry: Mapping[str, Any]) -> Object | None:
    row = world.store.row(world.project, objects.key(entry), STORE_FILE)
    if row is None or row.made_by is None:
        return None
    return world.full(BATCH, row.made_by, entry["vector_store_id"])


def _count(
    world: World, entry: Mapping[str, Any], before: str | None, batch: Object | None, more: int | None = None
) -> Object:
    """Bring the counts of a file's store and batch up to date; the store as it is then.

    `before` is the status in which the file was counted so far, None for a new one; its own is None when it
    has left. `more` are bytes of usage, those of the file where nothing is said.
    """
    store = world.full(VECTOR_STORE, entry["vector_store_id"])
    assert store is not None, entry
    _shift(store["file_counts"], before, entry["status"])
    store["usage_bytes"] += entry["usage_bytes"] if more is None else more
    if store["status"] != "expired":
        store["status"] = "in_progress" if store["file_counts"]["in_progress"] else "completed"
    world.update(store)
    if batch is not None:
        counts = batch["file_counts"]
        _shift(counts, before, entry["status"])
        if batch["status"] == "in_progress" and not counts["in_progress"]:
            batch["status"] = (
                "failed" if counts["failed"] and counts["failed"] == counts["total"] else "completed"
            )
        world.update(batch)
    return store


def _shift(counts: dict[str, int], before: str | None, after: str | None) -> None:
    for status, change in ((before, -1), (after, 1)):
        if status is not None:
            counts[status] += change
            counts["total"] += change


# Stores as a whole


def delete_store(world: World, store: Object) -> None:
    """Remove a store with all that is indexed in it; its files stay."""
    store_id = store["id"]
    for row in world.store.children(world.project, STORE_FILE, store_id):
        timeline = world.timelines.get(row.id)
        if timeline is not None:
            world.forget(timeline)
        else:
            world.store.delete_timeline(world.project, row.id)
    world.store.index.remove_store(world.project, store_id)
    for kind in (STORE_FILE, BATCH):
        world.store.delete_children(world.project, kind, store_id)
    world.delete(store)


def use(world: World, store: Object) -> None:
    """A run uses the store: it is active now, and expires later."""
    store["last_active_at"] = world.clock.now() // 1000
    change_expiry(world, store, store["expires_after"])


def change_expiry(world: World, store: Object, expires_after: Mapping[str, Any] | None) -> None:
    """Let a store expire so long after it was last active, or never; what else changed of it is kept too."""
    store["expires_after"] = dict(expires_after) if expires_after else None
    store["expires_at"] = fileobjects.expiry(store["last_active_at"], expires_after)
    timeline = world.timelines.get(store["id"])
    if timeline is not None:
        world.forget(timeline)
    world.update(store)
    _watch(world, store)


def _watch(world: World, store: Object) -> None:
    """Note when a store expires."""
    if store["expires_at"] is not None and store["status"] != "expired":
        world.track(Timeline(store["id"], [Decide(store["expires_at"] * 1000)], {store["id"]: store}))


def expire(world: World, store: Object) -> None:
    """A store expires at this moment, whatever was said of its expiry before."""
    now = world.clock.now()
    store["expires_after"] = store["expires_after"] or dict(HELPER_EXPIRY)
    store["expires_at"] = now // 1000
    watched = world.timelines.get(store["id"])
    if watched is not None:
        world.forget(watched)
    timeline = Timeline(store["id"], [], {store["id"]: store})
    world.track(timeline)
    _expire(world, timeline, now)


@decides(VECTOR_STORE)
def _expire(world: World, timeline: Timeline, due: int) -> None:
    world.announce(timeline, timeline.act(Move(due, timeline.subject, Signal.EXPIRE)))
    world.save(timeline)
