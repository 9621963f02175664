"""Which contents of files may go: those that no object refers to, when nobody is about to refer to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress

from mockserver.blobs import Blobs


class Contents:
    """Keeps an eye on the blobs of one store. `refers_to` says whether an object of it has a digest."""

    def __init__(self, blobs: Blobs, refers_to: Callable[[str], bool]) -> None:
        self._blobs = blobs
        self._refers_to = refers_to
        self._loose: set[str] = set()
        self._held: Counter[str] = Counter()

    def loosen(self, digest: str) -> None:
        """Say of a content that maybe nothing refers to it: one that has just come, or has lost an object."""
        self._loose.add(digest)

    def hold(self, digests: Iterable[str]) -> None:
        """Keep contents that have come with a request, whatever else is written before it is performed."""
        self._held.update(digests)

    def release(self, digests: Iterable[str]) -> None:
        """The request is over: what nothing refers to may go."""
        for digest in digests:
            self._loose.add(digest)
            self._held[digest] -= 1
            if not self._held[digest]:
                del self._held[digest]

    def tidy(self) -> None:
        """Remove those loose contents that indeed nothing refers to. Not while a transaction is open.

        One that cannot be removed goes at the next start: what was asked for is done all the same.
        """
        for digest in self._loose - self._held.keys():
            self._loose.discard(digest)
            if not self._refers_to(digest):
                with suppress(OSError):
                    self._blobs.remove(digest)
