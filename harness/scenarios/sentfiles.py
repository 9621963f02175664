"""Files that a scenario sends: whether what they hold can be had."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from harness.apioperations import ApiOperation
from harness.scenarios.mistakes import UnknownKeyError, ValueMistakeError
from harness.scenarios.model import Node, ScenarioError
from harness.scenarios.references import has_reference

_CONTENTS = ("text", "base64", "path")


def file_mistakes(operation: ApiOperation, arguments: Node) -> Iterator[ScenarioError]:
    """What is wrong with the files among arguments of the right shape."""
    for name in operation.files:
        if isinstance(arguments.value, dict) and isinstance(arguments.value.get(name), dict):
            yield from _mistakes(arguments[name])


def _mistakes(file: Node) -> Iterator[ScenarioError]:
    given = [key for key in _CONTENTS if key in file.value]
    if not given:
        reason = f"the file holds nothing: it needs one of {', '.join(_CONTENTS)}"
        yield ValueMistakeError(file.value_place, reason, 'an empty file has text: ""')
    elif len(given) > 1:
        reason = f"the file holds both {given[0]} and {given[1]}"
        yield UnknownKeyError(file.place_of(given[1]), reason, "choose one")
    elif not isinstance(file.value[given[0]], str) or has_reference(file.value[given[0]]):
        return
    elif given == ["base64"]:
        try:
            base64.b64decode(file.value["base64"], validate=True)
        except ValueError as error:
            yield ValueMistakeError(file["base64"].value_place, f"this is no base64: {error}")
    elif given == ["path"]:
        node = file["path"]
        if not (node.place.file.parent / node.value).is_file():
            reason = f"there is no file '{node.value}'"
            yield ValueMistakeError(
                node.value_place, reason, "paths begin at the folder of the scenario file"
            )
    if "name" not in file.value and "path" not in file.value:
        yield ValueMistakeError(file.value_place, "the file needs a 'name'; its ending says what it is")
