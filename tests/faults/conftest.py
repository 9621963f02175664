"""What tests of faults take beside the fixtures of all tests."""

from __future__ import annotations

from collections.abc import Iterator

import openai
import pytest

from harness.control import Control
from mockserver.server import Server
from tests.conftest import Raw
from tests.faults.lines import Line
from tests.faults.shows import Stage


@pytest.fixture
def line(server: Server, key: str) -> Iterator[Line]:
    """A bare connection to this test's world."""
    opened = Line(server, key)
    yield opened
    opened.socket.close()


@pytest.fixture
def stage(client: openai.OpenAI, control: Control, raw: Raw) -> Stage:
    """This test's world, as the shows of faults take it."""
    return Stage(client, control, raw)
