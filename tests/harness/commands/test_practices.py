"""`assistants-mock practices`, and `run --practices`."""

from __future__ import annotations

from harness.commands.practices import practices
from harness.practices.contract import discover
from tests.harness.commands.conftest import FINE, Desk
from tests.harness.plugin.test_practices import SCENARIO


def test_all_checks_are_listed_with_their_rules(desk: Desk) -> None:
    result = desk.type(practices)
    assert result.exit_code == 0
    told = " ".join(result.output.split())
    for name, check in discover().items():
        assert f"{name} {check.rule}" in told


def test_one_is_told_in_full(desk: Desk) -> None:
    check = discover()["endless_poll"]
    for name in ("endless_poll", "endless-poll"):
        told = " ".join(desk.type(practices, name).output.split())
        for part in (check.rule, check.source, check.evidence, check.mend, check.opt_out):
            assert part in told


def test_a_name_that_is_none_is_met_with_the_nearest(desk: Desk) -> None:
    result = desk.type(practices, "endless_pol")
    assert (result.exit_code, result.output) == (
        2,
        "Error: there is no check 'endless_pol'; did you mean 'endless_poll'?\n",
    )


def test_scenarios_are_judged_where_that_is_asked_for(desk: Desk) -> None:
    desk.file("talk.assistants.yaml", SCENARIO)
    assert desk.run("talk.assistants.yaml").exit_code == 0
    result = desk.run("talk.assistants.yaml", "--practices")
    assert result.exit_code == 1
    told = result.output.partition("\npractices\n")[2].splitlines()
    assert told[0].endswith("talk.assistants.yaml::hasty")
    assert told[0].startswith("early_messages in ")
    result = desk.run("talk.assistants.yaml", "--practices", "--ignore-practice", "early_messages")
    assert (result.exit_code, result.output.splitlines()[-1]) == (0, "practices: nothing found")


def test_scenarios_that_keep_the_rules(desk: Desk) -> None:
    desk.file("fine.assistants.yaml", FINE)
    result = desk.run("fine.assistants.yaml", "--practices")
    assert (result.exit_code, result.output.splitlines()[-1]) == (0, "practices: nothing found")


def test_a_check_that_is_none_ends_it_before_anything_is_played(desk: Desk) -> None:
    desk.file("fine.assistants.yaml", FINE)
    result = desk.run("fine.assistants.yaml", "--practices", "--ignore-practice", "early_message")
    assert result.exit_code == 2
    assert "did you mean 'early_messages'?" in result.output
    assert "passed" not in result.output


def test_a_target_without_a_journal_cannot_be_judged(desk: Desk) -> None:
    desk.file("fine.assistants.yaml", FINE)
    desk.file(
        "assistants.toml",
        f'[targets.shut]\nkind = "mock"\nbase_url = "{desk.server.base_url}"\ncontrol = false\n',
    )
    result = desk.run("fine.assistants.yaml", "--practices", target="shut")
    assert result.exit_code == 2
    assert "shut keeps no journal to judge practices by" in result.output
