"""Places to explore in: a project in this process, and a desk for programs."""

from __future__ import annotations

import gc
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.explore.desk import Desk
from tests.harness.explore.laboratory import Laboratory
from tests.harness.forkserver import warm_commands
from tests.harness.plugin.conftest import Inner, inner, mock

__all__ = ["desk", "inner", "laboratory", "mock"]


@pytest.fixture(autouse=True)
def warm(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is started from here has pytest and the SDK imported already, and what that starts, too."""
    monkeypatch.setattr(sys, "executable", str(warm_commands() / "python"))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """An empty desk, where `python` is one that has the SDK imported already."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{warm_commands()}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    return Desk(tmp_path)


@pytest.fixture
def laboratory(inner: Inner, tmp_path: Path) -> Iterator[Laboratory]:
    """An empty project to explore."""
    yield Laboratory(inner, tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()  # streams that were broken off are closed by nobody else
