"""The control door: objects with given ids."""

from __future__ import annotations

from mockserver import objects
from mockserver.fixtures import make_all
from mockserver.operations import Call, operation


@operation("control.fixtures.create", "POST", "/_mock/fixtures", control=True)
def create(call: Call) -> bytes:
    """Create objects with given ids, in the order given: all of them, or none.

    `{"objects": [{"object": "assistant", "id": "asst_1", …}, {"object": "thread", …}, …]}`
    """
    with call.world.change():
        made = make_all(call.world, call.body)
    call.world.meddled()
    return objects.pretty({"object": "list", "data": [objects.wire(full) for full in made]})
