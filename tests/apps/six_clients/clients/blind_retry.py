"""Tries everything three times by itself."""

import time
from collections.abc import Callable
from typing import Any

from openai import APIConnectionError, APIStatusError, OpenAI

from clients import Unavailable

threads = OpenAI(max_retries=0).beta.threads


def attempt(call: Callable[..., Any], *args: Any, **named: Any) -> Any:
    """Make a call, and make it again if it fails."""
    for pause in (1, 2, None):
        try:
            return call(*args, **named)
        except (APIConnectionError, APIStatusError) as error:
            if pause is None:
                raise Unavailable("please try again") from error
            time.sleep(pause)
    return None


def ask(thread_id: str, assistant_id: str, text: str) -> str:
    """The answer to a question."""
    attempt(threads.messages.create, thread_id, role="user", content=text)
    run = attempt(threads.runs.create, thread_id, assistant_id=assistant_id)
    while run.status in ("queued", "in_progress"):
        time.sleep(1)
        run = attempt(threads.runs.retrieve, run.id, thread_id=thread_id)
    if run.status != "completed":
        raise Unavailable(f"no answer: {run.status}")
    answers = attempt(threads.messages.list, thread_id, run_id=run.id).data
    return "\n".join(message.content[0].text.value for message in answers)
