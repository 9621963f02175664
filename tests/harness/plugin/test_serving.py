"""The server as a process of its own: it starts, answers, ends, and says why when it does not."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
from textwrap import dedent

import pytest

from harness.control import Control
from harness.serving import Listener, ServerError, ServerProcess, environment_of_server


def status_of(server: ServerProcess | Listener) -> int:
    """What the server at this address answers to a call that it does not know."""
    host, port = server.url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=30)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_server_answers_where_the_listener_said_it_would_and_is_gone_afterwards() -> None:
    listener = Listener()
    with ServerProcess(listener=listener, clock="x60", seed="s", latency="instant") as server:
        assert server.base_url == listener.base_url == f"http://127.0.0.1:{listener.port}/v1"
        with Control(server.base_url, "any") as control:
            world = control.new_world()
        assert (world["clock"], world["seed"], world["latency"]["queued"]) == ("x60", "s", 0)
    with pytest.raises(ConnectionRefusedError):
        status_of(server)
    with pytest.raises(ServerError, match="was stopped"):
        server.start()
    server.stop()


def test_calls_made_before_it_runs_wait_for_it() -> None:
    server = ServerProcess()
    waiting: list[int] = []
    caller = threading.Thread(target=lambda: waiting.append(status_of(server)))
    try:
        caller.start()
        server.start()
        server.start()
        caller.join()
        assert waiting == [404]
        server.ready()
    finally:
        server.stop()


def test_a_server_that_starts_when_asked_is_not_there_before() -> None:
    server = ServerProcess()
    try:
        server.start_when_asked()
        server.start_when_asked()
        assert server.pid is None
        assert status_of(server) == 404
        assert server.pid is not None
    finally:
        server.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "assistants-mock waking"]


def test_a_server_that_nobody_asked_is_stopped_without_having_run() -> None:
    server = ServerProcess()
    server.start_when_asked()
    server.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "assistants-mock waking"]


def test_a_server_that_does_not_start_says_what_it_said() -> None:
    server = ServerProcess(options=["--profile", "invented"])
    with pytest.raises(ServerError, match=r"ended with code 1:\n.*--profile.*'invented'"):
        server.ready()
    server.stop()


@pytest.mark.skipif(not hasattr(os, "waitid"), reason="nothing to wait with on this system")
def test_a_server_that_died_is_told_of_when_it_is_needed_next() -> None:
    with ServerProcess() as server:
        server.ready()
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        os.waitid(os.P_PID, server.pid, os.WEXITED | os.WNOWAIT)
        with pytest.raises(ServerError, match=r"ended with code -9:\n  assistants-mock "):
            server.ready()


def test_it_gets_nothing_that_measures_or_debugs_the_tests() -> None:
    given = {
        "COVERAGE_PROCESS_START": "x",
        "COV_CORE_SOURCE": "x",
        "PYTHONWARNINGS": "error",
        "PYTHONINSPECT": "1",
        "PYTHONPATH": "/kept",
        "HOME": "/kept",
    }
    assert environment_of_server(given) == {"PYTHONPATH": "/kept", "HOME": "/kept"}


def python(program: str) -> str:
    """What a program of its own prints."""
    return subprocess.run(
        [sys.executable, "-c", dedent(program)], stdout=subprocess.PIPE, text=True, check=True, timeout=60
    ).stdout.strip()


def test_it_ends_with_a_process_that_ends_without_a_word() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    program = f"""
        import os
        from harness.serving import Listener, ServerProcess
        server = ServerProcess(listener=Listener(port={port}))
        server.ready()
        print(server.pid, flush=True)
        input()
        os._exit(9)
    """
    with subprocess.Popen(
        [sys.executable, "-c", dedent(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert int(process.stdout.readline()) > 0
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            process.communicate("\n")
            assert connection.recv(1) == b""  # it is closed when the server ends, and not before
    assert process.returncode == 9


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks on this system")
def test_a_fork_of_the_tests_does_not_end_their_server() -> None:
    assert (
        python(
            """
            import os
            from harness.serving import ServerProcess
            with ServerProcess() as server:
                child = os.fork()
                if child == 0:
                    server.ready()
                    server.stop()
                    os._exit(7)
                print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
                server.ready()
                import http.client
                connection = http.client.HTTPConnection(server.url.removeprefix('http://'))
                connection.request('GET', '/')
                connection.getresponse()
            """
        )
        == "7"
    )
