"""A small model of what can be held: files, uploads, stores with their batches, threads and their runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.properties.documents import Document, Wanted

Object = dict[str, Any]

DAY = 86_400
STATUSES = ("in_progress", "completed", "failed", "cancelled")


@dataclass
class ModelFile:
    """A file, and when it is gone by itself, in milliseconds."""

    id: str
    document: Document
    expires: int | None = None


@dataclass
class ModelBatch:
    """A batch; `status` is the one it shows now."""

    id: str
    store: ModelStore
    status: str = "in_progress"


@dataclass
class ModelEntry:
    """A file in a store, indexed or failed when it is due."""

    file: ModelFile
    due: int
    attributes: Object
    batch: ModelBatch | None = None
    status: str = "in_progress"


@dataclass
class ModelStore:
    """A vector store: its files in order, and how long after its last use (in seconds) it expires."""

    id: str
    active: int
    days: int | None
    entries: dict[str, ModelEntry] = field(default_factory=dict)
    batches: list[ModelBatch] = field(default_factory=list)
    expired: bool = False

    @property
    def status(self) -> str:
        """The status it shows."""
        return "expired" if self.expired else "in_progress" if self.working() else "completed"

    def working(self, batch: ModelBatch | None = None) -> list[ModelEntry]:
        """What is on its way in, maybe only of one batch."""
        return [each for each in self.of(batch) if each.status == "in_progress"]

    def of(self, batch: ModelBatch | None) -> list[ModelEntry]:
        """The files of a batch, or all."""
        return [each for each in self.entries.values() if batch is None or each.batch is batch]

    def counts(self, batch: ModelBatch | None = None) -> Object:
        """The statuses of the files, counted."""
        entries = self.of(batch)
        found = Counter(each.status for each in entries)
        return {status: found[status] for status in STATUSES} | {"total": len(entries)}

    def matching(self, words: Sequence[str], wanted: Wanted = lambda has: True) -> set[str]:
        """The ids of the files that a search for one of these words has to find now."""
        return {
            each.file.id
            for each in self.entries.values()
            if each.status == "completed"
            and each.file.document.words is not None
            and each.file.document.words.intersection(words)
            and wanted(each.attributes)
        }

    def settle(self) -> None:
        """Batches of which nothing is on its way any more have ended."""
        for batch in self.batches:
            counts = self.counts(batch)
            if batch.status == "in_progress" and not counts["in_progress"]:
                failed = counts["failed"] and counts["failed"] == counts["total"]
                batch.status = "failed" if failed else "completed"


@dataclass
class ModelUpload:
    """An upload: the ids of its parts by the half they are, as long as it is pending."""

    id: str
    document: Document
    expires: int
    parts: list[tuple[int, str]] = field(default_factory=list)
    pending: bool = True


@dataclass
class ModelThread:
    """A thread and the vector store that its attachments made."""

    id: str
    store: str | None = None


@dataclass
class ModelAsk:
    """A run that searches: where and for what, when it looks, and once it has, which files it found.

    Of what became indexed at that very moment elsewhere than in the thread, it may find some or none.
    """

    path: str
    thread: ModelThread
    words: Sequence[str]
    store: str | None
    began: int
    look: int
    surely: set[str] = field(default_factory=set)
    maybe: set[str] = field(default_factory=set)
