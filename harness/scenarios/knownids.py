"""Ids as steps tell them: what a recorded call was given, in the words of those that came before it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_ID = re.compile(r"[A-Za-z]+[-_][A-Za-z0-9_-]{2,}")
_WAY = re.compile(r"[A-Za-z0-9_-]+")
_LEFT_OUT = frozenset({"first_id", "last_id", "client_secret"})
_MARK = re.compile("\x00([0-9]+)((?:[.][A-Za-z0-9_-]+)*)\x00")

CALLS = "required_action.submit_tool_outputs.tool_calls"


class KnownIds:
    """Which step tells which id. Until names are given, a reference is a mark with the number of its step."""

    def __init__(self) -> None:
        self._marks: dict[str, str] = {}
        self._streams: list[int] = []
        self._runs_streamed: set[int] = set()

    def learn(self, value: Any, step: int, way: str = "") -> None:
        """Take the ids that the result of a step tells; who told one first is who is asked."""
        for found, where in _ids(value, way):
            self._marks.setdefault(found, _mark(step, where))

    def stream(self, step: int, run: str | None = None) -> None:
        """A step is a stream: the journal does not say what came in it, but whoever goes on does."""
        self._streams.append(step)
        if run is not None:
            self._runs_streamed.add(step)

    def knows(self, id_: str) -> bool:
        """Whether a step tells it."""
        return id_ in self._marks

    def path(self, arguments: Mapping[str, str]) -> dict[str, str]:
        """The arguments of a path: a run nobody told of, or its thread, is that of the newest stream."""
        for name, value in arguments.items():
            if name not in ("run_id", "thread_id") or value in self._marks or not self._streams:
                continue
            newest = self._streams[-1]
            if name == "thread_id":
                self._marks[value] = _mark(newest, "run.thread_id")
            elif newest not in self._runs_streamed:
                self._runs_streamed.add(newest)
                self._marks[value] = _mark(newest, "run.id")
        return {name: self.put_in(value) for name, value in arguments.items()}

    def outputs(self, given: Any) -> None:
        """What tools returned: calls that nobody told of are those of the newest stream, in their order."""
        if not self._streams or not isinstance(given, list):
            return
        for index, output in enumerate(given):
            call = output.get("tool_call_id") if isinstance(output, Mapping) else None
            if isinstance(call, str):
                self._marks.setdefault(call, _mark(self._streams[-1], f"run.{CALLS}.{index}.id"))

    def put_in(self, value: Any) -> Any:
        """A copy with marks in the place of the ids that are known."""
        if isinstance(value, Mapping):
            return {key: self.put_in(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.put_in(item) for item in value]
        if not isinstance(value, str):
            return value
        if value in self._marks:
            return self._marks[value]
        text = value.replace("\x00", "").replace("${", "$${")
        return _ID.sub(lambda found: self._marks.get(found[0], found[0]), text)


def object_of(mark: str) -> str | None:
    """The mark of the object whose `id` a mark is."""
    return f"{mark[: -len('.id') - 1]}\x00" if mark.endswith(".id\x00") and _MARK.fullmatch(mark) else None


def marked(value: Any) -> Iterator[int]:
    """The steps a value refers to."""
    for text in _texts(value):
        yield from (int(found[1]) for found in _MARK.finditer(text))


def named(value: Any, names: Sequence[str] | Mapping[int, str]) -> Any:
    """A copy with references by name in the place of marks."""
    if isinstance(value, Mapping):
        return {key: named(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [named(item, names) for item in value]
    if not isinstance(value, str):
        return value
    return _MARK.sub(lambda found: "${" + names[int(found[1])] + found[2] + "}", value)


def _mark(step: int, way: str) -> str:
    return f"\x00{step}{'.' if way else ''}{way}\x00"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from _texts(item)


def _ids(value: Any, way: str) -> Iterator[tuple[str, str]]:
    """The ids in an answer, each with the way to it."""
    prefix = f"{way}." if way else ""
    if isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, Mapping | list):
                yield from _ids(item, f"{prefix}{index}")
    if not isinstance(value, Mapping):
        return
    for key, item in value.items():
        if key in _LEFT_OUT or not _WAY.fullmatch(key):
            continue
        if isinstance(item, str) and (key == "id" or key.endswith("_id")) and _ID.fullmatch(item):
            yield item, f"{prefix}{key}"
        elif isinstance(item, list) and key.endswith("_ids"):
            for index, each in enumerate(item):
                if isinstance(each, str) and _ID.fullmatch(each):
                    yield each, f"{prefix}{key}.{index}"
        else:
            yield from _ids(item, f"{prefix}{key}")
