"""Adding a delta to the object it belongs to, as the SDKs' stream helpers do it.

Strings are appended, lists of objects are merged by `index`, what was null is replaced, `type` is replaced.
The `index` keys of deltas stay out of the object.
"""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]


def fold(body: Object, delta: Object) -> None:
    """Add the `delta` of a stream event to the full form of its object, in place."""
    for key, new in delta.items():
        old = body.get(key)
        if isinstance(new, str):
            body[key] = old + new if isinstance(old, str) and key != "type" else new
        elif isinstance(new, dict):
            body[key] = _entry(old, new)
        elif isinstance(new, list):
            body[key] = _entries(old, new)
        elif key != "index":
            body[key] = new


def _entry(old: Object | None, new: Object) -> Object:
    entry: Object = {} if old is None else old
    fold(entry, new)
    return entry


def _entries(old: list[Object] | None, new: list[Object]) -> list[Object]:
    entries: list[Object] = [] if old is None else old
    for entry in new:
        index = entry["index"]
        if index == len(entries):
            entries.append(_entry(None, entry))
        else:
            _entry(entries[index], entry)
    return entries
