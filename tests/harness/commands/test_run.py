"""`assistants-mock run`: which scenarios, on what, what is said, and how it ends."""

from __future__ import annotations

import json
import re

import pytest

from harness.control import Control
from harness.serving import ServerProcess
from tests.harness.commands.conftest import FINE, MISTAKEN, WRONG, Desk
from tests.harness.targets.servers import HttpServer, Reply


def played(output: str) -> list[tuple[str, str]]:
    """The scenarios in a progress, with their fates."""
    return re.findall(r"^\[ *\d+/\d+\] (\w+) +\S+::(\w+)", output, re.MULTILINE)


def test_scenarios_that_pass(desk: Desk) -> None:
    desk.file("fine.assistants.yaml", FINE)
    result = desk.run("fine.assistants.yaml")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert re.fullmatch(r"2 scenarios on here \(http://127.0.0.1:\d+/v1\)", lines[0])
    assert re.fullmatch(
        r"\[1/2\] passed  fine.assistants.yaml::greeting  \S+ m?s, \S+ m?s of virtual time", lines[1]
    )
    assert re.fullmatch(r"\[2/2\] passed  fine.assistants.yaml::farewell  \S+ m?s", lines[2])
    assert re.fullmatch(r"2 passed on here in \S+ m?s, \d+ calls", lines[3])
    assert len(lines) == 4


@pytest.mark.parametrize(
    ("variables", "colours"),
    [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)],
)
def test_colours_are_for_terminals_and_those_who_ask(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], colours: bool
) -> None:
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    desk.file("wrong.assistants.yaml", WRONG)
    assert ("\x1b[" in desk.run("wrong.assistants.yaml").output) is colours


def test_a_failure_is_explained_at_once_and_the_others_are_played(desk: Desk) -> None:
    desk.file("wrong.assistants.yaml", WRONG)
    result = desk.run("wrong.assistants.yaml")
    assert result.exit_code == 1
    assert played(result.output) == [("failed", "surprised"), ("passed", "afterwards")]
    assert "wrong.assistants.yaml:5  step 1  threads.create {metadata: {mood: calm}}" in result.output
    assert "expected  'angry'" in result.output
    assert "1 passed, 1 failed on here in" in result.output


def test_the_first_failure_may_be_the_last_thing_played(desk: Desk) -> None:
    desk.file("wrong.assistants.yaml", WRONG)
    result = desk.run("wrong.assistants.yaml", "-x")
    assert result.exit_code == 1
    assert played(result.output) == [("failed", "surprised")]


def test_the_command_that_is_printed_plays_it_again(desk: Desk) -> None:
    desk.file("wrong.assistants.yaml", WRONG)
    replay = re.search(
        r"replay +assistants-mock run (.*)", desk.run("wrong.assistants.yaml", "--seed", 5).output
    )
    assert replay is not None
    words = replay[1].split()
    assert {"--seed", "5", "--target", "here"} <= set(words)
    again = desk.run(*words[: words.index("--target")], *words[words.index("--target") + 2 :])
    assert played(again.output) == [("failed", "surprised")]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["."], ["greeting", "farewell", "surprised", "afterwards"]),
        (["sub"], ["surprised", "afterwards"]),
        (["sub/*.yaml"], ["surprised", "afterwards"]),
        (["**/*.assistants.yaml"], ["greeting", "farewell", "surprised", "afterwards"]),
        (["fine.assistants.yaml::farewell"], ["farewell"]),
        (["fine.assistants.yaml::farewell", "fine.assistants.yaml::greeting"], ["greeting", "farewell"]),
        (["fine.assistants.yaml::farewell", "fine.assistants.yaml"], ["greeting", "farewell"]),
        (["fine.assistants.yaml", "./fine.assistants.yaml"], ["greeting", "farewell"]),
        ([".", "-k", "well"], ["farewell"]),
        ([".", "-k", "*::*s"], ["afterwards"]),
        ([".", "-k", "greet", "--only", "after"], ["greeting", "afterwards"]),
        ([".", "-k", "error_3"], ["greeting"]),
        ([".", "-k", "error_13"], ["farewell"]),
    ],
)
def test_which_scenarios_are_meant(words: list[str], names: list[str], desk: Desk) -> None:
    desk.file("fine.assistants.yaml", FINE)
    desk.file("sub/wrong.assistants.yaml", WRONG)
    desk.file("sub/other.yaml.txt", "not a scenario")
    assert [name for _, name in played(desk.run(*words).output)] == names


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["fin.assistants.yaml"], "there is no fin.assistants.yaml; did you mean fine.assistants.yaml?"),
        (["empty"], "empty has no *.assistants.yaml in it"),
        (["*.yml"], "no file fits *.yml"),
        (
            ["fine.assistants.yaml::farewel"],
            "fine.assistants.yaml has no scenario farewel; did you mean farewell?",
        ),
        (["fine.assistants.yaml::xyz"], "has no scenario xyz; there are greeting, farewell"),
        (["fine.assistants.yaml", "-k", "xyz"], "none of 2 scenarios fits xyz"),
        (["fine.assistants.yaml", "--time", "fast"], "time is virtual, real or scaled:100, not 'fast'"),
        (
            ["fine.assistants.yaml", "--report", "htm:x"],
            "there is no report format 'htm'; did you mean html?",
        ),
        (
            ["fine.assistants.yaml", "--report", "html"],
            "a report is asked for as FORMAT:PATH, such as html:report",
        ),
        (["fine.assistants.yaml", "--report", "html:empty"], "a report cannot be written: "),
    ],
)
def test_what_was_typed_wrongly(words: list[str], complaint: str, desk: Desk) -> None:
    desk.file("fine.assistants.yaml", FINE)
    (desk.folder / "empty").mkdir()
    result = desk.run(*words)
    assert result.exit_code == 2
    assert complaint in result.stderr


def test_nothing_is_played_while_a_file_has_mistakes(desk: Desk) -> None:
    desk.file("a/fine.assistants.yaml", FINE)
    desk.file("a/mistaken.assistants.yaml", MISTAKEN)
    result = desk.run("a")
    assert result.exit_code == 2
    assert result.stdout == ""
    first, second, last = result.stderr.splitlines()
    assert first.startswith("a/mistaken.assistants.yaml:5:5: ")
    assert "did you mean" in first
    assert second.startswith("a/mistaken.assistants.yaml:7:5: ")
    assert last == "Error: 2 mistakes"


def test_an_unknown_target_is_a_mistake(desk: Desk) -> None:
    desk.file("fine.assistants.yaml", FINE)
    result = desk.run("fine.assistants.yaml", target="hree")
    assert (result.exit_code, result.stderr) == (
        2,
        "Error: there is no target 'hree'; did you mean 'here'?\n",
    )


def test_a_target_that_does_not_answer_has_a_code_of_its_own(desk: Desk) -> None:
    desk.file("fine.assistants.yaml", FINE)
    with HttpServer(lambda asked: Reply(200, {})) as gone:
        url = gone.url
    result = desk.run("fine.assistants.yaml", target=f"compatible:{url}/v1")
    assert result.exit_code == 3
    assert "cannot be reached" in result.stderr


def test_a_seed_and_a_clock_for_all(desk: Desk, server_key: str) -> None:
    desk.file("fine.assistants.yaml", FINE)
    assert desk.run("fine.assistants.yaml::farewell", "--seed", 41, "--time", "scaled:1000").exit_code == 0
    with Control(desk.server.base_url, server_key) as control:
        world = control.snapshot()["settings"]
    assert (world["seed"], world["clock"]) == (41, "x1000")


def test_a_seed_may_be_a_word(desk: Desk, server_key: str) -> None:
    desk.file("fine.assistants.yaml", FINE)
    assert desk.run("fine.assistants.yaml::farewell", "--seed", "monday").exit_code == 0
    with Control(desk.server.base_url, server_key) as control:
        assert control.snapshot()["settings"]["seed"] == "monday"


def test_what_a_target_lacks_is_skipped_by_name_and_summed_up(desk: Desk) -> None:
    text = FINE.replace("  error: 13\n", "  needs: [faults, script]\n")
    desk.file("fine.assistants.yaml", text)
    profile = (desk.folder / "assistants.toml").read_text()
    desk.file("assistants.toml", f'{profile}lacks = ["faults"]')
    result = desk.run(".")
    assert played(result.output) == [("passed", "greeting"), ("skipped", "farewell")]
    assert "skipped 1 scenario: lacks faults" in result.output
    assert "1 passed, 1 skipped on here" in result.output
    assert result.exit_code == 0


def test_calls_that_run_out_are_no_success(desk: Desk) -> None:
    desk.file("fine.assistants.yaml", FINE)
    result = desk.run("fine.assistants.yaml", "--max-calls", 2)
    assert result.exit_code == 1
    assert played(result.output) == [("failed", "greeting"), ("skipped", "farewell")]
    assert "the budget of 2 calls to here is used up" in result.output
    assert "skipped 1 scenario: the budget of calls is used up" in result.output
    assert "at most 2 calls" in result.output.splitlines()[0]


def test_calls_that_are_just_enough(desk: Desk) -> None:
    desk.file("fine.assistants.yaml", FINE)
    result = desk.run("fine.assistants.yaml::farewell", "--max-calls", 1)
    assert (result.exit_code, played(result.output)) == (0, [("passed", "farewell")])


def test_what_was_made_on_a_real_target_is_deleted_or_kept(desk: Desk, closed_server: ServerProcess) -> None:
    desk.file("fine.assistants.yaml", FINE)
    desk.file(
        "assistants.toml", f'[targets.real]\nbase_url = "{closed_server.base_url}"\nkey = "sk-kept-or-not"'
    )
    result = desk.run("fine.assistants.yaml::farewell", target="real")
    assert "still on" not in result.stderr
    result = desk.run("fine.assistants.yaml::farewell", "--keep", target="real")
    assert result.exit_code == 0
    assert re.search(r"^still on real: thread thread_\w+$", result.stderr, re.MULTILINE)


def test_checks_that_were_let_off_are_counted_and_named(desk: Desk, closed_server: ServerProcess) -> None:
    desk.file("fine.assistants.yaml", FINE)
    result = desk.run("fine.assistants.yaml::greeting", target=f"compatible:{closed_server.base_url}")
    assert result.exit_code == 0
    assert "1 check relaxed or left out" in result.output
    assert "relaxed in greeting: step 4 data.0.content.0.text.value" in result.output
    assert "1 passed, 1 check relaxed on compatible:" in result.output


def test_keys_are_not_shown_whatever_a_server_repeats(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_KEY", "sk-very-secret")

    def answer(asked: object) -> Reply:
        error = {"message": "the key sk-very-secret may not do this", "type": "invalid_request_error"}
        return Reply(400, {"error": error})

    desk.file("fine.assistants.yaml", FINE)
    with HttpServer(answer) as server:
        desk.file(
            "assistants.toml",
            f'[targets.shop]\nbase_url = "{server.url}"\nkey_env = "SHOP_KEY"\ncapabilities = ["threads"]',
        )
        result = desk.run("fine.assistants.yaml::farewell", "--report", "json:r.json", target="shop")
    assert result.exit_code == 1
    assert "the key *** may not do this" in result.output
    report = (desk.folder / "r.json").read_text(encoding="utf-8")
    assert "secret" not in result.output + report
    assert json.loads(report)["counts"]["failed"] == 1
