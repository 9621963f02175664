"""Contents of files: each kept once, on disk, under the SHA-256 of its bytes.

Nothing is ever held whole in memory, whatever its size, and nothing a client says becomes a path. Who refers
to a content is the store's affair; here nothing is counted.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

BLOCK = 1_048_576
"""So many bytes of a content are in memory at once when it is copied or sent."""

_DIGEST = re.compile(r"[0-9a-f]{64}")
_INCOMING = "incoming-"


class DamagedError(OSError):
    """A kept content has other bytes than those that were kept."""


@dataclass(frozen=True, slots=True)
class Content:
    """A kept content: its digest, by which it is found again, and its size in bytes."""

    digest: str
    size: int


class Incoming:
    """A content that is still on its way. Either `keep` or `discard` ends it."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._file = tempfile.NamedTemporaryFile(dir=blobs.folder, prefix=_INCOMING, delete=False)  # noqa: SIM115
        self._sha256 = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes | memoryview) -> None:
        """Take the next bytes. Raises OSError when the disk is full."""
        self._file.write(data)
        self._sha256.update(data)
        self.size += len(data)

    def keep(self) -> Content:
        """All is here: the content can be opened from now on."""
        self._file.close()
        content = Content(self._sha256.hexdigest(), self.size)
        Path(self._file.name).replace(self._blobs.path(content.digest))
        self._blobs.trust(content.digest)
        return content

    def discard(self) -> None:
        """Forget what has come; harmless after `keep`."""
        with contextlib.suppress(OSError):  # on a full disk not even what is left can be written
            self._file.close()
        Path(self._file.name).unlink(missing_ok=True)


class Blobs:
    """The contents of one store, in a folder, or in a temporary one that goes with the process."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._trusted: set[str] = set()
        self._temporary: tempfile.TemporaryDirectory[str] | None = None

    @property
    def folder(self) -> Path:
        """Where the contents are; made when the first one comes."""
        if self._folder is None:
            self._temporary = tempfile.TemporaryDirectory(
                prefix="assistants-mock-", ignore_cleanup_errors=True
            )
            self._folder = Path(self._temporary.name)
        self._folder.mkdir(exist_ok=True)
        return self._folder

    def path(self, digest: str) -> Path:
        """Where a content lies. Raises ValueError for what is no digest."""
        if not _DIGEST.fullmatch(digest):
            raise ValueError(f"{digest!r} is no SHA-256 in hex")
        return self.folder / digest

    def receive(self) -> Incoming:
        """Begin to take in a content piece by piece."""
        return Incoming(self)

    def put(self, pieces: Iterable[bytes]) -> Content:
        """Keep a content that is at hand."""
        incoming = self.receive()
        try:
            for piece in pieces:
                incoming.write(piece)
            return incoming.keep()
        finally:
            incoming.discard()

    def open(self, digest: str) -> BinaryIO:
        """A kept content, to be read and sought in. Raises FileNotFoundError and DamagedError.

        What another process has kept is compared with its digest once.
        """
        file = self.path(digest).open("rb")
        try:
            if digest not in self._trusted:
                if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                    told = "this content was changed, or is cut short"
                    raise DamagedError(errno.EIO, told, file.name)
                file.seek(0)
                self.trust(digest)
        except BaseException:
            file.close()
            raise
        return file

    def trust(self, digest: str) -> None:
        """Say that this process knows that a content is whole."""
        self._trusted.add(digest)

    def pieces(self, digest: str) -> Iterator[bytes]:
        """A kept content block by block."""
        with self.open(digest) as file:
            while block := file.read(BLOCK):
                yield block

    def remove(self, digest: str) -> None:
        """Let a content go."""
        self._trusted.discard(digest)
        self.path(digest).unlink(missing_ok=True)

    def sweep(self, wanted: set[str]) -> None:
        """Remove all contents but these: what a process that was killed has left behind.

        What others have put into the folder stays. Raises OSError where nothing can be removed or written.
        """
        if self._folder is None or not self._folder.exists():
            return
        for path in list(self._folder.iterdir()):
            ours = path.name.startswith(_INCOMING) or _DIGEST.fullmatch(path.name)
            if ours and path.name not in wanted:
                path.unlink(missing_ok=True)
        self.receive().discard()  # what cannot be written is found out now

    def close(self) -> None:
        """Give a temporary folder back."""
        if self._temporary is not None:
            self._temporary.cleanup()
            self._temporary = self._folder = None
