"""Why a document gives no text, in the words a vector store file shows as its `last_error`.

Observed: "The file type is not supported." (unsupported_file) and "The file could not be parsed because it is
too large." (invalid_file), openai-openapi 300, 2024-07; "The file could not be parsed." (invalid_file),
openai-node 1496, 2025-05; "An internal error occurred." (server_error), openai-python 1591, 2024-08. The
other reasons are inferred: "The file could not be parsed", with a because.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

Code = Literal["invalid_file", "unsupported_file", "server_error"]


class UnreadableError(Exception):
    """A document that cannot be indexed: `code` and `message` are those of `last_error`."""

    def __init__(self, code: Code, message: str) -> None:
        """Keep both as they will be shown."""
        super().__init__(message)
        self.code: Code = code
        self.message = message


def unsupported() -> UnreadableError:
    """No format has this suffix."""
    return UnreadableError("unsupported_file", "The file type is not supported.")


def not_installed(suffix: str, extra: str) -> UnreadableError:
    """The format is known, and the library that reads it is missing here."""
    return UnreadableError(
        "unsupported_file",
        f"The file type is not supported: to read {suffix} files, pip install 'assistants-mock[{extra}]'.",
    )


def broken() -> UnreadableError:
    """Not a document of the kind its name promises."""
    return UnreadableError("invalid_file", "The file could not be parsed.")


def too_large() -> UnreadableError:
    """More text than can be indexed, or more work than a document is worth."""
    return UnreadableError("invalid_file", "The file could not be parsed because it is too large.")


def encrypted() -> UnreadableError:
    """Behind a password."""
    return UnreadableError("invalid_file", "The file could not be parsed because it is encrypted.")


def empty() -> UnreadableError:
    """A sound document without a word in it."""
    return UnreadableError("invalid_file", "The file could not be parsed because it contains no text.")


def badly_encoded() -> UnreadableError:
    """Text in none of the documented encodings."""
    return UnreadableError(
        "invalid_file", "The file could not be parsed because its text is not UTF-8, UTF-16 or ASCII."
    )


def internal() -> UnreadableError:
    """The fault lies with the service, which says no more."""
    return UnreadableError("server_error", "An internal error occurred.")


def not_attempted() -> UnreadableError:
    """The fault lies with this server, not with the document."""
    return UnreadableError("server_error", "The server could not start reading the file.")


BY_CODE: Mapping[str, Callable[[], UnreadableError]] = {
    "server_error": internal,
    "unsupported_file": unsupported,
    "invalid_file": too_large,
}
"""The codes there are, and the reason that each was seen with."""
