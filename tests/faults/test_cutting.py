"""What becomes of a connection, of others' requests on it, and of the server when faults act."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import openai
import pytest

from harness.control import Control
from mockserver.faults.catalogue.transport import Refuse
from mockserver.faults.contract import Fault, Occasion
from mockserver.frames import Body, Frames, Head
from mockserver.server import Server
from mockserver.settings import Settings
from tests.faults.lines import Line
from tests.faults.shows import Stage
from tests.stage import until

BREAKING = ["refuse", "reset_before", "lost_ack", "stall", "cut_body", "drip(11m)"]
"""After these the connection is gone."""


class Complaints(logging.Handler):
    """What the server has to say about its work, which ought to be nothing."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self.said.append(record.getMessage())


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """The server's warnings and errors."""
    handler = Complaints()
    loggers = [logging.getLogger(name) for name in ("uvicorn.error", "asyncio")]
    for logger in loggers:
        logger.addHandler(handler)
    yield handler.said
    for logger in loggers:
        logger.removeHandler(handler)


@pytest.mark.parametrize("fault", BREAKING)
def test_the_server_takes_a_cut_for_nothing_special(
    stage: Stage, line: Line, complaints: list[str], fault: str
) -> None:
    stage.arm(fault, "threads.create")
    line.send("POST", "/v1/threads", {})
    if fault == "reset_before":
        with pytest.raises(ConnectionResetError):
            line.rest()
    else:
        line.rest()
    stage.thread()
    assert complaints == []


@pytest.mark.parametrize("fault", BREAKING)
def test_what_waits_behind_a_cut_is_never_done(
    stage: Stage, line: Line, complaints: list[str], fault: str
) -> None:
    """Two requests at once on one connection, of which the first one breaks it."""
    stage.arm(fault, "*")
    second = line.request("POST", "/v1/assistants", {"model": "gpt-4o"})
    line.socket.sendall(line.request("POST", "/v1/threads", {}) + second)
    try:
        line.rest()
    except ConnectionResetError:
        assert fault == "reset_before"
    assert [(entry["call"], entry["outcome"]) for entry in stage.control.journal()] == [
        ("threads.create#1", "cut")
    ]
    assert complaints == []


def test_what_waits_behind_an_answer_is_done(stage: Stage, line: Line) -> None:
    stage.arm("502", "*")
    stage.arm("refuse", "assistants.list")
    thread = line.request("POST", "/v1/threads", {})
    lists = line.request("GET", "/v1/assistants") + line.request("GET", "/v1/models")
    line.socket.sendall(thread + thread + lists)
    answers = line.rest()
    assert answers.count(b"HTTP/1.1 ") == 2
    assert [entry["call"] for entry in stage.control.journal()] == [
        *("threads.create#1", "threads.create#2", "assistants.list#1"),
    ]


def test_a_connection_is_kept_where_nothing_breaks_it(stage: Stage) -> None:
    stage.raw("GET", "/v1/models")
    mine = stage.raw.connection.sock.getsockname()
    for fault in ("502", "500", "slow", "drip", "html_200", "empty_200", "double_delivery", "429"):
        stage.arm(fault, "threads.create")
        stage.raw("POST", "/v1/threads", {})
    assert [armed["fired"] for armed in stage.control.faults()] == [1] * 8
    assert stage.raw.connection.sock.getsockname() == mine


def test_a_head_that_nothing_serves_is_no_call(stage: Stage) -> None:
    """There are no HEAD requests in this API, so no fault meets one."""
    stage.arm("cut_body", "*")
    assert stage.raw("HEAD", "/v1/files/file-x/content").status == 404
    assert stage.control.faults()[0]["seen"] == 0


def _broken_before(self: Fault, occasion: Occasion, upstream: Frames) -> Frames:
    yield from occasion.pause(1_000)
    raise LookupError("a mistake in a fault")


def _broken_within(self: Fault, occasion: Occasion, upstream: Frames) -> Frames:
    yield Head(length=100)
    yield Body(b"{")
    raise LookupError("a mistake in a fault")


@pytest.mark.filterwarnings("ignore")
def test_a_mistake_in_a_fault_surfaces(
    stage: Stage, line: Line, complaints: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is answered as a mistake of ours, before the answer has begun; after that, it breaks off."""
    thread = stage.thread("One")
    monkeypatch.setattr(Refuse, "frames", _broken_before)
    stage.arm("refuse", "messages.create")
    failed = stage.fails(openai.InternalServerError, lambda: stage.say(thread, "Two"))
    assert failed.response.headers["connection"] == "close"
    monkeypatch.setattr(Refuse, "frames", _broken_within)
    stage.arm("refuse", "threads.create")
    line.send("POST", "/v1/threads", {})
    assert line.rest().endswith(b"\r\n\r\n{")
    assert complaints == ["Exception in ASGI application\n"] * 2
    assert stage.texts(thread) == ["One"]


def test_a_server_stops_without_a_word_while_somebody_waits(complaints: list[str]) -> None:
    with Server(Settings(clock="real")) as server:
        with Control(server.base_url, "sk-waiting") as control:
            control.arm("stall", "threads.create")
            line = Line(server, "sk-waiting")
            line.send("POST", "/v1/threads", {})
            until(lambda: bool(control.journal(operation="threads.create")))
    assert line.rest() == b""
    line.socket.close()
    assert complaints == []


def test_a_reset_is_one_every_time(stage: Stage, server: Server, key: str) -> None:
    stage.control.arm("reset_before", "models.list", always=True)
    for _ in range(20):
        line = Line(server, key)
        line.send("GET", "/v1/models")
        with pytest.raises(ConnectionResetError):
            line.rest()
        line.socket.close()
