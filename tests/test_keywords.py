"""What is left of a query when it is rewritten."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.keywords import keywords
from mockserver.retrieval.words import STOP_WORDS, words

STEADY = settings(derandomize=True, deadline=None, database=None)


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ("What is the capital of France?", "capital France"),
        ("WHAT IS THE Capital", "Capital"),
        ("How long do refunds take, and who's paying?", "long refunds take paying"),
        ("What’s new? What's new?", "new new"),
        ("grandmother's cake", "grandmother's cake"),
        ("'quoted' ‘words’", "quoted words"),
        ("e-mail_address 24/7 3.5%", "e mail address 24 7 3 5"),
        ("", ""),
        ("what is this", ""),
        ("?!… 🙂", ""),
        ("Wie heißt die Hauptstadt Österreichs?", "Wie heißt die Hauptstadt Österreichs"),
        ("e\u0301te\u0301 naïve", "e\u0301te\u0301 naïve"),
        ("हिंदी में दस्तावेज़", "हिंदी में दस्तावेज़"),
        ("กี่วันทำการ?", "กี่วันทำการ"),
        ("日本の首都は、どこですか。", "日本の首都は どこですか"),
    ],
)
def test_only_what_is_looked_for_is_left(query: str, left: str) -> None:
    assert keywords(query) == left


TEXTS = st.lists(
    st.sampled_from(
        [
            *sorted(STOP_WORDS)[::20],
            "Paris",
            "grandmother's",
            "Übung",
            "日本",
            "हिंदी",
            "42",
            "'",
            "’",
            "-",
            "_",
        ]
    ),
    max_size=12,
).flatmap(lambda pieces: st.sampled_from(["", " ", ", "]).map(lambda joint: joint.join(pieces)))


@STEADY
@given(TEXTS)
def test_rewriting_adds_no_word_and_is_done_once(query: str) -> None:
    left = keywords(query)
    assert keywords(left) == left
    assert set(words(left)) <= set(words(query))
    assert not STOP_WORDS & set(left.casefold().split())


@STEADY
@given(st.text(max_size=40))
def test_any_text_is_a_query(query: str) -> None:
    left = keywords(query)
    assert left == left.strip()
    assert "  " not in left
