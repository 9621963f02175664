"""What there is to know of a document format: its suffixes, how it begins, what it takes to read it."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from mockserver.extraction import unreadable

HEAD_BYTES = 1024
"""How much of the beginning `begins` is shown."""


@dataclass(frozen=True, slots=True)
class Library:
    """A parser that is not part of the base install: the module, and the extra that brings it."""

    module: str
    extra: str


@dataclass(frozen=True, slots=True)
class Format:
    """One family of documents.

    `read` makes text of a file that stands at its beginning. It may fail with any exception; what it has to
    see to is memory and time, unless the parser is a `library`: those are read in a confined process.
    """

    suffixes: tuple[str, ...]
    read: Callable[[BinaryIO], str]
    begins: Callable[[bytes], bool] = lambda head: True
    library: Library | None = None

    def check(self, suffix: str, content: BinaryIO) -> None:
        """Raise UnreadableError when the parser is missing or the file does not begin like one of these."""
        content.seek(0)
        if not self.begins(content.read(HEAD_BYTES)):
            raise unreadable.broken()
        # Not imported: only the confined process needs it.
        if self.library and importlib.util.find_spec(self.library.module) is None:
            raise unreadable.not_installed(suffix, self.library.extra)
        content.seek(0)
