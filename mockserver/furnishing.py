"""What is said with its files: names become ids, marks and paths become annotations, pictures are shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mockserver import quoting
from mockserver.script import Wire
from mockserver.shelf import Shelf

Object = dict[str, Any]


def furnished(
    content: Sequence[Wire], shelf: Shelf, pictures: Sequence[str], results: Sequence[Object]
) -> list[Object]:
    """The content parts of a message as they go out.

    `pictures` are the ids of images that code has shown since the last message: a plain text gets them in
    front, as the real service put the picture of a chart before the words about it. `results` are those of
    the run's last file search, which marks such as `【4:0†policy.md】` point to.
    """
    parts = [_named(part, shelf, results) for part in content]
    if len(parts) == 1 and parts[0]["type"] == "text":
        shown = [{"file_id": file_id, "detail": "auto"} for file_id in pictures]
        return [*({"type": "image_file", "image_file": picture} for picture in shown), *parts]
    return parts


def _named(part: Wire, shelf: Shelf, results: Sequence[Object]) -> Object:
    if part["type"] == "image_file":
        picture = part["image_file"]
        return {**part, "image_file": {**picture, "file_id": _known(picture["file_id"], shelf)}}
    if part["type"] != "text":
        return dict(part)
    value, given = part["text"]["value"], part["text"]["annotations"]
    annotations = []
    for each in given:
        cited = each[each["type"]]
        annotations.append({**each, each["type"]: {**cited, "file_id": _known(cited["file_id"], shelf)}})
    if not annotations:
        annotations = quoting.marks(value, results) + shelf.paths(value)
    return {"type": "text", "text": {"value": value, "annotations": annotations}}


def _known(named: str, shelf: Shelf) -> str:
    """The id of a file that is given by id or name; a name nobody knows stays as it is."""
    return shelf.find(named) or named
