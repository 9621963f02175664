"""The format of experiment files as JSON Schema, for editors.

`python -m harness.experiments.schema` writes the one that is shipped anew, `--check` says whether it is
stale.
A file names it in its first line:

    # yaml-language-server: $schema=experiment.schema.json
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.experiments.reading import EXPERIMENT
from harness.scenarios.shapes import Shape

SHIPPED = Path(__file__).with_name("experiment.schema.json")
"""Where the schema lies that comes with the package."""


def experiment_schema() -> dict[str, Any]:
    """The whole schema (JSON Schema 2020-12), ready to be written as JSON."""
    one: Shape = {"$ref": "#/$defs/experiment"}
    several: Shape = {
        "type": "object",
        "properties": {
            "experiments": {
                "type": "array",
                "minItems": 1,
                "items": one,
                "description": "Each is run by itself.",
            }
        },
        "additionalProperties": False,
    }
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Experiments with tests of the Assistants API (*.experiment.yaml)",
        "description": "What is broken while a test runs, and what may come of it; one, or several.",
        "if": {"type": "object", "required": ["experiments"]},
        "then": several,
        "else": one,
        "$defs": {"experiment": EXPERIMENT},
    }
    shipped = _shipped(document)
    assert isinstance(shipped, dict)
    return shipped


def schema_text() -> str:
    """The schema as it is shipped."""
    return json.dumps(experiment_schema(), ensure_ascii=False, indent=1) + "\n"


def is_fresh() -> bool:
    """Whether the shipped schema is that of the code."""
    return SHIPPED.is_file() and SHIPPED.read_text(encoding="utf-8") == schema_text()


def write() -> None:
    """Write the shipped schema anew."""
    SHIPPED.write_text(schema_text(), encoding="utf-8")


def _shipped(value: Any) -> Any:
    """A copy without the words that are not JSON Schema's."""
    if isinstance(value, Mapping):
        return {key: _shipped(inner) for key, inner in value.items() if not str(key).startswith("x-")}
    if isinstance(value, list | tuple):
        return [_shipped(inner) for inner in value]
    return value


if __name__ == "__main__":
    if "--check" not in sys.argv[1:]:
        write()
    elif not is_fresh():
        sys.exit(f"{SHIPPED} is stale: run python -m harness.experiments.schema")
