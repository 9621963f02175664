"""The objects of one project as they are at this moment, what only memory knows yet included."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

from mockserver import objects
from mockserver.store import Page, Row, Store

Object = dict[str, Any]

_STORED = "stored_bytes"


class Residents:
    """Objects by the keys of `objects.key`, in their full forms.

    `unsaved` are those whose last fragments the store does not have yet. `counters` are kept with the world;
    one of them is how many bytes its files have.
    """

    def __init__(self, project: str, store: Store) -> None:
        self.project = project
        self.store = store
        self.unsaved: dict[str, Object] = {}
        self.counters: dict[str, int] = {}

    def body(self, kind: str, object_id: str, parent: str = "") -> bytes | None:
        """The wire JSON of an object of that parent as it is now, or None."""
        body = self.store.body(self.project, object_id, kind, parent)
        if body is not None and object_id in self.unsaved:
            return objects.pretty(objects.wire(self.unsaved[object_id]))
        return body

    def full(self, kind: str, object_id: str, parent: str = "") -> Object | None:
        """The full form of an object of that parent as it is now, or None."""
        row = self.store.row(self.project, object_id, kind)
        if row is None or row.parent != parent:
            return None
        return self.unsaved.get(object_id) or objects.decode(row.hidden or row.body)

    def insert(self, full: Object, parent: str = "", made_by: str | None = None) -> None:
        """Add an object in its full form; content that comes with it in base64 as `_data` is put away."""
        if "_data" in full:
            content = self.store.blobs.put([base64.b64decode(full.pop("_data"))])
            self.store.contents.loosen(content.digest)
            full["_digest"] = content.digest
        self._weigh(full, 1)
        body, hidden, status = _stored(full)
        row = Row(
            objects.key(full), full["object"], parent, body, hidden, made_by, status, full.get("_digest")
        )
        self.store.insert(self.project, row)

    @property
    def stored_bytes(self) -> int:
        """How many bytes all files of the project have."""
        return self.counters.get(_STORED, 0)

    def _weigh(self, full: Object, sign: int) -> None:
        if full["object"] == "file":
            self.counters[_STORED] = self.stored_bytes + sign * full["bytes"]

    def _write(self, full: Object) -> None:
        key = objects.key(full)
        self.unsaved.pop(key, None)
        self.store.update(self.project, key, *_stored(full))

    def page(self, kind: str, parent: str = "", **selection: Any) -> Page:
        """One page of a list, with the objects as they are now; see `Store.page`."""
        page = self.store.page(self.project, kind, parent, **selection)
        if not self.unsaved:
            return page
        rows = [
            replace(row, body=objects.pretty(objects.wire(self.unsaved[row.id])))
            if row.id in self.unsaved
            else row
            for row in page.rows
        ]
        return Page(rows, page.has_more)


def _stored(full: Object) -> tuple[bytes, bytes | None, str | None]:
    """Body, hidden form and status of an object; hidden is None when the wire shows all there is."""
    wire = objects.wire(full)
    return objects.pretty(wire), None if wire == full else objects.compact(full), full.get("status")
