"""Building the wheel and the source distribution, and what must be in them and must not."""

from __future__ import annotations

import configparser
import email
import re
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from tests.packaging.interpreters import INSTALL_SECONDS, clean
from tests.sdks.environments import ROOT, Environment, output_of

PACKAGES = ("mockserver", "harness")
NEEDED = (
    "mockserver/py.typed",
    "harness/py.typed",
    "mockserver/o200k_base.zlib",
    "harness/scenarios/assistants.schema.json",
    "harness/experiments/experiment.schema.json",
    "harness/reports/report.css",
)
"""What no archive may lack, whatever the folders hold."""
ROOT_FILES = (
    "LICENSE",
    "NOTICE",
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Makefile",
    "pyproject.toml",
)
_UNWANTED = re.compile(r"__pycache__|\.pyc$|_cache/|\.venvs?/|\.sdks/|\.hypothesis/|\.sqlite")


@dataclass(frozen=True)
class Built:
    """The archives of the tree as it is, and the wheel that the source distribution builds."""

    wheel: Path
    sdist: Path
    again: Path


def build(environment: Environment, folder: Path) -> Built:
    """Build all three. Raises RuntimeError with what the builder said."""
    made, unpacked, again = folder / "made", folder / "unpacked", folder / "again"
    _build(environment, ROOT, "--wheel", "--sdist", "--outdir", str(made))
    (wheel,), (sdist,) = made.glob("*.whl"), made.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(unpacked, filter="data")
    (tree,) = unpacked.iterdir()
    _build(environment, tree, "--wheel", "--outdir", str(again))
    (built_again,) = again.glob("*.whl")
    return Built(wheel, sdist, built_again)


def _build(environment: Environment, tree: Path, *options: str) -> None:
    command = [*environment.command, "-m", "build", "--no-isolation", *options, str(tree)]
    code, said = output_of(command, tree, clean(), INSTALL_SECONDS)
    if code:
        raise RuntimeError(f"building failed: {said.strip()[-2000:]}")


def wheel_complaints(built: Built) -> Iterator[str]:
    """What is wrong with the wheel."""
    with zipfile.ZipFile(built.wheel) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    own = {name: content for name, content in files.items() if ".dist-info/" not in name}
    wanted = {name: (ROOT / name).read_bytes() for name in _tree()}
    yield from (f"{name} is missing" for name in sorted({*NEEDED, *wanted} - own.keys()))
    yield from (f"{name} does not belong there" for name in sorted(own.keys() - wanted.keys()))
    yield from (f"{name} is another" for name in sorted(own) if name in wanted and own[name] != wanted[name])
    yield from _alien(files)
    with zipfile.ZipFile(built.again) as archive:
        again = {name: archive.read(name) for name in archive.namelist()}
    yield from (
        f"{name} differs from the wheel that the sdist builds"
        for name in sorted(files.keys() | again.keys())
        if files.get(name) != again.get(name)
    )
    yield from _metadata(files)


def sdist_complaints(built: Built) -> Iterator[str]:
    """What is wrong with the source distribution."""
    with tarfile.open(built.sdist) as archive:
        members = {
            member.name.partition("/")[2]: handle.read()
            for member in archive
            if member.isfile() and (handle := archive.extractfile(member)) is not None
        }
    named = _settings()["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    for pattern in named:
        if not any(fnmatch(name, pattern) or name.startswith(f"{pattern}/") for name in members):
            yield f"{pattern} is named in pyproject.toml and missing"
    yield from (f"{name} is missing" for name in sorted({*NEEDED, *ROOT_FILES, *_tree()} - members.keys()))
    yield from _alien(members)


def render_complaints(environment: Environment, built: Built) -> Iterator[str]:
    """What twine finds: metadata that an index would refuse, a description that does not render."""
    archives = [str(built.wheel), str(built.sdist)]
    command = [*environment.command, "-m", "twine", "check", "--strict", *archives]
    code, said = output_of(command, ROOT, clean(NO_COLOR="1"), INSTALL_SECONDS)
    if code:
        yield f"twine: {said.strip()}"


def extras() -> list[str]:
    """The extras that pyproject.toml names."""
    return list(_settings()["project"]["optional-dependencies"])


def _settings() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _tree() -> set[str]:
    """Every file of the two packages, whatever its kind: code reads its data files from beside itself."""
    return {
        file.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for file in (ROOT / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }


def _alien(files: Mapping[str, bytes]) -> Iterator[str]:
    """Compiled files and caches, and the paths of the machine it was built on."""
    paths = {str(ROOT).encode(), str(Path.home()).encode() + b"/."}
    for name, content in sorted(files.items()):
        if _UNWANTED.search(name):
            yield f"{name} does not belong there"
        if any(path in content for path in paths):
            yield f"{name} has a path of the machine it was built on"


def _metadata(files: Mapping[str, bytes]) -> Iterator[str]:
    """What an index and pip read."""
    project = _settings()["project"]

    def text(name: str) -> str:
        found = [content for path, content in files.items() if path.endswith(f".dist-info/{name}")]
        return found[0].decode() if found else ""

    metadata = email.message_from_string(text("METADATA"))
    expected = {
        "Name": [project["name"]],
        "Requires-Python": [project["requires-python"]],
        "License-Expression": [project["license"]],
        "License-File": project["license-files"],
        "Provides-Extra": sorted(project["optional-dependencies"]),
        "Description-Content-Type": ["text/markdown"],
    }
    for field, values in expected.items():
        if sorted(metadata.get_all(field, [])) != sorted(values):
            yield f"METADATA: {field} is {metadata.get_all(field)}, not {values}"
    if "Typing :: Typed" not in metadata.get_all("Classifier", []):
        yield "METADATA: no classifier Typing :: Typed"
    if str(metadata.get_payload()).strip() != (ROOT / "README.md").read_text(encoding="utf-8").strip():
        yield "METADATA: the description is not the README"
    for name in project["license-files"]:
        if text(f"licenses/{name}") != (ROOT / name).read_text(encoding="utf-8"):
            yield f"licenses/{name} is missing"
    entries = configparser.ConfigParser(delimiters=("=",), interpolation=None)
    entries.read_string(text("entry_points.txt"))
    groups: dict[str, Mapping[str, str]] = {"console_scripts": project["scripts"], **project["entry-points"]}
    for group, wanted in groups.items():
        found = {key: value.split() for key, value in entries[group].items()} if group in entries else {}
        if found != {key: value.split() for key, value in wanted.items()}:
            yield f"entry_points.txt: [{group}] is {found}"
