"""`assistants-mock validate` and `assistants-mock schema`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from ruamel.yaml import YAML

from harness.commands import scenarios
from harness.commands.schema import schema
from harness.reports.document import REPORT_SCHEMA
from tests.harness.commands.conftest import FINE, MISTAKEN, Desk


def test_files_without_mistakes_are_counted(desk: Desk) -> None:
    desk.file("a.assistants.yaml", FINE)
    desk.file("b.assistants.yaml", FINE.replace("farewell", "goodbye"))
    result = desk.type(scenarios.validate, ".")
    assert (result.exit_code, result.output) == (0, "4 scenarios in 2 files: all fine\n")
    result = desk.type(scenarios.validate, "a.assistants.yaml::farewell")
    assert result.output == "1 scenario in 1 file: all fine\n"


def test_every_mistake_of_every_file_is_told_with_its_place(desk: Desk) -> None:
    desk.file("a.assistants.yaml", MISTAKEN)
    desk.file("b.assistants.yaml", "version: 1\nscenarios: [\n")
    desk.file("c.assistants.yaml", FINE)
    result = desk.type(scenarios.validate, ".")
    assert result.exit_code == 2
    lines = result.stderr.splitlines()
    assert [line.split(": ")[0] for line in lines[:2]] == ["a.assistants.yaml:5:5", "a.assistants.yaml:7:5"]
    assert lines[2].startswith("b.assistants.yaml:")
    assert lines[3:] == ["Error: 3 mistakes"]


def test_the_schema_of_scenario_files_is_printed_or_written(desk: Desk) -> None:
    printed = json.loads(desk.type(schema).output)
    validator = jsonschema.Draft202012Validator(printed)
    validator.check_schema(printed)
    yaml: Any = YAML(typ="safe", pure=True)
    validator.validate(yaml.load(FINE))
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(yaml.load(MISTAKEN))
    result = desk.type(schema, "--output", "scenarios.json")
    assert (result.exit_code, result.output) == (0, "")
    assert json.loads((desk.folder / "scenarios.json").read_text(encoding="utf-8")) == printed


def test_the_schema_of_reports_is_printed_too(desk: Desk) -> None:
    assert json.loads(desk.type(schema, "--report").output) == REPORT_SCHEMA


def test_a_schema_that_cannot_be_written(desk: Desk, tmp_path: Path) -> None:
    result = desk.type(schema, "--output", tmp_path / "no folder" / "x.json")
    assert result.exit_code == 2
    assert "x.json cannot be written: No such file or directory" in result.stderr
