"""Filling a world quickly: a snapshot of a small world, its objects copied, put back as a large one."""

from __future__ import annotations

from typing import Any


def copy(resident: Any, object_id: str, **changes: str) -> Any:
    """An object of a snapshot under another id, and with these fields of its own changed."""
    changes = {"id": object_id, **changes}
    made = {**resident, "id": object_id, "parent": changes.get("thread_id", resident["parent"])}
    for form in ("body", "hidden"):
        made[form] = made[form] and {**made[form], **changes}
    return made
