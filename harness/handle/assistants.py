"""The handle: one world behind one key of one mock server, with everything a test does to it.

with Assistants("http://127.0.0.1:8000/v1", "any-key", settings={"seed": 7}) as assistants:
    assistants.backend.run("weather").calls("get_weather", city="Paris").then_replies("21 degrees")
    client = assistants.client()
    ...
    assert assistants.history.ops("runs.submit_tool_outputs") == 1
    assistants.assert_clean()
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from harness.control import Control
from harness.handle.backend import Backend
from harness.handle.cleanliness import assert_clean
from harness.handle.clients import async_client, sync_client
from harness.handle.clock import Clock
from harness.handle.courses import Course, Record
from harness.handle.faults import ActedFault, Faults
from harness.handle.history import History

if TYPE_CHECKING:
    import openai

    from harness.practices.contract import Finding

__tracebackhide__ = True  # what fails here is told at the line of the test

Json = dict[str, Any]

_OPEN: WeakSet[Assistants] = WeakSet()


class Assistants:
    """A world of a mock server, and the ways into it.

    `control` is its control door, `clock` its time, `backend` what the pretended model says, `faults` what
    breaks, `history` what happened; `asked` says whether `fault` was read after one had acted. As a context
    manager it is closed at the end. Whatever asks the server raises ControlError for a refusal, and OSError
    when nobody answers.
    """

    def __init__(self, base_url: str, api_key: str, *, settings: Mapping[str, Any] | None = None) -> None:
        """Take the world behind `api_key` as it is, or begin a new one with `settings` (maybe none: `{}`).

        Settings are those of `Control.new_world`: `seed`, `clock`, `latency`, `limits`, …
        """
        self.base_url = base_url
        self.api_key = api_key
        self.control = Control(base_url, api_key)
        self.clock = Clock(self.control, lambda: self.began)
        self.backend = Backend(self.control)
        self.faults = Faults(self.control)
        self.history = History(self.control, lambda: self.began)
        self.asked = False
        self._settings = dict(settings or {})
        self._began: float | None = None
        self._seed: int | str | None = None
        self._clients: list[openai.OpenAI] = []
        self._plain: openai.OpenAI | None = None
        self._others: list[Assistants] = []
        _OPEN.add(self)
        if settings is not None:
            try:
                self.new_world()
            except BaseException:
                self.close()
                raise

    # The world

    @property
    def began(self) -> float:
        """When the world began, in Unix seconds: where times of history and timelines count from.

        Of a world that was there before this handle, it is the moment of its first call.
        """
        if self._began is None:
            first = self.control.journal(limit=1)
            self._began = float(first[0]["at"] if first else self.control.clock()["now"])
        return self._began

    @property
    def seed(self) -> int | str:
        """What its ids and moments come from: with the same seed, the same calls give the same bytes."""
        if self._seed is None:
            seed: int | str = self.control.snapshot()["settings"]["seed"]
            self._seed = seed
        return self._seed

    def new_world(self, **settings: Any) -> None:
        """Begin anew: an empty world behind the same key, with the handle's settings and these changes."""
        self._is(self.control.new_world(**(self._settings | settings)))

    def snapshot(self) -> Json:
        """The whole world, without its history, as one JSON document."""
        return self.control.snapshot()

    def restore(self, document: Mapping[str, Any]) -> None:
        """Make the world what it was when the document was taken. Its history begins now."""
        self._is(self.control.restore(document))

    def another(self, api_key: str | None = None) -> Assistants:
        """Another world of the same server; it is closed with this one.

        Without a key it is a new one with the same settings. With one it is the world that the key has, for
        code that brings a key of its own.
        """
        if api_key is not None:
            other = Assistants(self.base_url, api_key)
        else:
            name = f"{self.api_key}-{len(self._others) + 1}"
            other = Assistants(self.base_url, name, settings=self._settings)
        self._others.append(other)
        return other

    # Clients

    def client(self, **options: Any) -> openai.OpenAI:
        """The official client of this world; `options` are those of `openai.OpenAI`. Closed by `close`.

        Without options it is always the same one. Raises ImportError when the SDK is not installed.
        """
        if not options and self._plain is not None and not self._plain.is_closed():
            return self._plain
        client = sync_client(self.base_url, self.api_key, **options)
        self._clients.append(client)
        if not options:
            self._plain = client
        return client

    def async_client(self, **options: Any) -> openai.AsyncOpenAI:
        """The same for `await`. It keeps no connection between calls: any event loop will do, and nothing
        is left to close.
        """
        return async_client(self.base_url, self.api_key, **options)

    # What happened

    def timeline(self, subject: Any) -> Course:
        """The course of a run, an upload, a batch, a file in a vector store (`vs_…/file-…`).

        `subject` is its id, or an object of the SDK. Raises ControlError (404) for what has none.
        """
        return Record.read(self.control, self.began).course_of(getattr(subject, "id", subject))

    @property
    def fault(self) -> ActedFault | None:
        """The fault that acted last in this world, and on which call; None when none did."""
        fired = self.faults.fired
        self.asked = self.asked or bool(fired)
        return fired[-1] if fired else None

    def assert_clean(self, *, ignore: Collection[str] = ()) -> None:
        """Raise AssertionError if a run is still active, or something was made and left behind.

        See `harness.handle.cleanliness`. `ignore` are kinds (`"thread"`) or ids of what is meant to stay.
        """
        assert_clean(self, ignore=ignore)

    def practices(self, *, ignore: Collection[str] = ()) -> list[Finding]:
        """What was done against the documented rules of the API, as far as the calls show it; empty is well.

        `ignore` names checks to leave out; raises ValueError for a name that none has. `assistants-mock
        practices` lists them.
        """
        from harness.practices.contract import findings  # only now: few ask

        return findings(Record.read(self.control, self.began), ignore=ignore)

    # The end

    def close(self) -> None:
        """Close connections and clients; the world stays as it is.

        Warns of lines of `backend` that never said what to do.
        """
        _OPEN.discard(self)
        with contextlib.ExitStack() as closing:
            closing.callback(self.backend.close)
            closing.callback(self.control.close)
            for client in self._clients:
                closing.callback(client.close)
            for other in self._others:
                closing.callback(other.close)
            self._clients.clear()
            self._plain = None
            self._others.clear()

    def __enter__(self) -> Assistants:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Assistants at {self.base_url} behind {self.api_key}>"

    def _is(self, summary: Mapping[str, Any]) -> None:
        """The world is another one now."""
        self._began, self._seed = float(summary["now"]), summary["seed"]
        self.backend.forget()


def open_handles() -> Iterator[Assistants]:
    """The handles of this process that were not closed yet."""
    yield from list(_OPEN)
