"""The fragments in which a text, its annotations and a call's arguments are written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from mockserver import tokens
from mockserver.script import Wire

Object = dict[str, Any]


def in_reading_order(part: Wire) -> Object:
    """A content part whose annotations stand in the order of their passages, as the deltas bring them."""
    if part["type"] != "text":
        return dict(part)
    text = part["text"]
    annotations = sorted(text["annotations"], key=lambda annotation: annotation["start_index"])
    return {**part, "text": {**text, "annotations": annotations}}


def content_deltas(content: Sequence[Wire]) -> Iterator[tuple[Object, int]]:
    """The fragments a message is written in, each with its tokens. Every part gets at least one."""
    for index, part in enumerate(content):
        if part["type"] == "text":
            yield from _text_deltas(index, part["text"])
        else:
            yield {"index": index, **part}, 0


def _text_deltas(index: int, text: Wire) -> Iterator[tuple[Object, int]]:
    """Token by token; an annotated passage is one fragment that carries its annotation."""
    first = True
    for piece, size, marks in _pieces(text["value"], text["annotations"]):
        delta: Object = {"value": piece}
        if first or marks:
            delta["annotations"] = marks
        first = False
        yield {"index": index, "type": "text", "text": delta}, size


def _pieces(value: str, annotations: Sequence[Wire]) -> Iterator[tuple[str, int, list[Object]]]:
    if not value:
        yield "", 0, []
        return
    done = number = 0
    for annotation in annotations:
        start, end = annotation["start_index"], annotation["end_index"]
        if start < done:
            continue  # overlapping passages cannot each be a fragment; the finished message has them all
        for piece, size in _sized(value[done:start]):
            yield piece, size, []
        yield value[start:end], tokens.count(value[start:end]), [_annotation_delta(number, annotation)]
        done, number = end, number + 1
    for piece, size in _sized(value[done:]):
        yield piece, size, []


def _sized(text: str) -> Iterator[tuple[str, int]]:
    """The pieces of a text and how many tokens each is: more than one where tokens split a character."""
    for piece in tokens.split(text):
        yield piece, 1 if piece.isascii() else tokens.count(piece)


def _annotation_delta(number: int, annotation: Wire) -> Object:
    delta: Object = {"index": number, **annotation}
    if delta["type"] == "file_citation":
        delta["file_citation"] = {**delta["file_citation"], "quote": ""}  # recorded so in deltas only
    return delta


def fragments(text: str) -> list[tuple[str, int]]:
    """Arguments in at least two fragments where they have two characters: helpers rely on several."""
    pieces = list(_sized(text))
    if len(pieces) == 1 and len(text) > 1:
        return [(text[:1], 1), (text[1:], 1)]
    return pieces or [("", 0)]
