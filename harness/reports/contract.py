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


FORMATS: dict[str, Format] = {}
"""By the names they are asked for with."""


class ReportError(ValueError):
    """A report that cannot be written as it is asked for."""


def report(name: str, about: str) -> Callable[[Write], Write]:
    """Make a format known. Raises ValueError when its name is taken."""

    def declare(write: Write) -> Write:
        if name in FORMATS:
            raise ValueError(f"there is a report format {name} already")
        FORMATS[name] = Format(name, about, write)
        return write

    return declare


def discover() -> dict[str, Format]:
    """All formats, by name in order."""
    package = import_module("harness.reports")
    for module in sorted(found.name for found in iter_modules(package.__path__)):
        import_module(f"harness.reports.{module}")
    return dict(sorted(FORMATS.items()))


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


def write_reports(wanted: Iterable[tuple[str, Path]], document: Document) -> None:
    """Write a document in these formats to these files, making folders on the way. Raises OSError."""
    formats = discover()
    for name, path in wanted:
        write_text(path, formats[name].write(document))


def write_text(path: Path, text: str) -> None:
    """Write a report's text to its file, making folders on the way. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
