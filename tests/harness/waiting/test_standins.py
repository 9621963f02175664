"""Where the stand-ins are put, and that nothing is left of them."""

from __future__ import annotations

import asyncio
import inspect
import sys
import time
from collections.abc import Iterator
from types import ModuleType

import pytest

from harness.waiting.sleeping import bridging, install, uninstall
from harness.waiting.standins import StandIn, installed
from tests.harness.waiting.conftest import Tally

FUNCTIONS = ("sleep", "time", "time_ns", "monotonic", "monotonic_ns")


@pytest.fixture
def nothing_installed() -> Iterator[None]:
    """As in a process in which nobody has installed them yet; afterwards it is as it was."""
    times = 0
    while installed():
        uninstall()
        times += 1
    yield
    while installed():
        uninstall()
    for _ in range(times):
        install()


@pytest.fixture
def program(nothing_installed: None, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module that was imported before."""
    module = ModuleType("program_of_before")
    source = "from time import sleep as nap, monotonic\nfrom asyncio import sleep\nimport time"
    exec(source, vars(module))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


def test_they_stand_in_time_and_asyncio_and_where_the_sleeps_were_taken_already(program: ModuleType) -> None:
    real = {name: getattr(time, name) for name in FUNCTIONS}
    real_asyncio, real_in_tasks = asyncio.sleep, asyncio.tasks.sleep
    install()
    assert all(isinstance(getattr(time, name), StandIn) for name in FUNCTIONS)
    assert asyncio.sleep is asyncio.tasks.sleep is program.sleep is not real_asyncio
    assert program.nap is time.sleep
    assert program.monotonic is real["monotonic"], "clocks only where they are asked for by their module"
    uninstall()
    assert {name: getattr(time, name) for name in FUNCTIONS} == real
    assert (asyncio.sleep, asyncio.tasks.sleep) == (real_asyncio, real_in_tasks)
    assert (program.nap, program.sleep) == (real["sleep"], real_asyncio)


def test_the_backend_of_anyio_sleeps_by_it(program: ModuleType) -> None:
    """Whoever imports anyio, before or after."""
    backend = pytest.importorskip("anyio._backends._asyncio")
    install()
    assert backend.sleep is asyncio.sleep


def test_a_module_that_was_imported_in_between_keeps_a_stand_in_that_does_no_harm(
    nothing_installed: None, tally: Tally
) -> None:
    install()
    kept, kept_asyncio = time.sleep, asyncio.sleep
    uninstall()
    kept(0.0001)
    assert asyncio.run(kept_asyncio(0.0001, "done")) == "done"
    install()
    assert time.sleep is kept, "and works again when they are installed again"
    with bridging(tally):
        kept(3)
        asyncio.run(kept_asyncio(4))
    assert tally.steps == [3, 4]


def test_installed_twice_they_stay_until_the_last_has_gone(nothing_installed: None) -> None:
    real = time.sleep
    install()
    install()
    uninstall()
    assert isinstance(time.sleep, StandIn)
    uninstall()
    assert time.sleep is real
    uninstall()
    assert not installed()
    install()
    assert isinstance(time.sleep, StandIn)


def test_a_bridge_brings_them_along(nothing_installed: None, tally: Tally) -> None:
    with bridging(tally):
        time.sleep(3)
    assert tally.steps == [3]
    assert installed()


def test_what_somebody_else_put_there_meanwhile_stays(
    nothing_installed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    install()

    def theirs(seconds: float) -> None:
        pass

    monkeypatch.setattr(time, "sleep", theirs)
    uninstall()
    assert time.sleep is theirs
    assert not isinstance(time.time, StandIn)


def test_what_somebody_else_had_put_there_before_is_called(
    nothing_installed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    naps: list[float] = []
    monkeypatch.setattr(time, "sleep", naps.append)
    install()
    time.sleep(5)
    uninstall()
    time.sleep(6)
    assert naps == [5, 6]


def test_one_that_somebody_put_back_does_not_stand_for_itself(nothing_installed: None, tally: Tally) -> None:
    """A fixture that had replaced it while it stood there ends when it no longer does."""
    install()
    kept = {name: getattr(time, name) for name in FUNCTIONS}
    kept_asyncio = asyncio.sleep
    uninstall()
    with pytest.MonkeyPatch.context() as patch:
        for name, stand_in in kept.items():
            patch.setattr(time, name, stand_in)
        patch.setattr(asyncio, "sleep", kept_asyncio)
        install()
        time.sleep(0.0001)
        asyncio.run(asyncio.sleep(0.0001))
        assert time.time() > time.monotonic() > 0
        with bridging(tally):
            time.sleep(3)
        uninstall()
    assert tally.steps == [3]


def test_they_look_like_what_they_stand_for() -> None:
    assert inspect.iscoroutinefunction(asyncio.sleep)
    assert asyncio.iscoroutinefunction(asyncio.sleep)
    assert (time.sleep.__name__, time.sleep.__module__) == ("sleep", "time")
    assert time.sleep.__doc__ == time.sleep.real.__doc__  # type: ignore[attr-defined]
    assert str(inspect.signature(asyncio.sleep)) == "(delay, result=None)"
