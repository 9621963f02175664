"""What recorded traffic shows against the published description: each row of `errata.csv` put right.

One function a row, marked with the row's first two columns; `ELSEWHERE` names the rows that need none.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

Schema = dict[str, Any]
Schemas = dict[str, Schema]

STREAMED, MODIFIED = " in streams", " just modified"
"""What is added to a schema's name for the faces an object shows in other places."""

ELSEWHERE = {
    ("createRun createThreadAndRun submitToolOuputsToRun", "responses"): "content types are tested apart",
    ("createRun examples", "event data"): "examples are not used",
    ("ListModelsResponse", "(envelope)"): "description and traffic agree",
}

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


@corrects("VectorStoreObject", "name")
def _stores_without_a_name(schemas: Schemas) -> None:
    properties = _properties(schemas, "VectorStoreObject")
    properties["name"] = _nullable(properties["name"])


@corrects("VectorStoreObject", "description")
def _stores_show_their_description(schemas: Schemas) -> None:
    _properties(schemas, "VectorStoreObject")["description"] = _nullable({"type": "string"})


@corrects("VectorStoreObject", "expires_after")
def _stores_that_stay(schemas: Schemas) -> None:
    properties = _properties(schemas, "VectorStoreObject")
    properties["expires_after"] = _nullable(properties["expires_after"])


@corrects("VectorStoreFileBatchObject", "object")
def _batches_are_called_otherwise(schemas: Schemas) -> None:
    _properties(schemas, "VectorStoreFileBatchObject")["object"] = {"const": "vector_store.file_batch"}


@corrects("VectorStoreFileObject", "usage_bytes, chunking_strategy, attributes")
def _new_batches_list_whole_files(schemas: Schemas) -> None:
    # The lists of old batches lack all three; a batch whose id has the infix of the new ones never does.
    _properties(schemas, "VectorStoreFileBatchObject")["id"] = {"type": "string", "pattern": "^vsfb_ibj_"}
    schemas["VectorStoreFileObject"]["required"] = list(_properties(schemas, "VectorStoreFileObject"))


@corrects("OpenAIFile", "expires_at, status_details")
def _files_that_stay(schemas: Schemas) -> None:
    properties = _properties(schemas, "OpenAIFile")
    for name in ("expires_at", "status_details"):
        properties[name] = _nullable(properties[name])


@corrects("Upload", "file")
def _only_complete_uploads_show_their_file(schemas: Schemas) -> None:
    upload = schemas["Upload"]
    upload["properties"]["file"] = {"$ref": "#/components/schemas/OpenAIFile"}
    upload["required"] = [name for name in upload["properties"] if name != "file"]
    upload["if"] = {"properties": {"status": {"const": "completed"}}}
    upload["then"] = {"required": ["file"]}
    upload["else"] = {"not": {"required": ["file"]}}


@corrects("downloadFile", "200 body")
def _downloads_are_no_json(schemas: Schemas) -> None:
    schemas["string"] = {"not": {}}  # the name stands in operations.csv; what comes is compared as bytes


@corrects("retrieveVectorStoreFileContent", "example")
def _texts_come_in_a_page(schemas: Schemas) -> None:
    page = _properties(schemas, "VectorStoreFileContentResponse")
    page["data"]["items"] = _closed(type={"const": "text"}, text={"type": "string"})


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
