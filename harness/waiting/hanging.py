"""The verdict on programs that wait for what will never come.

The server proves it: the same was asked again and again, and nothing is pending that could bring another
answer (`quiescence` in what it says about time). A program may wait so for a while; many give up by
themselves. When it has gone on for longer than anybody would, HungError ends it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.control import Control, ControlError

PATIENCE_SECONDS = 3600.0
PATIENCE_READS = 1000

_LAST_CALLS = 6

_HINT = (
    "Such a loop needs an end of its own: a number of tries, or a deadline by time.monotonic(), time.time()\n"
    "or asyncio.timeout(). What is slept moves these; it does not move datetime.now() or time.perf_counter()."
)


class HungError(BaseException):
    """A program that waits for something which will never come, ended.

    No Exception, so that no `except Exception` in the program takes it for a broken connection and tries
    again.
    """

    __module__ = "harness"  # where it is public, and so its name in tracebacks

    def __init__(self, verdict: str, proof: Mapping[str, Any] | None = None) -> None:
        """End a program with this verdict, on this proof: what the server said, `subject` and `reads`."""
        super().__init__(verdict)
        self.subject: str = proof["subject"] if proof else ""
        self.reads: int = proof["reads"] if proof else 0

    def another(self) -> HungError:
        """The same verdict, to be raised elsewhere."""
        return HungError(str(self), {"subject": self.subject, "reads": self.reads})


class Patience:
    """How long a program may go on when it is proven that it waits in vain.

    It has had enough after so many equal reads, or when it has slept for more than so many seconds of the
    world's time since the proof was there. Who does not read on is left alone: it may be about to do
    something else.

    Also without a proof it may be limited how many `calls` a program makes and how many seconds of the
    world's time it lasts (`longest`): for those that do something each time, and never end.
    """

    def __init__(
        self,
        seconds: float = PATIENCE_SECONDS,
        reads: int = PATIENCE_READS,
        calls: int | None = None,
        longest: float | None = None,
    ) -> None:
        self.seconds = seconds
        self.reads = reads
        self.calls = calls
        self.longest = longest
        self._since = 0.0
        self._last = 0

    def ends(self, proof: Mapping[str, Any] | None, slept: float) -> bool:
        """Whether it is to be ended now; `slept` is for how long it slept altogether before it read last."""
        before, self._last = self._last, proof["reads"] if proof else 0
        if before == 0 or self._last < before:
            self._since = slept  # the first proof, or one that is counted anew
        elif self._last == before:
            return False
        return self._last >= self.reads or slept - self._since > self.seconds

    def overrun(self, calls: int, slept: float) -> HungError | None:
        """The error for a program that has made so many calls and slept so long, if that is too much."""
        if self.calls is not None and calls > self.calls:
            return HungError(f"the program goes on without an end: it has made {calls:,} calls.\n{_HINT}")
        if self.longest is not None and slept > self.longest:
            lasted = f"it has slept {slept:,.0f} seconds of the mock's time"
            return HungError(f"the program goes on without an end: {lasted}.\n{_HINT}")
        return None


def hung(control: Control, proof: Mapping[str, Any], slept: float) -> HungError:
    """The error for a proof: what was asked, how often, the last calls, and what can be done.

    `slept` is in seconds of the world's time, since the program began.
    """
    lines = [
        _finding(proof["subject"], proof["reads"]),
        f"It has slept {slept:,.0f} seconds of the mock's time.",
    ]
    calls = _calls(control)
    if calls:
        lines += ["The last calls:", *(f"  {line}" for line in calls)]
    return HungError("\n".join([*lines, _HINT]), proof)


def _finding(subject: str, reads: int) -> str:
    for ending, said in (("failed", "failed, because of a fault"), ("refused", "was refused")):
        call = subject.removesuffix(f" {ending}")
        if call != subject:
            return (
                f"the program makes a call in vain: {call} {said}, {reads:,} times in a row, and nothing is "
                "pending that could change that."
            )
    return (
        f"the program waits in vain: {subject} was read {reads:,} times in a row, and nothing is pending "
        "that could change it."
    )


def _calls(control: Control) -> list[str]:
    """The last calls of a journal, equal ones on one line; none if it cannot be read any more."""
    from harness.handle.history import Exchange, read_entries
    from harness.handle.timelines import call_lines

    try:
        entries = read_entries(control)
        return call_lines([entry for entry in entries if isinstance(entry, Exchange)])[-_LAST_CALLS:]
    except (OSError, ControlError):
        return []
