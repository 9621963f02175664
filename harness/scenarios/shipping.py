"""JSON Schemas that come with the package, made from the code and kept as files for editors."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class ShippedSchema:
    """One of them: where it lies, and how it is made."""

    path: Path
    make: Callable[[], dict[str, Any]]

    @property
    def text(self) -> str:
        """The schema as it is shipped."""
        return json.dumps(self.make(), ensure_ascii=False, indent=1) + "\n"

    @property
    def is_fresh(self) -> bool:
        """Whether the shipped schema is that of the code."""
        return self.path.is_file() and self.path.read_text(encoding="utf-8") == self.text

    def write(self) -> None:
        """Write it anew. Raises OSError."""
        self.path.write_text(self.text, encoding="utf-8")

    def main(self, module: str) -> None:
        """Write it anew, by `python -m module`; with `--check` end the program when it is stale."""
        if "--check" not in sys.argv[1:]:
            self.write()
        elif not self.is_fresh:
            sys.exit(f"{self.path} is stale: run python -m {module}")


def without_own_words(value: Any) -> Any:
    """A copy of a schema without the words that are ours and not JSON Schema's."""
    if isinstance(value, Mapping):
        kept = {key: inner for key, inner in value.items() if not str(key).startswith("x-")}
        return {key: without_own_words(inner) for key, inner in kept.items()}
    if isinstance(value, list | tuple):
        return [without_own_words(inner) for inner in value]
    return value
