"""Calls functions for an assistant."""

import json
import time

from openai import OpenAI

client = OpenAI()

WEATHER = {"Paris": "21 degrees"}


def ask(thread_id: str, assistant_id: str, text: str) -> str:
    """The answer to a question."""
    client.beta.threads.messages.create(thread_id, role="user", content=text)
    run = client.beta.threads.runs.create(thread_id, assistant_id=assistant_id)
    while run.status in ("queued", "in_progress", "requires_action"):
        if run.status == "requires_action":
            calls = run.required_action.submit_tool_outputs.tool_calls
            outputs = [
                {"tool_call_id": call.id, "output": WEATHER[json.loads(call.function.arguments)["city"]]}
                for call in calls
            ]
            run = client.beta.threads.runs.submit_tool_outputs(
                run.id, thread_id=thread_id, tool_outputs=outputs
            )
        else:
            time.sleep(1)
            run = client.beta.threads.runs.retrieve(run.id, thread_id=thread_id)
    if run.status != "completed":
        raise RuntimeError(f"the run {run.status}")
    return client.beta.threads.messages.list(thread_id, run_id=run.id).data[0].content[0].text.value
