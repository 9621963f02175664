"""Adding a delta to the object it belongs to, as the SDKs' stream helpers do it.

Strings are appended, lists of objects are merged by `index`, what was null is replaced, `type` is replaced.
The `index` keys of deltas stay out of the object.
"""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]


def fold(body: Object, delta: Object) -> None:
    """Add the `delta` of a stream event to the full form of its object."""
    for key, value in delta.items():
        body[key] = _added(body.get(key), value, key)


def _added(old: Any, new: Any, key: str) -> Any:
    if isinstance(new, list):
        return _merged(old or [], new)
    if isinstance(new, dict):
        merged = dict(old or {})
        fold(merged, new)
        merged.pop("index", None)
        return merged
    if isinstance(old, str) and isinstance(new, str) and key != "type":
        return old + new
    return new


def _merged(old: list[Any], new: list[Any]) -> list[Any]:
    items = list(old)
    for entry in new:
        index = entry["index"]
        if index == len(items):
            items.append(_added(None, entry, ""))
        else:
            items[index] = _added(items[index], entry, "")
    return items
