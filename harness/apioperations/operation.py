"""One operation of the API: what it takes, which method of the SDK does it, and doing it.

Everything is passed by keyword, because the SDK's versions differ in the order of what they take by position.
An argument that the installed version does not know goes into the body or the query all the same, so that one
scenario runs with all of them.
"""

from __future__ import annotations

import base64
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.scenarios.shapes import Shape, nullable

if TYPE_CHECKING:
    import openai


class UnsupportedOperationError(Exception):
    """The installed SDK has no method for an operation."""


class SendingError(Exception):
    """Something is to be sent that cannot be read: a file that is not there, base64 that is none."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What an operation came to: plain JSON, and the headers of the answer with names in lower case."""

    data: Any
    headers: Mapping[str, str]


TOOLS = {"function": "function_calling", "file_search": "file_search", "code_interpreter": "code_interpreter"}
"""What a target must be able to do for a tool to be of use."""


@dataclass(frozen=True)
class ApiOperation:
    """An operation by its name in the journal.

    `method` is where the newest SDK has it, `former` where version 1.30 had it. `path` names the arguments
    that stand in the URL; `arguments` has the shapes of all, these included, and `needed` those that cannot
    be left out; `files` names those that are files. `creates` is the kind of object that comes into being,
    `deleted_by` the operation that takes it away again, given the same arguments of the path and its id.
    `capability` is what a target must be able to do.
    """

    name: str
    about: str
    method: str
    capability: str
    path: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    arguments: Mapping[str, Shape] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    in_query: bool = False
    creates: str | None = None
    deleted_by: str | None = None
    former: str | None = None

    @cached_property
    def schema(self) -> Shape:
        """What stands behind its name in a step, as JSON Schema."""
        return {
            "type": "object",
            "properties": dict(self.arguments),
            "additionalProperties": False,
            **({"required": list(self.needed)} if self.needed else {}),
            "description": self.about,
        }

    def needs(self, arguments: Any) -> frozenset[str]:
        """What a target must be able to do for it: its part of the API, and the tools that are handed over.

        `arguments` are as they are written, and may be mistaken.
        """
        tools = arguments.get("tools") if isinstance(arguments, Mapping) else None
        given = tools if isinstance(tools, list) else []
        kinds = [tool.get("type") for tool in given if isinstance(tool, Mapping)]
        return frozenset({self.capability, *(TOOLS[kind] for kind in kinds if kind in list(TOOLS))})

    def call(self, client: openai.OpenAI, arguments: Mapping[str, Any], *, beside: Path | None = None) -> Any:
        """Do it with the SDK and give back the answer as plain JSON.

        Lists are the page that came: `{"object": "list", "data": […], …}`. The content of a file is
        `{"bytes": n, "text": …}`, or `{"bytes": n, "base64": …}` when it is no UTF-8. Files are given as
        `{"name": …}` with `text`, `base64`, or the `path` of a file in the folder `beside`.

        Raises what the SDK raises; UnsupportedOperationError when it has no such method; SendingError.
        """
        return self.exchange(client, arguments, beside=beside).data

    def exchange(
        self, client: openai.OpenAI, arguments: Mapping[str, Any], *, beside: Path | None = None
    ) -> Reply:
        """The same, with the headers of the answer."""
        raw = self._found(client, raw=True)(**self.prepared(client, arguments, beside=beside))
        headers = {name.lower(): value for name, value in raw.headers.items()}
        return Reply(plain(raw.parse()), headers)

    def bound(self, client: openai.OpenAI) -> Callable[..., Any]:
        """The SDK's method itself, for what `call` cannot do, such as streams.

        Raises UnsupportedOperationError.
        """
        return self._found(client)

    def prepared(
        self, client: openai.OpenAI, arguments: Mapping[str, Any], *, beside: Path | None = None
    ) -> dict[str, Any]:
        """The arguments as the SDK's method takes them. Raises as `call` does."""
        known = _parameters(getattr(type(self._owner(client)), self._name(client)))
        taken: dict[str, Any] = {}
        further: dict[str, Any] = {}
        for name, value in arguments.items():
            given = _sendable(value, beside) if name in self.files else value
            (taken if name in known else further)[name] = given
        if further:
            taken["extra_query" if self.in_query else "extra_body"] = further
        return taken

    def _found(self, client: openai.OpenAI, *, raw: bool = False) -> Callable[..., Any]:
        owner = self._owner(client)
        method: Callable[..., Any] = getattr(owner.with_raw_response if raw else owner, self._name(client))
        return method

    def _owner(self, client: openai.OpenAI) -> Any:
        return self._place(client)[0]

    def _name(self, client: openai.OpenAI) -> str:
        return self._place(client)[1]

    def _place(self, client: openai.OpenAI) -> tuple[Any, str]:
        """The resource that has the method, and the method's name there."""
        for way in filter(None, (self.method, self.former)):
            *resources, name = way.split(".")
            owner: Any = client
            for resource in resources:
                owner = getattr(owner, resource, None)
            if hasattr(owner, name):
                return owner, name
        import openai

        raise UnsupportedOperationError(
            f"openai {openai.__version__} has no client.{self.method}(); a `request` step does without"
        )


def plain(value: Any) -> Any:
    """What an SDK method gave back, as plain JSON of the API's own names."""
    if hasattr(value, "to_dict"):
        return value.to_dict(mode="json", warnings=False)
    if hasattr(value, "read") and hasattr(value, "response"):
        return content(value.read())
    return value


def content(data: bytes) -> dict[str, Any]:
    """Bytes as JSON can say them: how many, and the text where they are one."""
    try:
        return {"bytes": len(data), "text": data.decode("utf-8")}
    except UnicodeDecodeError:
        return {"bytes": len(data), "base64": base64.b64encode(data).decode()}


def _sendable(value: Any, beside: Path | None) -> Any:
    """A file, or a list of files, as the SDK sends it; what does not look like one is left as it is."""
    if isinstance(value, list):
        return [_sendable(item, beside) for item in value]
    if not isinstance(value, Mapping):
        return value
    name = str(value.get("name") or Path(str(value.get("path", "file"))).name)
    return name, file_bytes(value, beside)


def file_bytes(file: Mapping[str, Any], beside: Path | None = None) -> bytes:
    """What a file of a scenario holds. Raises SendingError."""
    if "text" in file:
        return str(file["text"]).encode()
    if "base64" in file:
        try:
            return base64.b64decode(str(file["base64"]), validate=True)
        except ValueError as error:
            raise SendingError(f"the base64 of {file.get('name')!r} is none: {error}") from error
    if "path" not in file:
        raise SendingError(f"the file {file.get('name')!r} has neither text nor base64 nor path")
    path = (beside or Path()) / str(file["path"])
    try:
        return path.read_bytes()
    except OSError as error:
        raise SendingError(f"{path} cannot be read: {error.strerror or error}") from error


@cache
def _parameters(method: Callable[..., Any]) -> frozenset[str]:
    return frozenset(inspect.signature(method).parameters)


def operation(
    name: str,
    about: str,
    method: str,
    capability: str = "",
    *,
    path: Mapping[str, Shape] | None = None,
    needed: Mapping[str, Shape] | None = None,
    optional: Mapping[str, Shape] | None = None,
    **more: Any,
) -> ApiOperation:
    """Declare one: its arguments in the order in which they are shown, optional ones may be null."""
    path, needed = path or {}, needed or {}
    return ApiOperation(
        name=name,
        about=about,
        method=method,
        capability=capability or name.split(".")[0],
        path=tuple(path),
        needed=(*path, *needed),
        arguments={**path, **needed, **{key: nullable(shape) for key, shape in (optional or {}).items()}},
        **more,
    )


def by_name(*tables: Iterable[ApiOperation]) -> dict[str, ApiOperation]:
    """All operations by their names. Raises ValueError when two have the same."""
    found: dict[str, ApiOperation] = {}
    for table in tables:
        for each in table:
            if found.setdefault(each.name, each) is not each:
                raise ValueError(f"{each.name} is declared twice")
    return found
