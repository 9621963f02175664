"""Hooks of the plugin, for a project's conftest files and for other plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from harness.handle.history import History
    from harness.plugin.hosting import AssistantsServer


@pytest.hookspec
def pytest_assistants_configure(config: pytest.Config, server: AssistantsServer) -> None:
    """The mock server of this process answers; called once, before the first test or scenario that uses it.

    `server.world(api_key)` makes further worlds on it. With xdist every worker calls it.
    """


@pytest.hookspec(firstresult=True)
def pytest_assistants_fault(spec: dict[str, Any]) -> dict[str, Any] | None:
    """A marker or a scenario is about to arm a fault, given as the control door takes it.

    What is returned is armed in its place: `{"fault": …, "at": …, "times": …}`. None leaves it as it is, and
    lets the next implementation say.
    """


@pytest.hookspec
def pytest_assistants_check(history: History) -> None:
    """A test that used the mock is over, passed or not; `history` is what it asked. Raising is an error.

    So is a scenario.
    """
