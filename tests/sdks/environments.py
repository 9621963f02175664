"""The SDK versions, and an environment for each, made from nothing and kept until its contents change.

Python environments stand in `.venvs/`, Node folders in `.sdks/`. A file `ready` in each says what is in it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
SETUP_SECONDS = 600
NODE_PACKAGE = "node@22"
"""The newest SDK needs Node 22; all versions run on it, whatever Node the machine has."""
_NODE_TURN = threading.Lock()


class UnavailableError(Exception):
    """An environment that cannot be had here, and why."""


@dataclass(frozen=True)
class Environment:
    """Where an SDK is ready to run: the interpreter's command line, and the folder it is in."""

    command: tuple[str, ...]
    folder: Path
    setup_seconds: float


@dataclass(frozen=True)
class PythonSdk:
    """One version of the Python SDK; nothing else is installed beside it."""

    name: str
    requirements: tuple[str, ...]

    readme_language = "python"
    runs_pages = False

    def prepare(self) -> Environment:
        """Its environment, made if it is not there. Raises UnavailableError."""
        return python_environment(self.name, self.requirements)

    def program(self, environment: Environment) -> list[str]:
        """The command that runs the checks, from the project's folder."""
        return [*environment.command, "-m", "tests.sdks.program"]

    def example(self, environment: Environment) -> list[str]:
        """The command that runs a program of the README, to which its file is added."""
        return [*environment.command, "-W", "ignore::DeprecationWarning"]


@dataclass(frozen=True)
class NodeSdk:
    """One version of the Node SDK."""

    name: str
    requirement: str
    readme_language: str = "javascript"
    runs_pages: bool = True

    def prepare(self) -> Environment:
        """Its folder, made if it is not there. Raises UnavailableError."""
        node, seconds = _node()
        folder = ROOT / ".sdks" / self.name
        seconds += ready(folder, [self.requirement], lambda: _npm_install(folder, self.requirement))
        return Environment((str(node), "--no-deprecation"), folder, seconds)

    def program(self, environment: Environment) -> list[str]:
        """The command that runs the checks, from the project's folder."""
        return [*environment.command, str(HERE / "program.mjs"), str(environment.folder)]

    def example(self, environment: Environment) -> list[str]:
        """The command that runs a program of the README, to which its file is added."""
        return list(environment.command)


SDKS: tuple[PythonSdk | NodeSdk, ...] = (
    PythonSdk("python-1.30", ("openai==1.30.*", "httpx<0.28")),  # that SDK breaks with newer httpx
    PythonSdk("python-1.109", ("openai==1.109.*",)),
    PythonSdk("python-2.54", ("openai==2.54.*",)),
    PythonSdk("python-3.54", ("openai==3.54.*",)),
    # The programs of the README and the pages name a run as SDKs from version 5 on do.
    NodeSdk("node-4.86", "openai@4.86", readme_language="", runs_pages=False),
    NodeSdk("node-4.104", "openai@4.104", readme_language="", runs_pages=False),
    NodeSdk("node-6.9", "openai@6.9"),
    NodeSdk("node-7", "openai@7"),
)


def python_environment(name: str, requirements: Sequence[str], also: Sequence[str] = ()) -> Environment:
    """An environment with these requirements: arguments of `pip install`, run in the project's folder.

    It is made if it is not there, or holds something else; `also` is what else its contents depend on. Raises
    UnavailableError.
    """
    folder = ROOT / ".venvs" / name
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"

    def make() -> None:
        run_setup([sys.executable, "-m", "venv", str(folder)], ROOT)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run_setup([*pip, *requirements], ROOT)

    contents = [*requirements, f"python {sys.version}", *also]
    return Environment((str(python),), folder, ready(folder, contents, make))


def _node() -> tuple[Path, float]:
    """The Node that runs the SDKs, from npm, and how long it took to set up."""
    folder = ROOT / ".sdks" / "node22"
    package = folder / "node_modules" / "node" / "bin"
    node = package / ("node.exe" if sys.platform == "win32" else "node")

    def make() -> None:
        _npm_install(folder, NODE_PACKAGE)
        run_setup([str(node), "--version"], folder)

    with _NODE_TURN:
        return node, ready(folder, [NODE_PACKAGE], make)


def _npm_install(folder: Path, package: str) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise UnavailableError("npm is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text(json.dumps({"private": True}))
    # Node's own package fetches the binary for this machine in an install script.
    quiet = ["--no-audit", "--no-fund", "--loglevel=error", "--ignore-scripts=false"]
    run_setup([npm, "install", *quiet, package], folder)


def ready(folder: Path, contents: Sequence[str], make: Callable[[], None]) -> float:
    """Make a folder unless it says it has these contents; how long that took."""
    stamp, wanted = folder / "ready", "\n".join(contents)
    if stamp.is_file() and stamp.read_text() == wanted:
        return 0.0
    start = time.perf_counter()
    shutil.rmtree(folder, ignore_errors=True)
    make()
    stamp.write_text(wanted)
    return time.perf_counter() - start


def run_setup(command: Sequence[str], folder: Path) -> None:
    """Run one command of a set-up; its last words are the reason of the UnavailableError if it fails."""
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=SETUP_SECONDS, check=False
        )
    except OSError as error:
        raise UnavailableError(f"{Path(command[0]).name}: {error}") from error
    except subprocess.TimeoutExpired as error:
        raise UnavailableError(f"{Path(command[0]).name} took more than {SETUP_SECONDS} s") from error
    if done.returncode:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if "error" in line.lower()]
        lines = [line for line in lines if "complete log" not in line]  # npm's last line names a file
        said = lines[-1].strip() if lines else f"exit code {done.returncode}"
        raise UnavailableError(f"{Path(command[0]).name}: {said}")


def output_of(
    command: Sequence[str], folder: Path, variables: Mapping[str, str], seconds: float
) -> tuple[int, str]:
    """Exit code, and what was written to both outputs; what takes longer than `seconds` has failed."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as expired:
        said: bytes = expired.output or b""  # bytes even where text was asked for
        return 1, f"{said.decode(errors='replace')}\nstopped after {seconds:g} s"
    return done.returncode, done.stdout
