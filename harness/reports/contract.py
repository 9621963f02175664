"""What a report format declares, and writing reports in the formats that are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

Document = Mapping[str, Any]
"""What came of a session, as plain JSON; `document.REPORT_SCHEMA` describes it."""

Write = Callable[[Document], str]


@dataclass(frozen=True, slots=True)
class Format:
    """One format of reports: what it is for, and how a document becomes its text."""

    name: str
    about: str
    write: Write


class ReportError(ValueError):
    """A report that cannot be written as it is asked for."""


class Formats:
    """The formats of one kind of report: a file in a package for each."""

    def __init__(self, package: str) -> None:
        """Those in this package, which are not looked for yet."""
        self._package = package
        self._known: dict[str, Format] = {}

    def report(self, name: str, about: str) -> Callable[[Write], Write]:
        """Make a format known. Raises ValueError when its name is taken."""

        def declare(write: Write) -> Write:
            if name in self._known:
                raise ValueError(f"there is a report format {name} already")
            self._known[name] = Format(name, about, write)
            return write

        return declare

    def discover(self) -> dict[str, Format]:
        """All formats, by name in order."""
        package = import_module(self._package)
        for module in sorted(found.name for found in iter_modules(package.__path__)):
            import_module(f"{self._package}.{module}")
        return dict(sorted(self._known.items()))

    def write(self, wanted: Iterable[tuple[str, Path]], document: Document) -> None:
        """Write a document in these formats to these files, making folders on the way. Raises OSError."""
        formats = self.discover()
        for name, path in wanted:
            write_text(path, formats[name].write(document))


SCENARIOS = Formats("harness.reports")
"""The formats of reports on scenarios."""

report, discover, write_reports = SCENARIOS.report, SCENARIOS.discover, SCENARIOS.write


def read_wanted(written: Iterable[str], known: Iterable[str] | None = None) -> list[tuple[str, Path]]:
    """`html:out/report.html` in its parts, for each. Raises ReportError.

    `known` are the formats there are; without them, all that can be discovered.
    """
    formats = sorted(discover() if known is None else known)
    wanted = []
    for text in written:
        name, colon, path = text.partition(":")
        if not colon or not path:
            raise ReportError(
                f"a report is asked for as FORMAT:PATH, such as {formats[0]}:report, not {text!r}"
            )
        if name not in formats:
            near = get_close_matches(name, formats, 1)
            hint = f"did you mean {near[0]}?" if near else f"it is one of {', '.join(formats)}"
            raise ReportError(f"there is no report format {name!r}; {hint}")
        wanted.append((name, Path(path)))
    return wanted


def write_text(path: Path, text: str) -> None:
    """Write a report's text to its file, making folders on the way. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
