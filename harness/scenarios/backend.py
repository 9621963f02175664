"""`backend`, what only a mock reads: the pretended model, indexing, objects that are there, settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.apioperations import arguments as a
from harness.scenarios.mistakes import ValueMistakeError, check
from harness.scenarios.model import Node, ScenarioError
from harness.scenarios.replyrules import action_mistakes, rule_mistakes
from harness.scenarios.replyshapes import ACTION, RUNS
from harness.scenarios.shapes import (
    ANY,
    Shape,
    choice,
    duration,
    either,
    flag,
    listing,
    mapping,
    names,
    nullable,
    number,
    text,
    whole,
    word,
)

_FAILURES = ("server_error", "unsupported_file", "invalid_file")
_INDEXED: Shape = {
    **mapping(
        "What becomes of such a file in a vector store: at least one of the two.",
        takes=duration("How long indexing takes: 45s.", numbers=True),
        fails=either(
            choice(*_FAILURES, called="code of a failed file"),
            mapping("", ("code",), code=word("The code."), message=word("The text.")),
            about="It fails with this error: unsupported_file.",
        ),
    ),
    "minProperties": 1,
}
_LIMITS = {
    "messages_per_thread": "Messages in a thread.",
    "context_tokens": "Tokens a model reads at once.",
    "file_bytes": "Bytes of a file.",
    "upload_bytes": "Bytes of an upload.",
    "part_bytes": "Bytes of a part of an upload.",
    "storage_bytes": "Bytes of all files.",
    "vector_store_files": "Files in a vector store.",
    "files_per_call": "Files in one call that makes a vector store.",
    "files_per_batch": "Files in one batch.",
    "attributes": "Attributes of a file.",
    "code_interpreter_files": "Files of a code interpreter.",
    "body_bytes": "Bytes of a JSON body.",
    "upload_parts": "Parts of an upload.",
    "journal_entries": "Entries the journal keeps.",
    "journal_bytes": "Bytes of bodies the journal keeps.",
}
_RATES = {
    "requests_per_minute": "Calls in all.",
    "tokens_per_minute": "Tokens of calls that begin or resume a run.",
    "vector_store_requests_per_minute": "Calls that attach files to one vector store.",
    "attached_files_per_minute": "Files attached to all vector stores.",
    "uploads_per_minute": "Files uploaded.",
}
_LATENCY = mapping(
    "How long the pretended service takes.",
    profile=choice(
        "instant", "realistic", "slow", about="The profile it starts from.", called="latency profile"
    ),
    **{name: duration(numbers=True) for name in ("queued", "first_token", "cancelling", "indexing")},
    tokens_per_second=number(least=0),
    indexing_bytes_per_second=number(least=0),
    jitter=number("0.2 spreads each by up to 20 %.", 0, 1),
)
_FIXTURE_ID = text("Its id.", pattern="^[a-zA-Z0-9_-]+$", **{"x-called": "letters, digits, _ and -"})
_RUN_STATUSES = (
    *("queued", "in_progress", "requires_action", "cancelling", "cancelled", "failed", "completed"),
    *("incomplete", "expired"),
)


def _fixture(kind: str, about: str, needed: tuple[str, ...] = (), **fields: Shape) -> Shape:
    return mapping(
        about,
        ("object", "id", *needed),
        object=choice(kind),
        id=_FIXTURE_ID,
        **{name: shape if name in needed else nullable(shape) for name, shape in fields.items()},
    )


FIXTURES: Mapping[str, Shape] = {
    "assistant": _fixture(
        "assistant",
        "An assistant.",
        model=a.MODEL,
        name=text(),
        description=text(),
        instructions=text(),
        tools=a.TOOLS,
        tool_resources=a.TOOL_RESOURCES,
        metadata=a.METADATA,
        temperature=a.TEMPERATURE,
        top_p=a.TOP_P,
        response_format=a.RESPONSE_FORMAT,
        reasoning_effort=a.REASONING_EFFORT,
    ),
    "thread": _fixture(
        "thread", "A thread.", messages=a.MESSAGES, tool_resources=a.TOOL_RESOURCES, metadata=a.METADATA
    ),
    "thread.message": _fixture(
        "thread.message",
        "A message.",
        ("thread_id", "role", "content"),
        thread_id=a.THREAD_ID,
        role=a.ROLE,
        content=a.CONTENT,
        attachments=a.ATTACHMENTS,
        metadata=a.METADATA,
    ),
    "thread.run": _fixture(
        "thread.run",
        "A run in a status, at once.",
        ("thread_id", "assistant_id"),
        thread_id=a.THREAD_ID,
        assistant_id=a.ASSISTANT_ID,
        status=choice(*_RUN_STATUSES, about="completed unless it says so.", called="status"),
        then=ACTION,
        metadata=a.METADATA,
    ),
    "file": _fixture(
        "file",
        "A file: text or base64.",
        ("filename",),
        filename=word("Its name."),
        purpose=a.PURPOSE,
        text=text("What it holds."),
        base64=text("What it holds, as base64."),
    ),
    "vector_store": _fixture(
        "vector_store",
        "A vector store whose files are indexed at once.",
        name=text(),
        file_ids=a.FILE_IDS,
        status=choice("in_progress", "completed", called="status"),
        expires_after=a.EXPIRES_AFTER,
        chunking_strategy=a.CHUNKING_STRATEGY,
        metadata=a.METADATA,
    ),
}
"""Objects that are there when a scenario begins, by their kind."""

BACKEND: Shape = mapping(
    "What only a mock reads: how it behaves while the steps are done. The steps must make sense without.",
    runs=RUNS,
    indexing=names(_INDEXED, 'Files by their names, the first that fits: {"*.md": {takes: 45s}}.'),
    fixtures=listing(either(*FIXTURES.values()), "Objects with given ids that are there from the beginning."),
    limits=mapping(
        "Limits of the API, lowered.", **{name: whole(about, 1) for name, about in _LIMITS.items()}
    ),
    rate_limits=either(
        choice("documented", called="rate limits"),
        {"type": "null"},
        mapping("", **{name: whole(about, 1) for name, about in _RATES.items()}),
        about="How much a minute may use: documented, or numbers.",
    ),
    latency=either(
        choice("instant", "realistic", "slow", called="latency"), _LATENCY, about="How long everything takes."
    ),
    profile=choice("documented", "observed", about="Which errors happen by themselves.", called="profile"),
    strict=flag("Runs that no rule fits fail, and say so."),
    auto_create=flag("Ids that are used come into being."),
    models=listing(word(), "More models that are known; '*' is any."),
)


def backend_mistakes(node: Node) -> Iterator[ScenarioError]:
    """What is wrong with a `backend`."""
    without_runs = {**BACKEND, "properties": {**BACKEND["properties"], "runs": ANY}}
    found = list(check(node, without_runs, "`backend`"))
    yield from found
    if not isinstance(node.value, dict):
        return
    if "runs" in node.value:
        yield from rule_mistakes(node["runs"])
    if found:
        return
    if "fixtures" in node.value:
        yield from _fixture_mistakes(node["fixtures"])
    for rule in node["indexing"] if "indexing" in node.value else ():
        yield from _indexing_mistakes(rule)


def _indexing_mistakes(node: Node) -> Iterator[ScenarioError]:
    if not node.key:
        yield ValueMistakeError(node.place, "the name of a file is empty", "'*' is any")
    error = node.value.get("fails")
    if isinstance(error, dict) and "message" not in error and error["code"] not in _FAILURES:
        reason = f"the server has no words for '{error['code']}'"
        yield ValueMistakeError(node["fails"]["code"].value_place, reason, "say the message too")


def _fixture_mistakes(node: Node) -> Iterator[ScenarioError]:
    seen: set[str] = set()
    for fixture in node:
        given = fixture.value
        if given["id"] in seen:
            yield ValueMistakeError(fixture["id"].value_place, f"'{given['id']}' stands twice")
        seen.add(given["id"])
        if given["object"] == "file" and (given.get("text") is None) == (given.get("base64") is None):
            yield ValueMistakeError(fixture.place, "a file has either text or base64")
        if given.get("then") is not None:
            yield from action_mistakes(fixture["then"])
