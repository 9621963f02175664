"""Other mocks that a test could use instead, each in an environment of its own.

It is made when it is first asked for. They come from the registries by version, so that a figure says what it
was measured against.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.sdks.environments import ROOT, NodeSdk, UnavailableError, python_environment
from tests.spec import FOLDER

DESCRIPTION = FOLDER / "assistants.openapi.json"


@dataclass(frozen=True, slots=True)
class Listening:
    """A peer that is a server of its own: the command for a port, and what its paths begin with."""

    name: str
    command: Callable[[int], Sequence[str]]
    prefix: str
    first: str
    """The path it is first asked for."""


def prism() -> Listening:
    """Prism answers what the published description gives as examples. Raises UnavailableError.

    The newest that runs on the Node the SDKs are tested on. It logs nothing, so that it need not.
    """
    if not DESCRIPTION.is_file():
        raise UnavailableError(f"the published description is not at {DESCRIPTION}")
    node, package = _node_package("prism", "@stoplight/prism-cli", "5.14")
    program = [node, str(package / "dist" / "index.js"), "mock", "-v", "silent"]
    return Listening(
        "prism 5.14", lambda port: [*program, "-p", str(port), str(DESCRIPTION)], "", "/assistants/asst_1"
    )


def aimock() -> Listening:
    """aimock mocks chats and much more, and of the Assistants API the files. Raises UnavailableError."""
    node, package = _node_package("aimock", "@copilotkit/aimock", "1.43")
    program = [node, str(package / "dist" / "cli.js"), "--log-level", "silent"]
    fixtures = str(package / "fixtures")
    return Listening(
        "aimock 1.43", lambda port: [*program, "-f", fixtures, "-p", str(port)], "/v1", "/v1/files"
    )


def openai_responses() -> str:
    """The Python of an environment with openai-responses and the mock. Raises UnavailableError."""
    name = "peer-openai-responses"
    return python_environment(name, ["openai-responses==0.13.*", "--editable", "."]).command[0]


def itself(port: int) -> list[str]:
    """The mock's own command."""
    command = Path(sys.executable).with_name("assistants-mock")
    return [str(command), "serve", "--clock", "virtual", "--port", str(port)]


def _node_package(name: str, package: str, version: str) -> tuple[str, Path]:
    """Node, and the folder of a package from npm."""
    environment = NodeSdk(f"peer-{name}", f"{package}@{version}").prepare()
    return environment.command[0], ROOT / ".sdks" / f"peer-{name}" / "node_modules" / package
