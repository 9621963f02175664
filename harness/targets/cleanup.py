"""What a session made on a target that is not its own, and deleting it again, newest first.

Everything is learnt from the exchanges themselves: what was created and deleted, which runs may still be
active, which stores and files the service made by itself on the way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Ask = Callable[[str, str], tuple[int, Any, Mapping[str, str]]]
"""Makes one request without a body: method, path; status, JSON (or text) and headers. Raises Exception."""

_COLLECTIONS = {
    "assistants": "assistant",
    "threads": "thread",
    "vector_stores": "vector store",
    "files": "file",
    "uploads": "upload",
}
_FINAL = frozenset({"completed", "failed", "cancelled", "expired", "incomplete"})
_GENERATED = ("image_file", "file_path", "image")
_ATTEMPTS = 8
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 20.0


@dataclass(frozen=True, slots=True)
class Made:
    """One object that a session made: the collection it is in, such as `threads`, and its id."""

    collection: str
    id: str

    def __str__(self) -> str:
        return f"{_COLLECTIONS[self.collection]} {self.id}"


class Ledger:
    """What was made and is still there, oldest first, and the last known status of every run."""

    def __init__(self) -> None:
        self.made: list[Made] = []
        self._gone: set[Made] = set()
        self._runs: dict[str, dict[str, str]] = {}
        self._asked_for: set[str] = set()

    def saw(self, method: str, path: str, sent: Any, answer: Any) -> None:
        """An exchange that went well: `path` below the base URL, the JSON that was sent and that came."""
        parts = path.strip("/").split("/")
        if method == "DELETE" and len(parts) == 2 and parts[0] in _COLLECTIONS:
            self.forget(Made(parts[0], parts[1]))
            return
        self._asked_for.update(_stores_in(sent))
        if not isinstance(answer, Mapping):
            return
        if method == "POST":
            self._created(parts, answer)
        self._look_into(parts, answer)

    def saw_event(self, path: str, name: str, data: Any) -> None:
        """An event of a stream that was answered to a call of this path."""
        if not isinstance(data, Mapping):
            return
        if name == "thread.created":
            self._note("threads", data.get("id"))
        elif path.strip("/") == "threads/runs" and name.startswith("thread.run."):
            self._note("threads", data.get("thread_id"))
        self._look_into([], data)

    def forget(self, made: Made) -> None:
        """It is gone, or not to be thought of any more."""
        self._gone.add(made)
        self.made = [other for other in self.made if other != made]

    def active_runs(self, thread_id: str) -> list[str]:
        """The runs of a thread that had not ended when they were last seen, oldest first."""
        return [run for run, status in self._runs.get(thread_id, {}).items() if status not in _FINAL]

    def stores_of(self, thread: Any) -> list[str]:
        """The vector stores of a thread (JSON) or an assistant that the service made for it."""
        return [store for store in _stores_in(thread) if store not in self._asked_for]

    def _created(self, parts: list[str], answer: Mapping[str, Any]) -> None:
        if len(parts) == 1 and parts[0] in _COLLECTIONS:
            self._note(parts[0], answer.get("id"))
            for store in self.stores_of(answer):
                self._note("vector_stores", store)
        elif parts == ["threads", "runs"]:
            self._note("threads", answer.get("thread_id"))
        elif parts[0] == "uploads" and parts[-1] in ("complete", "cancel") and len(parts) == 3:
            self.forget(Made("uploads", parts[1]))
            file = answer.get("file")
            if isinstance(file, Mapping):
                self._note("files", file.get("id"))

    def _look_into(self, parts: list[str], answer: Mapping[str, Any]) -> None:
        """Note what runs there are and how they stand, and files that a model made."""
        listed = answer.get("data")
        for each in listed if isinstance(listed, list) else [answer]:
            if not isinstance(each, Mapping):
                continue
            kind, thread = each.get("object"), each.get("thread_id")
            if (kind == "thread.run" or parts[-1:] == ["runs"]) and isinstance(thread, str) and "id" in each:
                self._runs.setdefault(thread, {})[str(each["id"])] = str(each.get("status"))
            if kind == "thread.run.step" or (kind == "thread.message" and each.get("role") == "assistant"):
                for file in _generated_in(each):
                    self._note("files", file)

    def _note(self, collection: str, object_id: Any) -> None:
        if isinstance(object_id, str) and object_id:
            made = Made(collection, object_id)
            if made not in self._gone and made not in self.made:
                self.made.append(made)


def delete_all(ledger: Ledger, ask: Ask, pause: Callable[[float], None]) -> list[str]:
    """Delete what the ledger knows, newest first; what could not be deleted, in words.

    Nothing stops it but an interruption (KeyboardInterrupt); then the ledger still holds what is left.
    `pause` waits so many seconds of the target's time.
    """
    left = []
    while ledger.made:
        made = ledger.made[-1]
        reason = _delete(made, ledger, ask, pause)
        ledger.forget(made)
        if reason is not None:
            left.append(f"{made}: {reason}")
    return left


def _delete(made: Made, ledger: Ledger, ask: Ask, pause: Callable[[float], None]) -> str | None:
    """Delete one object; None when it is gone, else why not."""
    if made.collection == "threads":
        _prepare_thread(made, ledger, ask)
    method, path = "DELETE", f"/{made.collection}/{made.id}"
    if made.collection == "uploads":
        method, path = "POST", f"{path}/cancel"
    wait, reason = _FIRST_PAUSE, "it was not tried"
    for attempt in range(_ATTEMPTS):
        if attempt:
            pause(wait)
            wait = min(wait * 2, _LONGEST_PAUSE)
            if made.collection == "threads":
                for run in ledger.active_runs(made.id):
                    _quietly(ask, "GET", f"/threads/{made.id}/runs/{run}")
        try:
            status, answer, headers = ask(method, path)
        except Exception as error:
            reason = f"{type(error).__name__} {error}".strip()
            continue
        if status < 300 or status in (404, 410):
            return None
        reason = f"{status} {_message(answer)}".strip()
        if status == 429:
            wait = max(wait, min(_retry_after(headers), _LONGEST_PAUSE))
        elif status < 500 and status != 409 and not (made.collection == "threads" and status == 400):
            return reason  # asking again would not change it; a thread may only have an active run
    return reason


def _prepare_thread(made: Made, ledger: Ledger, ask: Ask) -> None:
    """Cancel its runs and delete the vector store that attachments gave it, as far as that is possible."""
    for run in ledger.active_runs(made.id):
        _quietly(ask, "POST", f"/threads/{made.id}/runs/{run}/cancel")
    thread = _quietly(ask, "GET", f"/threads/{made.id}")
    for store in ledger.stores_of(thread):
        reason = _quietly(ask, "DELETE", f"/vector_stores/{store}")
        if reason is not None:
            ledger.forget(Made("vector_stores", store))


def _quietly(ask: Ask, method: str, path: str) -> Any:
    try:
        status, answer, _ = ask(method, path)
    except Exception:
        return None
    return answer if status < 300 else None


def _stores_in(document: Any) -> list[str]:
    """The ids under every `vector_store_ids` in a document."""
    found = []
    for key, value in _entries(document):
        if key == "vector_store_ids" and isinstance(value, list):
            found += [each for each in value if isinstance(each, str)]
    return found


def _generated_in(document: Any) -> Iterator[str]:
    for key, value in _entries(document):
        if key in _GENERATED and isinstance(value, Mapping) and isinstance(value.get("file_id"), str):
            yield value["file_id"]


def _entries(document: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(document, Mapping):
        for key, value in document.items():
            yield str(key), value
            yield from _entries(value)
    elif isinstance(document, Sequence) and not isinstance(document, str | bytes):
        for value in document:
            yield from _entries(value)


def _message(answer: Any) -> str:
    error = answer.get("error", answer) if isinstance(answer, Mapping) else answer
    message = error.get("message", error) if isinstance(error, Mapping) else error
    return re.sub(r"\s+", " ", str(message))[:200]


def _retry_after(headers: Mapping[str, str]) -> float:
    try:
        return float(headers.get("retry-after", ""))
    except ValueError:
        return 0.0
