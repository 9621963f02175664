"""The published description of the API as data, corrected by what recorded traffic shows, and made strict.

The description and its errata stand outside the repository: in the folder that ASSISTANTS_SPEC names, or in
`../shared/spec`; its errata are put right by `tests.errata`.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from jsonschema.exceptions import best_match  # type: ignore[import-untyped]

from tests.errata import CORRECTIONS, MODIFIED, STREAMED, Schema, Schemas

FOLDER = Path(os.environ.get("ASSISTANTS_SPEC") or Path(__file__).parents[2] / "shared" / "spec")
MISSING = f"the published description is not at {FOLDER}; name its folder in ASSISTANTS_SPEC"
COVERED = ("/assistants", "/threads", "/models", "/files", "/uploads", "/vector_stores")
"""Where the paths of the covered operations begin."""

COMPLETE = (
    "AssistantObject",
    "ThreadObject",
    "RunObject",
    "RunStepObject",
    "MessageObject",
    "OpenAIFile",
    "UploadPart",
    "VectorStoreObject",
    "VectorStoreFileObject",
    "VectorStoreFileBatchObject",
)
"""The objects of which nothing is left out on the wire; what is absent is null."""


@dataclass(frozen=True)
class Operation:
    """One covered row of operations.csv; `key` is method and path."""

    name: str
    key: str
    response: str
    streams: bool


def _close(node: Any) -> None:
    """Refuse unknown keys wherever the description names the known ones."""
    if isinstance(node, list):
        for part in node:
            _close(part)
    elif isinstance(node, dict):
        properties = node.get("properties")
        if properties is not None:
            node.setdefault("additionalProperties", False)
            _close(list(properties.values()))
        for key in ("items", "anyOf", "oneOf", "allOf"):
            _close(node.get(key))


class Description:
    """The corrected description: schemas by name, covered operations, data schemas of stream events."""

    def __init__(self, folder: Path) -> None:
        document = json.loads((folder / "assistants.openapi.json").read_text())
        self.schemas: Schemas = document["components"]["schemas"]
        for correct in CORRECTIONS.values():
            correct(self.schemas)
        for name in COMPLETE:
            for face in ("", STREAMED, MODIFIED):
                if name + face in self.schemas:
                    self.schemas[name + face]["required"] = list(self.schemas[name + face]["properties"])
        _close(list(self.schemas.values()))
        self.operations = [row for row in _operations(folder) if _covered(row.key)]
        self.errata = [(row["schema"], row["field"]) for row in _rows(folder / "errata.csv")]
        self.events = dict(_events(self.schemas))

    def objection(self, name: str, value: Any) -> str | None:
        """Why the value does not fit the named schema, or None."""
        return _objection(self._validator(name), value)

    def event_objection(self, event: str, data: Any) -> str | None:
        """Why the data does not fit the event, or None."""
        if event not in self.events:
            return f"there is no event {event}"
        return _objection(self._event_validator(event), data)

    @cache  # noqa: B019 - there is one description for a whole test process
    def _validator(self, name: str) -> Any:
        return self._validate({"$ref": f"#/components/schemas/{name}"})

    @cache  # noqa: B019 - as above
    def _event_validator(self, event: str) -> Any:
        return self._validate(self.events[event])

    def _validate(self, schema: Schema) -> Any:
        return Draft202012Validator({**schema, "components": {"schemas": self.schemas}})


def _objection(validator: Any, value: Any) -> str | None:
    worst = best_match(validator.iter_errors(value))
    return None if worst is None else f"{worst.json_path}: {worst.message}"


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _operations(folder: Path) -> Iterator[Operation]:
    for row in _rows(folder / "operations.csv"):
        response = row["response_schema"]
        if row["operation_id"] == "modifyMessage":
            response += MODIFIED
        key = f"{row['method']} {row['path']}"
        yield Operation(row["operation_id"], key, response, row["streaming"] == "yes")


def _covered(key: str) -> bool:
    return key.split()[1].startswith(COVERED)


def _events(schemas: Schemas) -> Iterator[tuple[str, Schema]]:
    for family in ("ThreadStreamEvent", "RunStreamEvent", "RunStepStreamEvent", "MessageStreamEvent"):
        for variant in schemas[family]["oneOf"]:
            yield variant["properties"]["event"]["enum"][0], variant["properties"]["data"]
    for name in ("ErrorEvent", "DoneEvent"):
        properties = schemas[name]["properties"]
        yield properties["event"]["enum"][0], properties["data"]


@cache
def description() -> Description:
    """The description; a test that asks for it is skipped where its folder is missing."""
    if not (FOLDER / "assistants.openapi.json").is_file():
        pytest.skip(MISSING)
    return Description(FOLDER)
