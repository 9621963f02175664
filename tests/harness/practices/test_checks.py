"""Every check: who breaks its rule is caught, by it alone; who keeps it is left alone."""

from __future__ import annotations

import pytest

from harness.practices.contract import Practice, discover
from tests.harness.practices.clients.contract import BREAKS, KEEPS, Client, Stage
from tests.harness.practices.clients.contract import discover as discover_clients

CHECKS = discover()
discover_clients()


def clients(known: dict[str, list[Client]]) -> list[object]:
    """Check and client, named after both."""
    return [
        pytest.param(check, client, id=f"{check}-{client.__name__}")
        for check, several in known.items()
        for client in several
    ]


@pytest.mark.parametrize(("check", "client"), clients(BREAKS))
def test_who_breaks_a_rule_is_caught(check: str, client: Client, stage: Stage) -> None:
    client(stage)
    found = stage.handle.practices()
    assert {finding.check for finding in found} == {check}, found
    for finding in found:
        assert finding.lines, "there is evidence"
        assert finding.at is not None
    assert stage.handle.practices(ignore=[check]) == []


@pytest.mark.parametrize(("check", "client"), clients(KEEPS))
def test_who_keeps_it_is_left_alone(check: str, client: Client, stage: Stage) -> None:
    """By every check."""
    client(stage)
    assert stage.handle.practices() == []


def test_every_check_has_clients_of_both_sorts() -> None:
    assert set(BREAKS) == set(KEEPS) == set(CHECKS)


@pytest.mark.parametrize("check", CHECKS.values(), ids=lambda check: check.name)
def test_every_check_says_what_it_is_about(check: Practice) -> None:
    """A rule in one sentence, and a source that can be looked up."""
    assert check.name.isidentifier()
    assert check.rule.count(". ") == 0
    assert check.rule.endswith(".")
    assert "https://" in check.source
    assert check.mend.endswith(".")
    assert check.name in check.opt_out
    assert check.judge.__module__ == f"harness.practices.{check.name}"
