"""Which operations a world's faults are armed for, asked on every call."""

from __future__ import annotations

from mockserver.faults.arming import Armed, ArmedFaults, Place
from mockserver.faults.contract import find_fault


def armed(number: int, operation: str) -> Armed:
    """A fault for these operations."""
    return Armed(f"fault_{number}", find_fault("500").make({}), Place(operation=operation))


def test_only_operations_that_one_is_armed_for_are_looked_at() -> None:
    """And what was found once is forgotten when something is armed or disarmed."""
    faults = ArmedFaults([armed(1, "runs.create")])
    assert [faults.concern(name) for name in ("runs.create", "runs.retrieve", "files.list")] == [
        True,
        False,
        False,
    ]
    faults.add(armed(2, "runs.*"))
    assert faults.concern("runs.retrieve")
    assert not faults.concern("files.list")
    faults.remove("fault_2")
    assert not faults.concern("runs.retrieve")
    assert faults.concern("runs.create")
    faults.clear()
    assert not faults.concern("runs.create")
    faults.add(armed(3, "*"))
    assert faults.concern("files.list")
