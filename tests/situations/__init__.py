"""Situations an API of this kind gets into: each plays on a `Stage`, and `SITUATIONS` has it by its name."""

from __future__ import annotations

from tests.situations import (
    assistants,
    computing,
    files,
    runs,
    searching,
    streams,
    threads,
    tools,
    vector_stores,
)
from tests.stage import SITUATIONS

__all__ = [
    "SITUATIONS",
    "assistants",
    "computing",
    "files",
    "runs",
    "searching",
    "streams",
    "threads",
    "tools",
    "vector_stores",
]
