"""Declaring, finding and printing operations."""

from __future__ import annotations

import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from mockserver import endpoints, operations
from mockserver.operations import Routes, discover, operation
from mockserver.server import Server

ONE_FILE = '''
from mockserver.operations import Call, operation

@operation("greetings.retrieve", "GET", "/greetings/{name}")
def retrieve(call: Call) -> bytes:
    """Hello."""
    return b'"Hello, %s."' % call.ids["name"].encode()
'''


@pytest.fixture
def one_more_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The endpoints folder with one more file in it."""
    (tmp_path / "greetings.py").write_text(ONE_FILE)
    monkeypatch.setattr(endpoints, "__path__", [*endpoints.__path__, str(tmp_path)])
    yield
    operations._REGISTRY.pop("greetings.retrieve", None)
    sys.modules.pop("mockserver.endpoints.greetings", None)


@pytest.mark.usefixtures("one_more_file")
def test_an_endpoint_is_one_source_file() -> None:
    """Nothing else is touched: discovery, routing, keys, headers and the journal follow from the file."""
    with Server() as server:
        request = urllib.request.Request(f"{server.base_url}/greetings/Ada", headers={"api-key": "k"})
        with urllib.request.urlopen(request) as reply:
            assert reply.read() == b'"Hello, Ada."'
            assert reply.headers["openai-version"] == "2020-10-01"
        world = server.projects.world("k")
        assert [entry["call"] for entry in world.journal.select()] == ["greetings.retrieve#1"]


def test_a_name_or_a_route_declared_twice_is_refused() -> None:
    """Both names are told."""
    discover()
    with pytest.raises(ValueError, match=r"declared twice, first as models\.list"):
        operation("models.again", "GET", "/models")(lambda call: b"")
    with pytest.raises(ValueError, match=r"declared twice, first as models\.list"):
        operation("models.list", "GET", "/elsewhere")(lambda call: b"")


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", "/threads/t/runs/r/steps/s", "runs.steps.retrieve"),
        ("POST", "/threads/runs", "threads.create_and_run"),
        ("POST", "/threads/runs2", "threads.update"),
        ("POST", "/threads//messages", "threads.create"),
        ("GET", "/threads", None),
        ("GET", "/assistants/", None),
        ("PUT", "/assistants", None),
        ("GET", "/", None),
        ("GET", "", None),
    ],
)
def test_routes(method: str, path: str, name: str | None) -> None:
    """Fixed words win over ids, an empty segment ends the path, a trailing slash leads nowhere."""
    found = Routes(discover()).find(method, path)
    assert (found[0].name if found else None) == name
