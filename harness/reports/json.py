"""The report for programs: the document itself, versioned; `assistants-mock schema --report` describes it."""

from __future__ import annotations

import json

from harness.reports.contract import Document, report


@report("json", "everything, for programs")
def write(document: Document) -> str:
    """The document as JSON."""
    return json.dumps(document, ensure_ascii=False, indent=2, default=str) + "\n"
