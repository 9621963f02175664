"""The report for programs: the document itself; `assistants-mock schema --exploration` describes it."""

from __future__ import annotations

import json

from harness.explore.reports.contract import report
from harness.reports.contract import Document


@report("json", "everything, for programs")
def write(document: Document) -> str:
    """The document as JSON."""
    return json.dumps(document, ensure_ascii=False, indent=2, default=str) + "\n"
