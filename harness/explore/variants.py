"""Variants of a test: which call is broken by which fault. Their names are what a reproducer is typed with.

messages.create#1~lost_ack                            the first messages.create loses its answer
runs.create#1+~503                                    every runs.create is refused
runs.create#1~429+runs.create#2~lost_ack              so is its first one, and the retry loses its answer
runs.create@2m~503                                    the first one from two virtual minutes on is refused
*@2m~stall                                            the first call of any from then on gets no answer
runs.create#1~429@17                                  in the world with the seed 17
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from harness.durations import written

_CALL = r"[a-z][a-z0-9_.]*#[1-9][0-9]*\+?"
_MOMENT = r"(?:\*|[a-z][a-z0-9_.]*)@[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h)"
_PLACE = rf"(?:{_CALL}|{_MOMENT})"
_TEXT = r'"(?:[^"\\]|\\.)*"'
_FAULT = rf"[A-Za-z0-9_.]+(?:\((?:[^()\"]|{_TEXT})*\))?"
_BREAK = re.compile(rf"({_PLACE})~({_FAULT})")
_SEED = re.compile(r"@(-?[0-9]+)$")
_VARIANT = rf"{_PLACE}~{_FAULT}(?:\+{_PLACE}~{_FAULT})*(?:@-?[0-9]+)?"
_NODE = re.compile(rf"(?s)(?P<test>.*?)\[(?:(?P<own>.*)-)?(?P<variant>{_VARIANT})\]")


@dataclass(frozen=True, slots=True)
class Break:
    """One fault at one place.

    `call` is `runs.create#1`, or `runs.create#1+` with all that follow, or `runs.create@2m`, the first one
    from two minutes of virtual time on; `*@2m` is the first of any operation on which the fault can act.
    """

    call: str
    fault: str

    @classmethod
    def read(cls, call: str, fault: str) -> Break:
        """The fault at a place as somebody has typed them. Raises ValueError for what is none."""
        if not re.fullmatch(_PLACE, call):
            raise ValueError(f"{call!r} names no call; it is written runs.create#1, runs.create#1+ or *@2m")
        if not re.fullmatch(_FAULT, fault):
            raise ValueError(f"{fault!r} is no fault; it is written 429(retry_after=20s)")
        found = cls(call, fault)
        _ = found.moment  # which may be longer than a century
        return found

    @property
    def operation(self) -> str:
        """The operation that is broken; `*` where any is."""
        return re.split("[#@]", self.call)[0]

    @property
    def ordinal(self) -> int:
        """Which call of it, the first one if several are; 0 where it is one from a moment on."""
        return int(self.call.partition("#")[2].rstrip("+") or 0)

    @property
    def moment(self) -> float | None:
        """From how many seconds of the world's time on, where that is said."""
        since = self.call.partition("@")[2]
        return written(since) if since else None

    @property
    def lasting(self) -> bool:
        """Whether all calls that follow are broken, too."""
        return self.call.endswith("+")

    @property
    def name(self) -> str:
        """The fault without its parameters."""
        return self.fault.partition("(")[0]

    def order(self) -> dict[str, Any]:
        """The fault as the control door takes it."""
        operation, _, since = self.call.partition("@")
        return {"fault": self.fault, "at": operation} | ({"since": since} if since else {})

    def __str__(self) -> str:
        return f"{self.call}~{self.fault}"


@dataclass(frozen=True, slots=True)
class Variant:
    """One run of a test with some faults; as text it is its name. `seed` is its world's, if that is said."""

    breaks: tuple[Break, ...]
    seed: int | None = None

    @classmethod
    def of(cls, *breaks: Break) -> Variant:
        """The variant with these faults."""
        return cls(breaks)

    @classmethod
    def read(cls, text: str) -> Variant:
        """The variant of this name. Raises ValueError for what is none."""
        if not re.fullmatch(_VARIANT, text):
            raise ValueError(f"{text!r} is no variant; it is written runs.create#1~lost_ack")
        seed = _SEED.search(text)
        return cls(tuple(Break(*found) for found in _BREAK.findall(text)), int(seed[1]) if seed else None)

    @property
    def depth(self) -> int:
        """How many faults it has."""
        return len(self.breaks)

    def then(self, more: Break) -> Variant:
        """The same with one fault more."""
        return replace(self, breaks=(*self.breaks, more))

    def without(self, *indexes: int) -> Variant:
        """The same without the faults at these indexes."""
        kept = (each for index, each in enumerate(self.breaks) if index not in indexes)
        return replace(self, breaks=tuple(kept))

    def __str__(self) -> str:
        seed = "" if self.seed is None else f"@{self.seed}"
        return "+".join(map(str, self.breaks)) + seed


def split(nodeid: str) -> tuple[str, Variant | None]:
    """The test and the variant of a pytest node id; None where it names none.

    `test_bot.py::test_answer[short-messages.create#1~lost_ack]` is a variant of
    `test_bot.py::test_answer[short]`.
    """
    found = _NODE.fullmatch(nodeid)
    if found is None:
        return nodeid, None
    own = f"[{found['own']}]" if found["own"] is not None else ""
    return f"{found['test']}{own}", Variant.read(found["variant"])
