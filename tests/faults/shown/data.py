"""What clients see of lists, citations, downloads and usage that are not what they expect."""

from __future__ import annotations

from typing import Any

import openai

from tests.faults.shows import Stage, shows
from tests.files.library import only_message, ready, upload, words
from tests.files.questions import REFUNDS, asking, checked, run, searching


@shows("list.page_boundary")
def page_boundary(stage: Stage) -> None:
    """Who reads one page has one message; the SDK's iteration over pages has all."""
    thread = stage.thread("One")
    for text in ("Two", "Three"):
        stage.say(thread, text)
    stage.arm("list.page_boundary", "messages.list")
    page = stage.client.beta.threads.messages.list(thread)
    (newest,) = page.data
    assert (page.has_more, page.last_id) == (True, newest.id)  # type: ignore[attr-defined]
    assert [message.content[0].text.value for message in page.data] == ["Three"]  # type: ignore[union-attr]
    assert len(list(page)) == 3
    whole = stage.client.beta.threads.messages.list(thread)
    assert (len(whole.data), whole.has_more) == (3, False)


@shows("list.extra_message")
def extra_message(stage: Stage) -> None:
    """The newest message is not the answer, until one asks for what the run has written."""
    client = stage.client
    thread, assistant = stage.thread(), stage.assistant()
    done = run(client, thread, assistant)
    stage.arm("list.extra_message")
    newest, answer, question = client.beta.threads.messages.list(thread).data
    assert (newest.role, newest.run_id, newest.assistant_id) == ("user", None, None)
    assert words(newest) == "Somebody else was here."
    assert (answer.run_id, question.role) == (done.id, "user")
    assert client.beta.threads.messages.list(thread, run_id=done.id).data == [answer]
    assert len(client.beta.threads.messages.list(thread).data) == 3


@shows("annotation.dangling")
def dangling(stage: Stage) -> None:
    """The citation stands where it stood, and its file does not exist; it stays so."""
    client = stage.client
    file = upload(client, "refunds.md", REFUNDS).id
    done = run(client, asking(client), searching(client, ready(client, file).id))
    (cited,) = checked(only_message(client, done))
    assert cited.file_citation.file_id == file
    stage.arm("annotation.dangling", "messages.list")
    (shown,) = checked(only_message(client, done))
    nowhere = shown.file_citation.file_id
    assert (shown.text, nowhere != file) == (cited.text, True)
    error = stage.fails(openai.NotFoundError, lambda: client.files.retrieve(nowhere))
    assert error.body == {
        "message": f"No such File object: {nowhere}",
        "type": "invalid_request_error",
        "param": "id",
        "code": None,
    }
    assert checked(only_message(client, done)) == [shown]
    assert client.files.retrieve(file).id == file


@shows("annotation.dangling")
def dangling_where_nothing_was_cited(stage: Stage) -> None:
    """An answer without annotations gets a mark at its end, and one that leads nowhere."""
    client = stage.client
    done = run(client, stage.thread(), stage.assistant())
    before = only_message(client, done)
    stage.arm("annotation.dangling", "messages.retrieve")
    shown = client.beta.threads.messages.retrieve(before.id, thread_id=done.thread_id)
    (annotation,) = checked(shown)
    assert words(shown) == words(before) + "【4:0†source】"
    stage.fails(openai.NotFoundError, lambda: client.files.retrieve(annotation.file_citation.file_id))
    again = client.beta.threads.messages.retrieve(before.id, thread_id=done.thread_id)
    assert checked(again) == [annotation]


@shows("file.content_gone")
def content_gone(stage: Stage) -> None:
    """404 in both faces that file routes have; the object is gone with its content."""
    client = stage.client
    gone = upload(client, "chart.png", b"\x89PNG", purpose="vision").id
    left = upload(client, "other.png", b"\x89PNG", purpose="vision").id
    stage.arm("file.content_gone")
    answer = stage.raw("GET", f"/v1/files/{gone}/content")
    message = f"No such File object: {gone}"
    assert answer.status == 404
    assert answer.body == {
        "error": {"message": message, "type": "invalid_request_error", "param": "id", "code": None},
        "detail": {"message": message, "code": None},
    }
    error = stage.fails(openai.NotFoundError, lambda: client.files.retrieve(gone))
    assert error.param == "id"
    assert [file.id for file in client.files.list()] == [left]
    assert client.files.content(left).read() == b"\x89PNG"


@shows("file.content_gone")
def picture_gone(stage: Stage) -> None:
    """What code has drawn cannot be fetched any more; the message still shows where it was."""
    client = stage.client
    stage.control.add_replies(
        {
            "then": {
                "steps": [
                    {"code_interpreter": {"input": "plot()", "outputs": [{"image": "a.png"}]}},
                    {"reply": "Here."},
                ]
            }
        }
    )
    done = run(client, stage.thread("Draw."), stage.assistant(tools=[{"type": "code_interpreter"}]))
    picture: Any = only_message(client, done).content[0]
    file = picture.image_file.file_id
    stage.arm("file.content_gone")
    error = stage.fails(openai.NotFoundError, lambda: client.files.content(file))
    assert error.body is not None
    assert only_message(client, done).content[0] == picture
    again = run(client, stage.thread("Draw."), stage.assistant(tools=[{"type": "code_interpreter"}]))
    other: Any = only_message(client, again).content[0]
    assert client.files.content(other.image_file.file_id).read().startswith(b"\x89PNG")


@shows("usage.null")
def usage_null(stage: Stage) -> None:
    """The poll that sees the run completed sees no usage; the next read does."""
    client = stage.client
    stage.arm("usage.null", "runs.retrieve")
    done = run(client, stage.thread(), stage.assistant())
    assert (done.status, done.usage) == ("completed", None)
    again = client.beta.threads.runs.retrieve(done.id, thread_id=done.thread_id)
    assert again.usage is not None
    assert again.usage.total_tokens > 0


@shows("usage.null")
def usage_null_in_a_stream(stage: Stage) -> None:
    """The events of one stream show none, neither of steps nor of the run."""
    client = stage.client
    assistant = stage.assistant()
    stage.arm("usage.null", "runs.create")

    def usages() -> list[bool]:
        stream = client.beta.threads.runs.create(stage.thread(), assistant_id=assistant, stream=True)
        ends = ("thread.run.completed", "thread.run.step.completed")
        return [event.data.usage is not None for event in stream if event.event in ends]  # type: ignore[union-attr]

    assert usages() == [False, False]
    assert usages() == [True, True]
