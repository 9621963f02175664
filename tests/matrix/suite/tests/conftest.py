"""The application is imported here, as in most suites: before any test module, long before any fixture."""

import app
import pytest


@pytest.fixture(scope="session")
def colleague():
    """Another assistant, made once for all tests: it outlasts the world of each."""
    return app.client.beta.assistants.create(model="gpt-4o", name="Made by a wide fixture")


@pytest.fixture
def names():
    """Tells which assistants there are."""
    return lambda: sorted(found.name for found in app.client.beta.assistants.list())
