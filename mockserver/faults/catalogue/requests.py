"""Refusals of what one kind of call asks for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mockserver import complaints, errors, fileerrors, rateerrors
from mockserver.apierror import ApiError
from mockserver.faults.answers import refused
from mockserver.faults.contract import Fault, Occasion, fault
from mockserver.faults.elsewhere import begin_run, thread_of
from mockserver.faults.involved import files_to_search
from mockserver.faults.parameters import duration, whole
from mockserver.fileobjects import FILE
from mockserver.files import not_uploadable, suffix
from mockserver.frames import Frames
from mockserver.pacing import tell
from mockserver.rates import spell
from mockserver.requests.fields import INSTRUCTIONS
from mockserver.settings import Settings

ATTACHING = (
    "vector_stores.create",
    "vector_stores.files.create",
    "vector_stores.file_batches.create",
    "messages.create",
    "threads.create",
)
"""Operations that bring files to a vector store, if they name any."""

_LIMIT = INSTRUCTIONS.max or 0


@fault(
    "file.unsupported",
    group="request",
    operations=("files.create", *ATTACHING),
    error=5,
    entries=(fileerrors.EXTENSION_NOT_UPLOADABLE, fileerrors.NOT_SEARCHABLE),
    wire="400 that names the extension: of an upload, or, with the code `unsupported_file`, of what was"
    " attached",
    client="knows before which formats each tool takes, tells its user, and does not try again",
    evidence="observed",
    source="openai/openai-dotnet#270 (2024-10) for uploads; RageAgainstThePixel/OpenAI-DotNet#454 for"
    " messages",
    performed="no",
    definite=True,
    needs="an upload for assistants, or files that are there and are to be searched",
)
@dataclass(frozen=True)
class Unsupported(Fault):
    """The file's format is refused.

    Files in no published format are refused without any fault; this one refuses the others.
    """

    def fits(self, occasion: Occasion) -> bool:
        """Only what brings files."""
        return _unsupported(occasion) is not None

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """The refusal."""
        error = _unsupported(occasion)
        yield from refused(occasion, error) if error is not None else upstream


def _unsupported(occasion: Occasion) -> ApiError | None:
    if occasion.operation == "files.create":
        upload = occasion.request.get("file")
        if not isinstance(upload, dict) or occasion.request.get("purpose") != "assistants":
            return None  # other purposes take any file
        return not_uploadable(upload["filename"])
    files = (occasion.world.full(FILE, file_id) for file_id in files_to_search(occasion.request))
    extensions = sorted({suffix(file["filename"]) for file in files if file is not None})
    return fileerrors.NOT_SEARCHABLE(extensions=", ".join(extensions)) if extensions else None


@fault(
    "thread.message_limit",
    group="request",
    operations=("messages.create", "runs.create", "threads.create", "threads.create_and_run"),
    error=8,
    entries=(errors.TOO_MANY_MESSAGES,),
    wire="400 that speaks of the maximum number of messages; no message is added",
    client="goes on in a new thread, with what has to be known of the old one",
    evidence="documented",
    source="one guide names the limit and the words; an official text of 2024-04 says there is no limit",
    performed="no",
    definite=True,
    needs="messages to add, and a thread without an active run",
)
@dataclass(frozen=True)
class MessageLimit(Fault):
    """The thread is full.

    So says the profile `documented` by itself when a thread has 100,000 messages; `observed` knows no limit,
    as nobody was seen to reach one.
    """

    def fits(self, occasion: Occasion) -> bool:
        """Only what adds messages, and would not be refused for something else."""
        request, thread_id = occasion.request, occasion.ids.get("thread_id")
        if thread_id is not None and (thread_of(occasion) is None or thread_id in occasion.world.active):
            return False
        match occasion.operation:
            case "messages.create":
                return True
            case "runs.create":
                return bool(request.get("additional_messages"))
            case "threads.create":
                return bool(request.get("messages"))
        return isinstance(request.get("thread"), dict) and bool(request["thread"].get("messages"))

    def settings(self, settings: Settings) -> Settings:
        """No room at all."""
        limits = replace(settings.limits, messages_per_thread=0)
        return replace(settings, limits=limits, profile="documented")


@fault(
    "vector_store.rate_limit",
    group="request",
    operations=("vector_stores.files.create", "vector_stores.file_batches.create"),
    error=11,
    entries=(rateerrors.STORE_RATE,),
    wire="429 with the code `rate_limit_exceeded` and `Retry-After`; the file is not attached",
    client="waits as it is told and tries again; attaches many files by one batch instead of one by one",
    evidence="inferred",
    source="300 such calls a minute for each vector store are documented; an answer was never seen",
    performed="no",
    definite=True,
)
@dataclass(frozen=True)
class StoreRateLimit(Fault):
    """Files come to the vector store too fast.

    By itself this happens in worlds that have `rate_limits`.
    """

    retry_after: int = duration("20s", "how long the client is told to wait")

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """The refusal."""
        error = rateerrors.STORE_RATE(
            store=occasion.ids["vector_store_id"],
            whom=f"organization {rateerrors.ORGANIZATION_ID}",
            limit=300,
            used=300,
            requested=1,
            wait=spell(self.retry_after),
        )
        yield from refused(occasion, error, tell(occasion.world, self.retry_after, occasion.path))


@fault(
    "vector_store.quota",
    group="request",
    operations=("files.create", "uploads.complete", *ATTACHING[:3]),
    error=11,
    entries=(fileerrors.STORAGE_FULL,),
    wire="400 that speaks of the storage quota; nothing is stored",
    client="deletes what it does not need any more, tells somebody, and does not try again before",
    evidence="documented",
    source="the words of a help page on files; that vector stores use the same ones is inferred",
    performed="no",
    definite=True,
)
@dataclass(frozen=True)
class StorageQuota(Fault):
    """The project's storage is full."""

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """The refusal."""
        yield from refused(occasion, fileerrors.STORAGE_FULL())


@fault(
    "instructions.too_long",
    group="request",
    operations=("assistants.create", "assistants.update", "runs.create", "threads.create_and_run"),
    error=12,
    entries=(complaints.STRING_TOO_LONG,),
    wire="400 with the code `string_above_max_length` that names the limit of 256,000 characters",
    client="counts before it sends, and keeps what does not fit in files to be searched",
    evidence="inferred",
    source="the limit is published; the sentence was seen for the content of messages (E-50)",
    performed="no",
    definite=True,
    needs="instructions in the request",
)
@dataclass(frozen=True)
class InstructionsTooLong(Fault):
    """The instructions are refused as too long.

    Instructions that are too long are refused without any fault; this one says it of the others.
    """

    length: int = whole(_LIMIT + 1, "how long they are said to be", min=_LIMIT + 1, max=1_000_000_000)

    def fits(self, occasion: Occasion) -> bool:
        """Only what has instructions."""
        return _instructions(occasion) is not None

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """The refusal."""
        name = _instructions(occasion)
        yield from refused(occasion, complaints.STRING_TOO_LONG(path=name, max=_LIMIT, length=self.length))


def _instructions(occasion: Occasion) -> str | None:
    """The name of the instructions a request has."""
    for name in ("instructions", "additional_instructions"):
        if isinstance(occasion.request.get(name), str):
            return name
    return None


@fault(
    "thread.delete_during_run",
    group="request",
    operations=("threads.delete",),
    error=13,
    entries=(errors.DELETE_DURING_RUN,),
    wire="400 with null as `param` and `code`; the thread and its run are still there",
    client="lists the thread's runs, cancels the active one, waits until it is `cancelled`, and deletes then",
    evidence="documented",
    source="one guide only; most likely the real service deletes the thread, as the profile `observed` does",
    performed="no",
    definite=True,
    needs="a thread that is there",
)
@dataclass(frozen=True)
class DeleteDuringRun(Fault):
    """The thread cannot be deleted because a run is active.

    If it has no run, one of another client has just begun: it is really there, can be cancelled, and is
    cancelled by its own client when its time is over. The call is answered by the profile `documented`.
    """

    lasts: int = duration("30s", "how long the other client's run is active if nobody cancels it")

    def fits(self, occasion: Occasion) -> bool:
        """There has to be a thread."""
        return thread_of(occasion) is not None

    def before(self, occasion: Occasion) -> bool:
        """Somebody else was faster."""
        return begin_run(occasion, self.lasts)

    def settings(self, settings: Settings) -> Settings:
        """The profile in which this is refused."""
        return replace(settings, profile="documented")


@fault(
    "v1_retired",
    group="request",
    operations=("assistants.*", "threads.*", "messages.*", "runs.*"),
    error=14,
    entries=(errors.V1_RETIRED,),
    wire="400 with the code `invalid_beta` that names the header of v2",
    client="is changed to v2: header, tools and files; trying again is of no use",
    evidence="observed",
    source="dfinke/PSAI#80, PipedreamHQ/pipedream#15059 and others, 2024-12 to 2025-03",
    performed="no",
    definite=True,
    alike="401",
)
@dataclass(frozen=True)
class V1Retired(Fault):
    """The call is refused as one of the v1 API, whatever its header says."""

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """The refusal."""
        yield from refused(occasion, errors.V1_RETIRED())
