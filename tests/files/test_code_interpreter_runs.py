"""code_interpreter in runs: what code printed and wrote, in steps, deltas and messages, and as files."""

from __future__ import annotations

import base64
import contextlib
import io
import json
from pathlib import Path
from typing import Any

import openai
import openpyxl
import pytest

from harness.control import Control, ControlError
from mockserver.server import Server
from tests.conftest import Raw
from tests.files.library import ids, kept, only_message, steps, upload, words

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SALES = "month,region,sales\nJan,North,10\nFeb,North,20\nMar,South,60\n"
TOOL: Any = {"type": "code_interpreter"}


def coding(client: openai.OpenAI, *files: str, **more: Any) -> str:
    """The id of an assistant whose code has these files."""
    resources: Any = {"code_interpreter": {"file_ids": list(files)}}
    return client.beta.assistants.create(model="gpt-4o", tools=[TOOL], tool_resources=resources, **more).id


def asking(client: openai.OpenAI, text: str, *files: str) -> str:
    """The id of a thread in which the user asks this, with files attached for code."""
    attachments: Any = [{"file_id": file, "tools": [TOOL]} for file in files]
    message: Any = {"role": "user", "content": text, "attachments": attachments}
    return client.beta.threads.create(messages=[message]).id


def run(client: openai.OpenAI, thread: str, assistant: str, **more: Any) -> Any:
    """A run, polled to its end."""
    return client.beta.threads.runs.create_and_poll(
        thread_id=thread, assistant_id=assistant, poll_interval_ms=0, **more
    )


def scripted(client: openai.OpenAI, control: Control, *actions: Any) -> Any:
    """A run that does this, polled to its end."""
    control.add_replies({"then": {"steps": list(actions)}})
    return run(client, asking(client, "Please compute."), coding(client))


def code(*outputs: Any, source: str = "print(6 * 7)") -> dict[str, Any]:
    """The action of code that did this."""
    return {"code_interpreter": {"input": source, "outputs": list(outputs)}}


def call_of(raw: Raw, done: Any) -> Any:
    """The code interpreter's call in the first step of a run."""
    (call,) = steps(raw, done)[0]["step_details"]["tool_calls"]
    assert (list(call), call["type"]) == (["id", "type", "code_interpreter"], "code_interpreter")
    return call["code_interpreter"]


# Scripted


def test_logs_are_in_the_step(client: openai.OpenAI, control: Control, raw: Raw) -> None:
    """Input and output as written, a message after it, tokens counted for the code."""
    done = scripted(client, control, code({"logs": "42\n"}), {"reply": "It is 42."})
    assert done.status == "completed"
    assert call_of(raw, done) == {"input": "print(6 * 7)", "outputs": [{"type": "logs", "logs": "42\n"}]}
    computing, writing = steps(raw, done)
    assert (computing["type"], writing["type"]) == ("tool_calls", "message_creation")
    assert computing["usage"]["completion_tokens"] >= 4
    assert words(only_message(client, done)) == "It is 42."


def test_code_without_outputs_and_without_words(client: openai.OpenAI, control: Control, raw: Raw) -> None:
    """A run may end with its code."""
    done = scripted(client, control, {"code_interpreter": {"input": ""}})
    assert (done.status, call_of(raw, done)) == ("completed", {"input": "", "outputs": []})
    assert client.beta.threads.messages.list(done.thread_id, run_id=done.id).data == []


def test_files_that_code_wrote_are_downloaded(client: openai.OpenAI, control: Control, raw: Raw) -> None:
    """As text and as base64, with a purpose of their own, at their sandbox path in the message."""
    data = bytes(range(256))
    done = scripted(
        client,
        control,
        code(
            {"file": {"name": "rows.csv", "text": "a,b\n1,ü\n"}},
            {"file": {"name": "raw.bin", "base64": base64.b64encode(data).decode()}},
        ),
        {
            "reply": "🦊 Here: [rows](sandbox:/mnt/data/rows.csv), again sandbox:/mnt/data/rows.csv"
            " and sandbox:/mnt/data/raw.bin."
        },
    )
    assert call_of(raw, done)["outputs"] == []
    made = {file.filename: file for file in client.files.list(purpose="assistants_output")}
    assert set(made) == {"rows.csv", "raw.bin"}
    assert {file.purpose for file in made.values()} == {"assistants_output"}
    assert client.files.content(made["rows.csv"].id).read() == "a,b\n1,ü\n".encode()
    assert client.files.content(made["raw.bin"].id).read() == data
    assert made["raw.bin"].bytes == 256
    (part,) = only_message(client, done).content
    assert part.type == "text"
    annotations: list[Any] = part.text.annotations
    assert [(each.type, each.text, each.file_path.file_id) for each in annotations] == [
        ("file_path", "sandbox:/mnt/data/rows.csv", made["rows.csv"].id),
        ("file_path", "sandbox:/mnt/data/rows.csv", made["rows.csv"].id),
        ("file_path", "sandbox:/mnt/data/raw.bin", made["raw.bin"].id),
    ]
    for each in annotations:
        assert part.text.value[each.start_index : each.end_index] == each.text


@pytest.mark.parametrize(
    "name", ["Bericht ä.csv", "報告書.csv", "a b.csv", "a.csv.csv", "x/y.csv", "../up.csv"]
)
def test_names_of_written_files(client: openai.OpenAI, control: Control, name: str) -> None:
    """Any name is only a name; of two that begin alike the longer one is meant."""
    done = scripted(
        client,
        control,
        code({"file": {"name": "a.csv", "text": "short"}}, {"file": {"name": name, "text": "long"}}),
        {"reply": f"See sandbox:/mnt/data/{name} there."},
    )
    (part,) = only_message(client, done).content
    assert part.type == "text"
    (annotation,) = part.text.annotations
    assert annotation.type == "file_path"
    assert annotation.text == f"sandbox:/mnt/data/{name}"
    file_id = annotation.file_path.file_id
    assert (client.files.retrieve(file_id).filename, client.files.content(file_id).read()) == (name, b"long")


def test_a_picture_is_shown_before_the_words(client: openai.OpenAI, control: Control, raw: Raw) -> None:
    """In the step, as `image_file` of the message, and as a file with these bytes."""
    image = {"image": {"name": "chart.png", "base64": base64.b64encode(PNG).decode()}}
    done = scripted(client, control, code({"logs": "drawn\n"}, image), {"reply": "Look at it."})
    logs, shown = call_of(raw, done)["outputs"]
    assert (logs, shown["type"]) == ({"type": "logs", "logs": "drawn\n"}, "image")
    file_id = shown["image"]["file_id"]
    assert client.files.content(file_id).read() == PNG
    assert client.files.retrieve(file_id).filename == "chart.png"
    picture, text = only_message(client, done).content
    assert picture.type == "image_file"
    assert (picture.image_file.file_id, text.type) == (file_id, "text")


def test_a_picture_is_an_existing_file(client: openai.OpenAI, control: Control, raw: Raw) -> None:
    """By name, the newest of that name, or by id: no file is made."""
    upload(client, "plot.png", PNG, "vision")
    newest = upload(client, "plot.png", PNG + b"2", "vision").id
    other = upload(client, "other.png", PNG, "vision").id
    done = scripted(client, control, code({"image": "plot.png"}, {"image": other}), {"reply": "Two."})
    assert [each["image"]["file_id"] for each in call_of(raw, done)["outputs"]] == [newest, other]
    assert len(client.files.list().data) == 3


def test_a_picture_nobody_knows_is_made(client: openai.OpenAI, control: Control, raw: Raw) -> None:
    """A name alone is enough: a blank PNG that really can be downloaded."""
    done = scripted(client, control, code({"image": "sales.png"}), {"reply": "A chart."})
    (shown,) = call_of(raw, done)["outputs"]
    file = client.files.retrieve(shown["image"]["file_id"])
    assert (file.filename, file.purpose) == ("sales.png", "assistants_output")
    assert client.files.content(file.id).read().startswith(b"\x89PNG\r\n\x1a\n")


def test_a_message_may_place_its_picture_itself(client: openai.OpenAI, control: Control) -> None:
    """Content parts by name: then it is not shown a second time."""
    image = {"image": {"name": "c.png", "base64": base64.b64encode(PNG).decode()}}
    parts = [
        {"type": "text", "text": "Before."},
        {"type": "image_file", "image_file": {"file_id": "c.png"}},
        {"type": "text", "text": "After."},
    ]
    done = scripted(client, control, code(image), {"reply": parts})
    content = only_message(client, done).content
    assert [part.type for part in content] == ["text", "image_file", "text"]
    assert content[1].type == "image_file"
    assert client.files.content(content[1].image_file.file_id).read() == PNG


def test_annotations_name_files_of_the_run(client: openai.OpenAI, control: Control) -> None:
    """Written by hand, with the file given by its name."""
    annotation = {"type": "file_path", "text": "the file", "file_path": {"file_id": "a.csv"}}
    done = scripted(
        client,
        control,
        code({"file": {"name": "a.csv", "text": "x"}}),
        {"reply": "Take the file now.", "annotations": [annotation]},
    )
    (part,) = only_message(client, done).content
    assert part.type == "text"
    (shown,) = part.text.annotations
    assert shown.type == "file_path"
    assert (shown.start_index, shown.end_index) == (5, 13)
    assert client.files.content(shown.file_path.file_id).read() == b"x"


def test_polled_and_streamed_show_the_same(client: openai.OpenAI, control: Control, raw: Raw) -> None:
    """The deltas bring code token by token, then each output; folded they are the step and the message."""
    image = {"image": {"name": "c.png", "base64": base64.b64encode(PNG).decode()}}
    actions = [
        code(
            {"logs": "42\n"},
            image,
            {"file": {"name": "o.txt", "text": "x"}},
            source="# é🦊\nx = 6 * 7\nprint(x)",
        ),
        {"reply": "It is 42, see sandbox:/mnt/data/o.txt."},
    ]
    control.add_replies({"then": {"steps": actions}})
    assistant = coding(client)
    polled = run(client, asking(client, "Please compute."), assistant)
    with client.beta.threads.runs.stream(
        thread_id=asking(client, "Please compute."), assistant_id=assistant
    ) as stream:
        stream.until_done()
    folded = stream.get_final_run_steps()[0].step_details
    assert folded.type == "tool_calls"
    call: Any = folded.tool_calls[0]
    streamed = stream.get_final_run()
    shown = call_of(raw, streamed)
    assert call.code_interpreter.input == shown["input"] == call_of(raw, polled)["input"]
    assert [each.type for each in call.code_interpreter.outputs] == ["logs", "image"]
    assert [each["type"] for each in call_of(raw, polled)["outputs"]] == ["logs", "image"]
    first, second = only_message(client, polled), only_message(client, streamed)
    assert words(first) == words(second)
    assert stream.get_final_messages()[0].content == second.content
    assert [part.type for part in first.content] == ["image_file", "text"]


def test_files_are_there_before_anybody_is_told_of_them(
    client: openai.OpenAI, control: Control, raw: Raw
) -> None:
    """When the delta with the picture comes, its file can be downloaded; before it ran there is none."""
    image = {"image": {"name": "c.png", "base64": base64.b64encode(PNG).decode()}}
    control.add_replies({"then": {"steps": [code(image, source="draw() " * 40), {"reply": "Done."}]}})
    begun = client.beta.threads.runs.create(asking(client, "Draw."), assistant_id=coding(client))
    assert client.files.list().data == []
    seen: list[str] = []
    for _ in range(400):
        control.advance(0.05)
        found = client.files.list().data
        body = raw("GET", f"/v1/threads/{begun.thread_id}/runs/{begun.id}/steps?order=asc").raw.decode()
        if seen := [file.id for file in found if file.id in body]:
            break
        assert '"image"' not in body
    assert client.files.content(seen[0]).read() == PNG


def test_a_cancelled_run_leaves_no_file(
    client: openai.OpenAI, control: Control, server: Server, raw: Raw
) -> None:
    """What code had not written yet is never written."""
    control.add_replies(
        {"then": code({"file": {"name": "a.txt", "text": "never"}}), "timeline": {"in_progress": "60s"}}
    )
    before = kept(server)
    begun = client.beta.threads.runs.create(asking(client, "Go."), assistant_id=coding(client))
    control.advance(10)
    client.beta.threads.runs.cancel(begun.id, thread_id=begun.thread_id)
    ended = client.beta.threads.runs.poll(begun.id, thread_id=begun.thread_id, poll_interval_ms=0)
    control.advance(100)
    assert ended.status == "cancelled"
    assert client.files.list().data == []
    assert kept(server) == before
    for step in steps(raw, ended):
        assert step["status"] == "cancelled"


def test_written_files_can_be_used_and_deleted(client: openai.OpenAI, control: Control, raw: Raw) -> None:
    """Attached to the next question, read by the next code; after deletion the step still names them."""
    done = scripted(
        client, control, code({"file": {"name": "rows.csv", "text": SALES}}), {"reply": "Written."}
    )
    file = client.files.list().data[0].id
    control.clear_replies()
    attachments: Any = [{"file_id": file, "tools": [TOOL]}]
    client.beta.threads.messages.create(
        done.thread_id, role="user", content="What is the mean of sales?", attachments=attachments
    )
    again = run(client, done.thread_id, coding(client))
    assert "30" in words(only_message(client, again))
    client.files.delete(file)
    assert client.beta.threads.retrieve(done.thread_id).tool_resources.code_interpreter.file_ids == []  # type: ignore[union-attr]


def test_written_files_count_for_the_project(client: openai.OpenAI, control: Control) -> None:
    """Deleting them takes their bytes off again, and no count goes below nothing."""
    control.new_world(limits={"storage_bytes": 1_000})
    scripted(client, control, code({"file": {"name": "a.txt", "text": "x" * 600}}), {"reply": "ok"})
    with pytest.raises(openai.BadRequestError, match="storage quota"):
        upload(client, "b.txt", "y" * 500)
    client.files.delete(client.files.list().data[0].id)
    upload(client, "b.txt", "y" * 1_000)


@pytest.mark.parametrize(
    "output",
    [
        {"log": "x"},
        {"logs": 7},
        {"file": {"name": "a.txt"}},
        {"file": {"name": "a.txt", "text": "x", "base64": "eA=="}},
        {"file": {"name": "a.txt", "base64": "not base64!"}},
        {"file": {"name": "", "text": "x"}},
        {"file": "a.txt"},
        {"image": {"name": "a.png"}},
        {"logs": "x", "image": "a.png"},
    ],
)
def test_a_script_that_cannot_be_understood(control: Control, output: Any) -> None:
    """A clear 400 at the control door."""
    with pytest.raises(ControlError) as refusal:
        control.add_replies({"then": code(output)})
    assert refusal.value.status == 400


# Unscripted


def test_attached_data_is_really_computed(client: openai.OpenAI, raw: Raw, tmp_path: Path) -> None:
    """Columns, rows and figures of a CSV; the step's input is code that prints just these logs."""
    file = upload(client, "sales.csv", SALES).id
    done = run(client, asking(client, "What is the average of sales?", file), coding(client))
    call = call_of(raw, done)
    path = tmp_path / "sales.csv"
    path.write_text(SALES)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(call["input"].replace(f"/mnt/data/{file}", str(path)), {})
    assert call["outputs"] == [{"type": "logs", "logs": printed.getvalue()}]
    assert "mean of sales: 30" in printed.getvalue()
    answer = words(only_message(client, done))
    assert "30" in answer
    assert "sales" in answer


def workbook() -> bytes:
    """The sales as a workbook."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in SALES.splitlines():
        cells: list[Any] = line.split(",")
        sheet.append([int(cell) if cell.isdigit() else cell for cell in cells])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def as_json() -> bytes:
    """The sales as a list of records."""
    header, *lines = (line.split(",") for line in SALES.splitlines())
    records: list[dict[str, Any]] = [dict(zip(header, line, strict=True)) for line in lines]
    return json.dumps([record | {"sales": int(record["sales"])} for record in records]).encode()


@pytest.mark.parametrize("name", ["sales.csv", "sales.json", "sales.xlsx"])
def test_a_chart_is_drawn_when_one_is_asked_for(client: openai.OpenAI, raw: Raw, name: str) -> None:
    """A real PNG in the step and the message, whatever the data came in."""
    data = {"csv": SALES.encode(), "json": as_json(), "xlsx": workbook()}[name.rpartition(".")[2]]
    file = upload(client, name, data).id
    done = run(client, asking(client, "Please draw a bar chart of sales by month.", file), coding(client))
    assert done.status == "completed"
    image = next(each for each in call_of(raw, done)["outputs"] if each["type"] == "image")
    picture = client.files.content(image["image"]["file_id"]).read()
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert len(picture) > 2_000
    content = only_message(client, done).content
    assert [part.type for part in content] == ["image_file", "text"]
    made = client.files.list(purpose="assistants_output").data
    assert ids(made) == [image["image"]["file_id"]]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("broken.xlsx", b"PK\x03\x04 not really"),
        ("broken.json", b'{"a": [1, 2'),
        ("nul.csv", b"\0\0\0\0"),
        ("empty lines.csv", b"\n\n\n"),
        ("wide.csv", b"," * 100_000),
        ("deep.json", b"[" * 100_000 + b"]" * 100_000),
    ],
)
def test_data_that_is_none_is_said_to_be_none(client: openai.OpenAI, name: str, content: bytes) -> None:
    """The run completes with words about it, never a failure of the server."""
    file = upload(client, name, content).id
    done = run(client, asking(client, "What is in it?", file), coding(client))
    assert done.status == "completed"
    assert words(only_message(client, done))


@pytest.mark.parametrize(
    ("choice", "types"),
    [
        ("none", ["message_creation"]),
        ("auto", ["tool_calls", "message_creation"]),
        (TOOL, ["tool_calls", "message_creation"]),
    ],
)
def test_tool_choice_is_kept_to(client: openai.OpenAI, raw: Raw, choice: Any, types: list[str]) -> None:
    """Forbidden, left open, forced; forced without data, code says that there is none."""
    file = upload(client, "sales.csv", SALES).id
    done = run(client, asking(client, "What is in it?", file), coding(client), tool_choice=choice)
    assert [step["type"] for step in steps(raw, done)] == types
    if choice is TOOL:
        empty = run(client, asking(client, "What is in it?"), coding(client), tool_choice=choice)
        assert [step["type"] for step in steps(raw, empty)] == types


def test_without_the_tool_nothing_is_computed(client: openai.OpenAI, raw: Raw) -> None:
    """Files of a code interpreter that the run does not have."""
    file = upload(client, "sales.csv", SALES).id
    bare = client.beta.assistants.create(model="gpt-4o").id
    done = run(client, asking(client, "What is the average of sales?", file), bare)
    assert [step["type"] for step in steps(raw, done)] == ["message_creation"]


def test_a_forced_answer_in_json_after_code(client: openai.OpenAI, raw: Raw) -> None:
    """The code runs, and what is said has the form asked for."""
    file = upload(client, "sales.csv", SALES).id
    thread = asking(client, "What is the average of sales?", file)
    done = run(client, thread, coding(client), response_format={"type": "json_object"})
    assert [step["type"] for step in steps(raw, done)] == ["tool_calls", "message_creation"]
    (part,) = only_message(client, done).content
    assert part.type == "text"
    assert isinstance(json.loads(part.text.value), dict)


def test_both_tools_at_once(client: openai.OpenAI, raw: Raw) -> None:
    """Data that came with the question is computed with; a question about a text is searched for."""
    table, text = (
        upload(client, "sales.csv", SALES).id,
        upload(client, "rules.md", "Refunds take thirty days.").id,
    )
    assistant = client.beta.assistants.create(model="gpt-4o", tools=[TOOL, {"type": "file_search"}]).id
    computed = run(client, asking(client, "What is the average of sales?", table), assistant)
    assert call_of(raw, computed)["outputs"]
    attachments: Any = [{"file_id": text, "tools": [{"type": "file_search"}]}]
    client.beta.threads.messages.create(
        computed.thread_id, role="user", content="How long do refunds take?", attachments=attachments
    )
    searched = run(client, computed.thread_id, assistant)
    assert steps(raw, searched)[0]["step_details"]["tool_calls"][0]["type"] == "file_search"
    assert "thirty days" in words(only_message(client, searched))
