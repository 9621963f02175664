"""Uploads: a large file in parts, which come in any order and are put together in the one asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mockserver import fileerrors, fileobjects, objects
from mockserver.blobs import Content
from mockserver.decisions import decides
from mockserver.fileobjects import PART, UPLOAD
from mockserver.files import SUMMONED, check_extension, create_file
from mockserver.lifecycle import Signal
from mockserver.timeline import Decide, Move, Timeline
from mockserver.world import World

Object = dict[str, Any]

PURPOSES = ("assistants", "batch", "fine-tune", "vision")
"""What an upload may be for (published)."""


def create_upload(world: World, request: Mapping[str, Any], object_id: str | None = None) -> Object:
    """A new upload that waits for its parts for an hour. Raises ApiError for what could never be a file."""
    if request["purpose"] not in PURPOSES:
        raise fileerrors.UPLOAD_PURPOSE(purpose=request["purpose"])
    limit = world.settings.limits.upload_bytes
    if request["bytes"] > limit:
        raise fileerrors.UPLOAD_TOO_LARGE(max=limit, bytes=request["bytes"])
    check_extension(request["filename"], request["purpose"])
    upload = fileobjects.upload(object_id or world.new_id("upload"), world.clock.now() // 1000, request)
    world.insert(upload)
    world.track(Timeline(upload["id"], [Decide(upload["expires_at"] * 1000)], {upload["id"]: upload}))
    return upload


def add_part(
    world: World, upload: Mapping[str, Any], content: Content, object_id: str | None = None
) -> Object:
    """Take a part in. Raises ApiError when the upload is over, or has as many as it may have."""
    _pending(world, upload)
    most = world.settings.limits.upload_parts
    if world.store.count(world.project, PART, upload["id"]) >= most:
        raise fileerrors.TOO_MANY_PARTS(id=upload["id"], max=most)
    part_id = object_id or world.new_id("part")
    part = fileobjects.part(part_id, world.clock.now() // 1000, upload["id"], content)
    world.insert(part, upload["id"])
    return part


def complete(world: World, upload: Object, part_ids: Sequence[str], md5: str | None) -> Object:
    """Put the parts together in this order; the upload with its file.

    Raises ApiError when the upload is over, a part is unknown, or size or checksum do not fit; it stays
    pending then.
    """
    timeline = _pending(world, upload)
    parts = [_part(world, upload, part_id) for part_id in part_ids]
    size = sum(part["_bytes"] for part in parts)
    if size != upload["bytes"]:
        raise fileerrors.UPLOAD_SIZE(got=size, expected=upload["bytes"])
    if not size:
        raise fileerrors.FILE_EMPTY()
    content = _joined(world, parts, md5)
    created = create_file(
        world,
        content,
        upload["filename"],
        upload["purpose"],
        expires_after=upload["_expires_after"],
        at=upload["created_at"],
    )
    _end(world, timeline, Signal.FINISH, {"file": objects.wire(created)})
    return timeline.root


def cancel(world: World, upload: Object) -> Object:
    """Give an upload up, and its parts with it. Raises ApiError when it is over."""
    timeline = _pending(world, upload)
    _end(world, timeline, Signal.CANCEL, {})
    return timeline.root


def _pending(world: World, upload: Mapping[str, Any]) -> Timeline:
    timeline = world.timelines.get(upload["id"])
    if timeline is None:
        raise fileerrors.UPLOAD_OVER(id=upload["id"], status=upload["status"])
    return timeline


def _part(world: World, upload: Mapping[str, Any], part_id: str) -> Object:
    part = world.full(PART, part_id, upload["id"]) or _summoned(world, upload, part_id)
    if part is None:
        raise fileerrors.PART_NOT_FOUND(id=part_id, upload=upload["id"])
    return part


def _summoned(world: World, upload: Mapping[str, Any], part_id: str) -> Object | None:
    """The part that auto-create makes of an unknown id."""
    if not world.settings.auto_create or world.store.exists(world.project, part_id):
        return None
    content = world.store.blobs.put([SUMMONED])
    world.store.contents.loosen(content.digest)
    return add_part(world, upload, content, part_id)


def _joined(world: World, parts: Sequence[Object], md5: str | None) -> Content:
    blobs = world.store.blobs
    checksum = hashlib.md5(usedforsecurity=False)

    def pieces() -> Iterator[bytes]:
        for part in parts:
            for piece in blobs.pieces(part["_digest"]):
                checksum.update(piece)
                yield piece

    content = blobs.put(pieces())
    world.store.contents.loosen(content.digest)
    if md5 is not None and md5.lower() != checksum.hexdigest():
        raise fileerrors.UPLOAD_MD5()
    return content


def _end(world: World, timeline: Timeline, signal: Signal, patch: Object, moment: int | None = None) -> None:
    """Whatever way an upload ends, its parts are not needed any more."""
    at = world.clock.now() if moment is None else moment
    world.announce(timeline, timeline.act(Move(at, timeline.subject, signal, patch)))
    world.save(timeline)
    world.store.delete_children(world.project, PART, timeline.subject)


@decides(UPLOAD)
def _expire(world: World, timeline: Timeline, due: int) -> None:
    _end(world, timeline, Signal.EXPIRE, {}, due)
