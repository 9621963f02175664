"""Which encoding a text file is in, as `open` has to be told it."""

from __future__ import annotations

import codecs
import re

from mockserver.analysis.tables import NotDataError

_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_LOOK_MAX = 65_536


def decoded(content: bytes) -> tuple[str, str]:
    """The text, its line ends untouched, and the name of its encoding."""
    encoding = _encoding(content)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        encoding = "cp1252"  # what Excel still writes in much of the world
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            raise NotDataError("It is not text.") from None
    if _CONTROL.search(text[:_LOOK_MAX]) or "\0" in text:
        raise NotDataError("It is not text.")
    return text, encoding


def _encoding(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if content.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    beginning = content[:400]
    # Latin letters in UTF-16 have a zero for every other byte.
    if len(beginning) % 2 == 0 and not any(beginning[1::2]) and any(beginning):
        return "utf-16-le"
    if len(beginning) % 2 == 0 and not any(beginning[::2]) and any(beginning):
        return "utf-16-be"
    return "utf-8"
