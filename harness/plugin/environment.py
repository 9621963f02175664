"""The environment variables that lead an application to a server, and whether a test suite wants them set."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import translate
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

AZURE_API_VERSION = "2024-05-01-preview"
LOOPBACK = ("127.0.0.1", "localhost")

_ASKS = rb"""(?x) \bmark\.assistants\b
    | \b(?:usefixtures|getfixturevalue)\s*\([^)]*["']assistants
    | [(,]\s*assistants(?:_server|_target)?\s*[,):]  # a parameter of a test or of a fixture"""


class Environment:
    """What SDKs read: where the server is and which key to use; OpenAI's variables and Azure's.

    As a context manager it is set inside and restored afterwards.
    """

    def __init__(self, base_url: str, api_key: str, no_proxy: Sequence[str] = ()) -> None:
        """Lead to the server at `base_url` (with `/v1`), with this key, and around proxies to `no_proxy`."""
        self.base_url = base_url
        self.api_key = api_key
        self._direct = (*LOOPBACK, *no_proxy)
        self._before: dict[str, str | None] | None = None

    def variables(self) -> dict[str, str]:
        """The variables and their values, as they would be set now."""
        wanted = {
            "OPENAI_BASE_URL": self.base_url,
            "OPENAI_API_KEY": self.api_key,
            "AZURE_OPENAI_ENDPOINT": self.base_url.removesuffix("/v1"),
            "AZURE_OPENAI_API_KEY": self.api_key,
        }
        if not os.environ.get("OPENAI_API_VERSION"):
            wanted["OPENAI_API_VERSION"] = AZURE_API_VERSION  # AzureOpenAI refuses to be made without
        from harness.network.leaving import exempting

        exempt = exempting(os.environ.get("NO_PROXY") or os.environ.get("no_proxy"), self._direct)
        return wanted | {"NO_PROXY": exempt, "no_proxy": exempt}

    @property
    def is_set(self) -> bool:
        """Whether it was set and not restored."""
        return self._before is not None

    def set(self) -> None:
        """Set the variables, remembering what they were; does nothing when they are set."""
        if self._before is None:
            wanted = self.variables()
            self._before = {name: os.environ.get(name) for name in wanted}
            os.environ.update(wanted)

    def restore(self) -> None:
        """Make them what they were before `set`; does nothing when they were not set."""
        before, self._before = self._before, None
        for name, value in (before or {}).items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

    def __enter__(self) -> Environment:
        self.set()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.restore()


class Search(NamedTuple):
    """Globs: file names of scenarios and of tests, which may ask for a mock, and folders not to look into."""

    scenarios: Sequence[str] = ("*.assistants.yaml",)
    tests: Sequence[str] = ("test_*.py", "*_test.py")
    left_out: Sequence[str] = (".*", "venv", "node_modules")

    def finds(self, places: Iterable[Path], root: Path) -> bool:
        """Whether tests in these files and folders ask for a mock: fixture, marker or scenario file.

        The conftest files above them, up to `root`, are read too. The first hit ends the search; what cannot
        be read asks for nothing.
        """
        scenario, test = _globs(self.scenarios), _globs([*self.tests, "conftest.py"])
        above: set[str] = set()
        for place in places:
            for file in _files(place, _globs([*self.left_out, "__pycache__"])):
                name = os.path.basename(file)  # noqa: PTH119 - paths as text: there may be thousands
                if scenario.fullmatch(name):
                    return True
                if (test.fullmatch(name) or file == str(place)) and _asks(file):
                    return True
            for folder in (place, *place.parents):
                above.add(str(folder / "conftest.py"))
                if folder == root:
                    break
        return any(_asks(file) for file in above)


def _globs(globs: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(translate(glob) for glob in globs))


def _files(place: Path, left_out: re.Pattern[str]) -> Iterator[str]:
    """The file itself, or every file below a folder."""
    if not place.is_dir():
        yield str(place)
    for folder, folders, files in os.walk(place):
        folders[:] = [name for name in folders if not left_out.fullmatch(name)]
        yield from (f"{folder}{os.sep}{name}" for name in files)


def _asks(file: str) -> bool:
    try:
        with open(file, "rb", buffering=0) as opened:  # noqa: PTH123 - the quickest way to read one whole
            text = opened.read()
    except OSError:
        return False
    return b"assistants" in text and re.search(_ASKS, text) is not None
