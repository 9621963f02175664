"""The skin: Starlette in front, operations behind, and no decisions in between.

A request is routed, its key names a world, what is due there happens, the request is checked, the operation
performs, and its frames are pumped out. The order of refusals is the API's: route, key, beta header, ids,
query, body, state.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

import msgspec
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute, Match, Router
from starlette.types import Receive, Scope, Send

from mockserver import errors, gateerrors, serviceerrors
from mockserver.answering import Request, answer
from mockserver.doors import enter, key_of
from mockserver.faulted import HEADER, acted_on
from mockserver.fileerrors import on_azure
from mockserver.gate import HEAD_MAX, READ, TOO_LARGE, Gate
from mockserver.multipart import Arrived, FormError, FormReader
from mockserver.operations import Routes, discover
from mockserver.pacing import welcome
from mockserver.projects import Projects
from mockserver.requests.forms import Form
from mockserver.sending import Reply, pump
from mockserver.store import trouble

CONTROL_BODY_MAX = 1_073_741_824
"""A world that is put back comes with the contents of its files, so the control door takes more."""

_READ = {b"authorization", b"api-key", b"openai-beta", b"content-type", HEADER, *READ}


class Api(BaseRoute):
    """Every operation of the API and of the control door, as one Starlette route.

    `gate` says who is let in. Without `control` there is no control door: its paths lead nowhere, and no
    header asks for faults.
    """

    def __init__(self, projects: Projects, gate: Gate, *, control: bool = True) -> None:
        self.projects = projects
        self.gate = gate
        self.control = control
        self.routes = Routes([known for known in discover() if control or not known.control])

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Everything comes here: unknown paths have the API's own 404."""
        return (Match.FULL, {}) if scope["type"] == "http" else (Match.NONE, {})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        reply = Reply(send)
        try:
            await self._answer(scope, receive, reply)
        except errors.ApiError as error:
            await reply.refuse(error)
        except ClientDisconnect:
            pass  # nobody is left to answer
        except Exception as error:
            reason = trouble(error)
            if reason is None:
                raise
            await self._came_to_nothing(scope, reply, reason)
        finally:
            reply.leave()

    async def _came_to_nothing(self, scope: Scope, reply: Reply, reason: str) -> None:
        """The store or its disk failed: say so; what is kept is gone on from, once there is space again."""
        said = f"assistants-mock: {scope['method']} {scope['path']!r} came to nothing: {reason}\n"
        with suppress(OSError):
            sys.stderr.write(said)
        if reply.world is not None:
            self.projects.drop(reply.world.project)
        if not reply.begun:
            await reply.refuse(errors.SERVER_ERROR(request_id=reply.request_id))
        elif (transport := _transport(scope)) is not None:
            transport.abort()
            await asyncio.sleep(0)  # so that the server has heard of it

    async def _answer(self, scope: Scope, receive: Receive, reply: Reply) -> None:
        method, address, query = scope["method"], scope["path"], scope["query_string"]
        path, azure = enter(address, query)
        found = self.routes.find(method, path)
        given = scope["headers"]
        if not self.control:
            given = [header for header in given if header[0] != HEADER]
        headers = {name: value for name, value in given if name in _READ}
        self._admit(scope, headers, control=address.startswith("/_mock/"))
        key = key_of(headers)
        if found is None:
            if key is not None:
                with suppress(errors.ApiError):  # a wrong key does not matter where nothing is
                    world = self.projects.world(key, azure=azure)
                    reply.identify(world, world.clock.now())
            raise (errors.AZURE_NOT_FOUND() if azure else errors.UNKNOWN_ROUTE(method=method, path=address))
        if key is None:
            raise errors.NO_KEY()
        operation, ids = found
        project = self.projects.admit(key, azure=azure)
        reply.detailed = operation.detailed
        body, arrived = b"", None
        if operation.form is not None:
            try:
                arrived = await self._form(receive, operation.form, project, headers.get(b"content-type"))
            except BaseException:
                self.projects.store.contents.tidy()
                raise
            body = _summary(arrived)
            self.projects.store.contents.hold(arrived.digests)
        elif operation.mutates:
            largest = self.projects.of(project).settings.limits.body_bytes
            body = await _read(receive, CONTROL_BODY_MAX if operation.control else largest)
        # Only now: while the body was on its way, the world may have been replaced.
        world = self.projects.of(project)
        if world.returns:
            welcome(world, address, given)
        request_id = reply.identify(world, world.clock.now())
        now = world.catch_up()
        if not operation.control:
            reply.exchange = world.journal.exchange(
                now, operation.name, method, address, query.decode("latin-1"), body, request_id, given
            )
        request = Request(
            self.projects, world, operation, ids, path, address, azure, query, headers, body, arrived
        )
        try:
            acting = None
            if reply.exchange is not None and (
                (world.faults and world.faults.concern(operation.name))
                or world.settings.scout
                or HEADER in headers
            ):
                acting = acted_on(request, reply.exchange, given)
            if acting is not None:
                try:
                    await pump(acting.answer(), world, receive, reply, {}, _transport(scope))
                finally:
                    if acting.end():
                        with world.change():
                            pass  # what fired is kept
                return
            result, more = answer(request)
        except errors.ApiError as error:
            if azure:
                raise on_azure(error) from error
            raise
        except Exception as error:
            if trouble(error) is not None:
                raise
            # A bug of ours must never pass for a simulated failure: answer 500, forget, and let it surface.
            self.projects.drop(world.project)
            if not reply.begun:
                failure = errors.SERVER_ERROR(request_id=request_id)
                failure.headers = {
                    "connection": "close"
                }  # uvicorn hangs up on what surfaces, so say it before
                await reply.refuse(failure)
            raise
        finally:
            if arrived is not None:
                self.projects.store.contents.release(arrived.digests)
                self.projects.store.contents.tidy()  # what came with a refused request is not kept
        if isinstance(result, bytes):
            await reply.whole(result, more)
        else:
            await pump(result, world, receive, reply, more, _transport(scope))

    def _admit(self, scope: Scope, headers: Mapping[bytes, bytes], *, control: bool) -> None:
        """Raises ApiError for a request that is not let in."""
        if scope.get("state", {}).get(TOO_LARGE):
            raise gateerrors.HEAD_TOO_LARGE(limit=HEAD_MAX)
        self.gate.check_host(headers)
        if control:
            self.gate.check_control(headers)
        elif HEADER in headers:
            self.gate.check_token(headers)

    async def _form(self, receive: Receive, form: Form, project: str, content_type: bytes | None) -> Arrived:
        """The form of a request, its file on disk and loose until an object refers to it."""
        media = (content_type or b"").decode("latin-1")
        store = self.projects.store
        limits = self.projects.of(project).settings.limits
        try:
            reader = FormReader(media, store.blobs, getattr(limits, form.limit))
        except FormError as error:
            await _drain(receive)
            raise errors.CONTENT_TYPE(content_type=media, accepted="multipart/form-data") from error
        failure: FormError | OSError | None = None
        try:
            async for piece in _pieces(receive):
                if failure is None:
                    try:
                        reader.feed(piece)
                    except (FormError, OSError) as error:  # the rest is read, so that the answer is, too
                        failure = error
            if failure is not None:
                raise failure
            return reader.finish()
        except FormError as error:
            raise errors.BODY_NOT_FORM(reason=str(error)) from error
        finally:
            reader.discard()
            for digest in reader.arrived.digests:
                store.contents.loosen(digest)


def application(projects: Projects, gate: Gate | None = None, *, control: bool = True) -> Router:
    """The ASGI application over these projects, with its control door or without.

    It gives the store back when it stops.

    A bare Starlette router: the middleware that `Starlette` adds would answer errors, and every error here
    has the API's own form already.
    """

    @asynccontextmanager
    async def lifespan(app: Router) -> AsyncIterator[None]:
        yield
        projects.close()

    return Router(routes=[Api(projects, gate or Gate(), control=control)], lifespan=lifespan)


def _transport(scope: Scope) -> asyncio.Transport | None:
    transport: asyncio.Transport | None = scope.get("state", {}).get("transport")
    return transport


async def _read(receive: Receive, largest: int) -> bytes:
    """The body of a request. Raises ApiError (413) for more than so many bytes, which are not kept then."""
    pieces: list[bytes] = []
    size = 0
    async for piece in _pieces(receive):
        size += len(piece)
        if size > largest:
            pieces.clear()  # the rest is read all the same: so the client comes to read the answer
        else:
            pieces.append(piece)
    if size > largest:
        raise serviceerrors.CONTENT_TOO_LARGE(limit=largest, bytes=size)
    return b"".join(pieces)


async def _drain(receive: Receive) -> None:
    """Take a body and forget it, so that the client comes to read the answer."""
    async for _ in _pieces(receive):
        pass


async def _pieces(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect  # what has not arrived is not performed
        yield message.get("body", b"")
        if not message.get("more_body", False):
            return


def _summary(arrived: Arrived) -> bytes:
    """A form as the journal keeps it: what it said, and of files their names and sizes."""
    files = {
        name: {
            "filename": received.filename,
            "bytes": received.size,
            "sha256": received.content.digest if received.content else None,
        }
        for name, received in arrived.files.items()
    }
    return msgspec.json.encode({**arrived.fields, **files})
