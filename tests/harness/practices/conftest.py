"""A stage for clients: a world, a client that does not retry, and sleep that moves the world's time."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest

from harness.handle.assistants import Assistants
from harness.waiting.sleeping import bridging, install, uninstall
from mockserver.server import Server
from tests.harness.practices.clients.contract import Stage


@pytest.fixture(autouse=True, scope="package")
def standing_in() -> Iterator[None]:
    """As the plugin does for a whole session."""
    install()
    yield
    uninstall()


@pytest.fixture
def handle(server: Server, key: str) -> Iterator[Assistants]:
    """A handle of a new world with a seed."""
    with Assistants(server.base_url, key, settings={"seed": 7}) as assistants:
        yield assistants


@pytest.fixture
def stage(handle: Assistants) -> Iterator[Stage]:
    """A stage; who waits in vain for more than five minutes is ended."""
    with warnings.catch_warnings(), bridging(handle, patience_seconds=300):
        warnings.simplefilter("ignore", DeprecationWarning)
        yield Stage(handle, handle.client(max_retries=0))
