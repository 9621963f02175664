"""Reading a document in a test: what it says, or why it cannot be read, and what that took."""

from __future__ import annotations

import io
import tracemalloc

import pytest

from mockserver.extraction import UnreadableError, extract

BROKEN = "The file could not be parsed."
TOO_LARGE = "The file could not be parsed because it is too large."
ENCRYPTED = "The file could not be parsed because it is encrypted."
NO_TEXT = "The file could not be parsed because it contains no text."
BADLY_ENCODED = "The file could not be parsed because its text is not UTF-8, UTF-16 or ASCII."

MEMORY_MAX = 100_000_000


def text(filename: str, document: bytes) -> str:
    """What the document says."""
    return extract(filename, io.BytesIO(document))


def refusal(filename: str, document: bytes) -> tuple[str, str]:
    """Code and message of the error it gives instead, found out with little memory."""
    content = io.BytesIO(document)
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableError) as caught:
            extract(filename, content)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < MEMORY_MAX
    return caught.value.code, caught.value.message
