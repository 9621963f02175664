"""Every row of the evidence table of errors that these endpoints can show, over a socket, byte for byte."""

from __future__ import annotations

import re

import pytest

from harness.control import Control
from tests.conftest import Raw
from tests.error_rows import (
    EXPLAINED,
    ROWS,
    Caller,
    authentication,
    conflicts,
    fifteen,
    files,
    identifiers,
    rates,
    states,
    stores,
    validation,
)
from tests.spec import FOLDER

TABLE = FOLDER.parent / "reference" / "errors.md"
SECTIONS = [authentication, identifiers, validation, conflicts, states, files, stores, rates]


@pytest.fixture
def caller(raw: Raw, control: Control) -> Caller:
    """Somebody who asks this test's world."""
    return Caller(raw, control)


IN_ORDER: list[str] = sorted(ROWS, key=lambda number: int(number.removeprefix("E-")))


@pytest.mark.parametrize("number", IN_ORDER)
def test_row(caller: Caller, number: str) -> None:
    ROWS[number](caller)


@pytest.mark.parametrize("number", sorted(fifteen.FIFTEEN))
def test_one_of_fifteen(caller: Caller, number: str) -> None:
    fifteen.FIFTEEN[number](caller)


def test_every_row_of_the_table_is_tested_or_explained() -> None:
    if not TABLE.is_file():
        pytest.skip(f"the evidence table is not at {TABLE}; name its sibling folder in ASSISTANTS_SPEC")
    sections = re.split(r"^## ", TABLE.read_text(), flags=re.MULTILINE)
    wanted = [section for section in sections if section[:2] in ("2.", "3.", "4.", "5.", "6.", "7.", "8.")]
    rows = {
        cells[1].strip(): cells[-2].strip()
        for section in wanted
        for line in section.splitlines()
        if (cells := line.split("|"))[1:] and re.fullmatch(r" E-\d+ ", cells[1])
    }
    assert len(rows) > 95
    (guides,) = (section for section in sections if section.startswith("9."))
    assert set(re.findall(r"^\| (\d+) \|", guides, re.MULTILINE)) > fifteen.FIFTEEN.keys()
    evident = {number for number, confidence in rows.items() if re.match(r"high|medium", confidence)}
    assert evident - ROWS.keys() - EXPLAINED.keys() == set()
    assert (ROWS.keys() | EXPLAINED.keys()) - rows.keys() == set()
    assert ROWS.keys() & EXPLAINED.keys() == set()


def test_every_section_has_rows() -> None:
    for section in SECTIONS:
        assert any(check.__module__ == section.__name__ for check in ROWS.values())
