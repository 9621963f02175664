"""Who may import whom, read from the source itself."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SKIN = {"mockserver/http.py", "mockserver/sending.py", "mockserver/server.py"}
ONLY_IN = {
    "time": {"mockserver/clock.py"},
    "random": {"mockserver/chance.py"},
    "starlette": SKIN,
    "uvicorn": SKIN,
}
"""Modules that have one door: time and luck come in by the front, the web stays outside."""

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
)
"""What knows nothing of this API: anything queued and polled may stand on it."""

API = ("endpoints", "engine", "objects", "conversation")

LEAVES = ("endpoints", "responders")
"""Folders of many: a leaf is added or removed without another one noticing."""


def imports(file: Path) -> set[str]:
    """The modules a file imports, wherever in it, by their full names."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are absolute"
            module = node.module or ""
            # `from a import b` imports a, and a.b where that is a module.
            found |= {module} | {f"{module}.{alias.name}" for alias in node.names}
    return found


def sources(*packages: str) -> dict[str, set[str]]:
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


def test_the_harness_talks_to_servers_through_http_only() -> None:
    for file, used in sources("harness").items():
        assert not [name for name in used if within(name, "mockserver")], file


@pytest.mark.parametrize("folder", LEAVES)
def test_leaves_do_not_know_each_other(folder: str) -> None:
    package = f"mockserver.{folder}"
    for file, used in sources(f"mockserver/{folder}").items():
        if not file.endswith("__init__.py"):
            assert not [name for name in used if within(name, package)], file


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_mechanisms_know_nothing_of_this_api(mechanism: str) -> None:
    """Not even through others."""
    every = sources("mockserver")
    reached, waiting = {mechanism}, [mechanism]
    while waiting:
        for name in every.get(f"mockserver/{waiting.pop()}.py", ()):
            inner = name.removeprefix("mockserver.").split(".")[0]
            if within(name, "mockserver") and inner not in reached:
                reached.add(inner)
                waiting.append(inner)
    assert not reached & set(API)
