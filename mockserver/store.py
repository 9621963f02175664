"""Where worlds are kept: wire JSON in SQLite, in memory by default or in a file.

What is stored is the very body a read answers, so reading one object is one indexed look-up and a page is
one indexed range scan in insertion order, whatever the size of the thread. Nothing above this module knows
which database it is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SCHEMA_VERSION = 1

RECENT_BYTES = 64_000_000
"""So many bytes of bodies read lately are kept at hand: clients read the same objects again and again."""

_SCHEMA = """
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
    hidden BLOB
);
CREATE UNIQUE INDEX object_by_id ON object (project, id);
CREATE INDEX object_page ON object (project, kind, parent, seq) WHERE body IS NOT NULL;
CREATE INDEX object_made_by ON object (project, kind, parent, made_by, seq) WHERE made_by IS NOT NULL;

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


@dataclass(frozen=True, slots=True)
class Row:
    """One stored object. `body` is its wire JSON; `hidden` what the wire does not show, or None.

    `parent` is the id of the thread or run it belongs to ('' for none), `made_by` the run that made it.
    """

    id: str
    kind: str
    parent: str
    body: bytes
    hidden: bytes | None = None
    made_by: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a list in list order, and whether more follow in that direction."""

    rows: list[Row]
    has_more: bool


class Store:
    """One database for all projects of a server."""

    def __init__(self, path: Path | None = None) -> None:
        """Open the file, or memory. Raises StoreError when the file is not a store of this version."""
        try:
            self._db = sqlite3.connect(
                path or ":memory:", isolation_level=None, check_same_thread=False, cached_statements=256
            )
        except sqlite3.Error as error:
            raise StoreError(f"cannot use {path} as a store: {error}") from error
        try:
            self._prepare(path)
        except sqlite3.Error as error:
            self._db.close()
            raise StoreError(f"cannot use {path} as a store: {error}") from error
        except StoreError:
            self._db.close()
            raise
        self._depth = 0
        self._execute = self._db.execute
        self._recent: dict[tuple[str, str], tuple[bytes | None, str, str]] = {}
        self._recent_bytes = 0

    def _prepare(self, path: Path | None) -> None:
        self._db.execute("PRAGMA busy_timeout = 2000")
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        tables = self._db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        new = version == 0 and tables == 0
        if not new and version != SCHEMA_VERSION:  # said before anything is written into a file of others
            raise StoreError(
                f"{path} is not a store of this version (its schema is {version}, not {SCHEMA_VERSION})"
            )
        if path:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
        else:
            self._db.execute("PRAGMA journal_mode = MEMORY")
        if new:
            self._db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")

    def _forget_recent(self) -> None:
        self._recent.clear()
        self._recent_bytes = 0

    def close(self) -> None:
        """Give the database back."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes inside become visible and durable together, or none of them. Nests."""
        if self._depth:
            yield
            return
        self._execute("BEGIN")
        self._depth = 1
        try:
            yield
        except BaseException:
            self._depth = 0
            self._forget_recent()
            self._execute("ROLLBACK")
            raise
        self._depth = 0
        self._execute("COMMIT")

    # Worlds

    def world(self, project: str) -> tuple[bytes, bytes] | None:
        """The saved state and reply rules of a project's world."""
        row = self._execute("SELECT state, replies FROM world WHERE project = ?", (project,)).fetchone()
        return (row[0], row[1]) if row else None

    def create_world(self, project: str, state: bytes, replies: bytes) -> None:
        """Begin to keep a project's world."""
        self._execute("INSERT INTO world VALUES (?, ?, ?)", (project, state, replies))

    def save_world(self, project: str, state: bytes) -> None:
        """Keep the state of a project's world."""
        self._execute("UPDATE world SET state = ? WHERE project = ?", (state, project))

    def save_replies(self, project: str, replies: bytes) -> None:
        """Keep the reply rules of a project's world."""
        self._execute("UPDATE world SET replies = ? WHERE project = ?", (replies, project))

    def projects(self) -> list[str]:
        """Every project that has a world here."""
        return [row[0] for row in self._execute("SELECT project FROM world ORDER BY project")]

    def clear(self, project: str) -> None:
        """Forget everything of a project."""
        self._forget_recent()
        for table in ("world", "object", "timeline"):
            self._execute(f"DELETE FROM {table} WHERE project = ?", (project,))

    # Objects

    def body(self, project: str, object_id: str, kind: str, parent: str = "") -> bytes | None:
        """The wire JSON of an object of that parent, or None: the one look-up behind every read."""
        found = self._recent.get((project, object_id))
        if found is None:
            found = self._execute(
                "SELECT body, kind, parent FROM object WHERE project = ? AND id = ?", (project, object_id)
            ).fetchone()
            if found is None:
                return None
            self._recent_bytes += len(found[0] or b"")
            if self._recent_bytes > RECENT_BYTES:
                self._forget_recent()
            self._recent[project, object_id] = found
        body, its_kind, its_parent = found
        return body if its_kind == kind and its_parent == parent else None

    def row(self, project: str, object_id: str, kind: str) -> Row | None:
        """An object with what the wire does not show, or None."""
        row = self._execute(
            "SELECT id, kind, parent, body, hidden, made_by FROM object WHERE project = ? AND id = ?",
            (project, object_id),
        ).fetchone()
        return Row(*row) if row and row[1] == kind and row[3] is not None else None

    def exists(self, project: str, object_id: str) -> bool:
        """Whether that id was ever given out, deleted objects included."""
        row = self._execute("SELECT 1 FROM object WHERE project = ? AND id = ?", (project, object_id))
        return row.fetchone() is not None

    def insert(self, project: str, row: Row) -> None:
        """Add an object at the end of its list."""
        self._execute(
            "INSERT INTO object (project, id, kind, parent, made_by, body, hidden)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (project, row.id, row.kind, row.parent, row.made_by, row.body, row.hidden),
        )

    def update(self, project: str, object_id: str, body: bytes, hidden: bytes | None = None) -> None:
        """Replace what an object says."""
        self._recent.pop((project, object_id), None)
        self._execute(
            "UPDATE object SET body = ?, hidden = ? WHERE project = ? AND id = ?",
            (body, hidden, project, object_id),
        )

    def delete(self, project: str, object_id: str) -> None:
        """Remove an object; its place in the list stays known to cursors."""
        self._recent.pop((project, object_id), None)
        self._execute(
            "UPDATE object SET body = NULL, hidden = NULL WHERE project = ? AND id = ?", (project, object_id)
        )

    def delete_children(self, project: str, kind: str, parent: str) -> None:
        """Remove every object of that kind under a parent."""
        self._forget_recent()
        self._execute(
            "DELETE FROM object WHERE project = ? AND kind = ? AND parent = ?", (project, kind, parent)
        )

    def children(self, project: str, kind: str, parent: str) -> list[Row]:
        """Every object of that kind under a parent, in order of insertion."""
        rows = self._execute(
            "SELECT id, kind, parent, body, hidden, made_by FROM object"
            " WHERE project = ? AND kind = ? AND parent = ? AND body IS NOT NULL ORDER BY seq",
            (project, kind, parent),
        )
        return [Row(*row) for row in rows]

    def made_by(self, project: str, kind: str, parent: str, run: str) -> list[Row]:
        """Every object of that kind under a parent that a run made, in order of insertion."""
        rows = self._execute(
            "SELECT id, kind, parent, body, hidden, made_by FROM object WHERE project = ? AND kind = ?"
            " AND parent = ? AND made_by = ? AND body IS NOT NULL ORDER BY seq",
            (project, kind, parent, run),
        )
        return [Row(*row) for row in rows]

    def count(self, project: str, kind: str, parent: str) -> int:
        """How many objects of that kind a parent has."""
        row = self._execute(
            "SELECT count(*) FROM object WHERE project = ? AND kind = ? AND parent = ? AND body IS NOT NULL",
            (project, kind, parent),
        ).fetchone()
        return int(row[0])

    def size_bound(self) -> int:
        """No list is longer than this: the highest position ever given, found without counting."""
        row = self._execute("SELECT max(seq) FROM object").fetchone()
        return int(row[0] or 0)

    def position(self, project: str, object_id: str, kind: str, parent: str) -> int | None:
        """Where a cursor points, also when its object is gone; None for an id that never was in this list."""
        row = self._execute(
            "SELECT seq FROM object WHERE project = ? AND id = ? AND kind = ? AND parent = ?",
            (project, object_id, kind, parent),
        ).fetchone()
        return int(row[0]) if row else None

    def page(
        self,
        project: str,
        kind: str,
        parent: str,
        *,
        limit: int,
        ascending: bool,
        after: int | None = None,
        before: int | None = None,
        made_by: str | None = None,
    ) -> Page:
        """One page of a list. `after` and `before` are positions, in the sense of the list's own order.

        With `before` alone the page is the one next to the cursor, still in list order (recorded 2025).
        """
        backwards = before is not None and after is None
        rising = ascending != backwards
        where = ["project = ?", "kind = ?", "parent = ?", "body IS NOT NULL"]
        values: list[str | int] = [project, kind, parent]
        if made_by is not None:
            where.append("made_by = ?")
            values.append(made_by)
        for position, beyond in ((after, ascending), (before, not ascending)):
            if position is not None:
                where.append("seq > ?" if beyond else "seq < ?")
                values.append(position)
        found = self._execute(
            "SELECT id, kind, parent, body, hidden, made_by FROM object"
            f" WHERE {' AND '.join(where)} ORDER BY seq {'ASC' if rising else 'DESC'} LIMIT ?",
            (*values, limit + 1),
        ).fetchall()
        rows = [Row(*row) for row in found[:limit]]
        if backwards:
            rows.reverse()
        return Page(rows, has_more=len(found) > limit)

    def last(self, project: str, kind: str, parent: str) -> Row | None:
        """The newest object of that kind under a parent."""
        rows = self.page(project, kind, parent, limit=1, ascending=False).rows
        return rows[0] if rows else None

    def everything(self, project: str) -> Iterator[tuple[Row, bool]]:
        """Every object of a project in order of insertion, with whether it is still there."""
        for row in self._execute(
            "SELECT id, kind, parent, body, hidden, made_by FROM object WHERE project = ? ORDER BY seq",
            (project,),
        ):
            yield Row(*row), row[3] is not None

    # Timelines

    def save_timeline(
        self, project: str, subject: str, events: bytes, progress: bytes, *, pending: bool
    ) -> None:
        """Keep what is due when for one subject, and whether anything may still happen to it."""
        self._execute(
            "INSERT OR REPLACE INTO timeline VALUES (?, ?, ?, ?, ?)",
            (project, subject, events, progress, pending),
        )

    def timeline(self, project: str, subject: str) -> tuple[bytes, bytes] | None:
        """Events and progress of one subject."""
        row = self._execute(
            "SELECT events, progress FROM timeline WHERE project = ? AND subject = ?", (project, subject)
        ).fetchone()
        return (row[0], row[1]) if row else None

    def timelines(self, project: str, *, pending_only: bool) -> list[tuple[str, bytes, bytes, bool]]:
        """The timelines of a project: subject, events, progress, pending."""
        rows = self._execute(
            "SELECT subject, events, progress, pending FROM timeline WHERE project = ?"
            f"{' AND pending' if pending_only else ''} ORDER BY subject",
            (project,),
        )
        return [(subject, events, progress, bool(pending)) for subject, events, progress, pending in rows]

    def delete_timeline(self, project: str, subject: str) -> None:
        """Forget one subject's timeline."""
        self._execute("DELETE FROM timeline WHERE project = ? AND subject = ?", (project, subject))
