"""YAML read as plain data, with the place of everything in it.

The nodes of ruamel.yaml are used rather than its documents: they know where each key, value and item
begins. Read is YAML 1.2 as far as JSON can say it; what goes further (tags, dates, keys that are no texts) is
a mistake, since it is nearly always a text that lacks its quotation marks.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.scenarios.model import Node, Place, ScenarioError, ScenarioErrors, Steps
from harness.scenarios.yamlwords import TOO_DEEP, explained

MOST_NODES = 50_000
"""Of more parts than this no file is made; aliases of aliases can ask for billions."""

DEEPEST = 64
"""How deep a document may be nested; nothing that the API takes comes near."""

_MAP, _SEQ = "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"
_SCALARS = {f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null")}
_DATE = "tag:yaml.org,2002:timestamp"
_MERGE = "tag:yaml.org,2002:merge"


def parse_document(raw: bytes, path: Path) -> Node:
    """The file, which was read already, as plain data with places. Raises ScenarioErrors."""
    return _Reader(path, _decoded(raw, path)).node()


def _decoded(raw: bytes, path: Path) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", errors="replace")
        line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
        wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
        what = "the file is UTF-16" if wide else f"the byte 0x{raw[error.start]:02x} is no UTF-8"
        raise ScenarioErrors(
            [ScenarioError(Place(path, line, column), what, "save the file as UTF-8")]
        ) from error


@dataclass
class _Reader:
    path: Path
    text: str
    places: dict[Steps, Place] = field(default_factory=dict)
    values: dict[Steps, Place] = field(default_factory=dict)
    mistakes: list[ScenarioError] = field(default_factory=list)
    seen: int = 0

    def node(self) -> Node:
        yaml = _yaml(self.path)
        try:
            root = yaml.compose(self.text)
        except Exception as error:
            raise ScenarioErrors([explained(error, self.text, self.path)]) from error
        self.places[()] = self.values[()] = Place(self.path, 1, 1)
        value = None
        if root is not None:
            self.places[()] = self.values[()] = self._place(root)
            value = self._value(yaml.constructor, root, (), ())
        if self.mistakes:
            raise ScenarioErrors(self.mistakes)
        return Node(value, self.places, (), self.values)

    def _place(self, node: Any) -> Place:
        return Place(self.path, node.start_mark.line + 1, node.start_mark.column + 1)

    def _put(self, way: Steps, key: Any, value: Any) -> None:
        """Keep where an entry of a mapping stands; a value that is nothing at all stands at its key."""
        nothing = value.value == "" and value.style is None
        self.places[way] = self._place(key)
        self.values[way] = self._place(key if nothing else value)

    def _mistake(self, node: Any, reason: str, hint: str = "") -> None:
        self.mistakes.append(ScenarioError(self._place(node), reason, hint))

    def _value(self, constructor: Any, node: Any, way: Steps, above: tuple[int, ...]) -> Any:
        self.seen += 1
        if self.seen > MOST_NODES:
            self._mistake(
                node, f"the file has more than {MOST_NODES:,} parts", "aliases count as often as they stand"
            )
            raise ScenarioErrors(self.mistakes)
        if id(node) in above:
            self._mistake(node, "an alias stands inside of what it repeats")
            return None
        if len(above) > DEEPEST:
            self._mistake(node, TOO_DEEP)
            return None
        above = (*above, id(node))
        tag = str(node.tag)
        if tag == _MAP and not isinstance(node.value, str):
            return dict(self._entries(constructor, node, way, above))
        if tag == _SEQ and not isinstance(node.value, str):
            return list(self._items(constructor, node, way, above))
        if tag in _SCALARS and isinstance(node.value, str):
            return self._scalar(constructor, node)
        if tag == _DATE:
            self._mistake(node, f"YAML takes {node.value} for a date", f'quote it: "{node.value}"')
        elif isinstance(node.value, str) and tag in ("tag:yaml.org,2002:value", _MERGE):
            return node.value
        else:
            self._mistake(
                node, f"the tag {tag.removeprefix('tag:yaml.org,2002:')} means nothing here", "leave it out"
            )
        return None

    def _scalar(self, constructor: Any, node: Any) -> Any:
        try:
            value = constructor.construct_object(node)
        except (ValueError, OverflowError):
            self._mistake(node, f"{node.value!r} is not a number", f'quote it: "{node.value}"')
            return None
        if isinstance(value, float) and not math.isfinite(value):
            self._mistake(
                node,
                f"YAML takes {node.value} for a number that JSON does not know",
                f'quote it: "{node.value}"',
            )
            return None
        return value

    def _items(self, constructor: Any, node: Any, way: Steps, above: tuple[int, ...]) -> Iterator[Any]:
        for index, item in enumerate(node.value):
            here = (*way, index)
            self.places[here] = self.values[here] = self._place(item)
            yield self._value(constructor, item, here, above)

    def _entries(
        self, constructor: Any, node: Any, way: Steps, above: tuple[int, ...]
    ) -> Iterator[tuple[str, Any]]:
        own: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if str(key_node.tag) == _MERGE:
                continue
            key = self._key(key_node)
            if key in own:
                first = self._place(own[key])
                self._mistake(key_node, f"'{key}' stands twice", f"the first is in line {first.line}")
            elif key is not None:
                own[key] = key_node
                here = (*way, key)
                self._put(here, key_node, value_node)
                yield key, self._value(constructor, value_node, here, above)
        for key_node, value_node in node.value:
            if str(key_node.tag) == _MERGE:
                for merged in value_node.value if str(value_node.tag) == _SEQ else [value_node]:
                    yield from self._merged(constructor, merged, own, way, above)

    def _merged(
        self, constructor: Any, node: Any, own: dict[str, Any], way: Steps, above: tuple[int, ...]
    ) -> Iterator[tuple[str, Any]]:
        """What `<<` brings in: the keys that are not there already."""
        if str(node.tag) != _MAP:
            self._mistake(node, "'<<' takes in a mapping or a list of them")
            return
        if id(node) in above:
            self._mistake(node, "an alias stands inside of what it repeats")
            return
        for key_node, value_node in node.value:
            if str(key_node.tag) == _MERGE:
                yield from self._merged(constructor, value_node, own, way, (*above, id(node)))
                continue
            key = self._key(key_node)
            if key is None or key in own:
                continue
            own[key] = key_node
            here = (*way, key)
            self._put(here, key_node, value_node)
            yield key, self._value(constructor, value_node, here, above)

    def _key(self, node: Any) -> str | None:
        if not isinstance(node.value, str):
            self._mistake(node, "a key is a text, not a list or a mapping", 'quote it, as in "${run.id}"')
            return None
        if str(node.tag) != "tag:yaml.org,2002:str":
            self._mistake(
                node, f"the key {node.value or 'null'} is no text to YAML", f'quote it: "{node.value}"'
            )
            return None
        return node.value


def _yaml(path: Path) -> Any:
    try:
        from ruamel.yaml import YAML
    except ImportError as error:
        place = Place(path, 1, 1)
        hint = "pip install 'assistants-mock[pytest]', or [yaml] to read and check them only"
        raise ScenarioErrors([ScenarioError(place, "scenario files need an extra", hint)]) from error
    return YAML(typ="safe", pure=True)
