"""Answers as faults make them: refusals, whole bodies, and what an operation answered, taken apart."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from typing import Any

from mockserver import objects
from mockserver.apierror import ApiError
from mockserver.faults.contract import Occasion
from mockserver.fileerrors import on_azure
from mockserver.frames import JSON_TYPE, STREAM_TYPE, Body, Cut, Events, Frame, Frames, Head, Wait
from mockserver.refusing import refusal


def foreign(
    status: int, content: bytes, content_type: str, headers: Mapping[str, str] | None = None
) -> Frames:
    """A whole answer of somebody on the way: the API's own headers are missing."""
    yield Head(status, headers or {}, content_type, len(content), foreign=True)
    yield Body(content)


def refused(occasion: Occasion, error: ApiError, headers: Mapping[str, str] | None = None) -> Frames:
    """An error in the API's form, maybe with more headers."""
    head, content = refusal(on_azure(error) if occasion.azure else error, detailed=occasion.detailed)
    yield replace(head, headers={**head.headers, **headers}) if headers else head
    yield Body(content)


def opening(upstream: Frames) -> Generator[Frame, None, Frame | None]:
    """Let the operation be done: the first frame of its answer, usually a head; use it with `yield from`."""
    for frame in upstream:
        if not isinstance(frame, Wait):
            return frame
        yield frame
    return None


def begun(upstream: Frames) -> Frames:
    """Let the operation be done, and forget its answer; what a stream would tell of goes on unheard."""
    yield from opening(upstream)
    close: Callable[[], None] = getattr(upstream, "close", lambda: None)
    close()


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


Alter = Callable[[dict[str, Any]], bool]
"""Changes a JSON object in place; whether there was anything to change."""


def altered(upstream: Frames, alter: Alter) -> Frames:
    """A successful answer with its JSON object altered, or the data of each event of a stream.

    What there is nothing to alter about, and every other answer, goes on byte for byte.
    """
    for frame in upstream:
        if not isinstance(frame, Head) or frame.status != 200 or frame.foreign:
            yield frame
        elif frame.content_type == JSON_TYPE:
            yield from _altered_body(frame, upstream, alter)
        elif frame.content_type == STREAM_TYPE:
            yield frame
            yield from _altered_events(upstream, alter)
        else:
            yield frame


def _altered_body(head: Head, upstream: Frames, alter: Alter) -> Frames:
    content, cut = b"", None
    for frame in upstream:
        match frame:
            case Body():
                content += frame.data
            case Cut():
                cut = frame
                break
            case _:
                yield frame
    body = objects.object_in(content) if cut is None else None
    if body is not None and alter(body):
        content = objects.pretty(body)
        head = replace(head, length=None if head.length is None else len(content))
    yield head
    yield Body(content)
    if cut is not None:
        yield cut


def _altered_events(upstream: Frames, alter: Alter) -> Frames:
    events = Events()
    for frame in upstream:
        if isinstance(frame, Body):
            for whole in events.feed(frame.data):
                yield Body(_altered_event(whole, alter))
            continue
        if isinstance(frame, Cut) and events.rest:
            yield Body(events.rest)
        yield frame
    if events.rest:
        yield Body(events.rest)


def _altered_event(whole: bytes, alter: Alter) -> bytes:
    name, _, data = whole.partition(b"\ndata: ")
    body = objects.object_in(data)
    if body is None or not alter(body):
        return whole
    blank = data[len(data.rstrip()) :]
    return b"%s\ndata: %s%s" % (name, objects.compact(body), blank)
