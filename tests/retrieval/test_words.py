"""Words: what is looked for in a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.retrieval.stems import stem
from mockserver.retrieval.words import LETTERS_MAX, sought, words


@pytest.mark.parametrize(
    ("word", "its_stem"),
    [
        ("caresses", "caress"),
        ("ponies", "poni"),
        ("agreed", "agre"),
        ("feed", "feed"),
        ("plastered", "plaster"),
        ("sing", "sing"),
        ("conflated", "conflat"),
        ("hopping", "hop"),
        ("filing", "file"),
        ("happy", "happi"),
        ("relational", "relat"),
        ("conditional", "condit"),
        ("vietnamization", "vietnam"),
        ("electrical", "electr"),
        ("adoption", "adopt"),
        ("replacement", "replac"),
        ("generalizations", "gener"),
        ("controlling", "control"),
        ("rate", "rate"),
        ("cease", "ceas"),
    ],
)
def test_stems_are_those_of_the_published_rules(word: str, its_stem: str) -> None:
    assert stem(word) == its_stem


@pytest.mark.parametrize(
    ("text", "its_words"),
    [
        ("What's our Refund Policy for DAMAGED goods?", ["refund", "polici", "damag", "good"]),
        ("“Refunds” – damaged…", ["refund", "damag"]),
        ("naïve Café", ["naiv", "cafe"]),
        ("E3 and snake_case", ["e3", "snake", "case"]),
        ("退款政", ["退", "退款", "款", "款政", "政"]),
        ("हिन्दी भाषा।", ["हिन्दी", "भाषा"]),
        ("ＡＢＣ １２", ["abc", "12"]),
        ("👩‍🚀 🦜", ["👩", "🚀", "🦜"]),
        ("\0\ud800", []),
    ],
)
def test_words(text: str, its_words: list[str]) -> None:
    assert words(text) == its_words


def test_single_characters_are_looked_for_only_where_they_stand_alone() -> None:
    assert sought("退款政 款", 10) == ["退款", "款政"]
    assert sought("款", 10) == ["款"]
    assert sought("tea coffee tea milk", 2) == ["tea", "coffe"]


@given(st.text())
def test_words_are_words_to_fts5_as_well(text: str) -> None:
    """Letters and digits only, so that its tokenizer leaves them alone and no query has a syntax."""
    for word in words(text):
        assert word
        assert len(word) <= LETTERS_MAX
        assert all(not character.isascii() or character.isalnum() for character in word)
        assert word == word.lower() or not word.isascii()
        assert not word.isspace()


@given(st.text(max_size=30))
def test_the_same_text_written_otherwise_has_the_same_words(text: str) -> None:
    assert words(text.upper().lower()) == words(text.upper())
