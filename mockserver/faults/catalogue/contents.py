"""Objects that are well formed and hold less than they promise: citations, files, usage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from mockserver import fileerrors, objects, quoting
from mockserver.conversation import MESSAGE
from mockserver.faults.answers import altered
from mockserver.faults.contract import Fault, Occasion, fault
from mockserver.fileobjects import FILE
from mockserver.files import NOT_DOWNLOADABLE, delete_file
from mockserver.frames import Frames
from mockserver.world import World

Object = dict[str, Any]

_NEWEST = 100
"""So many of a thread's messages are looked at, the newest."""


@fault(
    "annotation.dangling",
    group="data",
    operations=("messages.list", "messages.retrieve"),
    wire="the file ids in a message's annotations lead nowhere: files.retrieve and files.content answer 404",
    client="shows the answer without the name of the source where the file cannot be looked up",
    evidence="observed",
    source="E-32; open-chat-studio issue 1769 (2025-06): a citation with two file ids run together",
    performed="yes",
    definite=False,
    entries=(fileerrors.FILE_NOT_FOUND,),
    needs="a text that the assistant has written",
)
@dataclass(frozen=True)
class DanglingAnnotation(Fault):
    """An answer cites files that do not exist.

    Every annotation of the message, or of the thread's newest messages, gets the id of no file, and keeps it.
    Where none has an annotation, the newest text gets a mark with one.
    """

    def fits(self, occasion: Occasion) -> bool:
        """Whether the assistant has said anything."""
        return bool(_answers(occasion))

    def before(self, occasion: Occasion) -> bool:
        """Put ids of no files into the annotations."""
        world, messages = occasion.world, _answers(occasion)
        cited = [message for message in messages if any(part["annotations"] for part in _texts(message))]
        for message in cited or messages[:1]:
            _mislead(world, message)
            world.update(message)
        return bool(messages)


def _answers(occasion: Occasion) -> list[Object]:
    """The finished texts of the assistant that the call asks for, the newest first."""
    world, thread_id = occasion.world, occasion.ids["thread_id"]
    if "message_id" in occasion.ids:
        message = world.full(MESSAGE, occasion.ids["message_id"], thread_id)
        found = [] if message is None else [message]
    else:
        rows = world.page(MESSAGE, thread_id, limit=_NEWEST, ascending=False).rows
        found = [objects.decode(row.hidden or row.body) for row in rows]
    return [
        message
        for message in found
        if message["role"] == "assistant" and message["status"] == "completed" and _texts(message)
    ]


def _texts(message: Object) -> list[Object]:
    return [part["text"] for part in message["content"] if part["type"] == "text"]


def _mislead(world: World, message: Object) -> None:
    texts = _texts(message)
    if not any(text["annotations"] for text in texts):
        mark = quoting.marker(0, "source")
        text = texts[-1]
        text["annotations"] = [quoting.citation(mark, len(text["value"]), "")]
        text["value"] += mark
    nowhere: dict[str, str] = {}
    for text in texts:
        for annotation in text["annotations"]:
            cited = annotation[annotation["type"]]
            named = cited["file_id"]
            if named not in nowhere:
                nowhere[named] = world.new_id("file")
            cited["file_id"] = nowhere[named]


@fault(
    "file.content_gone",
    group="data",
    operations=("files.content",),
    wire="404 with a second member detail, as of a file that never was; the file is not listed any more",
    client="fetches what code has written as soon as the run is over, keeps it, and says so when it is gone",
    error=7,
    evidence="observed",
    source="E-32",
    performed="no",
    definite=True,
    entries=(fileerrors.FILE_NOT_FOUND,),
    needs="a file that may be downloaded, such as one that the code interpreter has written",
)
@dataclass(frozen=True)
class ContentGone(Fault):
    """A file is gone when it is to be downloaded, and its object with it.

    It has really been deleted: every later call answers the same, and it has left every vector store and code
    interpreter. The message that names it stays as it is.
    """

    def fits(self, occasion: Occasion) -> bool:
        """Whether there is a file to be downloaded."""
        return _downloadable(occasion) is not None

    def before(self, occasion: Occasion) -> bool:
        """Delete the file."""
        file = _downloadable(occasion)
        if file is not None:
            delete_file(occasion.world, file)
        return file is not None


def _downloadable(occasion: Occasion) -> Object | None:
    file = occasion.world.full(FILE, occasion.ids["file_id"])
    return file if file is not None and file["purpose"] not in NOT_DOWNLOADABLE else None


@fault(
    "usage.null",
    group="data",
    operations=(
        *("runs.retrieve", "runs.list", "runs.update", "runs.steps.*"),
        *("runs.create", "runs.submit_tool_outputs", "threads.create_and_run"),
    ),
    wire="usage is null although the run or step has ended, in bodies, lists and stream events",
    client="counts what it does not know as unknown rather than as nothing, and reads the run again later",
    evidence="documented",
    source="usage is nullable in the published description of runs and steps",
    performed="yes",
    definite=True,
    needs="an answer that shows usage",
)
@dataclass(frozen=True)
class NullUsage(Fault):
    """A run or step has ended and does not say what it used.

    The next call shows it.
    """

    seeks: ClassVar[bool] = True

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """The answer without usage."""
        return altered(upstream, lambda body: _unused(occasion, body))


def _unused(occasion: Occasion, body: Object) -> bool:
    listed = body.get("data") if body.get("object") == "list" else [body]
    used = [each for each in listed or () if isinstance(each, dict) and each.get("usage") is not None]
    for each in used:
        each["usage"] = None
    if used:
        occasion.acted()
    return bool(used)
