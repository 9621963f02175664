"""A mock server in a process of its own, so that nothing a test patches can disturb it.

    with ServerProcess(seed=7) as server:
        client = openai.OpenAI(base_url=server.base_url, api_key="test")

The address is known before the server runs: the socket is bound here, and the process inherits it. Whoever
connects before the server is up waits in the socket's queue.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import selectors
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import IO

BACKLOG = 2048
PATIENCE = 30.0
"""So many seconds a server may take to give its first answer, and half of that to end."""

INHERITS_SOCKETS = os.name == "posix"

_NOT_ITS_BUSINESS = (
    *("COVERAGE_PROCESS_", "COV_CORE_"),  # measuring is for the tests' process
    *("PYTHONWARNINGS", "PYTHONINSPECT", "PYTHONDEVMODE", "PYTHONPROFILEIMPORTTIME"),
)


class ServerError(Exception):
    """The server did not start, or ended by itself; the text holds what it said."""


class Listener:
    """A bound loopback socket whose port is known before the server runs. Raises OSError at once."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen on `port`; 0 takes a free one."""
        # With IPPROTO_TCP, or accepted connections keep Nagle on, which costs 40 ms a call.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            if INHERITS_SOCKETS:
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind((host, port))
            if INHERITS_SOCKETS:
                self._socket.listen(BACKLOG)
        except BaseException:
            self._socket.close()
            raise
        self.host: str
        self.port: int
        self.host, self.port = self._socket.getsockname()[:2]

    @property
    def url(self) -> str:
        """The address without a path."""
        return f"http://{self.host}:{self.port}"

    @property
    def base_url(self) -> str:
        """What an SDK's `base_url` is set to."""
        return f"{self.url}/v1"

    def fileno(self) -> int:
        """The number of the socket's file; -1 when it is closed."""
        return self._socket.fileno()

    def close(self) -> None:
        """Give this process's hold on the socket back; a server that inherited it keeps its own."""
        self._socket.close()


class ServerProcess:
    """A server of its own: `python -m mockserver serve …`. It ends with this process, however that ends."""

    def __init__(
        self,
        *,
        clock: str = "virtual",
        latency: str = "realistic",
        seed: int | str = 0,
        listener: Listener | None = None,
        options: Sequence[str] = (),
    ) -> None:
        """Prepare a server; nothing runs before `start`.

        `clock` is `virtual`, `real` or `xN`; `options` are more of `assistants-mock serve`, such as
        `("--no-control",)`. Without a `listener` it takes a free port. Raises OSError when there is none.
        """
        self._options = ["--clock", clock, "--latency", latency, "--seed", str(seed), *options]
        self._listener = listener or Listener()
        self.url, self.base_url = self._listener.url, self._listener.base_url
        self._process: subprocess.Popen[bytes] | None = None
        self._output: IO[bytes] | None = None
        self._failure: ServerError | None = None
        self._waking: _Waking | None = None
        self._answers = False
        self._owner = os.getpid()
        self._turn = threading.Lock()

    @property
    def pid(self) -> int | None:
        """The process's id; None before `start` and after `stop`."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the process; returns at once, and does nothing when it was started before.

        Raises ServerError when it cannot be started, or was stopped.
        """
        with self._turn:
            self._sleep_no_more()
            if self._failure is not None:
                raise self._failure
            if self._process is not None:
                return
            try:
                self._process = self._spawn()
            except OSError as error:
                self._failure = ServerError(f"the mock server cannot be started: {error}")
                raise self._failure from error
            finally:
                self._listener.close()

    def start_when_asked(self) -> None:
        """Start the process as soon as somebody connects, and not at all if nobody does."""
        if not INHERITS_SOCKETS:
            self.start()  # nobody can connect before it runs
            return
        with self._turn:
            if self._process is None and self._waking is None and self._failure is None:
                self._waking = _Waking(self._listener, self.start)

    def ready(self) -> None:
        """Wait for the first answer, having started the server if nobody has.

        Raises ServerError, with what the server said, when it ended or does not answer in time.
        """
        self.start()
        if self._answers:
            self._judge()
            return
        waiting = threading.Event()  # time.sleep may be patched
        for _ in range(round(PATIENCE / 0.02)):
            try:
                self._ask()
            except TimeoutError:
                break
            except (OSError, http.client.HTTPException):
                waiting.wait(0.02)  # nothing listens yet, or the process is about to be gone
                self._judge()
            else:
                self._answers = True
                return
        raise ServerError(f"the mock server did not answer within {PATIENCE:.0f} s{self._said()}")

    def stop(self) -> None:
        """End the process and wait for it; may be called twice. In a fork of this process it does nothing."""
        if os.getpid() != self._owner:
            return
        with self._turn:
            waking = self._sleep_no_more()
            self._failure = self._failure or ServerError("the mock server was stopped; make a new one")
            self._listener.close()
            process, self._process = self._process, None
            if process is not None:
                _end(process)
            if self._output is not None:
                self._output.close()
        if waking is not None:
            waking.join()

    def __enter__(self) -> ServerProcess:
        """Start it and wait until it answers. Raises ServerError."""
        try:
            self.ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _spawn(self) -> subprocess.Popen[bytes]:
        if not sys.executable:
            raise FileNotFoundError("sys.executable names no Python interpreter")
        command = [
            sys.executable,
            "-P",
            "-m",
            "mockserver",
            "serve",
            "--until-eof",
            "--close-async",
            *self._options,
        ]
        handed: tuple[int, ...] = ()
        if INHERITS_SOCKETS:
            handed = (self._listener.fileno(),)
            command += ["--fd", str(self._listener.fileno())]
        else:
            self._listener.close()
            command += ["--host", self._listener.host, "--port", str(self._listener.port)]
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - closed by stop
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,  # held open: its end tells the server that this process is gone
            stdout=self._output,
            stderr=subprocess.STDOUT,
            env=environment_of_server(os.environ),
            pass_fds=handed,
            start_new_session=INHERITS_SOCKETS,  # Ctrl-C is for the tests, and they end the server
        )

    def _ask(self) -> None:
        """One call, whatever the answer."""
        connection = http.client.HTTPConnection(self._listener.host, self._listener.port, timeout=PATIENCE)
        try:
            connection.request("GET", "/")
            connection.getresponse().read()
        finally:
            connection.close()

    def _judge(self) -> None:
        """Raise ServerError when the process has ended."""
        process = self._process
        if process is None:
            raise self._failure or ServerError("the mock server was not started")
        code = process.poll() if os.getpid() == self._owner else None  # a fork cannot know
        if code is not None:
            raise ServerError(f"the mock server ended with code {code}{self._said()}")

    def _said(self) -> str:
        if self._output is None or self._output.closed:
            return ""
        self._output.seek(0)
        lines = self._output.read().decode(errors="replace").strip().splitlines()
        return ":\n" + "\n".join(f"  {line}" for line in lines[-20:]) if lines else " and said nothing"

    def _sleep_no_more(self) -> _Waking | None:
        waking, self._waking = self._waking, None
        if waking is not None:
            waking.leave()
        return waking


class _Waking(threading.Thread):
    """Calls `start` when the first connection waits at a listener."""

    def __init__(self, listener: Listener, start: Callable[[], None]) -> None:
        super().__init__(name="assistants-mock waking", daemon=True)
        self._listener = listener
        self._start_server = start
        self._left, self._leave = socket.socketpair()
        self.start()

    def run(self) -> None:
        """Wait for a connection or for `leave`."""
        with self._left, self._leave, selectors.DefaultSelector() as selector:
            try:
                selector.register(self._listener, selectors.EVENT_READ)
            except ValueError:  # closed already
                return
            selector.register(self._left, selectors.EVENT_READ)
            awake = {key.fileobj for key, _ in selector.select()}
            if self._left not in awake:
                with contextlib.suppress(ServerError):  # told to whoever asks for the server next
                    self._start_server()

    def leave(self) -> None:
        """Let it end; returns at once."""
        with contextlib.suppress(OSError):
            self._leave.send(b"x")


def environment_of_server(environment: Mapping[str, str]) -> dict[str, str]:
    """What a server gets of this process's environment: nothing that measures or debugs the tests."""
    return {name: value for name, value in environment.items() if not name.startswith(_NOT_ITS_BUSINESS)}


def _end(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    with contextlib.suppress(OSError):
        process.stdin.close()
    process.terminate()
    try:
        process.wait(PATIENCE / 2)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
