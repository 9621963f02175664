"""Schemas without references and combinations: what each way of satisfying one asks for, spelled out."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from mockserver.improvised.effort import Effort
from mockserver.improvised.schemas import Schema, merge, resolve

Visits = Mapping[str, int]
"""How often each reference has been followed on the way here."""

_VISITS_MAX = 3
"""How often one reference may lie inside itself before that way of satisfying a schema is given up."""


class Unfolding:
    """The document that references point into."""

    def __init__(self, root: Schema, effort: Effort) -> None:
        self.root = root
        self.effort = effort

    def plain(self, schema: Schema, visits: Visits) -> tuple[Mapping[str, Any], Visits]:
        """The schema with its references followed and its `allOf` merged in, as far as that can be done."""
        plain: dict[str, Any] = {}
        apart: list[Schema] = []
        parts = deque([schema])
        while parts:
            self.effort.spend()
            part = parts.popleft()
            if part is False:
                raise LookupError("nothing satisfies false")
            if not isinstance(part, Mapping):
                continue
            parts.extend(part.get("allOf") or ())
            if "$ref" in part:
                reference = part["$ref"]
                if visits.get(reference, 0) >= _VISITS_MAX:
                    raise LookupError(reference)
                visits = {**visits, reference: visits.get(reference, 0) + 1}
                parts.appendleft(resolve(reference, self.root))
            plain = merge(plain, {key: part[key] for key in part if key not in ("$ref", "allOf")})
            apart += plain.pop("allOf", ())
        return (plain | {"allOf": apart} if apart else plain), visits

    def branches(
        self, schema: Mapping[str, Any], visits: Visits
    ) -> Iterator[tuple[Mapping[str, Any], Visits]]:
        """The schema once for each alternative: first null, last what leads back to where we are."""
        keyword = next((keyword for keyword in ("anyOf", "oneOf") if schema.get(keyword)), None)
        if keyword is None:
            yield schema, visits
            return
        rest = {key: value for key, value in schema.items() if key != keyword}
        for part in sorted(
            schema[keyword], key=lambda part: (leads_back(part, visits), part != {"type": "null"})
        ):
            if part is False:
                continue
            try:
                plain, seen = self.plain({} if part is True else part, visits)
                merged, seen = self.plain(merge(rest, plain), seen)
            except (LookupError, ValueError):
                continue
            yield from self.branches(merged, seen)


def leads_back(part: Schema, visits: Visits) -> bool:
    """Whether a schema refers to what is being drawn already."""
    return isinstance(part, Mapping) and (part.get("$ref") in visits or part.get("$ref") == "#")
