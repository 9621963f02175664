"""Runs that compute with attached data, and write files that can be downloaded."""

from __future__ import annotations

from tests.situations.scripts import code_with_outputs
from tests.stage import CODE, Stage, situation

SALES = b"month,sales\nJanuary,10\nFebruary,20\nMarch,60\n"


def thread_with_data(stage: Stage, question: str) -> str:
    """A thread whose message brings a table."""
    attached = [{"file_id": stage.file("sales.csv", SALES), "tools": [CODE]}]
    message = {"role": "user", "content": question, "attachments": attached}
    return str(stage.post("/threads", {"messages": [message]})["id"])


@situation
def computing_run(stage: Stage) -> None:
    """Nobody has written down what is computed; once in words, and once as a chart."""
    assistant = stage.assistant(tools=[CODE])
    for question in ("What is the mean of the sales?", "Plot the sales as a bar chart."):
        thread = thread_with_data(stage, question)
        stage.get(f"/threads/{thread}")
        path = f"/threads/{thread}/runs"
        run = stage.finish(f"{path}/{stage.post(path, {'assistant_id': assistant})['id']}")
        assert run["status"] == "completed"
        stage.stream(f"/threads/{thread_with_data(stage, question)}/runs", {"assistant_id": assistant})
    for file in stage.get("/files?purpose=assistants_output")["data"]:
        stage.get(f"/files/{file['id']}")
        assert stage.download(file["id"]).startswith(b"\x89PNG")


@situation
def streamed_code(stage: Stage) -> None:
    """Logs, a picture and a file as they come; the files are there afterwards, and deleted."""
    stage.says(code_with_outputs())
    assistant = stage.assistant(tools=[CODE])
    events = stage.stream(f"/threads/{stage.thread()}/runs", {"assistant_id": assistant})
    (message,) = [data for name, data in events if name == "thread.message.completed"]
    kinds = [part["type"] for part in message["content"]]
    assert sorted(kinds) == ["image_file", "text"]
    for file in stage.get("/files")["data"]:
        stage.download(file["id"])
        stage.delete(f"/files/{file['id']}")
