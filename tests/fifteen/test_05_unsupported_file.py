"""5 · Unsupported file format: a folder of documents is made searchable."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from harness.control import Control

FOLDER = {
    "handbook.md": b"# Returns\n\nDamaged goods are replaced free of charge within 30 days.",
    "prices.csv": b"item,price\nlamp,20\nvase,35\n",
    "clip.mp4": b"\x00\x00\x00\x18ftypmp42\xff\xfe",
    "letter.docx": b"\xd0\xcf\x11\xe0 not what it says",
    "opening.txt": b"The shop opens at nine.",
}
MESSAGES = {
    "prices.csv": "Files with extensions [.csv] are not supported for retrieval. See"
    " https://platform.openai.com/docs/assistants/tools/file-search/supported-files",
    "letter.docx": "The file could not be parsed.",
}


def naive_upload(client: openai.OpenAI, store_id: str, folder: dict[str, bytes]) -> None:
    """Make every document of a folder searchable."""
    for name, content in folder.items():
        file = client.files.create(file=(name, content), purpose="assistants")
        client.vector_stores.files.create_and_poll(file_id=file.id, vector_store_id=store_id)


def careful_upload(client: openai.OpenAI, store_id: str, folder: dict[str, bytes]) -> dict[str, str]:
    """The same, document by document: what became of each. One that is refused is no reason to stop."""
    report = {}
    for name, content in folder.items():
        report[name] = add(client, store_id, name, content)
        if report[name] != "searchable" and is_text(content):
            report[name] = add(client, store_id, f"{name}.txt", content)  # text is text, by any name
    return report


def add(client: openai.OpenAI, store_id: str, name: str, content: bytes) -> str:
    """Upload one document: `searchable`, or why not; then nothing of it is left behind."""
    try:
        file = client.files.create(file=(name, content), purpose="assistants")
    except openai.BadRequestError as error:
        return message_of(error)
    try:
        entry = client.vector_stores.files.create_and_poll(file_id=file.id, vector_store_id=store_id)
        if entry.status == "completed":
            return "searchable"
        problem = entry.last_error.message if entry.last_error else entry.status
    except openai.BadRequestError as error:
        problem = message_of(error)
    client.files.delete(file.id)  # which takes it out of the store as well
    return problem


def is_text(content: bytes) -> bool:
    """Whether this can be read as text."""
    try:
        return "\x00" not in content.decode()
    except UnicodeDecodeError:
        return False


def message_of(error: openai.APIStatusError) -> str:
    """The API's own words."""
    body: Any = error.body
    return str(body["message"])


@pytest.fixture
def store(client: openai.OpenAI) -> str:
    """An empty vector store."""
    return client.vector_stores.create(name="Shop").id


def test_a_csv_cannot_be_searched(client: openai.OpenAI, store: str) -> None:
    """By itself: the upload is fine, attaching it is refused; what comes behind it never arrives."""
    with pytest.raises(openai.BadRequestError) as caught:
        naive_upload(client, store, FOLDER)
    assert caught.value.body == {
        "message": MESSAGES["prices.csv"],
        "type": "invalid_request_error",
        "param": "file_ids",
        "code": "unsupported_file",
    }
    assert names(client) == ["handbook.md", "prices.csv"]  # the second is of no use to anybody
    assert client.vector_stores.retrieve(store).file_counts.total == 1


def test_a_film_cannot_be_uploaded(client: openai.OpenAI, store: str) -> None:
    """By itself: refused at once, in other words and without a code."""
    with pytest.raises(openai.BadRequestError) as caught:
        naive_upload(client, store, {"clip.mp4": FOLDER["clip.mp4"]})
    assert message_of(caught.value).startswith('Invalid extension mp4. Supported formats: "c", "cpp", ')
    assert (caught.value.param, caught.value.code) == (None, None)
    assert names(client) == []


def test_a_broken_document_fails_silently(client: openai.OpenAI, store: str) -> None:
    """By itself: nothing is refused and nothing is raised; only the file in the store says so."""
    naive_upload(client, store, {"letter.docx": FOLDER["letter.docx"]})
    counts = client.vector_stores.retrieve(store).file_counts
    assert (counts.failed, counts.completed) == (1, 0)
    (entry,) = client.vector_stores.files.list(store)
    assert entry.status == "failed"
    assert entry.last_error is not None
    assert (entry.last_error.code, entry.last_error.message) == ("invalid_file", MESSAGES["letter.docx"])


def test_a_careful_client_reports_each(client: openai.OpenAI, store: str) -> None:
    """By itself: all that can be read is searchable, the rest is told, and no file is left over."""
    report = careful_upload(client, store, FOLDER)
    assert report.pop("clip.mp4").startswith("Invalid extension mp4.")
    assert report == {
        "handbook.md": "searchable",
        "prices.csv": "searchable",
        "letter.docx": "The file could not be parsed.",
        "opening.txt": "searchable",
    }
    assert names(client) == ["handbook.md", "prices.csv.txt", "opening.txt"]
    counts = client.vector_stores.retrieve(store).file_counts
    assert (counts.total, counts.completed) == (3, 3)
    assert client.vector_stores.search(store, query="vase").data[0].filename == "prices.csv.txt"


@pytest.mark.parametrize(
    ("at", "left", "words"),
    [
        ("files.create", [], "Invalid extension md. Supported formats: "),
        ("vector_stores.files.create", ["handbook.md"], "Files with extensions [.md] are not supported"),
    ],
)
def test_forced_on_a_naive_client(
    client: openai.OpenAI, control: Control, store: str, at: str, left: list[str], words: str
) -> None:
    """A format that is published is refused all the same, at the upload or when it is attached."""
    control.arm("file.unsupported", at)
    with pytest.raises(openai.BadRequestError) as caught:
        naive_upload(client, store, {"handbook.md": FOLDER["handbook.md"]})
    assert message_of(caught.value).startswith(words)
    assert names(client) == left
    assert client.vector_stores.retrieve(store).file_counts.total == 0


@pytest.mark.parametrize(
    ("fault", "at"),
    [
        ("file.unsupported", "files.create"),
        ("file.unsupported", "vector_stores.files.create"),
        ("index.failed(unsupported_file)", "vector_stores.files.create"),
    ],
)
def test_forced_on_a_careful_client(
    client: openai.OpenAI, control: Control, store: str, fault: str, at: str
) -> None:
    """The text comes in by another name; the one that was refused is gone."""
    control.arm(fault, at)
    folder = {name: FOLDER[name] for name in ("handbook.md", "opening.txt")}
    assert set(careful_upload(client, store, folder).values()) == {"searchable"}
    assert names(client) == ["handbook.md.txt", "opening.txt"]
    counts = client.vector_stores.retrieve(store).file_counts
    assert (counts.total, counts.completed) == (2, 2)
    assert [armed["fired"] for armed in control.faults()] == [1]


def test_forced_by_a_header(client: openai.OpenAI, store: str) -> None:
    """For one call: the same file is taken the next time."""
    document = ("opening.txt", FOLDER["opening.txt"])
    with pytest.raises(openai.BadRequestError, match=r"Invalid extension txt\."):
        client.files.create(
            file=document, purpose="assistants", extra_headers={"X-Mock-Fault": "file.unsupported"}
        )
    naive_upload(client, store, dict([document]))
    assert names(client) == ["opening.txt"]


def names(client: openai.OpenAI) -> list[str]:
    """What lies in the project, oldest first."""
    return [file.filename for file in client.files.list(order="asc")]
