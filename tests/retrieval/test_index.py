"""The index: what it finds depends on the store's own chunks only, and of what is removed nothing is left."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.chunking import Chunk
from mockserver.retrieval import Found, Index, asked
from mockserver.retrieval.index import CHUNK_OVERHEAD
from tests.properties import law

WORDS = [
    "refund",
    "policy",
    "damaged",
    "goods",
    "the",
    "coffee",
    "退款",
    "政策",
    "🦜",
    "naïve",
    "\ud800",
    "E3",
]
TEXTS = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)
PLACES = st.tuples(st.sampled_from(["p1", "p2"]), st.sampled_from(["vs_1", "vs_2"]))
FILES = st.sampled_from(["f1", "f2", "f3"])
QUERIES = ["What is the refund policy?", "damaged goods coffee", "退款政策", "naive 🦜", "款 e3"]

Change = tuple[str, tuple[str, str], str, list[str]]
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["add", "add", "add", "remove_file", "remove_store", "remove_project"]),
        PLACES,
        FILES,
        st.lists(TEXTS, max_size=4),
    ),
    max_size=12,
)
Contents = dict[tuple[str, str], dict[str, list[str]]]


@contextmanager
def empty() -> Iterator[Index]:
    database = sqlite3.connect(":memory:", isolation_level=None)
    database.executescript(Index.SCHEMA)
    yield Index(database)
    database.close()


def chunks(texts: list[str]) -> list[Chunk]:
    return [Chunk(text, 1) for text in texts]


def change(index: Index, contents: Contents, what: Change) -> None:
    """The same change to the index and to plain dictionaries."""
    verb, (project, store), file, texts = what
    held = contents.setdefault((project, store), {})
    if verb == "add":
        usage = index.add(project, store, file, chunks(texts))
        assert usage == sum(len(text.encode(errors="surrogatepass")) + CHUNK_OVERHEAD for text in texts)
        held.pop(file, None)
        if texts:
            held[file] = texts
    elif verb == "remove_file":
        index.remove_file(project, store, file)
        held.pop(file, None)
    elif verb == "remove_store":
        index.remove_store(project, store)
        held.clear()
    else:
        index.remove_project(project)
        for place, files in contents.items():
            if place[0] == project:
                files.clear()


def dump(index: Index) -> list[tuple[str, list[tuple[object, ...]]]]:
    """Every row of every table that is not FTS5's own, and the names of those that are."""
    tables = [row[0] for row in index.database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    return [
        (
            name,
            [] if name.startswith("chunk_text_") else list(index.database.execute(f"SELECT * FROM {name}")),
        )
        for name in sorted(tables)
    ]


def answers(index: Index, project: str, store: str, limit: int = 50) -> list[list[Found]]:
    return [index.search(project, store, [query], limit=limit) for query in QUERIES]


@given(CHANGES)
@law(100)
def test_a_store_answers_as_if_it_were_alone_and_had_never_held_anything_else(changes: list[Change]) -> None:
    contents: Contents = {}
    with empty() as index:
        for what in changes:
            change(index, contents, what)
        for (project, store), files in contents.items():
            with empty() as alone:
                for file, texts in files.items():
                    alone.add("p", "vs", file, chunks(texts))
                    assert index.texts(project, store, file) == texts
                assert answers(index, project, store) == answers(alone, "p", "vs")


@given(CHANGES)
@law(100)
def test_nothing_is_left_of_what_was_removed(changes: list[Change]) -> None:
    with empty() as index:
        before = dump(index)
        for what in changes:
            change(index, {}, what)
        for project in ("p1", "p2"):
            index.remove_project(project)
        assert dump(index) == before


@given(CHANGES, CHANGES)
@law(100)
def test_writes_are_taken_back_with_the_transaction(kept: list[Change], undone: list[Change]) -> None:
    contents: Contents = {}
    with empty() as index:
        for what in kept:
            change(index, contents, what)
        before = dump(index), [answers(index, *place) for place in contents]
        index.database.execute("BEGIN")
        for what in undone:
            change(index, {}, what)
        index.database.execute("ROLLBACK")
        assert (dump(index), [answers(index, *place) for place in contents]) == before


@given(st.lists(TEXTS, max_size=12), st.integers(1, 5), st.floats(0, 1))
@law(100)
def test_answers_are_ranked_limited_and_scored(texts: list[str], limit: int, threshold: float) -> None:
    with empty() as index:
        for number, text in enumerate(texts):
            index.add("p", "vs", f"f{number}", chunks([text]))
        every = index.search("p", "vs", QUERIES, limit=50)
        assert all(0 < found.score <= 1 and found.text == texts[int(found.file[1:])] for found in every)
        keys = [(-found.score, int(found.file[1:])) for found in every]
        assert keys == sorted(keys)
        some = index.search("p", "vs", QUERIES, limit=limit, threshold=threshold)
        assert some == [found for found in every if found.score >= threshold][:limit]
        best: dict[str, float] = {}
        for query in QUERIES:
            for found in index.search("p", "vs", [query], limit=50):
                best[found.file] = max(best.get(found.file, 0), found.score)
        assert {found.file: found.score for found in every} == best


@given(st.lists(TEXTS, max_size=8), st.sets(st.sampled_from([f"f{number}" for number in range(8)])))
@law(100)
def test_files_narrow_the_search_and_change_no_score(texts: list[str], files: set[str]) -> None:
    with empty() as index:
        for number, text in enumerate(texts):
            index.add("p", "vs", f"f{number}", chunks([text]))
        every = index.search("p", "vs", QUERIES, limit=50)
        narrowed = index.search("p", "vs", QUERIES, limit=50, files=files)
        assert narrowed == [found for found in every if found.file in files]


@given(st.text(max_size=80) | st.text(alphabet="\"'*^:-+(){}ANDORNEAR \0\ud800", max_size=30))
@law(100)
def test_any_text_can_be_indexed_and_searched_for(text: str) -> None:
    with empty() as index:
        index.add("p", "vs", "f", chunks([text, "coffee"]))
        assert index.texts("p", "vs", "f") == [text, "coffee"]
        assert all(found.text in (text, "coffee") for found in index.search("p", "vs", [text], limit=5))
        index.remove_file("p", "vs", "f")
        assert dump(index)[0] == ("chunk", [])


def test_a_common_word_alone_scores_low_and_an_answer_high() -> None:
    with empty() as index:
        index.add(
            "p", "vs", "policy", chunks(["Our refund policy: damaged goods are refunded within 14 days."])
        )
        index.add(
            "p", "vs", "hours", chunks(["The office opens at nine. Coffee and goods lifts are on the left."])
        )
        index.add("p", "vs", "parking", chunks(["Visitors park behind the building."]))
        found = index.search("p", "vs", ["What is our refund policy for damaged goods?"], limit=5)
        assert [each.file for each in found] == ["policy", "hours"]
        assert found[0].score > 0.6
        assert found[1].score < 0.4
        assert index.search("p", "vs", ["What is it, and who are you?"], limit=5) == []
        assert index.search("p", "vs", ["xylophone"], limit=5) == []


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("本店的退款政策:损坏的商品可以在十四天内退款。", "退款政策是什么?"),
        ("破損した商品は14日以内に返金します。", "返金について教えて"),
        ("นโยบายการคืนเงินสำหรับสินค้าที่เสียหาย", "คืนเงินอย่างไร"),
        ("파손된 상품은 14일 이내에 환불됩니다.", "환불 규정"),
        ("क्षतिग्रस्त सामान की धनवापसी नीति", "धनवापसी कैसे मिलेगी"),
        ("La política de reembolso del café", "politica de REEMBOLSO"),
        ("Возврат денег за повреждённый товар", "возврат товара"),
    ],
)
def test_other_scripts_are_found(text: str, query: str) -> None:
    with empty() as index:
        index.add(
            "p", "vs", "other", chunks(["ทะเลสาบ", "湖は静かだ", "호수", "The lake is calm.", "Озеро", "झील"])
        )
        index.add("p", "vs", "right", chunks([text]))
        assert index.search("p", "vs", [query], limit=5)[0].file == "right"


def test_very_long_queries_are_answered() -> None:
    with empty() as index:
        index.add("p", "vs", "f", chunks(["coffee", "tea"]))
        assert index.search("p", "vs", ["coffee " + "word " * 100_000], limit=5)[0].text == "coffee"
        many = "coffee " + " ".join(f"w{number}" for number in range(100_000))
        assert index.search("p", "vs", [many], limit=5)[0].text == "coffee"
        assert index.search("p", "vs", ["x" * 1_000_000], limit=5) == []


def test_one_project_never_finds_what_another_has() -> None:
    with empty() as index:
        index.add("p1", "vs", "f", chunks(["coffee"]))
        assert index.search("p2", "vs", ["coffee"], limit=5) == []
        assert index.texts("p2", "vs", "f") == []


def test_the_context_in_a_file_lifts_a_chunk() -> None:
    """What the title says counts for the pages after it, as far as they say something themselves."""
    with empty() as index:
        for name in ("K20", "K40"):
            index.add("p", "vs", name, chunks([f"{name} manual", "error E3: clean the grinder", "data"]))
        found = index.search("p", "vs", ["error E3 on my K40"], limit=5)
        assert (found[0].file, found[0].position) == ("K40", 1)


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """What happens in stores of many thousand chunks happens in small ones."""
    for name, value in (("_ROWS_READ", 3), ("_CANDIDATES", 4), ("_WITH_CONTEXT", 2), ("_FEW", 1)):
        monkeypatch.setattr(asked, name, value)


@pytest.mark.usefixtures("small_limits")
def test_common_words_are_read_only_as_far_as_needed() -> None:
    with empty() as index:
        for number in range(20):
            index.add("p", "vs", f"f{number}", chunks(["coffee policy", "coffee goods", f"tea {number}"]))
        index.add("p", "vs", "rare", chunks(["refund policy for coffee"]))
        index.add("p", "vs", "both", chunks(["coffee beans are damaged goods"]))
        assert index.search("p", "vs", ["coffee refund"], limit=1)[0].file == "rare"
        assert index.search("p", "vs", ["damaged coffee goods"], limit=1)[0].file == "both"
        assert len(index.search("p", "vs", ["coffee"], limit=3)) == 3
        assert index.search("p", "vs", ["coffee goods"], limit=1)[0].text == "coffee goods"
        assert {
            found.file for found in index.search("p", "vs", ["coffee"], limit=5, files=["f18", "f19"])
        } == {
            "f18",
            "f19",
        }


@pytest.mark.usefixtures("small_limits")
@given(st.lists(TEXTS, max_size=20))
@law(100)
def test_with_any_limits_what_matches_is_found_once(texts: list[str]) -> None:
    with empty() as index:
        for number, text in enumerate(texts):
            index.add("p", "vs", f"f{number}", chunks([text]))
        for query in QUERIES:
            found = index.search("p", "vs", [query], limit=50)
            assert len({each.file for each in found}) == len(found)
            for each in found:
                assert [each] == index.search("p", "vs", [query], limit=50, files=[each.file])
