"""The stage on which situations play: one world, asked over HTTP, with every exchange kept.

A situation is a function that drives a `Stage`. Whoever wants to know whether each reply is well formed plays
all of `tests.situations.SITUATIONS` and looks at `stage.exchanges`.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.control import Control
from tests.conftest import Answer, Raw, answer_of

TEXT = b"The cellar is locked at nine.\n\nGrandmother's favorite food was cake.\n"
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M/wHwAEBgIApD5fRAAAAABJRU5ErkJggg=="
)
"""A PNG of one pixel."""

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather somewhere.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
TIME = {"type": "function", "function": {"name": "get_time"}}
CODE, SEARCH = {"type": "code_interpreter"}, {"type": "file_search"}
SCHEMA = {
    "type": "json_schema",
    "json_schema": {
        "name": "answer",
        "description": "An answer.",
        "schema": {"type": "object", "properties": {"answer": {"type": "string"}}},
        "strict": False,
    },
}
CONTENT = "step_details.tool_calls[*].file_search.results[*].content"

ATTEMPTS = 10_000
"""Asking once takes about a millisecond; what has not come by then is not coming."""

_BOUNDARY = "a-boundary-that-stands-in-no-file"
_IDS = re.compile(r"/(?:(asst|thread|msg|run|step|upload|vsfb|vs)_\w+|(file)-\w+)")
_NAMES = {
    "asst": "assistant",
    "thread": "thread",
    "msg": "message",
    "run": "run",
    "step": "step",
    "file": "file",
    "upload": "upload",
    "vs": "vector_store",
    "vsfb": "batch",
}


def template(method: str, path: str) -> str:
    """The operation a request belongs to: `GET /threads/{thread_id}`."""
    plain = path.removeprefix("/v1").partition("?")[0]
    plain = re.sub(r"^/models/.+", "/models/{model}", plain)
    return f"{method} {_IDS.sub(lambda found: f'/{{{_NAMES[found[1] or found[2]]}_id}}', plain)}"


def form(fields: Mapping[str, str], **files: tuple[str, bytes]) -> tuple[bytes, dict[str, str | None]]:
    """The body and the headers of a form: plain fields, and files as name and content."""
    parts = [
        f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode()
        for name, value in fields.items()
    ]
    for name, (filename, content) in files.items():
        escaped = filename.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")  # as HTML has it
        head = (
            f'Content-Disposition: form-data; name="{name}"; filename="{escaped}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        parts.append(head.encode() + content)
    body = b"".join(f"--{_BOUNDARY}\r\n".encode() + part + b"\r\n" for part in parts)
    body += f"--{_BOUNDARY}--\r\n".encode()
    return body, {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}


@dataclass(frozen=True)
class Exchange:
    """What was asked and answered; `operation` is method and path template."""

    operation: str
    request: Any
    answer: Answer

    @property
    def streamed(self) -> bool:
        """Whether the answer is a stream of events."""
        return self.answer.headers["content-type"].startswith("text/event-stream")

    @property
    def downloaded(self) -> bool:
        """Whether the answer is the content of a file."""
        return self.answer.headers["content-type"] == "application/octet-stream"


class Stage:
    """A world, and everything that was said to it. Anything but 200 fails the test that plays here."""

    def __init__(self, raw: Raw, control: Control) -> None:
        self.raw = raw
        self.control = control
        self.exchanges: list[Exchange] = []

    def get(self, path: str) -> Any:
        """The body of a GET."""
        return self._ask("GET", path).body

    def post(self, path: str, body: Any = None) -> Any:
        """The body of the reply to a POST."""
        return self._ask("POST", path, body).body

    def stream(self, path: str, body: dict[str, Any]) -> list[tuple[str, Any]]:
        """The events of a streamed POST."""
        return self._ask("POST", path, body | {"stream": True}).events()

    def cancel_after(self, told: str, path: str, body: dict[str, Any]) -> None:
        """A streamed POST whose run is cancelled, from another connection, when the event `told` has come."""
        listener = self.raw.another()
        response = listener.begin("POST", f"/v1{path}", body | {"stream": True})
        read = b""
        while f"event: {told}\n".encode() not in read:
            read += response.readline()
        read += response.readline() + response.readline()
        run = json.loads(read.split(b"data: ")[1].split(b"\n")[0])["id"]
        self.post(f"{path}/{run}/cancel")
        answer = answer_of(response, read)
        listener.connection.close()
        self.exchanges.append(Exchange(template("POST", path), body, answer))

    def delete(self, path: str) -> Any:
        """The body of the reply to a DELETE."""
        return self._ask("DELETE", path).body

    def send(self, path: str, fields: Mapping[str, str], **files: tuple[str, bytes]) -> Any:
        """The body of the reply to a POST of a form: plain fields, and files as name and content."""
        body, headers = form(fields, **files)
        return self._ask("POST", path, body, headers).body

    def download(self, file_id: str) -> bytes:
        """The content of a file."""
        return self._ask("GET", f"/files/{file_id}/content").raw

    def _ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str | None] | None = None
    ) -> Answer:
        answer = self.raw(method, f"/v1{path}", body, headers)
        assert answer.status == 200, f"{method} {path}: {answer.raw.decode()}"
        self.exchanges.append(Exchange(template(method, path), body, answer))
        return answer

    # What most situations need first

    def says(self, then: dict[str, Any], **rule: Any) -> None:
        """The pretended model's next turn."""
        self.control.add_replies({"then": then, "times": 1, **rule})

    def file(self, name: str = "a.txt", content: bytes = TEXT, purpose: str = "assistants") -> str:
        """The id of a new file."""
        return str(self.send("/files", {"purpose": purpose}, file=(name, content))["id"])

    def store(self, *file_ids: str, **fields: Any) -> str:
        """The id of a new vector store, its files indexed."""
        asked = {"file_ids": list(file_ids)} if file_ids else {}
        store = self.post("/vector_stores", asked | fields)
        self.settle(f"/vector_stores/{store['id']}")
        return str(store["id"])

    def settle(self, path: str) -> Any:
        """What stands there once it is not in progress any more: a vector store, its file or batch."""
        for _ in range(20):
            found = self.get(path)
            if found["status"] != "in_progress":
                return found
        raise AssertionError(f"{path} is still in progress")

    def assistant(self, **fields: Any) -> str:
        """The id of a new assistant."""
        return str(self.post("/assistants", {"model": "gpt-4o"} | fields)["id"])

    def thread(self, *messages: str) -> str:
        """The id of a new thread in which the user says these things."""
        wanted = [{"role": "user", "content": text} for text in messages or ("Hello there?",)]
        return str(self.post("/threads", {"messages": wanted})["id"])

    def run(self, **fields: Any) -> str:
        """The path of a run that was just queued, with an assistant and a thread of its own."""
        assistant = self.assistant(**fields.pop("assistant", {}))
        thread = self.thread()
        run = self.post(f"/threads/{thread}/runs", {"assistant_id": assistant} | fields)
        return f"/threads/{thread}/runs/{run['id']}"

    def finish(self, path: str) -> Any:
        """Poll a run to its end, or until it asks for something; look at its steps and messages too."""
        run = self.get(path)
        for _ in range(20):
            if run["status"] not in ("queued", "in_progress", "cancelling"):
                break
            run = self.get(path)
        self.look(path)
        return run

    def look(self, path: str) -> None:
        """Look at all a run has made."""
        for step in self.get(f"{path}/steps")["data"]:
            self.get(f"{path}/steps/{step['id']}")
        messages = f"/threads/{path.split('/')[2]}/messages"
        for message in self.get(messages)["data"]:
            self.get(f"{messages}/{message['id']}")


Situation = Callable[[Stage], None]
SITUATIONS: dict[str, Situation] = {}


def situation(play: Situation) -> Situation:
    """Add a situation under its function's name."""
    SITUATIONS[play.__name__] = play
    return play


def until(true: Callable[[], Any]) -> Any:
    """Ask until something is so, and what it is; AssertionError if it never comes."""
    for _ in range(ATTEMPTS):
        if found := true():
            return found
    raise AssertionError("it never comes")
