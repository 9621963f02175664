"""The format of experiment files as JSON Schema, for editors.

`python -m harness.experiments.schema` writes the one that is shipped anew, `--check` says whether it is
stale.
A file names it in its first line:

    # yaml-language-server: $schema=experiment.schema.json
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.experiments.reading import EXPERIMENT
from harness.scenarios.shapes import Shape
from harness.scenarios.shipping import ShippedSchema, without_own_words


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
    shipped = without_own_words(document)
    assert isinstance(shipped, dict)
    return shipped


SHIPPED = ShippedSchema(Path(__file__).with_name("experiment.schema.json"), experiment_schema)
"""What comes with the package."""

if __name__ == "__main__":
    SHIPPED.main("harness.experiments.schema")
