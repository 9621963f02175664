"""What tests of index faults begin with: documents, ways to attach them, searches, what a fault has done."""

from __future__ import annotations

from typing import Any

import openai

from harness.control import Control
from tests.files.questions import ASKED

SEARCH: Any = [{"type": "file_search"}]
LONG = "".join(f"Passage {number} tells of the otter and its river. " * 20 for number in range(30))
SMALL: Any = {"type": "static", "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 0}}


def found(client: openai.OpenAI, store: str, query: str = ASKED, **more: Any) -> list[str]:
    """The names of the files that a search finds, best first."""
    return [each.filename for each in client.vector_stores.search(store, query=query, **more)]


def fired(control: Control) -> int:
    """How often the one fault that is armed has acted."""
    (armed,) = control.faults()
    return int(armed["fired"])


def seen(control: Control) -> int:
    """For how many calls it was weighed."""
    (armed,) = control.faults()
    return int(armed["seen"])


def attached(file: str) -> Any:
    """One message that brings a file to be searched."""
    return [{"role": "user", "content": ASKED, "attachments": [{"file_id": file, "tools": SEARCH}]}]


def helped(file: str) -> Any:
    """Resources that ask for a new vector store with this file."""
    return {"file_search": {"vector_stores": [{"file_ids": [file]}]}}
