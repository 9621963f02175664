"""The published description of the API as data, corrected by what recorded traffic shows, and made strict.

The description and its errata stand outside the repository: in the folder that ASSISTANTS_SPEC names, or in
`../shared/spec`. Each row of `errata.csv` about objects of this family is put right by one function here,
marked with the row's first two columns; `ELSEWHERE` names the rows that need none.
"""

from __future__ import annotations

import copy
import csv
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from jsonschema.exceptions import best_match  # type: ignore[import-untyped]

Schema = dict[str, Any]
Schemas = dict[str, Schema]

FOLDER = Path(os.environ.get("ASSISTANTS_SPEC") or Path(__file__).parents[2] / "shared" / "spec")
MISSING = f"the published description is not at {FOLDER}; name its folder in ASSISTANTS_SPEC"
COVERED = ("/assistants", "/threads", "/models")
"""Where the paths of the covered operations begin."""

STREAMED, MODIFIED = " in streams", " just modified"
"""What is added to a schema's name for the faces an object shows in other places."""

ELSEWHERE = {
    ("createRun createThreadAndRun submitToolOuputsToRun", "responses"): "content types are tested apart",
    ("createRun examples", "event data"): "examples are not used",
    ("downloadFile", "200 body"): "files",
    ("retrieveVectorStoreFileContent", "example"): "examples are not used",
    ("ListModelsResponse", "(envelope)"): "description and traffic agree",
}
OTHER_FAMILIES = ("VectorStore", "OpenAIFile", "Upload")


@dataclass(frozen=True)
class Operation:
    """One covered row of operations.csv; `key` is method and path."""

    name: str
    key: str
    response: str
    streams: bool


Correction = Callable[[Schemas], None]
CORRECTIONS: dict[tuple[str, str], Correction] = {}


def corrects(schema: str, field: str) -> Callable[[Correction], Correction]:
    """Mark the function that puts this row of the errata right."""

    def register(function: Correction) -> Correction:
        CORRECTIONS[schema, field] = function
        return function

    return register


def _properties(schemas: Schemas, name: str) -> Schema:
    found: Schema = schemas[name]["properties"]
    return found


def _nullable(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


@corrects("MessageObject", "status, incomplete_details, incomplete_at, completed_at")
def _statuses_only_in_streams(schemas: Schemas) -> None:
    schemas["MessageObject" + STREAMED] = copy.deepcopy(schemas["MessageObject"])
    for name in ("status", "incomplete_details", "incomplete_at", "completed_at"):
        del schemas["MessageObject"]["properties"][name]
    _point(schemas["MessageStreamEvent"], "MessageObject")


@corrects("MessageObject", "attachments")
def _modified_messages_show_file_ids(schemas: Schemas) -> None:
    schemas["MessageObject" + MODIFIED] = copy.deepcopy(schemas["MessageObject"])
    properties = _properties(schemas, "MessageObject" + MODIFIED)
    del properties["attachments"]
    properties["file_ids"] = {"const": []}


@corrects("AssistantObject", "reasoning_effort")
def _effort_of_assistants(schemas: Schemas) -> None:
    _properties(schemas, "AssistantObject")["reasoning_effort"] = {
        "$ref": "#/components/schemas/ReasoningEffort"
    }


@corrects("AssistantsToolsFileSearch", "file_search.ranking_options.hybrid_search")
def _search_options_are_filled_in(schemas: Schemas) -> None:
    options = schemas["FileSearchRankingOptions"]
    options["properties"] |= {"ranker": {"const": "default_2024_08_21"}, "hybrid_search": {"type": "null"}}
    options["required"] = ["ranker", "score_threshold", "hybrid_search"]
    tool = schemas["AssistantToolsFileSearch"]
    tool["required"] = ["type", "file_search"]
    tool["properties"]["file_search"]["required"] = ["ranking_options"]


@corrects("FunctionObject", "parameters, strict")
def _functions_are_filled_in(schemas: Schemas) -> None:
    schemas["FunctionObject"]["required"] = ["name", "parameters", "strict"]
    _properties(schemas, "FunctionObject")["strict"] = {"type": "boolean"}


@corrects("ThreadObject", "tool_resources")
def _resources_of_threads(schemas: Schemas) -> None:
    _properties(schemas, "ThreadObject")["tool_resources"] = copy.deepcopy(
        _properties(schemas, "AssistantObject")["tool_resources"]["anyOf"][0]
    )


@corrects("RunObject", "instructions")
def _runs_without_instructions(schemas: Schemas) -> None:
    properties = _properties(schemas, "RunObject")
    properties["instructions"] = _nullable(properties["instructions"])


@corrects("RunObject", "reasoning_effort")
def _effort_of_runs(schemas: Schemas) -> None:
    _properties(schemas, "RunObject")["reasoning_effort"] = {"$ref": "#/components/schemas/ReasoningEffort"}


@corrects("RunObject", "incomplete_details.reason")
def _filtered_runs(schemas: Schemas) -> None:
    _properties(schemas, "RunObject")["incomplete_details"]["properties"]["reason"]["enum"].append(
        "content_filter"
    )


@corrects("RunObject", "max_completion_tokens")
def _small_token_limits(schemas: Schemas) -> None:
    for name in ("max_completion_tokens", "max_prompt_tokens"):
        del _properties(schemas, "RunObject")[name]["minimum"]


@corrects("RunObject", "tool_resources")
def _two_faces_of_run_resources(schemas: Schemas) -> None:
    # Last of the run's corrections: the face in streams is a copy of what the others have made.
    _properties(schemas, "RunObject")["tool_resources"] = {"const": {}}
    schemas["RunObject" + STREAMED] = copy.deepcopy(schemas["RunObject"])
    _properties(schemas, "RunObject" + STREAMED)["tool_resources"] = {
        "const": {"code_interpreter": {"file_ids": []}}
    }
    _point(schemas["RunStreamEvent"], "RunObject")


@corrects("RunCompletionUsage and RunStepCompletionUsage", "prompt_token_details, completion_tokens_details")
def _details_of_usage(schemas: Schemas) -> None:
    for name in ("RunCompletionUsage", "RunStepCompletionUsage"):
        usage = schemas[name]["anyOf"][0]
        usage["properties"] |= {
            "prompt_token_details": _closed(cached_tokens={"type": "integer"}),
            "completion_tokens_details": _closed(reasoning_tokens={"type": "integer"}),
        }
        usage["required"] = list(usage["properties"])


@corrects("RunStepObject", "expired_at")
def _steps_expire_later(schemas: Schemas) -> None:
    properties = _properties(schemas, "RunStepObject")
    properties["expires_at"] = properties.pop("expired_at")


@corrects("RunStepObject", "metadata")
def _steps_have_no_metadata(schemas: Schemas) -> None:
    del _properties(schemas, "RunStepObject")["metadata"]


@corrects("RunStepDetailsToolCallsFileSearchResultObject", "attributes")
def _attributes_of_results(schemas: Schemas) -> None:
    result = schemas["RunStepDetailsToolCallsFileSearchResultObject"]
    result["properties"]["attributes"] = {"type": "object", "additionalProperties": True}
    result["required"] = ["file_id", "file_name", "score", "attributes"]
    search = schemas["RunStepDetailsToolCallsFileSearchObject"]["properties"]["file_search"]
    search["required"] = ["ranking_options", "results"]


@corrects("RunStepDeltaStepDetailsToolCallsFileSearchObject", "file_search")
def _deltas_of_searches(schemas: Schemas) -> None:
    ranking = "RunStepDetailsToolCallsFileSearchRankingOptionsObject"
    _properties(schemas, "RunStepDeltaStepDetailsToolCallsFileSearchObject")["file_search"] = _closed(
        ranking_options={"$ref": f"#/components/schemas/{ranking}"}, results={"const": []}
    )


@corrects("MessageDeltaContentTextAnnotationsFileCitationObject", "file_citation.quote")
def _empty_quotes_in_deltas(schemas: Schemas) -> None:
    cited = _properties(schemas, "MessageDeltaContentTextAnnotationsFileCitationObject")["file_citation"]
    cited["properties"]["quote"] = {"const": ""}
    cited["required"] = ["file_id", "quote"]


@corrects("List*Response", "first_id, last_id")
def _empty_lists_have_no_ids(schemas: Schemas) -> None:
    for name, schema in schemas.items():
        if name.startswith("List") and "first_id" in schema["properties"]:
            for end in ("first_id", "last_id"):
                schema["properties"][end] = _nullable({"type": "string"})
            schema["properties"]["object"] = {"const": "list"}


def _closed(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _point(events: Schema, name: str) -> None:
    """Let the events of a family show the object's face in streams."""
    for variant in events["oneOf"]:
        data = variant["properties"]["data"]
        if data.get("$ref") == f"#/components/schemas/{name}":
            data["$ref"] += STREAMED


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
        for name in ("AssistantObject", "ThreadObject", "RunObject", "RunStepObject", "MessageObject"):
            for face in ("", STREAMED, MODIFIED):
                if name + face in self.schemas:  # on the wire nothing is left out; absent values are null
                    self.schemas[name + face]["required"] = list(_properties(self.schemas, name + face))
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
        properties = _properties(schemas, name)
        yield properties["event"]["enum"][0], properties["data"]


@cache
def description() -> Description:
    """The description; a test that asks for it is skipped where its folder is missing."""
    if not (FOLDER / "assistants.openapi.json").is_file():
        pytest.skip(MISSING)
    return Description(FOLDER)
