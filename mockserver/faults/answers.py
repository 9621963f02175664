"""Answers as faults make them: refusals, whole bodies, and what an operation answered, taken apart."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from typing import Any

import msgspec

from mockserver import objects
from mockserver.apierror import ApiError
from mockserver.faults.contract import Occasion
from mockserver.frames import JSON_TYPE, Body, Cut, Frame, Frames, Head, Wait
from mockserver.refusing import refusal


def whole(status: int, content: bytes, content_type: str, headers: Mapping[str, str] | None = None) -> Frames:
    """A whole answer of the API."""
    yield Head(status, headers or {}, content_type, len(content))
    yield Body(content)


def foreign(
    status: int, content: bytes, content_type: str, headers: Mapping[str, str] | None = None
) -> Frames:
    """A whole answer of somebody on the way: the API's own headers are missing."""
    yield Head(status, headers or {}, content_type, len(content), foreign=True)
    yield Body(content)


def refused(occasion: Occasion, error: ApiError) -> Frames:
    """An error in the API's form."""
    head, content = refusal(error, detailed=occasion.detailed)
    yield head
    yield Body(content)


def drained(upstream: Frames) -> Frames:
    """Let the operation be done and take its time, and forget what it answered."""
    for frame in upstream:
        if isinstance(frame, Wait):
            yield frame


def collected(upstream: Frames) -> Generator[Frame, None, tuple[Head | None, bytes]]:
    """The head and the whole body of an answer; use it with `yield from`. The head is None if it was cut."""
    head: Head | None = None
    content: list[bytes] = []
    for frame in upstream:
        match frame:
            case Head():
                head = frame
            case Body():
                content.append(frame.data)
            case Wait():
                yield frame
            case Cut():
                yield frame
                return None, b""
    return head, b"".join(content)


def edited(upstream: Frames, edit: Callable[[dict[str, Any]], None]) -> Frames:
    """The JSON object of a successful answer after `edit` has changed it; other answers as they are."""
    head, content = yield from collected(upstream)
    if head is None:
        return
    if head.status == 200 and head.content_type == JSON_TYPE:
        body = msgspec.json.decode(content)
        edit(body)
        content = objects.pretty(body)
    length = None if head.length is None else len(content)
    yield replace(head, length=length)
    yield Body(content)
