"""How well a chunk answers a query, as a number from 0 to 1 that depends on the chunk's own store only.

The query's words weigh what they tell: one that stands in few of the store's chunks tells much. A chunk gets
the share of that weight it has, more for words it repeats and for words that stand close together. What the
beginning of its file says, and the chunks beside it, counts by half: a page about descaling need not name the
machine again that its title names.

Words that no chunk of the store has cannot tell chunks apart, but they tell how much of the query is answered
at all. They weigh as much as a word that a single chunk has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import combinations
from math import log

# Of BM25: how soon repeating a word gains no more, and how much a long chunk is held against itself.
_SATURATION, _LENGTH_SHARE = 1.2, 0.5
_CONTEXT_SHARE = 0.5
_TOGETHER_SHARE = 0.2
_NEAR = 20
"""Words further apart than this do not stand together."""
_PAIRED = 8
"""So many words of a query, the heaviest, are looked at in pairs."""
_STEEPNESS = 4.0


@dataclass(frozen=True, slots=True)
class Corpus:
    """What a vector store as a whole says about its words."""

    chunks: int
    words: int
    frequencies: Mapping[str, int]
    """In how many chunks each word of the query stands; those that stand in none are missing."""

    def weight(self, word: str) -> float:
        """How much a word tells: the positive form of inverse document frequency."""
        frequency = self.frequencies.get(word, 1)
        return log(1 + (self.chunks - frequency + 0.5) / (frequency + 0.5))


@dataclass(frozen=True, slots=True)
class Strength:
    """What a chunk has of a query by itself: where each word stands, and how strong that makes it, 0 to 1."""

    places: Mapping[str, Sequence[int]]
    words: Mapping[str, float]


class Relevance:
    """One query, ready to be held against chunks."""

    def __init__(self, query: Sequence[str], corpus: Corpus) -> None:
        """Weigh the different words of a query."""
        known = {word: corpus.weight(word) for word in query if word in corpus.frequencies}
        self._weights = known
        self._whole = sum(map(corpus.weight, query))
        self._usual_length = max(corpus.words / max(corpus.chunks, 1), 1)
        heaviest = nlargest(_PAIRED, known, key=known.__getitem__)
        self._pairs = [(*pair, min(known[pair[0]], known[pair[1]])) for pair in combinations(heaviest, 2)]
        self._paired = sum(weight for _, _, weight in self._pairs)

    def strength(self, words: Sequence[str]) -> Strength:
        """What a chunk with these words has by itself."""
        places: dict[str, list[int]] = {}
        for place, word in enumerate(words):
            if word in self._weights:
                places.setdefault(word, []).append(place)
        length = _SATURATION * (1 - _LENGTH_SHARE + _LENGTH_SHARE * len(words) / self._usual_length)
        return Strength(places, {word: len(where) / (len(where) + length) for word, where in places.items()})

    def share(self, words: Mapping[str, float]) -> float:
        """How much of the query's weight these words have, each as strong as it is."""
        weights = self._weights
        return sum([weights[word] * strength for word, strength in words.items()]) / self._whole

    def score(self, own: Strength, context: Iterable[Strength] = ()) -> float:
        """How relevant a chunk is that has some of the query's words, given what stands around it."""
        strengths = dict(own.words)
        for around in context:
            for word, strength in around.words.items():
                strengths[word] = max(strengths.get(word, 0.0), _CONTEXT_SHARE * strength)
        share = self.share(strengths)
        if self._paired:
            share = (1 - _TOGETHER_SHARE) * share + _TOGETHER_SHARE * self._together(own.places)
        # Even a good answer has only part of what could be had; the curve brings it to where scores are read.
        return round(_STEEPNESS * share / (1 + (_STEEPNESS - 1) * share), 6)

    def _together(self, places: Mapping[str, Sequence[int]]) -> float:
        close = [
            weight * _closeness(places[first], places[second])
            for first, second, weight in self._pairs
            if first in places and second in places
        ]
        return sum(close) / self._paired


def _closeness(some: Sequence[int], others: Sequence[int]) -> float:
    """1 for two words side by side somewhere, less the further they are apart at best, 0 beyond _NEAR."""
    nearest = _NEAR + 1
    here = there = 0
    while here < len(some) and there < len(others):
        nearest = min(nearest, abs(some[here] - others[there]))
        if some[here] < others[there]:
            here += 1
        else:
            there += 1
    return (_NEAR + 1 - nearest) / _NEAR
