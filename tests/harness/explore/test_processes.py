"""Programs that are explored are gone afterwards, whatever they have started."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from pathlib import Path

import pytest

from harness.explore.processes import MOST_OUTPUT, run
from tests.harness.explore.desk import PATIENCE_SECONDS, Desk, is_gone, wait_until
from tests.harness.forkserver import warm_commands


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_nothing_outlives_an_interruption(desk: Desk, number: signal.Signals) -> None:
    command = "sleep 300 & echo $! > child; echo $$ > parent; sleep 300"
    words = [str(warm_commands() / "assistants-mock"), "explore", "--cmd", command]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        wait_until(lambda: (desk.folder / "parent").exists() and (desk.folder / "parent").read_text() != "")
        process.send_signal(number)
        said, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    for name in ("child", "parent"):
        assert is_gone(int((desk.folder / name).read_text()))


def test_what_a_program_leaves_running_ends_with_it(tmp_path: Path) -> None:
    command = "sleep 300 & echo $! > child; seq 100000; echo over"
    ended = run(command, tmp_path, os.environ, lambda lasted: "", threading.Event())
    assert (ended.code, ended.cut) == (0, "")
    assert ended.output.endswith("99999\n100000\nover\n")
    assert len(ended.output) <= MOST_OUTPUT
    assert is_gone(int((tmp_path / "child").read_text()))
