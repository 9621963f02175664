"""The Pythons of this machine, and empty environments made with them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.sdks.environments import output_of

VERSIONS = ("3.11", "3.12", "3.13", "3.14")
COMMAND_SECONDS = 120
INSTALL_SECONDS = 600
FOREIGN = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "OPENAI_BASE_URL", "OPENAI_API_KEY", "PIP_TARGET")
"""Variables that would let something in from outside an environment."""


def find(version: str) -> Path | None:
    """A Python of this minor version: on the path, among pyenv's, or the one that runs this."""
    for candidate in _candidates(version):
        code, said = output_of(
            [str(candidate), "-c", "import sys, venv; print('%d.%d' % sys.version_info[:2])"],
            Path.cwd(),
            clean(),
            COMMAND_SECONDS,
        )
        if code == 0 and said.strip() == version:
            return candidate
    return None


def _candidates(version: str) -> Iterator[Path]:
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    yield from sorted(root.glob(f"{version}*/bin/python{version}"), reverse=True)
    on_path = shutil.which(f"python{version}")
    if on_path is not None:
        yield Path(on_path)
    yield Path(sys.executable)


def clean(**added: str) -> dict[str, str]:
    """The variables of this process without those that reach into an environment."""
    return {name: value for name, value in os.environ.items() if name not in FOREIGN} | added


@dataclass(frozen=True)
class Installed:
    """An environment with nothing but what was asked for, and an empty folder to work in."""

    folder: Path
    python: Path
    pip: Sequence[str] = field(repr=False)

    @property
    def work(self) -> Path:
        """Where its programs run: outside the project, so that nothing of it is found by chance."""
        work = self.folder / "work"
        work.mkdir(exist_ok=True)
        return work

    def script(self, name: str) -> str:
        """An installed command."""
        return str(self.python.with_name(name))

    def install(self, *arguments: str) -> str:
        """What pip says when this cannot be installed; nothing when it was."""
        command = [*self.pip, "--python", str(self.python), "install", "--quiet", *arguments]
        code, said = output_of(command, self.work, clean(), INSTALL_SECONDS)
        errors = [line for line in said.splitlines() if "error" in line.lower()]
        return "" if code == 0 else (errors or said.strip().splitlines() or ["pip failed"])[0]

    def run(
        self, *command: str, variables: Mapping[str, str] | None = None, seconds: float = COMMAND_SECONDS
    ) -> tuple[int, str]:
        """Exit code and output of a command in the folder to work in."""
        return output_of(command, self.work, clean(**(variables or {})), seconds)

    def program(self, text: str, variables: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Exit code and output of a Python program."""
        return self.run(str(self.python), "-c", text, variables=variables)

    def distributions(self) -> tuple[int, float]:
        """How many are installed, and how many megabytes they take with all that lies beside them."""
        code, said = self.program("import sysconfig; print(sysconfig.get_path('purelib'))")
        if code:
            raise RuntimeError(said)
        packages = Path(said.strip())
        size = sum(file.stat().st_size for file in packages.rglob("*") if file.is_file())
        return len(list(packages.glob("*.dist-info"))), size / 1e6


def empty(python: Path, folder: Path, pip: Sequence[str]) -> Installed:
    """A new environment of this Python without even a pip; the pip that is given installs into it."""
    command = [str(python), "-m", "venv", "--without-pip", str(folder)]
    done = subprocess.run(command, env=clean(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"no environment could be made: {(done.stderr or done.stdout).strip()}")
    return Installed(folder, folder / "bin" / "python", pip)
