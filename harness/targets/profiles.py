"""Target profiles as they stand in a project's files.

`[tool.assistants.targets.NAME]` in pyproject.toml, `[targets.NAME]` in assistants.toml; the nearest folder
that has any is the one that counts.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from harness import capabilities

_REFERENCE = re.compile(r"\$\{env\.([A-Za-z_][A-Za-z0-9_]*)\}")
_FILES = (("assistants.toml", ("targets",)), ("pyproject.toml", ("tool", "assistants", "targets")))


class TargetError(Exception):
    """A target that cannot be used: what is wrong, and where it is written (file and key) if it is."""

    def __init__(self, reason: str, file: Path | None = None, key: str = "") -> None:
        where = f"{file}: {key}: " if file is not None and key else f"{file}: " if file is not None else ""
        super().__init__(where + reason)
        self.reason = reason
        self.file = file
        self.key = key


@dataclass(frozen=True, slots=True)
class Profile:
    """One table of a file, `key` its name there; it knows how to complain about what is in it."""

    file: Path
    key: str
    table: Mapping[str, Any]

    def error(self, key: str, reason: str) -> TargetError:
        """A mistake in one of its keys."""
        return TargetError(reason, self.file, f"{self.key}.{key}" if key else self.key)

    def text(self, key: str) -> str | None:
        """A text with its `${env.NAME}` filled in; None where nothing is said. Raises TargetError."""
        value = self.table.get(key)
        return None if value is None else self._filled(key, value)

    def texts(self, key: str) -> dict[str, str]:
        """A table of texts, filled in; empty where nothing is said. Raises TargetError."""
        value = self.table.get(key, {})
        if not isinstance(value, Mapping):
            raise self.error(key, f"this is a table of texts, not {_shown(value)}")
        return {str(name): self._filled(f"{key}.{name}", entry) for name, entry in value.items()}

    def names(self, key: str) -> frozenset[str] | None:
        """A list of capabilities; None where nothing is said. Raises TargetError."""
        value = self.table.get(key)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise self.error(key, f"this is a list of capabilities, not {_shown(value)}")
        for name, hint in capabilities.unknown(value).items():
            raise self.error(key, f"there is no capability '{name}'; {hint}")
        return frozenset(value)

    def flag(self, key: str, default: bool) -> bool:
        """True or false. Raises TargetError."""
        value = self.table.get(key, default)
        if not isinstance(value, bool):
            raise self.error(key, f"this is true or false, not {_shown(value)}")
        return value

    def count(self, key: str) -> int | None:
        """A whole number above 0; None where nothing is said. Raises TargetError."""
        value = self.table.get(key)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            raise self.error(key, f"this is a whole number of at least 1, not {_shown(value)}")
        return value

    def only(self, known: tuple[str, ...]) -> None:
        """Raises TargetError for a key that is none of these, with the nearest."""
        for key in self.table:
            if key not in known:
                near = get_close_matches(key, known, 1)
                hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(known)}"
                raise self.error(key, f"unknown key; {hint}")

    def _filled(self, key: str, value: Any) -> str:
        if not isinstance(value, str) or not value:
            raise self.error(key, f"this is a text, not {_shown(value)}")
        for name in _REFERENCE.findall(value):
            if name not in os.environ:
                raise self.error(key, f"the environment has no {name}")
        return _REFERENCE.sub(lambda found: os.environ[found[1]], value)


def read_profiles(root: Path) -> dict[str, Profile]:
    """The profiles of the nearest folder, `root` or above it, that has any. Raises TargetError."""
    for folder in (root.resolve(), *root.resolve().parents):
        found: dict[str, Profile] = {}
        for name, way in _FILES:
            for profile in _of_file(folder / name, way):
                short = profile.key.rpartition(".")[2]
                if short in found:
                    raise profile.error("", f"{found[short].file.name} has a target of this name too")
                found[short] = profile
        if found:
            return found
    return {}


def address(value: str) -> str:
    """The address of a server, without a slash at its end. Raises ValueError for what is none."""
    try:
        url = urlsplit(value)
        fine = url.scheme in ("http", "https") and bool(url.hostname) and (url.port is None or url.port > 0)
    except ValueError:
        fine = False
    if not fine:
        raise ValueError(f"{value!r} is not the address of a server, such as http://127.0.0.1:8000/v1")
    if url.query or url.fragment:
        raise ValueError("an address has no query; what belongs to every request stands in `query`")
    return value.rstrip("/")


def _of_file(file: Path, way: tuple[str, ...]) -> list[Profile]:
    if not file.is_file():
        return []
    try:
        node: Any = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        if file.name == "pyproject.toml":
            return []  # other tools will say so, and it may have no targets at all
        raise TargetError(f"this is not TOML: {error}", file) from error
    if file.name == "assistants.toml":
        for key in node:
            if key != way[0]:
                raise TargetError(f"unknown key; targets stand under [{way[0]}.NAME]", file, key)
    for step in way:
        node = node.get(step, {}) if isinstance(node, Mapping) else {}
    key = ".".join(way)
    if not isinstance(node, Mapping):
        raise TargetError("this is a table of targets", file, key)
    for name, table in node.items():
        if not isinstance(table, Mapping):
            raise TargetError(f"this is a table, not {_shown(table)}", file, f"{key}.{name}")
    return [Profile(file, f"{key}.{name}", table) for name, table in node.items()]


def _shown(value: Any) -> str:
    """What stands there, for a message; not what is long, and a key may be in it."""
    kinds = {dict: "a table", list: "a list", bool: str(value).lower(), int: str(value), float: str(value)}
    return kinds.get(type(value), "an empty text" if value == "" else type(value).__name__)
