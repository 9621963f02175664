"""Where the tests of one process find their server, and the worlds behind its keys."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.capabilities import CAPABILITIES
from harness.network.leaving import bypassing
from harness.plugin.environment import Environment
from harness.plugin.options import Options
from harness.serving import ServerProcess
from harness.targets.target import Target, TargetError, find_target

if TYPE_CHECKING:
    from harness.handle.assistants import Assistants
    from harness.plugin.background import Background
    from harness.targets.connection import Connection

KEY = "sk-assistants-mock"

_turn = threading.Lock()
_shared: ServerProcess | None = None
_keys: set[str] = set()


def shared_server() -> ServerProcess:
    """The one server of this interpreter. It is prepared, not started, and ends with the interpreter."""
    global _shared
    with _turn:
        if _shared is None:
            _shared = ServerProcess()
            atexit.register(_shared.stop)
        return _shared


def end_shared_server(server: ServerProcess) -> None:
    """Stop it if it is the shared one; the next to ask gets another."""
    global _shared
    with _turn:
        if server is not _shared:
            return
        _shared = None
    atexit.unregister(server.stop)
    server.stop()


def new_key(name: str) -> str:
    """A key of this name that nobody in this process uses; give it back with `free_key`."""
    with _turn:
        number, key = 1, _key(name)
        while key in _keys:
            number += 1
            key = _key(f"{name}-{number}")
        _keys.add(key)
        return key


def _key(name: str) -> str:
    """A key that looks like all others where refusals show it: they tell how it begins and ends."""
    stem, _, end = KEY.rpartition("-")
    return f"{stem}-{name}-{end}"


def free_key(key: str) -> None:
    """Nobody uses this key any more."""
    with _turn:
        _keys.discard(key)


class Host:
    """The target of one test session in one process: its address and key, its environment, its server.

    `base_url` and `api_key` are what the environment says, `late` that it was set after conftest files were
    imported. Of a real target there is no server and no world.
    """

    def __init__(self, options: Options, root: Path) -> None:
        """Find the target and bind the port; nothing runs yet. Raises TargetError and OSError."""
        self.options = options
        self.target: Target = find_target(options.target, root)
        self.clock = options.clock or self.target.clock
        if self.clock != self.target.clock and not self.mocked:
            raise TargetError(f"{self.target.name} has real time only; {options.clock} time needs a mock")
        self.server: ServerProcess | None = None
        self._owns_server = False
        if self.target.base_url is None:
            self._owns_server = _shared is None
            self.server = shared_server()
        self.base_url = self.server.base_url if self.server else str(self.target.base_url)
        own = self.mocked and self.target.key == KEY
        worker = os.environ.get("PYTEST_XDIST_WORKER", "one")  # as long as theirs: refusals show it
        self.api_key = new_key(worker) if own else self.target.key
        # Clients that are made before any test behind a proxy would not be seen by the guard.
        direct = bypassing(options.allow_hosts) if self.mocked else []
        self.environment = Environment(self.base_url, self.api_key, direct)
        self.late = False
        self._closing = ExitStack()
        self._background: Background | None = None
        self._connection: Connection | None = None

    @property
    def mocked(self) -> bool:
        """Whether the target is a mock whose control door is open."""
        return self.target.has_control

    def open(self, *, lazily: bool) -> None:
        """Set the environment and start the server, which takes no time; lazily: when somebody connects."""
        if self.options.environment != "never":
            self.environment.set()
        if self.server is not None:
            if lazily:
                self.server.start_when_asked()
            else:
                self.server.start()

    @property
    def capabilities(self) -> frozenset[str]:
        """What the target can do. Raises TargetError where it has to be asked and does not answer."""
        return frozenset(CAPABILITIES) - self.target.lacks if self.mocked else self.connection.capabilities

    @property
    def connection(self) -> Connection:
        """The opened target, for what is no mock. Raises TargetError when it cannot be reached."""
        if self._connection is None:
            from harness.targets.opening import open_target

            self._connection = open_target(
                self.target,
                server=self.base_url,
                max_calls=self.options.max_calls,
            )
            self._closing.callback(self._connection.close)
        return self._connection

    def ready(self) -> None:
        """Wait until the server answers. Raises ServerError."""
        if self.server is not None:
            self.server.ready()

    @property
    def background(self) -> Background:
        """The world behind the environment's key, between tests."""
        if self._background is None:
            from harness.control import Control
            from harness.plugin.background import Background

            self._background = Background(
                self._closing.enter_context(Control(self.base_url, self.api_key)), self.settings()
            )
        return self._background

    def world(self, more: Mapping[str, Any]) -> Assistants:
        """A new world for a test behind the environment's key, with what was made outside of tests.

        `more` are its settings. Raises ControlError for those that the server refuses. Close it, then call
        `background.end()`.
        """
        from harness.handle.assistants import Assistants

        settings = self.settings(more)
        handle = Assistants(self.base_url, self.api_key, settings=settings)
        document = self.background.begin(settings)
        if document is not None:
            handle.restore(document)
        return handle

    def settings(self, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """What a new world is made with: the session's seed, clock and latency, and whatever is wanted."""
        usual = {"seed": self.options.seed, "clock": self.clock, "latency": self.target.latency}
        wanted = usual | dict(more or {})
        if self.options.seed_flag is not None:
            wanted["seed"] = self.options.seed_flag
        return wanted

    def close(self) -> None:
        """Restore the environment, and stop the server if it came with this host; may be called twice."""
        self.environment.restore()
        self._closing.close()  # the key stays taken: another session must not find this one's world
        if self.server is not None and self._owns_server:
            end_shared_server(self.server)


class AssistantsServer:
    """The running mock server of this process, as tests and hooks see it."""

    def __init__(self, host: Host) -> None:
        """Speak for the server of a host; it answers already."""
        self._host = host
        self._worlds: list[Assistants] = []
        self.base_url = host.base_url
        self.url = host.base_url.removesuffix("/v1")

    def world(self, api_key: str | None = None, **settings: Any) -> Assistants:
        """A new world behind a key of its own, apart from those of all tests; closed with the session.

        Without a key it gets one. `settings` are those of `POST /_mock/world`.
        """
        from harness.handle.assistants import Assistants

        world = Assistants(self.base_url, api_key or new_key("world"), settings=self._host.settings(settings))
        self._worlds.append(world)
        return world

    def close(self) -> None:
        """Close the worlds that were made."""
        while self._worlds:
            self._worlds.pop().close()
