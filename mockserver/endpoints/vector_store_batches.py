"""File batches of a vector store: create, retrieve, cancel, list their files."""

from __future__ import annotations

from mockserver import fileobjects, objects, vector_stores
from mockserver.fileobjects import BATCH, STORE_FILE, VECTOR_STORE
from mockserver.lookup import find, list_page, read
from mockserver.operations import Call, operation
from mockserver.requests import stores
from mockserver.resources import searchable

PATH = "/vector_stores/{vector_store_id}/file_batches"


@operation("vector_stores.file_batches.create", "POST", PATH, body=stores.CREATE_BATCH)
def create(call: Call) -> bytes:
    """Begin to index several files; attributes and chunks hold for all, unless each file brings its own."""
    world, store = call.world, _store(call)
    vector_stores.check_open(store)
    limits, asked = world.settings.limits, call.body
    shared = {name: asked.get(name) for name in ("chunking_strategy", "attributes")}
    named = "files" if asked.get("files") is not None else "file_ids"
    wanted = (
        asked["files"] if named == "files" else [{"file_id": each, **shared} for each in asked["file_ids"]]
    )
    vector_stores.check_count(len(wanted), limits.files_per_batch, named)
    for index, each in enumerate(wanted):
        path = f"files[{index}].attributes" if named == "files" else "attributes"
        stores.check_attributes(each.get("attributes"), limits.attributes, path)
    wanted = list({each["file_id"]: each for each in wanted}.values())
    files = searchable(world, [each["file_id"] for each in wanted])
    vector_stores.check_room(world, store, files)
    batch = fileobjects.batch(world.new_id("vsfb_ibj"), world.clock.now() // 1000, store["id"])
    world.insert(batch, store["id"])
    for file, each in zip(files, wanted, strict=True):
        vector_stores.attach(
            world,
            store["id"],
            file,
            chunking=each.get("chunking_strategy"),
            attributes=each.get("attributes"),
            batch=batch,
        )
    call.hint(_working(call, batch["id"]))
    return objects.pretty(objects.wire(batch))


def _polled(call: Call) -> list[str]:
    return _working(call, call.ids["batch_id"])


@operation("vector_stores.file_batches.retrieve", "GET", f"{PATH}/{{batch_id}}", polls=_polled)
def retrieve(call: Call) -> bytes:
    """One batch."""
    return read(call.world, BATCH, call.ids["batch_id"], _store(call)["id"])


@operation("vector_stores.file_batches.cancel", "POST", f"{PATH}/{{batch_id}}/cancel")
def cancel(call: Call) -> bytes:
    """Stop what is still on its way; a batch that has ended is answered unchanged (recorded 2024-2025)."""
    store = _store(call)
    vector_stores.check_open(store)
    batch = find(call.world, BATCH, call.ids["batch_id"], store["id"])
    return objects.pretty(objects.wire(vector_stores.cancel(call.world, batch)))


@operation("vector_stores.file_batches.files", "GET", f"{PATH}/{{batch_id}}/files", query=stores.LIST_FILES)
def list_files(call: Call) -> bytes:
    """The batch's files, newest first."""
    store = _store(call)
    batch = find(call.world, BATCH, call.ids["batch_id"], store["id"])
    return list_page(
        call.world, STORE_FILE, call.query, store["id"], made_by=batch["id"], status=call.query.filter
    )


def _store(call: Call) -> objects.Object:
    return find(call.world, VECTOR_STORE, call.ids["vector_store_id"])


def _working(call: Call, batch_id: str) -> list[str]:
    """The files of a batch that are still on their way."""
    world, store_id = call.world, call.ids["vector_store_id"]
    if not vector_stores.working(world, store_id):
        return []
    rows = world.store.made_by(world.project, STORE_FILE, store_id, batch_id)
    return [row.id for row in rows if row.id in world.timelines]
