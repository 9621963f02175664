"""What becomes of a file at its moment in a vector store: chunks that can be found, or a reason why not."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from mockserver import chunking, objects
from mockserver.blobs import DamagedError
from mockserver.courses import WorldError
from mockserver.decisions import decides
from mockserver.extraction import UnreadableError, extract, unreadable
from mockserver.fileobjects import FILE, STORE_FILE, VECTOR_STORE
from mockserver.files import suffix
from mockserver.lifecycle import Signal
from mockserver.timeline import Event, Timeline
from mockserver.vector_stores import hide, settle
from mockserver.world import World

REMEMBERED_MAX, REMEMBERED_CHARACTERS = 64, 1_000_000
"""So many texts of at most so many characters are kept: tests attach the same document again and again."""

_remembered: OrderedDict[tuple[str, str], str] = OrderedDict()


@decides(STORE_FILE)
def index(world: World, timeline: Timeline, due: int) -> None:
    """Read the file, cut it into chunks and make them findable, all at this moment.

    What may be settled before: the `last_error` it fails with, the `share` of its chunks that can be found,
    and after how many milliseconds it is `searchable_after` it is completed.
    """
    outcome = timeline.outcome
    if "last_error" in outcome:
        settle(world, timeline, due, Signal.FAIL, {"last_error": outcome["last_error"]})
        return
    hidden = _hidden(world, outcome, due)
    try:
        usage = _add(world, timeline.root | hidden)
    except (UnreadableError, chunking.TooLongError) as error:
        refusal = error if isinstance(error, UnreadableError) else unreadable.too_large()
        reason = {"code": refusal.code, "message": refusal.message}
        settle(world, timeline, due, Signal.FAIL, {"last_error": reason})
    except (FileNotFoundError, DamagedError):  # or time could never go on behind this moment
        refusal = unreadable.internal()
        reason = {"code": refusal.code, "message": refusal.message}
        settle(world, timeline, due, Signal.FAIL, {"last_error": reason})
    else:
        settle(world, timeline, due, Signal.FINISH, {"usage_bytes": usage, **hidden})


def _hidden(world: World, outcome: Mapping[str, Any], due: int) -> dict[str, Any]:
    """What a file is to remember of it that the wire does not show."""
    hidden = {}
    if "share" in outcome:
        hidden["_share"] = outcome["share"]
    if "searchable_after" in outcome:
        hidden["_searchable_at"] = due + outcome["searchable_after"]
        hide(world, hidden["_searchable_at"])
    return hidden


def reindex(world: World) -> None:
    """Index anew what a snapshot says is indexed, in the order of then. Raises WorldError if that fails."""
    entries = [
        row for row, there in world.store.everything(world.project) if there and row.kind == STORE_FILE
    ]
    entries.sort(key=lambda row: _settled(world, row.id))
    for row in entries:
        try:
            entry = objects.decode(row.hidden or row.body)
            if world.full(VECTOR_STORE, row.parent) is None or world.full(FILE, entry["id"]) is None:
                raise LookupError("there is no such vector store or file")
            if entry["status"] == "completed":
                _add(world, entry)
        except (UnreadableError, LookupError, TypeError, ValueError) as error:
            raise WorldError(f"'{row.id}' cannot be indexed again: {error!r}") from error


def _settled(world: World, key: str) -> int:
    """The moment of the last thing that happened to a vector store's file, or will."""
    saved = world.store.timeline(world.project, key)
    return (
        max((event.due for event in msgspec.json.decode(saved[0], type=list[Event])), default=0)
        if saved
        else 0
    )


def _add(world: World, entry: Mapping[str, Any]) -> int:
    """Make the chunks of a file findable, or the share of them that it is limited to; their bytes."""
    file = world.full(FILE, entry["id"])
    if file is None:  # who deletes a file takes it out of every store
        raise LookupError(f"there is no file '{entry['id']}'")
    sizes = entry["chunking_strategy"]["static"]
    chunks = chunking.chunk(_text(world, file), sizes["max_chunk_size_tokens"], sizes["chunk_overlap_tokens"])
    findable = _part(list(chunks), entry["_share"]) if "_share" in entry else chunks
    return world.store.index.add(world.project, entry["vector_store_id"], entry["id"], findable)


def _part(chunks: Sequence[chunking.Chunk], share: float) -> Sequence[chunking.Chunk]:
    """The first of these chunks; of a share that is no whole number of them, the rest is lost."""
    return chunks[: int(len(chunks) * share + 1e-9)]


def _text(world: World, file: Mapping[str, Any]) -> str:
    """The text of a file, read anew unless the same content was read lately."""
    key = (file["_digest"], suffix(file["filename"]))
    text = _remembered.get(key)
    if text is None:
        with world.store.blobs.open(file["_digest"]) as content:
            text = extract(file["filename"], content)
        if len(text) > REMEMBERED_CHARACTERS:
            return text
        _remembered[key] = text
        if len(_remembered) > REMEMBERED_MAX:
            _remembered.popitem(last=False)
    _remembered.move_to_end(key)
    return text
