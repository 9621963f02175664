"""Text in the tokens of o200k_base, the encoding of the gpt-4o, o1 and o3 models: usage, deltas and limits.

tiktoken is the engine, but it would fetch the ranks from the network on first use, and a mock must work
without one. So they lie beside this module: all tokens in rank order, joined by 0xFF, zlib-compressed. (No
token holds that byte except the one that is nothing else; it stands there as an empty entry.) Inflating and
splitting take 50 ms, tiktoken builds its tables in 150 more, and nobody pays that before asking for a token.

Tests put the published text form together again from this file and compare its SHA-256.
"""

from __future__ import annotations

import re
import zlib
from array import array
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tiktoken import Encoding

SHA256 = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"
"""What the published rank file (o200k_base.tiktoken) hashes to, as tiktoken itself checks it."""

_SEPARATOR = b"\xff"

# How o200k_base divides text before any merging: two shapes of word, numbers by threes, the rest.
_UPPER, _LOWER = r"\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}", r"\p{Ll}\p{Lm}\p{Lo}\p{M}"
_CONTRACTION = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
_PATTERN = "|".join(
    (
        rf"[^\r\n\p{{L}}\p{{N}}]?[{_UPPER}]*[{_LOWER}]+{_CONTRACTION}",
        rf"[^\r\n\p{{L}}\p{{N}}]?[{_UPPER}]+[{_LOWER}]*{_CONTRACTION}",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    )
)

# A million spaces in a row overflow the engine's stack, and its panic would pass every `except Exception`.
# Long text goes in by stretches that end between two words, where the pattern always divides, so the tokens
# are the same; text without such a place is divided anyway, at the price of a token more.
_STRETCH_MAX = 100_000
_STRETCH = re.compile(
    rf"(?s:.{{1,{_STRETCH_MAX}}})(?:\Z|(?<=[^\W_])(?= [^\W_]))|(?s:.{{1,{_STRETCH_MAX}}})",
)
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def count(text: str) -> int:
    """How many tokens the text has."""
    # A long thread is counted again for each of its runs: remember messages, but let no book fill the memory.
    return _count_remembered(text) if len(text) <= 10_000 else len(_encode(text))


def split(text: str) -> list[str]:
    """The text cut where its tokens meet; those that hold only part of a character stay together."""
    pieces: list[bytearray] = []
    for token in _encoding().decode_tokens_bytes(_encode(text)):
        if pieces and _is_continuation(token[0]):
            pieces[-1] += token
        else:
            pieces.append(bytearray(token))
    whole = [piece.decode() for piece in pieces]
    return _recut(text, whole) if _SURROGATE.search(text) else whole


def lengths(text: str, most: int) -> array[int]:
    """How many characters begin in each token of the text: none in one that only goes on with a character.

    Text of more than `most` tokens is not read to its end: there are then more than `most` entries, and they
    do not add up to the text.
    """
    begun = array("H")
    for ids in _encode_by_stretches(text):
        for token in _encoding().decode_tokens_bytes(ids):
            inside = 0 if token.isascii() else sum(map(_is_continuation, token))
            begun.append(len(token) - inside)
        if len(begun) > most:
            break
    return begun


def cut(text: str, tokens: int) -> str:
    """The beginning that the first so many tokens of the text spell, without a character left half."""
    ids = _encode(text)
    if len(ids) <= tokens:
        return text
    # Alone, a beginning is very rarely divided otherwise than within its text; then one token less is tried.
    for kept in range(tokens, 0, -1):
        beginning = _encoding().decode_bytes(ids[:kept]).decode(errors="ignore")
        if count(beginning) <= tokens:
            return text[: len(beginning)]
    return ""


@lru_cache(maxsize=1024)
def _count_remembered(text: str) -> int:
    return len(_encode(text))


def _encode(text: str) -> list[int]:
    stretches = list(_encode_by_stretches(text))
    return stretches[0] if len(stretches) == 1 else [token for stretch in stretches for token in stretch]


def _encode_by_stretches(text: str) -> Iterator[list[int]]:
    # Never `encode`: what a user writes may contain "<|endoftext|>" and is plain text all the same. JSON may
    # carry half a surrogate pair, UTF-8 may not; the stand-in keeps every other character in its place.
    text = _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)
    if len(text) <= _STRETCH_MAX:
        yield _encoding().encode_ordinary(text)
        return
    for stretch in _STRETCH.finditer(text):
        yield _encoding().encode_ordinary(stretch[0])


def _recut(text: str, pieces: list[str]) -> list[str]:
    """The same cuts in the text as it was written, with the surrogates that UTF-8 cannot hold."""
    cuts, place = [], 0
    for piece in pieces:
        cuts.append(text[place : place + len(piece)])
        place += len(piece)
    return cuts


def _is_continuation(byte: int) -> bool:
    """Whether this byte of UTF-8 stands inside a character."""
    return byte & 0b1100_0000 == 0b1000_0000


def _ranks() -> list[bytes]:
    """All tokens, each at the index that is its rank."""
    packed = Path(__file__).with_name("o200k_base.zlib").read_bytes()
    tokens = zlib.decompress(packed).split(_SEPARATOR)
    tokens[tokens.index(b"")] = _SEPARATOR
    return tokens


@lru_cache(maxsize=1)
def _encoding() -> Encoding:
    from tiktoken import Encoding

    tokens = _ranks()
    return Encoding(
        "o200k_base",
        pat_str=_PATTERN,
        mergeable_ranks=dict(zip(tokens, range(len(tokens)), strict=True)),
        special_tokens={},
    )
