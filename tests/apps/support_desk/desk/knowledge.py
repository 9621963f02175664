"""What the desk knows: documents that the assistant may search."""

import time

from desk.api import assistant, client


def learn(name: str, text: str) -> str:
    """Add a document, and come back when it can be found; the id of its vector store."""
    file = client.files.create(file=(name, text.encode()), purpose="assistants")
    store = client.vector_stores.create(name=name, file_ids=[file.id])
    while store.status == "in_progress":
        time.sleep(5)
        store = client.vector_stores.retrieve(store.id)
    client.beta.assistants.update(
        assistant.id, tool_resources={"file_search": {"vector_store_ids": [store.id]}}
    )
    return store.id


def forget(store_id: str) -> None:
    """Take a document away again."""
    for file in client.vector_stores.files.list(store_id):
        client.files.delete(file.id)
    client.vector_stores.delete(store_id)
