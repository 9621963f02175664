"""The server's configuration file: TOML, every mistake told with file and line.

port = 8000
clock = "x60"
api_keys = ["test-key"]
latency = { queued = "1s", tokens_per_second = 30 }
limits = { messages_per_thread = 100 }

[[replies]]
when = { last_user_message = { contains = "weather" } }
then = { reply = "Sunny." }

[[faults]]
fault = "429(retry_after=20s)"
at = { operation = "runs.create", first = 2 }
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from mockserver.configerror import ConfigError as ConfigError
from mockserver.configerror import toml_line
from mockserver.faultfiles import lines_of_toml, read_fault_file, read_faults
from mockserver.faults.orders import Order
from mockserver.replies import Rule, RuleError, parse_rules
from mockserver.settings import SettingError, Settings


@dataclass(frozen=True, slots=True)
class Config:
    """What a server is started with. `rules` and `faults` are put into every new world.

    `control` is whether there is a control door, `control_token` what it asks for, `allow_hosts` are further
    names the server answers to.
    """

    settings: Settings = field(default_factory=Settings)
    host: str = "127.0.0.1"
    port: int = 8000
    store: Path | None = None
    api_keys: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    faults: tuple[Order, ...] = ()
    control: bool = True
    control_token: str | None = None
    allow_hosts: tuple[str, ...] = ()


def read_config(path: Path) -> Config:
    """Read a file. Raises ConfigError.

    `replies` may also be the name of a JSON file beside it, `faults` that of a TOML or YAML file.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(path, 1, f"cannot be read: {error}") from error
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1  # "at end of document"
        raise ConfigError(path, line, str(error)) from error
    return _Reader(path, text).config(document)


@dataclass
class _Reader:
    path: Path
    text: str

    def config(self, document: Mapping[str, Any]) -> Config:
        known: dict[str, Any] = {}
        changes: dict[str, Any] = {}
        readers: dict[str, Callable[[str, Any], Any]] = {
            "host": self._text,
            "port": self._port,
            "store": self._store,
            "api_keys": self._texts,
            "allow_hosts": self._texts,
            "control_token": self._text,
            "control": self._flag,
        }
        settings = Settings().state().keys()
        for key, value in document.items():
            if key in readers:
                known[key] = readers[key](key, value)
            elif key == "replies":
                known["rules"] = self._rules(value)
            elif key == "faults":
                known["faults"] = self._faults(value)
            elif key in settings:
                changes[key] = value
            else:
                near = get_close_matches(key, [*readers, "replies", "faults", *settings], 1)
                hint = f"; did you mean '{near[0]}'?" if near else ""
                raise self._error(key, f"unknown setting '{key}'{hint}")
        try:
            return Config(settings=Settings().changed(changes), **known)
        except SettingError as error:
            raise self._error(error.name, str(error)) from error

    def _error(self, key: str, reason: str, nth: int = 0) -> ConfigError:
        """The error at the line where a top-level key, or the nth table of an array, begins."""
        return ConfigError(self.path, toml_line(self.text, key, nth), reason)

    def _text(self, key: str, value: Any) -> str:
        if not isinstance(value, str) or not value:
            raise self._error(key, f"{key}: this is a text, not {value!r}")
        return value

    def _port(self, key: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 65_535:
            raise self._error(key, f"{key}: a port is a whole number from 0 to 65535, not {value!r}")
        return value

    def _store(self, key: str, value: Any) -> Path:
        return self.path.parent / self._text(key, value)

    def _texts(self, key: str, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise self._error(key, f"{key}: this is a list of texts")
        return tuple(value)

    def _flag(self, key: str, value: Any) -> bool:
        if not isinstance(value, bool):
            raise self._error(key, f"{key}: this is true or false, not {value!r}")
        return value

    def _rules(self, value: Any) -> tuple[Rule, ...]:
        if isinstance(value, str):
            return read_rules(self.path.parent / value)
        try:
            return tuple(parse_rules(value))
        except RuleError as error:
            found = re.match(r"\[(\d+)\]", error.path)
            raise self._error("replies", f"replies{error}", int(found[1]) if found else 0) from error

    def _faults(self, value: Any) -> tuple[Order, ...]:
        if isinstance(value, str):
            return read_fault_file(self.path.parent / value)
        return read_faults(self.path, value, lines_of_toml(self.text))


def read_rules(path: Path) -> tuple[Rule, ...]:
    """Reply rules from a JSON file (one rule or a list). Raises ConfigError."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ConfigError(path, error.lineno, f"not JSON: {error.msg}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(path, 1, f"cannot be read: {error}") from error
    try:
        return tuple(parse_rules(document))
    except RuleError as error:
        raise ConfigError(path, 1, str(error)) from error
