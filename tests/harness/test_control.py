"""The client of the control door, against a small server that notes what it is asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from harness.control import Control, ControlError


@dataclass
class Door:
    """What the server was asked, and what it answers: status and body, JSON unless bytes."""

    url: str = ""
    answer: tuple[int, Any] = (200, {"ok": True})
    close_after: bool = False
    seen: list[tuple[str, str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)


def handler(door: Door) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            door.seen.append((self.command, self.path, json.loads(body) if body else None))
            door.headers.append(dict(self.headers))
            door.ports.append(self.client_address[1])
            status, document = door.answer
            payload = document if isinstance(document, bytes) else json.dumps(document).encode()
            if status == 0:  # hang up instead of answering
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)
            self.close_connection = door.close_after

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 - the names the standard library looks for

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name upstream
            pass

    return Handler


@pytest.fixture
def door() -> Iterator[Door]:
    noted = Door()

    class Server(ThreadingHTTPServer):
        def shutdown_request(self, request: Any) -> None:
            super().shutdown_request(request)
            noted.ended.set()

    with Server(("127.0.0.1", 0), handler(noted)) as server:
        noted.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield noted
        server.shutdown()
        thread.join()


@pytest.fixture
def control(door: Door) -> Iterator[Control]:
    with Control(f"{door.url}/v1", "key-1", timeout=5) as control:
        yield control


RULE = {"then": {"reply": "Orléans"}}


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda c: c.new_world(), ("POST", "/_mock/world", {})),
        (
            lambda c: c.new_world(
                seed=0, clock="x60", latency={"queued": 5}, profile="observed", limits={"a": 1}
            ),
            (
                "POST",
                "/_mock/world",
                {
                    "seed": 0,
                    "clock": "x60",
                    "latency": {"queued": 5},
                    "profile": "observed",
                    "limits": {"a": 1},
                },
            ),
        ),
        (lambda c: c.snapshot(), ("GET", "/_mock/world", None)),
        (lambda c: c.restore({"a": 1}), ("PUT", "/_mock/world", {"a": 1})),
        (lambda c: c.clock(), ("GET", "/_mock/clock", None)),
        (lambda c: c.set_clock("real"), ("PUT", "/_mock/clock", {"mode": "real"})),
        (lambda c: c.advance(1.5), ("POST", "/_mock/clock/advance", {"seconds": 1.5})),
        (lambda c: c.add_replies(RULE), ("POST", "/_mock/replies", RULE)),
        (lambda c: c.add_replies([RULE, RULE]), ("POST", "/_mock/replies", [RULE, RULE])),
        (lambda c: c.clear_replies(), ("DELETE", "/_mock/replies", None)),
        (lambda c: c.replace_reply("rule_1", RULE), ("PUT", "/_mock/replies/rule_1", RULE)),
        (lambda c: c.remove_reply("rule_1"), ("DELETE", "/_mock/replies/rule_1", None)),
        (lambda c: c.remove_reply("a/b"), ("DELETE", "/_mock/replies/a%2Fb", None)),
        (lambda c: c.fixtures([{"id": "asst_1"}]), ("POST", "/_mock/fixtures", [{"id": "asst_1"}])),
        (lambda c: c.disarm(), ("DELETE", "/_mock/faults", None)),
        (lambda c: c.disarm("fault_1"), ("DELETE", "/_mock/faults/fault_1", None)),
        (lambda c: c.disarm("a/b"), ("DELETE", "/_mock/faults/a%2Fb", None)),
        (lambda c: c.disarm(""), ("DELETE", "/_mock/faults/", None)),
        (lambda c: c.clear_journal(), ("DELETE", "/_mock/journal", None)),
        (lambda c: c.timeline("run_1/../x"), ("GET", "/_mock/timeline/run_1%2F..%2Fx", None)),
    ],
)
def test_calls(
    door: Door, control: Control, call: Callable[[Control], Any], expected: tuple[str, str, Any]
) -> None:
    answer = call(control)
    assert door.seen == [expected]
    assert answer in ({"ok": True}, None)


def test_lists_come_bare_or_as_data(door: Door, control: Control) -> None:
    door.answer = 200, [{"id": "rule_1"}]
    assert control.replies() == [{"id": "rule_1"}]
    door.answer = 200, {"object": "list", "data": [{"id": 7}]}
    assert control.journal() == [{"id": 7}]
    assert control.journal(after=0, operation="runs.create", limit=5) == [{"id": 7}]
    assert [control.objects(), control.objects("thread.run")] == [[{"id": 7}]] * 2
    assert [path for _, path, _ in door.seen] == [
        "/_mock/replies",
        "/_mock/journal",
        "/_mock/journal?after=0&operation=runs.create&limit=5",
        "/_mock/objects",
        "/_mock/objects?object=thread.run",
    ]


@pytest.mark.parametrize(
    ("arm", "order"),
    [
        (lambda c: c.arm("429"), {"fault": "429", "at": {"operation": "*"}}),
        (lambda c: c.arm("429", "runs.create#2"), {"fault": "429", "at": {"operation": "runs.create#2"}}),
        (
            lambda c: c.arm("429(20s)", "runs.*", nth=2, first=3, id="run_1", body="x", probability=0.5),
            {
                "fault": "429(20s)",
                "at": {
                    "operation": "runs.*",
                    "nth": 2,
                    "first": 3,
                    "id": "run_1",
                    "body": "x",
                    "probability": 0.5,
                },
            },
        ),
        (
            lambda c: c.arm("429", retry_after="20s", header=False),
            {
                "fault": "429",
                "at": {"operation": "*"},
                "parameters": {"retry_after": "20s", "header": False},
            },
        ),
        (lambda c: c.arm("429", times=3), {"fault": "429", "at": {"operation": "*"}, "times": 3}),
        (lambda c: c.arm("429", always=True), {"fault": "429", "at": {"operation": "*"}, "times": None}),
        (lambda c: c.arm("429", until="10m"), {"fault": "429", "at": {"operation": "*"}, "until": "10m"}),
        (lambda c: c.arm("429", until=0), {"fault": "429", "at": {"operation": "*"}, "until": 0}),
    ],
)
def test_arming_one_fault(
    door: Door, control: Control, arm: Callable[[Control], Any], order: dict[str, Any]
) -> None:
    """Only what was said is sent; what the fault was made into is the last of the list."""
    door.answer = 200, {"object": "list", "data": [{"id": "fault_1"}, {"id": "fault_2"}]}
    assert arm(control) == {"id": "fault_2"}
    assert door.seen == [("POST", "/_mock/faults", [order])]


def test_arming_several_faults(door: Door, control: Control) -> None:
    door.answer = 200, {"object": "list", "data": [{"id": f"fault_{number}"} for number in range(1, 5)]}
    orders: list[str | dict[str, Any]] = ["lost_ack", {"fault": "429", "at": "runs.create"}]
    assert control.arm_all(orders) == [{"id": "fault_3"}, {"id": "fault_4"}]
    assert control.arm_all([]) == []
    assert [body for _, _, body in door.seen] == [orders, []]
    assert [armed["id"] for armed in control.faults()] == ["fault_1", "fault_2", "fault_3", "fault_4"]


@pytest.mark.parametrize("suffix", ["", "/", "/v1", "/v1/"])
def test_the_address_with_or_without_v1(door: Door, suffix: str) -> None:
    with Control(door.url + suffix, "k") as control:
        control.clock()
    assert door.seen[0][1] == "/_mock/clock"


def test_a_server_below_a_path(door: Door) -> None:
    with Control(f"{door.url}/mock/v1", "k") as control:
        control.clock()
    assert door.seen[0][1] == "/mock/_mock/clock"


@pytest.mark.parametrize("address", ["127.0.0.1:80", "ftp://host", "", "http://"])
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(ValueError, match="not the address of a server"):
        Control(address, "k")


def test_the_key_goes_along(door: Door, control: Control) -> None:
    control.advance(1)
    assert door.headers[0]["Authorization"] == "Bearer key-1"
    assert door.headers[0]["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("answer", "status", "message"),
    [
        (
            (400, {"error": {"message": "then.replay: unknown key", "code": None}}),
            400,
            "then.replay: unknown key",
        ),
        ((404, {"detail": "nothing here"}), 404, "{'detail': 'nothing here'}"),
        ((500, b""), 500, "no message"),
        ((502, b"<html>Bad gateway</html>"), 502, "the answer is not JSON: <html>Bad gateway</html>"),
        ((200, b"\xff"), 200, "the answer is not JSON: \ufffd"),
        ((200, []), 200, "GET /clock was answered by list, not an object"),
    ],
)
def test_refusals(door: Door, control: Control, answer: tuple[int, Any], status: int, message: str) -> None:
    door.answer = answer
    with pytest.raises(ControlError) as raised:
        control.clock()
    assert (raised.value.status, raised.value.message) == (status, message)
    door.answer = 200, {"now": 1}
    assert control.clock() == {"now": 1}, "the next call is not disturbed"


def test_a_list_that_is_none(door: Door, control: Control) -> None:
    with pytest.raises(ControlError, match="not answered by a list"):
        control.replies()


def test_one_connection_serves_many_calls(door: Door, control: Control) -> None:
    for _ in range(3):
        control.clock()
    assert len(set(door.ports)) == 1


def test_a_connection_the_server_closed_is_replaced_without_asking_twice(
    door: Door, control: Control
) -> None:
    door.close_after = True
    control.advance(1)
    assert door.ended.wait(5)
    control.advance(2)
    assert [body["seconds"] for _, _, body in door.seen] == [1, 2]
    assert len(set(door.ports)) == 2


def test_a_lost_answer_is_not_asked_for_again(door: Door, control: Control) -> None:
    control.clock()
    door.answer = 0, None
    with pytest.raises(ConnectionError):
        control.advance(5)
    assert len(door.seen) == 2
    door.answer = 200, {"now": 1}
    assert control.clock() == {"now": 1}


def test_nobody_there(door: Door) -> None:
    free = Control("http://127.0.0.1:1", "k", timeout=5)
    with pytest.raises(OSError):  # noqa: PT011 - which one depends on the system
        free.clock()
