"""The description as a document for a generator of requests.

Requests are those of the published description, untouched. Answers are the corrected, closed schemas; every
refusal is the API's error envelope, which the published description leaves out. `x-events` says what each
event of a stream carries.
"""

from __future__ import annotations

import copy
import json
from typing import Any

from tests.spec import FOLDER, Description

Document = dict[str, Any]

_REF = "#/components/schemas/"
_JSON, _BYTES, _EVENTS = "application/json", "application/octet-stream", "text/event-stream"

ERROR = {
    "type": "object",
    "additionalProperties": False,
    "required": ["message", "type", "param", "code"],
    "properties": {
        "message": {"type": "string", "minLength": 1},
        "type": {"type": "string"},
        "param": {"type": ["string", "null"]},
        "code": {"type": ["string", "null"]},
    },
}
DETAIL = {
    "type": "object",
    "additionalProperties": False,
    "required": ["message", "code"],
    "properties": {"message": {"type": "string"}, "code": {"type": ["string", "null"]}},
}
"""The second member that errors of file routes have (seen 2026)."""


def document(description: Description) -> Document:
    """An OpenAPI document of exactly the covered operations."""
    published: Document = json.loads((FOLDER / "assistants.openapi.json").read_text())
    schemas = published["components"]["schemas"]
    _settle(description.schemas)
    schemas.update({answer(name): _renamed(schema) for name, schema in description.schemas.items()})
    paths: Document = {}
    for operation in description.operations:
        method, path = operation.key.split()
        described = copy.deepcopy(published["paths"][path][method.lower()])
        content = _content(operation.name, operation.response, streams=operation.streams)
        refusal = {"description": "A refusal.", "content": {_JSON: {"schema": envelope(path)}}}
        described["responses"] = {"200": {"description": "OK", "content": content}, "4XX": refusal}
        described.pop("x-examples", None)
        paths.setdefault(path, {})[method.lower()] = described
    return {
        "openapi": published["openapi"],
        "info": published["info"],
        "servers": [{"url": "/v1"}],
        "paths": paths,
        "components": {"schemas": schemas},
        "x-events": {name: _renamed(schema) for name, schema in description.events.items()},
    }


def envelope(path: str) -> Document:
    """What a refusal on this path looks like."""
    properties: Document = {"error": ERROR}
    if path.startswith("/files"):
        properties["detail"] = DETAIL
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": properties,
    }


def _settle(schemas: Document) -> None:
    """Where the description contradicts itself: files may be uploaded for evals, yet none shows it."""
    purposes = schemas["OpenAIFile"]["properties"]["purpose"]["enum"]
    if "evals" not in purposes:
        purposes.append("evals")


def answer(name: str) -> str:
    """What a corrected schema is called: requests keep the published ones. References take no spaces."""
    return f"Answer-{name.replace(' ', '-')}"


def _content(name: str, response: str, *, streams: bool) -> Document:
    if name == "downloadFile":
        return {_BYTES: {"schema": {"type": "string", "format": "binary"}}}
    content: Document = {_JSON: {"schema": {"$ref": _REF + answer(response)}}}
    if streams:
        content[_EVENTS] = {"schema": {"type": "string"}}
    return content


def _renamed(node: Any) -> Any:
    """The same with every reference to the corrected schema of that name."""
    if isinstance(node, list):
        return [_renamed(part) for part in node]
    if not isinstance(node, dict):
        return node
    return {
        key: _REF + answer(part.removeprefix(_REF)) if key == "$ref" else _renamed(part)
        for key, part in node.items()
    }
