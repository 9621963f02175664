"""Text in chunks for retrieval: windows over its tokens that overlap, as the API's static strategy does it.

Documented: at most `max_chunk_size_tokens` tokens a chunk, 800 unless told otherwise, of which consecutive
ones share `chunk_overlap_tokens`, 400; the overlap is at most half of the chunk, and a file has at most
5,000,000 tokens. Not documented is which encoding counts; o200k_base is that of the newest models it had.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass

from mockserver import tokens

TOKENS_MAX = 5_000_000
"""So many tokens a file for retrieval may have (documented)."""

SMALLEST = 16
"""A window this wide always holds a few whole characters, so that the next one begins further on."""


class TooLongError(ValueError):
    """The text has more tokens than a file for retrieval may have."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of a text, and how many of the text's tokens it covers.

    Encoded by itself it may in rare cases have a token more: its first word may then be divided otherwise.
    """

    text: str
    tokens: int


def chunk(text: str, max_tokens: int = 800, overlap: int = 400) -> Iterator[Chunk]:
    """The chunks of a text in order, each up to max_tokens long and sharing `overlap` with the one before.

    Chunks begin and end between characters; where a border falls inside one, chunk and overlap are a few
    tokens shorter. The last chunk always ends further on than the one before it, and a text without
    characters has no chunk. Raises TooLongError before the first.
    """
    if max_tokens < SMALLEST or not 0 <= overlap <= max_tokens // 2:
        raise ValueError(f"a chunk of {max_tokens} tokens cannot share {overlap} with the next")
    lengths = tokens.lengths(text, TOKENS_MAX)
    if len(lengths) > TOKENS_MAX:
        raise TooLongError(f"the text has more than {TOKENS_MAX:,} tokens")
    return _windows(text, lengths, max_tokens, overlap)


def _windows(text: str, lengths: array[int], max_tokens: int, overlap: int) -> Iterator[Chunk]:
    begin = place = 0  # in tokens, in characters
    while begin < len(lengths):
        end = min(begin + max_tokens, len(lengths))
        while end < len(lengths) and not lengths[end]:
            end -= 1
        characters = sum(lengths[begin:end])
        yield Chunk(text[place : place + characters], end - begin)
        if end == len(lengths):
            return
        following = end - overlap
        while not lengths[following]:
            following += 1
        place += sum(lengths[begin:following])
        begin = following
