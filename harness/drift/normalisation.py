"""Answers of two targets made comparable: what differs by nature becomes a name for what it is.

ids             <thread 1>, <run 2>, numbered as they come up
times           <time>
usage, scores   <number>
what a model decides: texts, arguments, code, annotations    <text>, <annotations>
addresses       <url>;  request ids  <request>
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from harness.playing.outcome import StepRecord

_KINDS = {
    "thread.message": "message",
    "thread.run": "run",
    "thread.run.step": "step",
    "vector_store.file": "file",
    "vector_store.files_batch": "batch",
    "vector_store.file_batch": "batch",
    "upload.part": "part",
}
_PREFIXES = {
    "asst": "assistant",
    "thread": "thread",
    "msg": "message",
    "run": "run",
    "step": "step",
    "file": "file",
    "vs": "vector_store",
    "vsfb": "batch",
    "call": "call",
    "upload": "upload",
    "part": "part",
}
_STRANGER = re.compile(rf"\b({'|'.join(_PREFIXES)})[_-][A-Za-z0-9]{{8,}}\b")
_REQUEST = re.compile(r"\breq(?:uest)?_[A-Za-z0-9]{8,}\b")
_NO_OBJECT_OF_OURS = ("model", "list")
_NAMED = {"first", "last"}
_SHORTEST = 8
"""Ids of fewer characters are not looked for inside other texts."""

_NUMBERS = ("usage", "usage_bytes", "score")
_TIMED = re.compile(r"\w+_at|created|now")
_HEADERS = re.compile(r"content-type|x-request-id|retry-after(-ms)?|openai-.+|x-ratelimit-.+|location")


class Normaliser:
    """Names the ids of one scenario on one target, and makes its records comparable, in their order."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._counts: Counter[str] = Counter()

    def seen(self, record: StepRecord) -> Any:
        """The result or error of a step; the ids in its arguments get their names first."""
        self.normal(record.arguments)
        return self.normal(record.result if record.error is None else record.error)

    def normal(self, value: Any) -> Any:
        """Plain data with names for what differs by nature."""
        for object_id, kind in _ids(value):
            self._name(object_id, kind)
        return self._changed(value, "", by_user=False)

    def _name(self, object_id: str, kind: str) -> None:
        if object_id and object_id not in self._names:
            self._counts[kind] += 1
            self._names[object_id] = f"<{kind.replace('_', ' ')} {self._counts[kind]}>"

    def _changed(self, value: Any, key: str, *, by_user: bool) -> Any:
        if isinstance(value, Mapping):
            by_user = by_user or value.get("role") == "user"
            if key == "headers":
                return _headers(value)
            return {
                self._said(str(name)): self._entry(str(name), entry, key, by_user=by_user)
                for name, entry in value.items()
            }
        if isinstance(value, list):
            return [self._changed(entry, key, by_user=by_user) for entry in value]
        return self._said(value) if isinstance(value, str) else value

    def _entry(self, name: str, value: Any, inside: str, *, by_user: bool) -> Any:
        if value is None:
            return None
        if isinstance(value, int | float) and not isinstance(value, bool):
            if _TIMED.fullmatch(name):
                return "<time>"
            if name in _NUMBERS or inside in _NUMBERS:
                return "<number>"
            return value
        if not by_user:
            if name == "annotations" and isinstance(value, list):
                return "<annotations>"
            if isinstance(value, str) and _is_the_models(name, inside):
                return "<text>"
        return self._changed(value, name, by_user=by_user)

    def _said(self, text: str) -> str:
        """A text with names for the ids in it."""
        if text in self._names:
            return self._names[text]
        if text.startswith(("http://", "https://")):
            return "<url>"
        for object_id in sorted(self._names, key=len, reverse=True):
            if len(object_id) >= _SHORTEST and object_id in text:
                text = text.replace(object_id, self._names[object_id])
        text = _REQUEST.sub("<request>", text)
        return _STRANGER.sub(lambda found: f"<{_PREFIXES[found[1]].replace('_', ' ')}>", text)


def _is_the_models(name: str, inside: str) -> bool:
    """Whether a text at such a place is decided by a model."""
    if inside == "function":
        return name in ("name", "arguments", "output")
    return (name, inside) in {("value", "text"), ("input", "code_interpreter")} or name in (
        "text",
        "logs",
        "refusal",
    )


def _ids(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every id in plain data and what it is the id of, in the order of the data."""
    if isinstance(value, Mapping):
        kind = value.get("object")
        for name, entry in value.items():
            if isinstance(entry, str) and entry:
                if name == "id" and kind not in _NO_OBJECT_OF_OURS:
                    yield entry, _kind_of(kind, value, key)
                elif name.endswith("_id") and name[:-3] not in _NAMED:
                    yield entry, _kind_named(name[:-3])
            elif name.endswith("_ids") and isinstance(entry, list):
                yield from ((each, _kind_named(name[:-4])) for each in entry if isinstance(each, str))
            yield from _ids(entry, str(name))
    elif isinstance(value, list):
        for entry in value:
            yield from _ids(entry, key)


def _kind_of(kind: Any, holder: Mapping[str, Any], key: str) -> str:
    if isinstance(kind, str) and kind:
        return _KINDS.get(kind, kind.rpartition(".")[2])
    if key == "tool_calls" or holder.get("type") in ("function", "code_interpreter", "file_search"):
        return "call"
    return "object"


def _kind_named(name: str) -> str:
    return {"tool_call": "call", "run_step": "step", "part": "part"}.get(name, name)


def _headers(headers: Mapping[str, Any]) -> dict[str, str]:
    """Those that are the API's own; what they say only for the kind of content."""
    return {
        name: value.partition(";")[0] if name == "content-type" else "<value>"
        for name, value in sorted(headers.items())
        if _HEADERS.fullmatch(name)
    }
