"""Everything of one project as the model has it, and what becomes of it as time passes.

It is told what was accepted and how time goes on, and knows what has become of everything by then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from tests.properties.documents import Document, digest
from tests.properties.held import (
    DAY,
    ModelAsk,
    ModelBatch,
    ModelEntry,
    ModelFile,
    ModelStore,
    ModelThread,
    ModelUpload,
)

Object = dict[str, Any]
Known = TypeVar("Known")

START = 1_750_000_000_000
LATENCY = {"indexing": "1s", "indexing_bytes_per_second": 1000}
STORE_FILES, STORAGE = 6, 20_000
LIMITS = {"vector_store_files": STORE_FILES, "storage_bytes": STORAGE}
GONE = 15
"""The highest number a rule chooses by: it stands for what is not there any more."""
PATIENCE, HELPER_DAYS = 60_000, 7


class Holdings:
    """Everything of one project that is still there."""

    def __init__(self) -> None:
        self.now = START
        self.files: dict[str, ModelFile] = {}
        self.stores: dict[str, ModelStore] = {}
        self.uploads: dict[str, ModelUpload] = {}
        self.threads: dict[str, ModelThread] = {}
        self.known_files: list[ModelFile] = []
        self.known_stores: list[ModelStore] = []
        self.known_threads: list[ModelThread] = []
        self.asking: list[ModelAsk] = []
        self.answered: list[ModelAsk] = []

    # What rules choose from

    def file(self, which: int) -> ModelFile:
        """One of the files there are, or were."""
        return _chosen(self.known_files, self.is_there, which)

    def several(self, which: Sequence[int]) -> list[ModelFile]:
        """Some files, maybe one of them twice."""
        return [self.file(each) for each in which]

    def store(self, which: int) -> ModelStore:
        """One of the stores there are, or were."""
        return _chosen(self.known_stores, lambda store: store.id in self.stores, which)

    def upload(self, which: int) -> ModelUpload:
        """One of the uploads, those under way before others."""
        return _chosen(list(self.uploads.values()), lambda upload: upload.pending, which)

    def thread(self, which: int) -> ModelThread:
        """One of the threads there are, or were."""
        return _chosen(self.known_threads, lambda thread: thread.id in self.threads, which)

    def batch(self, which: int) -> ModelBatch | None:
        """One of the batches, if there ever was one, those under way before others."""
        known = [batch for store in self.known_stores for batch in store.batches]
        return _chosen(known, lambda batch: batch.status == "in_progress", which) if known else None

    # Time

    def pass_time(self, to: int) -> None:
        """Let everything happen that is due by then, in order."""
        while (following := min(self._due(), key=lambda due: due[:2], default=None)) is not None:
            if following[0] > to:
                break
            self.now = max(self.now, following[0])
            following[2]()
        self.now = to

    def _due(self) -> Iterator[tuple[int, int, Callable[[], None]]]:
        for store in self.stores.values():
            for entry in store.working():
                yield entry.due, 0, lambda store=store, entry=entry: self._index(store, entry)  # type: ignore[misc]
            if store.days is not None and not store.expired:
                expires = (store.active + store.days * DAY) * 1000
                yield expires, 3, lambda store=store: setattr(store, "expired", True)  # type: ignore[misc]
        for file in self.files.values():
            if file.expires is not None:
                yield file.expires, 1, lambda file=file: self.delete_file(file)  # type: ignore[misc]
        for upload in self.uploads.values():
            if upload.pending:
                yield upload.expires, 2, lambda upload=upload: self.end_upload(upload)  # type: ignore[misc]
        for ask in self.asking:
            yield ask.look, 4, lambda ask=ask: self._look(ask)  # type: ignore[misc]

    def _index(self, store: ModelStore, entry: ModelEntry) -> None:
        entry.status = "failed" if entry.file.document.words is None else "completed"
        store.settle()

    def _look(self, ask: ModelAsk) -> None:
        own = self.stores.get(ask.thread.store or "")
        if own is not None and own.working() and ask.look < ask.began + PATIENCE:
            ask.look = min(ask.began + PATIENCE, max(entry.due for entry in own.working()))
            return
        other = self.stores.get(ask.store or "")
        for store in (own, other):
            if store is not None and not store.expired:
                found = store.matching(ask.words)
                ask.maybe |= found
                ask.surely |= {id_ for id_ in found if store is own or store.entries[id_].due < ask.look}
        self.asking.remove(ask)
        self.answered.append(ask)

    # What is accepted

    def is_there(self, file: ModelFile) -> bool:
        """Whether the file can still be named."""
        return file.id in self.files

    def is_open(self, store: ModelStore) -> bool:
        """Whether the store is there and has not expired."""
        return store.id in self.stores and not store.expired

    def takes(self, store: ModelStore | None, files: Sequence[ModelFile]) -> bool:
        """Whether a store, None for a new one, takes these files; those it has need no more room."""
        if not all(self.is_there(file) and file.document.searchable for file in files):
            return False
        if store is None:
            return True
        return self.is_open(store) and len(store.entries.keys() | {file.id for file in files}) <= STORE_FILES

    def has_room(self, document: Document) -> bool:
        """Whether the project may store this too."""
        return self.stored_bytes() + len(document.data) <= STORAGE

    def idle(self, thread: ModelThread) -> bool:
        """Whether nobody asks there just now."""
        return all(ask.thread is not thread for ask in self.asking)

    # What was done

    def keep_file(self, file: ModelFile) -> None:
        """A file has come."""
        self.files[file.id] = file
        self.known_files.append(file)

    def keep_store(self, store_id: str, days: int | None) -> ModelStore:
        """A store was made."""
        store = self.stores[store_id] = ModelStore(store_id, self.now // 1000, days)
        self.known_stores.append(store)
        return store

    def keep_thread(self, thread_id: str) -> None:
        """A thread was made."""
        self.threads[thread_id] = ModelThread(thread_id)
        self.known_threads.append(self.threads[thread_id])

    def attach(
        self,
        store: ModelStore,
        file: ModelFile,
        attributes: Object | None = None,
        batch: ModelBatch | None = None,
    ) -> None:
        """A file is on its way in, maybe once more."""
        self.detach(store, file)
        due = self.now + 1000 + len(file.document.data)
        store.entries[file.id] = ModelEntry(file, due, attributes or {}, batch)

    def detach(self, store: ModelStore, file: ModelFile) -> None:
        """A file has left, if it was there."""
        store.entries.pop(file.id, None)
        store.settle()

    def delete_file(self, file: ModelFile) -> None:
        """A file is gone everywhere."""
        del self.files[file.id]
        for store in self.stores.values():
            self.detach(store, file)

    def cancel(self, batch: ModelBatch) -> None:
        """What is on its way of a batch stops."""
        if batch.status == "in_progress":
            batch.status = "cancelled"
            for entry in batch.store.working(batch):
                entry.status = "cancelled"

    def end_upload(self, upload: ModelUpload) -> None:
        """The parts are not needed any more."""
        upload.pending = False
        upload.parts.clear()

    def use(self, store: ModelStore | None) -> None:
        """A run uses a store, if it is there."""
        if store is not None:
            store.active = self.now // 1000

    # What there has to be

    def stored_bytes(self) -> int:
        """The bytes of all files."""
        return sum(len(file.document.data) for file in self.files.values())

    def contents(self) -> set[str]:
        """The digests of everything that has to be on disk."""
        parts = {
            digest(upload.document.halves[half])
            for upload in self.uploads.values()
            for half, _ in upload.parts
        }
        return parts | {file.document.digest for file in self.files.values()}

    def indexed(self) -> set[tuple[str, str]]:
        """The stores and files that have to have chunks."""
        return {
            (store.id, entry.file.id)
            for store in self.stores.values()
            for entry in store.entries.values()
            if entry.status == "completed"
        }


def _chosen(known: Sequence[Known], there: Callable[[Known], bool], which: int) -> Known:
    """One of those that are there, unless there is none or `which` is GONE; then one of the others."""
    alive = [each for each in known if there(each)]
    gone = [each for each in known if not there(each)]
    chosen = gone if gone and (which == GONE or not alive) else alive
    return chosen[which % len(chosen)]
