"""Attribute filters of a search, against a second writing of what they mean."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.filters import passes

STEADY = settings(derandomize=True, deadline=None, database=None)
FILE: dict[str, Any] = {"year": 2024, "price": 9.5, "lang": "de", "public": True, "old": False, "zero": 0}


def compare(kind: str, key: str, value: Any) -> dict[str, Any]:
    return {"type": kind, "key": key, "value": value}


def both(kind: str, *filters: dict[str, Any]) -> dict[str, Any]:
    return {"type": kind, "filters": list(filters)}


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        (None, True),
        (compare("eq", "year", 2024), True),
        (compare("eq", "year", 2024.0), True),
        (compare("eq", "year", "2024"), False),
        (compare("eq", "lang", "DE"), False),
        (compare("ne", "lang", "DE"), True),
        (compare("ne", "lang", "de"), False),
        (compare("gt", "year", 2023), True),
        (compare("gt", "year", 2024), False),
        (compare("gte", "year", 2024), True),
        (compare("lt", "price", 9.6), True),
        (compare("lt", "price", 9.5), False),
        (compare("lte", "price", 9.5), True),
        (compare("gt", "lang", "da"), True),
        (compare("lt", "lang", "da"), False),
        (compare("in", "lang", ["fr", "de"]), True),
        (compare("in", "lang", []), False),
        (compare("nin", "lang", ["fr", "de"]), False),
        (compare("nin", "lang", []), True),
        # What is true is not one, and what is false is not nothing.
        (compare("eq", "public", True), True),
        (compare("eq", "public", 1), False),
        (compare("ne", "public", 1), True),
        (compare("eq", "zero", False), False),
        (compare("eq", "old", 0), False),
        (compare("in", "public", [1, "True"]), False),
        (compare("nin", "zero", [False]), True),
        *(
            (compare(kind, "public", value), False)
            for kind in ("gt", "gte", "lt", "lte")
            for value in (True, 0)
        ),
        *((compare(kind, "zero", False), False) for kind in ("gt", "gte", "lt", "lte")),
        # What is missing, or of another type, compares to nothing.
        *(
            (compare(kind, "none", value), False)
            for kind in ("eq", "gt", "gte", "lt", "lte")
            for value in (0, "")
        ),
        (compare("in", "none", ["", 0]), False),
        (compare("ne", "none", ""), True),
        (compare("nin", "none", [""]), True),
        *((compare(kind, "lang", 0), False) for kind in ("gt", "gte", "lt", "lte")),
        *((compare(kind, "year", "2000"), False) for kind in ("gt", "gte", "lt", "lte")),
        (both("and"), True),
        (both("or"), False),
        (both("and", compare("eq", "lang", "de"), compare("gt", "year", 2000)), True),
        (both("and", compare("eq", "lang", "de"), compare("gt", "year", 3000)), False),
        (both("or", compare("eq", "lang", "fr"), compare("gt", "year", 2000)), True),
        (both("or", both("and"), both("or")), True),
    ],
)
def test_what_passes(condition: dict[str, Any] | None, wanted: bool) -> None:
    assert passes(condition, FILE) is wanted


VALUES = st.sampled_from([0, 1, 1.0, 2.5, -1, "", "a", "b", True, False])
ATTRIBUTES = st.dictionaries(st.sampled_from("xyz"), VALUES)
COMPARISONS = st.one_of(
    st.builds(
        compare, st.sampled_from(["eq", "ne", "gt", "gte", "lt", "lte"]), st.sampled_from("xyz"), VALUES
    ),
    st.builds(compare, st.sampled_from(["in", "nin"]), st.sampled_from("xyz"), st.lists(VALUES, max_size=3)),
)
CONDITIONS = st.recursive(
    COMPARISONS,
    lambda inner: st.fixed_dictionaries(
        {"type": st.sampled_from(["and", "or"]), "filters": st.lists(inner, max_size=3)}
    ),
    max_leaves=6,
)
OPPOSITES = {"eq": "ne", "ne": "eq", "in": "nin", "nin": "in", "and": "or", "or": "and"}


@STEADY
@given(CONDITIONS, ATTRIBUTES)
def test_and_and_or_are_those_of_logic(condition: dict[str, Any], attributes: dict[str, Any]) -> None:
    """Every condition, also with its parts the other way round, and doubled."""
    found = passes(condition, attributes)
    if "filters" in condition:
        results = [passes(inner, attributes) for inner in condition["filters"]]
        assert found == (all(results) if condition["type"] == "and" else any(results))
        assert passes({**condition, "filters": condition["filters"][::-1]}, attributes) == found
    assert passes(both("and", condition, condition), attributes) == found
    assert passes(both("or", condition, condition), attributes) == found


@STEADY
@given(COMPARISONS, ATTRIBUTES)
def test_an_opposite_passes_what_the_other_does_not(
    condition: dict[str, Any], attributes: dict[str, Any]
) -> None:
    opposite = OPPOSITES.get(condition["type"])
    if opposite is not None:
        assert passes({**condition, "type": opposite}, attributes) != passes(condition, attributes)
        return
    value, wanted = attributes.get(condition["key"]), condition["value"]
    kinds = {
        "text" if isinstance(each, str) else type(each) is bool or each is None for each in (value, wanted)
    }
    comparable = kinds in ({"text"}, {False})
    results = {kind: passes({**condition, "type": kind}, attributes) for kind in ("gt", "gte", "lt", "lte")}
    assert any(results.values()) == comparable
    if comparable:
        equal = passes({**condition, "type": "eq"}, attributes)
        assert results["gt"] + results["lt"] + equal == 1
        assert results["gte"] == (results["gt"] or equal)
        assert results["lte"] == (results["lt"] or equal)
