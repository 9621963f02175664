"""Who may import whom, read from the source itself."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SKIN = {f"mockserver/{name}.py" for name in ("http", "sending", "server", "protocol", "parting")}
ONLY_IN = {
    "time": {"mockserver/clock.py"},
    "random": {"mockserver/chance.py"},
    "starlette": SKIN,
    "uvicorn": SKIN,
    "python_multipart": {"mockserver/multipart.py"},
    "sqlite3": {"mockserver/schema.py", "mockserver/retrieval/index.py", "mockserver/retrieval/asked.py"},
    "tiktoken": {"mockserver/tokens.py"},
    "pypdfium2": {"mockserver/extraction/formats/pdf.py"},
    "olefile": {"mockserver/extraction/formats/doc.py"},
    "openpyxl": {"mockserver/analysis/workbooks.py"},
    "matplotlib": {"mockserver/analysis/drawing.py"},
    "ruamel": {"mockserver/faultfiles.py"},
}
"""Modules that have one door: time and luck come in by the front, the web and heavy parsers stay outside."""

MECHANISMS = (
    "timeline",
    "lifecycle",
    "clock",
    "fold",
    "frames",
    "agenda",
    "streams",
    "journal",
    "store",
    "chance",
    "blobs",
    "contents",
    "schema",
    "holding",
    "regular",
    "multipart",
    "filters",
    "chunking",
    "rates",
    "retrieval",
    "extraction",
)
"""What knows nothing of this API: anything queued and polled may stand on it."""

API = (
    *("endpoints", "engine", "objects", "conversation", "world", "operations"),
    *("fileobjects", "files", "uploads", "vector_stores", "resources", "indexing"),
)

EXTRAS = ("pypdfium2", "olefile", "openpyxl", "matplotlib", "ruamel")
"""What may not be installed."""

LEAVES = (
    *("mockserver/endpoints", "mockserver/responders", "mockserver/extraction/formats"),
    *("mockserver/faults/catalogue", "harness/steps", "harness/reports", "harness/practices"),
    *("harness/explore/checks", "harness/explore/reports"),
)
"""Folders of many: a leaf is added or removed without another one noticing."""

DECLARE = {"contract", "document", "words", "xml", "evidence"}
"""What leaves share: what one declares, what reports are made of, and what checks read."""

HARNESS = (
    ("control", "durations", "orders", "capabilities", "serving", "network", "reports"),
    ("scenarios", "steps", "apioperations"),
    ("script", "targets", "handle", "waiting", "practices"),
    ("playing", "drift"),
    ("explore", "experiments"),
    ("plugin",),
    ("sessions", "strategies", "machine", "progress"),
    ("commands", "demo"),
)
"""The harness from the ground up: each knows its own storey and those below, but for the names of types."""


@cache
def imports(file: Path) -> frozenset[str]:
    """The modules a file imports, wherever in it, by their full names."""
    return _imported(ast.walk(ast.parse(file.read_text(encoding="utf-8"))), file)


@cache
def imports_at_work(file: Path) -> frozenset[str]:
    """The same without what is imported for types only."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    tree.body = [node for node in tree.body if "TYPE_CHECKING" not in _condition(node)]
    return _imported(ast.walk(tree), file)


def _condition(node: ast.stmt) -> str:
    return ast.unparse(node.test) if isinstance(node, ast.If) else ""


def _imported(nodes: Iterable[ast.AST], file: Path) -> frozenset[str]:
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are absolute"
            module = node.module or ""
            # `from a import b` imports a, and a.b where that is a module.
            found |= {module} | {f"{module}.{alias.name}" for alias in node.names}
    return frozenset(found)


def sources(*packages: str) -> dict[str, frozenset[str]]:
    """Every source file of these packages, relative to the root, with what it imports."""
    return {
        file.relative_to(ROOT).as_posix(): imports(file)
        for package in packages
        for file in sorted((ROOT / package).rglob("*.py"))
    }


def within(module: str, package: str) -> bool:
    """Whether a module is that package or lies in it."""
    return module == package or module.startswith(f"{package}.")


@pytest.mark.parametrize("module", ONLY_IN)
def test_some_modules_have_one_door(module: str) -> None:
    users = {
        file for file, used in sources("mockserver").items() if any(within(name, module) for name in used)
    }
    assert users <= ONLY_IN[module]
    assert users, f"nobody imports {module} any more; take it off the list"


def test_the_server_never_imports_the_harness() -> None:
    for file, used in sources("mockserver").items():
        assert not [name for name in used if within(name, "harness")], file


@pytest.mark.parametrize("storey", range(len(HARNESS)))
def test_the_harness_knows_nothing_above_itself(storey: int) -> None:
    """Its package itself, which imports what it is asked for, counts as nothing."""
    above = {f"harness.{name}" for names in HARNESS[storey + 1 :] for name in names}
    for part in HARNESS[storey]:
        place = ROOT / "harness" / part
        files = sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
        assert files
        for file in files:
            known = imports_at_work(file)
            assert not [name for name in known if any(within(name, other) for other in above)], file


def test_every_part_of_the_harness_has_its_storey() -> None:
    parts = {path.stem for path in (ROOT / "harness").glob("*") if path.suffix == ".py" or path.is_dir()}
    assert parts - {"__init__", "__pycache__"} == {name for names in HARNESS for name in names}


def test_the_harness_talks_to_servers_through_http_only() -> None:
    for file, used in sources("harness").items():
        assert not [name for name in used if within(name, "mockserver")], file


@pytest.mark.parametrize("folder", LEAVES)
def test_leaves_do_not_know_each_other(folder: str) -> None:
    package = folder.replace("/", ".")
    shared = {f"{package}.{name}" for name in DECLARE}
    for file, used in sources(folder).items():
        if not file.endswith("__init__.py") and _module(file) not in shared:
            others = {name for name in used if within(name, package)} - {package}
            assert not [name for name in others if not any(within(name, known) for known in shared)], file


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_mechanisms_know_nothing_of_this_api(mechanism: str) -> None:
    """Not even through others."""
    every = sources("mockserver")
    waiting = [file for file in every if within(_module(file), f"mockserver.{mechanism}")]
    reached = set(waiting)
    assert reached, f"there is no {mechanism}"
    while waiting:
        for name in every[waiting.pop()]:
            for file in (f"{name.replace('.', '/')}.py", f"{name.replace('.', '/')}/__init__.py"):
                if file in every and file not in reached:
                    reached.add(file)
                    waiting.append(file)
    parts = {_module(file).split(".")[1] for file in reached if file != "mockserver/__init__.py"}
    assert not parts & set(API)


def _module(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@pytest.mark.parametrize("extra", EXTRAS)
def test_what_may_not_be_installed_is_imported_only_when_it_is_needed(extra: str) -> None:
    (file,) = ONLY_IN[extra]
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    inside = [
        node
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    everywhere = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    named = [node for node in everywhere if extra in ast.unparse(node)]
    assert named
    assert all(node in inside for node in named)
