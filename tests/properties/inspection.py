"""Looking at everything a store shows and keeps, and finding it as the model says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.properties.documents import WORDS, Wanted
from tests.properties.exchange import Answer
from tests.properties.forms import FormDoor, remains
from tests.properties.held import DAY, STATUSES, ModelAsk, ModelBatch, ModelEntry, ModelStore
from tests.properties.holdings import Holdings
from tests.properties.scripts import SEARCH_CONTENT

Object = dict[str, Any]

STORES = "/v1/vector_stores"
MOST = 50
"""A search answers so many results at most."""


class Inspector:
    """Calls at a door whose every answer is held against the model.

    The `witness` looks at the whole world before and after what is refused. That writes everything down,
    which could hide what is not written without it.
    """

    def __init__(self, door: FormDoor, held: Holdings) -> None:
        self.door = door
        self.held = held
        self.witness = False

    def look(self) -> None:
        """Look at all there is, without time moving."""
        self.held.pass_time(self.held.now)
        assert round(self.door.now() * 1000) == self.held.now
        listed = self.door.listed("/v1/files", order="asc")
        assert [file["id"] for file in listed] == list(self.held.files)
        listed = self.door.listed(STORES, limit=2)
        assert [store["id"] for store in listed] == list(self.held.stores)[::-1]
        for shown in listed:
            self._look_at_store(self.held.stores[shown["id"]], shown)
        self._look_at_disk()
        while self.held.answered:
            self._look_at_answer(self.held.answered.pop())

    def _look_at_store(self, store: ModelStore, shown: Object) -> None:
        assert shown["file_counts"] == store.counts()
        assert shown["status"] == store.status
        expires = store.active + store.days * DAY if store.days else None
        assert (shown["last_active_at"], shown["expires_at"]) == (store.active, expires)
        path = f"{STORES}/{store.id}"
        entries = self.door.listed(f"{path}/files", limit=2)
        assert _statuses(entries) == _statuses_of(store.of(None))
        assert shown["usage_bytes"] == sum(entry["usage_bytes"] for entry in entries)
        for status in STATUSES:
            of_status = [entry for entry in entries if entry["status"] == status]
            assert self.door.listed(f"{path}/files", filter=status) == of_status
        for entry in entries:
            known = store.entries[entry["id"]]
            assert entry["attributes"] == known.attributes
            assert (entry["last_error"] is not None) == (entry["status"] == "failed")
            if not store.expired:
                self._look_at_content(path, entry, known)
        for batch in store.batches:
            self._look_at_batch(f"{path}/file_batches/{batch.id}", store, batch)
        if not store.expired:
            self.search(store, WORDS)

    def _look_at_content(self, path: str, entry: Object, known: ModelEntry) -> None:
        content = self.door.get(f"{path}/files/{entry['id']}/content")["data"]
        assert bool(content) == (known.status == "completed")
        assert entry["usage_bytes"] == sum(len(part["text"].encode()) + 1024 for part in content)
        if known.file.document.plain:
            assert all(part["text"] in known.file.document.data.decode() for part in content)

    def _look_at_batch(self, path: str, store: ModelStore, batch: ModelBatch) -> None:
        assert _statuses(self.door.listed(f"{path}/files", limit=2)) == _statuses_of(store.of(batch))
        for status in STATUSES:
            listed = self.door.listed(f"{path}/files", filter=status)
            assert len(listed) == store.counts(batch)[status]
        if not store.working(batch):  # reading what is under way would take time
            shown = self.door.get(path)
            assert shown["status"] == batch.status
            assert shown["file_counts"] == store.counts(batch)

    def _look_at_disk(self) -> None:
        assert self.door.blobs() == self.held.contents()
        assert self.door.indexed() == self.held.indexed()
        assert self.door.stored_bytes() == self.held.stored_bytes()

    def _look_at_answer(self, ask: ModelAsk) -> None:
        if ask.thread.id not in self.held.threads:
            return
        steps = self.door.get(f"{ask.path}/steps", SEARCH_CONTENT)["data"]
        (searched,) = (step for step in steps if step["type"] == "tool_calls")
        results = searched["step_details"]["tool_calls"][0]["file_search"]["results"]
        found = {result["file_id"] for result in results}
        assert found <= ask.maybe
        if len(results) < MOST:
            assert found >= ask.surely
        for result in results:
            assert any(word in result["content"][0]["text"] for word in ask.words)

    def search(
        self,
        store: ModelStore,
        asked: Sequence[str],
        filters: Object | None = None,
        wanted: Wanted = lambda has: True,
        most: int = MOST,
    ) -> None:
        body = {"query": " ".join(asked), "max_num_results": most, "filters": filters}
        answer = self.expect(self.held.is_open(store), "POST", f"{STORES}/{store.id}/search", body)
        if not answer.ok:
            return
        results = answer.json["data"]
        expected = store.matching(asked, wanted)
        found = {result["file_id"] for result in results}
        assert found <= expected
        if len(results) < most:
            assert found == expected
        for result in results:
            known = store.entries[result["file_id"]]
            (text,) = (part["text"] for part in result["content"])
            assert any(word in text for word in asked)
            assert result["attributes"] == known.attributes
            assert result["filename"] == known.file.document.name
            if known.file.document.plain:
                assert text in known.file.document.data.decode()

    def delete_everything(self) -> None:
        """Delete whatever there is; nothing of it is left."""
        self.door.advance(61)  # runs that wait look into files by then at the latest
        for thread in self.held.threads:
            self.door.delete(f"/v1/threads/{thread}")
        for path in ("/v1/assistants", "/v1/files", STORES):
            for each in self.door.listed(path):
                self.door.delete(f"{path}/{each['id']}")
        for upload in self.held.uploads.values():
            self.door.call("POST", f"/v1/uploads/{upload.id}/cancel")
        assert list(remains(self.door)) == []
        assert self.door.get("/_mock/clock")["next_due"] is None

    def before(self) -> Object | None:
        """What a refusal must leave as it is, if there is a witness."""
        return self._world() if self.witness else None

    def expect(self, allowed: bool, method: str, path: str, body: Any = None) -> Answer:
        """The answer to a call that is allowed, or is refused and then changes nothing."""
        before = None if allowed else self.before()
        answer = self.door.call(method, path, body)
        self.check(answer, allowed, before)
        return answer

    def check(self, answer: Answer, allowed: bool, before: Object | None) -> None:
        """An answer is a refusal when it has to be, and then nothing changed."""
        assert answer.ok == allowed, answer
        if not allowed:
            assert answer.status in (400, 404)
            assert before is None or self._world() == before

    def _world(self) -> Object:
        """All there is, but for the count of answers."""
        world: Object = self.door.get("/_mock/world")
        del world["counters"]["req"]
        return world


def _statuses(entries: Sequence[Object]) -> list[tuple[str, str]]:
    return [(entry["id"], entry["status"]) for entry in entries]


def _statuses_of(entries: Sequence[ModelEntry]) -> list[tuple[str, str]]:
    return [(entry.file.id, entry.status) for entry in reversed(entries)]
