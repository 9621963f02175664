"""What a program's world is like, from files: rules for the pretended model, and the script of a scenario."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.playing.selection import SelectionError, read_wanted_scenarios, told, wanted_files
from harness.scenarios.model import ScenarioErrors
from harness.script import Script


class ScriptError(Exception):
    """A file that cannot be used, and why."""


def read_script(scenario: str | None, replies: Path | None, seed: int | str | None) -> Script:
    """The script of a scenario (`FILE::NAME`), with the rules of a file before its own, and this seed.

    Raises ScriptError.
    """
    script = Script() if scenario is None else _of_scenario(scenario)
    rules = () if replies is None else tuple(_rules(replies))
    return replace(script, runs=(*rules, *script.runs), seed=script.seed if seed is None else seed)


def _of_scenario(wanted: str) -> Script:
    try:
        scenarios, mistakes = read_wanted_scenarios(wanted_files([wanted]))
    except SelectionError as error:
        raise ScriptError(str(error)) from error
    if mistakes:
        raise ScriptError("\n".join(map(told, mistakes)))
    if len(scenarios) != 1:
        names = " or ".join(f"{wanted}::{scenario.name}" for scenario in scenarios)
        raise ScriptError(f"{wanted} has several scenarios; say {names}")
    return Script.of(scenarios[0])


def _rules(file: Path) -> list[Any]:
    """The rules of a file: JSON or YAML, a list of them or a single one."""
    from harness.scenarios.positions import parse_document
    from harness.scenarios.replyrules import rule_mistakes

    try:
        raw = file.read_bytes()
    except OSError as error:
        raise ScriptError(f"{file} cannot be read: {error.strerror or error}") from error
    if file.suffix == ".json":
        try:
            value = json.loads(raw)
        except ValueError as error:
            raise ScriptError(f"{file} is no JSON: {error}") from error
        return value if isinstance(value, list) else [value]
    try:
        document = parse_document(raw, file)
    except ScenarioErrors as error:
        raise ScriptError("\n".join(map(told, error.errors))) from error
    if isinstance(document.value, dict):
        return [document.value]
    if mistakes := list(rule_mistakes(document)):
        raise ScriptError("\n".join(map(told, mistakes)))
    return list(document.value)
