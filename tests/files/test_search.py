"""Searching a vector store: queries, filters, ranking, and what is there to be found at all."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import openai
import pytest

from harness.control import Control
from mockserver.server import Server
from tests.conftest import Raw
from tests.files.library import ready, refused, settled, upload

TEXTS = {
    "france.md": "Paris is the capital of France. The Seine flows through it.",
    "italy.md": "Rome is the capital of Italy. The Tiber flows through it.",
    "rivers.txt": "The Danube flows through Vienna, Bratislava, Budapest and Belgrade.",
    "cooking.txt": "Boil the spaghetti in salted water for nine minutes.",
}
ATTRIBUTES: dict[str, dict[str, Any]] = {
    "france.md": {"lang": "fr", "year": 2020, "draft": False, "score": 1},
    "italy.md": {"lang": "it", "year": 2021, "draft": True, "score": 1.5},
    "rivers.txt": {"lang": "de", "year": 2022, "draft": False},
    "cooking.txt": {},
}
EVERYTHING = "capital flows spaghetti"


def filled(client: openai.OpenAI) -> str:
    """A store with all the texts and their attributes."""
    made = client.vector_stores.create().id
    for name, text in TEXTS.items():
        file = upload(client, name, text).id
        client.vector_stores.files.create(made, file_id=file, attributes=ATTRIBUTES[name])
    return settled(client, made).id


@pytest.fixture
def store(client: openai.OpenAI) -> str:
    """Such a store in this test's world."""
    return filled(client)


@dataclass(frozen=True)
class Kept:
    """A world with such a store that many tests search and none changes."""

    client: openai.OpenAI
    raw: Raw
    store: str


@pytest.fixture(scope="module")
def kept(server: Server, any_client: openai.OpenAI) -> Iterator[Kept]:
    """The same world for all tests that only search."""
    raw = Raw(server.host, server.port, f"sk-test-{uuid.uuid4().hex}")
    client = any_client.with_options(api_key=raw.key)
    yield Kept(client, raw, filled(client))
    raw.connection.close()


def names(client: openai.OpenAI, store: str, query: Any, **more: Any) -> list[str]:
    """The names of the files found, best first."""
    return [found.filename for found in client.vector_stores.search(store, query=query, **more)]


# Queries


def test_the_answer_to_a_search(client: openai.OpenAI, raw: Raw, store: str) -> None:
    """All members of page and results; best first, scores from 0 to 1, the same every time."""
    path, body = f"/v1/vector_stores/{store}/search", {"query": "What is the capital of Italy?"}
    answer = raw("POST", path, body)
    assert list(answer.body) == ["object", "search_query", "data", "has_more", "next_page"]
    assert answer.body["object"] == "vector_store.search_results.page"
    assert answer.body["search_query"] == ["What is the capital of Italy?"]
    assert (answer.body["has_more"], answer.body["next_page"]) == (False, None)
    best = answer.body["data"][0]
    assert list(best) == ["file_id", "filename", "score", "attributes", "content"]
    assert (best["filename"], best["attributes"]) == ("italy.md", ATTRIBUTES["italy.md"])
    assert best["content"] == [{"type": "text", "text": TEXTS["italy.md"]}]
    scores = [found["score"] for found in answer.body["data"]]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)
    assert raw("POST", path, body).raw == answer.raw


def test_several_queries_are_one_search(client: openai.OpenAI, raw: Raw, store: str) -> None:
    """What answers any of them best comes first, and nothing comes twice."""
    asked = ["the Danube in Vienna", "how long to boil spaghetti", "Danube"]
    found = raw("POST", f"/v1/vector_stores/{store}/search", {"query": asked}).body
    assert found["search_query"] == asked
    listed = [each["filename"] for each in found["data"]]
    assert set(listed[:2]) == {"rivers.txt", "cooking.txt"}
    assert len(listed) == len(set(listed))
    assert names(client, store, [asked[0]]) == names(client, store, asked[0])


def test_a_query_is_rewritten_to_what_it_looks_for(client: openai.OpenAI, raw: Raw, store: str) -> None:
    """The rewritten query is shown; where nothing would be left, it stays as it was."""
    path = f"/v1/vector_stores/{store}/search"
    found = raw("POST", path, {"query": "What is the capital of Italy?", "rewrite_query": True}).body
    assert found["search_query"] == ["capital Italy"]
    assert found["data"][0]["filename"] == "italy.md"
    both = raw("POST", path, {"query": ["Where is the Danube?", "what is it"], "rewrite_query": True}).body
    assert both["search_query"] == ["Danube", "what is it"]
    plain = raw("POST", path, {"query": "What is the capital?", "rewrite_query": False}).body
    assert plain["search_query"] == ["What is the capital?"]


@pytest.mark.parametrize(
    "query",
    [
        "",
        " ",
        "?",
        "xyzzy plugh",
        "the of and",
        '"',
        "AND OR NOT NEAR",
        "capital*",
        'a" OR "b',
        "'; DROP TABLE x",
        "\0",
        "日本",
    ],
)
def test_queries_that_find_little_are_no_errors(kept: Kept, query: str) -> None:
    """E-102: 200; what looks like the syntax of some search engine is only words."""
    answer = kept.raw("POST", f"/v1/vector_stores/{kept.store}/search", {"query": query})
    assert answer.status == 200
    assert answer.body["search_query"] == [query]
    assert all(found["filename"] == "france.md" or query == "capital*" for found in answer.body["data"])


def test_a_very_long_query_is_answered(client: openai.OpenAI, store: str) -> None:
    """A whole document may be the question."""
    assert names(client, store, "Danube " + " ".join(f"w{number}" for number in range(20_000))) == [
        "rivers.txt"
    ]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Der Müller mahlt in Köln das Getreide.", "Wo mahlt der MÜLLER?"),
        ("東京は日本の首都です。", "日本の首都はどこですか"),
        ("Москва — столица России.", "столица россии"),
        ("القاهرة عاصمة مصر", "عاصمة مصر"),
        ("The 🦊 jumped over the fence.", "who jumped a fence"),
        ("Call parse_http_header(line) first.", "parse_http_header"),
        ("Invoice INV-2024-0042 is due.", "INV-2024-0042"),
    ],
)
def test_words_of_any_script_are_found(client: openai.OpenAI, text: str, query: str) -> None:
    """Among others that do not have them."""
    files = [upload(client, "hit.txt", text).id, upload(client, "miss.txt", TEXTS["cooking.txt"]).id]
    assert names(client, ready(client, *files).id, query) == ["hit.txt"]


# How many, how good


def test_how_many_results_are_answered(client: openai.OpenAI, raw: Raw) -> None:
    """Ten where nothing is said, 1 to 50 when asked; E-122 beyond."""
    text = "".join(f"Passage {number} about the otter. " * 20 for number in range(200))
    sizes: Any = {"type": "static", "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 0}}
    store = ready(client, upload(client, "long.txt", text).id, chunking_strategy=sizes).id
    assert len(names(client, store, "otter")) == 10
    for most in (1, 11, 50):
        assert len(names(client, store, "otter", max_num_results=most)) == most
    path = f"/v1/vector_stores/{store}/search"
    error = raw("POST", path, {"query": "otter", "max_num_results": 51}).body["error"]
    assert error == {
        "message": "Invalid 'max_num_results': integer above maximum value. Expected a value <= 50, but"
        " got 51 instead.",
        "type": "invalid_request_error",
        "param": "max_num_results",
        "code": "integer_above_max_value",
    }
    assert (
        raw("POST", path, {"query": "otter", "max_num_results": 0}).body["error"]["code"]
        == "integer_below_min_value"
    )
    assert raw("POST", path, {"query": "otter", "max_num_results": None}).status == 200


def test_a_threshold_keeps_what_is_good_enough(client: openai.OpenAI, store: str) -> None:
    """Every score at or above it, and no other."""
    found = client.vector_stores.search(store, query="the capital of Italy and the Tiber").data
    assert len(found) > 1
    for threshold in (0.0, found[-1].score, found[0].score, math.nextafter(found[0].score, 2), 1.0):
        kept = client.vector_stores.search(
            store, query="the capital of Italy and the Tiber", ranking_options={"score_threshold": threshold}
        ).data
        assert kept == [each for each in found if each.score >= threshold]


@pytest.mark.parametrize("ranker", ["none", "auto", "default-2024-11-15"])
def test_every_published_ranker_is_known(client: openai.OpenAI, store: str, ranker: Any) -> None:
    """They rank alike here."""
    assert names(client, store, "spaghetti", ranking_options={"ranker": ranker}) == ["cooking.txt"]


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ({}, "query", "missing_required_parameter"),
        ({"query": None}, "query", "invalid_type"),
        ({"query": 7}, "query", "invalid_type"),
        ({"query": []}, "query", "empty_array"),
        ({"query": ["a", 7]}, "query[1]", "invalid_type"),
        ({"query": "a", "rewrite_query": "yes"}, "rewrite_query", "invalid_type"),
        ({"query": "a", "limit": 3}, "limit", "unknown_parameter"),
        (
            {"query": "a", "ranking_options": {"ranker": "default_2024_08_21"}},
            "ranking_options.ranker",
            "invalid_value",
        ),
        (
            {"query": "a", "ranking_options": {"score_threshold": 1.1}},
            "ranking_options.score_threshold",
            "decimal_above_max_value",
        ),
        (
            {"query": "a", "ranking_options": {"score_threshold": -0.1}},
            "ranking_options.score_threshold",
            "decimal_below_min_value",
        ),
        ({"query": "a", "filters": []}, "filters", "invalid_type"),
        ({"query": "a", "filters": {}}, "filters.type", "missing_required_parameter"),
        (
            {"query": "a", "filters": {"type": "like", "key": "a", "value": "b"}},
            "filters.type",
            "invalid_value",
        ),
        (
            {"query": "a", "filters": {"type": "eq", "key": "a"}},
            "filters.value",
            "missing_required_parameter",
        ),
        (
            {"query": "a", "filters": {"type": "eq", "value": 1}},
            "filters.key",
            "missing_required_parameter",
        ),
        (
            {"query": "a", "filters": {"type": "eq", "key": "a", "value": None}},
            "filters.value",
            "invalid_type",
        ),
        (
            {"query": "a", "filters": {"type": "eq", "key": "a", "value": [1]}},
            "filters.value",
            "invalid_type",
        ),
        (
            {"query": "a", "filters": {"type": "in", "key": "a", "value": "b"}},
            "filters.value",
            "invalid_type",
        ),
        (
            {"query": "a", "filters": {"type": "in", "key": "a", "value": [{}]}},
            "filters.value[0]",
            "invalid_type",
        ),
        ({"query": "a", "filters": {"type": "and"}}, "filters.filters", "missing_required_parameter"),
        (
            {"query": "a", "filters": {"type": "and", "filters": [{"type": "or", "filters": [7]}]}},
            "filters.filters[0].filters[0]",
            "invalid_type",
        ),
        (
            {"query": "a", "filters": {"type": "eq", "key": "a", "value": 1, "filters": []}},
            "filters.filters",
            "unknown_parameter",
        ),
    ],
)
def test_a_search_that_cannot_be_understood(kept: Kept, body: Any, param: str, code: str) -> None:
    """The path says where."""
    answer = kept.raw("POST", f"/v1/vector_stores/{kept.store}/search", body)
    error = answer.body["error"]
    assert (answer.status, error["param"], error["code"]) == (400, param, code)


# Filters


def comparing(kind: str, key: str, value: Any) -> dict[str, Any]:
    """A filter that compares."""
    return {"type": kind, "key": key, "value": value}


def both(*filters: dict[str, Any], kind: str = "and") -> dict[str, Any]:
    """Filters together."""
    return {"type": kind, "filters": list(filters)}


FILTERS: list[tuple[dict[str, Any], set[str]]] = [
    (comparing("eq", "lang", "fr"), {"france.md"}),
    (comparing("eq", "lang", "FR"), set()),
    (comparing("ne", "lang", "fr"), {"italy.md", "rivers.txt", "cooking.txt"}),
    (comparing("gt", "year", 2020), {"italy.md", "rivers.txt"}),
    (comparing("gte", "year", 2020), {"france.md", "italy.md", "rivers.txt"}),
    (comparing("lt", "year", 2021), {"france.md"}),
    (comparing("lte", "year", 2021), {"france.md", "italy.md"}),
    (comparing("eq", "year", 2021.0), {"italy.md"}),
    (comparing("eq", "year", "2021"), set()),
    (comparing("gt", "score", 1), {"italy.md"}),
    (comparing("gt", "lang", "e"), {"france.md", "italy.md"}),
    (comparing("gt", "lang", 5), set()),
    (comparing("eq", "draft", True), {"italy.md"}),
    (comparing("eq", "draft", False), {"france.md", "rivers.txt"}),
    (comparing("eq", "score", True), set()),
    (comparing("eq", "draft", 0), set()),
    (comparing("eq", "unknown", "x"), set()),
    (comparing("in", "lang", ["fr", "de"]), {"france.md", "rivers.txt"}),
    (comparing("in", "lang", []), set()),
    (comparing("in", "year", [2020, "x", True]), {"france.md"}),
    (comparing("nin", "lang", ["fr", "de"]), {"italy.md", "cooking.txt"}),
    (comparing("nin", "lang", []), set(TEXTS)),
    (both(comparing("gte", "year", 2020), comparing("eq", "draft", False)), {"france.md", "rivers.txt"}),
    (
        both(comparing("eq", "lang", "fr"), comparing("eq", "lang", "it"), kind="or"),
        {"france.md", "italy.md"},
    ),
    (both(comparing("eq", "lang", "fr"), comparing("eq", "lang", "it")), set()),
    (
        both(
            both(comparing("eq", "lang", "de"), comparing("lt", "year", 2021), kind="or"),
            both(comparing("ne", "draft", True), comparing("in", "lang", ["de", "it"])),
        ),
        {"rivers.txt"},
    ),
    (both(), set(TEXTS)),
]


@pytest.mark.parametrize(
    ("filters", "expected"), FILTERS, ids=[f"{n}-{f['type']}" for n, (f, _) in enumerate(FILTERS)]
)
def test_filters_narrow_a_search(kept: Kept, filters: Any, expected: set[str]) -> None:
    """All operators, by type and value, alone and together."""
    assert set(names(kept.client, kept.store, EVERYTHING, filters=filters)) == expected


def nested(depth: int) -> dict[str, Any]:
    """A filter that deep."""
    filters = comparing("eq", "lang", "fr")
    for _ in range(depth):
        filters = both(filters)
    return filters


def test_filters_nest_deeply(client: openai.OpenAI, raw: Raw, store: str) -> None:
    """As deep as a body may be; what is deeper is refused, not a 500."""
    assert names(client, store, EVERYTHING, filters=nested(60)) == ["france.md"]
    answer = raw("POST", f"/v1/vector_stores/{store}/search", {"query": "x", "filters": nested(300)})
    assert answer.status == 400


def test_filters_see_attributes_as_they_are_now(client: openai.OpenAI, store: str) -> None:
    """An update counts from the next search on."""
    wanted: Any = comparing("eq", "lang", "pasta")
    assert names(client, store, EVERYTHING, filters=wanted) == []
    cooking = client.vector_stores.search(store, query="spaghetti").data[0].file_id
    client.vector_stores.files.update(cooking, vector_store_id=store, attributes={"lang": "pasta"})
    assert names(client, store, EVERYTHING, filters=wanted) == ["cooking.txt"]


# What is there


def moments(client: openai.OpenAI, control: Control, store: str, seconds: int) -> Iterator[list[str]]:
    """What a search finds now and after each of these seconds."""
    yield names(client, store, EVERYTHING)
    for _ in range(seconds):
        control.advance(1)
        yield sorted(names(client, store, EVERYTHING))


def test_a_search_finds_what_is_indexed_at_that_moment(client: openai.OpenAI, control: Control) -> None:
    """Nothing of files on their way, of failed, cancelled or detached ones; searching takes no time."""
    control.new_world(latency={"profile": "instant", "indexing_bytes_per_second": 100})
    first = upload(client, "first.txt", "capital " * 12).id  # 96 bytes: 960 ms
    second = upload(client, "second.txt", "capital " * 25).id  # 200 bytes: 2 s
    bad = upload(client, "bad.json", b"capital \0").id
    store = client.vector_stores.create(file_ids=[first, second, bad]).id
    found = list(moments(client, control, store, 3))
    assert found == [[], ["first.txt"], ["first.txt", "second.txt"], ["first.txt", "second.txt"]]
    client.vector_stores.files.delete(first, vector_store_id=store)
    assert names(client, store, EVERYTHING) == ["second.txt"]
    client.files.delete(second)
    assert names(client, store, EVERYTHING) == []


def test_stores_are_searched_apart(client: openai.OpenAI) -> None:
    """One file in two stores; leaving one does not leave the other."""
    file = upload(client, "a.txt", TEXTS["france.md"]).id
    one, two = ready(client, file).id, ready(client, file).id
    client.vector_stores.files.delete(file, vector_store_id=one)
    assert (names(client, one, "Paris"), names(client, two, "Paris")) == ([], ["a.txt"])
    assert refused(client.vector_stores.search, "vs_unknown", query="Paris")["status"] == 404
