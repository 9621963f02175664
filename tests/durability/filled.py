"""A store file with something of everything in it, and whether all of it is there."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Raw
from tests.properties.documents import prose
from tests.soak.serving import Serving
from tests.stage import form

Object = dict[str, Any]

CONTENT = prose(("zebra",), 4_000).encode()
_DROP, _OVERRIDE = 24, 1
"""Linux: take a capability away for good; that of root to pass over the modes of files."""


@dataclass(frozen=True)
class Filled:
    """What was acknowledged: bodies by their paths, and the id of the file with CONTENT."""

    bodies: dict[str, bytes]
    file: str
    vector_store: str

    def check(self, raw: Raw, *, writable: bool = True) -> None:
        """All is as it was. A search is written down, too: with it the store was active."""
        for path, body in self.bodies.items():
            answer = raw("GET", path)
            assert (answer.status, answer.raw) == (200, body), path
        assert raw("GET", f"/v1/files/{self.file}/content").raw == CONTENT
        assert not writable or found(raw, self.vector_store)


def fill(raw: Raw, messages: int = 40) -> Filled:
    """Put something of everything into a world."""
    paths = [f"/v1/assistants/{made(raw, '/v1/assistants', {'model': 'gpt-4o'})['id']}"]
    thread = f"/v1/threads/{made(raw, '/v1/threads', {})['id']}"
    paths.append(thread)
    for number in range(messages):
        said = {"role": "user", "content": f"This is message {number}. " * 20}
        paths.append(f"{thread}/messages/{made(raw, f'{thread}/messages', said)['id']}")
    run = made(raw, f"{thread}/runs", {"assistant_id": paths[0].rpartition("/")[2]})
    while raw("GET", f"{thread}/runs/{run['id']}").body["status"] != "completed":
        pass
    paths.append(f"{thread}/runs/{run['id']}")
    file = upload(raw, CONTENT, "vision").body["id"]
    document = upload(raw, CONTENT, "assistants").body["id"]
    store = made(raw, "/v1/vector_stores", {"file_ids": [document]})["id"]
    while raw("GET", f"/v1/vector_stores/{store}").body["status"] != "completed":
        pass
    paths += [f"/v1/files/{file}", f"/v1/vector_stores/{store}"]
    return Filled({path: raw("GET", path).raw for path in paths}, file, store)


def made(raw: Raw, path: str, body: Object) -> Object:
    """What a POST that succeeds is answered."""
    answer = raw("POST", path, body)
    assert answer.status == 200, answer
    shown: Object = answer.body
    return shown


def upload(raw: Raw, data: bytes, purpose: str) -> Any:
    """The answer to the upload of a file."""
    body, headers = form({"purpose": purpose}, file=("notes.txt", data))
    return raw("POST", "/v1/files", body, headers)


def found(raw: Raw, store: str, query: str = "zebra") -> list[Object]:
    """What a search finds."""
    results: list[Object] = made(raw, f"/v1/vector_stores/{store}/search", {"query": query})["data"]
    return results


def kept(folder: Path, *, killed: bool = False) -> tuple[Path, Filled]:
    """A filled store that nobody serves: of a server that was stopped in good order, or killed."""
    path = folder / "store"
    server = Serving(path)
    raw = server.caller()
    filled = fill(raw)
    raw.connection.close()
    server.kill() if killed else server.stop()
    return path, filled


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, but for the memory that SQLite's connections share, which is made anew."""
    return {
        path.relative_to(folder).as_posix(): b"" if path.name.endswith("-shm") else path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def copy(source: Path, folder: Path) -> Path:
    """A store with all that belongs to it, in another folder."""
    for path in source.parent.iterdir():
        if path.is_dir():
            shutil.copytree(path, folder / path.name)
        elif not path.name.endswith(".lock"):
            shutil.copy(path, folder / path.name)
    return folder / source.name


def bound_by_modes() -> None:
    """In a child before it runs: modes of files bind root, too. Skips where that cannot be had."""
    if os.geteuid() == 0:
        ctypes.CDLL(None, use_errno=True).prctl(_DROP, _OVERRIDE, 0, 0, 0)


needs_modes = pytest.mark.skipif(
    sys.platform == "win32" or (os.geteuid() == 0 and sys.platform != "linux"),
    reason="nobody is bound by the modes of files here",
)
needs_prlimit = pytest.mark.skipif(
    sys.platform != "linux", reason="the limits of another process can be set on Linux only"
)
