"""The in-process door for files: forms in pieces, by clients that may leave, and what a store has on disk."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from starlette.types import Message, Scope

from tests.properties.asgi import Door
from tests.properties.exchange import Answer, Conversation, loop, run

Object = dict[str, Any]
Part = tuple[str, str, bytes]
"""A file of a form: the field's name, the file's, and its content."""

BOUNDARY = "a-boundary-no-content-has"


def form(fields: Mapping[str, str], *parts: Part) -> bytes:
    """A whole form: plain fields, then files."""
    body = b""
    for name, value in fields.items():
        body += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    for name, filename, data in parts:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n\r\n'
        body += head.encode() + data + b"\r\n"
    return body + f"--{BOUNDARY}--\r\n".encode()


class Sending(Conversation):
    """A POST whose body comes in pieces. A client that `leaves` goes away after them, before the end.

    With `held` the last piece waits until `go` is set.
    """

    def __init__(self, pieces: Sequence[bytes], *, leaves: bool = False, held: bool = False) -> None:
        super().__init__(None, pausing=False)
        self._rest = list(pieces)
        self._leaves = leaves
        self._held = held
        self.go = asyncio.Event()

    async def receive(self) -> Message:
        """The next piece, and then nothing until the client leaves."""
        if self._rest:
            if self._held and len(self._rest) == 1:
                await self.go.wait()
            body = self._rest.pop(0)
            return {
                "type": "http.request",
                "body": body,
                "more_body": bool(self._rest) or self._leaves,
            }
        if not self._leaves:
            await self.left.wait()
        return {"type": "http.disconnect"}


class Underway:
    """A form of which everything but the last piece has arrived."""

    def __init__(self, door: FormDoor, path: str, pieces: Sequence[bytes]) -> None:
        self._sent = Sending(pieces, held=True)
        self._task = loop().create_task(door.handle(self._sent, path))
        run(_turns())

    def finish(self) -> Answer:
        """Send the last piece; the answer."""
        self._sent.go.set()
        run(_ended(self._task))
        return self._sent.answer()


async def _turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def _ended(task: asyncio.Task[None]) -> None:
    await task


class FormDoor(Door):
    """A door with a store file that also takes forms."""

    def __init__(self, path: Path, **settings: Any) -> None:
        super().__init__(path, **settings)
        self.path = path

    def __enter__(self) -> FormDoor:
        return self

    def kill(self) -> None:
        """Start another server on a copy of what is on disk now, as if the first had been killed."""
        copy = self.path.with_name(f"{self.path.name}-")
        for end in ("", "-wal"):
            if (file := self.path.with_name(f"{self.path.name}{end}")).exists():
                shutil.copy(file, f"{copy}{end}")
        if self.folder.is_dir():
            shutil.copytree(self.folder, f"{copy}.files")
        self._abandoned.append(self.projects)
        self.path = self._path = copy
        self._open()

    def handle(self, sent: Sending, path: str) -> Any:
        """The application at work on a form."""
        return self._app(self._form_scope(path), sent.receive, sent.send)

    def send(self, path: str, *pieces: bytes, leaves: bool = False) -> Answer | None:
        """The answer to a form that comes in these pieces; None for a client that left."""
        sent = Sending(pieces, leaves=leaves)
        run(self.handle(sent, path))
        return None if leaves else sent.answer()

    def upload(self, name: str, data: bytes, purpose: str = "assistants", **more: str) -> Answer:
        """The answer to the upload of a file."""
        answer = self.send("/v1/files", form({"purpose": purpose} | more, ("file", name, data)))
        assert answer is not None
        return answer

    def new_file(self, data: bytes, name: str = "notes.txt", purpose: str = "assistants") -> str:
        """The id of a new file."""
        answer = self.upload(name, data, purpose)
        assert answer.ok, answer
        file_id: str = answer.json["id"]
        return file_id

    def content(self, file_id: str) -> bytes:
        """The bytes of a file."""
        answer = self.call("GET", f"/v1/files/{file_id}/content")
        assert answer.ok, answer
        return answer.body

    def found(self, store_id: str, query: str = "zebra") -> list[Object]:
        """What a search of a vector store answers."""
        results: list[Object] = self.post(f"/v1/vector_stores/{store_id}/search", {"query": query})["data"]
        return results

    def new_upload(self, size: int, purpose: str = "vision") -> str:
        """The id of a new upload of so many bytes."""
        body = {"purpose": purpose, "filename": "a.txt", "bytes": size, "mime_type": "text/plain"}
        upload_id: str = self.post("/v1/uploads", body)["id"]
        return upload_id

    def add_part(self, upload_id: str, data: bytes) -> Answer:
        """The answer to a part of an upload."""
        answer = self.send(f"/v1/uploads/{upload_id}/parts", form({}, ("data", "part", data)))
        assert answer is not None
        return answer

    def delete(self, path: str) -> None:
        """A DELETE that succeeds."""
        answer = self.call("DELETE", path)
        assert answer.ok, answer

    def listed(self, path: str, limit: int = 100, **asked: str) -> list[Object]:
        """A whole list, newest first, put together from its pages; lists do not move time."""
        items: list[Object] = []
        while True:
            query = {"limit": f"{limit}"} | asked
            if items:
                query["after"] = items[-1]["id"]
            page = self.get(path, "&".join(f"{name}={value}" for name, value in query.items()))
            items += page["data"]
            if not page["has_more"]:
                return items

    def _form_scope(self, path: str) -> Scope:
        scope = self._scope("POST", path, "")
        kind = f"multipart/form-data; boundary={BOUNDARY}".encode()
        scope["headers"] = [
            (name, kind if name == b"content-type" else value) for name, value in scope["headers"]
        ]
        return scope

    # What is on disk, seen by another reader of the same file.

    @property
    def folder(self) -> Path:
        """Where the contents of files are."""
        return self.path.with_name(f"{self.path.name}.files")

    def blobs(self) -> set[str]:
        """The names of everything in the folder."""
        return {path.name for path in self.folder.iterdir()} if self.folder.is_dir() else set()

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What a statement finds in the database."""
        with closing(sqlite3.connect(self.path)) as database:
            return database.execute(statement).fetchall()

    def indexed(self) -> set[tuple[str, str]]:
        """The vector stores and files that have chunks."""
        found = self.rows(
            "SELECT DISTINCT chunk_store.store, chunk.file FROM chunk LEFT JOIN chunk_store USING (number)"
        )
        return {(store, file) for store, file in found}

    def stored_bytes(self) -> int:
        """What the worlds count as the bytes of all their files."""
        states = (json.loads(row[0]) for row in self.rows("SELECT state FROM world"))
        return sum(state["counters"].get("stored_bytes", 0) for state in states)


def remains(door: FormDoor) -> Iterator[str]:
    """What is left of files, vector stores and uploads where nothing should be."""
    yield from (f"blob {name}" for name in sorted(door.blobs()))
    for (name,) in door.rows("SELECT name FROM sqlite_schema WHERE name LIKE 'chunk\\_text\\_%' ESCAPE '\\'"):
        yield f"table {name}"
    for table in ("chunk", "chunk_store", "chunk_word"):
        for row in door.rows(f"SELECT * FROM {table}"):
            yield f"{table} {row}"
    for row in door.rows(
        "SELECT id FROM object WHERE digest IS NOT NULL"
        " OR (body IS NOT NULL AND kind IN"
        " ('file', 'upload.part', 'vector_store', 'vector_store.file', 'vector_store.file_batch'))"
    ):
        yield f"object {row[0]}"
    for row in door.rows("SELECT subject FROM timeline WHERE pending OR subject LIKE '%/%'"):
        yield f"timeline {row[0]}"
    if door.stored_bytes():
        yield f"{door.stored_bytes()} bytes"
