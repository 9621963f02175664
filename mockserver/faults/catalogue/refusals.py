"""Refusals that any call may meet, whatever it asks: statuses 400 to 413, and the 404 after the shutdown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mockserver import errors, serviceerrors
from mockserver.apierror import Entry, mask_key
from mockserver.doors import key_of
from mockserver.faults.answers import refused
from mockserver.faults.contract import Occasion, fault
from mockserver.faults.gateways import page
from mockserver.faults.parameters import choice, flag, optional, text
from mockserver.faults.retrying import Retryable
from mockserver.faults.vanishing import Named, assistant_of, in_path, remove
from mockserver.fileerrors import FILE_PROCESSING
from mockserver.fileobjects import UPLOAD
from mockserver.frames import Frames
from mockserver.lookup import NOT_FOUND

SHUT_DOWN = ("assistants.*", "threads.*", "messages.*", "runs.*")
"""The operations that are gone since August 2026; files and vector stores have stayed."""

SCOPES = {
    "assistants": "api.assistants",
    "threads": "api.threads",
    "messages": "api.threads",
    "runs": "api.threads",
    "files": "api.files",
    "uploads": "api.files",
    "vector_stores": "api.vector_stores",
    "models": "api.model",
}
"""What a restricted key needs for each kind of operation; only that of assistants was seen in an error."""

_UPDATED = ("threads", "assistants", "vector_stores")


@fault(
    "400",
    group="http",
    wire="status 400 with an error of the type invalid_request_error",
    client="does not repeat the call, and reports the message: the request has to change",
    evidence="observed",
    source="E-17 for a body that cannot be parsed; a refusal of a call without a body is inferred",
    performed="no",
    definite=True,
    entries=(errors.BODY_NOT_JSON, serviceerrors.BAD_REQUEST),
    alike="401",
)
@dataclass(frozen=True)
class BadRequest(Retryable):
    """The request is refused as a bad one.

    Say which words a refusal has that you know from elsewhere; what is left out is filled in.
    """

    message: str | None = optional(text(None, "what the error says"))
    code: str | None = optional(text(None, "its code, null where nothing is said"))
    param: str | None = optional(text(None, "what it is about, null where nothing is said"))

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """The refusal."""
        error = (errors.BODY_NOT_JSON if occasion.request else serviceerrors.BAD_REQUEST)()
        error.message, error.code, error.param = self.message or error.message, self.code, self.param
        yield from self.refused(occasion, error)


@fault(
    "401",
    group="http",
    wire="status 401, with www-authenticate if it is the key that is wrong",
    client="does not repeat the call; somebody has to see to the key",
    evidence="observed",
    source="E-02 and E-03",
    performed="no",
    definite=True,
    entries=(errors.WRONG_KEY, errors.MISSING_SCOPES, errors.AZURE_WRONG_KEY),
)
@dataclass(frozen=True)
class Unauthorized(Retryable):
    """The key is not accepted (any more), or not for this call."""

    kind: str = choice("wrong_key", "missing_scopes", about="what is wrong with the key")

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """The refusal."""
        if self.kind == "missing_scopes":
            family = SCOPES[occasion.operation.partition(".")[0]]
            error = errors.MISSING_SCOPES(scopes=f"{family}.{'write' if occasion.mutates else 'read'}")
        elif occasion.azure:
            error = errors.AZURE_WRONG_KEY()
        else:
            sent = occasion.headers.items()
            key = key_of({name.encode("latin-1"): value.encode("latin-1") for name, value in sent})
            error = errors.WRONG_KEY(key=mask_key(key or ""))
        yield from self.refused(occasion, error)


@fault(
    "403",
    group="http",
    wire="status 403 with the code unsupported_country_region_territory",
    client="does not repeat the call from where it is",
    evidence="observed",
    source="E-07, from other routes",
    performed="no",
    definite=True,
    entries=(errors.BLOCKED_COUNTRY,),
    alike="401",
)
@dataclass(frozen=True)
class Forbidden(Retryable):
    """The call comes from a country that is not served, as it may through a wrong proxy."""

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """The refusal."""
        error = errors.BLOCKED_COUNTRY()
        yield from self.refused(occasion, error)


@fault(
    "404_vanished",
    group="http",
    operations=(
        *("messages.*", "runs.*", "threads.create_and_run"),
        *(f"{kind}.{verb}" for kind in _UPDATED for verb in ("retrieve", "update", "delete")),
        *("files.retrieve", "files.content", "files.delete"),
        *("vector_stores.search", "vector_stores.files.*", "vector_stores.file_batches.*"),
    ),
    wire="status 404 in the words for the kind of object",
    client="makes the object anew if it can, and tells its user if it cannot; does not ask for it for ever",
    evidence="observed",
    source="E-20 to E-26 and E-32 for the words",
    performed="no",
    definite=True,
    entries=tuple(entry for kind, entry in NOT_FOUND.items() if kind != UPLOAD),
    needs="the id of something that is there; an upload cannot vanish",
)
@dataclass(frozen=True)
class Vanished(Retryable):
    """What the call is about is gone.

    Somebody else has deleted it just before: the message, thread, assistant, file or vector store the path
    ends in. Runs and steps go with their thread, file batches with their vector store. Or, unless `lasting`,
    it is there, and only this call does not see it yet, as happens right after something was made.
    """

    lasting: bool = flag(True, "whether it is really deleted; otherwise the next call finds it again")
    what: str = choice("path", "assistant", about="what the path ends in, or the assistant that is to answer")

    seeks: ClassVar[bool] = True
    meddles: ClassVar[bool] = True

    def fits(self, occasion: Occasion) -> bool:
        """Whether the call names something that is there."""
        return self._named(occasion) is not None

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """The refusal."""
        named = self._named(occasion)
        if named is None:  # another fault has been faster
            yield from upstream
            return
        occasion.acted()
        if self.lasting:
            remove(occasion.world, named)
        error = named.not_found()
        yield from self.refused(occasion, error)

    def _named(self, occasion: Occasion) -> Named | None:
        if self.what == "assistant":
            named = assistant_of(occasion)
        else:
            named = in_path(occasion.ids, removable=self.lasting)
        return named if named is not None and named.full(occasion.world) is not None else None


@fault(
    "409",
    group="http",
    mutating=True,
    wire="status 409; SDKs repeat the call by themselves",
    client="reads what is there now before it repeats the change",
    evidence="documented",
    source="the published list of errors of the SDKs; E-119 for files that are still processed",
    performed="no",
    definite=True,
    entries=(serviceerrors.CONFLICT, FILE_PROCESSING),
    alike="500",
)
@dataclass(frozen=True)
class Conflict(Retryable):
    """Somebody else is changing the same thing.

    Deleting a file is refused in the words for one that is still being processed, the only 409 that was seen.
    """

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """The refusal."""
        entry: Entry = FILE_PROCESSING if occasion.operation == "files.delete" else serviceerrors.CONFLICT
        error = entry()
        yield from self.refused(occasion, error)


@fault(
    "413",
    group="http",
    mutating=True,
    wire="status 413 in the API's words, or a gateway's page of HTML",
    client="does not repeat the call; sends less at once",
    evidence="observed",
    source="the words from the audio route, the page from anomalyco/opencode#12060 (2026-02)",
    performed="no",
    definite=True,
    entries=(serviceerrors.CONTENT_TOO_LARGE,),
    except_for=("*.delete", "*.cancel"),
    needs="a body",
    alike="401",
)
@dataclass(frozen=True)
class TooLarge(Retryable):
    """The body is larger than somebody on the way lets through."""

    page: str = choice("api", "html", about="who refuses: the API with JSON, or a gateway with a page")

    def fits(self, occasion: Occasion) -> bool:
        """Whether anything was sent."""
        return bool(occasion.body)

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """The refusal. The limit is just below what was sent, so that the words are true."""
        told = self.hints(occasion, 413)
        if self.page == "html":
            yield from page(413, "html", told)
            return
        length = occasion.headers.get("content-length", "")
        size = int(length) if length.isdigit() else len(occasion.body)
        error = serviceerrors.CONTENT_TOO_LARGE(limit=size - 1, bytes=size)
        yield from refused(occasion, error, told)


@fault(
    "sunset_404",
    group="http",
    operations=SHUT_DOWN,
    wire="status 404 as for an address that does not exist: Invalid URL (POST /v1/threads)",
    client="says plainly that the API is gone; neither asks again nor takes it for a missing object",
    evidence="inferred",
    source="that it is a 404 was reported from 2026-08-27 on; the body is that of E-13",
    performed="no",
    definite=True,
    entries=(errors.UNKNOWN_ROUTE, errors.AZURE_NOT_FOUND),
    alike="401",
)
@dataclass(frozen=True)
class Sunset(Retryable):
    """The Assistants API has been shut down, as it was on 26 August 2026.

    Files and vector stores go on. Armed with `always` it shows what an application does that nobody has
    moved to another API.
    """

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """The refusal."""
        if occasion.azure:
            error = errors.AZURE_NOT_FOUND()
        else:
            error = errors.UNKNOWN_ROUTE(method=occasion.method, path=occasion.path)
        yield from self.refused(occasion, error)
