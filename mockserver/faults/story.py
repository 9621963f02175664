"""The catalogue in words, for the command line and the documentation: all from the declarations."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from itertools import groupby

from mockserver.faults.contract import GROUPS, Declaration, entries_of

WIDTH = 100
_INDENT = 16


def listing(faults: list[Declaration]) -> Iterator[str]:
    """The lines of the whole catalogue: chapters, and one line a fault."""
    for group, members in groupby(faults, key=lambda known: known.group):
        yield f"{group}: {GROUPS[group]}"
        for known in members:
            number = f" [error {known.error}]" if known.error else ""
            yield f"  {known.name:<29}{known.summary}{number}"
        yield ""
    yield "`assistants-mock faults NAME` tells the whole story of one."


def story(known: Declaration) -> Iterator[str]:
    """The lines that tell everything about one fault."""
    number = f", documented error {known.error}" if known.error else ""
    yield f"{known.name} ({known.group}{number})"
    yield ""
    for paragraph in filter(None, (known.summary, *known.explanation.split("\n\n"))):
        yield from textwrap.wrap(" ".join(paragraph.split()), WIDTH)
        yield ""
    for label, text in facts(known):
        yield from textwrap.wrap(
            text,
            WIDTH,
            initial_indent=f"{label:<{_INDENT}}",
            subsequent_indent=" " * _INDENT,
            break_on_hyphens=False,
        )
    yield ""
    yield f'from Python     control.arm("{known.name}", "{example(known)}")'
    yield f"for one call    X-Mock-Fault: {spelling(known)}"


def facts(known: Declaration) -> Iterator[tuple[str, str]]:
    """What is known about a fault, each with its name."""
    yield "on the wire", known.wire
    yield "a good client", known.client
    yield "applies to", where(known)
    for parameter in known.parameters:
        default = "left out" if parameter.default is None else shown(parameter.default)
        yield "parameter", f"{parameter.name}: {parameter.about}; {parameter.kind.shown} ({default})"
    yield "done?", done(known)
    yield "evidence", f"{known.evidence}: {known.source}"
    for entry in entries_of(known):
        rows = f", {', '.join(entry.rows)}" if entry.rows else ""
        yield "in words", f"{entry.status} {entry.message} [{entry.evidence}{rows}]"


def where(known: Declaration) -> str:
    """The operations a fault applies to, in words."""
    if known.operations == ("*",):
        places = "every operation that changes something" if known.mutating else "every operation"
    else:
        places = ", ".join(known.operations)
    if known.except_for:
        places = f"{places} but {' and '.join(known.except_for)}"
    return f"{places}; {known.needs}" if known.needs else places


def done(known: Declaration) -> str:
    """Whether the operation is done, and whether the client can tell, in words."""
    performed = {"yes": "the operation is done", "no": "nothing is done", "as asked": "as its parameters say"}
    definite = "the client can tell" if known.definite else "the client cannot tell"
    return f"{performed[known.performed]}; {definite}"


def spelling(known: Declaration) -> str:
    """How the fault is written in a header, with its first parameter as an example."""
    given = [parameter for parameter in known.parameters if parameter.default is not None]
    return f"{known.name}({given[0].name}={shown(given[0].default)})" if given else known.name


def example(known: Declaration) -> str:
    """One operation where the fault can be tried."""
    if known.operations == ("*",):
        return "messages.create"
    return known.operations[0].replace("*", "retrieve")


def shown(value: object) -> str:
    """A value of a parameter as it is written."""
    return str(value).lower() if isinstance(value, bool) else str(value)
