"""Small applications: a careful one, and some that each make one mistake."""

from __future__ import annotations

import contextlib
import json
import os
import time
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

ENDED = ("completed", "failed", "cancelled", "expired", "incomplete")
WORKING = ("queued", "in_progress", "cancelling")
DEADLINE = 900.0


class DeskUnavailableError(Exception):
    """How a desk says that it has no answer."""


class Refused(Exception):  # noqa: N818 - it is caught where it is raised
    """What a call came to when it did not come to JSON of the right kind."""


class Api:
    """The API through plain HTTP, which costs less than the SDK and never tries again."""

    def __init__(self) -> None:
        url = urlsplit(os.environ["OPENAI_BASE_URL"])
        assert url.hostname is not None
        self.connection = HTTPConnection(url.hostname, url.port, timeout=30)
        self.root = url.path
        self.headers = {
            "Authorization": f"Bearer {os.environ['OPENAI_API_KEY']}",
            "OpenAI-Beta": "assistants=v2",
            "Content-Type": "application/json",
        }

    def call(self, method: str, path: str, body: Any = None, *, kind: str = "") -> dict[str, Any]:
        """The answer, an object of this kind. Raises Refused."""
        try:
            payload = None if body is None else json.dumps(body)
            self.connection.request(method, self.root + path, payload, self.headers)
            response = self.connection.getresponse()
            status, text = response.status, response.read()
        except (OSError, HTTPException) as error:
            self.connection.close()
            raise Refused(str(error)) from error
        try:
            answer = json.loads(text)
        except ValueError as error:
            raise Refused("no JSON") from error
        if status != 200 or not isinstance(answer, dict) or answer.get("object") != kind:
            raise Refused(f"{status}: {text[:80]!r}")
        return answer


class Desk:
    """Answers one question after another in one thread, and knows what can go wrong."""

    def __init__(self) -> None:
        self.api = Api()
        self.assistant = self.api.call("POST", "/assistants", {"model": "gpt-4o"}, kind="assistant")["id"]
        self.thread = ""

    def ask(self, text: str) -> str:
        """The answer. Raises DeskUnavailableError, and begins another thread the next time."""
        try:
            return self.answer(text)
        except Refused as error:
            self.thread = ""
            raise DeskUnavailableError(str(error)) from error

    def answer(self, text: str) -> str:
        """The answer, as long as all goes well."""
        if not self.thread:
            self.thread = self.api.call("POST", "/threads", {}, kind="thread")["id"]
        self.say(text)
        run = self.begin()
        return self.read(self.wait(run))

    def say(self, text: str) -> None:
        """Put what the user says into the thread."""
        message = {"role": "user", "content": text}
        self.api.call("POST", f"/threads/{self.thread}/messages", message, kind="thread.message")

    def begin(self) -> dict[str, Any]:
        """Begin a run."""
        body = {"assistant_id": self.assistant}
        return self.api.call("POST", f"/threads/{self.thread}/runs", body, kind="thread.run")

    def wait(self, run: dict[str, Any]) -> dict[str, Any]:
        """The run when it has ended; one that takes too long is cancelled."""
        until = time.monotonic() + DEADLINE
        path = f"/threads/{self.thread}/runs/{run['id']}"
        try:
            while run["status"] in WORKING and time.monotonic() < until:
                time.sleep(5)
                run = self.api.call("GET", path, kind="thread.run")
        except Refused:
            self.cancel(path)
            raise
        if run["status"] not in ENDED:
            self.cancel(path)
            raise Refused(f"the run is {run['status']}")
        return run

    def cancel(self, path: str) -> None:
        """Nobody waits for this run any more."""
        with contextlib.suppress(Refused):
            self.api.call("POST", f"{path}/cancel", kind="thread.run")

    def read(self, run: dict[str, Any]) -> str:
        """What the run wrote."""
        if run["status"] != "completed":
            raise Refused(f"the run is {run['status']}")
        path = f"/threads/{self.thread}/messages?run_id={run['id']}"
        written = [
            part["text"]["value"]
            for message in self.api.call("GET", path, kind="list")["data"]
            if message["role"] == "assistant"
            for part in message["content"]
            if part["type"] == "text"
        ]
        if not written:
            raise Refused("the run has written nothing")
        return str(written[-1])

    def close(self) -> None:
        """Hang up."""
        self.api.connection.close()


class CredulousDesk(Desk):
    """Takes the newest message as the answer, however the run has ended."""

    def read(self, run: dict[str, Any]) -> str:
        listed = self.api.call("GET", f"/threads/{self.thread}/messages", kind="list")
        return str(listed["data"][0]["content"][0]["text"]["value"])


class StubbornDesk(Desk):
    """Sends a message again when it hears nothing."""

    def say(self, text: str) -> None:
        try:
            super().say(text)
        except Refused:
            super().say(text)


class PatientDesk(Desk):
    """Waits for `completed`, and for nothing else."""

    def wait(self, run: dict[str, Any]) -> dict[str, Any]:
        while run["status"] != "completed":
            time.sleep(60)
            run = self.api.call("GET", f"/threads/{self.thread}/runs/{run['id']}", kind="thread.run")
        return run


class ForgetfulDesk(Desk):
    """Leaves a run alone that takes too long."""

    def cancel(self, path: str) -> None:
        pass
