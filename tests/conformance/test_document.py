"""The document that generated requests are made from."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from mockserver.operations import discover
from tests import spec
from tests.conformance.document import document, envelope


def references(node: Any) -> set[str]:
    """Every reference within a document."""
    if isinstance(node, list):
        return set().union(*map(references, node)) if node else set()
    if not isinstance(node, dict):
        return set()
    own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
    return own | references(list(node.values()))


def made_document() -> dict[str, Any]:
    """The document, of a description of its own; skips where there is none."""
    spec.description()
    return document(spec.Description(spec.FOLDER))


def test_its_operations_are_those_of_the_mock() -> None:
    made = made_document()
    described = {f"{method.upper()} {path}" for path, item in made["paths"].items() for method in item}
    # Those that only say they are gone (v1) are the mock's own.
    routed = {
        f"{one.method} {one.path}" for one in discover() if not one.control and not one.name.startswith("v1.")
    }
    assert described == routed


def test_its_references_lead_somewhere_and_its_schemas_are_schemas() -> None:
    made = made_document()
    schemas = made["components"]["schemas"]
    used = {name.removeprefix("#/components/schemas/") for name in references([made["paths"], schemas])}
    assert used - schemas.keys() == set()
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)


def test_the_envelope_is_closed() -> None:
    good = {"error": {"message": "No.", "type": "invalid_request_error", "param": None, "code": None}}
    check = Draft202012Validator(envelope("/threads"))
    assert check.is_valid(good)
    assert not check.is_valid({**good, "detail": None})
    assert not check.is_valid({"error": {"message": "No."}})
    assert Draft202012Validator(envelope("/files")).is_valid(
        {**good, "detail": {"message": "No.", "code": None}}
    )
