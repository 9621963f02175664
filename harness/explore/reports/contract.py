"""The formats of reports on explorations. What they write is `documents.report_document`."""

from __future__ import annotations

from harness.reports.contract import Formats

EXPLORATIONS = Formats("harness.explore.reports")
"""By the names they are asked for with."""

report, discover, write_reports = EXPLORATIONS.report, EXPLORATIONS.discover, EXPLORATIONS.write
