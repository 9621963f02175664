"""What leaves for a target and what comes back: counted, limited, and remembered for the clean-up.

The SDK's own HTTP client is watched, so retries and streams are seen as they are on the wire. Made for
whichever of httpx and httpx2 the installed openai uses.
"""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from harness.targets.cleanup import Ledger

_LONGEST_EVENT = 4 * 1024 * 1024


class BudgetError(BaseException):
    """A call was held back: the session's calls are used up.

    No Exception, because the SDK takes those for a broken connection and tries again.
    """

    def __init__(self, target: str, calls: int) -> None:
        super().__init__(
            f"the budget of {calls} calls to {target} is used up; max_calls of its profile, --max-calls or"
            " --assistants-max-calls allows more"
        )
        self.target = target
        self.calls = calls


class Watch:
    """Watches the exchanges with one target.

    Counts calls and raises BudgetError before one too many leaves. `ledger` None remembers nothing, which is
    for worlds that are thrown away. Names of models in requests are replaced as `models` says.
    """

    def __init__(
        self,
        target: str,
        base_url: str,
        *,
        budget: int | None = None,
        ledger: Ledger | None = None,
        models: Mapping[str, str] | None = None,
        to_openai: bool = False,
    ) -> None:
        self.target = target
        self.budget = budget
        self.ledger = ledger
        self.calls = 0
        self._base_path = urlsplit(base_url).path.rstrip("/")
        self._models = models or {}
        self._to_openai = to_openai
        self._free = False
        self._turn = threading.Lock()

    @property
    def spent(self) -> bool:
        """Whether no further call may leave."""
        return self.budget is not None and self.calls >= self.budget

    @contextmanager
    def free(self) -> Iterator[None]:
        """What is called inside does not count: it tidies up, or only looks what is there."""
        before, self._free = self._free, True
        try:
            yield
        finally:
            self._free = before

    def leaving(self, request: Any) -> Any:
        """A request (of httpx) that is about to leave; the one to send. Raises BudgetError."""
        if not self._free:
            with self._turn:
                if self.spent:
                    raise BudgetError(self.target, self.budget or 0)
                self.calls += 1
        if not self._to_openai:
            for name in (
                "openai-organization",
                "openai-project",
            ):  # from the environment; nobody else's business
                request.headers.pop(name, None)
        return self._renamed(request) if self._models else request

    def came(self, request: Any, response: Any) -> None:
        """The answer (of httpx) to a request: read, or about to be streamed."""
        if self.ledger is None or not response.is_success:
            return
        path = self._path(request)
        media = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media == "text/event-stream":
            self._follow(path, response)
        elif response.is_closed:
            self.ledger.saw(request.method, path, _sent(request), _parsed(response.content))

    def creates(self, request: Any) -> bool:
        """Whether it may make something of which nobody would know if the answer were not read."""
        return self.ledger is not None and request.method == "POST"

    def _follow(self, path: str, response: Any) -> None:
        """Look at a stream's events as they pass by."""
        ledger = self.ledger
        assert ledger is not None
        events = _Events(lambda name, data: ledger.saw_event(path, name, data))
        if response.is_closed:
            events.feed(response.content)
        elif response.headers.get("content-encoding", "identity") == "identity":
            response.stream = _watched_stream(response.stream, events.feed)

    def _path(self, request: Any) -> str:
        path = str(request.url.path)
        return path.removeprefix(self._base_path) if path.startswith(self._base_path + "/") else path

    def _renamed(self, request: Any) -> Any:
        """The request with the names its target knows models by."""
        sent = _sent(request)
        if not isinstance(sent, dict) or not isinstance(sent.get("model"), str):
            return request
        name = self._models.get(sent["model"], self._models.get("*", sent["model"]))
        if name == sent["model"]:
            return request
        content = json.dumps(sent | {"model": name}, ensure_ascii=False).encode()
        headers = request.headers.copy()
        headers["content-length"] = str(len(content))
        return type(request)(
            request.method, request.url, headers=headers, content=content, extensions=request.extensions
        )


def watched_http_client(watch: Watch, **options: Any) -> Any:
    """The HTTP client of the SDK, with its defaults and these options, under watch."""
    import openai

    class Watched(openai.DefaultHttpxClient):
        """Whatever is sent through it is seen, however it was asked for."""

        def send(self, request: Any, **given: Any) -> Any:
            request = watch.leaving(request)
            with uninterrupted(watch.creates(request)):
                response = super().send(request, **given)
                watch.came(request, response)
            return response

    return Watched(**options)


@contextmanager
def uninterrupted(wanted: bool = True) -> Iterator[None]:
    """Put off Ctrl-C until the end of the block; the second one is let through at once.

    For calls that make something: without their answer nobody could delete it. Only Python's main thread
    gets signals, elsewhere nothing is done; neither where nothing handles them.
    """
    handler = signal.getsignal(signal.SIGINT)
    if not wanted or not callable(handler) or threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[Any] = []

    def later(number: int, frame: Any) -> None:
        came.append(frame)
        if len(came) > 1:
            handler(number, frame)

    signal.signal(signal.SIGINT, later)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if len(came) == 1:
            handler(signal.SIGINT, came[0])


class _Events:
    """Server-sent events out of the pieces they arrive in."""

    def __init__(self, found: Callable[[str, Any], None]) -> None:
        self._found = found
        self._pending = b""

    def feed(self, piece: bytes) -> None:
        """Take what arrived; every event that is whole by now is told."""
        self._pending = (self._pending + piece).replace(b"\r\n", b"\n")
        *whole, self._pending = self._pending.split(b"\n\n")
        for block in whole:
            fields = [line.partition(b":") for line in block.split(b"\n")]
            name = b"".join(value.strip() for key, _, value in fields if key == b"event")
            data = b"\n".join(value.strip() for key, _, value in fields if key == b"data")
            self._found(name.decode(errors="replace"), _parsed(data))
        if len(self._pending) > _LONGEST_EVENT:
            self._pending = b""  # no event of this API is as long


def _watched_stream(stream: Any, feed: Callable[[bytes], None]) -> Any:
    """A response's stream whose pieces are shown to `feed` as they are read."""
    kind: Any = next(each for each in type(stream).__mro__ if each.__name__ == "SyncByteStream")

    class Passing(kind):  # type: ignore[misc] # of httpx or of httpx2, as the SDK has it
        def __iter__(self) -> Iterator[bytes]:
            for piece in stream:
                feed(piece)
                yield piece

        def close(self) -> None:
            stream.close()

    return Passing()


def _sent(request: Any) -> Any:
    """The JSON of a request; None for forms with files and for nothing."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        return None
    return _parsed(request.content)


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content) if content else None
    except ValueError:
        return None
