"""A running server: uvicorn around the application, in this thread or in one of its own.

with Server() as server:
    client = openai.OpenAI(base_url=server.base_url, api_key="test")
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Collection, Sequence
from pathlib import Path
from types import TracebackType

import uvicorn

from mockserver.faults.orders import Order
from mockserver.gate import Gate
from mockserver.http import application
from mockserver.listening import adopt, listen
from mockserver.parting import Parting
from mockserver.projects import Projects
from mockserver.protocol import Protocol
from mockserver.replies import Rule
from mockserver.settings import Settings
from mockserver.store import Store

TO_NOTICE = 1.0
"""So many seconds replies have at the end to notice that their connections are gone."""


class Server:
    """A mock server on a socket. As a context manager it runs in a thread of its own.

    `port` 0 takes a free one; with `fd` it serves on a socket that was inherited under this number instead.
    `store` None keeps everything in memory. Without `control` there is no control door, and no fault by
    header; with `close_async` asyncio clients keep no connection. `hosts` are further names the server is
    called by, and `token` opens the control door: see `gate.Gate`. Raises OSError when the address is taken
    and StoreError when the store cannot be used, both at once, before anything runs.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        fd: int | None = None,
        store: Path | None = None,
        keys: Collection[str] = (),
        rules: Sequence[Rule] = (),
        faults: Sequence[Order] = (),
        control: bool = True,
        close_async: bool = False,
        hosts: Collection[str] = (),
        token: str | None = None,
    ) -> None:
        self._socket = listen(host, port) if fd is None else adopt(fd)
        try:
            self.projects = Projects(Store(store), settings or Settings(clock="virtual"), keys, rules, faults)
        except BaseException:
            self._socket.close()
            raise
        self.host, self.port = self._socket.getsockname()[:2]
        answering = application(self.projects, Gate(hosts, token), control=control)
        config = uvicorn.Config(
            Parting(answering) if close_async else answering,
            http=Protocol,
            ws="none",
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,  # nobody's word is taken for who asks
            date_header=False,  # the world's own, so that equal requests give equal bytes
            timeout_keep_alive=75,
            lifespan="on",
        )
        self._server = _Uvicorn(config)
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The server's address without a path."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def base_url(self) -> str:
        """What an SDK's `base_url` is set to."""
        return f"{self.url}/v1"

    def run(self) -> None:
        """Serve in this thread until interrupted."""
        self._server.run(sockets=[self._socket])

    def start(self) -> None:
        """Serve in a thread of its own. The socket listens already, so there is nothing to wait for."""
        self._thread = threading.Thread(target=self.run, name="assistants-mock", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End every open reply and the thread."""
        self._server.leave()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Uvicorn(uvicorn.Server):
    """Uvicorn without its fixed waits: it stops at once, open streams included."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._leaving = threading.Event()
        self._left: asyncio.Event | None = None

    def leave(self) -> None:
        """Stop, from any thread."""
        self._leaving.set()
        loop = self._loop
        if loop is not None and self._left is not None:
            with contextlib.suppress(RuntimeError):  # the loop has just closed by itself
                loop.call_soon_threadsafe(self._left.set)

    def handle_exit(self, sig: int, frame: object) -> None:
        """A signal came: stop at once."""
        super().handle_exit(sig, frame)  # type: ignore[arg-type]
        self.leave()

    async def main_loop(self) -> None:
        """Wait to be stopped, looking up once a second as uvicorn does."""
        self._loop, self._left = asyncio.get_running_loop(), asyncio.Event()
        counter = 0
        while not self._leaving.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._left.wait(), timeout=1.0)
            counter += 10
            await self.on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drop connections, end what still runs, and let the application give its store back."""
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            transport = getattr(connection, "transport", None)
            if transport is not None:
                transport.abort()
        tasks = list(self.server_state.tasks)
        if tasks:
            await asyncio.wait(tasks, timeout=TO_NOTICE)  # they end when they notice that nobody listens
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.lifespan.shutdown()
