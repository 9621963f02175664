"""Waits for a run by hand."""

import time

from openai import OpenAI

client = OpenAI()


def ask(thread_id: str, assistant_id: str, text: str) -> str:
    """The answer to a question."""
    client.beta.threads.messages.create(thread_id, role="user", content=text)
    run = client.beta.threads.runs.create(thread_id, assistant_id=assistant_id)
    while run.status != "completed":
        if run.status in ("failed", "cancelled", "expired"):
            raise RuntimeError(f"the run {run.status}")
        time.sleep(1)
        run = client.beta.threads.runs.retrieve(run.id, thread_id=thread_id)
    return client.beta.threads.messages.list(thread_id, run_id=run.id).data[0].content[0].text.value
