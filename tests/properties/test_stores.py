"""Files, uploads and vector stores in whatever order one calls, through restarts: held against the model.

Counts equal statuses, a search finds exactly what is indexed at that moment, and nothing that was deleted
leaves a byte behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from tests.properties import law
from tests.properties.documents import ATTRIBUTES, CHUNKINGS, DOCUMENTS, FILTERS, WORDS, Document, Wanted
from tests.properties.filing import DOCUMENT, WHICH, Filing
from tests.properties.held import ModelAsk, ModelBatch, ModelFile, ModelStore, ModelThread
from tests.properties.holdings import GONE, HELPER_DAYS
from tests.properties.inspection import MOST, STORES

Object = dict[str, Any]

ATTRIBUTE = st.sampled_from(ATTRIBUTES)
CHUNKING = st.sampled_from(CHUNKINGS)
DAYS = st.sampled_from([1, None, 2])
ASKED = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4, unique=True)
SEVERAL = st.lists(WHICH, max_size=3)
SECONDS = st.sampled_from([1, 2, 3, 20, 61, 0])
HOURS = st.sampled_from([1, 12, 24, 36, 200])
_NEVER = ModelFile("file-Xx0000000000000000000001", DOCUMENTS[0])


class Stores(Filing):
    """Calls in any order, held against the model."""

    @initialize(
        documents=st.lists(DOCUMENT, min_size=3, max_size=5), ready=st.booleans(), witness=st.booleans()
    )
    def begin(self, documents: list[Document], ready: bool, witness: bool) -> None:
        for document in documents:
            self.upload(document, hours=0)
        self.create_store(list(range(len(documents))), None, None)
        self.create_thread()
        self.begin_upload(documents[0])
        self.add_message(0, {0, 1})
        if ready:
            self.advance(20)
        self.inspector.witness = witness

    # Vector stores

    @precondition(lambda self: len(self.held.stores) < 4)
    @rule(several=SEVERAL, days=DAYS, chunking=CHUNKING)
    def create_store(self, several: list[int], days: int | None, chunking: Object | None) -> None:
        files = [file for file in self.held.several(several) if file.document.searchable]
        body: Object = {"file_ids": [file.id for file in files], "chunking_strategy": chunking}
        if days:
            body["expires_after"] = _after(days)
        allowed = self.held.takes(None, files)
        answer = self.expect(allowed, "POST", STORES, body)
        if allowed:
            store = self.held.keep_store(answer.json["id"], days)
            for file in {file.id: file for file in files}.values():
                self.held.attach(store, file)

    @rule(which=WHICH, days=DAYS)
    def set_expiry(self, which: int, days: int | None) -> None:
        store = self.held.store(which)
        allowed = self._there(store)
        body = {"expires_after": _after(days) if days else None, "name": "renamed"}
        self.expect(allowed, "POST", f"{STORES}/{store.id}", body)
        if allowed:
            store.days = days

    @precondition(lambda self: len(self.held.stores) > 1)
    @rule(which=WHICH)
    def delete_store(self, which: int) -> None:
        store = self.held.store(which)
        self.expect(self._there(store), "DELETE", f"{STORES}/{store.id}")
        self.held.stores.pop(store.id, None)

    @rule(which=WHICH, file=WHICH, chunking=CHUNKING, attributes=ATTRIBUTE)
    def attach(self, which: int, file: int, chunking: Object | None, attributes: Object) -> None:
        store, chosen = self.held.store(which), self.held.file(file)
        body = {"file_id": chosen.id, "chunking_strategy": chunking, "attributes": attributes}
        allowed = self.held.takes(store, [chosen])
        self.expect(allowed, "POST", f"{STORES}/{store.id}/files", body)
        if allowed:
            self.held.attach(store, chosen, attributes)

    @rule(which=WHICH, file=WHICH)
    def detach(self, which: int, file: int) -> None:
        store, chosen = self._held_file(which, file)
        allowed = self.held.is_open(store) and chosen.id in store.entries
        self.expect(allowed, "DELETE", f"{STORES}/{store.id}/files/{chosen.id}")
        if allowed:
            self.held.detach(store, chosen)

    @rule(which=WHICH, file=WHICH, attributes=ATTRIBUTE)
    def change_attributes(self, which: int, file: int, attributes: Object) -> None:
        store, chosen = self._held_file(which, file)
        allowed = self.held.is_open(store) and chosen.id in store.entries
        path = f"{STORES}/{store.id}/files/{chosen.id}"
        self.expect(allowed, "POST", path, {"attributes": attributes})
        if allowed:
            store.entries[chosen.id].attributes = attributes

    @rule(
        which=WHICH,
        several=st.lists(WHICH, min_size=1, max_size=4),
        attributes=st.lists(ATTRIBUTE, min_size=4, max_size=4),
        each=st.booleans(),
        chunking=CHUNKING,
    )
    def create_batch(
        self,
        which: int,
        several: list[int],
        attributes: list[Object],
        each: bool,
        chunking: Object | None,
    ) -> None:
        """Shared attributes for all, or every file with its own; of doubles the last says what holds."""
        store, files = self.held.store(which), self.held.several(several)
        pairs = list(zip(files, attributes if each else attributes[:1] * 4, strict=False))
        body: Object
        if each:
            wanted = {"chunking_strategy": chunking}
            body = {"files": [{"file_id": file.id, "attributes": has, **wanted} for file, has in pairs]}
        else:
            body = {"file_ids": [file.id for file in files], "attributes": attributes[0]}
            body["chunking_strategy"] = chunking
        different = {file.id: (file, has) for file, has in pairs}
        allowed = self.held.takes(store, files)
        answer = self.expect(allowed, "POST", f"{STORES}/{store.id}/file_batches", body)
        if allowed:
            batch = ModelBatch(answer.json["id"], store)
            for file, has in different.values():
                self.held.attach(store, file, has, batch)
            store.batches.append(batch)

    @rule(which=WHICH)
    def cancel_batch(self, which: int) -> None:
        batch = self.held.batch(which)
        if batch is None:
            return
        path = f"{STORES}/{batch.store.id}/file_batches/{batch.id}/cancel"
        answer = self.expect(self.held.is_open(batch.store), "POST", path)
        if answer.ok:
            self.held.cancel(batch)
            assert answer.json["status"] == batch.status
            assert answer.json["file_counts"] == batch.store.counts(batch)

    @rule(which=WHICH, asked=ASKED, condition=st.sampled_from(FILTERS), most=st.sampled_from([1, 3, MOST]))
    def search(
        self, which: int, asked: list[str], condition: tuple[Object | None, Wanted], most: int
    ) -> None:
        self.inspector.search(self.held.store(which), asked, *condition, most)

    # Threads and runs

    @precondition(lambda self: len(self.held.threads) < 3)
    @rule()
    def create_thread(self) -> None:
        self.held.keep_thread(self.door.post("/v1/threads", {})["id"])

    @rule(which=WHICH, several=st.sets(WHICH, min_size=1, max_size=2))
    def add_message(self, which: int, several: set[int]) -> None:
        thread, files = self.held.thread(which), _different(self.held.several(sorted(several)))
        store = self.held.stores.get(thread.store or "")
        allowed = self._speakable(thread) and self.held.takes(store, files)
        path = f"/v1/threads/{thread.id}/messages"
        self.expect(allowed, "POST", path, _message("Look at this.", files))
        if allowed:
            self._attached(thread, files)

    @rule(
        which=WHICH, store=WHICH, asked=ASKED, several=SEVERAL, broken=st.sampled_from([False, False, True])
    )
    def ask(self, which: int, store: int, asked: list[str], several: list[int], broken: bool) -> None:
        """A run that searches a store and its thread's, and brings files along, each with a message.

        A `broken` one names last a file that never was: all that came before is taken back.
        """
        thread, files, other = self.held.thread(which), self.held.several(several), self.held.store(store)
        own = self.held.stores.get(thread.store or "")
        there = self._there(other)
        resources = {"file_search": {"vector_store_ids": [other.id] if there else []}}
        tool = {"type": "file_search", "file_search": {"max_num_results": MOST}}
        request = {"model": "gpt-4o", "tools": [tool], "tool_resources": resources}
        body = {
            "assistant_id": self.door.post("/v1/assistants", request)["id"],
            "tool_choice": {"type": "file_search"},
            "additional_messages": [
                *(_message("This too.", [file]) for file in files),
                _message(" or ".join(asked), [_NEVER] if broken else []),
            ],
        }
        expired = (own is not None and own.expired) or (there and other.expired)
        fit = not files or self.held.takes(own, files)
        allowed = self._speakable(thread) and fit and not expired and not broken
        answer = self.expect(allowed, "POST", f"/v1/threads/{thread.id}/runs", body)
        if not allowed:
            return
        if files:
            self._attached(thread, files)
        self.held.use(self.held.stores.get(thread.store or ""))
        self.held.use(other if there else None)
        path = f"/v1/threads/{thread.id}/runs/{answer.json['id']}"
        now = self.held.now
        self.held.asking.append(ModelAsk(path, thread, asked, other.id if there else None, now, now))

    @precondition(lambda self: len(self.held.threads) > 1)
    @rule(which=WHICH)
    def delete_thread(self, which: int) -> None:
        thread = self.held.thread(which)
        allowed = self._speakable(thread)
        self.expect(allowed, "DELETE", f"/v1/threads/{thread.id}")
        if allowed:
            del self.held.threads[thread.id]

    # Time

    @rule(seconds=SECONDS)
    def advance(self, seconds: int) -> None:
        self.door.advance(seconds)
        self.held.pass_time(self.held.now + seconds * 1000)

    @rule(hours=HOURS)
    def advance_far(self, hours: int) -> None:
        """Far enough for files, uploads or stores to expire."""
        self.advance(hours * 3600)

    @rule(which=WHICH, what=st.sampled_from(["store", "file", "batch"]))
    def poll(self, which: int, what: str) -> None:
        """Who reads what is on its way takes time to its next change; of what is done, none."""
        store, path = self.held.store(which), f"{STORES}/{self.held.store(which).id}"
        if not self._there(store):
            return
        waiting = store.working()
        if what == "batch" and store.batches:
            batch = store.batches[which % len(store.batches)]
            waiting, path = store.working(batch), f"{path}/file_batches/{batch.id}"
        elif what == "file" and waiting and not store.expired:
            waiting, path = waiting[-1:], f"{path}/files/{waiting[-1].file.id}"
        if waiting:
            self.held.pass_time(min(entry.due for entry in waiting))
        self.door.call("GET", path)

    # What the rules share

    def _there(self, store: ModelStore) -> bool:
        return store.id in self.held.stores

    def _speakable(self, thread: ModelThread) -> bool:
        """Whether the thread is there and nobody asks in it just now."""
        return thread.id in self.held.threads and self.held.idle(thread)

    def _held_file(self, which: int, file: int) -> tuple[ModelStore, ModelFile]:
        """A store and mostly one of its files."""
        store = self.held.store(which)
        entries = list(store.entries.values())
        return store, entries[file % len(entries)].file if entries and file != GONE else self.held.file(file)

    def _attached(self, thread: ModelThread, files: Sequence[ModelFile]) -> None:
        """A message was accepted: its files are on their way into the thread's store, maybe a new one."""
        store = self.held.stores.get(thread.store or "")
        if store is None:
            shown = self.door.get(f"/v1/threads/{thread.id}")["tool_resources"]["file_search"]
            (thread.store,) = shown["vector_store_ids"]
            store = self.held.keep_store(thread.store, HELPER_DAYS)
        for file in files:
            self.held.attach(store, file)


def _after(days: int) -> Object:
    return {"anchor": "last_active_at", "days": days}


def _different(files: Sequence[ModelFile]) -> list[ModelFile]:
    return list({file.id: file for file in files}.values())


def _message(text: str, files: Sequence[ModelFile]) -> Object:
    tools = [{"type": "file_search"}]
    attachments = [{"file_id": file.id, "tools": tools} for file in files]
    return {"role": "user", "content": text, "attachments": attachments}


Stores.TestCase.settings = law(60, steps=40)
TestStores = Stores.TestCase
