"""Stores that cannot be used: said in one line at the start, and not a byte of them changed."""

from __future__ import annotations

import re
import sqlite3
import struct
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from mockserver.schema import SCHEMA_VERSION
from tests.durability.filled import Filled, bound_by_modes, bytes_of, copy, needs_modes
from tests.soak.serving import RefusedError, Serving

FIRST_SCHEMA = """
CREATE TABLE world (project TEXT PRIMARY KEY, state BLOB NOT NULL, replies BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE object (
    seq INTEGER PRIMARY KEY, project TEXT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL,
    parent TEXT NOT NULL, made_by TEXT, body BLOB, hidden BLOB
);
CREATE TABLE timeline (
    project TEXT NOT NULL, subject TEXT NOT NULL, events BLOB NOT NULL, progress BLOB NOT NULL,
    pending INTEGER NOT NULL, PRIMARY KEY (project, subject)
) WITHOUT ROWID;
PRAGMA user_version = 1;
"""
"""What stores looked like before there were files and vector stores."""

Break = Callable[[Path], None]


def refusal(path: Path, *options: str, before: Callable[[], None] | None = None) -> RefusedError:
    """How a server refuses to begin: in one line."""
    with pytest.raises(RefusedError) as refused:
        Serving(path, *options, before=before).kill()
    error = refused.value
    assert re.fullmatch(r"Error: [^\n]+\n", error.said), error.said
    assert error.code == 1
    return error


def overwritten(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


def head(path: Path) -> None:
    overwritten(path, 0, b"\x00garbage" * 12)


def pages(path: Path) -> None:
    size = path.stat().st_size
    overwritten(path, size // 2 // 4096 * 4096, b"\xa5" * 3 * 4096)


def truncated(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def text(path: Path) -> None:
    path.write_bytes(b"Dear diary, this is no database at all. " * 200)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (head, "file is not a database"),
        (pages, "damaged|malformed"),
        (truncated, "damaged|malformed"),
        (text, "file is not a database"),
    ],
    ids=["head", "pages", "truncated", "text"],
)
def test_a_damaged_file_is_refused_and_left_alone(
    damage: Break, said: str, stopped: tuple[Path, Filled], tmp_path: Path
) -> None:
    path = copy(stopped[0], tmp_path)
    damage(path)
    was = bytes_of(tmp_path)
    error = refusal(path)
    assert str(path) in error.said
    assert re.search(said, error.said)
    assert bytes_of(tmp_path) == was


def _frame(path: Path, number: int) -> int:
    """Where a page begins in a write-ahead log."""
    (page,) = struct.unpack(">I", path.read_bytes()[8:12])
    return 32 + number * (24 + int(page)) + 24


@pytest.mark.parametrize("place", ["head", "first frame", "middle frame"])
def test_a_damaged_log_is_refused_and_left_alone(
    place: str, killed: tuple[Path, Filled], tmp_path: Path
) -> None:
    """SQLite by itself would forget without a word what stands behind the damage."""
    path = copy(killed[0], tmp_path)
    log = path.with_name("store-wal")
    frames = (log.stat().st_size - 32) // 4120
    assert frames > 10
    at = {"head": 20, "first frame": _frame(log, 0), "middle frame": _frame(log, frames // 2)}[place]
    overwritten(log, at + 8, bytes(255 - byte for byte in log.read_bytes()[at + 8 : at + 12]))
    was = bytes_of(tmp_path)
    error = refusal(path)
    assert "store-wal is damaged" in error.said
    assert bytes_of(tmp_path) == was


def test_a_log_that_was_cut_off_in_its_last_write_is_no_damage(
    killed: tuple[Path, Filled], tmp_path: Path
) -> None:
    """The system may stop a process between the head of a frame and its page; nothing was acknowledged."""
    path = copy(killed[0], tmp_path)
    log = path.with_name("store-wal")
    whole = log.read_bytes()
    salts = whole[16:24]
    log.write_bytes(whole + struct.pack(">II", 2, 50) + salts + b"half of a checksum and nothing else"[:8])
    with Serving(path) as server:
        raw = server.caller()
        killed[1].check(raw)
        raw.connection.close()


def test_a_store_of_a_newer_version_is_refused_and_left_alone(
    killed: tuple[Path, Filled], tmp_path: Path
) -> None:
    path = copy(killed[0], tmp_path)
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    was = bytes_of(tmp_path)
    said = refusal(path).said
    assert "was written by a newer assistants-mock" in said
    assert str(path) in said
    assert bytes_of(tmp_path) == was


def test_a_store_of_the_first_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "store"
    with closing(sqlite3.connect(path)) as database:
        database.executescript(FIRST_SCHEMA)
    was = bytes_of(tmp_path)
    assert "was written by an older assistants-mock" in refusal(path).said
    assert bytes_of(tmp_path) == was


def test_the_log_of_another_version_is_not_put_into_the_file(tmp_path: Path) -> None:
    """A killed server of another version has left its log behind; it is still there for that version."""
    path = tmp_path / "original" / "store"
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.executescript(FIRST_SCHEMA)
        folder = tmp_path / "copy"
        folder.mkdir()
        copied = copy(path, folder)
    was = bytes_of(folder)
    assert was["store-wal"]
    assert "older" in refusal(copied).said
    assert bytes_of(folder) == was


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    said = refusal(tmp_path / "nowhere" / "store").said
    assert f"there is no folder {tmp_path / 'nowhere'}" in said
    assert not list(tmp_path.iterdir())


def test_a_store_that_is_a_folder(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    (tmp_path / "store").mkdir()
    config.write_text(f'store = "{tmp_path / "store"}"\n')
    with pytest.raises(RefusedError) as refused:
        Serving(None, "--config", str(config)).kill()
    assert refused.value.code == 1
    assert re.fullmatch(r"Error: cannot use \S+ as a store: it is a folder\n", refused.value.said)


def test_contents_that_are_no_folder(stopped: tuple[Path, Filled], tmp_path: Path) -> None:
    path = tmp_path / "store"
    path.write_bytes(stopped[0].read_bytes())
    path.with_name("store.files").write_text("not a folder")
    assert "store.files" in refusal(path).said
    assert path.with_name("store.files").read_text() == "not a folder"


@needs_modes
@pytest.mark.parametrize("what", ["file", "folder", "contents"])
def test_what_may_not_be_written(what: str, stopped: tuple[Path, Filled], tmp_path: Path) -> None:
    path = copy(stopped[0], tmp_path)
    place = {"file": path, "folder": tmp_path, "contents": path.with_name("store.files")}[what]
    mode = place.stat().st_mode
    place.chmod(mode & ~0o222)
    was = bytes_of(tmp_path)
    try:
        said = refusal(path, before=bound_by_modes).said
    finally:
        place.chmod(mode)
    assert str(path) in said
    assert re.search("cannot be written|Permission denied", said)
    assert bytes_of(tmp_path) == was
    with Serving(path, before=bound_by_modes) as server:
        raw = server.caller()
        stopped[1].check(raw)
        raw.connection.close()
