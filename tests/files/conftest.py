"""What several tests of files begin with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import openai
import pytest

from tests.files.library import ready, upload
from tests.files.questions import REFUNDS, SHIPPING
from tests.properties.exchange import close_loop
from tests.properties.forms import FormDoor


@pytest.fixture(scope="module", autouse=True)
def _loop() -> Iterator[None]:
    yield
    close_loop()


@pytest.fixture
def door(tmp_path: Path) -> Iterator[FormDoor]:
    """A server in process on a store file, where indexing takes ten seconds."""
    with FormDoor(tmp_path / "store", latency={"indexing": "10s"}) as opened:
        yield opened


@pytest.fixture
def policies(client: openai.OpenAI) -> dict[str, str]:
    """Two files in one store: their ids by name, and the store's."""
    files = {
        name: upload(client, name, text).id
        for name, text in (("refunds.md", REFUNDS), ("shipping.md", SHIPPING))
    }
    return files | {"store": ready(client, *files.values()).id}
