"""The README's programs, taken out of it when the tests run, so that it cannot promise what is not so."""

from __future__ import annotations

import re
from pathlib import Path

_NAMES = {"python": "python|py", "javascript": "javascript|js|mjs|node"}
_BLOCK = r"^```(?:{names})[^\S\n]*\n(?P<program>.*?)^```[^\S\n]*$"
SUFFIXES = {"python": ".py", "javascript": ".mjs"}


def program(readme: Path, language: str) -> str | None:
    """The first program in this language, `python` or `javascript`; None when there is none."""
    block = re.compile(_BLOCK.format(names=_NAMES[language]), re.MULTILINE | re.DOTALL)
    found = block.search(readme.read_text(encoding="utf-8")) if readme.is_file() else None
    return found["program"] if found else None
