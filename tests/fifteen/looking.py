"""What a test looks at when the client has done its work."""

from __future__ import annotations

import openai

from harness.control import Control


def said(client: openai.OpenAI, thread_id: str) -> list[tuple[str, str]]:
    """Who said what on a thread, from the beginning."""
    lines: list[tuple[str, str]] = []
    for message in client.beta.threads.messages.list(thread_id, order="asc"):
        (part,) = message.content
        assert part.type == "text"
        lines.append((message.role, part.text.value))
    return lines


def runs(client: openai.OpenAI, thread_id: str) -> list[str]:
    """The statuses of a thread's runs, from the first."""
    return [run.status for run in client.beta.threads.runs.list(thread_id, order="asc")]


def refusals(control: Control) -> list[str]:
    """The calls that were answered by an error."""
    return [entry["call"] for entry in control.journal(operation="*") if entry["status"] >= 400]


def calls(control: Control, operation: str) -> int:
    """How often an operation was asked for."""
    return len(control.journal(operation=operation))


def refused(message: str) -> dict[str, str | None]:
    """The error in a body: neither a param nor a code, only words."""
    return {"message": message, "type": "invalid_request_error", "param": None, "code": None}
