"""The control door of a mock server, for Python programs.

    control = Control("http://127.0.0.1:8000/v1", api_key="test")
    control.add_replies({"then": {"reply": "Paris."}})
    control.advance(600)

Needs nothing but the standard library. One connection is kept open; calls from several threads take turns.
"""

from __future__ import annotations

import json
import os
import selectors
import threading
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from types import TracebackType
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

Json = dict[str, Any]

TOKEN_VARIABLE = "ASSISTANTS_MOCK_TOKEN"


class ControlError(Exception):
    """The control door refused a call, or what answered is no control door."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.message = message


class Control:
    """The world behind one API key of one server, from outside.

    Every call raises ControlError for an answer that is not 2xx, and OSError (ConnectionRefusedError,
    TimeoutError …) when there is no answer.
    """

    def __init__(
        self,
        base_url: str | None = None,
        api_key: str | None = None,
        timeout: float = 10.0,
        *,
        token: str | None = None,
    ) -> None:
        """Speak to the server at `base_url`, with or without `/v1`; each call may take `timeout` seconds.

        What is left out is read from OPENAI_BASE_URL and OPENAI_API_KEY, as the SDKs do. Raises
        ValueError when it stands nowhere. `token` is for servers whose control door asks for one; left out,
        it is read from ASSISTANTS_MOCK_TOKEN, and nothing is said where that is not set.
        """
        base_url = _given(base_url, "OPENAI_BASE_URL")
        api_key = _given(api_key, "OPENAI_API_KEY")
        url = urlsplit(base_url)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise ValueError(f"{base_url!r} is not the address of a server, e.g. http://127.0.0.1:8000/v1")
        connection = HTTPSConnection if url.scheme == "https" else HTTPConnection
        self._connection = connection(url.hostname, url.port, timeout=timeout)
        self._root = url.path.rstrip("/").removesuffix("/v1") + "/_mock"
        self._headers = {"Authorization": f"Bearer {api_key}", "Accept": "application/json"}
        if token := token or os.environ.get(TOKEN_VARIABLE):
            self._headers["X-Mock-Token"] = token
        self._turn = threading.Lock()

    def close(self) -> None:
        """Close the connection; the next call opens another."""
        with self._turn:
            self._connection.close()

    def __enter__(self) -> Control:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # The world

    def new_world(
        self,
        seed: int | str | None = None,
        clock: str | None = None,
        latency: str | Mapping[str, Any] | None = None,
        profile: str | None = None,
        limits: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> Json:
        """Put a new, empty world behind the key; what is None is left to the server.

        `more` are further settings, such as `strict`, `auto_create` and `models`.
        """
        options = {"seed": seed, "clock": clock, "latency": latency, "profile": profile, "limits": limits}
        options |= more
        return self._object(
            "POST", "/world", {key: value for key, value in options.items() if value is not None}
        )

    def snapshot(self) -> Json:
        """The whole world as one document."""
        return self._object("GET", "/world")

    def restore(self, document: Mapping[str, Any]) -> Json:
        """Make the world what it was when the document was taken."""
        return self._object("PUT", "/world", document)

    # Time

    def clock(self, *, calls: bool = False) -> Json:
        """How late it is, and how time passes; with `calls`, how many calls the API was sent, too."""
        return self._object("GET", "/clock?calls=true" if calls else "/clock")

    def set_clock(self, mode: str) -> Json:
        """Let time pass otherwise: `real`, `virtual`, or `xN` for N times as fast."""
        return self._object("PUT", "/clock", {"mode": mode})

    def advance(self, seconds: float, *, calls: bool = False) -> Json:
        """Move time forward; everything that falls due on the way happens. The clock as `clock` tells it."""
        return self._object(
            "POST", "/clock/advance?calls=true" if calls else "/clock/advance", {"seconds": seconds}
        )

    # Replies and objects

    def add_replies(self, rules: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> Json:
        """Add one reply rule or several, behind those that are there; all rules, as `replies` lists them."""
        return self._object("POST", "/replies", rules)

    def replies(self) -> list[Json]:
        """The reply rules with their ids, and how often each was used."""
        return self._list("/replies")

    def replace_reply(self, rule_id: str, rule: Mapping[str, Any]) -> Json:
        """Put another rule in the place of one. It keeps the id and is counted anew."""
        return self._object("PUT", f"/replies/{quote(rule_id, safe='')}", rule)

    def remove_reply(self, rule_id: str) -> None:
        """Forget one reply rule; no other will have its id."""
        self._call("DELETE", f"/replies/{quote(rule_id, safe='')}")

    def clear_replies(self) -> None:
        """Forget all reply rules; their ids do not come back."""
        self._call("DELETE", "/replies")

    def fixtures(self, objects: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> Json:
        """Create objects with ids of one's own."""
        return self._object("POST", "/fixtures", objects)

    def objects(self, kind: str | None = None) -> list[Json]:
        """Every object that is there, or those of a kind such as `thread.run`, oldest first.

        Each says its `object`, `id` and `created_at`, its `status` and its `parent` (a thread, a run, a
        vector store, an upload) where it has one, and nothing of its content.
        """
        return self._list("/objects", {"object": kind})

    # Faults

    def arm(
        self,
        fault: str,
        at: str | None = None,
        *,
        nth: int | None = None,
        first: int | None = None,
        id: str | None = None,  # noqa: A002 - the word of the control door
        body: str | None = None,
        probability: float | None = None,
        times: int | None = None,
        until: float | str | None = None,
        since: float | str | None = None,
        always: bool = False,
        **parameters: Any,
    ) -> Json:
        """Arm a fault, written as `"429(retry_after=20s)"` or with its parameters as arguments.

        `at` is an operation or a glob of several (`"runs.*"`), or one call by its name in the journal
        (`"runs.create#2"`), or that one and all that follow (`"runs.create#2+"`); without it the fault acts
        wherever it can. Of the calls there, `nth` is one, `first` are so many from now on; `id` and `body`
        ask for an object or a text in them; `probability` throws the world's dice. It acts once unless
        `times`, `first`, `probability`, `until`, `always` or the plus say otherwise. `until` is a time of the
        world in seconds, or a time from now on such as `"10m"`; so is `since`, and calls that come before it
        are neither met nor counted. The fault as it is listed comes back; its `id` disarms it.
        """
        chosen = {"nth": nth, "first": first, "id": id, "body": body, "probability": probability}
        place: Json = {"operation": at or "*"} | {
            name: value for name, value in chosen.items() if value is not None
        }
        order: Json = {"fault": fault, "at": place}
        if parameters:
            order["parameters"] = parameters
        if always or times is not None:
            order["times"] = times
        if until is not None:
            order["until"] = until
        if since is not None:
            order["since"] = since
        return self.arm_all([order])[-1]

    def arm_all(self, orders: Sequence[str | Mapping[str, Any]]) -> list[Json]:
        """Arm several faults as the control door takes them: all or none. What they were made into."""
        armed = self._object("POST", "/faults", list(orders))["data"]
        return list(armed[-len(orders) :]) if orders else []

    def faults(self) -> list[Json]:
        """What is armed, how often each fault acted, and on which calls."""
        return self._list("/faults")

    def fault_catalogue(self) -> Json:
        """Every fault there is: `data` with its group, where it applies, and the forms that are worth a try.

        `operations` says of each operation of the API whether it may change anything.
        """
        return self._object("GET", "/faults/catalogue")

    def disarm(self, fault_id: str | None = None) -> None:
        """Disarm one fault, or all."""
        self._call("DELETE", "/faults" if fault_id is None else f"/faults/{quote(fault_id, safe='')}")

    # What happened

    def journal(
        self, after: int | str | None = None, operation: str | None = None, limit: int | None = None
    ) -> list[Json]:
        """What was asked and answered, oldest first: after one entry, of one operation, at most so many."""
        return self._list("/journal", {"after": after, "operation": operation, "limit": limit})

    def clear_journal(self) -> None:
        """Forget what happened."""
        self._call("DELETE", "/journal")

    def timeline(self, object_id: str) -> Json:
        """Past and pending events of a run, an upload, a file in a vector store (`vs_…/file-…`)."""
        return self._object("GET", f"/timeline/{quote(object_id, safe='')}")

    # The wire

    def _object(self, method: str, path: str, body: Any = None) -> Json:
        status, answer = self._call(method, path, body)
        if not isinstance(answer, dict):
            raise ControlError(
                status, f"{method} {path} was answered by {type(answer).__name__}, not an object"
            )
        return answer

    def _list(self, path: str, query: Mapping[str, Any] | None = None) -> list[Json]:
        given = {key: value for key, value in (query or {}).items() if value is not None}
        status, answer = self._call("GET", f"{path}?{urlencode(given)}" if given else path)
        rows = answer.get("data") if isinstance(answer, dict) else answer
        if not isinstance(rows, list):
            raise ControlError(status, f"GET {path} was not answered by a list")
        return rows

    def _call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        headers, payload = self._headers, None
        if body is not None:
            payload = json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
            headers = {**headers, "Content-Type": "application/json"}
        with self._turn:
            if self._left():
                self._connection.close()
            try:
                self._connection.request(method, self._root + path, payload, headers)
                response = self._connection.getresponse()
                status, text = response.status, response.read()
            except HTTPException as error:
                self._connection.close()
                raise ConnectionError(f"{method} {path}: {type(error).__name__} {error}".rstrip()) from error
            except BaseException:
                self._connection.close()  # a half-read answer must not become that of the next call
                raise
        return _judged(status, text)

    def _left(self) -> bool:
        """Whether the server has closed the kept connection.

        Found out before a call rather than by repeating it: moving the clock twice is not moving it once.
        """
        if self._connection.sock is None:
            return False
        with selectors.DefaultSelector() as selector:
            selector.register(self._connection.sock, selectors.EVENT_READ)
            return bool(selector.select(0))  # an idle connection has nothing to read but its end


def _given(value: str | None, variable: str) -> str:
    found = os.environ.get(variable) if value is None else value
    if found is None:
        raise ValueError(f"say which server and key are meant, or set {variable}")
    return found


def _judged(status: int, body: bytes) -> tuple[int, Any]:
    try:
        answer = json.loads(body) if body else None
    except ValueError:
        start = body[:200].decode(errors="replace")
        raise ControlError(status, f"the answer is not JSON: {start}") from None
    if 200 <= status < 300:
        return status, answer
    error = answer.get("error") if isinstance(answer, dict) else None
    message = error.get("message") if isinstance(error, dict) else error
    raise ControlError(status, str(message or answer or "no message"))
