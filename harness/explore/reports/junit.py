"""The report CI systems read: JUnit's XML, a case for each variant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from harness.explore.reports.contract import report
from harness.reports.contract import Document
from harness.reports.xml import clean, properties


@report("junit", "JUnit XML, for CI")
def write(document: Document) -> str:
    """A suite for each test that was explored; new weaknesses are its failures, accepted ones are skipped."""
    suites = ElementTree.Element("testsuites", {"name": "assistants-mock explore"})
    for test in document["tests"]:
        variants = test["variants"]
        failures = sum(variant["new"] for variant in variants)
        skipped = sum(map(_skipped, variants))
        told = {"tests": len(variants), "failures": failures, "errors": 0, "skipped": skipped}
        suite = ElementTree.SubElement(
            suites,
            "testsuite",
            {"name": clean(_name(test)), **{name: str(count) for name, count in told.items()}},
        )
        properties(suite, {"status": test["status"], "reason": test["reason"] or None})
        for variant in variants:
            _case(suite, test["test"], variant, document["seed"])
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _case(suite: ElementTree.Element, test: str, variant: Mapping[str, Any], seed: int | str) -> None:
    case = ElementTree.SubElement(
        suite, "testcase", {"classname": clean(test), "name": clean(variant["id"]), "time": "0"}
    )
    first = variant["faults"][0]
    properties(
        case,
        {
            "verdict": variant["verdict"],
            "fault": first["fault"],
            "op": first["operation"],
            "ordinal": first["ordinal"],
            "seed": seed if variant.get("seed") is None else variant["seed"],
            "virtual_seconds": variant["virtual_seconds"],
            "reproducer": variant["reproduce"],
        },
    )
    if variant["new"]:
        told = ElementTree.SubElement(
            case, "failure", {"message": clean(variant["reason"]), "type": clean(variant["verdict"])}
        )
        told.text = clean(f"{variant['reason']}\n\n{variant['reproduce']}")
    elif _skipped(variant):
        reason = variant["accepted"] or variant["reason"]
        ElementTree.SubElement(case, "skipped", {"message": clean(f"{variant['verdict']}: {reason}")})


def _name(test: Mapping[str, Any]) -> str:
    """The node id of a test, or the name of the experiment it belongs to."""
    experiment = test.get("experiment")
    return str(test["test"] if experiment is None else experiment["name"])


def _skipped(variant: Mapping[str, Any]) -> bool:
    return variant["severity"] == "apart" or variant["accepted"] is not None
