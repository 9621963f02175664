"""Filled stores, made once for all tests that break a copy of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.durability.filled import Filled, kept


@pytest.fixture(scope="package")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Filled]:
    """The store of a server that was stopped in good order."""
    return kept(tmp_path_factory.mktemp("stopped"))


@pytest.fixture(scope="package")
def killed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Filled]:
    """The store of a server that was killed, with its write-ahead log."""
    return kept(tmp_path_factory.mktemp("killed"), killed=True)
