"""Threads and messages."""

from __future__ import annotations

from tests.stage import CODE, PICTURE, SEARCH, Stage, situation


@situation
def plain_thread(stage: Stage) -> None:
    """No body at all; then looked at, changed and deleted."""
    path = f"/threads/{stage.post('/threads')['id']}"
    stage.get(path)
    stage.get(f"{path}/messages")
    stage.get(f"{path}/runs")
    stage.post(path, {"metadata": {"a": "b"}})
    stage.post(path, {"metadata": None, "tool_resources": None})
    stage.delete(path)


@situation
def full_thread(stage: Stage) -> None:
    """Resources for both tools, metadata, first messages."""
    file, other = stage.file(), stage.file("b.csv", b"a,b\n1,2\n")
    resources = {
        "code_interpreter": {"file_ids": [file, other]},
        "file_search": {"vector_store_ids": [stage.store(file)]},
    }
    messages = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    body = {"messages": messages, "tool_resources": resources, "metadata": {"k": "v"}}
    path = f"/threads/{stage.post('/threads', body)['id']}"
    stage.get(path)
    stage.get(f"{path}/messages?order=asc")
    stage.post(path, {"tool_resources": {"code_interpreter": {"file_ids": [other]}}})
    stage.get(path)


@situation
def all_kinds_of_messages(stage: Stage) -> None:
    """Text as string and as parts, pictures, attachments, the assistant's role; changed and deleted."""
    path = f"/threads/{stage.post('/threads')['id']}/messages"
    file, other = stage.file(), stage.file("b.md", b"# Cakes\n")
    shown = stage.file("cat.png", PICTURE, "vision")
    picture = {"type": "image_file", "image_file": {"file_id": shown, "detail": "high"}}
    link = {"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}}
    attached = [
        {"file_id": file, "tools": [CODE]},
        {"file_id": file, "tools": [SEARCH]},
        {"file_id": other, "tools": [CODE, SEARCH]},
    ]
    made = [
        stage.post(path, body)["id"]
        for body in (
            {"role": "user", "content": "Hello"},
            {"role": "assistant", "content": "Hello yourself"},
            {"role": "user", "content": [{"type": "text", "text": "Look:"}, picture, link]},
            {"role": "user", "content": "See the files", "attachments": attached, "metadata": {"k": "v"}},
            {"role": "user", "content": "Nothing", "attachments": None, "metadata": None},
        )
    ]
    for message in made:
        stage.get(f"{path}/{message}")
        stage.post(f"{path}/{message}", {"metadata": {"seen": "yes"}})
        stage.get(f"{path}/{message}")
    stage.get(path)
    stage.get(f"{path}?limit=2&order=asc")
    stage.get(f"{path}?limit=2&order=asc&after={made[1]}")
    stage.get(f"{path}?order=desc&before={made[1]}")
    stage.get(f"{path}?after={made[0]}")
    stage.delete(f"{path}/{made[0]}")
    stage.get(path)
