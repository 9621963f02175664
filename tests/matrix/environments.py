"""The sets of versions that the plugin is to work with, and an environment for each.

They stand in `.venvs/`, made anew when their requirements or the project's own (in pyproject.toml) change.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass

from tests.sdks.environments import ROOT, Environment, python_environment


@dataclass(frozen=True)
class VersionSet:
    """One pytest, the plugins that fit it, and one SDK, beside the project itself, which is editable."""

    name: str
    requirements: tuple[str, ...]
    has_vector_stores: bool = True
    """Whether the SDK has `client.vector_stores`; until 1.66 it was `client.beta.vector_stores`."""

    def prepare(self) -> Environment:
        """Its environment, made if it is not there. Raises UnavailableError."""
        return python_environment(
            self.name, ("--editable", ".[yaml]", *self.requirements), project_contents()
        )


def project_contents() -> tuple[str, ...]:
    """What the project itself brings into an environment: its requirements, extras and entry points."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return (json.dumps(settings["project"], sort_keys=True),)


PYTEST_8_OLD = (
    "pytest==8.2.*",
    "pytest-xdist==3.6.*",
    "pytest-asyncio==0.24.*",
    "pytest-randomly==3.15.*",
    "pytest-rerunfailures==14.*",
    "pytest-timeout==2.3.*",
)
PYTEST_8 = (
    "pytest==8.4.*",
    "pytest-xdist==3.7.*",
    "pytest-asyncio==1.2.*",
    "pytest-randomly==4.0.*",
    "pytest-rerunfailures==15.*",
    "pytest-timeout==2.4.*",
)
PYTEST_9_OLD = (
    "pytest==9.0.*",
    "pytest-xdist==3.8.*",
    "pytest-asyncio==1.3.*",
    "pytest-randomly==4.0.*",
    "pytest-rerunfailures==16.1.*",
    "pytest-timeout==2.4.*",
)
PYTEST_9 = (
    "pytest==9.*",
    "pytest-xdist==3.*",
    "pytest-asyncio==1.*",
    "pytest-randomly==5.*",
    "pytest-rerunfailures==16.*",
    "pytest-timeout==2.*",
)
TRIO = ("trio",)

VERSION_SETS = (
    # That SDK breaks with newer httpx.
    VersionSet(
        "pytest8-openai1.30",
        (*PYTEST_8_OLD, *TRIO, "openai==1.30.*", "httpx<0.28", "respx"),
        has_vector_stores=False,
    ),
    VersionSet("pytest8-openai1.109", (*PYTEST_8, *TRIO, "openai==1.109.*", "respx")),
    VersionSet("pytest9-openai2.54", (*PYTEST_9_OLD, *TRIO, "openai==2.54.*", "respx")),
    VersionSet("pytest9-openai3.54", (*PYTEST_9, *TRIO, "openai==3.54.*")),
)
