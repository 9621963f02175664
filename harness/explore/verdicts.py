"""What became of a program under a fault."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["ok", "warn", "fail", "apart"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One of the ten: its name, the letter in the matrix, how bad it is, and what it means."""

    name: str
    symbol: str
    severity: Severity
    about: str

    def __str__(self) -> str:
        return self.name


CORRUPT = Verdict("corrupt", "C", "fail", "what the server holds is broken, whatever the program said")
WRONG = Verdict("wrong", "W", "fail", "the answer is wrong, and no error was raised")
HUNG = Verdict("hung", "H", "fail", "the program waits, or goes on, without an end")
CRASHED = Verdict("crashed", "X", "fail", "an error that has nothing to do with the API")
STORMED = Verdict("stormed", "T", "warn", "more or other calls than the server can be asked to bear")
LEAKED = Verdict("leaked", "L", "warn", "more is left behind than without the fault")
RAW_ERROR = Verdict("raw error", "!", "warn", "an error of the SDK escaped that the test did not declare")
SURFACED = Verdict("surfaced", "s", "ok", "a declared error, or the test knew of the fault")
ABSORBED = Verdict("absorbed", ".", "ok", "nobody noticed")
NOT_REACHED = Verdict("not reached", "-", "apart", "the fault has never acted")

WORST_FIRST = (
    *(CORRUPT, WRONG, HUNG, CRASHED, STORMED, LEAKED, RAW_ERROR),
    *(SURFACED, ABSORBED, NOT_REACHED),
)
"""All verdicts. Where several would do, the first counts."""

VERDICTS = {verdict.name: verdict for verdict in WORST_FIRST}
