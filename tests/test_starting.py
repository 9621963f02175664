"""How other programs start a server: on a socket of theirs, and so that none is left behind."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import openai
import pytest

import mockserver
from mockserver.listening import adopt
from mockserver.server import Server
from tests.conftest import Raw

SERVE = [sys.executable, "-m", "mockserver", "serve"]


@contextmanager
def bound(
    host: str = "127.0.0.1", family: int = socket.AF_INET, *, listening: bool = True
) -> Iterator[socket.socket]:
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.bind((host, 0))
        if listening:
            listener.listen()
        yield listener


@contextmanager
def started(*options: str, fds: Sequence[int] = ()) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [*SERVE, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, pass_fds=fds
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().rstrip("\n")


@pytest.mark.parametrize("listening", [True, False])
def test_a_server_on_an_inherited_socket(listening: bool) -> None:
    """Whoever bound it knows the address, and may connect before the server has come up if it listens."""
    with bound(listening=listening) as listener:
        port = listener.getsockname()[1]
        with started("--fd", str(listener.fileno()), fds=[listener.fileno()]) as process:
            if not listening:
                assert (
                    first_line(process)
                    == f"assistants-mock {mockserver.__version__} on http://127.0.0.1:{port}/v1"
                )
            with openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="k") as client:
                assert client.beta.assistants.create(model="gpt-4o").object == "assistant"
            if listening:
                assert (
                    first_line(process)
                    == f"assistants-mock {mockserver.__version__} on http://127.0.0.1:{port}/v1"
                )


def test_an_inherited_socket_of_ipv6() -> None:
    if not socket.has_ipv6:
        pytest.skip("there is no IPv6 here")
    with bound("::1", socket.AF_INET6) as listener:
        with started("--fd", str(listener.fileno()), fds=[listener.fileno()]) as process:
            assert first_line(process).endswith(f" on http://[::1]:{listener.getsockname()[1]}/v1")


def test_connections_to_an_inherited_socket_do_not_wait_for_acknowledgements() -> None:
    """A socket that is made from its number alone may not know that it is TCP."""
    with bound() as made:
        with adopt(os.dup(made.fileno())) as listener:
            assert listener.proto == socket.IPPROTO_TCP
            assert not listener.get_inheritable()
            assert listener.getblocking() is False


def refusal(*options: str, fds: Sequence[int] = (), **more: object) -> list[str]:
    """What a server says that does not start."""
    done = subprocess.run(
        [*SERVE, *options],
        capture_output=True,
        text=True,
        check=False,
        pass_fds=fds,
        timeout=30,
        **more,  # type: ignore[call-overload]
    )
    assert done.returncode in (1, 2)
    return str(done.stderr).splitlines()[-1:]


def test_what_is_no_socket_to_serve_on_is_refused(tmp_path: Path) -> None:
    def said(held: socket.socket | object, number: int) -> str:
        (line,) = refusal("--fd", str(number), fds=[number])
        return line.removeprefix(f"Error: cannot listen on file descriptor {number}: ")

    with (tmp_path / "x").open("w") as file:
        assert said(file, file.fileno()) == "not an inherited socket: Socket operation on non-socket"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        assert said(other, other.fileno()) == "not a TCP socket"
    with socket.socket() as other:
        assert said(other, other.fileno()) == "not bound to an address"
    with bound() as listener, socket.create_connection(listener.getsockname()) as other:
        assert said(other, other.fileno()) == "Invalid argument"
    assert refusal("--fd", "99") == [
        "Error: cannot listen on file descriptor 99: not an inherited socket: Bad file descriptor"
    ]


@pytest.mark.parametrize("option", [("--host", "127.0.0.1"), ("--port", "0")])
def test_an_inherited_socket_has_its_address_already(option: tuple[str, str]) -> None:
    assert refusal("--fd", "3", *option) == [
        "Error: --fd has its address already; leave --host and --port out"
    ]


def test_a_refused_socket_is_left_as_it_was() -> None:
    with socket.socket() as made:
        with pytest.raises(OSError, match="not bound"):
            Server(fd=made.fileno())
        made.bind(("127.0.0.1", 0))


def test_the_end_of_standard_input_ends_the_server(tmp_path: Path) -> None:
    """What was written until then is kept, and what is typed into it does not matter."""
    store = str(tmp_path / "store.db")
    with started("--port", "0", "--until-eof", "--store", store) as process:
        url = first_line(process).rpartition(" ")[2]
        assert process.stdin is not None
        process.stdin.write("anything\n" * 1000)
        process.stdin.flush()
        with openai.OpenAI(base_url=url, api_key="k") as client:
            made = client.beta.assistants.create(model="gpt-4o")
        process.stdin.close()
        assert process.wait(timeout=30) == 0
    with started("--port", "0", "--store", store) as process:
        with openai.OpenAI(base_url=first_line(process).rpartition(" ")[2], api_key="k") as client:
            assert client.beta.assistants.retrieve(made.id) == made


def test_standard_input_that_has_ended_before_ends_it_at_once() -> None:
    done = subprocess.run(
        [*SERVE, "--port", "0", "--until-eof"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_without_standard_input_nothing_can_be_waited_for() -> None:
    closing = ["/bin/sh", "-c", '"$@" <&-', "sh"]
    done = subprocess.run(
        [*closing, *SERVE, "--port", "0", "--until-eof"],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == "Error: --until-eof: there is no standard input"


def test_a_program_that_is_killed_leaves_no_server_behind() -> None:
    """Not even by SIGKILL, and with a stream open."""
    program = (
        "import subprocess, sys\n"
        f"command = {[*SERVE, '--port', '0', '--until-eof', '--clock', 'x0.001']!r}\n"
        "subprocess.Popen(command, stdin=subprocess.PIPE).wait()\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        try:
            url = first_line(process).rpartition(" ")[2]
            with openai.OpenAI(base_url=url, api_key="k", max_retries=0) as client:
                made = client.beta.assistants.create(model="gpt-4o", instructions="x")
                stream = client.beta.threads.create_and_run(assistant_id=made.id, stream=True)
                assert next(iter(stream)).event == "thread.created"
                os.kill(process.pid, signal.SIGKILL)
                assert process.stdout is not None
                assert "Ctrl-C" in process.stdout.read(), "ends when the last one who could write has gone"
                with pytest.raises(openai.APIConnectionError):
                    client.beta.assistants.retrieve(made.id)
        finally:
            process.kill()


# Without a control door


@pytest.fixture
def closed() -> Iterator[Raw]:
    """A caller of a server without a control door, in virtual time."""
    with Server(control=False) as server:
        caller = Raw(server.host, server.port, "k")
        yield caller
        caller.connection.close()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/_mock/clock"),
        ("POST", "/_mock/clock/advance"),
        ("POST", "/_mock/world"),
        ("PUT", "/_mock/world"),
        ("DELETE", "/_mock/faults/fault_1"),
        ("GET", "/_mock/nothing"),
        ("GET", "/_mock/"),
        ("GET", "/_mock"),
        ("GET", "/v1/_mock/clock"),
    ],
)
def test_a_closed_control_door_is_no_door(closed: Raw, method: str, path: str) -> None:
    """Byte for byte the answer that unknown addresses get."""
    body = None if method == "GET" else {"seconds": 600}
    for headers in ({}, {"Authorization": None}, {"Authorization": "Bearer other"}):
        answer = closed(method, path, body, headers)
        unknown = closed(method, path.replace("_mock", "_look"), body, headers)
        assert answer.status == unknown.status == 404
        assert answer.raw == unknown.raw.replace(b"_look", b"_mock")
        different = {"x-request-id", "date"}
        assert {k: v for k, v in answer.headers.items() if k not in different} == {
            k: v for k, v in unknown.headers.items() if k not in different
        }


def test_without_a_control_door_no_header_asks_for_faults(closed: Raw) -> None:
    """Not even for one that would be a mistake."""
    for asked in ("500", "nonsense("):
        assert closed("POST", "/v1/threads", {}, {"X-Mock-Fault": asked}).status == 200
    with Server() as server:
        caller = Raw(server.host, server.port, "k")
        assert caller("POST", "/v1/threads", {}, {"X-Mock-Fault": "500"}).status == 500
        assert caller("POST", "/v1/threads", {}, {"X-Mock-Fault": "nonsense("}).status == 400
        caller.connection.close()


@pytest.mark.parametrize("by_file", [True, False])
def test_the_command_closes_the_door(tmp_path: Path, by_file: bool) -> None:
    """By its option or its file; the faults it is started with act all the same."""
    config = tmp_path / "mock.toml"
    config.write_text(
        ("control = false\n" if by_file else "")
        + '[[faults]]\nfault = "500"\nat = { operation = "threads.create", nth = 2 }\n'
    )
    options = ["--config", str(config), *([] if by_file else ["--no-control"])]
    with started("--port", "0", *options) as process:
        url = first_line(process).rpartition(" ")[2]
        assert process.stdout is not None
        greeting = [process.stdout.readline() for _ in range(5)]
        assert "control door closed" in greeting[-1]
        connection = http.client.HTTPConnection(url.split("/")[2])
        statuses = []
        for header in ("500", "lost_ack", "500"):
            headers = {"Authorization": "Bearer k", "OpenAI-Beta": "assistants=v2", "X-Mock-Fault": header}
            connection.request(
                "POST", "/v1/threads", json.dumps({}), {**headers, "Content-Type": "application/json"}
            )
            response = connection.getresponse()
            statuses.append(response.status)
            response.read()
        connection.request("GET", "/_mock/clock", headers={"Authorization": "Bearer k"})
        assert connection.getresponse().status == 404
        connection.close()
    assert statuses == [200, 500, 200]
