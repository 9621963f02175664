"""What a run of generated requests must have done to count as passed, and what is read of a crashed one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conformance.fuzzing import report, written

OPERATIONS = {"GET /files", "POST /files"}
SENT: list[dict[str, Any]] = [
    {"operation": "GET /files", "family": "2xx"},
    {"operation": "POST /files", "family": "4xx"},
]


def test_all_that_was_wanted_was_sent(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(SENT, [0, 0], 2, OPERATIONS)
    assert "| `GET /files` | 1 | 1 | 0 | 0 | 0 |" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("lines", "codes", "wanted", "said"),
    [
        (SENT, [0, 0], 3, "only 2 of 3 requests"),
        (SENT, [0, 1], 2, "a worker crashed"),
        (SENT, [-9, 0], 2, "a worker crashed"),
        (SENT[:1] * 2, [0, 0], 2, "no request was sent to POST /files"),
        ([*SENT, {**SENT[0], "objection": "a law", "curl": "curl X"}], [0, 0], 2, "1 x GET /files: a law"),
    ],
)
def test_anything_else_is_a_failure(
    lines: list[dict[str, Any]], codes: list[int], wanted: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not report(lines, codes, wanted, OPERATIONS)
    assert said in capsys.readouterr().out


def test_what_a_crashed_worker_wrote_is_kept(tmp_path: Path) -> None:
    result = tmp_path / "result.jsonl"
    result.write_text('{"operation": "GET /files", "family": "2xx"}\n{"operation": "GET /f')
    assert list(written(result)) == SENT[:1]
