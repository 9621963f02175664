"""7 · Code interpreter output missing: a report is written by code, and downloaded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import openai
import pytest

from harness.control import Control

REPORT = "month,sum\nMay,120\nJune,95\n"
WRITES: dict[str, Any] = {
    "steps": [
        {
            "code_interpreter": {
                "input": "sales.groupby('month').sum().to_csv('/mnt/data/report.csv')",
                "outputs": [{"file": {"name": "report.csv", "text": REPORT}}],
            }
        },
        {"reply": "Here is the report: sandbox:/mnt/data/report.csv"},
    ]
}
WISH = "Sum up the sales by month, as a CSV file."


def naive_order(client: openai.OpenAI, assistant_id: str, wish: str) -> str:
    """Have a report written; the id of its file, for the link that the user will click."""
    messages: Any = [{"role": "user", "content": wish}]
    run = client.beta.threads.create_and_run_poll(assistant_id=assistant_id, thread={"messages": messages})
    part: Any = client.beta.threads.messages.list(run.thread_id).data[0].content[0]
    return str(part.text.annotations[0].file_path.file_id)


def naive_download(client: openai.OpenAI, file_id: str) -> bytes:
    """What the user gets who clicks the link."""
    return client.files.content(file_id).read()


def careful_report(client: openai.OpenAI, assistant_id: str, wish: str) -> dict[str, bytes]:
    """The files of a report by name. They are fetched at once, and if one is gone, it is written again."""
    missing: list[str] = []
    for _ in range(2):
        messages: Any = [{"role": "user", "content": wish}]
        run = client.beta.threads.create_and_run_poll(
            assistant_id=assistant_id, thread={"messages": messages}
        )
        report, missing = {}, []
        for name, file_id in written_by(client, run).items():
            try:
                report[name] = client.files.content(file_id).read()
            except openai.NotFoundError:
                missing.append(name)
        if report and not missing:
            return report
    raise RuntimeError(f"not to be had: {', '.join(missing) or 'the assistant has written no file'}")


def written_by(client: openai.OpenAI, run: Any) -> dict[str, str]:
    """The files a run has written: those its message names, and pictures."""
    found = {}
    for message in client.beta.threads.messages.list(run.thread_id, run_id=run.id):
        for part in message.content:
            if part.type == "image_file":
                found[f"{part.image_file.file_id}.png"] = part.image_file.file_id
            for mark in part.text.annotations if part.type == "text" else ():
                if mark.type == "file_path":
                    found[mark.text.rpartition("/")[2]] = mark.file_path.file_id
    return found


def tidy_up(client: openai.OpenAI) -> Iterator[str]:
    """Another program of the same project: deletes every file every night, to save storage."""
    for file in client.files.list():
        client.files.delete(file.id)
        yield file.filename


@pytest.fixture
def analyst(client: openai.OpenAI, control: Control) -> str:
    """An assistant that writes the report whenever it is asked."""
    control.add_replies({"then": WRITES})
    return client.beta.assistants.create(model="gpt-4o", tools=[{"type": "code_interpreter"}]).id


def test_a_link_that_is_clicked_the_next_day(client: openai.OpenAI, analyst: str) -> None:
    """By itself: the file was deleted, whoever did it; the message still names it."""
    file_id = naive_order(client, analyst, WISH)
    assert naive_download(client, file_id) == REPORT.encode()
    assert list(tidy_up(client)) == ["report.csv"]
    with pytest.raises(openai.NotFoundError) as caught:
        naive_download(client, file_id)
    assert caught.value.status_code == 404
    assert caught.value.body == gone(file_id)
    assert caught.value.response.json()["detail"] == {"message": gone(file_id)["message"], "code": None}


def test_the_wrong_file_is_downloaded(client: openai.OpenAI, control: Control) -> None:
    """By itself: a file that was uploaded is there, and refused all the same."""
    uploaded = client.files.create(file=("sales.csv", b"month,sum\nMay,120\n"), purpose="assistants")
    with pytest.raises(openai.BadRequestError) as caught:
        naive_download(client, uploaded.id)
    body: Any = caught.value.body
    assert body["message"] == "Not allowed to download files of purpose: assistants"


def test_a_careful_client_fetches_at_once(client: openai.OpenAI, control: Control, analyst: str) -> None:
    """By itself: what it has got stays, whatever becomes of the file."""
    report = careful_report(client, analyst, WISH)
    assert list(tidy_up(client)) == ["report.csv"]
    assert report == {"report.csv": REPORT.encode()}
    assert len(control.journal(operation="threads.create_and_run")) == 1


def test_a_careful_client_says_that_there_is_none(client: openai.OpenAI, control: Control) -> None:
    """By itself: a model that only says it has written a file."""
    control.add_replies({"then": {"reply": "Here is your report."}})
    talker = client.beta.assistants.create(model="gpt-4o", tools=[{"type": "code_interpreter"}]).id
    with pytest.raises(IndexError):
        naive_order(client, talker, WISH)
    with pytest.raises(RuntimeError, match="the assistant has written no file"):
        careful_report(client, talker, WISH)


def test_forced_on_a_naive_client(client: openai.OpenAI, control: Control, analyst: str) -> None:
    """404 at the first click and at every other: the file has really been deleted."""
    control.arm("file.content_gone", "files.content")
    file_id = naive_order(client, analyst, WISH)
    for _ in range(2):
        with pytest.raises(openai.NotFoundError) as caught:
            naive_download(client, file_id)
        assert caught.value.body == gone(file_id)
    assert client.files.list().data == []


def test_forced_on_a_careful_client(client: openai.OpenAI, control: Control, analyst: str) -> None:
    """It has the report written once more."""
    control.arm("file.content_gone", "files.content")
    assert careful_report(client, analyst, WISH) == {"report.csv": REPORT.encode()}
    assert len(control.journal(operation="threads.create_and_run")) == 2
    assert [file.filename for file in client.files.list()] == ["report.csv"]


def test_a_careful_client_gives_up(client: openai.OpenAI, control: Control, analyst: str) -> None:
    """Where every file is gone at once, with a clear error."""
    control.arm("file.content_gone", "files.content", always=True)
    with pytest.raises(RuntimeError, match=r"not to be had: report\.csv"):
        careful_report(client, analyst, WISH)


def test_forced_by_a_header(client: openai.OpenAI, analyst: str) -> None:
    """For one call, and from then on."""
    file_id = naive_order(client, analyst, WISH)
    with pytest.raises(openai.NotFoundError):
        client.files.content(file_id, extra_headers={"X-Mock-Fault": "file.content_gone"})
    with pytest.raises(openai.NotFoundError):
        client.files.retrieve(file_id)
    assert careful_report(client, analyst, WISH) == {"report.csv": REPORT.encode()}


def gone(file_id: str) -> dict[str, str | None]:
    """The error of a file that is not there: no full stop, and the param is `id`."""
    return {
        "message": f"No such File object: {file_id}",
        "type": "invalid_request_error",
        "param": "id",
        "code": None,
    }
