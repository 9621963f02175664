"""Answers to questions: right where the question can be decided, none where it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.analysis.running import analysed, printed

SHOP = b"""product,region,day,unit_price,units
apple,North,2024-01-01,1.5,10
pear,South,2024-01-01,2.5,4
plum,North,2024-01-02,,6
fig,,2024-01-03,4,0
"""


def answers(question: str, content: bytes = SHOP) -> list[str]:
    """The sentences before the description of the file."""
    summary = analysed("shop.csv", content, question).summary
    return summary.split("I analysed")[0].split("\n")[:-2]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is the total of units?", "The total of units is 20 (over 4 rows)."),
        (
            "what's the AVERAGE unit price",
            "The mean of unit_price is 2.6667 (over the 3 rows with a value).",
        ),
        ("median units?", "The median of units is 5 (over 4 rows)."),
        (
            "Which product has the highest unit price?",
            "The max of unit_price is 4, in the row where product is “fig” (over the 3 rows with a value).",
        ),
        (
            "Name the product with the smallest number of units",
            "The min of units is 0, in the row where product is “fig” (over 4 rows).",
        ),
        ("Average units by region, please", "The mean of units by region: North 8, South 4, (empty) 0."),
        ("sum up the units per day", "The total of units by day: 2024-01-01 14, 2024-01-02 6, 2024-01-03 0."),
        (
            "How many units were sold in each region?",
            "The total of units by region: North 16, South 4, (empty) 0.",
        ),
        ("How many rows are there?", "The number of rows is 4."),
        ("how many rows per region", "The number of rows by region: North 2, South 1, (empty) 1."),
        ("number of orders by region", "The number of rows by region: North 2, South 1, (empty) 1."),
        (
            "Which region has the highest total units?",
            "The total of units by region: North 16, South 4, (empty) 0.",
        ),
    ],
)
def test_answered(question: str, answer: str, tmp_path: Path) -> None:
    assert answers(question) == [answer]
    analysis = analysed("shop.csv", SHOP, question)
    assert printed(analysis, SHOP, tmp_path) == analysis.logs


@pytest.mark.parametrize(
    "question",
    [
        "",
        "What is in this file?",
        "What does this mean?",
        "What is the average?",
        "What is the average weight?",
        "How many regions are there?",
        "What is the highest average unit price?",
        "total of product",
        "Please add a sum-up of at least the top regions",
    ],
)
def test_left_unanswered(question: str) -> None:
    assert answers(question) == []


def test_several_answers() -> None:
    assert answers("minimum and maximum units, and the number of rows") == [
        "The min of units is 0 (over 4 rows).",
        "The max of units is 10 (over 4 rows).",
        "The number of rows is 4.",
    ]


def test_the_only_column_of_numbers_needs_no_name() -> None:
    assert answers("What is the average?", b"name,age\nAnn,30\nBen,40\n") == [
        "The mean of age is 35 (over 2 rows)."
    ]


def test_a_column_may_be_called_like_an_operation() -> None:
    table = b"region,total,count\nNorth,1,5\nSouth,3,7\n"
    assert answers("average total", table) == ["The mean of total is 2 (over 2 rows)."]
    assert answers("total by region", table) == ["The total of total by region: South 3, North 1."]


def test_the_longer_name_is_meant() -> None:
    table = b"price,unit price\n1,2\n3,4\n"
    assert answers("max unit price", table) == ["The max of unit price is 4 (over 2 rows)."]
    assert answers("max price", table) == ["The max of price is 3 (over 2 rows)."]
