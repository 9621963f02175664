"""Drawing a chart: the Python that does it, and the PNG it makes.

matplotlib is the extra `charts`, and what the code uses as well, so that running it draws the same picture.
Nothing global of matplotlib is touched: a test suite may have the server in its own process.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from math import isqrt
from typing import Any

from mockserver.analysis.aggregates import NO_KEY, Aggregate
from mockserver.analysis.charts import BARS_MAX, POINTS_MAX, Chart
from mockserver.analysis.columns import moment
from mockserver.analysis.tables import MISSING, literal

_MARKED_MAX = 40
_BINS_MAX = 20
_LABEL_MAX = 28
_COLOUR = "#3b6ea8"
_FIGURES = "{x:,.10g}"


class DrawingError(Exception):
    """The chart cannot be drawn; `message` is a sentence that says why."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def drawing_imports(chart: Chart) -> tuple[str, ...]:
    """What the drawing code needs besides what a description needs."""
    dates = ("from matplotlib.dates import ConciseDateFormatter",) if chart.x.kind == "date" else ()
    return ("import matplotlib.pyplot as plt", *dates)


def drawing_code(chart: Chart, computed: Aggregate | None = None) -> list[str]:
    """The lines that draw the chart from `rows`, with what a description defines.

    `computed` is the aggregate whose figures the code has just left in `results`, if any.
    """
    ready = chart.aggregate is None or chart.aggregate == computed
    lines = _data_code(chart, [] if ready or chart.aggregate is None else chart.aggregate.grouping_code())
    lines.append('figure, axes = plt.subplots(figsize=(8, 4.5), dpi=120, layout="constrained")')
    if chart.kind == "bar":
        lines += [
            f'labels = [" ".join(key.split())[:{_LABEL_MAX}] for key in results]',
            f'axes.barh(range(len(labels)), list(results.values()), color="{_COLOUR}")',
            "axes.set_yticks(range(len(labels)), labels, parse_math=False)",
            "axes.invert_yaxis()",
        ]
    elif chart.kind == "histogram":
        lines.append(f'axes.hist(x, bins={_bins(chart)}, color="{_COLOUR}", edgecolor="white")')
    elif chart.kind == "line":
        lines.append(f'axes.plot(x, y, color="{_COLOUR}", marker="o" if len(x) <= {_MARKED_MAX} else "")')
    else:
        lines.append(f'axes.scatter(x, y, color="{_COLOUR}", s=14)')
    lines += [
        f"axes.{axis}axis.get_major_locator().set_params(integer=True)" for axis in _in_whole_steps(chart)
    ]
    if chart.x.kind == "date":
        lines.append("axes.xaxis.set_major_formatter(ConciseDateFormatter(axes.xaxis.get_major_locator()))")
    lines.append(f'axes.{_figures_axis(chart)}axis.set_major_formatter("{_FIGURES}")')
    for setter, text in _labels(chart):
        lines.append(f"axes.{setter}({literal(text)}, parse_math=False)")
    return [
        *lines,
        f'axes.grid(axis="{_figures_axis(chart)}", color="0.9")',
        "axes.set_axisbelow(True)",
        'axes.spines[["top", "right"]].set_visible(False)',
        "plt.show()",
    ]


def drawn(chart: Chart, rows: Sequence[Sequence[str]]) -> bytes:
    """The PNG, byte for byte the same for the same chart of the same rows."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise DrawingError(
            "I could not draw a chart: that takes matplotlib, pip install 'assistants-mock[charts]'."
        ) from None
    figure = Figure(figsize=(8, 4.5), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    picture = io.BytesIO()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of characters the font does not have
            _draw(chart, rows, figure.subplots())
            figure.savefig(picture, format="png", metadata={"Software": None})
    except Exception:  # numbers too far apart for any axis fail deep inside, each in its own way
        raise DrawingError(f"I could not draw {chart.told}: the values do not fit on one axis.") from None
    return picture.getvalue()


def _draw(chart: Chart, rows: Sequence[Sequence[str]], axes: Any) -> None:
    """What `drawing_code` says, line by line."""
    if chart.kind == "bar":
        results = _largest(chart, rows)
        labels = [" ".join(key.split())[:_LABEL_MAX] for key in results]
        axes.barh(range(len(labels)), list(results.values()), color=_COLOUR)
        axes.set_yticks(range(len(labels)), labels, parse_math=False)
        axes.invert_yaxis()
    elif chart.kind == "histogram":
        axes.hist(chart.x.numbers, bins=_bins(chart), color=_COLOUR, edgecolor="white")
    else:
        points = _points(chart, rows)
        x, y = [point[0] for point in points], [point[1] for point in points]
        if chart.kind == "line":
            axes.plot(x, y, color=_COLOUR, marker="o" if len(x) <= _MARKED_MAX else "")
        else:
            axes.scatter(x, y, color=_COLOUR, s=14)
    for axis in _in_whole_steps(chart):
        getattr(axes, f"{axis}axis").get_major_locator().set_params(integer=True)
    if chart.x.kind == "date":
        axes.xaxis.set_major_formatter(_date_formatter(axes.xaxis.get_major_locator()))
    getattr(axes, f"{_figures_axis(chart)}axis").set_major_formatter(_FIGURES)
    for setter, text in _labels(chart):
        getattr(axes, setter)(text, parse_math=False)
    axes.grid(axis=_figures_axis(chart), color="0.9")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _date_formatter(locator: Any) -> Any:
    """Short dates: a year, month or day is named where it begins."""
    from matplotlib import dates

    library: Any = dates  # its types do not cover this class
    return library.ConciseDateFormatter(locator)


def _largest(chart: Chart, rows: Sequence[Sequence[str]]) -> dict[str, float]:
    assert chart.aggregate is not None
    results = chart.aggregate.grouped(rows)
    largest = set(sorted(results, key=lambda key: results[key], reverse=True)[:BARS_MAX])
    return {key: value for key, value in results.items() if key in largest}


def _points(chart: Chart, rows: Sequence[Sequence[str]]) -> list[tuple[Any, float]]:
    points: list[tuple[Any, float]]
    if chart.aggregate is None:
        assert chart.y is not None
        x, y = chart.x.index, chart.y.index
        points = [
            (float(row[x]), float(row[y])) for row in rows if row[x] not in MISSING and row[y] not in MISSING
        ]
    else:
        place = moment if chart.x.kind == "date" else float
        results = chart.aggregate.grouped(rows)
        kept = [(key, value) for key, value in results.items() if key not in (*MISSING, NO_KEY)]
        points = sorted((place(key), value) for key, value in kept)
    return points[:: len(points) // POINTS_MAX + 1]


def _data_code(chart: Chart, lines: list[str]) -> list[str]:
    """The lines that put together what is drawn, after those that leave an aggregate in `results`."""
    x = chart.x.index
    if chart.kind == "histogram":
        return [f"x = [float(row[{x}]) for row in rows if row[{x}] not in MISSING]"]
    if chart.kind == "bar":
        if len(chart.x.counts) >= BARS_MAX:
            lines += [
                f"largest = set(sorted(results, key=results.get, reverse=True)[:{BARS_MAX}])",
                "results = {key: value for key, value in results.items() if key in largest}",
            ]
        return lines
    if chart.aggregate is None:
        assert chart.y is not None
        y = chart.y.index
        lines = [
            "points = [",
            f"    (float(row[{x}]), float(row[{y}])) for row in rows",
            f"    if row[{x}] not in MISSING and row[{y}] not in MISSING",
            "]",
        ]
    else:
        place = "moment" if chart.x.kind == "date" else "float"
        kept = f' if key not in (*MISSING, "{NO_KEY}")' if chart.x.missing else ""
        lines = [
            *lines,
            f"points = sorted(({place}(key), value) for key, value in results.items(){kept})",
        ]
    if len(chart.x.values) >= POINTS_MAX:
        lines.append(f"points = points[:: len(points) // {POINTS_MAX} + 1]")
    return [*lines, "x, y = [point[0] for point in points], [point[1] for point in points]"]


def _labels(chart: Chart) -> list[tuple[str, str]]:
    """The setters of the title and the axes' labels, each with its text."""
    figures = chart.y.name if chart.y is not None else "rows"
    computed = chart.aggregate is not None and chart.title == chart.aggregate.label
    title = chart.title[:1].upper() + chart.title[1:] if computed else chart.title
    x, y = (figures, chart.x.name) if chart.kind == "bar" else (chart.x.name, figures)
    return [("set_title", title), ("set_xlabel", x), ("set_ylabel", y)]


def _figures_axis(chart: Chart) -> str:
    """The axis that says how much; bars lie, so that their labels can be read."""
    return "x" if chart.kind == "bar" else "y"


def _in_whole_steps(chart: Chart) -> str:
    """The axes whose steps are whole, as years and counts are: matplotlib would divide them."""
    if chart.y is None:
        return _figures_axis(chart)
    years = chart.kind == "line" and chart.x.kind == "number" and all(map(float.is_integer, chart.x.numbers))
    return "x" if years else ""


def _bins(chart: Chart) -> int:
    return min(_BINS_MAX, max(5, isqrt(len(chart.x.values))))
