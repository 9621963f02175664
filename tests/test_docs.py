"""The documentation says what the code says."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from docs.generate import everything, generated, pages
from docs.pages import run_page
from mockserver.operations import discover
from mockserver.server import Server

ROOT = Path(__file__).parent.parent
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", everything(), ids=lambda path: path.name)
def test_the_generated_parts_are_what_the_code_says(path: Path) -> None:
    """`make docs` writes them anew."""
    assert generated(path) == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.stem)
def test_the_pages_print_what_they_say(path: Path, server: Server) -> None:
    """Every program on the page of a documented error runs, and prints what stands behind it."""
    if shutil.which("curl") is None or shutil.which("bash") is None:
        pytest.skip("curl and bash are needed to run what the page says")
    text = path.read_text(encoding="utf-8")
    for program, printed in run_page(text, server.base_url).items():
        assert printed == (program.printed or ""), program.code


def test_every_control_route_is_in_the_readme() -> None:
    """The table of the control door is whole."""
    for operation in discover():
        if operation.control:
            method, path = operation.method, re.sub("{subject}|{fault_id}", "{id}", operation.path)
            assert re.search(rf"`[^|]*{method}[^|]*{re.escape(path)}[` ]", README), f"{method} {path}"


def test_every_module_the_map_names_exists() -> None:
    """The map leads somewhere."""
    table = ARCHITECTURE.split("## The map")[1].split("\n\n")[1]
    for row in table.splitlines()[2:]:
        for name in re.findall(r"`([a-z_]+/?)`", row.split("|")[1]):
            place = ROOT / "mockserver" / name.rstrip("/")
            assert place.is_dir() or place.with_suffix(".py").is_file(), name
