"""Faults that a request asks for itself, in `X-Mock-Fault`."""

from __future__ import annotations

import asyncio
from typing import Any

import openai
import pytest

from harness.control import Control
from mockserver.server import Server
from tests.conftest import Answer, Raw
from tests.stage import form

HELLO = {"role": "user", "content": "Hello"}


def ask(raw: Raw, fault: str, retry: int | str | None = None, **headers: str) -> Answer:
    """Create a thread, with the header and the number that an SDK counts its attempts with."""
    sent: dict[str, str | None] = {"X-Mock-Fault": fault, **headers}
    if retry is not None:
        sent["x-stainless-retry-count"] = str(retry)
    return raw("POST", "/v1/threads", {}, sent)


def test_one_call_is_met(raw: Raw, control: Control) -> None:
    assert ask(raw, "500").status == 500
    assert raw("POST", "/v1/threads", {}).status == 200
    first, second = control.journal(operation="threads.create")
    assert (first["faults"], first["performed"]) == (["500"], False)
    assert second["faults"] == []
    assert control.faults() == [], "it was never armed"


def test_every_call_that_asks_is_met(raw: Raw) -> None:
    assert [ask(raw, "500").status for _ in range(3)] == [500, 500, 500]


def test_several_in_one_header_and_in_two(raw: Raw, control: Control) -> None:
    """The last one stands outermost."""
    assert ask(raw, "500(done=true); 503").status == 503
    assert ask(raw, "503;500(done=true)").status == 500
    raw.connection.putrequest("POST", "/v1/threads")
    for name, value in (
        ("Authorization", f"Bearer {raw.key}"),
        ("OpenAI-Beta", "assistants=v2"),
        ("X-Mock-Fault", "503"),
        ("X-Mock-Fault", "500(done=true)"),
        ("Content-Length", "0"),
    ):
        raw.connection.putheader(name, value)
    raw.connection.endheaders()
    response = raw.connection.getresponse()
    assert response.status == 500
    response.read()
    faults = [entry["faults"] for entry in control.journal(operation="threads.create")]
    assert faults == [["503"], ["500(done=true)", "503"], ["500(done=true)", "503"]]


def test_texts_in_quotes(raw: Raw) -> None:
    answer = ask(raw, '400(message="No, (really); \\"no\\".")')
    assert answer.body["error"]["message"] == 'No, (really); "no".'


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_texts_beyond_ascii(raw: Raw, encoding: str) -> None:
    """However the client writes them: no standard says."""
    value = "400(message=Grüße)".encode(encoding).decode("latin-1")
    assert ask(raw, value).body["error"]["message"] == "Grüße"


def test_texts_beyond_latin_beside_a_fault_that_reads_headers(raw: Raw) -> None:
    value = "400(message=日本); 401".encode().decode("latin-1")
    assert ask(raw, value).status == 401


def test_an_empty_header_asks_for_nothing(raw: Raw) -> None:
    assert ask(raw, "").status == 200
    assert ask(raw, " ; ").status == 400


def test_a_form(raw: Raw) -> None:
    body, headers = form({"purpose": "assistants"}, file=("a.txt", b"A"))
    headers["X-Mock-Fault"] = "500(done=true)"
    assert raw("POST", "/v1/files", body, headers).status == 500
    assert len(raw("GET", "/v1/files").body["data"]) == 1


# Attempts


def test_the_retry_of_an_sdk_is_let_through(raw: Raw) -> None:
    assert [ask(raw, "500", retry).status for retry in (0, 1, 2)] == [500, 200, 200]


def test_as_many_attempts_as_it_says(raw: Raw, control: Control) -> None:
    assert [ask(raw, "500(times=2)", retry).status for retry in (0, 1, 2)] == [500, 500, 200]
    assert [entry["faults"] for entry in control.journal(operation="threads.create")] == [
        ["500"],
        ["500"],
        [],
    ]


def test_attempts_of_several(raw: Raw) -> None:
    """Each counts for itself."""
    asked = "500(times=2); 503"
    assert [ask(raw, asked, retry).status for retry in (0, 1, 2)] == [503, 500, 200]


@pytest.mark.parametrize("count", ["", "x", "-1", "²", "1.5"])
def test_a_strange_count_is_the_first_attempt(raw: Raw, count: str) -> None:
    assert ask(raw, "500", count).status == 500


def test_a_real_sdk_retries_through_it(client: openai.OpenAI, control: Control) -> None:
    """Its own retries carry the header along, and the last attempt succeeds."""
    patient = client.with_options(max_retries=2)
    thread = patient.beta.threads.create(extra_headers={"X-Mock-Fault": "429(1s, times=2)"})
    assert thread.object == "thread"
    entries = control.journal(operation="threads.create")
    assert [(entry["status"], entry["faults"] != []) for entry in entries] == [
        (429, True),
        (429, True),
        (200, False),
    ]
    impatient = client.with_options(max_retries=1)
    with pytest.raises(openai.RateLimitError):
        impatient.beta.threads.create(extra_headers={"X-Mock-Fault": "429(1s, times=2)"})


def test_an_asynchronous_client(server: Server, control: Control, key: str) -> None:
    async def create() -> str:
        async with openai.AsyncOpenAI(base_url=server.base_url, api_key=key) as client:
            headers = {"X-Mock-Fault": "429(1s)"}
            return (await client.beta.threads.create(extra_headers=headers)).object

    assert asyncio.run(create()) == "thread"
    assert len(control.journal(operation="threads.create")) == 2


# Poll helpers


def test_polls_carry_the_header_and_are_left_alone(client: openai.OpenAI, control: Control) -> None:
    """The fault acts on the call that the helper began with."""
    assistant = client.beta.assistants.create(model="gpt-4o")
    thread = client.beta.threads.create(messages=[{"role": "user", "content": "Hi"}])
    run = client.beta.threads.runs.create_and_poll(
        thread_id=thread.id,
        assistant_id=assistant.id,
        extra_headers={"X-Mock-Fault": "run.failed(rate_limit_exceeded)"},
    )
    assert run.status == "failed"
    first, *polls = control.journal(operation="runs.*")
    assert first["faults"] == ["run.failed(code=rate_limit_exceeded)"]
    assert polls
    assert all(entry["operation"] == "runs.retrieve" and not entry["faults"] for entry in polls)


def test_polls_of_a_vector_store(client: openai.OpenAI, control: Control) -> None:
    store = client.vector_stores.create()
    file = client.files.create(file=("a.txt", b"A"), purpose="assistants")
    polled = client.vector_stores.files.create_and_poll(
        file.id, vector_store_id=store.id, extra_headers={"X-Mock-Fault": "index.failed"}
    )
    assert polled.status == "failed"
    touched = [entry["call"] for entry in control.journal() if entry.get("faults")]
    assert touched == ["vector_stores.files.create#1"]


# Refusals


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("lost_ak", "there is no fault 'lost_ak'; did you mean 'lost_ack'?"),
        ("500(", "500( has no closing bracket"),
        ("500 503", "'503' after 500 is not understood"),
        ("400(mesage=x)", "400 has no parameter 'mesage'; did you mean 'message'?"),
        ("500(times=0)", "500: 'times' is a whole number of at least 1 and at most 1000000000, not '0'"),
        ("500(times=²)", "500: 'times' is a whole number of at least 1"),
        ("500(times=" + "9" * 5000 + ")", "500: 'times' is a whole number of at least 1"),
        ("sse.cut", "sse.cut does not apply to threads.create; it applies to threads.create_and_run"),
        ("500; run.stuck", "run.stuck does not apply to threads.create"),
    ],
)
def test_what_it_cannot_mean_is_refused(raw: Raw, control: Control, value: str, message: str) -> None:
    """Nothing is done then, and nothing is taken from faults that are armed."""
    control.arm("503", "threads.create")
    answer = ask(raw, value)
    assert answer.status == 400
    assert answer.body["error"]["message"].startswith("X-Mock-Fault: ")
    assert message in answer.body["error"]["message"]
    assert answer.body["error"]["param"] == "x-mock-fault"
    (entry,) = control.journal(operation="threads.create")
    assert (entry["status"], entry["faults"]) == (400, [])
    assert control.faults()[0]["fired"] == 0
    assert raw("POST", "/v1/threads", {}).status == 503, "still armed"


def test_a_fault_that_does_not_fit_is_not_refused(client: openai.OpenAI, control: Control) -> None:
    """A program may set the header on all its runs, streamed or not."""
    assistant = client.beta.assistants.create(model="gpt-4o")
    thread: Any = {"messages": [HELLO]}
    run = client.beta.threads.create_and_run(
        assistant_id=assistant.id, thread=thread, extra_headers={"X-Mock-Fault": "sse.cut"}
    )
    assert run.status == "queued"
    assert control.journal(operation="threads.create_and_run")[0]["faults"] == []


def test_a_route_of_v1_meets_no_fault(raw: Raw, control: Control) -> None:
    """What is gone with v1 is refused as ever."""
    control.arm("503")
    path = "/v1/threads/thread_1/messages/msg_1/files"
    plain = raw("GET", path)
    asked = raw("GET", path, headers={"X-Mock-Fault": "500"})
    assert asked.status == plain.status == 400
    assert asked.body == plain.body
    assert control.faults()[0]["seen"] == 0
