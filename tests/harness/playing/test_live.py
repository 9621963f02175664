"""Scenarios on a target that is real to the harness: the server in real time, its control door closed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import openai
import pytest

from harness.playing.outcome import Outcome
from harness.playing.running import run_scenario
from harness.targets.connection import Connection
from harness.targets.opening import open_target
from harness.targets.target import find_target
from mockserver.server import Server
from tests.harness.playing.conftest import ASSISTANT, Stage

SCRIPTED = "backend: {runs: [{then: {reply: 'Only the mock says this.'}}]}"


@pytest.fixture
def far(remote: Connection) -> Iterator[Connection]:
    """The real target; nothing may be left on it."""
    yield remote
    assert remote.made == []
    assert there(remote) == {"assistants": [], "vector_stores": [], "files": []}


def there(connection: Connection) -> dict[str, list[str]]:
    """The ids of all that can be listed on a target."""
    client: Any = connection.client()
    lists = {
        "assistants": client.beta.assistants.list,
        "vector_stores": client.vector_stores.list,
        "files": client.files.list,
    }
    return {name: [each.id for each in read().data] for name, read in lists.items()}


def test_texts_are_relaxed_and_counted(stage: Stage, far: Connection) -> None:
    scenario = stage.scenario(
        ASSISTANT,
        """
        - runs.create: <RUN>
          as: run
        - wait: {run: "${run}", until: completed}
          expect:
            statuses: [queued, in_progress, completed]
            assistant_id: "${asst.id}"
            usage.total_tokens: 7
        - messages.list: {thread_id: "${thread.id}", limit: 1}
          expect:
            data.0.role: assistant
            data.0.run_id: "${run.id}"
            data.0.content.0: {type: text, text: {value: Only the mock says this., annotations: []}}
        - messages.list: {thread_id: "${thread.id}", limit: 1}
          expect: {data.0.content.0.text.value: Only the mock says this.}
          live: {data.0.content.0.text.value: {length: {at_least: 2}}}
        - messages.list: {thread_id: "${thread.id}", limit: 1}
          expect: {data.0.content.0.text.value: Only the mock says this.}
          live: skip
        """,
        head=SCRIPTED,
    )
    outcome = run_scenario(scenario, far)
    assert outcome.status == "passed", outcome.reason
    told = [each.split(":")[0] for each in outcome.relaxed if "statuses" not in each]
    assert told == ["step 4 usage.total_tokens", "step 5 data.0.content.0.text.value"]
    assert outcome.skipped == ["step 7 messages.list: live: skip"]
    assert [record.skipped for record in outcome.records] == ["", "", "", "", "", "", "live: skip"]
    assert (outcome.target, outcome.virtual, outcome.seed) == ("remote", False, None)


def test_what_is_not_the_models_is_not_relaxed(stage: Stage, far: Connection) -> None:
    scenario = stage.scenario(
        ASSISTANT,
        """
        - messages.list: {thread_id: "${thread.id}"}
          expect: {data.0.role: assistant, data.0.content.0.text.value: {contains: Tell}}
        """,
    )
    outcome = run_scenario(scenario, far)
    assert outcome.failure is not None
    assert [each.path for each in outcome.failure.differences] == ["data.0.role"]
    assert outcome.relaxed == []


def test_error_texts_are_exact_unless_live_says_otherwise(stage: Stage, far: Connection) -> None:
    steps = """
    - threads.retrieve: {thread_id: thread_none}
      expect_error: {status: 404, message: In other words.}
      LIVE
    """
    outcome = run_scenario(stage.scenario(steps.replace("LIVE", "")), far)
    assert outcome.failure is not None
    assert [each.path for each in outcome.failure.differences] == ["message"]
    relaxed = steps.replace("LIVE", "live: {message: {contains: thread_none}}")
    assert run_scenario(stage.scenario(relaxed), far).status == "passed"
    assert stage.fails(relaxed).failure is not None  # on the mock the exact words count


def test_scripts_faults_and_time_are_the_mocks(stage: Stage, far: Connection) -> None:
    faulty = stage.scenario("- threads.create: {}", head="faults: ['429 at threads.create']")
    outcome = run_scenario(faulty, far)
    assert (outcome.status, outcome.reason) == ("skipped", "remote lacks faults")
    patient = stage.scenario("- threads.create: {}\n- advance: 9m\n- advance: 2m")
    outcome = run_scenario(patient, far)
    assert outcome.status == "skipped"
    assert outcome.reason == (
        "needs 11 min of waiting on remote, whose time cannot be moved"
        " (--slow, in pytest --assistants-slow, waits)"
    )
    brief = stage.scenario("- threads.create: {}\n- advance: 2ms")
    outcome = run_scenario(brief, far, slow=True)
    assert outcome.status == "passed"


def test_everything_that_was_made_is_deleted(stage: Stage, far: Connection) -> None:
    outcome = run_scenario(
        stage.scenario(
            """
            - files.create: {purpose: assistants, file: {name: a.md, text: "Alpha."}}
              as: file
            - vector_stores.create: {file_ids: ["${file.id}"]}
            - assistants.create: {model: gpt-4o}
            - threads.create: {}
              expect: {object: message}
            """
        ),
        far,
    )
    assert outcome.status == "failed"
    assert outcome.left_behind == []


def test_what_is_to_be_kept_stays(stage: Stage, far: Connection) -> None:
    outcome = run_scenario(
        stage.scenario("- assistants.create: {model: gpt-4o}\n  cleanup: assistants.delete"), far, keep=True
    )
    assert outcome.status == "passed"
    assert len(there(far)["assistants"]) == len(far.made) == 1
    far.clean_up()


def test_an_interruption_goes_on_upwards_when_all_is_deleted(
    stage: Stage, far: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(seconds: float) -> None:
        assert there(far)["assistants"] != []
        raise KeyboardInterrupt

    monkeypatch.setattr(far, "pause", interrupt)
    scenario = stage.scenario("- assistants.create: {model: gpt-4o}\n- advance: 1h")
    with pytest.raises(KeyboardInterrupt):
        run_scenario(scenario, far, slow=True)


def test_a_step_says_what_takes_away_what_it_made(stage: Stage, far: Connection) -> None:
    outcome = run_scenario(
        stage.scenario(
            ASSISTANT,
            """
            - runs.create: <RUN>
              as: run
              cleanup: runs.cancel
            - messages.create: {thread_id: thread_none, role: user, content: Hi}
              expect_error: {status: 404}
              cleanup: messages.delete
            - vector_stores.create: {}
              as: store
              cleanup: vector_stores.delete
            - vector_stores.delete: {vector_store_id: "${store.id}"}
            """,
        ),
        far,
    )
    assert (outcome.status, outcome.left_behind) == ("passed", []), outcome.reason


def attempts_of(stage: Stage, connection: Connection, allowed: int, met_at: int) -> Outcome:
    """What comes of a scenario that would pass at one of its attempts."""
    scenario = stage.scenario("- models.list: {}\n  expect: {}", head=f"attempts: {allowed}")
    flaky = _Flaky(connection, met_at)
    return run_scenario(scenario, flaky)  # type: ignore[arg-type]


class _Flaky:
    """A connection on which scenarios cannot be begun the first times."""

    def __init__(self, sound: Connection, met_at: int) -> None:
        self._sound = sound
        self._left = met_at - 1

    def begin(self, scenario: object) -> None:
        if self._left:
            self._left -= 1
            raise OSError("not today")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sound, name)


def test_a_real_target_may_have_several_attempts(stage: Stage, far: Connection, mocked: Connection) -> None:
    outcome = attempts_of(stage, far, allowed=3, met_at=2)
    assert (outcome.status, outcome.attempts, outcome.allowed) == ("passed", 2, 3)
    outcome = attempts_of(stage, far, allowed=2, met_at=3)
    assert (outcome.status, outcome.attempts, outcome.allowed) == ("failed", 2, 2)
    outcome = attempts_of(stage, mocked, allowed=3, met_at=2)
    assert (outcome.status, outcome.attempts, outcome.allowed) == ("failed", 1, 1)


def test_an_empty_budget_fails_the_scenario(stage: Stage, far: Connection) -> None:
    scenario = stage.scenario("- models.list: {}\n  repeat: 5")
    with open_target(far.target, max_calls=2) as thrifty:
        outcome = run_scenario(scenario, thrifty)
    assert outcome.failure is not None
    assert "budget" in outcome.failure.reason
    assert len(outcome.records) == 3


def test_timelines_are_told_from_what_was_seen(stage: Stage, far: Connection) -> None:
    outcome = run_scenario(
        stage.scenario(
            ASSISTANT,
            """
            - runs.create: <RUN>
              as: run
            - wait: {run: "${run}", until: completed}
            - runs.retrieve: {thread_id: "${thread.id}", run_id: "${run.id}"}
              expect: {status: failed}
            """,
        ),
        far,
    )
    assert outcome.failure is not None
    (line,) = outcome.failure.timeline
    assert line.startswith("run_")
    assert " queued 0." in line
    assert "-> completed " in line


def test_streams_come_in_their_own_time(stage: Stage, far: Connection) -> None:
    outcome = run_scenario(
        stage.scenario(
            ASSISTANT,
            """
            - stream: {runs.create: <RUN>, until: thread.run.in_progress}
              as: s
              expect: {run.status: in_progress, text: ""}
            - stream: {resume: "${s}"}
              expect:
                text: Only the mock says this.
                run.status: completed
                events: [thread.message.created, thread.message.delta, thread.run.completed]
            - stream: {runs.create: <RUN>, stop_after: 1}
              as: t
              expect: {events: [thread.run.created]}
            - wait: {run: "${t.run}", until: completed}
            """,
            head=SCRIPTED,
        ),
        far,
    )
    assert outcome.status == "passed", outcome.reason
    assert [each.split(":")[0] for each in outcome.relaxed] == ["step 4 text", "step 4 events"]


def test_time_may_run_faster(stage: Stage, server: Server) -> None:
    """A mock whose time passes by itself, a thousand times as fast as the wall's."""
    target = replace(find_target("mock"), base_url=server.base_url, key="sk-fast", clock="x1000")
    with open_target(target) as fast:
        outcome = run_scenario(
            stage.scenario(
                ASSISTANT,
                """
                - runs.create: <RUN>
                  as: run
                - wait: {run: "${run}", until: completed, within: 1h}
                  expect: {statuses: {subsequence: [queued, completed]}}
                - advance: 2s
                - messages.list: {thread_id: "${thread.id}", limit: 1}
                  expect: {data.0.content.0.text.value: Only the mock says this.}
                """,
                head=SCRIPTED,
            ),
            fast,
        )
    assert outcome.status == "passed", outcome.reason
    assert outcome.virtual is False
    assert outcome.api_seconds is not None
    assert outcome.api_seconds >= 2


def test_what_the_sdk_is_too_old_for_is_named(
    stage: Stage, far: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(far, "unsaid", frozenset({"models"}))
    monkeypatch.setattr(far, "capabilities", far.capabilities - {"models"})
    outcome = run_scenario(stage.scenario("- models.list: {}"), far)
    assert outcome.reason == "the installed version of openai has no models"


def test_branches_work_the_same(stage: Stage, far: Connection) -> None:
    scenario = stage.scenario(
        """
        - threads.create: {}
          as: thread
        - parallel:
            a: [{messages.create: {thread_id: "${thread.id}", role: user, content: A}}]
            b: [{messages.create: {thread_id: "${thread.id}", role: user, content: B}}]
        - messages.list: {thread_id: "${thread.id}"}
          expect: {data: {length: 2}, data.0.role: user}
        """
    )
    assert run_scenario(replace(scenario, attempts=2), far).status == "passed"


def test_the_sdk_is_the_real_one(far: Connection) -> None:
    assert isinstance(far.client(max_retries=0), openai.OpenAI)
