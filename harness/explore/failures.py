"""How a run of a test ended, as far as an exception tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import pytest

from harness.waiting.hanging import HungError

SDK = frozenset(
    (
        *("openai", "httpx", "httpx2", "httpcore", "httpcore2", "h11", "h2", "anyio"),
        *("requests", "urllib3", "aiohttp", "azure"),
    )
)
"""The packages whose errors are those of the API or of the way to it."""

Kind = Literal["declared", "sdk", "assertion", "hung", "other"]

_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Failure:
    """An exception that ended a test: its kind, its type and words, and the line of the user's code."""

    kind: Kind
    type: str
    message: str
    where: str

    def to_json(self) -> dict[str, str]:
        """As reports show it."""
        return {"type": self.type, "message": self.message, "where": self.where}


def failure_of(error: BaseException, *, declared: Sequence[str], root: Path) -> Failure:
    """What an exception says. `declared` are names of exceptions that the test allows, with or without their
    module; `root` is where the user's code lies.
    """
    error = _first(error)
    frames = list(_frames(error.__traceback__))
    own = [frame for frame in frames if _is_own(frame[0], root)]
    file, line, name, rewritten = (own or frames or [("", 0, "", False)])[-1]
    where = f"{_short(file, root)}:{line} in {name}" if file else ""
    message = str(error).strip()
    if not isinstance(error, HungError):
        message = message.partition("\n")[0]
    if len(message) > _LONGEST:
        message = f"{message[:_LONGEST]}…"
    return Failure(_kind(error, declared, rewritten), type_name(type(error)), message, where)


def type_name(kind: type[BaseException]) -> str:
    """An exception's name as people write it: `ValueError`, `openai.APITimeoutError`."""
    module = kind.__module__
    if module in ("builtins", "_pytest.outcomes"):
        return kind.__name__
    return f"{module}.{kind.__name__}"


def is_declared(kind: type[BaseException], declared: Sequence[str]) -> bool:
    """Whether an exception is one of these, or of a class below one of them."""
    for base in kind.__mro__:
        names = (base.__name__, f"{base.__module__}.{base.__name__}", f"{base.__module__}:{base.__name__}")
        if any(name in declared for name in names):
            return True
    return False


def _kind(error: BaseException, declared: Sequence[str], rewritten: bool) -> Kind:
    if isinstance(error, HungError):
        return "hung"
    if is_declared(type(error), declared):
        return "declared"
    if isinstance(error, pytest.fail.Exception) or (isinstance(error, AssertionError) and rewritten):
        return "assertion"
    return "sdk" if type(error).__module__.partition(".")[0] in SDK else "other"


def _first(error: BaseException) -> BaseException:
    """Of a group, the first that is in it."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _frames(traceback: TracebackType | None) -> Any:
    """File, line, function of each frame, and whether pytest has rewritten the asserts of its module."""
    while traceback is not None:
        frame = traceback.tb_frame
        code = frame.f_code
        yield code.co_filename, traceback.tb_lineno, code.co_name, "@pytest_ar" in frame.f_globals
        traceback = traceback.tb_next


def _is_own(file: str, root: Path) -> bool:
    return file.startswith(str(root)) and "site-packages" not in file


def _short(file: str, root: Path) -> str:
    return file[len(str(root)) + 1 :] if file.startswith(f"{root}/") else Path(file).name
