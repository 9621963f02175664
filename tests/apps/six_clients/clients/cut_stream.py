"""Reads an answer as it is written."""

from openai import OpenAI

client = OpenAI()


def ask(thread_id: str, assistant_id: str, text: str) -> str:
    """The answer to a question."""
    client.beta.threads.messages.create(thread_id, role="user", content=text)
    said = []
    with client.beta.threads.runs.create(thread_id, assistant_id=assistant_id, stream=True) as events:
        for event in events:
            if event.event == "thread.message.delta":
                said += [part.text.value for part in event.data.delta.content or () if part.type == "text"]
    return "".join(said)
