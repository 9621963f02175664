"""Every fault there is, walked through: shown to a client, acting once, described."""

from __future__ import annotations

import importlib
import pkgutil

import openai
import pytest

from harness.control import Control
from mockserver.faults.contract import discover, find_fault
from tests.conftest import Raw
from tests.faults import shown
from tests.faults.shows import SHOWS, Show, Stage

for module in pkgutil.iter_modules(shown.__path__):
    importlib.import_module(f"{shown.__name__}.{module.name}")

NAMES = [declaration.name for declaration in discover()]
CASES = [(name, show) for name, shows in sorted(SHOWS.items()) for show in shows]


def test_every_fault_is_shown() -> None:
    assert set(SHOWS) == set(NAMES)


@pytest.mark.parametrize(("name", "show"), CASES, ids=[f"{name}-{show.__name__}" for name, show in CASES])
def test_what_a_client_sees(name: str, show: Show, client: openai.OpenAI, control: Control, raw: Raw) -> None:
    """The show sees what it says, and the fault, armed once, acts on one call and lets the next through."""
    stage = Stage(client, control, raw)
    show(stage)
    (armed,) = control.faults()
    assert stage.armed == [armed["id"]]
    assert armed["name"] == name
    assert (armed["fired"], armed["active"]) == (1, False)
    assert armed["seen"] > 1, "the show never makes the call again"
    touched = [entry for entry in control.journal() if entry.get("faults")]
    assert [entry["call"] for entry in touched] == armed["calls"]
    performed = find_fault(name).performed
    if performed != "as asked":
        assert [entry["performed"] for entry in touched] == [performed == "yes"]
