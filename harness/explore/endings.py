"""How a run of a program ended, as far as its exit code and its last words tell."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.explore.failures import Failure, Kind
from harness.explore.languages import FOREIGN, LANGUAGES, SDK_FRAME, Language
from harness.explore.processes import Ended

_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_NPM = re.compile(r"npm (?:ERR!|error|notice)|Node\.js v\d|error Command failed|ELIFECYCLE|exit status \d+$")
"""Lines that say no more than that a program has failed."""

_ANNOUNCING = ("expect(", "Assert.", "Failure/Error:")
_STACK = re.compile(r"(?:at|#) |code: |❯|\d+ \|")
"""What follows after all that an error says."""

_STACK_LINES = 40
"""So many lines may lie between an error and its stack."""

_LONGEST = 300


@dataclass(frozen=True, slots=True)
class _Found:
    """An error in an output: where it begins and ends there, what it says, and the line of the program."""

    start: int
    end: int
    type: str
    message: str
    where: str
    in_sdk: bool


def failure_of_program(ended: Ended, *, declared: Sequence[str], folder: Path) -> Failure | None:
    """How a program has failed; None where it has not.

    `declared` are names of errors that it may end with, with or without their module, or what is said of an
    end without an error: `exit code 3`. `folder` is where its code lies.
    """
    if ended.cut:
        return Failure("hung", "harness.HungError", ended.cut, "")
    if ended.code == 0:
        return None
    output = _COLOURS.sub("", ended.output).replace("\r\n", "\n")
    for language in _likely(output):
        errors = list(_errors(output, language, declared, folder))
        if errors:
            kinds = [_kind(error, language, declared) for error in errors]
            # A failed assertion says that an answer is wrong; of other errors the last one has ended it.
            index = kinds.index("assertion") if "assertion" in kinds else -1
            error = errors[index]
            return Failure(kinds[index], error.type, _short(error.message), error.where)
    said = _said(ended.code)
    kind: Kind = "declared" if said in declared else "other"
    return Failure(kind, said, _short(last_words(output).strip()), "")


def last_words(output: str, most: int = 1) -> str:
    """The last lines of an output that say anything."""
    lines = [line.rstrip() for line in _COLOURS.sub("", output).splitlines()]
    return "\n".join([line for line in lines if line and not _NPM.search(line)][-most:])


def _said(code: int | None) -> str:
    """The end of a program without an error."""
    number = 0 if code is None else -code if code < 0 else code - 128
    if code is not None and number > 0 and number in {each.value for each in signal.Signals}:
        return signal.Signals(number).name
    return f"exit code {code}"


def _likely(output: str) -> list[Language]:
    """All languages, the one first that has left most of a stack."""
    lines = output.splitlines()
    return sorted(LANGUAGES, key=lambda language: -sum(bool(language.frame.match(line)) for line in lines))


def _errors(output: str, language: Language, declared: Sequence[str], folder: Path) -> Iterator[_Found]:
    """The errors in an output, without those that only led to another."""
    found: list[_Found] = []
    start = 0
    while start < len(output):
        error = _error(output, start, language, declared, folder)
        if error is not None:
            found.append(error)
        start = (output.find("\n", error.end if error else start) + 1) or len(output)
    for index, error in enumerate(found):
        between = output[error.end : found[index + 1].start] if index + 1 < len(found) else ""
        if language.caused is None or not language.caused.search(between):
            yield error


def _error(
    output: str, start: int, language: Language, declared: Sequence[str], folder: Path
) -> _Found | None:
    """The error that begins at the line that starts here."""
    for header in language.headers:
        match = header.pattern.match(output, start)
        if match is None:
            continue
        groups = match.groupdict()
        name = groups.get("type") or header.type
        if header.loose and not (_is_declared(name, declared) or _beside_stack(output, match, language)):
            continue
        frames = list(_frames(output, match, language))
        where = _where(groups, frames, language, folder)
        nearest = frames[-1 if language.upwards else 0][0] if frames else ""
        in_sdk = name == header.type == "Error" and SDK_FRAME.search(nearest) is not None
        message = _message(output, match) if groups.get("message") else ""
        return _Found(match.start(), match.end(), "OpenAIError" if in_sdk else name, message, where, in_sdk)
    return None


def _message(output: str, match: re.Match[str]) -> str:
    """What an error says; where that only announces what is compared, with the lines that follow."""
    message = match["message"].strip()
    if message.endswith(":") or message.startswith(_ANNOUNCING):
        following = [line.strip() for line in output[match.end("message") :].splitlines()[:8]]
        end = next((index for index, line in enumerate(following) if _STACK.match(line)), len(following))
        message = " ".join([message, *filter(None, following[:end])])
    return message


def _beside_stack(output: str, match: re.Match[str], language: Language) -> bool:
    """Whether the lines before an error, or those after it, are those of a stack."""
    if not language.upwards:
        return any(True for _ in _frames(output, match, language))
    before = output[: match.start()].splitlines()[-3:]
    return bool(before) and before[-1].startswith("  ") and any(map(language.frame.match, before))


def _frames(output: str, match: re.Match[str], language: Language) -> Iterator[tuple[str, str, str]]:
    """The lines of the stack of an error: each with its file and line number."""
    if language.upwards:  # pytest names the last one below
        lines = [*output[: match.start()].splitlines(), *output[match.end() :].splitlines()[1:4]]
    else:
        lines = output[match.end() :].splitlines()[:_STACK_LINES]
    for line in lines:
        frame = language.frame.match(line)
        if frame is not None:
            groups = frame.groupdict()
            yield (
                line,
                groups["file"] or groups.get("file2") or "",
                groups["line"] or groups.get("line2") or "",
            )


def _where(
    groups: dict[str, str | None], frames: Sequence[tuple[str, str, str]], language: Language, folder: Path
) -> str:
    if groups.get("file"):
        return f"{_local(groups['file'] or '', folder)}:{groups['line']}"
    own = [frame for frame in frames if not FOREIGN.search(frame[0])]
    if not own:
        return ""
    _, file, line = own[-1 if language.upwards else 0]
    return f"{_local(file, folder)}:{line}"


def _local(file: str, folder: Path) -> str:
    """A file as it is reached from the program's folder, or its name alone."""
    if not Path(file).is_absolute():
        return file.removeprefix("./")
    for root in (folder, folder.resolve()):
        if Path(file).is_relative_to(root):
            return Path(file).relative_to(root).as_posix()
    return Path(file).name


def _kind(error: _Found, language: Language, declared: Sequence[str]) -> Kind:
    if _is_declared(error.type, declared):
        return "declared"
    if language.assertions.search(error.type):
        return "assertion"
    if error.in_sdk or language.sdk.search(error.type):
        return "sdk"
    fetch = error.type == "TypeError" and error.message in ("fetch failed", "terminated")
    return "sdk" if fetch else "other"


def _is_declared(name: str, declared: Sequence[str]) -> bool:
    """Whether an error of this name is declared, with or without its module."""
    return name in declared or re.split(r"\.|::", name)[-1] in declared


def _short(message: str) -> str:
    return message if len(message) <= _LONGEST else f"{message[:_LONGEST]}…"
