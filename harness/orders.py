"""A fault with its place, said in one line: `429(retry_after=20s) at runs.create#2`."""

from __future__ import annotations

import re
from typing import Any

_PLACED = re.compile(r"(?s)\s*(\S.*?)\s+at\s+([A-Za-z0-9_.*?\[\]!-]+(?:#[0-9]+)?)\s*")


def order_of(fault: Any) -> Any:
    """A fault as the control door takes it: a line with a place in its parts, anything else as it is."""
    placed = _PLACED.fullmatch(fault) if isinstance(fault, str) else None
    return {"fault": placed[1], "at": placed[2]} if placed else fault
