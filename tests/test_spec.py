"""Every reply and stream event of every situation against the published description, corrected and closed.

Beside the description: order of keys, indentation and framing as recorded.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from harness.control import Control
from mockserver.lifecycle import MACHINES
from mockserver.server import Server
from tests import spec
from tests.conftest import Raw
from tests.errata import CORRECTIONS, ELSEWHERE
from tests.situations import SITUATIONS
from tests.stage import Exchange, Stage


@pytest.fixture
def stage(raw: Raw, control: Control) -> Stage:
    """A stage in this test's world."""
    return Stage(raw, control)


Said = Callable[[str], list[Exchange]]
"""All that was said in the situation of that name."""


@pytest.fixture(scope="module")
def said(server: Server) -> Said:
    """Plays a situation in a world of its own when it is first asked for, and no second time."""

    @cache
    def play(name: str) -> list[Exchange]:
        raw = Raw(server.host, server.port, f"sk-test-{uuid.uuid4().hex}-{name}")
        with Control(server.base_url, raw.key) as control:
            stage = Stage(raw, control)
            SITUATIONS[name](stage)
        raw.connection.close()
        return stage.exchanges

    return play


@pytest.fixture(params=list(SITUATIONS))
def played(request: pytest.FixtureRequest, said: Said) -> list[Exchange]:
    """All that was said in one situation after the other."""
    return said(request.param)


def test_replies_and_events_fit_the_description(played: list[Exchange]) -> None:
    description = spec.description()
    responses = {operation.key: operation.response for operation in description.operations}
    for exchange in played:
        if exchange.streamed:
            for name, data in exchange.answer.events():
                assert description.event_objection(name, data) is None, (name, data)
        elif not exchange.downloaded:
            body = exchange.answer.body
            assert description.objection(responses[exchange.operation], body) is None, (exchange, body)


@pytest.fixture(scope="module")
def everything(said: Said) -> list[Exchange]:
    """All that was said in all situations."""
    return [exchange for name in SITUATIONS for exchange in said(name)]


def test_every_covered_operation_and_event_is_exercised(everything: list[Exchange]) -> None:
    description = spec.description()
    seen = {(exchange.operation, exchange.streamed) for exchange in everything}
    events = {event for exchange in everything if exchange.streamed for event, _ in exchange.answer.events()}
    wanted = {(operation.key, False) for operation in description.operations}
    wanted |= {(operation.key, True) for operation in description.operations if operation.streams}
    assert wanted - seen == set()
    # No script fails a run in the middle of a step or breaks a stream; that is what faults are for.
    assert set(description.events) - events == {"error", "thread.run.step.failed"}


def test_every_status_and_kind_of_content_is_shown(everything: list[Exchange]) -> None:
    statuses, kinds = set(), set()
    for exchange in everything:
        for body in bodies(exchange):
            for under, found in objects_in(body):
                if "object" in found and "status" in found:
                    statuses.add((found["object"], found["status"]))
                elif "type" in found:
                    kinds.add((under, found["type"]))
    machines = {(machine.object, status) for machine in MACHINES.values() for status in machine.statuses}
    # No operation shows a file or an upload that has expired; a step fails by a fault only.
    never = {("file", "expired"), ("upload", "expired"), ("thread.run.step", "failed")}
    assert machines - statuses == never
    assert kinds >= {
        ("annotations[]", "file_citation"),
        ("annotations[]", "file_path"),
        ("content[]", "image_file"),
        ("content[]", "image_url"),
        ("content[]", "refusal"),
        ("content[]", "text"),
        ("outputs[]", "image"),
        ("outputs[]", "logs"),
        ("tool_calls[]", "code_interpreter"),
        ("tool_calls[]", "file_search"),
        ("tool_calls[]", "function"),
    }


def test_every_erratum_is_corrected_or_explained() -> None:
    for row in spec.description().errata:
        assert row in CORRECTIONS or row in ELSEWHERE, row
    assert CORRECTIONS.keys() & ELSEWHERE.keys() == set()


FILE = {
    "object": "file",
    "id": "file-1",
    "purpose": "batch",
    "filename": "a.jsonl",
    "bytes": 1,
    "created_at": 1,
    "expires_at": None,
    "status": "processed",
    "status_details": None,
}
UPLOAD = {
    "id": "upload_1",
    "object": "upload",
    "bytes": 1,
    "created_at": 1,
    "filename": "a.jsonl",
    "purpose": "batch",
    "expires_at": 3601,
}


def test_the_description_takes_what_was_recorded() -> None:
    description = spec.description()
    assert description.objection("OpenAIFile", FILE) is None
    assert description.objection("Upload", UPLOAD | {"status": "cancelled"}) is None
    assert description.objection("Upload", UPLOAD | {"status": "completed", "file": FILE}) is None


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ("DeleteThreadResponse", {"id": "thread_1", "object": "thread.deleted", "deleted": True, "x": 1}),
        ("ThreadObject", {"id": "thread_1", "object": "thread", "created_at": 1, "metadata": {}}),
        ("MessageObject", {"status": "completed"}),
        ("Model", {"id": "m", "object": "model", "created": 1, "owned_by": "system", "invented": None}),
        ("DeleteFileResponse", {"id": "file-1", "object": "file.deleted", "deleted": True}),
        ("VectorStoreFileObject", {"id": "file-1", "object": "vector_store.file", "status": "completed"}),
        ("Upload", UPLOAD | {"status": "pending", "file": FILE}),
        ("Upload", UPLOAD | {"status": "pending", "file": None}),
        ("Upload", UPLOAD | {"status": "completed"}),
        ("string", "the content of a file"),
    ],
)
def test_the_description_refuses_what_is_invented_or_missing(schema: str, value: Any) -> None:
    assert spec.description().objection(schema, value)


# Order of keys

ORDERS = {
    "assistant": "id object created_at name description model instructions tools top_p temperature"
    " reasoning_effort tool_resources metadata response_format",
    "thread": "id object created_at metadata tool_resources",
    "thread.message": "id object created_at assistant_id thread_id run_id role content attachments metadata",
    "thread.message streamed": "id object created_at assistant_id thread_id run_id status incomplete_details"
    " incomplete_at completed_at role content attachments metadata",
    "thread.message modified": "id object created_at assistant_id thread_id run_id role content file_ids"
    " metadata",
    "thread.run": "id object created_at assistant_id thread_id status started_at expires_at cancelled_at"
    " failed_at completed_at required_action last_error model instructions tools tool_resources metadata"
    " temperature top_p reasoning_effort max_completion_tokens max_prompt_tokens truncation_strategy"
    " incomplete_details usage response_format tool_choice parallel_tool_calls",
    "thread.run.step": "id object created_at run_id assistant_id thread_id type status cancelled_at"
    " completed_at expires_at failed_at last_error step_details usage",
    "thread.message.delta": "id object delta",
    "thread.run.step.delta": "id object delta",
    "model": "id object created owned_by",
    "list": "object data first_id last_id has_more",
    "list of models": "object data",
    "list of files": "object data has_more first_id last_id",
    "deleted": "id object deleted",
    "deleted file": "object deleted id",
    "file": "object id purpose filename bytes created_at expires_at status status_details",
    "upload": "id object bytes created_at filename purpose status expires_at",
    "upload completed": "id object bytes created_at filename purpose status expires_at file",
    "upload.part": "id object created_at upload_id",
    "vector_store": "id object created_at name description usage_bytes file_counts status expires_after"
    " expires_at last_active_at metadata",
    "vector_store.file": "id object usage_bytes created_at vector_store_id status last_error"
    " chunking_strategy attributes",
    "vector_store.file_batch": "id object created_at status vector_store_id file_counts",
    "vector_store.search_results.page": "object search_query data has_more next_page",
    "vector_store.file_content.page": "object data has_more next_page",
}
PARTS: dict[str, str | tuple[str, ...]] = {
    "usage": "prompt_tokens completion_tokens total_tokens prompt_token_details completion_tokens_details",
    "truncation_strategy": "type last_messages",
    "submit_tool_outputs": "tool_calls",
    "required_action": "type submit_tool_outputs",
    "last_error": "code message",
    "ranking_options": ("ranker score_threshold hybrid_search", "ranker score_threshold"),
    "message_creation": "message_id",
    "image_url": "url detail",
    "image_file": ("file_id detail", "file_id"),
    "image": "file_id",
    "file_counts": "in_progress completed failed cancelled total",
    "expires_after": "anchor days",
    "chunking_strategy": "type static",
    "static": "max_chunk_size_tokens chunk_overlap_tokens",
    "results[]": ("file_id file_name score attributes", "file_id file_name score attributes content"),
    "data[]": ("file_id filename score attributes content", "type text"),
    "file_citation": ("file_id", "file_id quote"),
    "file_path": "file_id",
}
"""Objects within objects, by the key they stand under; `[]` for those of a list."""


def face(exchange: Exchange, body: dict[str, Any]) -> str:
    kind = str(body["object"])
    if kind.endswith(".deleted") or "deleted" in body:
        return "deleted file" if kind == "file" else "deleted"
    if kind == "list" and exchange.operation == "GET /files":
        return "list of files"
    if kind == "upload" and body["status"] == "completed":
        return "upload completed"
    if kind == "list" and exchange.operation == "GET /models":
        return "list of models"
    if kind == "thread.message" and exchange.streamed:
        return "thread.message streamed"
    if (
        kind == "thread.message"
        and exchange.operation.startswith("POST")
        and "message_id" in exchange.operation
    ):
        return "thread.message modified"
    return kind


def objects_in(value: Any, under: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, dict):
        yield under, value
        for name, part in value.items():
            yield from objects_in(part, name)
    elif isinstance(value, list):
        for part in value:
            yield from objects_in(part, f"{under}[]")


def bodies(exchange: Exchange) -> list[Any]:
    if exchange.streamed:
        return [data for _, data in exchange.answer.events() if isinstance(data, dict)]
    return [] if exchange.downloaded else [exchange.answer.body]


def test_keys_stand_in_the_recorded_order(played: list[Exchange]) -> None:
    for exchange in played:
        for body in bodies(exchange):
            for under, found in objects_in(body):
                order = " ".join(found)
                if "object" in found:
                    assert order == ORDERS[face(exchange, found)], exchange.operation
                elif under in PARTS:
                    known = PARTS[under]
                    assert order in ((known,) if isinstance(known, str) else known), (
                        exchange.operation,
                        under,
                    )


# Bytes


def test_json_is_indented_by_two_without_a_final_newline(played: list[Exchange]) -> None:
    for exchange in played:
        if not exchange.streamed and not exchange.downloaded:
            answer = exchange.answer
            assert answer.headers["content-type"] == "application/json"
            assert answer.headers["content-length"] == str(len(answer.raw))
            assert answer.raw.decode() == json.dumps(answer.body, indent=2, ensure_ascii=False)


def test_downloads_are_the_bytes_that_were_sent(stage: Stage) -> None:
    content = bytes(range(256)) * 3_000 + b"{}\r\n"
    file = stage.file("any thing.bin", content, "vision")
    assert stage.download(file) == content
    *_, exchange = stage.exchanges
    assert (exchange.operation, exchange.downloaded) == ("GET /files/{file_id}/content", True)
    assert exchange.answer.headers["content-length"] == str(len(content))


def test_only_contents_of_files_are_no_json(played: list[Exchange]) -> None:
    for exchange in played:
        assert exchange.downloaded == (exchange.operation == "GET /files/{file_id}/content")


def test_streams_are_framed_exactly(played: list[Exchange]) -> None:
    for exchange in played:
        if exchange.streamed:
            answer = exchange.answer
            assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
            assert answer.headers["transfer-encoding"] == "chunked"
            *events, last = answer.events()
            assert last == ("done", "[DONE]")
            framed = [
                f"event: {name}\ndata: {json.dumps(data, separators=(',', ':'), ensure_ascii=False)}\n\n"
                for name, data in events
            ]
            assert answer.raw.decode() == "".join(framed) + "event: done\ndata: [DONE]\n\n"
