"""Gives back what the in-process door holds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.properties.exchange import close_loop


@pytest.fixture(scope="session", autouse=True)
def _loop() -> Iterator[None]:
    yield
    close_loop()
