"""Documents made to hurt, sent through the server: each becomes a failed file or a clear 4xx.

How each kind of document is read is tested where extraction is; here everything comes over the socket, and
afterwards the server still serves.
"""

from __future__ import annotations

import dataclasses
import io
import json
import random
import tracemalloc
import zipfile
from collections.abc import Iterator
from typing import Any

import openai
import pytest

from mockserver.extraction import _FORMATS
from tests.conftest import Raw
from tests.extraction.documents import docx, package, pdf, said, shown, stream
from tests.files.forms import HEADERS, field, file, form, send
from tests.files.library import ready, refused, settled, upload

BROKEN = "The file could not be parsed."
TOO_LARGE = "The file could not be parsed because it is too large."
ENCRYPTED = "The file could not be parsed because it is encrypted."
NO_TEXT = "The file could not be parsed because it contains no text."
ENCODING = "The file could not be parsed because its text is not UTF-8, UTF-16 or ASCII."
SOUND = "The heron stands in the water."


@pytest.fixture(autouse=True)
def still_served(client: openai.OpenAI) -> Iterator[None]:
    """After each of these documents another one is indexed and found."""
    yield
    store = ready(client, upload(client, "sound.txt", SOUND).id).id
    assert client.vector_stores.search(store, query="heron").data[0].content[0].text == SOUND


def outcome(client: openai.OpenAI, name: str, content: bytes) -> tuple[str, str | None, str | None]:
    """Status and last error of a document in a store, with everything else about it as it should be."""
    document = upload(client, name, content, "user_data")
    assert document.status == "processed"
    store = ready(client, document.id)
    (entry,) = client.vector_stores.files.list(store.id).data
    assert (store.status, store.file_counts.total, store.file_counts.in_progress) == ("completed", 1, 0)
    assert store.usage_bytes == entry.usage_bytes
    if entry.status == "failed":
        assert entry.usage_bytes == 0
        assert client.vector_stores.files.content(document.id, vector_store_id=store.id).data == []
        assert client.vector_stores.search(store.id, query="words heron the a").data == []
    error = entry.last_error
    return entry.status, error.code if error else None, error.message if error else None


def bomb() -> bytes:
    """A Word document of a few hundred kilobytes that unpacks to two hundred megabytes."""
    said_often = b"<w:p><w:r><w:t>" + b"boom " * 200 + b"</w:t></w:r></w:p>"
    sound = docx(said("x"))
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(sound)) as source,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            part = source.read(name)
            if name == "word/document.xml":
                head, _, tail = part.partition(b"<w:body>")
                with target.open(name, "w") as written:
                    written.write(head + b"<w:body>")
                    for _ in range(200):
                        written.write(said_often * 1_000)
                    written.write(tail)
            else:
                target.writestr(name, part)
    return file.getvalue()


def test_a_zip_bomb_is_too_large_and_takes_little_memory(client: openai.OpenAI) -> None:
    """200 MB of text in a file of less than two."""
    content = bomb()
    assert len(content) < 2_000_000
    document = upload(client, "bomb.docx", content)
    tracemalloc.start()
    try:
        store = ready(client, document.id)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    (entry,) = client.vector_stores.files.list(store.id).data
    assert entry.last_error is not None
    assert (entry.status, entry.last_error.message) == ("failed", TOO_LARGE)
    assert peak < 150_000_000


LOCK = b"/ID[<00><00>]/Encrypt<</Filter/Standard/V 2/R 3/Length 128/P -4/O<%s>/U<%s>>>" % (
    b"01" * 32,
    b"02" * 32,
)
ENTITIES = '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True)
) + "]>"  # fmt: skip

HOSTILE: dict[str, tuple[str, bytes, str]] = {
    "text as docx": ("a.docx", b"Just some text.", BROKEN),
    "text as pptx": ("a.pptx", b"Just some text.", BROKEN),
    "zip that is no docx": ("a.docx", package({"a.txt": "words"}), BROKEN),
    "docx cut in half": ("a.docx", docx(said("words"))[:200], BROKEN),
    "docx as pptx": ("a.pptx", docx(said("words")), NO_TEXT),
    "docx without words": ("a.docx", docx(said("")), NO_TEXT),
    "laughing docx": ("a.docx", docx(said("&i;"), before=ENTITIES), BROKEN),
    "deep docx": ("a.docx", docx("<w:p>" * 50_000 + "</w:p>" * 50_000), BROKEN),
    "docx that says it is a device": ("a.docx", package({"/dev/zero": "x", "../../up": "x"}), BROKEN),
    "text as doc": ("a.doc", b"Just some text.", BROKEN),
    "text as pdf": ("a.pdf", b"Just some text.", BROKEN),
    "pdf of a head alone": ("a.pdf", b"%PDF-1.7\n", BROKEN),
    "encrypted pdf": ("a.pdf", pdf(stream(shown("words")), trailer=LOCK), ENCRYPTED),
    "scanned pdf": ("a.pdf", pdf(stream(b"0 0 100 100 re f")), NO_TEXT),
    "pdf as txt": ("a.txt", pdf(stream(bytes(range(256)))), ENCODING),
    "picture as md": ("a.md", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1", ENCODING),
    "NULs": ("a.txt", b"\0" * 10_000, ENCODING),
    "a NUL far behind": ("a.txt", b"words " * 50_000 + b"\0", ENCODING),
    "latin-1": ("a.txt", "Grüße aus Köln".encode("latin-1"), ENCODING),
    "utf-32": ("a.txt", "words".encode("utf-32"), ENCODING),
    "half a character": ("a.txt", "Grüß".encode()[:-1], ENCODING),
    "surrogates": ("a.txt", b"\xed\xa0\x80\xed\xb0\x80", ENCODING),
    "only spaces": ("a.py", b" \n\t\r\n\f", NO_TEXT),
    "only a mark": ("a.txt", b"\xef\xbb\xbf", NO_TEXT),
    "html without words": ("a.html", b"<html><style>p{}</style><script>x()</script></html>", NO_TEXT),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_document_that_is_not_what_it_says(client: openai.OpenAI, name: str) -> None:
    """Failed with `invalid_file` and the reason."""
    filename, content, message = HOSTILE[name]
    assert outcome(client, filename, content) == ("failed", "invalid_file", message)


HARMLESS: dict[str, tuple[str, bytes, str]] = {
    "utf-16 with a mark": ("a.txt", "The heron waits.".encode("utf-16"), "The heron waits."),
    "utf-16-le without": ("a.txt", "The heron waits.".encode("utf-16-le"), "The heron waits."),
    "utf-16-be without": ("a.md", "The heron waits.".encode("utf-16-be"), "The heron waits."),
    "utf-8 with a mark": ("a.txt", b"\xef\xbb\xbfThe heron waits.", "The heron waits."),
    "deep json": ("a.json", b"[" * 200_000 + b'"heron"' + b"]" * 200_000, "heron"),
    "broken json": ("a.json", b'{"bird": "heron", ', "heron"),
    "one word of letters": ("a.txt", b"x" * 300_000 + b" heron", "heron"),
    "control characters": ("a.txt", b"\x01\x02\x1b[31m heron \x7f", "heron"),
    "endless tags": ("a.html", b"<b>" * 200_000 + b"heron", "heron"),
    "broken tags": ("a.html", b"<p <a href='" + b"<" * 100_000 + b"'>heron</p", "heron"),
    "program as text": ("a.sh", b"#!/bin/sh\nrm -rf heron\n", "heron"),
    "unusual spaces": ("a.txt", "heron\u2028\u200b\ufeff\u0085".encode(), "heron"),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_odd_documents_with_words_in_them(client: openai.OpenAI, name: str) -> None:
    """Indexed, and their word is found; at most they fail for a reason of size, never the server."""
    filename, content, words = HARMLESS[name]
    document = upload(client, filename, content)
    store = ready(client, document.id)
    (entry,) = client.vector_stores.files.list(store.id).data
    if entry.status == "failed":
        assert name in ("deep json", "endless tags", "broken tags")
        assert entry.last_error is not None
        assert entry.last_error.code == "invalid_file"
        return
    found = client.vector_stores.search(store.id, query="heron", max_num_results=50).data
    assert any(words in part.content[0].text for part in found)


def test_a_megabyte_in_a_single_line(client: openai.OpenAI) -> None:
    """Cut into chunks like any text; the word in the middle of it is found."""
    letters = random.Random(1)
    line = " ".join("".join(letters.choices("abcdefghij", k=9)) for _ in range(52_000))
    middle = len(line) // 2
    document = upload(client, "line.json", json.dumps({"text": line[:middle] + " heron " + line[middle:]}))
    store = ready(client, document.id)
    assert store.file_counts.completed == 1
    assert store.usage_bytes > document.bytes
    best = client.vector_stores.search(store.id, query="Where is the heron?").data[0]
    assert " heron " in best.content[0].text
    assert len(best.content[0].text) < 20_000


def test_more_tokens_than_a_file_may_have(client: openai.OpenAI) -> None:
    """Documented: five million; refused before anything is indexed."""
    status, code, message = outcome(client, "long.txt", b"a b c d e f g h\n" * 560_000)
    assert (status, code, message) == ("failed", "invalid_file", TOO_LARGE)


@pytest.mark.parametrize("suffix", [".pdf", ".doc"])
def test_a_missing_extra_is_named(
    client: openai.OpenAI, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    """A format whose library is not installed fails and says what to install."""
    form = _FORMATS[suffix]
    assert form.library is not None
    missing = dataclasses.replace(form.library, module="a_library_that_nobody_has")
    monkeypatch.setitem(_FORMATS, suffix, dataclasses.replace(form, library=missing))
    head = {".pdf": b"%PDF-1.7\n", ".doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"}[suffix]
    status, code, message = outcome(client, f"a{suffix}", head + b"what nobody here can read")
    assert (status, code) == ("failed", "unsupported_file")
    assert f"pip install 'assistants-mock[{suffix[1:]}]'" in str(message)


@pytest.mark.parametrize("extension", [".csv", ".xlsx", ".png", ".zip", ".exe", "", ".txt.gz", ".TXT\u200b"])
def test_a_wrong_extension_is_refused_at_once(client: openai.OpenAI, extension: str) -> None:
    """Whatever is in the file."""
    document = upload(client, f"a{extension}", b"Sound text.", "user_data")
    assert refused(client.vector_stores.create, file_ids=[document.id])["code"] == "unsupported_file"


@pytest.mark.parametrize("name", list(HOSTILE))
def test_a_run_over_a_hostile_document_completes(client: openai.OpenAI, name: str) -> None:
    """Attached for searching, it is as if it were not there."""
    filename, content, _ = HOSTILE[name]
    document = upload(client, filename, content).id
    assistant = client.beta.assistants.create(model="gpt-4o", tools=[{"type": "file_search"}]).id
    message: Any = {
        "role": "user",
        "content": "What do the words say?",
        "attachments": [{"file_id": document, "tools": [{"type": "file_search"}]}],
    }
    done = client.beta.threads.create_and_run_poll(
        assistant_id=assistant, thread={"messages": [message]}, poll_interval_ms=0
    )
    assert done.status == "completed"


def test_a_broken_document_is_tried_again_when_attached_again(client: openai.OpenAI) -> None:
    """It fails again, and the counts stay one."""
    document = upload(client, "a.pdf", b"no PDF").id
    store = ready(client, document).id
    for _ in range(2):
        client.vector_stores.files.create(store, file_id=document)
        again = settled(client, store)
        assert (again.file_counts.failed, again.file_counts.total) == (1, 1)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"file_ids": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        b'{"metadata": ' + b'{"a": ' * 5_000 + b"1" + b"}" * 5_001,
        b'{"name": "\xff\xfe"}',
        b'{"name": "\\ud800"}',
        b'{"name": "' + b"x" * 2_000_000 + b'"}',
        b"\0\0\0\0",
        b'{"file_ids": [1e999]}',
        b"{} {}",
    ],
)
def test_bodies_made_to_hurt(raw: Raw, body: bytes) -> None:
    """On the JSON routes of stores: 200 or 4xx, and the next request is served."""
    for path in ("/v1/vector_stores", "/v1/vector_stores/vs_unknown/search", "/v1/uploads"):
        assert raw("POST", path, body).status in (200, 400, 404)
    assert raw("GET", "/v1/vector_stores").status == 200


def test_a_thousand_hostile_forms(raw: Raw) -> None:
    """Bytes of a good form, cut and changed at random: 200 or 400 each, and files are still listed."""
    good = form(field("purpose", "vision"), file(b"content \r\n--", "näme.txt"))
    luck = random.Random(3)
    for _ in range(1_000):
        changed = bytearray(good)
        for _ in range(luck.randint(1, 6)):
            place = luck.randrange(len(changed))
            what = luck.randrange(3)
            if what == 0:
                changed[place] = luck.randrange(256)
            elif what == 1:
                del changed[place : place + luck.randint(1, 30)]
            else:
                changed[place:place] = luck.choice([b"\r\n", b"--", b'"', b"\0", b";", b"%", b"filename*="])
        answer = raw("POST", "/v1/files", bytes(changed), HEADERS)
        assert answer.status in (200, 400), changed
    assert raw("GET", "/v1/files?limit=10000").status == 200
    assert send(raw, field("purpose", "vision"), file(b"x")).status == 200
