"""What ruamel.yaml has against a file, in plain words."""

from __future__ import annotations

import re
from pathlib import Path

from harness.scenarios.model import Place, ScenarioError

TOO_DEEP = "the file is nested too deep"
_NEVER_CLOSED = "found unexpected end of stream"
_ANOTHER = "but found another document"

_PLAINLY = (
    (
        r"found character '\\t' that cannot start any token",
        "a tab stands where YAML takes spaces only",
        "indent with spaces",
    ),
    (
        r"found character '(.)' that cannot start any token",
        r"a text cannot begin with \1 unless it is quoted",
        "put it into quotation marks",
    ),
    (
        r"mapping values are not allowed here",
        "a colon stands where no key can be",
        "quote a text that has ': ' in it, or mend the indentation",
    ),
    (_NEVER_CLOSED, "a quotation mark is opened and never closed", ""),
    (r"found undefined alias '(.*)'", r"nothing is called &\1", "an anchor stands before the *alias"),
    (
        _ANOTHER,
        "a second document begins",
        "a scenario file is one document, without '---'",
    ),
    (
        r"expected ',' or '([\]}])', but got '\{'",
        r"a text with { in it stands inside of brackets without quotation marks",
        'quote references there: "${run.id}"',
    ),
    (r"expected ',' or '([\]}])', but got .*", r"a ',' or the closing '\1' is missing", ""),
    (
        r"expected <block end>, but found '(\?|<block mapping start>)'",
        "a key stands where none can be",
        "mend the indentation",
    ),
    (
        r"expected <block end>, but found '(-|<block sequence start>)'",
        "an item of a list stands where none can be",
        "mend the indentation",
    ),
    (
        r"expected <block end>, but found '(<scalar>|.)'",
        "something stands behind the end of a value",
        "quote the whole text",
    ),
    (
        r"found unknown escape character '(.)'",
        r"\\\1 means nothing between double quotation marks",
        r"write \\ for \, or take single quotation marks",
    ),
    (
        r"expected alphabetic or numeric character, but found .*",
        "a text cannot begin with * or & unless it is quoted",
        "put it into quotation marks",
    ),
    (
        r"sequence entries are not allowed here",
        "a list cannot begin in the line of its key",
        "begin it in the next line, or quote the text",
    ),
    (r"expected the node content, but found '(.*)'", r"'\1' stands where a value should be", ""),
    (
        r"expected '<document start>', but found \('<stream end>',\)",
        "a line that begins with % speaks to YAML itself, and no document follows",
        "quote the text",
    ),
    (
        r"expected '<document start>', but found \('(.*)',\)",
        r"'\1' stands behind the end of the document",
        "",
    ),
    (r"could not find expected ':'", "a key has no ':' behind it", "mend the indentation, or quote the text"),
)


def explained(error: Exception, text: str, path: Path) -> ScenarioError:
    """ruamel's objection in plain words, or in its own where there are none."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None)
    if mark is None:
        return _unreadable(error, text, path)
    context = getattr(error, "context_mark", None)
    opened = ""
    if problem == _NEVER_CLOSED and context is not None:
        mark = context
    elif problem != _ANOTHER and context is not None and context.line != mark.line:
        opened = f" (what is not finished begins in line {context.line + 1})"
    place = Place(path, mark.line + 1, mark.column + 1)
    for pattern, words, hint in _PLAINLY:
        found = re.fullmatch(pattern, str(problem))
        if found:
            return ScenarioError(place, f"not YAML: {found.expand(words)}{opened}", hint)
    return ScenarioError(place, f"not YAML: {problem}{opened}")


def _unreadable(error: Exception, text: str, path: Path) -> ScenarioError:
    character, position = getattr(error, "character", None), getattr(error, "position", None)
    if isinstance(error, RecursionError):
        return ScenarioError(Place(path, 1, 1), TOO_DEEP)
    if isinstance(position, int) and character is not None:
        before = text[:position]
        place = Place(path, before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1)
        code = character if isinstance(character, int) else ord(character)
        return ScenarioError(
            place,
            f"not YAML: the character U+{code:04X} cannot stand in a file",
            f'write "\\u{code:04x}"',
        )
    return ScenarioError(Place(path, 1, 1), f"not YAML: {error}")
