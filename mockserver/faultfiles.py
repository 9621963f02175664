"""Faults that a server is started with: a file of their own, in TOML or YAML.

    [[faults]]
    fault = "429(retry_after=20s)"
    at = { operation = "runs.create", first = 2 }

    - fault: lost_ack
      at: messages.create#1

YAML needs the extra `yaml` (`pip install 'assistants-mock[yaml]'`); a list alone, or below `faults:`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from mockserver.configerror import ConfigError, toml_line
from mockserver.faulted import operations
from mockserver.faults.orders import Order, read_orders
from mockserver.faults.parameters import FaultError

_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")

Lines = Callable[[Sequence[int | str]], int]
"""The line of a place in a document, given as the indexes and keys that lead there."""


def read_fault_file(path: Path) -> tuple[Order, ...]:
    """The faults of a file. Raises ConfigError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(path, 1, f"cannot be read: {error}") from error
    if path.suffix == ".toml":
        document, lines = _toml(path, text), lines_of_toml(text)
    elif path.suffix in (".yaml", ".yml"):
        document, lines = _yaml(path, text)
    else:
        raise ConfigError(path, 1, "faults stand in a file that ends in .toml, .yaml or .yml")
    if isinstance(document, dict):
        for key in document:
            if key != "faults":
                raise ConfigError(path, lines([key]), f"unknown key '{key}'; faults stand below 'faults'")
        document = document.get("faults", [])
    return read_faults(path, document, lines)


def read_faults(path: Path, document: Any, lines: Lines) -> tuple[Order, ...]:
    """The faults of a document that was read already. Raises ConfigError."""
    if not isinstance(document, list):
        raise ConfigError(path, lines([]), "faults are a list")
    try:
        return tuple(read_orders(document, operations()))
    except FaultError as error:
        steps = [int(index) if index else key for index, key in _STEP.findall(error.path)]
        where = f"faults{error.path}" if error.path else "faults"
        raise ConfigError(path, lines(steps), f"{where}: {error.reason}") from error


def lines_of_toml(text: str) -> Lines:
    """Where things stand in a TOML text with `[[faults]]`."""

    def line(steps: Sequence[int | str]) -> int:
        if steps and isinstance(steps[0], str):
            return toml_line(text, steps[0])
        nth = steps[0] if steps and isinstance(steps[0], int) else 0
        return toml_line(text, "faults", nth, [str(step) for step in steps[1:]])

    return line


def _toml(path: Path, text: str) -> Any:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        raise ConfigError(path, int(found[1]) if found else 1, str(error)) from error


def _yaml(path: Path, text: str) -> tuple[Any, Lines]:
    try:
        from ruamel.yaml import YAML
        from ruamel.yaml.error import MarkedYAMLError, YAMLError
    except ImportError as error:
        raise ConfigError(path, 1, "YAML needs an extra: pip install 'assistants-mock[yaml]'") from error
    try:
        document = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        raise ConfigError(path, mark.line + 1 if mark else 1, f"not YAML: {error.problem}") from error
    except YAMLError as error:
        raise ConfigError(path, 1, f"not YAML: {error}") from error

    def line(steps: Sequence[int | str]) -> int:
        node: Any = document
        below = isinstance(document, dict) and steps and isinstance(steps[0], int)
        found = 0
        for step in ["faults", *steps] if below else steps:
            position = getattr(node, "lc", None)
            if position is None or (isinstance(step, str) and step not in node):
                break
            found = position.item(step)[0] if isinstance(step, int) else position.key(step)[0]
            node = node[step]
        return int(found) + 1

    return _plain(document), line


def _plain(value: Any) -> Any:
    """The document in Python's own types: a reader of lines wraps them."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return value
