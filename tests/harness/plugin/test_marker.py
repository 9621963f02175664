"""The marker `assistants`: each argument, how they are merged, and what is said of those that are wrong."""

from __future__ import annotations

from typing import Any

import pytest

from harness.plugin.marks import Mark, MarkError, fault_order, read_marks
from tests.harness.plugin.conftest import Inner

pytest_plugins = ("pytester",)


def merged(*arguments: dict[str, Any]) -> Mark:
    """What markers with these arguments say together, the closest first."""
    return read_marks([pytest.mark.assistants(**given).mark for given in arguments])


def test_without_arguments_nothing_is_wanted() -> None:
    assert merged() == merged({}) == Mark()


def test_the_closest_wins_worlds_are_merged_and_needs_add_up() -> None:
    mark = merged(
        {"seed": 2, "timeline": {"queued": "2s"}, "needs": "runs", "world": {"strict": True}},
        {"seed": 1, "timeline": {"queued": "9s", "cancelling": "1s"}, "faults": "500", "needs": ["files"]},
        {
            "faults": ["429", "503"],
            "live": True,
            "scenario": "a.yaml::b",
            "world": {"strict": False, "models": []},
        },
    )
    assert mark == Mark(
        scenario="a.yaml::b",
        seed=2,
        world={"strict": True, "models": [], "latency": {"queued": "2s", "cancelling": "1s"}},
        faults=({"fault": "500"},),
        needs=frozenset({"runs", "files"}),
        live=True,
    )


def test_the_name_of_a_latency_replaces_durations() -> None:
    assert merged({"timeline": "slow"}, {"timeline": {"queued": "9s"}}).world == {"latency": "slow"}


@pytest.mark.parametrize(
    ("spec", "order"),
    [
        ("lost_ack", {"fault": "lost_ack"}),
        ("429(retry_after=20s) at runs.create#2", {"fault": "429(retry_after=20s)", "at": "runs.create#2"}),
        (" 500  at  vector_stores.* ", {"fault": "500", "at": "vector_stores.*"}),
        ({"fault": "500", "times": 2}, {"fault": "500", "times": 2}),
    ],
)
def test_faults_are_written_as_lines_or_objects(spec: Any, order: dict[str, Any]) -> None:
    assert fault_order(spec) == order


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"sed": 1}, "unknown argument 'sed'; did you mean 'seed'?"),
        ({"qqq": 1}, "unknown argument 'qqq'; known are scenario, seed"),
        ({"seed": 1.5}, "seed: a seed is a whole number or a text, not 1.5"),
        ({"scenario": "::name"}, "scenario: this is a file and a name"),
        ({"timeline": 3}, "timeline: this is the name of a latency or durations"),
        ({"faults": [3]}, 'faults: a fault is written "lost_ack at messages.create", or as an object, not 3'),
        ({"faults": ""}, "faults: a fault is written"),
        ({"needs": ["vector_store"]}, "needs: there is no capability 'vector_store'; did you mean"),
        ({"needs": 3}, "needs: these are names of capabilities"),
        ({"live": "yes"}, "live: this is True or False, not 'yes'"),
        ({"world": []}, "world: these are settings of a world"),
        ({"world": {"seed": 3}}, "world: 'seed' has an argument of its own: seed=…"),
        ({"world": {"latency": "slow"}}, "world: 'latency' has an argument of its own: timeline=…"),
    ],
)
def test_what_is_wrong_is_said_with_what_is_right(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(MarkError) as caught:
        merged(arguments)
    assert str(caught.value).startswith(said)


def test_arguments_have_names() -> None:
    with pytest.raises(MarkError, match="named arguments only"):
        read_marks([pytest.mark.assistants("a.yaml::b").mark])


def test_a_marked_test_fails_with_what_is_wrong_and_nothing_else(inner: Inner) -> None:
    inner.files(
        test_marks="""
            import pytest

            @pytest.mark.assistants(sed=1)
            def test_argument(assistants): ...

            @pytest.mark.assistants(world={"limits": {"messages": 3}})
            def test_limit(): ...

            @pytest.mark.assistants(timeline={"queue": "3s"})
            def test_timeline(): ...

            @pytest.mark.assistants(faults="429 at runs.made")
            def test_fault(): ...

            @pytest.mark.assistants(scenario="gone.assistants.yaml")
            def test_scenario(): ...
        """
    )
    result = inner.passes(errors=5)
    result.stdout.fnmatch_lines(
        [
            "@pytest.mark.assistants: unknown argument 'sed'; did you mean 'seed'?",
            "@pytest.mark.assistants: world: limits: unknown limit 'messages'; *",
            "@pytest.mark.assistants: timeline: unknown * 'queue'*",
            "@pytest.mark.assistants: faults: *runs.made*",
            "@pytest.mark.assistants: scenario: there is no gone.assistants.yaml in *",
        ]
    )
    for hidden in ("*testworlds.py*", "*During handling*"):
        result.stdout.no_fnmatch_line(hidden)


def test_seed_timeline_world_and_faults_make_the_world(inner: Inner) -> None:
    inner.files(
        test_marks="""
            import openai, pytest

            pytestmark = pytest.mark.assistants(seed="module", world={"auto_create": True})

            def tried(assistants):
                client = assistants.client(max_retries=0)
                try:
                    return client.beta.threads.create().id
                except openai.APIStatusError as error:
                    return error.status_code

            @pytest.mark.assistants(seed="test", timeline={"queued": "3s"})
            class TestWorld:
                @pytest.mark.assistants(
                    faults=["500 at threads.create#2", {"fault": "lost_ack", "at": "files.*"}]
                )
                def test_all(self, assistants):
                    settings = assistants.snapshot()["settings"]
                    assert (settings["seed"], settings["auto_create"]) == ("test", True)
                    assert settings["latency"]["queued"] == 3000
                    assert [fault.name for fault in assistants.faults.armed] == ["500", "lost_ack"]
                    assert [str(tried(assistants))[:7] for _ in range(3)] == ["thread_", "500", "thread_"]
                    assert (assistants.fault.fault, assistants.fault.call) == ("500", "threads.create#2")

            def test_module(assistants):
                assert assistants.seed == "module"
                assert assistants.snapshot()["settings"]["latency"]["queued"] == 400
                assert not assistants.faults.armed
        """
    )
    inner.passes(passed=2)


SCENARIOS = """
version: 1
scenarios:
- name: paris
  seed: 11
  backend:
    limits: {messages_per_thread: 3}
    fixtures: [{object: assistant, id: asst_paris}]
    runs:
    - then: {reply: "Paris."}
  faults: ["500 at models.list"]
  steps:
  - models.list: {}
- name: rome
  backend:
    runs:
    - then: {reply: "Rome."}
  steps:
  - models.list: {}
"""


def test_a_scenario_lends_its_backend_half(inner: Inner) -> None:
    (inner.pytester.path / "cities.assistants.yaml").write_text(SCENARIOS)
    nested = inner.pytester.mkpydir("nested")
    (nested / "near.assistants.yaml").write_text(SCENARIOS.partition("- name: rome")[0])
    inner.files(
        test_marks="""
            import pytest

            @pytest.mark.assistants(scenario="cities.assistants.yaml::paris", world={"strict": True})
            def test_paris(assistants):
                settings = assistants.snapshot()["settings"]
                assert (settings["seed"], settings["strict"]) == (11, True)
                assert settings["limits"]["messages_per_thread"] == 3
                assert assistants.client().beta.assistants.retrieve("asst_paris")
                (rule,) = assistants.control.replies()
                assert rule["rule"]["then"] == {"reply": "Paris."}
                assert [fault.fault for fault in assistants.faults.armed] == ["500"]

            @pytest.mark.assistants(scenario="cities.assistants.yaml::rome", seed=3)
            def test_rome(assistants):
                assert assistants.seed == 3
                assert [rule["rule"]["then"] for rule in assistants.control.replies()] == [{"reply": "Rome."}]

            @pytest.mark.assistants(scenario="cities.assistants.yaml::roma")
            def test_name(): ...

            @pytest.mark.assistants(scenario="cities.assistants.yaml")
            def test_several(): ...
        """
    )
    (nested / "test_near.py").write_text(
        "import pytest\n"
        "@pytest.mark.assistants(scenario='near.assistants.yaml')\n"
        "def test_near(assistants):\n"
        "    assert assistants.seed == 11\n"
        "@pytest.mark.assistants(scenario='cities.assistants.yaml::rome')\n"
        "def test_root(assistants):\n"
        "    assert assistants.seed == 0\n"
    )
    result = inner.passes("-k", "test_", passed=4, errors=2, deselected=3)
    result.stdout.fnmatch_lines(
        [
            "@pytest.mark.assistants: scenario: *cities.assistants.yaml has no scenario 'roma'; say cities.*",
            "@pytest.mark.assistants: scenario: *cities.assistants.yaml has several scenarios; say *",
        ]
    )


def test_needs_that_the_target_lacks_skip_the_test(inner: Inner) -> None:
    inner.pytester.makepyprojecttoml(
        "[tool.assistants.targets.plain]\nkind = 'mock'\nlacks = ['uploads', 'files']"
    )
    inner.files(
        test_marks="""
            import pytest

            @pytest.mark.assistants(needs=["uploads", "files", "runs"])
            def test_needs(assistants): ...

            @pytest.mark.assistants(needs=["runs"])
            def test_enough(assistants): ...
        """
    )
    result = inner.passes("-rs", "--assistants-target=plain", passed=1, skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED * plain lacks files, uploads"])
    inner.passes(passed=2)
