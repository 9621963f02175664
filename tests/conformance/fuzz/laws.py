"""What no answer may be: the laws that each one is held against."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs

JSON, EVENTS = "application/json", "text/event-stream"


class Laws:
    """The laws of one document, whose `x-events` say what each event of a stream carries."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._validators: dict[str, Any] = {}

    def objection(self, method: str, path: str, status: int, content_type: str, body: bytes) -> str | None:
        """Which law an answer breaks, in words; None for a lawful one."""
        if status >= 500:
            return f"{status} that nobody asked for"
        responses = self._document["paths"][path][method.lower()]["responses"]
        described = responses.get(str(status)) or responses.get(f"{status // 100}XX")
        if described is None:
            return f"status {status} is not described"
        media = content_type.partition(";")[0].strip()
        if media not in described["content"]:
            return f"content type {content_type!r} is not described for {status}"
        if media == EVENTS:
            return self._stream(body)
        if media != JSON:
            return None
        try:
            value = json.loads(body, parse_constant=_refuse)
        except ValueError as error:
            return f"{status} is not JSON: {error}"
        found = self._complaint(
            f"{method} {path} {status // 100}", described["content"][JSON]["schema"], value
        )
        return found and f"{status} does not fit its schema: {found}"

    def _stream(self, body: bytes) -> str | None:
        """Events by name, each with the data it is described to carry; nothing is broken off."""
        described: dict[str, Any] = self._document["x-events"]
        name = ""
        try:
            for name, value in events(body):
                if name not in described:
                    return f"there is no event {name!r}"
                if found := self._complaint(name, described[name], value):
                    return f"event {name} does not fit its schema: {found}"
        except ValueError as error:
            return f"after event {name!r}: {error}"
        return None if name == "done" else f"a stream ends with {name!r}"

    def _complaint(self, name: str, schema: dict[str, Any], value: Any) -> str | None:
        if name not in self._validators:
            whole = {**schema, "components": self._document["components"]}
            self._validators[name] = jsonschema_rs.Draft202012Validator(whole)
        for error in self._validators[name].iter_errors(value):
            return f"{'.'.join(map(str, error.instance_path)) or 'the whole'}: {error.message}"[:400]
        return None


def events(body: bytes) -> Iterator[tuple[str, Any]]:
    """The events of a stream: two lines and an empty one each. Raises ValueError for anything else."""
    *blocks, rest = body.decode().split("\n\n")
    if rest:
        raise ValueError(f"a stream breaks off within {rest[:80]!r}")
    for block in blocks:
        name, _, data = block.partition("\n")
        if not name.startswith("event: ") or not data.startswith("data: ") or "\n" in data:
            raise ValueError(f"{block[:80]!r} is no event")
        text = data.removeprefix("data: ")
        yield (
            name.removeprefix("event: "),
            text if text == "[DONE]" else json.loads(text, parse_constant=_refuse),
        )


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")
