"""Lets the SDK wait for a run."""

from openai import OpenAI

client = OpenAI()


def ask(thread_id: str, assistant_id: str, text: str) -> str:
    """The answer to a question."""
    client.beta.threads.messages.create(thread_id, role="user", content=text)
    client.beta.threads.runs.create_and_poll(thread_id=thread_id, assistant_id=assistant_id)
    messages = client.beta.threads.messages.list(thread_id)
    return messages.data[0].content[0].text.value
