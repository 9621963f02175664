"""Tokens: the real encoding, counted without a network, cut without breaking a character."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver import tokens

TEXTS = st.text(max_size=60) | st.text(alphabet="aA1 \n.'s🦜é漢\ud800👩\u200d", max_size=40)


def test_the_vendored_ranks_are_the_published_ones() -> None:
    lines = (b"%s %d\n" % (base64.b64encode(token), rank) for rank, token in enumerate(tokens._ranks()))
    assert hashlib.sha256(b"".join(lines)).hexdigest() == tokens.SHA256


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", []),
        ("hello world", [24912, 2375]),
        ("<|endoftext|>", [27, 91, 419, 1440, 919, 91, 29]),
        ("It's 12345 o'clock", None),
    ],
)
def test_ids_are_those_of_o200k_base(text: str, ids: list[int] | None) -> None:
    encoded = tokens._encode(text)
    assert tokens._encoding().decode(encoded) == text
    assert ids is None or encoded == ids


def test_the_pattern_is_the_one_of_tiktoken(monkeypatch: pytest.MonkeyPatch) -> None:
    openai_public = import_module("tiktoken_ext.openai_public")  # untyped, so not by name
    monkeypatch.setattr(openai_public, "load_tiktoken_bpe", lambda *_, **__: {})
    assert openai_public.o200k_base()["pat_str"] == tokens._PATTERN


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", 0),
        ("hello world", 2),
        ("The capital of France is Paris.", 7),
        ("1234567", 3),
        ("漢字", 2),
        ("🦜", 3),
    ],
)
def test_count(text: str, number: int) -> None:
    assert tokens.count(text) == number


def test_split_keeps_a_character_of_several_tokens_whole() -> None:
    assert tokens.split("hello world") == ["hello", " world"]
    assert tokens.split("a🦜b") == ["a", "🦜", "b"]


@given(TEXTS)
def test_pieces_join_to_the_text(text: str) -> None:
    pieces = tokens.split(text)
    assert "".join(pieces) == text
    assert all(pieces)
    assert len(pieces) <= tokens.count(text)


@given(TEXTS, st.integers(min_value=0, max_value=12))
def test_cut_is_a_beginning_within_the_limit(text: str, limit: int) -> None:
    beginning = tokens.cut(text, limit)
    assert text.startswith(beginning)
    assert tokens.count(beginning) <= limit
    assert (beginning == text) == (tokens.count(text) <= limit)


@given(st.lists(st.sampled_from(["alpha", "beta", "gamma"]), min_size=3, max_size=9))
def test_cut_takes_all_that_fits(words: list[str]) -> None:
    text = " ".join(words)
    assert tokens.split(tokens.cut(text, 2)) == tokens.split(text)[:2]


def test_half_a_surrogate_pair_is_a_character_like_others() -> None:
    text = "left \ud83e right"
    assert tokens.count(text) == tokens.count("left \ufffd right")
    assert "".join(tokens.split(text)) == text
    assert tokens.cut(text, tokens.count(text) - 1) == "left \ud83e"


def test_a_million_spaces_do_not_overflow_the_engine() -> None:
    assert tokens.count(" " * 1_000_000) > 1_000


def test_long_text_has_the_tokens_it_would_have_in_one_piece() -> None:
    text = "The quick brown fox, 1234 times.\n" * 4_000
    assert len(text) > tokens._STRETCH_MAX
    assert tokens._encode(text) == tokens._encoding().encode_ordinary(text)


def test_importing_does_not_load_the_engine() -> None:
    program = "import sys, mockserver.tokens; sys.exit('tiktoken' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
