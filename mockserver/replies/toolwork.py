"""What the built-in tools did in a scripted reply: code that ran, files that were searched.

The wire's own forms of outputs and results are accepted beside the short ones, so that what a responder has
made can be written down and read back.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
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
from mockserver.script import MadeFile, RunCode, SearchFiles, Wire

_RESULT = ("file", "file_id", "file_name", "score", "text", "content", "attributes")


def parse_code(raw: Any, path: str) -> RunCode:
    """The `code_interpreter` action at `path`."""
    code = record(raw, path, ("input", "outputs"))
    source = text(needed(code, "input", path), below(path, "input"))
    place = below(path, "outputs")
    entries = [] if code.get("outputs", []) == [] else sequence(code["outputs"], place)
    outputs: list[Wire] = []
    files: list[MadeFile] = []
    for index, entry in enumerate(entries):
        _output(entry, below(place, index), outputs, files)
    return RunCode(source, tuple(outputs), tuple(files))


def code_raw(action: RunCode) -> dict[str, Any]:
    """What `parse_code` reads as this action."""
    files = [
        {"file": {"name": file.name, "base64": base64.b64encode(file.data).decode()}} for file in action.files
    ]
    return {"input": action.input, "outputs": [*(plain(output) for output in action.outputs), *files]}


def parse_search(raw: Any, path: str) -> SearchFiles:
    """The `file_search` action at `path`.

    A result names its file by `file`, a name or an id; what is said becomes `file_name` or `file_id`, and the
    other of the two is left for whoever knows the files. No results at all, which is another thing than an
    empty list of them, stand for a real search.
    """
    search = record(raw, path, ("query", "results", "reply", "miss"))
    texts = {key: text(search[key], below(path, key)) for key in ("query", "reply", "miss") if key in search}
    place = below(path, "results")
    results = search.get("results")
    if results:
        results = tuple(
            _result(entry, below(place, index)) for index, entry in enumerate(sequence(results, place))
        )
    elif results is not None and results != []:
        sequence(results, place)
    return SearchFiles(
        None if results is None else tuple(results),
        texts.get("query"),
        texts.get("reply"),
        texts.get("miss"),
    )


def search_raw(action: SearchFiles) -> dict[str, Any]:
    """What `parse_search` reads as this action."""
    raw: dict[str, Any] = {}
    if action.results is not None:
        raw["results"] = [plain(result) for result in action.results]
    texts = {"query": action.query, "reply": action.reply, "miss": action.miss}
    return raw | {key: value for key, value in texts.items() if value is not None}


def is_file_id(file: str) -> bool:
    """Whether `file` is meant as an id: it begins like one, and has no ending like a name."""
    return file.startswith("file-") and "." not in file


def _output(raw: Any, path: str, outputs: list[Wire], files: list[MadeFile]) -> None:
    """Add one entry of `outputs` to what the step shows and to what the code wrote."""
    output = record(raw, path, ("type", "logs", "image", "file"))
    types = [key for key in output if key != "type"]
    if len(types) != 1 or output.get("type", types[0]) != types[0]:
        raise RuleError(path, "is one of {'logs': text}, {'image': file} and {'file': file}")
    (type_,) = types
    place = below(path, type_)
    if type_ == "logs":
        outputs.append({"type": "logs", "logs": text(output["logs"], place)})
        return
    named = output[type_]
    if type_ == "image" and isinstance(named, Mapping) and "file_id" in named:
        named = word(record(named, place, ("file_id",))["file_id"], below(place, "file_id"))
    if isinstance(named, str) and type_ == "image":
        outputs.append({"type": "image", "image": {"file_id": word(named, place)}})
        return
    file = _made_file(named, place)
    files.append(file)
    if type_ == "image":
        outputs.append({"type": "image", "image": {"file_id": file.name}})


def _made_file(raw: Any, path: str) -> MadeFile:
    """A file by its name and what is in it, as `text` or `base64`."""
    file = record(raw, path, ("name", "text", "base64"))
    name = word(needed(file, "name", path), below(path, "name"))
    if is_file_id(name):
        raise RuleError(below(path, "name"), f"{name!r} would be taken for an id; give it an ending")
    if ("text" in file) == ("base64" in file):
        raise RuleError(path, "needs either 'text' or 'base64'")
    if "text" in file:
        return MadeFile(name, text(file["text"], below(path, "text")).encode())
    place = below(path, "base64")
    try:
        return MadeFile(name, base64.b64decode(text(file["base64"], place), validate=True))
    except ValueError as error:
        raise RuleError(place, f"is not base64: {error}") from None


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
