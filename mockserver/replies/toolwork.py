"""What the built-in tools did in a scripted reply: code that ran, files that were searched.

The wire's own forms of outputs and results are accepted beside the short ones, so that what a responder has
made can be written down and read back.
"""

from __future__ import annotations

from typing import Any

from mockserver.replies.checked import (
    RuleError,
    below,
    kind,
    mapping,
    needed,
    plain,
    record,
    sequence,
    text,
    word,
)
from mockserver.script import RunCode, SearchFiles, Wire

_RESULT = ("file", "file_id", "file_name", "score", "text", "content", "attributes")


def parse_code(raw: Any, path: str) -> RunCode:
    """The `code_interpreter` action at `path`."""
    code = record(raw, path, ("input", "outputs"))
    source = text(needed(code, "input", path), below(path, "input"))
    place = below(path, "outputs")
    outputs = [] if code.get("outputs", []) == [] else sequence(code["outputs"], place)
    return RunCode(source, tuple(_output(entry, below(place, index)) for index, entry in enumerate(outputs)))


def code_raw(action: RunCode) -> dict[str, Any]:
    """What `parse_code` reads as this action."""
    return {"input": action.input, "outputs": [plain(output) for output in action.outputs]}


def parse_search(raw: Any, path: str) -> SearchFiles:
    """The `file_search` action at `path`.

    A result names its file by `file`, a name or an id; what is said becomes `file_name` or `file_id`, and the
    other of the two is left for whoever knows the files.
    """
    search = record(raw, path, ("query", "results", "reply", "miss"))
    texts = {key: text(search[key], below(path, key)) for key in ("query", "reply", "miss") if key in search}
    place = below(path, "results")
    results = sequence(search["results"], place) if "results" in search else []
    return SearchFiles(
        tuple(_result(entry, below(place, index)) for index, entry in enumerate(results)),
        texts.get("query"),
        texts.get("reply"),
        texts.get("miss"),
    )


def search_raw(action: SearchFiles) -> dict[str, Any]:
    """What `parse_search` reads as this action."""
    raw: dict[str, Any] = {"results": [plain(result) for result in action.results]} if action.results else {}
    texts = {"query": action.query, "reply": action.reply, "miss": action.miss}
    return raw | {key: value for key, value in texts.items() if value is not None}


def is_file_id(file: str) -> bool:
    """Whether `file` is meant as an id: it begins like one, and has no ending like a name."""
    return file.startswith("file-") and "." not in file


def _output(raw: Any, path: str) -> Wire:
    output = record(raw, path, ("type", "logs", "image"))
    types = [key for key in output if key != "type"]
    if len(types) != 1 or output.get("type", types[0]) != types[0]:
        raise RuleError(path, "is either {'logs': text} or {'image': file}")
    (type_,) = types
    place = below(path, type_)
    if type_ == "logs":
        return {"type": "logs", "logs": text(output["logs"], place)}
    image = output["image"]
    if not isinstance(image, str):
        image = needed(record(image, place, ("file_id",)), "file_id", place)
        place = below(place, "file_id")
    return {"type": "image", "image": {"file_id": word(image, place)}}


def _result(raw: Any, path: str) -> Wire:
    result = record(raw, path, _RESULT)
    made: dict[str, Any] = {}
    for key in ("file_id", "file_name"):
        if key in result:
            made[key] = word(result[key], below(path, key))
    if "file" in result:
        file = word(result["file"], below(path, "file"))
        made["file_id" if is_file_id(file) else "file_name"] = file
    if not made:
        raise RuleError(path, "'file' is missing: the name or the id of a file")
    if "score" in result:
        made["score"] = _score(result["score"], below(path, "score"))
    if "attributes" in result:
        made["attributes"] = dict(mapping(result["attributes"], below(path, "attributes")))
    if "text" in result:
        made["content"] = [{"type": "text", "text": text(result["text"], below(path, "text"))}]
    elif "content" in result:
        made["content"] = _content(result["content"], below(path, "content"))
    return made


def _score(raw: Any, path: str) -> float:
    if not isinstance(raw, int | float) or isinstance(raw, bool):
        raise RuleError(path, f"expected a number, got {kind(raw)}")
    if not 0 <= raw <= 1:
        raise RuleError(path, "a score is from 0 to 1")
    return raw


def _content(raw: Any, path: str) -> list[Wire]:
    if raw == []:
        return []
    made: list[Wire] = []
    for index, entry in enumerate(sequence(raw, path)):
        place = below(path, index)
        part = record(entry, place, ("type", "text"))
        made.append({"type": "text", "text": text(needed(part, "text", place), below(place, "text"))})
    return made
