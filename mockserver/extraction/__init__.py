"""The text of documents, as file_search indexes it."""

from __future__ import annotations

from pathlib import PurePath
from typing import BinaryIO

from mockserver.extraction import confined, unreadable
from mockserver.extraction.formats import discover
from mockserver.extraction.unreadable import UnreadableError

__all__ = ["SEARCHABLE", "UnreadableError", "extract"]

_FORMATS = discover()

SEARCHABLE: frozenset[str] = frozenset(_FORMATS)
"""The suffixes of the files that can be indexed (documented: the table of supported files of file_search)."""


def extract(filename: str, content: BinaryIO) -> str:
    """The text of a document, read as what the suffix of its name says it is.

    `content` may be large and is read from its beginning. Whatever it holds, this takes a few seconds at most
    and keeps memory low, and the only exception is UnreadableError.
    """
    suffix = PurePath(filename).suffix.lower()
    form = _FORMATS.get(suffix)
    if form is None:
        raise unreadable.unsupported()
    try:
        form.check(suffix, content)
        text = confined.read(suffix, content) if form.library else form.read(content)
    except UnreadableError:
        raise
    except MemoryError as error:
        raise unreadable.too_large() from error
    except Exception as error:  # parsers have many ways to say that a file is broken
        raise unreadable.broken() from error
    if not text or text.isspace():
        raise unreadable.empty()
    return text
