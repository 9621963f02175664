"""What the built-in tools do when nobody has written it down: real searches, and figures really computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from mockserver.analysis import ANALYSED, NotDataError, analyse
from mockserver.script import Action, CodeFile, MadeFile, RunCode, Say, SearchFiles, Turn, Wire

FOLDER = "/mnt/data/"
"""Where code finds the attached files, each under its id (documented)."""

_NOTHING_ATTACHED = "No file is attached that holds data."


def tool_work(turn: Turn, asked: str) -> tuple[Action, ...]:
    """What a run does with its built-in tools, none if nothing is there to be worked on.

    Data that came with the user's message is computed with; otherwise the vector stores are searched;
    otherwise data attached earlier is looked at. `tool_choice` may forbid it or ask for one of the two.
    """
    choice = turn.run.get("tool_choice") or "auto"
    forced = choice.get("type") if isinstance(choice, Mapping) else None
    if choice == "none" or forced == "function":
        return ()
    data = _data(turn)
    if forced == "code_interpreter":
        return _computed(data[0], asked) if data else _run_without_data()
    if forced == "file_search":
        return (SearchFiles(),)
    if data and (_brought(turn.messages, data[0].id) or not turn.searchable):
        return _computed(data[0], asked)
    return (SearchFiles(),) if turn.searchable else ()


def _data(turn: Turn) -> list[CodeFile]:
    """The attached files that may hold a table, those of the last message first, then the newest."""
    fitting = [file for file in turn.files if PurePosixPath(file.name.lower()).suffix in ANALYSED]
    fitting.reverse()
    return sorted(fitting, key=lambda file: not _brought(turn.messages, file.id))


def _brought(messages: Sequence[Wire], file_id: str) -> bool:
    """Whether the user's last message has this file attached."""
    last = next((message for message in reversed(messages) if message.get("role") == "user"), {})
    return any(attachment["file_id"] == file_id for attachment in last.get("attachments") or ())


def _computed(file: CodeFile, asked: str) -> tuple[Action, ...]:
    try:
        with file.open() as content:
            done = analyse(file.name, content, asked, f"{FOLDER}{file.id}")
    except NotDataError as error:
        return (Say.text(str(error)),)
    outputs: list[Wire] = [{"type": "logs", "logs": done.logs}]
    files: tuple[MadeFile, ...] = ()
    if done.chart is not None and done.chart_name is not None:
        files = (MadeFile(done.chart_name, done.chart),)
        outputs.append({"type": "image", "image": {"file_id": done.chart_name}})
    return RunCode(done.code, tuple(outputs), files), Say.text(done.summary)


def _run_without_data() -> tuple[Action, ...]:
    printed: Wire = {"type": "logs", "logs": f"{_NOTHING_ATTACHED}\n"}
    return RunCode(f"print({_NOTHING_ATTACHED!r})", (printed,)), Say.text(_NOTHING_ATTACHED)
