"""Who decides what a `Decide` event leads to, for each kind of subject."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mockserver.timeline import Timeline

if TYPE_CHECKING:
    from mockserver.world import World

Decision = Callable[["World", Timeline, int], None]
"""What a `Decide` event leads to: given the world, the subject's timeline and the moment of the event."""

DECISIONS: dict[str, Decision] = {}
"""Who decides for each kind of subject; the modules that know them put themselves in."""


def decides(kind: str) -> Callable[[Decision], Decision]:
    """Mark the function that decides for subjects of this kind. Raises ValueError for a second one."""

    def register(decision: Decision) -> Decision:
        if kind in DECISIONS:
            raise ValueError(f"two functions decide for {kind}")
        DECISIONS[kind] = decision
        return decision

    return register
