"""Answers that quote what was found: the right sentence, and annotations that stand where their marks do."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.deltas import content_deltas
from mockserver.quoting import QUOTE_MAX, SOURCES, answer, citation, marker, marks, quotation

STEADY = settings(derandomize=True, deadline=None, database=None)

PASSAGE = """# Opening hours

The library opens at nine. It closes at six, except on Fridays!
Loans last three weeks.
Are dogs allowed? Dogs may wait in the hall.
"""


def result(name: str = "a.txt", text: str = "Some text.", score: float = 0.5, **more: Any) -> dict[str, Any]:
    content = [{"type": "text", "text": text}]
    return {"file_id": f"file-{name}", "file_name": name, "score": score, "content": content, **more}


def check_annotations(part: dict[str, Any]) -> list[dict[str, Any]]:
    """The annotations of a text part, each of which must stand where it says."""
    value, annotations = part["text"]["value"], part["text"]["annotations"]
    for annotation in annotations:
        assert value[annotation["start_index"] : annotation["end_index"]] == annotation["text"]
    places = [(annotation["start_index"], annotation["end_index"]) for annotation in annotations]
    assert places == sorted(set(places))
    assert all(end <= start for (_, end), (start, _) in pairwise(places))
    return list(annotations)


def test_an_answer_quotes_names_its_file_and_cites_it() -> None:
    part = answer("When does the library close?", [result("hours.md", PASSAGE)])
    value = "hours.md says: “The library opens at nine. It closes at six, except on Fridays!”【4:0†hours.md】"
    assert part == {
        "type": "text",
        "text": {
            "value": value,
            "annotations": [
                {
                    "type": "file_citation",
                    "text": "【4:0†hours.md】",
                    "start_index": len(value) - len("【4:0†hours.md】"),
                    "end_index": len(value),
                    "file_citation": {"file_id": "file-hours.md"},
                }
            ],
        },
    }


def test_each_file_is_cited_once_by_the_place_of_its_best_passage() -> None:
    results = [
        result("a.txt", score=0.9),
        result("a.txt", score=0.8),
        result("b.txt", score=0.6),
        result("c.txt", score=0.45),
        result("d.txt", score=0.45),
        result("e.txt", score=0.44),
    ]
    cited = [annotation["text"] for annotation in check_annotations(answer("text", results))]
    assert cited == [marker(0, "a.txt"), marker(2, "b.txt"), marker(3, "c.txt")]
    weak = [result("a.txt", score=0.9), result("b.txt", score=0.44)]
    assert [each["text"] for each in check_annotations(answer("text", weak))] == [marker(0, "a.txt")]


def test_a_passage_without_words_is_only_referred_to() -> None:
    part = answer("x", [result("a.txt", " \n\t "), {**result("b.txt"), "content": []}])
    assert part["text"]["value"] == "See a.txt.【4:0†a.txt】\n\nSee b.txt.【4:1†b.txt】"
    assert len(check_annotations(part)) == 2


def test_nothing_found_says_nothing() -> None:
    assert answer("x", []) == {"type": "text", "text": {"value": "", "annotations": []}}


@pytest.mark.parametrize(
    ("query", "quoted"),
    [
        ("How long do loans last?", "Loans last three weeks."),
        ("May dogs wait in the hall?", "Dogs may wait in the hall."),
        (
            "Does the library close on Fridays?",
            "The library opens at nine. It closes at six, except on Fridays!",
        ),
        ("opening hours", "The library opens at nine."),
        ("nothing of the kind", "The library opens at nine."),
        ("", "The library opens at nine."),
    ],
)
def test_a_quotation_is_what_tells_most(query: str, quoted: str) -> None:
    assert quotation(query, PASSAGE) == quoted


@pytest.mark.parametrize(
    ("passage", "quoted"),
    [
        ("Title\n\nText of it.", "Text of it."),
        ("Title", "Title"),
        ("# One\n\n# Two", "One"),
        ("#\n0", "0"),
        ("#", ""),
        (" \n\t\n ", ""),
        ("", ""),
    ],
)
def test_a_heading_is_quoted_only_where_there_is_nothing_else(passage: str, quoted: str) -> None:
    assert quotation("nothing of the kind", passage) == quoted


def test_sentences_end_in_other_scripts_too() -> None:
    assert quotation("犬", "図書館は九時に開きます。犬は入れません。") == "犬は入れません。"


@pytest.mark.parametrize("words", [10, 59, 60, 61, 500])
def test_a_long_sentence_is_cut_between_words(words: int) -> None:
    quoted = quotation("word", "word " * words)
    assert len(quoted) <= QUOTE_MAX + 2
    assert quoted.removesuffix(" …").split(" ") == ["word"] * min(words, 60)
    assert quoted.endswith(" …") == (words > 60)


# Whatever the texts are

TEXTS = st.text(max_size=60) | st.lists(
    st.sampled_from(
        [
            "Hello",
            " ",
            ". ",
            "\n",
            "🙂",
            "e\u0301",
            "【4:0†a】",
            "†",
            "】",
            "“",
            "。",
            "ü",
            "\u2028",
            "x" * 150,
        ]
    ),
    max_size=12,
).map("".join)
RESULTS = st.lists(
    st.builds(
        result, st.sampled_from(["a.txt", "b】.md", "【ü】🙂.pdf", "c\nd.txt", ""]), TEXTS, st.floats(0, 1)
    ),
    max_size=6,
).map(lambda results: sorted(results, key=lambda each: -each["score"]))


@STEADY
@given(TEXTS, RESULTS)
def test_annotations_stand_where_they_say(query: str, results: list[dict[str, Any]]) -> None:
    part = answer(query, results)
    annotations = check_annotations(part)
    assert len(annotations) == min(SOURCES, len(annotations)) >= bool(results)
    for annotation in annotations:
        place = int(annotation["text"].split(":")[1].split("†")[0])
        assert annotation["text"] == marker(place, results[place]["file_name"])
        assert annotation["file_citation"] == {"file_id": results[place]["file_id"]}
    pieces = [delta["text"]["value"] for delta, _ in content_deltas([part])]
    assert "".join(pieces) == part["text"]["value"]
    assert [annotation["text"] for annotation in annotations] == [
        delta["text"]["value"] for delta, _ in content_deltas([part]) if delta["text"].get("annotations")
    ]


@STEADY
@given(TEXTS, TEXTS)
def test_a_quotation_is_one_line_of_the_passage(query: str, passage: str) -> None:
    quoted = quotation(query, passage)
    assert quoted.splitlines() in ([], [quoted])
    assert len(quoted) <= QUOTE_MAX + 2
    assert quoted or not any(character.isalnum() for character in passage)
    # Sentences that followed each other without a space get one between them.
    assert "".join(quoted.removesuffix(" …").split()) in "".join(passage.split())


@STEADY
@given(TEXTS, st.lists(st.tuples(st.integers(0, 12), TEXTS), max_size=4))
def test_marks_written_by_hand_stand_where_they_are(before: str, wanted: list[tuple[int, str]]) -> None:
    before = before.replace("【", "[")
    clean = [(index, text.replace("【", "[").replace("】", "]")) for index, text in wanted]
    results = [result(f"{number}.txt") for number in range(10)]
    value = before + "".join(f"【4:{index}†x】{text}" for index, text in clean)
    found = check_annotations({"text": {"value": value, "annotations": marks(value, results)}})
    assert [each["file_citation"]["file_id"] for each in found] == [
        f"file-{index}.txt" for index, _ in clean if index < 10
    ]


@pytest.mark.parametrize(
    "value",
    [
        "",
        "【4:0a.txt】",
        "【4†a.txt】",
        "[4:0†a.txt]",
        "【4:1†a.txt】",
        "【4:0†a.txt",
        "【:0†a.txt】",
        "【4:-0†a】",
    ],
)
def test_what_is_no_mark_of_a_result_stays_plain_text(value: str) -> None:
    assert marks(value, [result()]) == []


def test_a_citation_spans_its_mark() -> None:
    assert citation("【4:0†🙂】", 7, "file-1") == {
        "type": "file_citation",
        "text": "【4:0†🙂】",
        "start_index": 7,
        "end_index": 14,
        "file_citation": {"file_id": "file-1"},
    }
