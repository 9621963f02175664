"""Files of a vector store: attach, list, retrieve, attributes, content, detach."""

from __future__ import annotations

from mockserver import complaints, fileobjects, objects, vector_stores
from mockserver.fileobjects import STORE_FILE, VECTOR_STORE
from mockserver.lookup import find, list_page, read
from mockserver.operations import Call, operation
from mockserver.requests import stores
from mockserver.resources import searchable

PATH = "/vector_stores/{vector_store_id}/files"


@operation("vector_stores.files.list", "GET", PATH, query=stores.LIST_FILES)
def list_files(call: Call) -> bytes:
    """The store's files, newest first."""
    store_id = _store(call)["id"]
    return list_page(call.world, STORE_FILE, call.query, store_id, status=call.query.filter)


@operation("vector_stores.files.create", "POST", PATH, body=stores.ATTACH)
def create(call: Call) -> bytes:
    """Begin to index a file; the reply shows it in progress."""
    world, store = call.world, _store(call)
    vector_stores.check_open(store)
    attributes = call.body.get("attributes")
    stores.check_attributes(attributes, world.settings.limits.attributes)
    (file,) = searchable(world, [call.body["file_id"]])
    vector_stores.check_room(world, store, [file])
    _, entry = vector_stores.attach(
        world, store["id"], file, chunking=call.body.get("chunking_strategy"), attributes=attributes
    )
    call.hint([objects.key(entry)])
    return objects.pretty(objects.wire(entry))


def _polled(call: Call) -> tuple[str, ...]:
    return (_key(call),)


@operation("vector_stores.files.retrieve", "GET", f"{PATH}/{{file_id}}", polls=_polled)
def retrieve(call: Call) -> bytes:
    """One file of the store."""
    return read(call.world, STORE_FILE, _key(call), _store(call)["id"])


@operation("vector_stores.files.update", "POST", f"{PATH}/{{file_id}}", body=stores.MODIFY_FILE)
def update(call: Call) -> bytes:
    """Replace the attributes, which must be sent; null takes them all away (inferred)."""
    entry = _entry(call)
    if "attributes" not in call.body:
        raise complaints.MISSING_PARAMETER(path="attributes")
    attributes = call.body["attributes"]
    stores.check_attributes(attributes, call.world.settings.limits.attributes)
    entry["attributes"] = attributes or {}
    call.world.update(entry)
    return objects.pretty(objects.wire(entry))


@operation("vector_stores.files.content", "GET", f"{PATH}/{{file_id}}/content")
def content(call: Call) -> bytes:
    """The text of a file as it was indexed, chunk by chunk; nothing until it is."""
    entry = _entry(call)
    texts = call.world.store.index.texts(call.world.project, entry["vector_store_id"], entry["id"])
    return objects.pretty(fileobjects.content_page(texts))


@operation("vector_stores.files.delete", "DELETE", f"{PATH}/{{file_id}}")
def delete(call: Call) -> bytes:
    """Take a file out of the store; the file itself stays."""
    entry = _entry(call)
    vector_stores.detach(call.world, entry)
    return objects.pretty(objects.deleted(entry["id"], STORE_FILE))


def _store(call: Call) -> objects.Object:
    return find(call.world, VECTOR_STORE, call.ids["vector_store_id"])


def _key(call: Call) -> str:
    return f"{call.ids['vector_store_id']}/{call.ids['file_id']}"


def _entry(call: Call) -> objects.Object:
    store = _store(call)
    vector_stores.check_open(store)
    return find(call.world, STORE_FILE, _key(call), store["id"])
