"""The tables of a store, their version, and how a database with them is opened, or refused and left alone."""

from __future__ import annotations

import os
import sqlite3
import struct
from contextlib import closing
from pathlib import Path

SCHEMA_VERSION = 2

SCHEMA = """
CREATE TABLE world (
    project TEXT PRIMARY KEY,
    state BLOB NOT NULL,
    replies BLOB NOT NULL
) WITHOUT ROWID;

-- seq is the order of insertion, which is the order of every list: two messages made with their thread share
-- created_at. A deleted object leaves its row behind without a body, so that it still works as a cursor.
CREATE TABLE object (
    seq INTEGER PRIMARY KEY,
    project TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    parent TEXT NOT NULL,
    made_by TEXT,
    body BLOB,
    hidden BLOB,
    status TEXT,
    digest TEXT
);
CREATE UNIQUE INDEX object_by_id ON object (project, id);
CREATE INDEX object_page ON object (project, kind, parent, seq) WHERE body IS NOT NULL;
CREATE INDEX object_made_by ON object (project, kind, parent, made_by, seq) WHERE made_by IS NOT NULL;
CREATE INDEX object_digest ON object (digest) WHERE digest IS NOT NULL;

CREATE TABLE timeline (
    project TEXT NOT NULL,
    subject TEXT NOT NULL,
    events BLOB NOT NULL,
    progress BLOB NOT NULL,
    pending INTEGER NOT NULL,
    PRIMARY KEY (project, subject)
) WITHOUT ROWID;
CREATE INDEX timeline_pending ON timeline (project, subject) WHERE pending;
"""


class StoreError(Exception):
    """The store file cannot be used; the message says why in one line."""


_OF_THE_DISK = frozenset(
    (
        *(sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN),
        *(sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED),
        *(sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH, sqlite3.SQLITE_NOLFS),
    )
)
"""What SQLite says of the file and its disk; everything else it says is a bug of this server."""


def trouble(error: BaseException) -> str | None:
    """Why the file or its disk cannot be used, if that is what an exception says; None for anything else."""
    if isinstance(error, StoreError):
        return str(error)
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", None)
        return str(error) if code is not None and code & 0xFF in _OF_THE_DISK else None
    if isinstance(error, OSError) and not isinstance(error, ConnectionError | TimeoutError):
        named = f": {error.filename}" if error.filename else ""
        return f"{error.strerror or error}{named}"
    return None


def open_database(path: Path | None, more: str = "") -> sqlite3.Connection:
    """The file, or memory, with these tables and `more` of them.

    Raises StoreError when the file is not a store of this version, is damaged, or cannot be written; it is
    as it was then.
    """
    try:
        if path is not None:
            _examine(path)
        database = sqlite3.connect(
            path or ":memory:", isolation_level=None, check_same_thread=False, cached_statements=256
        )
    except sqlite3.Error as error:
        raise StoreError(f"cannot use {path} as a store: {error}") from error
    try:
        _prepare(database, path, more)
    except sqlite3.Error as error:
        database.close()
        raise StoreError(f"cannot use {path} as a store: {error}") from error
    except BaseException:
        database.close()
        raise
    return database


def _examine(path: Path) -> None:
    """Look at a file without changing a byte of it. Raises StoreError for what is better left alone."""
    if path.is_dir():
        raise StoreError(f"cannot use {path} as a store: it is a folder")
    if not path.parent.is_dir():
        raise StoreError(f"cannot use {path} as a store: there is no folder {path.parent}")
    for name, what in ((path.resolve().parent, "its folder"), (path, "the file")):
        if name.exists() and not os.access(name, os.R_OK | os.W_OK):
            raise StoreError(f"cannot use {path} as a store: {what} cannot be written")
    if not path.exists() or not path.stat().st_size:
        return
    real = path.resolve()
    log, shared = (real.with_name(f"{real.name}-{end}") for end in ("wal", "shm"))
    had_shared = shared.exists()
    try:
        _examine_content(path, real, log, shared)
    finally:
        if not had_shared:
            shared.unlink(missing_ok=True)


def _examine_content(path: Path, real: Path, log: Path, shared: Path) -> None:
    # Read only, so that nothing a killed server has left in its log is put into the file; where there is no
    # log, not even one is made.
    how = "mode=ro" if log.exists() and log.stat().st_size else "mode=ro&immutable=1"
    with closing(sqlite3.connect(f"{real.as_uri()}?{how}", uri=True, isolation_level=None)) as reading:
        reading.execute("PRAGMA busy_timeout = 2000")
        version = reading.execute("PRAGMA user_version").fetchone()[0]
        if version != SCHEMA_VERSION:
            tables = reading.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
            if version or tables:
                raise StoreError(_other_version(path, version))
        found = reading.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            told = " ".join(str(found).split())
            raise StoreError(f"cannot use {path} as a store: it is damaged ({told})")
        if _log_is_damaged(log, shared):
            raise StoreError(
                f"cannot use {path} as a store: {log.name} is damaged, and what it holds would be lost"
            )


def _other_version(path: Path, version: int) -> str:
    its = f"(its schema is {version}, not {SCHEMA_VERSION})"
    if version > SCHEMA_VERSION:
        return f"{path} is not a store of this version: it was written by a newer assistants-mock {its}"
    if version > 0:
        return (
            f"{path} is not a store of this version: it was written by an older assistants-mock, before files"
            f" and vector stores {its}; begin a new one under another name"
        )
    return f"{path} is not a store of this version: it is somebody else's database {its}"


_LOG_HEAD, _FRAME_HEAD = struct.Struct(">8I"), struct.Struct(">6I")


def _log_is_damaged(log: Path, shared: Path) -> bool:
    """Whether transactions stand in the write-ahead log behind the point where SQLite stopped believing it.

    SQLite takes everything from the first frame whose checksum is wrong for a write that was under way when
    the power went, and forgets it without a word. A process that is killed leaves such a frame at most as
    the last one. To be asked while a connection has read the log: how far it got stands in the file's `-shm`
    (https://www.sqlite.org/walformat.html).
    """
    if not log.exists() or log.stat().st_size <= _LOG_HEAD.size:
        return False
    with log.open("rb") as file:
        head = file.read(_LOG_HEAD.size)
        if not _is_log_head(head):
            return True
        _, _, page, _, *salts, _, _ = _LOG_HEAD.unpack(head)
        commits = []
        while len(frame := file.read(_FRAME_HEAD.size)) == _FRAME_HEAD.size:
            _, commit, *its_salts, _, _ = _FRAME_HEAD.unpack(frame)
            if its_salts != salts:
                break  # what follows is of an earlier round
            commits.append(commit)
            file.seek(page, os.SEEK_CUR)
    believed = struct.unpack("=I", shared.read_bytes()[16:20])[0] if shared.exists() else 0
    return any(commits[believed:-1])


def _is_log_head(head: bytes) -> bool:
    """Whether the head of a write-ahead log has the checksum it says."""
    order = {0x377F0682: "<", 0x377F0683: ">"}.get(int.from_bytes(head[:4], "big"))
    if order is None:
        return False
    first = second = 0
    for even, odd in struct.iter_unpack(f"{order}2I", head[:24]):
        first = (first + even + second) & 0xFFFFFFFF
        second = (second + odd + first) & 0xFFFFFFFF
    return (first, second) == struct.unpack(">2I", head[24:])


def _prepare(database: sqlite3.Connection, path: Path | None, more: str) -> None:
    if path:
        database.execute("PRAGMA busy_timeout = 2000")
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
    else:
        database.execute("PRAGMA journal_mode = MEMORY")
    if not database.execute("PRAGMA user_version").fetchone()[0]:
        database.executescript(f"BEGIN; {SCHEMA} {more} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
    elif path:
        database.execute("BEGIN IMMEDIATE")  # what cannot be written is refused now
        database.execute("COMMIT")
