"""The report CI systems read: JUnit's XML, a case for each scenario with its file and line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from harness.reports.contract import Document, report
from harness.reports.words import failure_lines
from harness.reports.xml import clean, properties


@report("junit", "JUnit XML, for CI")
def write(document: Document) -> str:
    """The document as one suite."""
    counts, scenarios = document["counts"], document["scenarios"]
    totals = {
        "tests": str(len(scenarios)),
        "failures": str(counts["failed"]),
        "errors": "0",
        "skipped": str(counts["skipped"]),
        "time": f"{document['seconds']:.3f}",
    }
    suites = ElementTree.Element("testsuites", {"name": "assistants-mock", **totals})
    suite = ElementTree.SubElement(
        suites,
        "testsuite",
        {"name": f"scenarios on {clean(document['target'])}", **totals, "timestamp": document["started"]},
    )
    properties(suite, {name: document.get(name) for name in ("target", "seed", "version", "calls")})
    for scenario in scenarios:
        _case(suite, scenario)
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _case(suite: ElementTree.Element, scenario: Mapping[str, Any]) -> None:
    case = ElementTree.SubElement(
        suite,
        "testcase",
        {
            "classname": clean(scenario["file"]),
            "name": clean(scenario["scenario"]),
            "file": clean(scenario["file"]),
            "line": str(scenario["line"]),
            "time": f"{scenario['seconds']:.3f}",
        },
    )
    properties(
        case,
        {
            "error": scenario.get("error"),
            "seed": scenario.get("seed"),
            "api_seconds": scenario.get("api_seconds"),
            "attempts": scenario.get("attempts") if scenario.get("attempts", 1) > 1 else None,
            "relaxed_checks": len(scenario["relaxed"]) or None,
            "skipped_checks": len(scenario["skipped"]) or None,
            "left_behind": "; ".join(scenario["left_behind"]) or None,
        },
    )
    if scenario["status"] == "skipped":
        ElementTree.SubElement(case, "skipped", {"message": clean(scenario["reason"])})
    elif scenario["status"] == "failed":
        failure = scenario["failure"]
        kind = f"step {failure['step']} {failure['operation']}" if failure else "scenario"
        told = ElementTree.SubElement(
            case, "failure", {"message": clean(scenario["reason"]), "type": clean(kind)}
        )
        told.text = clean("\n".join(failure_lines(scenario)))
