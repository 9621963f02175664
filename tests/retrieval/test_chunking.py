"""Chunks: windows over tokens that lose nothing, stay within their bounds and share what they should."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver import chunking, tokens
from mockserver.chunking import SMALLEST, Chunk, TooLongError, chunk
from tests.properties import law

WORDS = st.lists(
    st.sampled_from(["refund", " policy", "\n\n", " 漢字", "🦜", " don't", "  ", "é", "ข้า", "ა"])
)
TEXTS = (
    st.text(max_size=300)
    | st.text(alphabet="aA1 \n.'s🦜é漢\ud800👩\u200dააბ", max_size=300)
    | WORDS.map("".join)
)
BORDERLESS = "კლრსუ" * 50_000
"""Some tokens of such letters end inside one, so that the next begin inside one, and so on to the end."""

SIZES = st.integers(min_value=SMALLEST, max_value=40).flatmap(
    lambda size: st.tuples(st.just(size), st.integers(min_value=0, max_value=size // 2))
)


def fresh_parts(text: str, chunks: list[Chunk]) -> list[str]:
    """What each chunk adds to those before it: it is where it stands first and ends further on than they."""
    parts: list[str] = []
    done = 0
    for each in chunks:
        begin = text.index(each.text, max(0, done - len(each.text) + 1))
        assert begin <= done, "a gap between two chunks"
        parts.append(text[done : begin + len(each.text)])
        done = begin + len(each.text)
    return parts


@given(st.lists(st.integers(min_value=0, max_value=99_999), max_size=120, unique=True), SIZES)
@law(100)
def test_the_new_parts_join_to_the_text(numbers: list[int], sizes: tuple[int, int]) -> None:
    """Every number stands in the text once, so that the place of a chunk in it is beyond doubt."""
    text = "".join(f"<{number}> " for number in numbers)
    parts = fresh_parts(text, list(chunk(text, *sizes)))
    assert "".join(parts) == text
    assert all(parts)


@given(TEXTS, SIZES)
@law(100)
def test_chunks_cover_any_text_in_order(text: str, sizes: tuple[int, int]) -> None:
    chunks = list(chunk(text, *sizes))
    assert bool(chunks) == bool(text)
    assert text.startswith(chunks[0].text if chunks else "")
    assert text.endswith(chunks[-1].text if chunks else "")
    assert all(each.text and each.text in text for each in chunks)
    apart = list(chunk(text, sizes[0], 0))
    assert "".join(each.text for each in apart) == text
    assert sum(each.tokens for each in apart) == tokens.count(text)


@given(TEXTS, SIZES)
@law(100)
def test_no_chunk_is_longer_than_its_bound(text: str, sizes: tuple[int, int]) -> None:
    for each in chunk(text, *sizes):
        assert 0 < each.tokens <= sizes[0]
        assert tokens.count(each.text) <= sizes[0] + 1  # by itself its first word may be divided otherwise


def test_consecutive_chunks_share_the_overlap() -> None:
    text = "".join(f" {number}" for number in range(10_000, 13_000))
    chunks = list(chunk(text))
    assert len(chunks) > 2
    assert [each.tokens for each in chunks[:-1]] == [800] * (len(chunks) - 1)
    for before, after in pairwise(chunks):
        shared = tokens.cut(after.text, 400)
        assert before.text.endswith(shared)


def test_text_of_one_window_is_one_chunk() -> None:
    assert list(chunk(" word" * 800)) == [Chunk(" word" * 800, 800)]
    assert [each.tokens for each in chunk(" word" * 801)] == [800, 401]
    assert list(chunk("")) == []


@pytest.mark.parametrize(("size", "overlap"), [(SMALLEST - 1, 0), (100, 51), (100, -1)])
def test_sizes_that_cannot_be_are_refused(size: int, overlap: int) -> None:
    with pytest.raises(ValueError, match="cannot share"):
        chunk("text", size, overlap)


def test_too_many_tokens_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunking, "TOKENS_MAX", 100)
    assert len(list(chunk(" word" * 100, 50, 0))) == 2
    with pytest.raises(TooLongError, match="more than 100 tokens"):
        chunk(" word" * 101)


@pytest.mark.parametrize(
    "text",
    ["a" * 1_000_000, " " * 1_000_000, "🦜" * 250_000, "\ud800" * 300_000, "\0" * 500_000, BORDERLESS],
    ids=["letters", "spaces", "emoji", "surrogates", "zeros", "borderless"],
)
def test_hostile_text_is_chunked_like_any_other(text: str) -> None:
    chunks = list(chunk(text, 800, 0))
    assert "".join(each.text for each in chunks) == text
    assert all(each.tokens <= 800 for each in chunks)


@given(TEXTS)
@law(100)
def test_lengths_add_up_to_the_text(text: str) -> None:
    lengths = tokens.lengths(text, 10_000)
    assert sum(lengths) == len(text)
    assert len(lengths) == tokens.count(text)


def test_lengths_stop_when_there_are_too_many() -> None:
    lengths = tokens.lengths(" word" * 100_000, 10)
    assert 10 < len(lengths) < 100_000
