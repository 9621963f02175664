"""What tests of faults take beside the fixtures of all tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mockserver.server import Server
from tests.faults.lines import Line


@pytest.fixture
def line(server: Server, key: str) -> Iterator[Line]:
    """A bare connection to this test's world."""
    opened = Line(server, key)
    yield opened
    opened.socket.close()
