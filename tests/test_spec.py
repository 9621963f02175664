"""Every reply and stream event of every situation against the published description, corrected and closed.

Beside the description: order of keys, indentation and framing as recorded.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from harness.control import Control
from mockserver.server import Server
from tests import spec
from tests.conftest import Raw
from tests.situations import SITUATIONS
from tests.stage import Exchange, Stage


@pytest.fixture
def stage(raw: Raw, control: Control) -> Stage:
    """A stage in this test's world."""
    return Stage(raw, control)


@pytest.fixture(params=list(SITUATIONS))
def played(request: pytest.FixtureRequest, stage: Stage) -> list[Exchange]:
    """All that was said in one situation after the other."""
    SITUATIONS[request.param](stage)
    return stage.exchanges


def test_replies_and_events_fit_the_description(played: list[Exchange]) -> None:
    description = spec.description()
    responses = {operation.key: operation.response for operation in description.operations}
    for exchange in played:
        if exchange.streamed:
            for name, data in exchange.answer.events():
                assert description.event_objection(name, data) is None, (name, data)
        else:
            body = exchange.answer.body
            assert description.objection(responses[exchange.operation], body) is None, (exchange, body)


def test_every_covered_operation_and_event_is_exercised(server: Server, key: str) -> None:
    description = spec.description()
    seen, events = set(), set()
    for name, play in SITUATIONS.items():
        raw = Raw(server.host, server.port, f"{key}-{name}")
        with Control(server.base_url, raw.key) as control:
            stage = Stage(raw, control)
            play(stage)
        raw.connection.close()
        for exchange in stage.exchanges:
            seen.add((exchange.operation, exchange.streamed))
            if exchange.streamed:
                events |= {event for event, _ in exchange.answer.events()}
    wanted = {(operation.key, False) for operation in description.operations}
    wanted |= {(operation.key, True) for operation in description.operations if operation.streams}
    assert wanted - seen == set()
    # No script fails a run in the middle of a step or breaks a stream; that is what faults are for.
    assert set(description.events) - events == {"error", "thread.run.step.failed"}


def test_every_erratum_is_corrected_or_explained() -> None:
    for row in spec.description().errata:
        handled = row in spec.CORRECTIONS or row in spec.ELSEWHERE
        assert handled or row[0].startswith(spec.OTHER_FAMILIES), row


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ("DeleteThreadResponse", {"id": "thread_1", "object": "thread.deleted", "deleted": True, "x": 1}),
        ("ThreadObject", {"id": "thread_1", "object": "thread", "created_at": 1, "metadata": {}}),
        ("MessageObject", {"status": "completed"}),
        ("Model", {"id": "m", "object": "model", "created": 1, "owned_by": "system", "invented": None}),
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
    "deleted": "id object deleted",
}
PARTS = {
    "usage": "prompt_tokens completion_tokens total_tokens prompt_token_details completion_tokens_details",
    "truncation_strategy": "type last_messages",
    "submit_tool_outputs": "tool_calls",
    "required_action": "type submit_tool_outputs",
    "last_error": "code message",
    "ranking_options": ("ranker score_threshold hybrid_search", "ranker score_threshold"),
    "message_creation": "message_id",
    "image_url": "url detail",
    "image_file": ("file_id detail", "file_id"),
}
"""Objects within objects, by the key they stand under."""


def face(exchange: Exchange, body: dict[str, Any]) -> str:
    kind = str(body["object"])
    if kind.endswith(".deleted") or "deleted" in body:
        return "deleted"
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
            yield from objects_in(part)


def bodies(exchange: Exchange) -> list[Any]:
    if exchange.streamed:
        return [data for _, data in exchange.answer.events() if isinstance(data, dict)]
    return [exchange.answer.body]


def test_keys_stand_in_the_recorded_order(played: list[Exchange]) -> None:
    for exchange in played:
        for body in bodies(exchange):
            for under, found in objects_in(body):
                order = " ".join(found)
                if "object" in found:
                    assert order == ORDERS[face(exchange, found)], exchange.operation
                elif under in PARTS:
                    assert order in PARTS[under], (exchange.operation, under)


# Bytes


def test_json_is_indented_by_two_without_a_final_newline(played: list[Exchange]) -> None:
    for exchange in played:
        if not exchange.streamed:
            answer = exchange.answer
            assert answer.headers["content-type"] == "application/json"
            assert answer.headers["content-length"] == str(len(answer.raw))
            assert answer.raw.decode() == json.dumps(answer.body, indent=2, ensure_ascii=False)


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
