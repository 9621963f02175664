"""A few rounds of `python -m tests.soak kill`."""

from __future__ import annotations

from pathlib import Path
from random import SystemRandom

from tests.soak.kill import kill_rounds

ROUNDS = 4


def test_what_was_acknowledged_is_there_after_a_kill(tmp_path: Path) -> None:
    seed = SystemRandom().randrange(1_000_000)
    toll = kill_rounds(ROUNDS, seed, tmp_path)
    assert toll.violations == [], f"python -m tests.soak kill --kills {ROUNDS} --seed {seed}"
    assert toll.kills >= ROUNDS
    assert toll.acknowledged > 0
