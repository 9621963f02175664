"""Vector stores and the files in them: helpers that poll, lists, attributes, search, deletion."""

from __future__ import annotations

import io
from typing import Any

import openai

from tests.sdks.checks import check
from tests.sdks.sdk import Json, Sdk, awake, every, got, needs, refused

TEXTS = {
    "moon.md": "# The moon\n\nThe moon is made of rock and has no atmosphere.",
    "tea.txt": "Green tea is brewed at eighty degrees for two minutes.",
    "bridge.txt": "The suspension bridge was opened in 1932 and carries eight lanes.",
}


async def store_with(sdk: Sdk, texts: dict[str, str], **options: Any) -> tuple[Any, dict[str, str]]:
    """A vector store with these texts indexed, and the ids of its files by name."""
    ids = {}
    for name, text in texts.items():
        ids[name] = (await got(sdk.files.create(file=(name, text.encode()), purpose="assistants"))).id
    store = await got(sdk.vector_stores.create(**options))
    with awake():
        await got(sdk.vector_stores.file_batches.create_and_poll(store.id, file_ids=list(ids.values())))
    return await got(sdk.vector_stores.retrieve(store.id)), ids


def counts(one: Any) -> Json:
    """How many files of a store or batch are in which state."""
    shown: Json = one.file_counts.model_dump()
    return {status: number for status, number in shown.items() if number}


@check
async def vector_store_life(sdk: Sdk) -> None:
    """A store without files is ready at once; it is changed, listed, and deleted."""
    until = {"anchor": "last_active_at", "days": 2}
    made = await got(sdk.vector_stores.create(name="Books", expires_after=until, metadata={"team": "a"}))
    assert made.id.startswith("vs_")
    assert (made.object, made.name, made.status, made.usage_bytes) == (
        "vector_store",
        "Books",
        "completed",
        0,
    )
    assert (counts(made), made.metadata) == ({}, {"team": "a"})
    assert (made.expires_after.days, made.expires_at) == (2, made.last_active_at + 2 * 86_400)
    assert await got(sdk.vector_stores.retrieve(made.id)) == made
    changed = await got(sdk.vector_stores.update(made.id, name="Papers", expires_after=None))
    assert (changed.name, changed.expires_after, changed.expires_at) == ("Papers", None, None)
    assert changed.metadata == {"team": "a"}
    ids = [made.id] + [(await got(sdk.vector_stores.create(name=str(n)))).id for n in range(4)]
    for order, wanted in (("asc", ids), ("desc", ids[::-1])):
        assert [one.id for one in await every(sdk.vector_stores.list(order=order, limit=2))] == wanted
    page = await got(sdk.vector_stores.list(order="asc", before=ids[3], limit=10))
    assert [one.id for one in page.data] == ids[:3]
    gone = await got(sdk.vector_stores.delete(made.id))
    assert (gone.id, gone.object, gone.deleted) == (made.id, "vector_store.deleted", True)
    for call in (sdk.vector_stores.retrieve, sdk.vector_stores.delete):
        error = await refused(lambda call=call: call(made.id), openai.NotFoundError)
        assert error.body["message"] == f"No vector store found with id '{made.id}'."
        assert (error.status_code, error.code) == (404, None)


@check
async def vector_store_with_files(sdk: Sdk) -> None:
    """A store made of files is in progress until all are indexed."""
    ids = []
    for name, text in TEXTS.items():
        ids.append((await got(sdk.files.create(file=(name, text.encode()), purpose="assistants"))).id)
    store = await got(sdk.vector_stores.create(file_ids=ids))
    assert (store.status, counts(store), store.usage_bytes) == (
        "in_progress",
        {"in_progress": 3, "total": 3},
        0,
    )
    seen = [store]
    while seen[-1].status == "in_progress" and len(seen) < 9:
        seen.append(await got(sdk.vector_stores.retrieve(store.id)))
    assert (seen[-1].status, counts(seen[-1])) == ("completed", {"completed": 3, "total": 3})
    assert seen[-1].usage_bytes > 0
    files = await every(sdk.vector_stores.files.list(store.id))
    assert sum(file.usage_bytes for file in files) == seen[-1].usage_bytes


@check
async def store_file_helpers(sdk: Sdk) -> None:
    """`upload`, `upload_and_poll`, `create_and_poll` and `poll`: in virtual time none of them sleeps."""
    store, files = await got(sdk.vector_stores.create()), sdk.vector_stores.files
    text = TEXTS["moon.md"].encode()
    with awake():
        entry = await got(files.upload_and_poll(vector_store_id=store.id, file=("moon.md", text)))
        assert (entry.status, entry.last_error, entry.vector_store_id) == ("completed", None, store.id)
        assert entry.usage_bytes > 0
        file = await got(sdk.files.create(file=("tea.txt", io.BytesIO(b"Green tea.")), purpose="assistants"))
        entry = await got(files.create_and_poll(file.id, vector_store_id=store.id))
        assert (entry.id, entry.status) == (file.id, "completed")
        entry = await got(files.upload(vector_store_id=store.id, file=("bridge.txt", b"A bridge.")))
        assert (entry.status, entry.usage_bytes) == ("in_progress", 0)
        entry = await got(files.poll(entry.id, vector_store_id=store.id))
        assert entry.status == "completed"
    assert counts(await got(sdk.vector_stores.retrieve(store.id))) == {"completed": 3, "total": 3}
    uploaded = await every(await got(sdk.files.list()))
    assert {file.filename: file.purpose for file in uploaded} == dict.fromkeys(TEXTS, "assistants")


@check
async def store_file_lists(sdk: Sdk) -> None:
    """Pages in both orders, and only the files of one status."""
    sdk.new_world(latency={"profile": "realistic", "indexing": "5m"})
    store, ids = await store_with(sdk, {f"{n}.txt": f"Text {n}." for n in range(5)})
    late = await got(sdk.vector_stores.files.upload(vector_store_id=store.id, file=("late.txt", b"x")))
    files = sdk.vector_stores.files
    made = [entry.id for entry in await every(files.list(store.id, order="asc"))]
    assert sorted(made) == sorted([*ids.values(), late.id])
    for order, wanted in (("asc", made), ("desc", made[::-1])):
        assert [one.id for one in await every(files.list(store.id, order=order, limit=2))] == wanted
    assert [one.id for one in await every(files.list(store.id, filter="in_progress"))] == [late.id]
    assert {one.id for one in await every(files.list(store.id, filter="completed"))} == set(ids.values())
    assert await every(files.list(store.id, filter="failed")) == []


@check
async def store_file_deletion(sdk: Sdk) -> None:
    """Taking a file out of a store leaves the file; deleting the file takes it out of the store."""
    store, ids = await store_with(sdk, TEXTS)
    files = sdk.vector_stores.files
    gone = await got(files.delete(ids["moon.md"], vector_store_id=store.id))
    assert (gone.id, gone.object, gone.deleted) == (ids["moon.md"], "vector_store.file.deleted", True)
    error = await refused(
        lambda: files.retrieve(ids["moon.md"], vector_store_id=store.id), openai.NotFoundError
    )
    assert error.body["message"].startswith(f"No file found with id '{ids['moon.md']}' in vector store")
    await got(sdk.files.retrieve(ids["moon.md"]))
    assert counts(await got(sdk.vector_stores.retrieve(store.id))) == {"completed": 2, "total": 2}
    await got(sdk.files.delete(ids["tea.txt"]))
    assert [entry.id for entry in await every(files.list(store.id))] == [ids["bridge.txt"]]
    await got(files.delete(ids["bridge.txt"], vector_store_id=store.id))
    empty = await got(sdk.vector_stores.retrieve(store.id))
    assert (counts(empty), empty.usage_bytes, empty.status) == ({}, 0, "completed")


@check
async def store_file_refused(sdk: Sdk) -> None:
    """What cannot be searched by its name is refused at once, unknown files as well."""
    store = await got(sdk.vector_stores.create())
    picture = await got(sdk.files.create(file=("a.png", b"x"), purpose="assistants"))
    told = (
        "Files with extensions [.png] are not supported for retrieval. See"
        " https://platform.openai.com/docs/assistants/tools/file-search/supported-files"
    )
    for call in (
        lambda: sdk.vector_stores.files.create(store.id, file_id=picture.id),
        lambda: sdk.vector_stores.file_batches.create(store.id, file_ids=[picture.id]),
        lambda: sdk.vector_stores.create(file_ids=[picture.id]),
    ):
        error = await refused(call, openai.BadRequestError)
        assert error.body["message"] == told
        assert (error.code, error.param) == ("unsupported_file", "file_ids")
    await refused(lambda: sdk.vector_stores.files.create(store.id, file_id="file-x"), openai.BadRequestError)
    assert counts(await got(sdk.vector_stores.retrieve(store.id))) == {}


@check
async def store_file_failed(sdk: Sdk) -> None:
    """What cannot be read by its content fails later, and the helper returns it failed."""
    store = await got(sdk.vector_stores.create())
    with awake():
        entry = await got(
            sdk.vector_stores.files.upload_and_poll(vector_store_id=store.id, file=("a.pdf", b"no PDF"))
        )
    assert (entry.status, entry.usage_bytes) == ("failed", 0)
    assert entry.last_error.code in ("unsupported_file", "invalid_file")
    assert entry.last_error.message
    assert counts(await got(sdk.vector_stores.retrieve(store.id))) == {"failed": 1, "total": 1}


@check
async def store_file_attributes(sdk: Sdk) -> None:
    """Attributes and chunks are set with the file; attributes are replaced later."""
    files = sdk.vector_stores.files
    needs(files, "update")
    store = await got(sdk.vector_stores.create())
    file = await got(sdk.files.create(file=("tea.txt", b"Green tea."), purpose="assistants"))
    sizes = {"max_chunk_size_tokens": 200, "chunk_overlap_tokens": 50}
    given = {"year": 1932, "kind": "tea", "hot": True}
    with awake():
        entry = await got(
            files.create_and_poll(
                file.id,
                vector_store_id=store.id,
                attributes=given,
                chunking_strategy={"type": "static", "static": sizes},
            )
        )
    assert entry.attributes == given
    assert (entry.chunking_strategy.type, entry.chunking_strategy.static.model_dump()) == ("static", sizes)
    changed = await got(files.update(file.id, vector_store_id=store.id, attributes={"kind": "drink"}))
    assert (changed.status, changed.attributes) == ("completed", {"kind": "drink"})
    assert (await got(files.retrieve(file.id, vector_store_id=store.id))).attributes == {"kind": "drink"}
    many = {str(number): number for number in range(17)}
    await refused(
        lambda: files.update(file.id, vector_store_id=store.id, attributes=many), openai.BadRequestError
    )


@check
async def store_file_content(sdk: Sdk) -> None:
    """The text of a file as it was indexed, chunk by chunk."""
    files = sdk.vector_stores.files
    needs(files, "content")
    text = " ".join(f"Sentence number {number} is here." for number in range(60))
    store = await got(sdk.vector_stores.create())
    file = await got(sdk.files.create(file=("long.txt", text.encode()), purpose="assistants"))
    sizes = {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 0}
    strategy = {"type": "static", "static": sizes}
    await got(files.create(store.id, file_id=file.id, chunking_strategy=strategy))
    with awake():
        await got(files.poll(file.id, vector_store_id=store.id))
    parts = await every(files.content(file.id, vector_store_id=store.id))
    assert len(parts) > 2
    assert {part.type for part in parts} == {"text"}
    assert "".join("".join(part.text.split()) for part in parts) == "".join(text.split())


@check
async def search(sdk: Sdk) -> None:
    """The right passage comes first; filters, thresholds, numbers and several queries are heeded."""
    needs(sdk.vector_stores, "search")
    store, ids = await store_with(sdk, TEXTS)
    for name, file_id in ids.items():
        attributes = {"name": name, "size": len(TEXTS[name])}
        await got(sdk.vector_stores.files.update(file_id, vector_store_id=store.id, attributes=attributes))

    async def found(query: Any, **options: Any) -> list[Any]:
        return await every(sdk.vector_stores.search(store.id, query=query, **options))

    best = (await found("How hot should green tea be brewed?"))[0]
    assert (best.file_id, best.filename) == (ids["tea.txt"], "tea.txt")
    assert best.content[0].text == TEXTS["tea.txt"]
    assert (best.attributes, 0 < best.score <= 1) == (
        {"name": "tea.txt", "size": len(TEXTS["tea.txt"])},
        True,
    )
    both = await found(["moon atmosphere", "suspension bridge"])
    assert {result.filename for result in both} == {"moon.md", "bridge.txt"}
    assert len(await found(["moon atmosphere", "suspension bridge"], max_num_results=1)) == 1
    scored = await found(["moon", "bridge"], ranking_options={"score_threshold": 1.0})
    assert all(result.score == 1.0 for result in scored)
    only = {"type": "eq", "key": "name", "value": "moon.md"}
    assert await found("green tea", filters=only) == []
    either = {"type": "or", "filters": [only, {"type": "gt", "key": "size", "value": 10_000}]}
    assert [result.filename for result in await found("moon", filters=either)] == ["moon.md"]
    assert (await found("What is the moon made of?", rewrite_query=True))[0].filename == "moon.md"
    await got(sdk.files.delete(ids["moon.md"]))
    assert "moon.md" not in [result.filename for result in await found("moon atmosphere")]
    await refused(lambda: sdk.vector_stores.search("vs_x", query="moon"), openai.NotFoundError)


@check
async def search_before_indexing(sdk: Sdk) -> None:
    """A search finds what is indexed at its moment, no more."""
    needs(sdk.vector_stores, "search")
    store = await got(sdk.vector_stores.create())
    entry = await got(
        sdk.vector_stores.files.upload(vector_store_id=store.id, file=("a.txt", b"The moon is rock."))
    )
    assert await every(sdk.vector_stores.search(store.id, query="moon")) == []
    with awake():
        await got(sdk.vector_stores.files.poll(entry.id, vector_store_id=store.id))
    results = await every(sdk.vector_stores.search(store.id, query="moon"))
    assert [result.file_id for result in results] == [entry.id]
