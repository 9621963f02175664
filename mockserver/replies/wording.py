"""What a scripted reply says: its content parts, and annotations placed where their text stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockserver.replies.checked import (
    RuleError,
    below,
    kind,
    mapping,
    needed,
    one_of,
    record,
    sequence,
    text,
    whole,
    word,
)
from mockserver.script import Say, Wire

_CITED = {"file_citation": ("file_id", "quote"), "file_path": ("file_id",)}
_PICTURES = {"image_file": ("file_id", "detail"), "image_url": ("url", "detail")}


def parse_reply(raw: Any, annotations: Any, path: str) -> Say:
    """A message from `reply` and `annotations` (None when absent) of the action at `path`.

    Text stands as `{"type": "text", "text": "…"}` or as on the wire, `{"value", "annotations"}`. Annotations
    beside the reply are looked for in all text parts, those within a part in this part only; in both cases
    each is sought from the end of the one before. An annotation with `start_index` and `end_index` is sent
    as it is, so that wrong offsets can be scripted; beside a reply of several parts it goes to the part of
    the annotation before it, at first to the first text part.
    """
    place = below(path, "reply")
    if isinstance(raw, str):
        parts = [_text_part(raw, [])]
    elif isinstance(raw, list):
        parts = [_part(part, below(place, index)) for index, part in enumerate(sequence(raw, place))]
    else:
        raise RuleError(place, f"expected a text or an array of content parts, got {kind(raw)}")
    if annotations is not None:
        _annotate(parts, annotations, below(path, "annotations"))
    return Say(tuple(parts))


def reply_raw(say: Say) -> dict[str, Any]:
    """The action that `parse_reply` reads as this message."""
    return {"reply": [dict(part) for part in say.content]}


def _part(raw: Any, path: str) -> dict[str, Any]:
    part = mapping(raw, path)
    type_ = one_of(needed(part, "type", path), below(path, "type"), ("text", "refusal", *_PICTURES))
    place = below(path, type_)
    value = needed(record(part, path, ("type", type_)), type_, path)
    if type_ == "refusal":
        return {"type": type_, type_: text(value, place)}
    if type_ in _PICTURES:
        picture = record(value, place, _PICTURES[type_])
        source = _PICTURES[type_][0]
        word(needed(picture, source, place), below(place, source))
        if "detail" in picture:
            one_of(picture["detail"], below(place, "detail"), ("auto", "low", "high"))
        return {"type": type_, type_: dict(picture)}
    if isinstance(value, str):
        return _text_part(value, [])
    wire = record(value, place, ("value", "annotations"))
    made = _text_part(text(needed(wire, "value", place), below(place, "value")), [])
    if wire.get("annotations", []) != []:
        _annotate([made], wire["annotations"], below(place, "annotations"))
    return made


def _text_part(value: str, annotations: list[Wire]) -> dict[str, Any]:
    return {"type": "text", "text": {"value": value, "annotations": annotations}}


def _annotate(parts: Sequence[Mapping[str, Any]], raw: Any, path: str) -> None:
    """Put each annotation into the part its text stands in."""
    texts = [part["text"] for part in parts if part["type"] == "text"]
    if not texts:
        raise RuleError(path, "the reply has no text to annotate")
    at = cursor = 0
    for index, entry in enumerate(sequence(raw, path)):
        place = below(path, index)
        annotation = _annotation(entry, place)
        if "start_index" not in annotation:
            at, cursor = _find(annotation["text"], texts, at, cursor, place)
            annotation["start_index"] = cursor
            annotation["end_index"] = cursor + len(annotation["text"])
        cursor = annotation["end_index"]
        texts[at]["annotations"].append(annotation)


def _annotation(raw: Any, path: str) -> dict[str, Any]:
    """One annotation in the wire's form, its offsets as far as they were given."""
    given = record(raw, path, ("type", "text", "start_index", "end_index", *_CITED))
    types = [type_ for type_ in _CITED if type_ in given]
    if len(types) != 1:
        raise RuleError(path, f"needs one of {' and '.join(_CITED)}, with a file_id")
    (type_,) = types
    if one_of(given.get("type", type_), below(path, "type"), _CITED) != type_:
        raise RuleError(below(path, "type"), f"is {given['type']!r}, but the annotation has a {type_}")
    place = below(path, type_)
    cited = record(given[type_], place, _CITED[type_])
    word(needed(cited, "file_id", place), below(place, "file_id"))
    if "quote" in cited:
        text(cited["quote"], below(place, "quote"))
    marked = text(needed(given, "text", path), below(path, "text"))
    made: dict[str, Any] = {"type": type_, "text": marked}
    if "start_index" in given or "end_index" in given:
        start = whole(needed(given, "start_index", path), below(path, "start_index"), 0)
        end = whole(needed(given, "end_index", path), below(path, "end_index"), start)
        made |= {"start_index": start, "end_index": end}
    elif not marked:
        raise RuleError(
            below(path, "text"), "is empty; give start_index and end_index, or the text they cover"
        )
    return made | {type_: dict(cited)}


def _find(marked: str, texts: Sequence[Wire], at: int, cursor: int, path: str) -> tuple[int, int]:
    """The text and the offset where the marked passage begins, not before the cursor."""
    for index in range(at, len(texts)):
        found = texts[index]["value"].find(marked, cursor if index == at else 0)
        if found >= 0:
            return index, found
    earlier = any(marked in each["value"] for each in texts)
    problem = (
        "stands in the reply only before the annotation above" if earlier else "does not stand in the reply"
    )
    raise RuleError(below(path, "text"), f"{marked!r} {problem}")
