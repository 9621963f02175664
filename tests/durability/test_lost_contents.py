"""Contents of files that somebody has removed or changed: said where they are needed; the rest goes on."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.durability.filled import CONTENT, Filled, copy, found, made, upload
from tests.soak.serving import Serving
from tests.stage import form


def removed(path: Path) -> None:
    path.unlink()


def changed(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


LOSSES = pytest.mark.parametrize("lose", [removed, changed, cut_short])


@LOSSES
def test_a_lost_content_is_an_error_and_everything_else_is_there(
    lose: Callable[[Path], None], stopped: tuple[Path, Filled], tmp_path: Path
) -> None:
    path, filled = copy(stopped[0], tmp_path), stopped[1]
    content = tmp_path / "store.files" / hashlib.sha256(CONTENT).hexdigest()
    lose(content)
    with Serving(path) as server:
        raw = server.caller()
        answer = raw("GET", f"/v1/files/{filled.file}/content")
        assert (answer.status, answer.body["error"]["type"]) == (500, "server_error")
        for place, body in filled.bodies.items():
            assert raw("GET", place).raw == body
        assert found(raw, filled.vector_store)  # what is indexed is not read again
        other = upload(raw, b"another content", "vision").body["id"]
        assert raw("GET", f"/v1/files/{other}/content").raw == b"another content"
        again = upload(raw, CONTENT, "vision").body["id"]  # whoever brings it again has mended it
        assert raw("GET", f"/v1/files/{again}/content").raw == CONTENT
        assert raw("GET", f"/v1/files/{filled.file}/content").raw == CONTENT
        raw.connection.close()
        server.stop()
        (line,) = server.said.splitlines()
        assert re.fullmatch(
            rf"assistants-mock: GET '/v1/files/{filled.file}/content' came to nothing: .+", line
        )
        assert content.name in line


@LOSSES
def test_a_content_that_is_lost_before_it_is_indexed_fails(
    lose: Callable[[Path], None], tmp_path: Path
) -> None:
    """Or the world's time could never go on."""
    first = Serving(tmp_path / "store")
    raw = first.caller()
    document = upload(raw, CONTENT, "assistants").body["id"]
    store = made(raw, "/v1/vector_stores", {"file_ids": [document]})["id"]
    raw.connection.close()
    first.kill()
    lose(tmp_path / "store.files" / hashlib.sha256(CONTENT).hexdigest())
    with Serving(tmp_path / "store") as server:
        raw = server.caller()
        made(raw, "/_mock/clock/advance", {"seconds": 600})
        shown = raw("GET", f"/v1/vector_stores/{store}/files/{document}").body
        assert shown["status"] == "failed"
        assert shown["last_error"]["code"] == "server_error"
        raw.connection.close()


def test_an_upload_without_one_of_its_parts_is_not_completed(tmp_path: Path) -> None:
    with Serving(tmp_path / "store") as server:
        raw = server.caller()
        body = {"purpose": "vision", "filename": "a.txt", "bytes": 6, "mime_type": "text/plain"}
        path = f"/v1/uploads/{made(raw, '/v1/uploads', body)['id']}"
        parts = []
        for piece in (b"abc", b"def"):
            sent, headers = form({}, data=("part", piece))
            parts.append(raw("POST", f"{path}/parts", sent, headers).body["id"])
        lost = tmp_path / "store.files" / hashlib.sha256(b"def").hexdigest()
        lost.unlink()
        assert raw("POST", f"{path}/complete", {"part_ids": parts}).status == 500
        assert {each.name for each in (tmp_path / "store.files").iterdir()} == {
            hashlib.sha256(b"abc").hexdigest()
        }
        lost.write_bytes(b"def")
        assert raw("POST", f"{path}/complete", {"part_ids": parts}).body["status"] == "completed"
        raw.connection.close()


def test_what_others_have_put_beside_the_contents_stays(stopped: tuple[Path, Filled], tmp_path: Path) -> None:
    path = copy(stopped[0], tmp_path)
    (tmp_path / "store.files" / "notes of mine.txt").write_text("mine")
    (tmp_path / "store.files" / "folder").mkdir()
    with Serving(path) as server:
        raw = server.caller()
        stopped[1].check(raw)
        raw.connection.close()
    assert (tmp_path / "store.files" / "notes of mine.txt").read_text() == "mine"
