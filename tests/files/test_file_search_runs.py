"""file_search in runs: what is found when, how the step shows it, and how the answer cites it."""

from __future__ import annotations

import json
import re
from typing import Any

import openai
import pytest

from harness.control import Control
from tests.conftest import Raw
from tests.files.library import moment, only_message, ready, refused, steps, upload, words
from tests.files.questions import ASKED, REFUNDS, asking, checked, run, searching

CONTENT = "step_details.tool_calls[*].file_search.results[*].content"
SLOWLY = {"profile": "instant", "indexing": "20s"}
MARK = re.compile(r"【(\d+):(\d+)†([^】]*)】")


# The default answer


def test_a_run_searches_quotes_and_cites(client: openai.OpenAI, raw: Raw, policies: dict[str, str]) -> None:
    """First the search, then a message with the passage and a mark that leads to its file."""
    done = run(client, asking(client), searching(client, policies["store"]))
    assert done.status == "completed"
    search, creation = steps(raw, done)
    assert (search["type"], search["status"]) == ("tool_calls", "completed")
    assert creation["type"] == "message_creation"
    (call,) = search["step_details"]["tool_calls"]
    assert list(call) == ["id", "type", "file_search"]
    assert call["type"] == "file_search"
    assert call["file_search"]["ranking_options"] == {"ranker": "default_2024_08_21", "score_threshold": 0.0}
    best = call["file_search"]["results"][0]
    assert (best["file_id"], best["file_name"]) == (policies["refunds.md"], "refunds.md")
    assert 0 < best["score"] <= 1
    assert "content" not in best
    message = only_message(client, done)
    assert "Refunds are granted within thirty days" in words(message)
    first = checked(message)[0]
    assert (first.type, first.text) == ("file_citation", "【4:0†refunds.md】")
    assert first.file_citation.file_id == policies["refunds.md"]
    assert search["usage"]["completion_tokens"] > 0


def test_content_is_shown_to_those_who_include_it(
    client: openai.OpenAI, raw: Raw, policies: dict[str, str]
) -> None:
    """On list, on retrieve, and in the stream of a run that was created with it; nowhere else."""
    thread, assistant = asking(client), searching(client, policies["store"])
    done = run(client, thread, assistant)

    def texts(step: Any) -> list[Any]:
        return [
            each.get("content") for each in step["step_details"]["tool_calls"][0]["file_search"]["results"]
        ]

    (search, _), (whole, _) = steps(raw, done), steps(raw, done, content=True)
    assert set(map(str, texts(search))) == {"None"}
    assert texts(whole)[0] == [{"type": "text", "text": REFUNDS}]
    alone = client.beta.threads.runs.steps.retrieve(
        whole["id"],
        thread_id=thread,
        run_id=done.id,
        include=[CONTENT],  # type: ignore[list-item]
    )
    assert texts(alone.to_dict()) == texts(whole)
    plain = client.beta.threads.runs.steps.retrieve(whole["id"], thread_id=thread, run_id=done.id)
    assert texts(plain.to_dict()) == texts(search)
    for query, expected in ((f"?include%5B%5D={CONTENT}", True), ("", False)):
        path = f"/v1/threads/{asking(client)}/runs{query}"
        events = raw("POST", path, {"assistant_id": assistant, "stream": True}).events()
        (step,) = [
            data
            for name, data in events
            if name == "thread.run.step.completed" and data["type"] == "tool_calls"
        ]
        assert (texts(step)[0] is not None) is expected
    error = raw("GET", f"/v1/threads/{thread}/runs/{done.id}/steps?include[]=everything").body["error"]
    assert error["code"] == "invalid_value"


def normal(value: Any) -> Any:
    """A wire object without what differs from run to run: ids and moments."""
    if isinstance(value, dict):
        return {
            key: normal(inner)
            for key, inner in value.items()
            if not (key.endswith("_at") or ((key == "id" or key.endswith("_id")) and key != "file_id"))
        }
    return [normal(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("scripted", [None, {"reply": "Look: 【4:1†b】 and 🦊 【4:0†a】."}])
def test_polled_and_streamed_tell_the_same(
    client: openai.OpenAI, control: Control, raw: Raw, policies: dict[str, str], scripted: Any
) -> None:
    """Message, steps and annotations; what the SDK folds from the deltas too."""
    if scripted:
        control.add_replies({"then": {"file_search": scripted}})
    assistant = searching(client, policies["store"])
    asked = "When are refunds granted, and when are parcels shipped?"
    polled = run(client, asking(client, asked), assistant)
    with client.beta.threads.runs.stream(thread_id=asking(client, asked), assistant_id=assistant) as stream:
        stream.until_done()
    folded, streamed = stream.get_final_messages()[0], stream.get_final_run()
    assert normal(steps(raw, polled, content=True)) == normal(steps(raw, streamed, content=True))
    first, second = only_message(client, polled), only_message(client, streamed)
    assert normal(first.to_dict()) == normal(second.to_dict())
    assert checked(first)
    assert len(checked(first)) == 2
    assert folded.content == second.content
    again = client.beta.threads.runs.retrieve(streamed.id, thread_id=streamed.thread_id)
    assert normal(polled.to_dict()) == normal(again.to_dict())


def test_deltas_carry_each_mark_whole(client: openai.OpenAI, raw: Raw, policies: dict[str, str]) -> None:
    """One fragment is the mark, and its annotation comes with it, as recorded: with an empty quote."""
    path = f"/v1/threads/{asking(client)}/runs"
    events = raw(
        "POST", path, {"assistant_id": searching(client, policies["store"]), "stream": True}
    ).events()
    texts = [
        part["text"]
        for name, data in events
        if name == "thread.message.delta"
        for part in data["delta"]["content"]
    ]
    marked = [text for text in texts if text.get("annotations")]
    assert [text["value"] for text in marked] == [text["annotations"][0]["text"] for text in marked]
    assert marked[0]["annotations"][0]["index"] == 0
    assert marked[0]["annotations"][0]["file_citation"] == {"file_id": policies["refunds.md"], "quote": ""}
    (message,) = [data for name, data in events if name == "thread.message.completed"]
    assert "".join(text.get("value", "") for text in texts) == message["content"][0]["text"]["value"]
    deltas = [data for name, data in events if name == "thread.run.step.delta"]
    assert deltas[0]["delta"]["step_details"]["tool_calls"][0]["type"] == "file_search"


@pytest.mark.parametrize(
    ("name", "text", "asked"),
    [
        (
            "emoji 🦊👩‍👩‍👧.md",
            "The 🦊 lives in the forest 🌲🌲. It is red.",
            "Where lives the 🦊 in the forest?",
        ),
        ("日本語.txt", "東京は日本の首都です。大阪は大きい町です。", "日本の首都はどこですか"),
        (
            "e\u0301te\u0301.txt",
            "L'e\u0301te\u0301 commence en juin à Paris.",
            "Quand commence l'e\u0301te\u0301?",
        ),
        ("brackets【1】†.txt", "The otter swims in the river.", "Where does the otter swim?"),
        ("a:b†c.txt", "The otter swims in the river.", "Where does the otter swim?"),
        ('quo"te\\x.txt', "The otter swims in the river.", "Where does the otter swim?"),
    ],
)
def test_offsets_count_characters(client: openai.OpenAI, name: str, text: str, asked: str) -> None:
    """Code points, whatever stands before the mark or in the name."""
    file = upload(client, name, text).id
    done = run(client, asking(client, asked, file), searching(client))
    message = only_message(client, done)
    (annotation,) = checked(message)
    assert annotation.text == f"【4:0†{name}】"
    assert annotation.file_citation.file_id == file
    assert text.split("。")[0].split(". ")[0] in words(message)


def test_nothing_found_is_said_and_cites_nothing(
    client: openai.OpenAI, raw: Raw, policies: dict[str, str]
) -> None:
    """A step without results, a message without annotations."""
    done = run(client, asking(client, "Who was Napoleon?"), searching(client, policies["store"]))
    search, _ = steps(raw, done)
    assert search["step_details"]["tool_calls"][0]["file_search"]["results"] == []
    assert checked(only_message(client, done)) == []
    assert "nothing" in words(only_message(client, done))


def test_the_last_words_of_the_user_are_searched_for(client: openai.OpenAI, policies: dict[str, str]) -> None:
    """Not those of earlier messages; a follow-up on the same thread finds other things."""
    thread, assistant = asking(client), searching(client, policies["store"])
    run(client, thread, assistant)
    client.beta.threads.messages.create(thread, role="user", content="On which days are parcels shipped?")
    (annotation,) = checked(only_message(client, run(client, thread, assistant)))
    assert annotation.file_citation.file_id == policies["shipping.md"]


# Options of the tool


def test_the_tool_says_how_many_and_how_good(client: openai.OpenAI, raw: Raw) -> None:
    """20 by default, 5 with gpt-3.5, `max_num_results` as asked, scores from the threshold on."""
    text = "".join(f"Passage {number} about the otter and its river. " * 20 for number in range(60))
    sizes: Any = {"type": "static", "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 0}}
    store = ready(client, upload(client, "long.txt", text).id, chunking_strategy=sizes).id

    def found(assistant: str, **more: Any) -> list[Any]:
        (search, *_) = steps(raw, run(client, asking(client, "The otter in passage 17"), assistant, **more))
        results: list[Any] = search["step_details"]["tool_calls"][0]["file_search"]["results"]
        return results

    assistant = searching(client, store)
    everything = found(assistant)
    assert len(everything) == 20
    assert len(found(assistant, model="gpt-3.5-turbo")) == 5
    for most in (1, 50):
        tool: Any = {"type": "file_search", "file_search": {"max_num_results": most}}
        assert len(found(searching(client, store, tools=[tool]))) == most
        assert len(found(assistant, tools=[tool])) == most
    threshold = everything[3]["score"]
    options = {"ranker": "auto", "score_threshold": threshold}
    tool = {"type": "file_search", "file_search": {"ranking_options": options, "max_num_results": 50}}
    good = found(searching(client, store, tools=[tool]))
    assert good[:4] == everything[:4]
    assert all(each["score"] >= threshold for each in good)


def test_a_run_may_bring_or_lose_the_tool(client: openai.OpenAI, raw: Raw, policies: dict[str, str]) -> None:
    """`tools` of the run replace the assistant's; without the tool nothing is searched."""
    resources: Any = {"file_search": {"vector_store_ids": [policies["store"]]}}
    bare = client.beta.assistants.create(model="gpt-4o", tool_resources=resources).id
    assert [step["type"] for step in steps(raw, run(client, asking(client), bare))] == ["message_creation"]
    brought = run(client, asking(client), bare, tools=[{"type": "file_search"}])
    assert [step["type"] for step in steps(raw, brought)] == ["tool_calls", "message_creation"]
    lost = run(client, asking(client), searching(client, policies["store"]), tools=[])
    assert [step["type"] for step in steps(raw, lost)] == ["message_creation"]


@pytest.mark.parametrize(
    ("choice", "types"),
    [
        ("none", ["message_creation"]),
        ("auto", ["tool_calls", "message_creation"]),
        ("required", ["tool_calls", "message_creation"]),
        ({"type": "file_search"}, ["tool_calls", "message_creation"]),
    ],
)
def test_tool_choice_is_kept_to(
    client: openai.OpenAI, raw: Raw, policies: dict[str, str], choice: Any, types: list[str]
) -> None:
    """Forbidden, left open, and forced, even where there is nothing to be searched."""
    done = run(client, asking(client), searching(client, policies["store"]), tool_choice=choice)
    assert (done.status, [step["type"] for step in steps(raw, done)]) == ("completed", types)
    if choice == {"type": "file_search"}:
        empty = run(client, asking(client), searching(client), tool_choice=choice)
        assert [step["type"] for step in steps(raw, empty)] == types


@pytest.mark.parametrize(
    "form",
    [
        {"type": "json_object"},
        {
            "type": "json_schema",
            "json_schema": {
                "name": "a",
                "schema": {
                    "type": "object",
                    "properties": {"answer": {"type": "string"}},
                    "required": ["answer"],
                    "additionalProperties": False,
                },
            },
        },
    ],
)
def test_an_answer_in_json_is_json(
    client: openai.OpenAI, raw: Raw, policies: dict[str, str], form: Any
) -> None:
    """The search happens all the same."""
    done = run(client, asking(client), searching(client, policies["store"]), response_format=form)
    assert done.status == "completed"
    assert [step["type"] for step in steps(raw, done)] == ["tool_calls", "message_creation"]
    assert "answer" in json.loads(words(only_message(client, done)))


# Which stores, and when


def test_assistant_and_thread_are_both_searched(client: openai.OpenAI, policies: dict[str, str]) -> None:
    """The best passages of both together, each cited with its own file."""
    own = upload(client, "mine.md", "My own refund of ten euros was granted yesterday.").id
    thread = asking(client, "Which refunds are granted, mine of ten euros and those within thirty days?", own)
    done = run(client, thread, searching(client, policies["store"]))
    cited = {annotation.file_citation.file_id for annotation in checked(only_message(client, done))}
    assert {own, policies["refunds.md"]} <= cited


@pytest.mark.parametrize("streamed", [False, True])
def test_a_run_waits_for_its_threads_store(client: openai.OpenAI, control: Control, streamed: bool) -> None:
    """Asked while the file is on its way, it answers with it, a little later."""
    control.new_world(latency=SLOWLY)
    file = upload(client, "refunds.md", REFUNDS).id
    thread, assistant, began = asking(client, ASKED, file), searching(client), moment(control)
    if streamed:
        with client.beta.threads.runs.stream(thread_id=thread, assistant_id=assistant) as stream:
            done = stream.get_final_run()
    else:
        done = run(client, thread, assistant)
    (annotation,) = checked(only_message(client, done))
    assert annotation.file_citation.file_id == file
    assert 20 <= moment(control) - began < 21


def test_a_run_waits_for_sixty_seconds_at_most(client: openai.OpenAI, control: Control, raw: Raw) -> None:
    """E-103: then it answers without; asked again when the file is there, it cites it."""
    control.new_world(latency={"profile": "instant", "indexing": "90s"})
    file = upload(client, "refunds.md", REFUNDS).id
    thread, assistant, began = asking(client, ASKED, file), searching(client), moment(control)
    first = run(client, thread, assistant)
    assert checked(only_message(client, first)) == []
    assert (first.status, moment(control) - began) == ("completed", 60)
    assert first.expires_at is None
    control.advance(30)
    second = run(client, thread, assistant)
    assert [each.file_citation.file_id for each in checked(only_message(client, second))] == [file]
    assert len(steps(raw, second)) == 2


@pytest.mark.parametrize("streamed", [False, True])
def test_a_run_does_not_wait_for_the_assistants_store(
    client: openai.OpenAI, control: Control, streamed: bool
) -> None:
    """It answers without the file at once; the same question afterwards cites it."""
    control.new_world(latency=SLOWLY)
    file = upload(client, "refunds.md", REFUNDS).id
    store = client.vector_stores.create(file_ids=[file]).id
    thread, assistant, began = asking(client), searching(client, store), moment(control)

    def once() -> Any:
        if not streamed:
            return run(client, thread, assistant)
        with client.beta.threads.runs.stream(thread_id=thread, assistant_id=assistant) as stream:
            return stream.get_final_run()

    assert checked(only_message(client, once())) == []
    assert moment(control) == began
    control.advance(20)
    assert [each.file_citation.file_id for each in checked(only_message(client, once()))] == [file]


def test_what_goes_away_while_a_run_waits_is_not_found(client: openai.OpenAI, control: Control) -> None:
    """The file is deleted, another store is deleted: the run goes on at once and finishes."""
    control.new_world(latency=SLOWLY)
    assistant = searching(client)
    for part in ("file", "store"):
        file = upload(client, "refunds.md", REFUNDS).id
        thread = asking(client, ASKED, file)
        begun = client.beta.threads.runs.create(thread, assistant_id=assistant)
        control.advance(5)
        resources: Any = client.beta.threads.retrieve(thread).tool_resources
        if part == "file":
            client.files.delete(file)
        else:
            client.vector_stores.delete(resources.file_search.vector_store_ids[0])
        done = client.beta.threads.runs.poll(begun.id, thread_id=thread, poll_interval_ms=0)
        assert done.status == "completed"
        assert checked(only_message(client, done)) == []


@pytest.mark.parametrize("streamed", [False, True])
def test_a_run_is_cancelled_while_it_waits(
    client: openai.OpenAI, control: Control, raw: Raw, streamed: bool
) -> None:
    """It ends cancelled, searches nothing, and its thread is free again."""
    control.new_world(latency=SLOWLY)
    file = upload(client, "refunds.md", REFUNDS).id
    thread, assistant = asking(client, ASKED, file), searching(client)
    begun = client.beta.threads.runs.create(thread, assistant_id=assistant)
    control.advance(5)
    assert raw("GET", f"/v1/threads/{thread}/runs").body["data"][0]["status"] == "in_progress"
    assert client.beta.threads.runs.cancel(begun.id, thread_id=thread).status == "cancelling"
    ended = client.beta.threads.runs.poll(begun.id, thread_id=thread, poll_interval_ms=0)
    assert ended.status == "cancelled"
    control.advance(100)
    assert steps(raw, ended) == []
    assert client.beta.threads.messages.list(thread, run_id=begun.id).data == []
    again = run(client, thread, assistant)
    assert len(checked(only_message(client, again))) == 1


def test_an_expired_store_refuses_the_run(
    client: openai.OpenAI, control: Control, policies: dict[str, str]
) -> None:
    """E-83: for the thread's own store after its seven days too; the thread stays usable."""
    file = upload(client, "refunds.md", REFUNDS).id
    thread, assistant = asking(client, ASKED, file), searching(client, policies["store"])
    resources: Any = client.beta.threads.retrieve(thread).tool_resources
    (store,) = resources.file_search.vector_store_ids
    control.advance(8 * 86_400)
    error = refused(client.beta.threads.runs.create, thread, assistant_id=assistant)
    assert (error["status"], error["message"]) == (400, f"Vector store {store} is expired")
    assert client.beta.threads.runs.list(thread).data == []
    client.beta.threads.update(thread, tool_resources={"file_search": {"vector_store_ids": []}})
    assert run(client, thread, assistant).status == "completed"
