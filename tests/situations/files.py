"""Files of every purpose, and uploads in parts."""

from __future__ import annotations

import hashlib
from typing import Any

from tests.stage import PICTURE, Stage, situation

LINES = b'{"messages": []}\n'
OF_EVERY_PURPOSE = {
    "assistants": ("notes.txt", b"Notes.\n"),
    "batch": ("batch.jsonl", LINES),
    "fine-tune": ("training.jsonl", LINES),
    "user_data": ("mine.pdf", b"%PDF-1.4\n"),
    "vision": ("cat.png", PICTURE),
}


@situation
def files_of_every_purpose(stage: Stage) -> None:
    """Uploaded, listed in several ways, looked at, downloaded where that is allowed, deleted."""
    stage.get("/files")
    made = {purpose: stage.file(*file, purpose) for purpose, file in OF_EVERY_PURPOSE.items()}
    stage.get("/files")
    stage.get("/files?purpose=vision")
    stage.get(f"/files?limit=2&order=asc&after={made['assistants']}")
    stage.get(f"/files?after={made['assistants']}")
    for purpose, file in made.items():
        stage.get(f"/files/{file}")
        if purpose not in ("assistants", "user_data"):
            assert stage.download(file) == OF_EVERY_PURPOSE[purpose][1]
        stage.delete(f"/files/{file}")
    assert stage.get("/files")["data"] == []


@situation
def names_of_files(stage: Stage) -> None:
    """Whatever a file is called, that is its name."""
    for name in ('a "quoted" name.md', "../../etc/passwd.txt", "C:\\notes.txt", "größe 猫 🐈.md", "a;b=.c"):
        assert stage.get(f"/files/{stage.file(name)}")["filename"] == name


@situation
def files_that_expire(stage: Stage) -> None:
    """A file of an hour, looked at before it is gone."""
    fields = {
        "purpose": "user_data",
        "expires_after[anchor]": "created_at",
        "expires_after[seconds]": "3600",
    }
    file = stage.send("/files", fields, file=("a.txt", b"Soon gone."))
    assert stage.get(f"/files/{file['id']}")["expires_at"] == file["created_at"] + 3600
    stage.control.advance(3600)
    assert stage.get("/files")["data"] == []


def upload(stage: Stage, size: int, **more: Any) -> str:
    """The path of a new upload."""
    asked = {"filename": "long.txt", "purpose": "assistants", "bytes": size, "mime_type": "text/plain"}
    return f"/uploads/{stage.post('/uploads', asked | more)['id']}"


def add_part(stage: Stage, path: str, content: bytes) -> str:
    """The id of a new part of an upload."""
    return str(stage.send(f"{path}/parts", {}, data=("blob", content))["id"])


@situation
def upload_in_parts(stage: Stage) -> None:
    """Parts come in any order, and the file is like any other."""
    path = upload(stage, 10)
    second, first = (add_part(stage, path, content) for content in (b"world", b"Hello"))
    done = stage.post(f"{path}/complete", {"part_ids": [first, second]})
    stage.get(f"/files/{done['file']['id']}")
    stage.get("/files")
    expiry = {"anchor": "created_at", "seconds": 7200}
    path = upload(stage, 10, purpose="vision", filename="a.png", mime_type="png", expires_after=expiry)
    part = add_part(stage, path, b"HelloWorld")
    checksum = hashlib.md5(b"HelloWorld", usedforsecurity=False).hexdigest()
    done = stage.post(f"{path}/complete", {"part_ids": [part], "md5": checksum})
    assert stage.download(done["file"]["id"]) == b"HelloWorld"


@situation
def upload_given_up(stage: Stage) -> None:
    """Cancelled before and after its first part; one expires, which only a refusal can tell."""
    stage.post(f"{upload(stage, 10)}/cancel")
    path = upload(stage, 10, purpose="batch", filename="a.jsonl")
    add_part(stage, path, b"Hello")
    stage.post(f"{path}/cancel")
    path = upload(stage, 10, purpose="fine-tune", filename="b.jsonl")
    stage.control.advance(3600)
    refused = stage.raw("POST", f"/v1{path}/cancel")
    assert (refused.status, "'expired'" in refused.body["error"]["message"]) == (400, True)
