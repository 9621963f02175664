"""The control door: faults."""

from __future__ import annotations

from mockserver import errors, objects
from mockserver.faulted import operations
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
