"""Each verb through the real SDK: what it does, and what it gives back."""

from __future__ import annotations

from dataclasses import replace

from harness.playing.outcome import Outcome
from harness.playing.running import run_scenario
from tests.harness.playing.conftest import ASSISTANT, REPLY, Stage


def result(outcome: Outcome, number: str) -> object:
    """What the step of this number gave back."""
    (record,) = [record for record in outcome.records if record.number == number]
    assert record.error is None
    return record.result


# Operations of the API


def test_what_is_bound_is_used_later(stage: Stage) -> None:
    outcome = stage.passes(
        ASSISTANT,
        """
        - messages.create:
            thread_id: "${thread.id}"
            role: user
            content: "${asst.model}, ${thread.metadata}?"
          expect:
            thread_id: "${thread.id}"
            content.0.text.value: "gpt-4o, {}?"
        """,
    )
    assert [record.operation for record in outcome.records] == [
        *("assistants.create", "threads.create", "messages.create"),
    ]


def test_files_go_up_and_come_down(stage: Stage) -> None:
    (stage.folder / "notes.md").write_text("# Notes\n", encoding="utf-8")
    stage.passes(
        """
        - files.create: {purpose: assistants, file: {path: notes.md}}
          as: file
          expect: {filename: notes.md, bytes: 8}
        - files.content: {file_id: "${file.id}"}
          expect_error: {status: 400}
        - files.create: {purpose: user_data, file: {name: raw.bin, base64: "/wD+"}}
          as: raw
          expect: {bytes: 3}
        - files.list: {}
          expect: {data.*.purpose: {one_of: [assistants, user_data]}, data: {length: 2}}
        - files.delete: {file_id: "${raw.id}"}
          expect: {deleted: true}
        """
    )


def test_a_step_can_be_done_many_times(stage: Stage) -> None:
    outcome = stage.passes(
        """
        - threads.create:
          as: thread
        - messages.create: {thread_id: "${thread.id}", role: user, content: "number ${index}"}
          repeat: 4
          as: last
          expect: {content.0.text.value: "number ${index}"}
        - messages.list: {thread_id: "${thread.id}"}
          expect: {data: {length: 4}, data.0.id: "${last.id}"}
        """
    )
    assert len(outcome.records) == 6


# advance


def test_time_passes(stage: Stage) -> None:
    outcome = stage.passes("- advance: 9m\n  expect: {seconds: 540}\n- advance: 1.5s")
    assert outcome.api_seconds == 541.5


# request


def test_plain_http_never_fails_by_its_status(stage: Stage) -> None:
    stage.passes(
        """
        - request: {method: POST, path: /threads, body: {metadata: {a: b}}}
          as: made
          expect: {status: 200, body.metadata: {a: b}, headers.content-type: {starts_with: application/json}}
        - request: {method: GET, path: "/threads/${made.body.id}"}
          expect: {body.id: "${made.body.id}"}
        - request: {method: GET, path: /threads/thread_none}
          expect: {status: 404, body.error.type: invalid_request_error}
        - request: {method: POST, path: /threads, body: "{no json", headers: {Content-Type: application/json}}
          expect: {status: 400}
        - request: {method: GET, path: /assistants, headers: {OpenAI-Beta: null}}
          expect: {status: 400, body.error.message: {contains: OpenAI-Beta}}
        - request: {method: GET, path: /assistants, query: {limit: 1000}}
          expect: {status: 400}
        - request: {method: GET, path: /nothing/here}
          expect: {status: 404}
        """
    )


# parallel


def test_two_clients_take_turns_on_one_thread(stage: Stage) -> None:
    outcome = stage.passes(
        ASSISTANT,
        """
        - parallel:
            a:
            - runs.create: <RUN>
              as: run
            - wait: {run: "${run}", until: completed}
            b:
            - runs.create: <RUN>
              expect_error:
                status: 400
                message: "Thread ${thread.id} already has an active run ${run.id}."
            - messages.list: {thread_id: "${thread.id}"}
              expect: {data.0.role: assistant}
            - runs.create: <RUN>
              as: second
          as: both
        - runs.list: {thread_id: "${thread.id}"}
          expect: {data.0.id: "${second.id}", data.1.id: "${both.a.0.id}"}
        """,
        head=REPLY,
    )
    assert [record.number for record in outcome.records] == [
        *("1", "2", "3.a.1", "3.b.1", "3.a.2", "3.b.2", "3.b.3", "4"),
    ]


def test_a_failure_in_a_branch_names_its_step(stage: Stage) -> None:
    outcome = stage.fails(
        """
        - parallel:
            a: [threads.create: {}]
            b: [{threads.create: {}, expect: {object: message}}]
        """
    )
    assert outcome.failure is not None
    assert outcome.failure.step.number == "1.b.1"
    assert outcome.failure.differences[0].path == "object"


# The world of a scenario


def test_each_scenario_has_a_world_of_its_own(stage: Stage) -> None:
    head = """
    seed: 5
    backend:
      fixtures: [{object: assistant, id: asst_known, model: gpt-4o}]
      limits: {messages_per_thread: 1}
      runs: [{then: {reply: Hello.}}]
    """
    steps = """
    - assistants.list: {}
      expect: {data.0.id: asst_known, data: {length: 1}}
    - threads.create: {messages: [{role: user, content: Hi}]}
      as: thread
    - messages.create: {thread_id: "${thread.id}", role: user, content: Hi}
      expect_error: {status: 400}
    """
    first, second = (stage.passes(steps, head=head) for _ in range(2))
    assert first.seed == second.seed == 5
    assert result(first, "2") == result(second, "2")


def test_what_the_mock_refuses_is_told_without_a_step(stage: Stage) -> None:
    scenario = replace(stage.scenario("- threads.create: {}"), faults=({"fault": "nosuch"},))
    outcome = run_scenario(scenario, stage.mocked)
    assert (outcome.status, outcome.failure) == ("failed", None)
    assert outcome.reason.startswith("the mock does not take what the scenario says: ")
    assert "nosuch" in outcome.reason
