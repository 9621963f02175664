"""Charts: drawn when asked for, the right kind, the same bytes each time, and what the code itself draws."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from mockserver.analysis import Analysis
from tests.analysis.running import Interpreter, analysed

REGIONS = ("North", "South", "US$ or C$", "Łódź")
SHOP = "product,region,day,price,units\n" + "".join(
    f"P{n % 6},{REGIONS[n % 4]},2024-03-{n + 1:02},{n * 37 % 101 / 4},{n * 5 % 7}\n" for n in range(28)
)
YEARS = "year,people\n" + "".join(f"{2000 + n},{5_000_000 + n * 250_000}\n" for n in range(6))


def chart(question: str, table: str = SHOP) -> Analysis:
    """The analysis of a table, with the question that asks for a chart."""
    return analysed("shop.csv", table.encode(), question)


@pytest.fixture(scope="module")
def interpreter() -> Iterator[Interpreter]:
    """A Python of its own for all charts."""
    with Interpreter() as running:
        yield running


@pytest.mark.parametrize(
    ("question", "table", "told"),
    [
        ("Draw a chart", SHOP, "a line chart of price by day"),
        ("bar chart of the average price by region", SHOP, "a bar chart of mean of price by region"),
        ("Plot units for every product", SHOP, "a bar chart of total of units by product"),
        ("plot price over day", SHOP, "a line chart of price by day"),
        ("a graph with the number of rows per region", SHOP, "a bar chart of number of rows by region"),
        ("Show me a histogram of units", SHOP, "a histogram of units"),
        ("plot price against units", SHOP, "a scatter plot of price against units"),
        ("visualise this", YEARS, "a line chart of people by year"),
        ("a diagram, please", "x\n3\n1\n2\n", "a histogram of x"),
        ("a diagram, please", "kind\na\nb\na\n", "a bar chart of number of rows by kind"),
        (
            "chart the highest price by day",
            "day,price\n2024-01-01,1\n2024-01-01,2\nNA,4\n,5\n",
            "a line chart of max of price by day",
        ),
        (
            "plot y by x",
            "x,y\n" + "".join(f"key {n},{n}\n" for n in range(30)),
            "a bar chart of y by x, the 20 largest",
        ),
        (
            "plot y over x",
            "x,y\n" + "".join(f"{n},{n % 97}\n" for n in range(12_000)),
            "a line chart of y by x, thinned out",
        ),
    ],
)
def test_the_code_draws_the_same_chart(
    interpreter: Interpreter, question: str, table: str, told: str, tmp_path: Path
) -> None:
    analysis = chart(question, table)
    assert f"I drew {told}." in analysis.summary
    assert analysis.chart is not None
    assert analysis.chart == chart(question, table).chart
    again = tmp_path / "again.png"
    saved = f"figure.savefig({str(again)!r})"
    assert interpreter.run(analysis, table.encode(), tmp_path, saved) == analysis.logs
    with Image.open(io.BytesIO(analysis.chart)) as ours, Image.open(again) as theirs:
        assert ours.size == (960, 540)
        assert not ours.info.get("Software")
        assert ImageChops.difference(ours.convert("RGB"), theirs.convert("RGB")).getbbox() is None


def test_the_name_of_the_file() -> None:
    assert chart("bar chart of the average price by region").chart_name == "mean_of_price_by_region.png"
    assert chart("Diagramm bitte: draw", "Ä\n1\n2\n").chart_name == "chart.png"


@pytest.mark.parametrize("question", ["Describe the file", "a paragraph on the region", "What charted it?"])
def test_no_chart_unless_asked_for(question: str) -> None:
    analysis = chart(question)
    assert (analysis.chart, analysis.chart_name) == (None, None)
    assert "matplotlib" not in analysis.code


def test_figures_just_computed_are_not_computed_again() -> None:
    assert chart("chart of the average price by region").code.count("groups = {}") == 1
    assert chart("the total units by region and a chart of price by day").code.count("groups = {}") > 1


@pytest.mark.parametrize("table", ["a,b\nx,\n", "only a header,here\n"])
def test_nothing_to_draw(table: str) -> None:
    analysis = chart("draw a chart", table)
    assert analysis.chart is None
    assert "I drew no chart" in analysis.summary


def test_values_that_fit_no_axis() -> None:
    analysis = chart("histogram of x", "x\n1e99\n1e99\n")
    assert analysis.chart is None
    assert "I could not draw a histogram of x" in analysis.summary
    assert "matplotlib" not in analysis.code


def test_without_matplotlib_the_summary_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    analysis = chart("bar chart of the average price by region")
    assert analysis.chart is None
    assert analysis.chart_name is None
    assert "pip install 'assistants-mock[charts]'" in analysis.summary
    assert "matplotlib" not in analysis.code
    assert "The mean of price by region: " in analysis.summary
