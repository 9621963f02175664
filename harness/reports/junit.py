"""The report CI systems read: JUnit's XML, a case for each scenario with its file and line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from harness.reports.contract import Document, report
from harness.reports.words import failure_lines

_NOT_XML = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")


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
        {"name": f"scenarios on {_clean(document['target'])}", **totals, "timestamp": document["started"]},
    )
    _properties(suite, {name: document.get(name) for name in ("target", "seed", "version", "calls")})
    for scenario in scenarios:
        _case(suite, scenario)
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _case(suite: ElementTree.Element, scenario: Mapping[str, Any]) -> None:
    case = ElementTree.SubElement(
        suite,
        "testcase",
        {
            "classname": _clean(scenario["file"]),
            "name": _clean(scenario["scenario"]),
            "file": _clean(scenario["file"]),
            "line": str(scenario["line"]),
            "time": f"{scenario['seconds']:.3f}",
        },
    )
    _properties(
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
        ElementTree.SubElement(case, "skipped", {"message": _clean(scenario["reason"])})
    elif scenario["status"] == "failed":
        failure = scenario["failure"]
        kind = f"step {failure['step']} {failure['operation']}" if failure else "scenario"
        told = ElementTree.SubElement(
            case, "failure", {"message": _clean(scenario["reason"]), "type": _clean(kind)}
        )
        told.text = _clean("\n".join(failure_lines(scenario)))


def _properties(parent: ElementTree.Element, values: Mapping[str, Any]) -> None:
    given = {name: value for name, value in values.items() if value is not None}
    if given:
        properties = ElementTree.SubElement(parent, "properties")
        for name, value in given.items():
            ElementTree.SubElement(properties, "property", {"name": name, "value": _clean(str(value))})


def _clean(text: str) -> str:
    """Without what XML cannot hold."""
    return _NOT_XML.sub("�", text)
