"""What is wrong with a part of a scenario file, in words for the person who wrote it.

Read from the same shapes that editors get as JSON Schema, so the two cannot disagree.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from harness.durations import PATTERN as DURATION
from harness.durations import written
from harness.scenarios.matchers import shown
from harness.scenarios.model import Node, Place, ScenarioError
from harness.scenarios.references import has_reference, whole_reference
from harness.scenarios.shapes import ANY, Shape, resolved

_KINDS: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}
_TELLING = ("type", "object")
"""Keys that say which of several shapes a mapping has."""

_CALLED = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "null",
}


class UnknownKeyError(ScenarioError):
    """A key that means nothing where it stands. `meant` is the one that was probably meant."""

    def __init__(self, place: Place, reason: str, hint: str = "", meant: str | None = None) -> None:
        super().__init__(place, reason, hint)
        self.meant = meant


class MissingKeyError(ScenarioError):
    """A key that must be there and is not."""


class ValueMistakeError(ScenarioError):
    """A value that cannot be meant."""


def check(node: Node, shape: Shape, what: str = "") -> Iterator[ScenarioError]:
    """All mistakes in it. `what` names the whole, to stand before "needs" and "takes"; else its key does."""
    shape = resolved(shape)
    value = node.value
    if whole_reference(value) is not None:
        return
    if "anyOf" in shape:
        yield from _check_options(node, [resolved(option) for option in shape["anyOf"]], what)
        return
    if not _is_kind(value, shape):
        yield _wrong_kind(node, [shape], what)
    elif isinstance(value, dict):
        yield from _check_mapping(node, shape, what)
    elif isinstance(value, list):
        yield from _check_list(node, shape)
    else:
        yield from _check_scalar(node, shape)


def nearest(given: str, known: Iterable[str], *, otherwise: str = "known are") -> str:
    """What to say of an unknown word: the known one that was probably meant, or all of them."""
    words = [str(word) for word in known]
    near = get_close_matches(given.lower()[:100], words, 1, 0.6)
    if near:
        return f"did you mean '{near[0]}'?"
    return f"{otherwise} {', '.join(words)}" if words else ""


def called(node: Node) -> str:
    """How a part is named to people: `'limit'`, `'tools.0'`."""
    way: list[str] = []
    for step in reversed(node.way):
        way.append(str(step))
        if isinstance(step, str):
            break
    return f"'{'.'.join(reversed(way))}'" if way else "the file"


def _check_options(node: Node, options: list[Shape], what: str) -> Iterator[ScenarioError]:
    """One of several shapes: the mistakes of the one that was probably meant, none if any fits."""
    fitting = [option for option in options if _is_kind(node.value, option)]
    if not fitting:
        yield _wrong_kind(node, options, what)
        return
    found = [(option, list(check(node, option, what))) for option in fitting]
    if not all(mistakes for _, mistakes in found):
        return
    for key in _TELLING if len(found) > 1 and isinstance(node.value, dict) else ():
        words = [word for option, _ in found for word in _words(option, key)]
        if not words or key not in node.value:
            continue
        given = node.value[key]
        if given not in words:
            place = node[key].value_place
            yield ValueMistakeError(place, f"unknown {key} {shown(given, 60)}", nearest(str(given), words))
            return
        found = [each for each in found if given in _words(each[0], key)]
    yield from min((mistakes for _, mistakes in found), key=len)


def _words(shape: Shape, key: str) -> list[str]:
    """What may stand under a key in a mapping of this shape, where that is one of some words."""
    return list(resolved(shape.get("properties", {}).get(key, {})).get("enum", ()))


def _check_mapping(node: Node, shape: Shape, what: str) -> Iterator[ScenarioError]:
    known: Mapping[str, Shape] = shape.get("properties", {})
    further = shape.get("additionalProperties", True)
    guessed = set()
    for key in node.value:
        if key in known:
            yield from check(node[key], known[key])
        elif further is False:
            mistake = _unknown(node, key, known, what)
            guessed.add(mistake.meant)
            yield mistake
        elif isinstance(further, Mapping):
            yield from check(node[key], further)
    for key in shape.get("required", ()):
        if key not in node.value and key not in guessed:
            reason = f"{what or called(node)} needs '{key}'{_about(known.get(key, ANY))}"
            yield MissingKeyError(node.place, reason)
    if len(node.value) < shape.get("minProperties", 0):
        hint = f"it takes {', '.join(known)}" if known else "it has names of your own"
        yield ValueMistakeError(node.value_place, f"{what or called(node)} is empty", hint)


def _unknown(node: Node, key: str, known: Iterable[str], what: str) -> UnknownKeyError:
    words = list(known)
    near = get_close_matches(key.lower(), words, 1, 0.6)
    hint = f"did you mean '{near[0]}'?" if near else f"it takes {', '.join(words) or 'nothing'}"
    return UnknownKeyError(
        node.place_of(key), f"{what or called(node)} takes no '{key}'", hint, near[0] if near else None
    )


def _check_list(node: Node, shape: Shape) -> Iterator[ScenarioError]:
    if len(node.value) < shape.get("minItems", 0):
        yield ValueMistakeError(
            node.value_place, f"{called(node)} is an empty list", "give at least one, or leave it out"
        )
    of = shape.get("items")
    for item in node if of else ():
        yield from check(item, of or {})


def _check_scalar(node: Node, shape: Shape) -> Iterator[ScenarioError]:
    value, place = node.value, node.value_place
    if has_reference(value):
        return
    words = shape.get("enum")
    if words is not None and value not in words:
        yield ValueMistakeError(
            place,
            f"unknown {shape.get('x-called') or node.key} {shown(value, 60)}",
            nearest(str(value), words),
        )
    if isinstance(value, str):
        if len(value) < shape.get("minLength", 0):
            yield ValueMistakeError(place, f"{called(node)} is empty")
        if shape.get("pattern") == DURATION:
            yield from _duration_mistakes(node)
        elif "pattern" in shape and not re.search(shape["pattern"], value):
            wanted = shape.get("x-called", "a text of another form")
            reason = f"{called(node)} is {wanted}, not {shown(value, 60)}"
            yield ValueMistakeError(place, reason, shape.get("x-hint", ""))
        if shape.get("format") == "regex":
            yield from regex_mistakes(node)
    elif value is not None and not shape.get("minimum", value) <= value <= shape.get("maximum", value):
        yield ValueMistakeError(place, f"{called(node)} is {_range(shape)}, not {shown(value)}")


def _duration_mistakes(node: Node) -> Iterator[ScenarioError]:
    try:
        written(node.value)
    except ValueError as error:
        reason, _, hint = str(error).partition("; ")
        yield ValueMistakeError(node.value_place, reason, hint)


def regex_mistakes(node: Node) -> Iterator[ScenarioError]:
    """What Python's `re` has against a pattern."""
    try:
        re.compile(node.value)
    except re.error as error:
        yield ValueMistakeError(node.value_place, f"{called(node)} is no regular expression: {error}")


def _range(shape: Shape) -> str:
    least, most = shape.get("minimum"), shape.get("maximum")
    if least is None:
        return f"at most {most}"
    return f"at least {least}" if most is None else f"from {least} to {most}"


def _is_kind(value: Any, shape: Shape) -> bool:
    if "anyOf" in shape:
        return any(_is_kind(value, resolved(option)) for option in shape["anyOf"])
    kinds = shape.get("type")
    if kinds is None:
        return True
    return any(_is_one(value, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds))


def _is_one(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _KINDS[kind])


def _wrong_kind(node: Node, shapes: list[Shape], what: str) -> ScenarioError:
    wanted = list(dict.fromkeys(name for shape in shapes for name in _wanted(shape)))
    if len(wanted) > 1 and "null" in wanted:
        wanted.remove("null")
    value = node.value
    hint = next((str(shape["x-hint"]) for shape in shapes if "x-hint" in shape), "")
    if any(shape.get("pattern") == DURATION for shape in shapes) and _is_one(value, "number"):
        hint = f"write {value}s for seconds"
    if any(_takes(shape, "string") for shape in shapes) and not isinstance(value, dict | list):
        quoted = "null" if value is None else shown(value)
        hint = hint or ("give it a value" if value is None else f'quote it: "{quoted}"')
    elif isinstance(value, str) and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?|true|false", value):
        hint = hint or f"leave the quotes out: {value}"
    if value is None and not hint:
        hint = "nothing stands behind the key"
    return ValueMistakeError(
        node.value_place, f"{what or called(node)} is {' or '.join(wanted)}, got {_got(value)}", hint
    )


def _takes(shape: Shape, kind: str) -> bool:
    if "anyOf" in shape:
        return any(_takes(resolved(option), kind) for option in shape["anyOf"])
    kinds = shape.get("type")
    return kind == kinds or (isinstance(kinds, list) and kind in kinds)


def _wanted(shape: Shape) -> Iterator[str]:
    if "x-called" in shape and "enum" not in shape:
        yield shape["x-called"]
    elif "anyOf" in shape:
        for option in shape["anyOf"]:
            yield from _wanted(resolved(option))
    else:
        kinds = shape.get("type", ())
        for kind in [kinds] if isinstance(kinds, str) else kinds:
            yield _CALLED[kind]


def _got(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return shown(value)
        case int() | float():
            return f"the number {value}"
        case str():
            return f"the text {shown(value, 60)}"
        case list():
            return "a list"
    return "a mapping"


def _about(shape: Shape) -> str:
    """What a shape is about, to stand behind the key that is missing."""
    about = str(shape.get("description") or resolved(shape).get("description", ""))
    return f": {about[0].lower()}{about[1:].rstrip('.')}" if about else ""
