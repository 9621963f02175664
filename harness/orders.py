"""A fault with its place, said in one line: `429(retry_after=20s) at runs.create#2`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_PLACED = re.compile(r"(?s)\s*(\S.*?)\s+at\s+([A-Za-z0-9_.*?\[\]!-]+(?:#[0-9]+\+?)?)\s*")


def order_of(fault: str | Mapping[str, Any]) -> dict[str, Any]:
    """A fault as the control door takes it: a line in its parts, an object as it is."""
    if not isinstance(fault, str):
        return dict(fault)
    placed = _PLACED.fullmatch(fault)
    return {"fault": placed[1], "at": placed[2]} if placed else {"fault": fault.strip()}
