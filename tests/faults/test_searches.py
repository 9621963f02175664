"""Searches that find the wrong things, and vector stores whose time is over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import openai
import pytest

from harness.control import Control
from tests.faults.filing import SEARCH, attached, fired, found, seen
from tests.files.library import counts, moment, only_message, ready, refused, upload, words
from tests.files.questions import ASKED, REFUNDS, SHIPPING, asking, checked, run, searching

# Poor results


@pytest.fixture
def zoo(client: openai.OpenAI) -> str:
    """A store of five passages, three of which have a word of `about the otter`."""
    texts = {
        "otter.md": "The otter swims in the river. The otter eats fish.",
        "river.md": "An otter was seen.",
        "fish.md": "Fish live in rivers, and some say that the otter does.",
        "sand.md": "Camels walk through the desert.",
        "snow.md": "Penguins stand on ice.",
    }
    return ready(client, *(upload(client, name, text).id for name, text in texts.items())).id


def test_irrelevant_passages(client: openai.OpenAI, control: Control, zoo: str) -> None:
    """First those without a word of the query, then the worst; scores that fall, and never the best."""
    every = found(client, zoo, "otter")
    control.arm("search.irrelevant", always=True)
    results = client.vector_stores.search(zoo, query="otter").data
    assert [each.filename for each in results] == ["sand.md", "snow.md", *every[:0:-1]]
    scores = [each.score for each in results]
    assert scores == [0.1, 0.075, 0.05, 0.025]
    assert found(client, zoo, "otter", max_num_results=3) == ["sand.md", "snow.md", every[-1]]
    assert found(client, zoo, "otter", ranking_options={"score_threshold": 0.06}) == ["sand.md", "snow.md"]
    assert found(client, zoo, "otter", ranking_options={"score_threshold": 0.2}) == []


def test_irrelevant_passages_pass_the_filters(client: openai.OpenAI, control: Control) -> None:
    """Of the files that are asked for, and no others."""
    store = client.vector_stores.create().id
    for name, text in (("a.md", REFUNDS), ("b.md", SHIPPING), ("c.md", "Camels walk.")):
        client.vector_stores.files.create_and_poll(
            upload(client, name, text).id,
            vector_store_id=store,
            attributes={"kind": name[0]},
            poll_interval_ms=0,
        )
    control.arm("search.irrelevant", always=True)
    shown: Any = {"type": "in", "key": "kind", "value": ["a", "c"]}
    assert found(client, store, ASKED, filters=shown) == ["c.md"]


def test_where_every_passage_answers(client: openai.OpenAI, control: Control) -> None:
    """The only passage there is is never irrelevant."""
    store = ready(client, upload(client, "refunds.md", REFUNDS).id).id
    control.arm("search.irrelevant")
    assert found(client, store) == []


def test_incomplete_results(client: openai.OpenAI, control: Control, zoo: str) -> None:
    """All but the best, with their own scores, as many as were asked for."""
    every = client.vector_stores.search(zoo, query="otter").data
    assert len(every) == 3
    control.arm("search.irrelevant(incomplete)", times=2)
    assert client.vector_stores.search(zoo, query="otter").data == every[1:]
    assert client.vector_stores.search(zoo, query="otter", max_num_results=1).data == every[1:2]


def test_nothing_is_spoilt_where_nothing_was_found(client: openai.OpenAI, control: Control, zoo: str) -> None:
    """The fault waits for a search that finds something."""
    control.arm("search.irrelevant(empty)")
    assert found(client, zoo, "Napoleon") == []
    refused(client.vector_stores.search, zoo, query=5)
    assert (seen(control), fired(control)) == (2, 0)
    assert found(client, zoo, "otter") == []
    assert fired(control) == 1


def test_the_run_waits_before_it_finds_the_wrong_things(client: openai.OpenAI, control: Control) -> None:
    """What is on its way when the run begins is what it finds amiss."""
    control.new_world(latency={"profile": "instant", "indexing": "20s"})
    files = [upload(client, name, text).id for name, text in (("a.md", REFUNDS), ("b.md", SHIPPING))]
    thread, began = asking(client, ASKED, *files), moment(control)
    control.arm("search.irrelevant")
    with client.beta.threads.runs.stream(thread_id=thread, assistant_id=searching(client)) as stream:
        done = stream.get_final_run()
    assert [each.file_citation.file_id for each in checked(only_message(client, done))] == files[1:]
    assert moment(control) - began == 20


@pytest.mark.parametrize(
    ("results", "said"), [("empty", "nothing"), ("incomplete", "river.md"), ("irrelevant", "sand.md")]
)
def test_a_run_with_poor_results(
    client: openai.OpenAI, control: Control, zoo: str, results: str, said: str
) -> None:
    """What it says comes from what it found."""
    control.arm(f"search.irrelevant({results})", "threads.create_and_run")
    done = client.beta.threads.create_and_run_poll(
        assistant_id=searching(client, zoo),
        thread={"messages": [{"role": "user", "content": "Where does the otter swim?"}]},
        poll_interval_ms=0,
    )
    assert said in words(only_message(client, done))
    assert fired(control) == 1


def test_a_search_after_tool_outputs(client: openai.OpenAI, control: Control, zoo: str) -> None:
    """The fault is armed for the turn in which the run searches; before, it has nothing to act on."""
    function: Any = {"type": "function", "function": {"name": "lookup"}}
    calls = {"tool_calls": [{"function": "lookup", "arguments": {}}]}
    control.add_replies({"then": {"steps": [calls, {"file_search": {"query": "otter"}}]}})
    control.arm("search.irrelevant(empty)")
    thread = asking(client, "Where?")
    asked = run(client, thread, searching(client, zoo, tools=[function, *SEARCH]))
    assert fired(control) == 0
    call = asked.required_action.submit_tool_outputs.tool_calls[0].id
    done = client.beta.threads.runs.submit_tool_outputs_and_poll(
        run_id=asked.id,
        thread_id=thread,
        tool_outputs=[{"tool_call_id": call, "output": "-"}],
        poll_interval_ms=0,
    )
    assert (done.status, fired(control)) == ("completed", 1)
    assert "nothing" in words(only_message(client, done))


def test_scripted_results_stay(client: openai.OpenAI, control: Control, zoo: str) -> None:
    """Who writes the results of a search into a rule gets them."""
    control.add_replies({"then": {"file_search": {"results": [{"file_name": "x.md"}], "reply": "Found."}}})
    control.arm("search.irrelevant")
    assert words(only_message(client, run(client, asking(client), searching(client, zoo)))) == "Found."
    assert fired(control) == 0


# Expired


EXPIRED: dict[str, Callable[[openai.OpenAI, str, str], Any]] = {
    "vector_stores.search": lambda client, store, file: client.vector_stores.search(store, query=ASKED),
    "vector_stores.files.create": lambda client, store, file: client.vector_stores.files.create(
        store, file_id=file
    ),
    "vector_stores.files.content": lambda client, store, file: client.vector_stores.files.content(
        file, vector_store_id=store
    ),
    "vector_stores.files.delete": lambda client, store, file: client.vector_stores.files.delete(
        file, vector_store_id=store
    ),
    "vector_stores.file_batches.create": lambda client, store, file: client.vector_stores.file_batches.create(
        store, file_ids=[file]
    ),
}


@pytest.mark.parametrize("operation", EXPIRED)
def test_what_an_expired_store_refuses(client: openai.OpenAI, control: Control, operation: str) -> None:
    """E-84, and nothing is done."""
    file = upload(client, "refunds.md", REFUNDS).id
    store = ready(client, file).id
    control.arm("store.expired", operation)
    error = refused(EXPIRED[operation], client, store, file)
    assert (error["status"], error["message"]) == (400, f"Vector store '{store}' has expired")
    shown = client.vector_stores.retrieve(store)
    assert (shown.status, shown.file_counts.to_dict()) == ("expired", counts(completed=1))
    assert shown.expires_after is not None


def test_reading_shows_that_it_has_expired(client: openai.OpenAI, control: Control) -> None:
    """A store with a date of its own keeps its policy; it can be deleted."""
    store = client.vector_stores.create(expires_after={"anchor": "last_active_at", "days": 3}).id
    control.arm("store.expired")
    shown = client.vector_stores.retrieve(store)
    assert shown.expires_after is not None
    assert (shown.status, shown.expires_after.days) == ("expired", 3)
    assert client.vector_stores.retrieve(store) == shown
    control.advance(4 * 86_400)
    assert client.vector_stores.retrieve(store) == shown
    assert (seen(control), fired(control)) == (1, 1)
    client.vector_stores.delete(store)


def test_a_threads_store_expires_under_a_message(client: openai.OpenAI, control: Control) -> None:
    """E-84 for a message with a file; one without needs no store and is let through."""
    file = upload(client, "refunds.md", REFUNDS).id
    thread = asking(client, ASKED, file)
    control.arm("store.expired", "messages.create")
    client.beta.threads.messages.create(thread, role="user", content="And?")
    assert seen(control) == 0
    error = refused(client.beta.threads.messages.create, thread, **attached(file)[0])
    assert error["message"].endswith("has expired")
    assert len(client.beta.threads.messages.list(thread).data) == 2


@pytest.mark.parametrize("owner", ["assistant", "thread", "run"])
def test_a_new_thread_needs_an_expired_store(client: openai.OpenAI, control: Control, owner: str) -> None:
    """E-83 on threads.create_and_run, whoever brings the store; nothing is left of the thread."""
    store = ready(client, upload(client, "refunds.md", REFUNDS).id).id
    resources: Any = {"file_search": {"vector_store_ids": [store]}}
    thread: Any = {"messages": [{"role": "user", "content": ASKED}]}
    assistant = searching(client, *([store] if owner == "assistant" else []))
    more: Any = {"tool_resources": resources} if owner == "run" else {}
    thread |= {"tool_resources": resources} if owner == "thread" else {}
    control.arm("store.expired", "threads.create_and_run")
    error = refused(client.beta.threads.create_and_run, assistant_id=assistant, thread=thread, **more)
    assert (error["status"], error["message"]) == (400, f"Vector store {store} is expired")
    assert fired(control) == 1
