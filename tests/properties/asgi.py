"""A door without a socket: the application is called as an ASGI server calls it.

A call is answered at once. A stream is pulled event by event: its `send` waits until the test asks for more,
so that a test may poll, cancel, move time or hang up between two events.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any

from starlette.types import Scope

from mockserver.http import application
from mockserver.projects import Projects
from mockserver.settings import Settings
from mockserver.store import Store
from tests.properties.exchange import Answer, Conversation, Stream, run


class Door:
    """A server of its own in virtual time; `path` is its store file, memory without one.

    `settings` are those of the worlds. `key` is the API key of all calls and may be changed.
    """

    def __init__(self, path: Path | None = None, **settings: Any) -> None:
        self.key = "sk-test"
        self._path = path
        self._settings = Settings().changed({"clock": "virtual", "latency": "instant"} | settings)
        self._abandoned: list[Projects] = []
        self._streams: list[Stream] = []
        self._open()

    def _open(self) -> None:
        self.projects = Projects(Store(self._path), self._settings)
        self._app = application(self.projects)

    def __enter__(self) -> Door:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        for stream in self._streams:
            stream.cut()
        for projects in (*self._abandoned, self.projects):
            projects.close()

    def restart(self) -> None:
        """Stop the server in good order and start another one on the same file."""
        self.projects.close()
        self._open()

    def crash(self) -> None:
        """Start another server on the same file, without a word to the first."""
        self._abandoned.append(self.projects)
        if self.projects.store.hold_on_file is not None:
            self.projects.store.hold_on_file.release()  # as it goes with a process that is killed
        self._open()

    def call(self, method: str, path: str, body: Any = None, query: str = "") -> Answer:
        """The answer to a call that does not stream. Errors of the server's own are raised here."""
        sent = Conversation(body, pausing=False)
        run(self._app(self._scope(method, path, query), sent.receive, sent.send))
        return sent.answer()

    def get(self, path: str, query: str = "") -> Any:
        """The body of a GET that succeeds."""
        answer = self.call("GET", path, query=query)
        assert answer.ok, answer
        return answer.json

    def post(self, path: str, body: Any = None) -> Any:
        """The body of a POST that succeeds."""
        answer = self.call("POST", path, body)
        assert answer.ok, answer
        return answer.json

    def stream(self, path: str, body: Any, query: str = "") -> Stream:
        """Begin a POST whose reply is read event by event."""
        sent = Conversation(body, pausing=True)
        self._streams.append(
            Stream(sent, self._app(self._scope("POST", path, query), sent.receive, sent.send))
        )
        return self._streams[-1]

    def advance(self, seconds: float) -> None:
        """Move time."""
        self.post("/_mock/clock/advance", {"seconds": seconds})

    def now(self) -> float:
        """The time of the world, in seconds."""
        moment: float = self.get("/_mock/clock")["now"]
        return moment

    def _scope(self, method: str, path: str, query: str) -> Scope:
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [
                (b"authorization", b"Bearer " + self.key.encode()),
                (b"openai-beta", b"assistants=v2"),
                (b"content-type", b"application/json"),
            ],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
