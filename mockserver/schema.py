"""The tables of a store, their version, and how a database with them is opened."""

from __future__ import annotations

import sqlite3
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


def open_database(path: Path | None, more: str = "") -> sqlite3.Connection:
    """The file, or memory, with these tables and `more` of them.

    Raises StoreError when the file is not a store of this version.
    """
    try:
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
    except StoreError:
        database.close()
        raise
    return database


def _prepare(database: sqlite3.Connection, path: Path | None, more: str) -> None:
    database.execute("PRAGMA busy_timeout = 2000")
    version = database.execute("PRAGMA user_version").fetchone()[0]
    tables = database.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    new = version == 0 and tables == 0
    if not new and version != SCHEMA_VERSION:  # said before anything is written into a file of others
        raise StoreError(
            f"{path} is not a store of this version (its schema is {version}, not {SCHEMA_VERSION})"
        )
    if path:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
    else:
        database.execute("PRAGMA journal_mode = MEMORY")
    if new:
        database.executescript(f"BEGIN; {SCHEMA} {more} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
