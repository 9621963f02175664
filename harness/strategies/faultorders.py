"""What breaks, as orders of the control door: any of the server's faults, where they can act."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

Order = dict[str, Any]

USUAL = (
    *("threads.create", "threads.create_and_run", "messages.create", "messages.list"),
    *("runs.create", "runs.retrieve", "runs.submit_tool_outputs"),
)
"""The operations nearly every application calls."""

_ORDER = ("http", "run", "transport", "tools", "proxy", "data", "stream", "request", "index")
"""Groups, the plainest first: that is what is left after shrinking."""


def faults(
    operations: Sequence[str] = USUAL,
    groups: Sequence[str] | None = None,
    *,
    except_for: Sequence[str] = (),
    most_calls: int = 3,
    most_times: int = 2,
    catalogue: Mapping[str, Any] | None = None,
) -> SearchStrategy[Order]:
    """Orders for one fault: `{"fault": "429", "at": {"operation": "runs.create", "nth": 2}}`.

    `operations` are operations or globs of those, `groups` chapters of the catalogue (`"http"`, `"run"`, …),
    `except_for` globs of faults that are left out. A fault acts on one of the first `most_calls` calls, and
    up to `most_times` times. What there is comes from the server of `harness.session`, unless `catalogue` is
    what `Control.fault_catalogue()` of another one says. Raises ValueError, when drawn from, if nothing fits.
    """

    def made() -> SearchStrategy[Order]:
        known = _catalogue() if catalogue is None else catalogue
        groups: dict[str, list[Order]] = {}
        for group, fault, operation in _fitting(known, operations, groups_wanted, except_for):
            groups.setdefault(group, []).append({"fault": fault, "at": {"operation": operation}})
        if not groups:
            of = f"groups {', '.join(groups_wanted)}" if groups_wanted else "all groups"
            raise ValueError(f"no fault of {of} acts on {', '.join(operations)}")
        for orders in groups.values():
            orders += list(_further(orders, most_calls, most_times))
        # Each group as often as another, however many there are in it; and few choices, which shrink well.
        return st.sampled_from(list(groups)).flatmap(
            lambda group: st.sampled_from(groups[group]).map(deepcopy)
        )

    groups_wanted = groups
    return st.deferred(made)


def fault_schedules(
    operations: Sequence[str] = USUAL,
    groups: Sequence[str] | None = None,
    *,
    most: int = 3,
    **further: Any,
) -> SearchStrategy[list[Order]]:
    """Up to `most` orders for different places, none being the simplest; `further` is what `faults` takes."""
    return st.lists(
        faults(operations, groups, **further),
        max_size=most,
        unique_by=lambda order: (order["at"]["operation"], order["at"].get("nth", 1)),
    )


def _further(orders: Sequence[Order], most_calls: int, most_times: int) -> Iterator[Order]:
    """The same orders for several calls, and for later ones."""
    for times in range(2, most_times + 1):
        yield from ({**order, "times": times} for order in orders)
    for nth in range(2, most_calls + 1):
        yield from ({**order, "at": {**order["at"], "nth": nth}} for order in orders)


def _fitting(
    catalogue: Mapping[str, Any],
    operations: Sequence[str],
    groups: Sequence[str] | None,
    except_for: Sequence[str],
) -> Iterator[tuple[str, str, str]]:
    """Every group, each of its faults in each of its forms, and each operation it can act on."""
    rows = sorted(catalogue["data"], key=lambda row: _place(row["group"]))
    for row in rows:
        if groups is not None and row["group"] not in groups:
            continue
        if _any(row["name"], except_for):
            continue
        for operation in applies_to(row, catalogue["operations"]):
            if _any(operation, operations):
                yield from ((row["group"], form, operation) for form in row["explored"] or [row["name"]])


def applies_to(row: Mapping[str, Any], operations: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """The operations that a fault of the catalogue can act on."""
    for name, operation in operations.items():
        named = _any(name, row["operations"]) and not _any(name, row["except_for"])
        if named and (operation["mutates"] or not row["mutating"]):
            yield name


def _any(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _place(group: str) -> tuple[int, str]:
    return (_ORDER.index(group) if group in _ORDER else len(_ORDER), group)


@cache
def _catalogue() -> Mapping[str, Any]:
    """What the server of this process has."""
    from harness.control import Control
    from harness.plugin.hosting import shared_server

    server = shared_server()
    server.ready()
    with Control(server.base_url, "sk-assistants-mock-catalogue") as control:
        return control.fault_catalogue()
