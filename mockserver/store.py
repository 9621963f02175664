"""Where worlds are kept: wire JSON in SQLite, in memory by default or in a file.

What is stored is the very body a read answers, so reading one object is one indexed look-up and a page is
one indexed range scan in insertion order, whatever the size of the thread. Nothing above this module knows
which database it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mockserver.blobs import Blobs
from mockserver.contents import Contents
from mockserver.holding import HeldError, Hold
from mockserver.retrieval import Index
from mockserver.schema import StoreError as StoreError
from mockserver.schema import open_database
from mockserver.schema import trouble as trouble

RECENT_BYTES = 64_000_000
"""So many bytes of bodies read lately are kept at hand: clients read the same objects again and again."""

_COLUMNS = "id, kind, parent, body, hidden, made_by, status, digest"


@dataclass(frozen=True, slots=True)
class Row:
    """One stored object. `body` is its wire JSON; `hidden` what the wire does not show, or None.

    `parent` is the id of what it belongs to ('' for none): a thread, a run, a vector store, an upload.
    `made_by` is the run that made it, the batch it came with, or a file's purpose. `status` is there for
    lists that ask for one, `digest` where the object has a content among the blobs. `id` is the world's key
    for the object: the id the wire shows, but for a vector store's file the store's as well.
    """

    id: str
    kind: str
    parent: str
    body: bytes
    hidden: bytes | None = None
    made_by: str | None = None
    status: str | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a list in list order, and whether more follow in that direction."""

    rows: list[Row]
    has_more: bool


class Store:
    """One database for all projects of a server. A file is held for this process alone."""

    def __init__(self, path: Path | None = None) -> None:
        """Open the file, or memory.

        Raises StoreError when the file is not a store of this version, is damaged, cannot be written, or is
        another server's.
        """
        self.hold_on_file = _hold(path) if path else None
        try:
            self._db = open_database(path, Index.SCHEMA)
        except BaseException:
            self._let_go()
            raise
        self._depth = 0
        self._execute = self._db.execute
        self.index = Index(self._db)
        self.blobs = Blobs(path.with_name(f"{path.name}.files") if path else None)
        self.contents = Contents(self.blobs, self._refers_to)
        try:
            self.blobs.sweep(self._digests())
        except OSError as error:
            self.close()
            raise StoreError(f"cannot use {path} as a store: {trouble(error)}") from error
        self._recent: dict[tuple[str, str], tuple[bytes | None, str, str]] = {}
        self._recent_bytes = 0

    def _forget_recent(self) -> None:
        self._recent.clear()
        self._recent_bytes = 0

    def close(self) -> None:
        """Give the database back, and with one in memory the contents."""
        self._db.close()
        self.blobs.close()
        self._let_go()

    def _let_go(self) -> None:
        if self.hold_on_file is not None:
            self.hold_on_file.release()

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
            self._execute("COMMIT")
        except BaseException:
            self._depth = 0
            self._forget_recent()
            if self._db.in_transaction:  # on a full disk SQLite may have taken all back by itself
                self._execute("ROLLBACK")
            self.contents.tidy()
            raise
        self._depth = 0
        self.contents.tidy()

    def _refers_to(self, digest: str) -> bool:
        return self._execute("SELECT 1 FROM object WHERE digest = ?", (digest,)).fetchone() is not None

    def _digests(self) -> set[str]:
        return {
            row[0] for row in self._execute("SELECT DISTINCT digest FROM object WHERE digest IS NOT NULL")
        }

    def _loosen_all(self, where: str, values: tuple[str, ...]) -> None:
        found = self._execute(f"SELECT digest FROM object WHERE {where} AND digest IS NOT NULL", values)
        for row in found:
            self.contents.loosen(row[0])

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
        self._loosen_all("project = ?", (project,))
        self.index.remove_project(project)
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
        row = self.subject(project, object_id)
        return row if row is not None and row.kind == kind else None

    def subject(self, project: str, object_id: str) -> Row | None:
        """An object of whatever kind, or None."""
        row = self._execute(
            f"SELECT {_COLUMNS} FROM object WHERE project = ? AND id = ?", (project, object_id)
        ).fetchone()
        return Row(*row) if row and row[3] is not None else None

    def exists(self, project: str, object_id: str) -> bool:
        """Whether that id was ever given out, deleted objects included."""
        row = self._execute("SELECT 1 FROM object WHERE project = ? AND id = ?", (project, object_id))
        return row.fetchone() is not None

    def insert(self, project: str, row: Row) -> None:
        """Add an object at the end of its list."""
        values = (row.id, row.kind, row.parent, row.body, row.hidden, row.made_by, row.status, row.digest)
        self._execute(
            f"INSERT INTO object (project, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (project, *values)
        )

    def update(
        self,
        project: str,
        object_id: str,
        body: bytes,
        hidden: bytes | None = None,
        status: str | None = None,
    ) -> None:
        """Replace what an object says."""
        self._recent.pop((project, object_id), None)
        self._execute(
            "UPDATE object SET body = ?, hidden = ?, status = ? WHERE project = ? AND id = ?",
            (body, hidden, status, project, object_id),
        )

    def delete(self, project: str, object_id: str) -> None:
        """Remove an object; its place in the list stays known to cursors."""
        self._recent.pop((project, object_id), None)
        self._loosen_all("project = ? AND id = ?", (project, object_id))
        self._execute(
            "UPDATE object SET body = NULL, hidden = NULL, status = NULL, digest = NULL"
            " WHERE project = ? AND id = ?",
            (project, object_id),
        )

    def clear_place(self, project: str, object_id: str) -> None:
        """Forget where a deleted object was, so that another can be added under its key."""
        self._execute(
            "DELETE FROM object WHERE project = ? AND id = ? AND body IS NULL", (project, object_id)
        )

    def delete_children(self, project: str, kind: str, parent: str) -> None:
        """Remove every object of that kind under a parent."""
        self._forget_recent()
        self._loosen_all("project = ? AND kind = ? AND parent = ?", (project, kind, parent))
        self._execute(
            "DELETE FROM object WHERE project = ? AND kind = ? AND parent = ?", (project, kind, parent)
        )

    def children(self, project: str, kind: str, parent: str) -> list[Row]:
        """Every object of that kind under a parent, in order of insertion."""
        rows = self._execute(
            f"SELECT {_COLUMNS} FROM object"
            " WHERE project = ? AND kind = ? AND parent = ? AND body IS NOT NULL ORDER BY seq",
            (project, kind, parent),
        )
        return [Row(*row) for row in rows]

    def made_by(self, project: str, kind: str, parent: str, run: str) -> list[Row]:
        """Every object of that kind under a parent that a run made, in order of insertion."""
        rows = self._execute(
            f"SELECT {_COLUMNS} FROM object WHERE project = ? AND kind = ?"
            " AND parent = ? AND made_by = ? AND body IS NOT NULL ORDER BY seq",
            (project, kind, parent, run),
        )
        return [Row(*row) for row in rows]

    def mentioning(self, project: str, kind: str, text: str) -> list[Row]:
        """Every object of that kind, without a parent, whose body holds these characters somewhere."""
        rows = self._execute(
            f"SELECT {_COLUMNS} FROM object WHERE project = ? AND kind = ? AND parent = ''"
            " AND body IS NOT NULL AND instr(body, ?) ORDER BY seq",
            (project, kind, text.encode()),
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
        status: str | None = None,
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
        if status is not None:
            where.append("status = ?")
            values.append(status)
        for position, beyond in ((after, ascending), (before, not ascending)):
            if position is not None:
                where.append("seq > ?" if beyond else "seq < ?")
                values.append(position)
        found = self._execute(
            f"SELECT {_COLUMNS} FROM object"
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

    def seat(self, project: str, object_id: str) -> int | None:
        """Where an object came among all of its project, also when it is gone; None if it never was there."""
        row = self._execute("SELECT seq FROM object WHERE project = ? AND id = ?", (project, object_id))
        found = row.fetchone()
        return int(found[0]) if found else None

    def present(
        self, project: str, *, kind: str | None = None, after: int = 0, limit: int | None = None
    ) -> Page:
        """The objects of a project that are there, in order of insertion: of one kind, behind a seat."""
        rows = self._execute(
            f"SELECT {_COLUMNS} FROM object WHERE project = ? AND seq > ? AND body IS NOT NULL"
            f"{'' if kind is None else ' AND kind = ?'} ORDER BY seq LIMIT ?",
            (project, after, *([] if kind is None else [kind]), -1 if limit is None else limit + 1),
        ).fetchall()
        return Page([Row(*row) for row in rows[:limit]], has_more=limit is not None and len(rows) > limit)

    def everything(self, project: str) -> Iterator[tuple[Row, bool]]:
        """Every object of a project in order of insertion, with whether it is still there."""
        for row in self._execute(
            f"SELECT {_COLUMNS} FROM object WHERE project = ? ORDER BY seq",
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
        """The timelines of a project, in the order of their subjects: subject, events, progress, pending."""
        rows = self._execute(
            "SELECT subject, events, progress, pending FROM timeline"
            " LEFT JOIN object ON object.project = timeline.project AND object.id = subject"
            f" WHERE timeline.project = ?{' AND pending' if pending_only else ''} ORDER BY seq, subject",
            (project,),
        )
        return [(subject, events, progress, bool(pending)) for subject, events, progress, pending in rows]

    def delete_timeline(self, project: str, subject: str) -> None:
        """Forget one subject's timeline."""
        self._execute("DELETE FROM timeline WHERE project = ? AND subject = ?", (project, subject))


def _hold(path: Path) -> Hold | None:
    """A hold on a store file; None where there can be no lock beside it, which is for others to explain."""
    if path.is_dir() or not path.parent.is_dir():
        return None
    try:
        return Hold(path)
    except HeldError as error:
        raise StoreError(f"cannot use {path} as a store: {error} has it open") from error
    except OSError as error:
        raise StoreError(f"cannot use {path} as a store: {trouble(error)}") from error
