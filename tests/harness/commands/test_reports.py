"""Reports on what came of scenarios, in every format."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema  # type: ignore[import-untyped]
import pytest

from harness.reports import contract
from harness.reports.contract import ReportError, discover, read_wanted, report, write_reports
from harness.reports.document import REPORT_SCHEMA, report_document
from harness.reports.terminal import summary
from harness.reports.words import lasted
from tests.harness.commands.conftest import FINE, WRONG, Desk

PECULIAR = """
version: 1
scenarios:
- name: peculiar
  about: "Something <b>& else</b>"
  steps:
  - threads.create: {metadata: {odd: "<script>alert('x')</script> \\u0007 ]]>"}}
    expect: {metadata.odd: "&amp;"}
"""


def played(desk: Desk, *texts: str, words: tuple[str, ...] = ()) -> Any:
    """The JSON report on these files; the other formats lie beside it as `r.html`, `r.junit` …"""
    for index, text in enumerate(texts):
        desk.file(f"sub/{index}.assistants.yaml", text)
    orders = [word for name in discover() for word in ("--report", f"{name}:out/r.{name}")]
    result = desk.run("sub", *orders, *words)
    assert result.exit_code in (0, 1), result.output
    return json.loads((desk.folder / "out" / "r.json").read_text(encoding="utf-8"))


def test_the_json_report_is_what_its_schema_says(desk: Desk) -> None:
    document = played(desk, FINE, WRONG, PECULIAR, words=("--seed", "5"))
    jsonschema.Draft202012Validator.check_schema(REPORT_SCHEMA)
    jsonschema.validate(document, REPORT_SCHEMA, jsonschema.Draft202012Validator)
    assert document["counts"] == {
        "passed": 3,
        "failed": 2,
        "skipped": 0,
        "relaxed_checks": 0,
        "skipped_checks": 0,
        "left_behind": 0,
    }
    assert (document["target"], document["seed"], document["schema"]) == ("here", 5, 1)
    assert document["calls"] >= 6
    greeting, _, surprised = document["scenarios"][:3]
    assert (greeting["file"], greeting["line"], greeting["error"]) == ("sub/0.assistants.yaml", 3, 3)
    assert [step["operation"] for step in greeting["steps"]] == [
        "assistants.create",
        "threads.create_and_run",
        "wait",
        "messages.list",
    ]
    assert greeting["steps"][2]["result"]["statuses"] == ["queued", "in_progress", "completed"]
    assert surprised["failure"]["differences"][0]["path"] == "metadata.mood"
    assert surprised["failure"]["operation"] == "threads.create"


CASE_CHILDREN = ["properties", "skipped", "failure"]
SUITE_ATTRIBUTES = {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"}
"""What readers of JUnit's XML know; every one of them chokes on something else."""


def test_the_junit_report_is_what_ci_systems_read(desk: Desk) -> None:
    document = played(desk, FINE, WRONG, PECULIAR)
    root = ElementTree.parse(desk.folder / "out" / "r.junit").getroot()
    assert root.tag == "testsuites"
    (suite,) = root
    assert set(suite.attrib) <= SUITE_ATTRIBUTES
    assert [child.tag for child in suite] == ["properties"] + ["testcase"] * 5
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors"), suite.get("skipped")) == tuple(
        "5200"
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", suite.get("timestamp") or "")
    cases = suite.findall("testcase")
    for case, scenario in zip(cases, document["scenarios"], strict=True):
        assert set(case.attrib) == {"classname", "name", "file", "line", "time"}
        order = [CASE_CHILDREN.index(child.tag) for child in case]
        assert order == sorted(set(order))
        assert float(case.get("time") or "") == pytest.approx(scenario["seconds"], abs=0.001)
    assert (cases[0].get("file"), cases[0].get("line")) == ("sub/0.assistants.yaml", "3")
    assert {each.get("name"): each.get("value") for each in cases[0].iter("property")}["error"] == "3"
    failure = cases[2].find("failure")
    assert failure is not None
    assert failure.get("type") == "step 1 threads.create"
    assert failure.text is not None
    assert "sub/1.assistants.yaml:5  step 1  threads.create" in failure.text
    assert "expected  'angry'" in failure.text
    assert "replay     assistants-mock run" in failure.text
    peculiar = cases[4].find("failure")
    assert peculiar is not None
    assert "alert" in (peculiar.text or "")


class Page(HTMLParser):
    """The tags of a page, all closed; and its text."""

    VOID = ("meta", "input")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, (tag, self.getpos())

    def handle_data(self, data: str) -> None:
        self.text += data if "style" not in self.open else ""


def test_the_page_stands_on_its_own(desk: Desk) -> None:
    played(desk, FINE, WRONG, PECULIAR)
    text = (desk.folder / "out" / "r.html").read_text(encoding="utf-8")
    page = Page(text)
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in page.tags}
    assert not re.search(r"(src|href|url)\s*[=(]", text)
    assert "prefers-color-scheme: dark" in text
    assert ("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}) in page.tags


def test_the_page_shows_steps_failures_and_how_to_play_them_again(desk: Desk) -> None:
    played(desk, FINE, WRONG, PECULIAR)
    page = Page((desk.folder / "out" / "r.html").read_text(encoding="utf-8"))
    scenarios = [attrs for tag, attrs in page.tags if tag == "details" and "id" in attrs]
    assert [attrs["id"] for attrs in scenarios] == [
        "0.assistants.yaml::greeting",
        "0.assistants.yaml::farewell",
        "1.assistants.yaml::surprised",
        "1.assistants.yaml::afterwards",
        "2.assistants.yaml::peculiar",
    ]
    assert ["open" in attrs for attrs in scenarios] == [False, False, True, False, True]
    for text in (
        "3 passed",
        "2 failed",
        "Error 3. Somebody says hello.",
        "Something <b>& else</b>",
        "<script>alert('x')</script>",
        "queued → in_progress → completed",
        "assistants-mock run",
    ):
        assert text in page.text


def test_nothing_that_could_not_be_filtered_is_offered(desk: Desk) -> None:
    played(desk, FINE)
    page = Page((desk.folder / "out" / "r.html").read_text(encoding="utf-8"))
    assert [attrs["for"] for tag, attrs in page.tags if tag == "label"] == ["all", "only-passed"]


def test_the_text_says_every_failure_and_the_sums(desk: Desk) -> None:
    played(desk, FINE, WRONG)
    text = (desk.folder / "out" / "r.terminal").read_text(encoding="utf-8")
    assert text.startswith("FAILED 1.assistants.yaml::surprised\n  sub/1.assistants.yaml:5  step 1")
    assert re.search(r"^3 passed, 1 failed on here in", text, re.MULTILINE)


# The document


def outcome(**parts: Any) -> dict[str, Any]:
    """An outcome as plain data."""
    usual: dict[str, Any] = {
        "scenario": "one",
        "id": "a.assistants.yaml::one",
        "file": "/somewhere/a.assistants.yaml",
        "line": 3,
        "about": "",
        "error": None,
        "target": "there",
        "status": "passed",
        "reason": "",
        "failure": None,
        "relaxed": [],
        "skipped": [],
        "steps": [],
        "left_behind": [],
        "seconds": 0.5,
        "api_seconds": None,
        "seed": None,
        "attempts": 1,
    }
    return usual | parts


def test_a_report_of_many_workers_is_one_report() -> None:
    outcomes = [
        outcome(status="skipped", reason="there lacks runs.cancel"),
        outcome(status="skipped", reason="there lacks runs.cancel"),
        outcome(relaxed=["step 1 status"], skipped=["step 2"], left_behind=["file file-1: 403"], attempts=2),
    ]
    document = report_document(outcomes, target="there", seconds=1.5)
    jsonschema.validate(document, REPORT_SCHEMA, jsonschema.Draft202012Validator)
    assert document["skips"] == {"there lacks runs.cancel": 2}
    assert summary(document) == [
        "skipped 2 scenarios: lacks runs.cancel",
        "relaxed in one: step 1 status",
        "left out in one: step 2",
        "left behind by one: file file-1: 403",
        "one was played 2 times",
        "1 passed, 2 skipped, 1 check relaxed, 1 step left out, 1 object left behind on there in 1.5 s",
    ]


def test_many_relaxed_checks_are_cut_short_on_a_terminal() -> None:
    document = report_document(
        [outcome(relaxed=[f"step {number}" for number in range(1, 31)])], target="there", seconds=1
    )
    lines = summary(document)
    assert len(lines) == 14
    assert lines[12] == "… and 18 more; every report names them all"


def test_secrets_are_masked_everywhere(tmp_path: Path) -> None:
    hidden = outcome(
        status="failed",
        reason="sk-1 refused",
        steps=[{"number": "1", "operation": "request", "arguments": {"headers": {"sk-1": ["sk-1"]}}}],
    )
    document = report_document(
        [hidden], target="there", seconds=1, masked=lambda text: text.replace("sk-1", "***")
    )
    orders = [(name, tmp_path / name) for name in discover()]
    write_reports(orders, document)
    for _, path in orders:
        text = path.read_text(encoding="utf-8")
        assert "sk-1" not in text
        assert "***" in text


def test_files_are_shown_from_where_one_stands(tmp_path: Path) -> None:
    inside = outcome(file=str(tmp_path / "sub" / "a.assistants.yaml"))
    document = report_document([inside, outcome()], target="x", seconds=1, root=tmp_path)
    assert [each["file"] for each in document["scenarios"]] == [
        "sub/a.assistants.yaml",
        "/somewhere/a.assistants.yaml",
    ]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0124, "12 ms"), (3.44, "3.4 s"), (119, "119.0 s"), (660, "11 min"), (9_000, "2.5 h")],
)
def test_lengths_of_time(seconds: float, text: str) -> None:
    assert lasted(seconds) == text


# Formats


def test_a_format_is_one_file_that_makes_itself_known() -> None:
    assert list(discover()) == ["html", "json", "junit", "terminal"]
    with pytest.raises(ValueError, match="there is a report format json already"):
        report("json", "again")(lambda document: "")


def test_a_new_format_needs_nothing_else(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contract.SCENARIOS, "_known", dict(discover()))
    report("names", "only names")(
        lambda document: " ".join(each["scenario"] for each in document["scenarios"])
    )
    desk.file("a.assistants.yaml", FINE)
    assert desk.run("a.assistants.yaml", "--report", "names:r.txt").exit_code == 0
    assert (desk.folder / "r.txt").read_text(encoding="utf-8") == "greeting farewell"


def test_orders_for_reports() -> None:
    assert read_wanted(["html:out/a.html", "json:C:/b.json"]) == [
        ("html", Path("out/a.html")),
        ("json", Path("C:/b.json")),
    ]
    with pytest.raises(ReportError, match="it is one of html, json"):
        read_wanted(["zzz:x"], ["json", "html"])
