"""The control door: faults."""

from __future__ import annotations

from mockserver import errors, objects
from mockserver.faulted import operations
from mockserver.faults.contract import discover
from mockserver.faults.orders import read_orders
from mockserver.faults.parameters import FaultError
from mockserver.operations import Call, operation
from mockserver.world import World


@operation("control.faults.create", "POST", "/_mock/faults", control=True)
def create(call: Call) -> bytes:
    """Arm one fault or a list, behind those that are armed. All are taken, or none."""
    try:
        orders = read_orders(call.body, operations())
    except FaultError as error:
        raise errors.CONTROL_INVALID(message=str(error), param=error.path or None) from error
    world = call.world
    with world.change():
        for order in orders:
            world.arm(order.arm)
    world.meddled()
    return _listing(world)


@operation("control.faults.list", "GET", "/_mock/faults", control=True)
def list_faults(call: Call) -> bytes:
    """What is armed, what fired, and on which calls."""
    return _listing(call.world)


@operation("control.faults.catalogue", "GET", "/_mock/faults/catalogue", control=True)
def catalogue(call: Call) -> bytes:
    """Every fault there is, where it applies, and the forms in which it is worth a try."""
    data = [
        {
            "name": known.name,
            "group": known.group,
            "error": known.error,
            "summary": known.summary,
            "operations": list(known.operations),
            "except_for": list(known.except_for),
            "mutating": known.mutating,
            "performed": known.performed,
            "definite": known.definite,
            "wire": known.wire,
            "client": known.client,
            "explored": list(known.explored),
            "alike": known.alike or None,
        }
        for known in discover()
    ]
    named = {name: {"mutates": mutates} for name, mutates in operations().items()}
    return objects.pretty({"object": "list", "data": data, "operations": named})


@operation("control.faults.clear", "DELETE", "/_mock/faults", control=True)
def clear(call: Call) -> bytes:
    """Disarm all faults."""
    with call.world.change():
        call.world.faults.clear()
    call.world.meddled()
    return _listing(call.world)


@operation("control.faults.delete", "DELETE", "/_mock/faults/{fault_id}", control=True)
def delete(call: Call) -> bytes:
    """Disarm one fault."""
    fault_id = call.ids["fault_id"]
    with call.world.change():
        if not call.world.faults.remove(fault_id):
            raise errors.CONTROL_NOT_FOUND(message=f"no fault '{fault_id}' is armed", param="fault_id")
    call.world.meddled()
    return _listing(call.world)


def _listing(world: World) -> bytes:
    return objects.pretty({"object": "list", "data": world.faults.listing(world.clock.now())})
