"""A call that is made over and over although it fails: a storm on a service that is in trouble."""

from __future__ import annotations

from collections.abc import Iterator

from harness.durations import shown
from harness.explore.checks.contract import Finding, check
from harness.explore.scene import Scene
from harness.handle.history import Exchange

MOST = 6
"""So often a call may be made that fails: twice the SDK's three attempts."""


@check("many_attempts", verdict="stormed", about=f"no call that fails is made more than {MOST} times")
def find(scene: Scene) -> Iterator[Finding]:
    """Equal calls that failed, made again and again."""
    groups: dict[str, list[Exchange]] = {}
    for call in scene.calls:
        if not call.succeeded:
            groups.setdefault(f"{call.method} {call.path} {call.request!r}", []).append(call)
    for group in groups.values():
        if len(group) > MOST:
            took = shown(group[-1].at - group[0].at)
            text = f"{group[0].operation} was tried {len(group)} times within {took} seconds"
            yield Finding(text, tuple(group))
