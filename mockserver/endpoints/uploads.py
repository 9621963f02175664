"""Uploads: create, add a part, complete, cancel."""

from __future__ import annotations

from mockserver import fileerrors, objects, uploads
from mockserver.fileobjects import UPLOAD
from mockserver.lookup import find
from mockserver.multipart import Received
from mockserver.operations import Call, operation
from mockserver.requests import stores
from mockserver.requests.forms import Form

PART = Form("data", limit="part_bytes")


@operation("uploads.create", "POST", "/uploads", body=stores.CREATE_UPLOAD)
def create(call: Call) -> bytes:
    """A new upload, pending for an hour."""
    return objects.pretty(objects.wire(uploads.create_upload(call.world, call.body)))


@operation("uploads.parts.create", "POST", "/uploads/{upload_id}/parts", form=PART)
def add_part(call: Call) -> bytes:
    """Add a part; in which order parts come does not matter."""
    upload = find(call.world, UPLOAD, call.ids["upload_id"])
    received: Received = call.body["data"]
    if received.content is None:
        raise fileerrors.PART_TOO_LARGE(max=call.world.settings.limits.part_bytes)
    return objects.pretty(objects.wire(uploads.add_part(call.world, upload, received.content)))


@operation("uploads.complete", "POST", "/uploads/{upload_id}/complete", body=stores.COMPLETE_UPLOAD)
def complete(call: Call) -> bytes:
    """Put the parts together, in the order of `part_ids`; the reply shows the file."""
    upload = find(call.world, UPLOAD, call.ids["upload_id"])
    done = uploads.complete(call.world, upload, call.body["part_ids"], call.body.get("md5"))
    return objects.pretty(objects.wire(done))


@operation("uploads.cancel", "POST", "/uploads/{upload_id}/cancel")
def cancel(call: Call) -> bytes:
    """Give an upload up."""
    upload = find(call.world, UPLOAD, call.ids["upload_id"])
    return objects.pretty(objects.wire(uploads.cancel(call.world, upload)))
