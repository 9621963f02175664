"""Calls over plain HTTP of which only the status matters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.conftest import Raw

THREAD: tuple[str, str, dict[str, Any]] = ("POST", "/threads", {})
ASSISTANT = ("POST", "/assistants", {"model": "gpt-4o"})
ASSISTANTS = ("GET", "/assistants")
HELLO = {"role": "user", "content": "Hello"}


class Ask:
    """Makes calls, each given as method, path and body, and tells their statuses."""

    def __init__(self, raw: Raw) -> None:
        self.raw = raw

    def __call__(self, *calls: Sequence[Any]) -> list[int]:
        return [self.raw(call[0], f"/v1{call[1]}", *call[2:]).status for call in calls]
