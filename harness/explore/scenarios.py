"""A variant as a scenario file: what was asked under the fault, to be played and kept without the program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.control import Control
from harness.explore.scene import Scene
from harness.explore.variants import Variant
from harness.scenarios.writing import scenario_of

_GIVEN = {
    "assistant": ("model", "name", "description", "instructions", "tools", "metadata"),
    "thread": ("metadata",),
}
"""What is said of objects that were there before the first call."""


def written(variant: Variant, scene: Scene, control: Control, settings: Mapping[str, Any]) -> str:
    """The text of a scenario file that asks what was asked in a scene, whose world is still there.

    `settings` are those the world was made with.
    """
    world = control.snapshot()
    return scenario_of(
        str(variant),
        scene.entries,
        settings=settings,
        replies=[row["rule"] for row in control.replies() if row["used"]],
        faults=[each.order() for each in variant.breaks],
        fixtures=list(_there_before(world, scene)),
        contents=world["contents"],
    )


def _there_before(world: Mapping[str, Any], scene: Scene) -> Iterator[dict[str, Any]]:
    """The assistants and threads that no call has made, as fixtures describe them."""
    told = " ".join(str(call.response) for call in scene.calls if call.method == "POST")
    for row in world["objects"]:
        kind, body = row["kind"], row["body"]
        if kind in _GIVEN and f"'{row['id']}'" not in told.replace('"', "'"):
            given = {name: body[name] for name in _GIVEN[kind] if body.get(name)}
            yield {"object": kind, "id": row["id"], **given}
