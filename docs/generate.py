"""Writes the generated parts of the documentation: `make docs`, or `--check` to see whether they are stale.

With `--node` the JavaScript programs run too, with the newest Node SDK of `make test-sdks`. Names of pages
(`09`, `faults`) leave out the others.

Between `<!-- name -->` and `<!-- /name -->` stands what the code says: the state diagrams, the catalogue of
faults, the practice checks, the facts of each documented error, and what the programs on the pages print.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

from docs.pages import run_page, with_outputs
from docs.walkthrough import follow
from docs.walkthrough import with_outputs as with_printed
from harness.practices.contract import discover as discover_practices
from mockserver.faults.contract import GROUPS, Declaration, discover, entries_of
from mockserver.faults.story import done, shown, spelling, where
from mockserver.lifecycle import MACHINES, diagram
from mockserver.server import Server
from tests.sdks.pages import NODE, node_runner

HERE = Path(__file__).parent
ERRORS = HERE / "errors"
GUIDE = HERE / "guide"


def pages() -> list[Path]:
    """The pages of the documented errors, in order of their numbers."""
    return sorted(ERRORS.glob("[0-9][0-9]-*.md"))


def guide() -> list[Path]:
    """The pages that a reader follows in an empty folder."""
    return sorted(GUIDE.glob("*.md"))


def generated(path: Path) -> str:
    """A page as it should be, apart from what its programs print."""
    text = path.read_text(encoding="utf-8")
    if path.name == "architecture.md":
        return replaced(text, "diagrams", "\n\n".join(_diagrams()))
    if path.name == "faults.md":
        return replaced(text, "faults", "\n".join(_catalogue()))
    if path.name == "practices.md":
        return replaced(text, "practices", "\n".join(_practices()))
    if path == ERRORS / "README.md":
        return replaced(text, "index", "\n".join(_index()))
    return replaced(text, "facts", "\n".join(_facts(int(path.name[:2]))))


def replaced(text: str, name: str, content: str) -> str:
    """The text with the content between the two marks of that name. Raises ValueError without them."""
    marks = re.compile(rf"(<!-- {name} -->\n).*(<!-- /{name} -->)", re.DOTALL)
    if not marks.search(text):
        raise ValueError(f"there is no place for {name}")
    return marks.sub(lambda match: f"{match[1]}\n{content}\n\n{match[2]}", text)


def everything() -> list[Path]:
    """Every page with a generated part."""
    written = [HERE / name for name in ("architecture.md", "faults.md", "practices.md")]
    return [*written, ERRORS / "README.md", *pages()]


def _diagrams() -> Iterator[str]:
    for machine in MACHINES.values():
        yield f"**{machine.object}**\n\n```mermaid\n{diagram(machine)}\n```"


def _catalogue() -> Iterator[str]:
    faults = discover()
    for group, members in groupby(faults, key=lambda known: known.group):
        yield f"## {group}: {GROUPS[group]}\n"
        yield "| fault | what it is |\n| --- | --- |"
        listed = list(members)
        for known in listed:
            yield f"| [`{known.name}`](#{_anchor(known.name)}) | {known.summary} |"
        yield ""
        for known in listed:
            yield from _entry(known, "###")


def _practices() -> Iterator[str]:
    checks = discover_practices()
    yield "| check | rule |\n| --- | --- |"
    for name, check in checks.items():
        yield f"| [`{name}`](#{name}) | {check.rule} |"
    for name, check in checks.items():
        yield f"\n## {name}\n\n{_wrapped(check.rule)}\n\n| | |\n| --- | --- |"
        yield f"| source | {check.source} |"
        yield f"| evidence | {check.evidence} |"
        yield f"| how to mend it | {check.mend} |"


def _anchor(name: str) -> str:
    """The anchor a Markdown page gives to a heading of this name."""
    return name.replace(".", "")


def _entry(known: Declaration, level: str) -> Iterator[str]:
    number = f" [Documented error {known.error}]({_page(known.error)})." if known.error else ""
    yield f"{level} {known.name}\n"
    yield f"{known.summary}{number}\n"
    for paragraph in filter(None, known.explanation.split("\n\n")):
        yield f"{_wrapped(paragraph)}\n"
    yield from _table(known)


def _page(error: int) -> str:
    return next(
        (f"errors/{path.name}" for path in pages() if int(path.name[:2]) == error), "errors/README.md"
    )


def _table(known: Declaration) -> Iterator[str]:
    yield "| | |\n| --- | --- |"
    yield f"| on the wire | {known.wire} |"
    yield f"| a good client | {known.client} |"
    yield f"| applies to | {where(known)} |"
    for parameter in known.parameters:
        default = "left out" if parameter.default is None else f"`{shown(parameter.default)}`"
        yield f"| `{parameter.name}` | {parameter.about}; {parameter.kind.shown} ({default}) |"
    yield f"| done? | {done(known)} |"
    yield f"| evidence | {known.evidence}: {known.source} |"
    for entry in entries_of(known):
        rows = f", {', '.join(entry.rows)}" if entry.rows else ""
        yield f"| in words | {entry.status} `{entry.message}` ({entry.evidence}{rows}) |"
    yield f"| header | `X-Mock-Fault: {spelling(known)}` |"
    yield ""


def _facts(number: int) -> Iterator[str]:
    standing = [known for known in discover() if known.error == number]
    for known in standing:
        yield f"**`{known.name}`**: {known.summary}\n"
        yield from _table(known)


def _index() -> Iterator[str]:
    yield "| | error | forced by |\n| --- | --- | --- |"
    for path in pages():
        number = int(path.name[:2])
        title = re.sub(r"^# \d+ · ", "", path.read_text(encoding="utf-8").partition("\n")[0])
        names = ", ".join(f"`{known.name}`" for known in discover() if known.error == number)
        yield f"| {number} | [{title}]({path.name}) | {names} |"


def _wrapped(paragraph: str) -> str:
    return "\n".join(textwrap.wrap(" ".join(paragraph.split()), 110, break_on_hyphens=False))


def main() -> int:
    """Write every page, or only say which are stale."""
    options = {argument for argument in sys.argv[1:] if argument.startswith("--")}
    names = tuple(argument for argument in sys.argv[1:] if argument not in options)
    check = "--check" in options
    js = node_runner(NODE) if "--node" in options else None
    stale = []
    with Server() as server:
        for path in [*everything(), *guide()]:
            if names and not path.name.startswith(names):
                continue
            text = path.read_text(encoding="utf-8") if path in guide() else generated(path)
            if path in pages():
                text = with_outputs(text, run_page(text, server.base_url, js))
            if path in guide():
                with TemporaryDirectory() as folder:
                    text = with_printed(text, dict(follow(text, Path(folder))))
            if text != path.read_text(encoding="utf-8"):
                stale.append(path)
                if not check:
                    path.write_text(text, encoding="utf-8")
    for path in stale:
        print(f"{'stale' if check else 'written'}: {path.relative_to(HERE.parent)}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
