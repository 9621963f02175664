"""The one seed of a world and the named dice drawn from it. The only module that imports `random`.

Every use has dice of its own (`chance.dice("runs/3")`), so that adding a rule or an object of another kind
does not change anybody else's luck.
"""

from __future__ import annotations

import hashlib
from random import Random

Dice = Random
"""A named source of luck; the same name under the same seed always gives the same throws."""

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_LETTERS = bytes(_ALPHABET[byte % len(_ALPHABET)] for byte in range(256))


class Chance:
    """All luck of one world, from one seed."""

    def __init__(self, seed: int | str) -> None:
        self.seed = seed
        self._serials: dict[str, tuple[int, int]] = {}

    def dice(self, name: str) -> Dice:
        """The dice of that name, freshly cast: equal names give equal throws."""
        return Random(f"{self.seed}/{name}")

    def letters(self, name: str, length: int) -> str:
        """`length` characters of `[A-Za-z0-9]`, as in `asst_…` ids (at most 32)."""
        return self._digest(name)[:length].translate(_LETTERS).decode()

    def hex(self, name: str, length: int) -> str:
        """`length` lower-case hex digits, as in `vs_…` and `req_…` ids (at most 64)."""
        return self._digest(name).hex()[:length]

    def serial(self, name: str, count: int, length: int) -> str:
        """`length` lower-case hex digits that differ for every count: cheap, for what is drawn all the time.

        A fixed odd step from a seeded start visits every value once before it comes back.
        """
        if name not in self._serials:
            digest = self._digest(name)
            self._serials[name] = (int.from_bytes(digest[:16]), int.from_bytes(digest[16:]) | 1)
        start, stride = self._serials[name]
        return f"{(start + stride * count) % (1 << 4 * length):0{length}x}"

    def _digest(self, name: str) -> bytes:
        return hashlib.blake2b(f"{self.seed}/{name}".encode(), digest_size=32).digest()
