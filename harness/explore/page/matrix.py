"""The matrix of a test: its calls down, the faults across, a symbol where they meet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.explore.page.marks import Variant, broken, button, safe, sifted
from harness.reports.words import counted

GROUPS = ("transport", "proxy", "http", "run", "tools", "index", "data", "stream", "request")
"""The groups of faults in the order of their columns; others come after them."""

Column = tuple[str, str]
"""A group, and the fault as it is written."""

Cells = Mapping[tuple[str, Column], Sequence[tuple[int, Variant]]]


def matrix(number: int, test: Mapping[str, Any]) -> str:
    """The matrix of all variants with one fault; nothing where there are none."""
    cells: dict[tuple[str, Column], list[tuple[int, Variant]]] = {}
    for index, variant in enumerate(test["variants"]):
        if len(variant["faults"]) == 1:
            fault = variant["faults"][0]
            cells.setdefault((fault["call"], _column(fault)), []).append((index, variant))
    if not cells:
        return ""
    faulted = dict.fromkeys(call for call, _ in cells)
    made = dict.fromkeys(exchange["call"] for exchange in test["baseline"]["history"])
    rows = [call for call in made if call in faulted] + [call for call in faulted if call not in made]
    columns = _columns(cells)
    return "".join(
        [
            '<div class="scroll"><table class="matrix" role="grid"',
            f' aria-label="Verdicts of {safe(test["test"])}"><thead>',
            *_heads(columns),
            "</thead><tbody>",
            *(_row(number, call, columns, cells) for call in rows),
            "</tbody></table></div>",
            '<p class="readout" aria-hidden="true">Arrow keys move, Enter opens.</p>',
            _below(number, len(made) - sum(call in faulted for call in made)),
        ]
    )


def _column(fault: Mapping[str, Any]) -> Column:
    return fault["group"], fault["fault"] + (" (lasting)" if fault["lasting"] else "")


def _columns(cells: Cells) -> list[Column]:
    """By group; those of HTTP by their numbers, the others as they come."""
    columns = list(dict.fromkeys(column for _, column in cells))
    known = {group: place for place, group in enumerate(GROUPS)}
    others = {group: len(GROUPS) + place for place, group in enumerate(dict.fromkeys(g for g, _ in columns))}
    places = others | known
    return sorted(columns, key=lambda column: (places[column[0]], column[1] if column[0] == "http" else ""))


def _heads(columns: Sequence[Column]) -> list[str]:
    sizes: dict[str, int] = {}
    for group, _ in columns:
        sizes[group] = sizes.get(group, 0) + 1
    return [
        '<tr class="groups"><td></td>',
        *(
            f'<th scope="colgroup" class="first" colspan="{size}"><span>{safe(group)}</span></th>'
            for group, size in sizes.items()
        ),
        '</tr><tr class="faults"><td></td>',
        *(
            f'<th scope="col"{_edge(columns, place)}><span>{safe(fault)}</span></th>'
            for place, (_, fault) in enumerate(columns)
        ),
        "</tr>",
    ]


def _row(number: int, call: str, columns: Sequence[Column], cells: Cells) -> str:
    inside = "".join(
        f"<td{_edge(columns, place)}>"
        + "".join(
            _cell(number, index, each, call, column[1]) for index, each in cells.get((call, column), [])
        )
        + "</td>"
        for place, column in enumerate(columns)
    )
    return f'<tr><th scope="row">{broken(call)}</th>{inside}</tr>'


def _edge(columns: Sequence[Column], place: int) -> str:
    """Groups are told apart by a line before their first column."""
    return ' class="first"' if place == 0 or columns[place][0] != columns[place - 1][0] else ""


def _cell(number: int, index: int, variant: Variant, call: str, fault: str) -> str:
    accepted = "" if variant["accepted"] is None else ", accepted"
    name = safe(f"{call}, {fault}: {variant['verdict']}{accepted}")
    more = f' aria-label="{name}" data-reason="{safe(variant["reason"])}" tabindex="-1"{sifted(variant)}'
    return button(number, index, variant, "cell", more=more)


def _below(number: int, quiet: int) -> str:
    without = f" · {counted(quiet, 'call')} of it without a fault of its own" if quiet else ""
    return (
        f'<p class="soft"><button type="button" class="plain" data-test="{number}" data-variant="baseline">'
        f"the run without faults</button>{without}</p>"
    )
