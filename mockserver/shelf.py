"""The files a run can name: those of the project, and those its own code has written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mockserver.replies.toolwork import is_file_id
from mockserver.script import MadeFile

Object = dict[str, Any]

FOLDER = "sandbox:/mnt/data/"
"""Where what code has written is found, as messages name it (documented)."""


class Shelf:
    """Files by id and by name.

    `make` gives the full form of a new file, with its content kept; `named` and `name_of` look into the
    project. `written` are the ids of what the run's code wrote, by name; it grows here.
    """

    def __init__(
        self,
        make: Callable[[MadeFile, int], Object],
        named: Callable[[str], str | None],
        name_of: Callable[[str], str | None],
        written: dict[str, str],
    ) -> None:
        self._make = make
        self._named = named
        self.name = name_of
        self.written = written

    def write(self, file: MadeFile, at: int) -> Object:
        """A new file of the run's code, made at this moment (Unix seconds)."""
        full = self._make(file, at)
        self.written[file.name] = full["id"]
        return full

    def find(self, named: str | None) -> str | None:
        """The id of a file given by id or name: the run's own first. None for a name nobody knows."""
        if named is None:
            return None
        if named in self.written:
            return self.written[named]
        if is_file_id(named):
            return named
        return self._named(named)

    def paths(self, value: str) -> list[Object]:
        """The annotations of sandbox paths in a text that lead to what the run's code has written."""
        found: dict[int, Object] = {}
        for name in sorted(self.written, key=len, reverse=True):
            path = f"{FOLDER}{name}"
            start = value.find(path)
            while start >= 0:
                annotation = {
                    "type": "file_path",
                    "text": path,
                    "start_index": start,
                    "end_index": start + len(path),
                    "file_path": {"file_id": self.written[name]},
                }
                found.setdefault(start, annotation)  # of two names that begin alike, the longer one is meant
                start = value.find(path, start + 1)
        return [found[start] for start in sorted(found)]
