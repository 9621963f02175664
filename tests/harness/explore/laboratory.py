"""A project whose tests are explored, in this process."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.explore.plans import Plan
from harness.explore.variants import Variant
from tests.harness.plugin.conftest import Inner

Document = dict[str, Any]


class Laboratory:
    """Plans and explores what is in the folder of `project`; files of its own go to `folder`."""

    def __init__(self, project: Inner, folder: Path) -> None:
        self.project = project
        self.folder = folder
        self.path = folder / "plan.json"

    def plan(self, *args: str) -> Plan:
        """The plan of the project's tests."""
        self.project.run("--assistants-plan", f"--assistants-plan-file={self.path}", *args)
        return Plan.read(self.path)

    def run(
        self, variants: Mapping[str, Sequence[str]], *args: str
    ) -> tuple[dict[str, Document], pytest.RunResult]:
        """What came of these variants of each test, by their node ids, and what pytest said."""
        plan = Plan.read(self.path)
        chosen = {test: list(map(Variant.read, names)) for test, names in variants.items()}
        wanted = self.folder / "wanted.json"
        plan.with_variants(chosen).write(wanted)
        results = self.folder / "results.json"
        result = self.project.run(
            "--assistants-explore",
            f"--assistants-plan-file={wanted}",
            f"--assistants-results={results}",
            *args,
        )
        return {each["nodeid"]: each for each in json.loads(results.read_text())}, result
