"""The sample application's suite, run as its authors run it: `pytest` in its folder, with the plugin."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tests.matrix.outcomes import run_pytest
from tests.sdks.environments import ROOT


def test_the_support_desk(tmp_path: Path) -> None:
    folder = tmp_path / "support_desk"
    shutil.copytree(
        ROOT / "tests" / "apps" / "support_desk", folder, ignore=shutil.ignore_patterns("__pycache__")
    )
    written = sum(file.read_text().count("def test_") for file in folder.glob("tests/test_*.py"))
    outcome = run_pytest(sys.executable, "sample", folder)
    assert not outcome.complaints, outcome.output
    assert outcome.passed >= written > 10
