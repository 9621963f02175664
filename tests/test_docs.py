"""The documentation says what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mockserver.lifecycle import MACHINES, Machine, diagram
from mockserver.operations import discover

ROOT = Path(__file__).parent.parent
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("machine", MACHINES.values(), ids=lambda machine: machine.object)
def test_the_diagrams_are_those_of_the_tables(machine: Machine) -> None:
    """`make diagrams` writes them anew."""
    assert f"```mermaid\n{diagram(machine)}\n```" in ARCHITECTURE


def test_every_control_route_is_in_the_readme() -> None:
    """The table of the control door is whole."""
    for operation in discover():
        if operation.control:
            method, path = operation.method, re.sub("{subject}|{fault_id}", "{id}", operation.path)
            assert re.search(rf"`[^|]*{method}[^|]*{re.escape(path)}[` ]", README), f"{method} {path}"


def test_every_module_the_map_names_exists() -> None:
    """The map leads somewhere."""
    table = ARCHITECTURE.split("## The map")[1].split("\n\n")[1]
    for row in table.splitlines()[2:]:
        for name in re.findall(r"`([a-z_]+/?)`", row.split("|")[1]):
            place = ROOT / "mockserver" / name.rstrip("/")
            assert place.is_dir() or place.with_suffix(".py").is_file(), name
