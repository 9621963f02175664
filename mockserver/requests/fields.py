"""The request fields that several resources share: what comes in. How the same goes out stands in `outgoing`.

Limits are the published ones unless a row id says they were seen. Nested objects are closed where an unknown
key was seen refused (below `tool_resources`, E-42) or is published as refused, and open elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mockserver import complaints, fileerrors
from mockserver.requests import strict
from mockserver.requests.queries import Page, Query
from mockserver.requests.shapes import (
    AnyOf,
    Array,
    Boolean,
    Free,
    Id,
    Integer,
    Number,
    Object,
    OneOf,
    OpenObject,
    Shape,
    Tagged,
    Text,
    required,
)


class Metadata(Shape):
    """Up to 16 pairs of strings, keys up to 64 characters, values up to 512 (E-43, E-47 to E-49)."""

    noun = "object"
    pairs_max, key_max, value_max = 16, 64, 512
    value: Shape = Text(max=value_max)

    def accepts(self, value: Any) -> bool:
        """Any object."""
        return isinstance(value, dict)

    def inside(self, value: dict[str, Any], path: str) -> dict[str, Any]:
        """Types of all values, the number of pairs, then each pair."""
        for key, given in value.items():
            self.value.demand(given, f"{path}.{key}")
        if len(value) > self.pairs_max:
            raise complaints.TOO_MANY_PROPERTIES(path=path, max=self.pairs_max, length=len(value))
        for key in value:
            if len(key) > self.key_max:
                raise complaints.PROPERTY_NAME_TOO_LONG(
                    object=path,
                    name=f"{key[:3]}...{key[-3:]}",
                    max=self.key_max,
                    length=len(key),
                )
        return {key: self.value.inside(given, f"{path}.{key}") for key, given in value.items()}


METADATA = Metadata()
MODEL = Text()
"""Any string: which models exist is not a question of shape."""
NAME = Text(max=256)
DESCRIPTION = Text(max=512)
INSTRUCTIONS = Text(max=256_000)
"""The published limit; the sentence is that seen for message content (E-50, E-51)."""
ASSISTANT_ID = Id("asst")

TEMPERATURE = Number(min=0, max=2)
TOP_P = Number(min=0, max=1)
REASONING_EFFORT = OneOf("none", "minimal", "low", "medium", "high", "xhigh", "max")
STREAM = Boolean()
PARALLEL_TOOL_CALLS = Boolean()
TOKENS_MAX = Integer(min=1)
"""`max_prompt_tokens`, `max_completion_tokens`: published as at least 256, but 16 was accepted (2024-04)."""

RESPONSE_FORMAT = AnyOf(
    OneOf("auto"),
    Tagged(
        # The order in which chat completions lists them (2026-08).
        json_object=OpenObject(),
        json_schema=OpenObject(
            json_schema=required(
                OpenObject(
                    name=required(Text(max=64, nonempty=True, pattern="^[a-zA-Z0-9_-]+$")),
                    description=Text(),
                    schema=Free(),
                    strict=Boolean(),
                )
            )
        ),
        text=OpenObject(),
    ),
)
TOOL_CHOICE = AnyOf(
    OneOf("none", "auto", "required"),
    Tagged(
        code_interpreter=OpenObject(),
        function=OpenObject(function=required(OpenObject(name=required(Text())))),
        file_search=OpenObject(),
    ),
)
TRUNCATION_STRATEGY = OpenObject(type=required(OneOf("auto", "last_messages")), last_messages=Integer(min=1))

TOOL_OUTPUTS = Array(OpenObject(tool_call_id=required(Text()), output=Text()))
"""What a client answers to its function calls; today's form of a missing id is inferred (E-65)."""

MODIFY_METADATA = Object(metadata=METADATA)
"""All that can be modified of a message or a run."""


# Tools.


class _Function(OpenObject):
    """A function: its fields, and its schema where it wants to be strict (E-52 to E-55)."""

    def __init__(self) -> None:
        super().__init__(
            name=required(Text(max=64, nonempty=True, pattern="^[a-zA-Z0-9_-]+$")),
            description=Text(max=1024),
            parameters=Free(),
            strict=Boolean(),
        )

    def inside(self, value: dict[str, Any], path: str) -> dict[str, Any]:
        """Field by field, then the schema as a whole."""
        function = super().inside(value, path)
        parameters = function.get("parameters")
        if function.get("strict") and parameters is not None and (found := strict.flaw(parameters)):
            context, complaint = found
            raise complaints.FUNCTION_SCHEMA(
                function=function["name"], context=context, complaint=complaint, path=f"{path}.parameters"
            )
        return function


TOOL = Tagged(
    # The order of the v1 list with the newest last, as the v1 sentence had it (E-45, E-46).
    code_interpreter=OpenObject(),
    function=OpenObject(function=required(_Function())),
    file_search=OpenObject(
        file_search=OpenObject(
            max_num_results=Integer(min=1, max=50),
            ranking_options=OpenObject(
                ranker=OneOf("auto", "default_2024_08_21"),
                score_threshold=required(Number(min=0, max=1)),
                # Not published for this API, but shown on every tool it answers with (2025-10).
                hybrid_search=Free(),
            ),
        )
    ),
)
TOOLS = Array(TOOL, max=128)
RUN_TOOLS = Array(TOOL, max=20)
"""A run overrides an assistant's tools with fewer."""

# Tool resources.

FILE_ID = Id("file")
_CODE_INTERPRETER = Object(file_ids=Array(FILE_ID))
"""How many files there may be is a limit of the world (20, documented), looked at where it is known."""
_STORE_IDS = Array(Id("vs"), max=1)


class _Chunks(Object):
    """Sizes of chunks; the overlap is at most half of the chunk (documented)."""

    def inside(self, value: dict[str, Any], path: str) -> dict[str, Any]:
        """Field by field, then one against the other."""
        sizes = super().inside(value, path)
        half = sizes["max_chunk_size_tokens"] // 2
        if sizes["chunk_overlap_tokens"] > half:
            raise fileerrors.CHUNK_OVERLAP(
                path=f"{path}.chunk_overlap_tokens", max=half, value=sizes["chunk_overlap_tokens"]
            )
        return sizes


CHUNKING = Tagged(
    auto=Object(),
    static=Object(
        static=required(
            _Chunks(
                max_chunk_size_tokens=required(Integer(min=100, max=4096)),
                chunk_overlap_tokens=required(Integer(min=0)),
            )
        )
    ),
)
_NEW_STORE = Object(file_ids=Array(FILE_ID), chunking_strategy=CHUNKING, metadata=METADATA)


class _Stores(Object):
    """Vector stores by id, or new ones by their files; published as one or the other."""

    def inside(self, value: dict[str, Any], path: str) -> dict[str, Any]:
        """Field by field, then whether both were given."""
        stores = super().inside(value, path)
        if stores.get("vector_store_ids") and stores.get("vector_stores"):
            raise complaints.MUTUALLY_EXCLUSIVE(path=path, names="'vector_store_ids' or 'vector_stores'")
        return stores


CREATE_TOOL_RESOURCES = Object(
    code_interpreter=_CODE_INTERPRETER,
    file_search=_Stores(vector_store_ids=_STORE_IDS, vector_stores=Array(_NEW_STORE, max=1)),
)
"""Of a new assistant or thread, which may make its vector store on the way."""
MODIFY_TOOL_RESOURCES = Object(
    code_interpreter=_CODE_INTERPRETER,
    file_search=Object(vector_store_ids=_STORE_IDS),
)
"""Of an assistant or thread that exists, and of the run made together with its thread."""

# Messages.

_DETAIL = OneOf("auto", "low", "high")


class _ImageUrl(Text):
    """The address of an image, whose ending tells the format (E-77)."""

    formats = (".jpeg", ".jpg", ".png", ".gif", ".webp")

    def inside(self, value: str, path: str) -> str:
        """Refused where the address names a file of another format.

        The sentence seen demands an ending; whether an address without any is refused was not, so it passes.
        """
        where = value.partition("?")[0].partition("#")[0].partition("://")[2]
        name = where.partition("/")[2].rpartition("/")[2]
        if "." in name and not name.lower().endswith(self.formats):
            raise complaints.IMAGE_URL(path=path)
        return value


CONTENT = AnyOf(
    Text(max=256_000),
    Array(
        Tagged(
            image_file=OpenObject(image_file=required(OpenObject(file_id=required(FILE_ID), detail=_DETAIL))),
            image_url=OpenObject(image_url=required(OpenObject(url=required(_ImageUrl()), detail=_DETAIL))),
            text=OpenObject(text=required(Text(max=256_000))),
        ),
        nonempty=True,
    ),
)
ATTACHMENTS = Array(
    OpenObject(
        file_id=required(FILE_ID),
        tools=required(Array(Tagged(code_interpreter=OpenObject(), file_search=OpenObject()))),
    )
)
MESSAGE = Object(
    role=required(OneOf("user", "assistant")),
    content=required(CONTENT),
    attachments=ATTACHMENTS,
    metadata=METADATA,
)
MESSAGES = Array(MESSAGE, max=32)
"""The first messages of a new thread; the limit was seen in 2023 and 2024 (E-59)."""
ADDITIONAL_MESSAGES = Array(MESSAGE)
"""Messages a run brings along; no limit is published or was seen."""

# Requests that more than one route takes.

NEW_ASSISTANT = Object(
    model=required(MODEL),
    name=NAME,
    description=DESCRIPTION,
    instructions=INSTRUCTIONS,
    reasoning_effort=REASONING_EFFORT,
    tools=TOOLS,
    tool_resources=CREATE_TOOL_RESOURCES,
    metadata=METADATA,
    temperature=TEMPERATURE,
    top_p=TOP_P,
    response_format=RESPONSE_FORMAT,
)
NEW_THREAD = Object(messages=MESSAGES, tool_resources=CREATE_TOOL_RESOURCES, metadata=METADATA)
RUN_SETTINGS: dict[str, Shape] = {
    "model": MODEL,
    "instructions": INSTRUCTIONS,
    "tools": RUN_TOOLS,
    "metadata": METADATA,
    "temperature": TEMPERATURE,
    "top_p": TOP_P,
    "stream": STREAM,
    "max_prompt_tokens": TOKENS_MAX,
    "max_completion_tokens": TOKENS_MAX,
    "truncation_strategy": TRUNCATION_STRATEGY,
    "tool_choice": TOOL_CHOICE,
    "parallel_tool_calls": PARALLEL_TOOL_CALLS,
    "response_format": RESPONSE_FORMAT,
}
"""What both ways of creating a run take."""

# Lists.

LIST = Query(Page, limit=Integer(min=1, max=100), order=OneOf("asc", "desc"), after=Text(), before=Text())
"""The parameters of every list of this family: limit 1 to 100, newest first."""

SEARCH_CONTENT = "step_details.tool_calls[*].file_search.results[*].content"
"""The one value of `include[]` in this family."""


@dataclass(frozen=True, slots=True)
class Include:
    """What a reply shows beyond its plain form."""

    include: tuple[str, ...] = ()


INCLUDE = Query(Include, include=Array(OneOf(SEARCH_CONTENT)))
