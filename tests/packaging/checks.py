"""What is checked on each Python: every check fills one cell of its row, or says what is wrong."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from mockserver import __version__
from tests.packaging import programs
from tests.packaging.archives import Built, extras
from tests.packaging.interpreters import Installed, empty
from tests.packaging.uses import SPEED, USES, answers, serving
from tests.sdks import readme
from tests.sdks.environments import ROOT, Environment

WHEELS_ONLY = ("--only-binary", ":all:")
"""Nobody is to need a compiler."""
DEVELOPERS = ("dev", "bench")
"""Extras for this project's own developers: what they need is looked up, not installed."""
COLUMNS = ("wheel", "sdist", "core", "command", "serve + SDK", "plugin", "extras", "types")


@dataclass
class Row:
    """One Python: a cell for each column, and everything that is wrong."""

    python: str
    cells: dict[str, str] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    def check(self, column: str, measure: Callable[[], tuple[str, list[str]]]) -> None:
        """Fill a column with what the check shows; what it raises is a complaint, too."""
        try:
            shown, found = measure()
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            found = [f"{type(error).__name__}: {error} ({Path(last.filename).name}:{last.lineno})"]
            shown = ""
        self.cells[column] = "FAILED" if found else shown
        self.complaints += [f"{column}: {complaint}" for complaint in found]


class Checks:
    """All checks of one Python, in a folder that may be thrown away."""

    def __init__(self, python: Path, folder: Path, built: Built, builder: Environment) -> None:
        """`builder` has the pip that installs and the mypy that checks."""
        self._python = python
        self._folder = folder
        self._built = built
        self._builder = builder.command
        self._pip = (*builder.command, "-m", "pip", "--disable-pip-version-check", "--no-input")

    def run(self, row: Row) -> None:
        """Fill the row."""
        core = self._empty("core")
        row.check("wheel", lambda: ("installs", _said(core.install(str(self._built.wheel), *WHEELS_ONLY))))
        row.check("core", lambda: (f"{(found := core.distributions())[0]} / {found[1]:.1f} MB", []))
        row.check("command", lambda: ("works", _commands(core)))
        row.check("sdist", lambda: ("installs", self._sdist()))
        environments: dict[str, Installed] = {}
        row.check("extras", lambda: self._extras(environments, core))
        row.check("serve + SDK", lambda: ("works", _readme(core, environments["demo"])))
        row.check("plugin", lambda: ("works", _plugin(environments["pytest"])))
        row.check("types", lambda: ("checked", self._types(environments["pytest"])))

    def _empty(self, name: str) -> Installed:
        return empty(self._python, self._folder / name, self._pip)

    def _sdist(self) -> list[str]:
        """pip builds it, and nothing else than a wheel is built for what it needs."""
        installed = self._empty("sdist")
        only = ("--only-binary", ":all:", "--no-binary", "assistants-mock")
        return _said(installed.install(str(self._built.sdist), *only)) or _commands(installed)

    def _extras(self, environments: dict[str, Installed], core: Installed) -> tuple[str, list[str]]:
        """Each in an environment of its own, used there; and what is said where it is not."""
        complaints: list[str] = []
        uses = [*USES, SPEED]
        for extra in extras():
            installed = self._empty(extra)
            wanted = f"assistants-mock[{extra}] @ {self._built.wheel.as_uri()}"
            options = ("--dry-run",) if extra in DEVELOPERS else ("--no-compile",)
            said = installed.install(wanted, *options, *WHEELS_ONLY)
            if said:
                complaints.append(f"[{extra}] cannot be installed: {said}")
                continue
            environments[extra] = installed
            complaints += [bad for use in uses if use.extra == extra and (bad := use.present(installed))]
        complaints += _missing(core)
        return f"all {len(extras())}", complaints

    def _types(self, installed: Installed) -> list[str]:
        """A typed program passes strict mypy, and runs; a wrong one is refused for its two mistakes."""
        said = self._mypy(installed, "typed.py", programs.TYPED)
        complaints = [] if said.startswith("Success") else [said]
        wrong = self._mypy(installed, "mistyped.py", programs.MISTYPED)
        if "Found 2 errors" not in wrong:
            complaints.append(f"two mistakes, and mypy says: {wrong}")
        code, output = installed.run(str(installed.python), "-W", "ignore", "typed.py")
        if code or "THREAD_" not in output:
            complaints.append(f"the typed program: {output.strip()[-400:]}")
        return complaints

    def _mypy(self, installed: Installed, name: str, text: str) -> str:
        (installed.work / name).write_text(text, encoding="utf-8")
        command = [*self._builder, "-m", "mypy", "--strict", "--python-executable", str(installed.python)]
        return installed.run(*command, name, seconds=300)[1].strip()


def _said(complaint: str) -> list[str]:
    return [complaint] if complaint else []


def _commands(installed: Installed) -> list[str]:
    """The command tells its version, its routes and its faults, and finds the commands of the harness."""
    wanted = {
        "version": __version__,
        "routes": "runs.create",
        "faults": "lost_ack",
        "practices": "poll",
        "--help": "experiment",
    }
    complaints = []
    for argument, part in wanted.items():
        code, said = installed.run(installed.script("assistants-mock"), argument)
        if code or part not in said:
            complaints.append(f"assistants-mock {argument} says: {said.strip()[-300:]}")
    return complaints


def _missing(core: Installed) -> list[str]:
    """What the core alone says where an extra is needed."""
    complaints = [bad for use in USES if not use.beside and (bad := use.missing(core))]
    for use in USES:
        if use.beside:  # last, for the core is not alone from here on
            complaints += _said(core.install(*use.beside, *WHEELS_ONLY)) or _said(use.missing(core))
    return complaints


def _readme(core: Installed, demo: Installed) -> list[str]:
    """The core's server answers, and the README's first program runs against it."""
    text = readme.program(ROOT / "README.md", "python")
    if text is None:
        return ["the README has no program"]
    with serving(core) as base_url:
        complaints = _said(answers(base_url))
        variables = {"OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": "any-key", "PYTHONWARNINGS": "ignore"}
        code, said = demo.program(text, variables)
    if code or "completed" not in said:
        complaints.append(f"the README's program: {said.strip()[-400:]}")
    return complaints


def _plugin(installed: Installed) -> list[str]:
    """A test of three lines passes, and pytest needs to be told nothing."""
    (installed.work / "test_three_lines.py").write_text(programs.TEST, encoding="utf-8")
    code, said = installed.run(installed.script("pytest"), "-q", "test_three_lines.py")
    return [] if code == 0 and "1 passed" in said else [said.strip()[-600:]]
