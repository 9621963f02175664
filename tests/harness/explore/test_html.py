"""The HTML report of an exploration in a real browser: by mouse, by keyboard, on a phone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest

from harness.explore.reports.html import write
from tests.harness.explore import documents
from tests.harness.explore.browser import HOW, find, started

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Show = Callable[..., "Page"]

CORRUPT = "messages.create#1, lost_ack: corrupt"
LINK = "#0/messages.create#1~lost_ack"

CONTRASTS = """() => {
  const linear = (part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
  const parts = (color) => color.match(/[\\d.]+/g).map(Number);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = parts(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const found = {};
  for (const element of document.querySelectorAll("body *:not(script)")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !element.checkVisibility({ visibilityProperty: true })) continue;
    const [one, other] = [light(parts(getComputedStyle(element).color)), light(behind(element))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (ratio < 4.5) found[`${element.tagName}.${element.className}`] = ratio;
  }
  return found;
}"""
"""The elements whose own text is too faint before what is behind it."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for all tests here; without one they are skipped."""
    path = find()
    if path is None:
        pytest.skip(HOW)
    with started(path) as browser:
        yield browser


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Show]:
    """Opens the report of a document; at the end nothing may have gone wrong in its page."""
    wrong: list[str] = []
    contexts = []

    def opened(document: dict[str, Any], link: str = "", width: int = 1280, **options: Any) -> Page:
        file = tmp_path / "report.html"
        file.write_text(write(document), encoding="utf-8")
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda asked: None if asked.url.startswith("file:") else wrong.append(asked.url))
        page.on("requestfailed", lambda failed: wrong.append(failed.url))
        page.goto(f"{file.as_uri()}{link}")
        return page

    yield opened
    for context in contexts:
        context.close()
    # The icon is written into the page: asking for it asks nobody.
    assert [each for each in wrong if each != "data:,"] == []


def cell(page: Page, name: str) -> Any:
    return page.locator(f'.cell[aria-label="{name}"]')


def focused(page: Page) -> Any:
    return page.evaluate("document.activeElement.getAttribute('aria-label') || document.activeElement.id")


def test_heads_say_what_was_explored(show: Show) -> None:
    page = show(documents.usual())
    head = page.locator(".test > summary").first
    assert head.locator("h2").inner_text() == documents.TEST
    assert "14 calls · 147 variants · 6.0 s of virtual time · seed 0" in head.inner_text()
    assert "C 1 corrupt" in head.locator(".counts").inner_text().replace("\n", " ")
    assert "exit 1: new weaknesses" in page.locator("h1").inner_text()
    assert "The fault is absorbed now." in page.locator(".stale").inner_text()
    assert "not deterministic" in page.locator(".test").nth(1).inner_text()


def test_the_matrix_has_calls_down_and_faults_across(show: Show) -> None:
    page = show(documents.usual())
    rows = page.locator(".matrix th[scope=row]").all_inner_texts()
    assert rows == [
        call for call, *_ in documents.CALLS if call not in ("vector_stores.retrieve#2", "runs.retrieve#2")
    ]
    groups = page.locator(".matrix th[scope=colgroup]").all_inner_texts()
    assert groups == ["transport", "proxy", "http", "run", "tools", "index", "data"]
    faults = page.locator(".matrix th[scope=col]").all_text_contents()
    assert faults[:5] == ["lost_ack", "reset_before", "stall", "slow(30s)", "cut_body"]
    assert faults[7:12] == ["401", "409", "429", "429_quota", "500"]
    line = page.locator(".matrix tbody tr").nth(rows.index("messages.create#1")).locator("td")
    assert "".join(line.all_inner_texts()) == "C....Xs!..T."
    assert cell(page, CORRUPT).inner_text() == "C"
    accepted = cell(page, "runs.create#1, 401: raw error, accepted")
    assert "dashed" in accepted.evaluate("element => getComputedStyle(element).borderStyle")
    colours = {
        cell(page, f"messages.create#1, {name}").evaluate("e => getComputedStyle(e).backgroundColor")
        for name in ("lost_ack: corrupt", "stall: absorbed", "401: raw error")
    }
    assert len(colours) == 3


def test_several_faults_and_findings_are_lists_with_the_worst_first(show: Show) -> None:
    page = show(documents.usual())
    assert page.locator(".deeper li code").all_inner_texts() == [
        "runs.create#1~lost_ack+runs.create#2~500",
        "files.create#1~500+files.create#2~stall",
    ]
    letters = "".join(page.locator(".findings .symbol").all_text_contents())
    assert re.fullmatch("CWWHHX{12}T{12}L!{18}", letters)
    assert "accepted: a wrong key" in (page.locator(".findings li").last.text_content() or "")
    page.locator(".deeper button").first.click()
    assert (
        page.locator("#panel-title").inner_text().endswith("leaked: runs.create#1~lost_ack+runs.create#2~500")
    )


def test_a_cell_opens_by_mouse_and_says_why(show: Show) -> None:
    page = show(documents.usual())
    cell(page, CORRUPT).click()
    panel = page.locator("#panel")
    assert panel.is_visible()
    said = panel.inner_text()
    assert "The user's message is stored twice" in said
    assert "duplicate_message" in said
    assert "openai.APIConnectionError at bot.py:42 in ask" in said
    assert "no, it is new" in said
    assert page.url.endswith(LINK)
    panel.locator(".close").click()
    assert panel.is_hidden()
    assert "#" not in page.url


def test_the_keyboard_is_enough(show: Show) -> None:
    page = show(documents.usual())
    page.locator(".chip").last.focus()
    for _ in range(2):
        page.keyboard.press("Tab")
    assert focused(page) == "files.create#1, lost_ack: raw error"
    for key, name in (
        ("ArrowDown", "vector_stores.create#1, lost_ack: raw error"),
        ("End", "vector_stores.create#1, index.stuck: hung"),
        ("ArrowDown", "vector_stores.retrieve#1, 500: absorbed"),
        ("Home", "vector_stores.retrieve#1, reset_before: absorbed"),
        ("ArrowLeft", "vector_stores.retrieve#1, reset_before: absorbed"),
        ("Control+End", "messages.list#1, list.page_boundary: not reached"),
        ("Control+Home", "files.create#1, lost_ack: raw error"),
    ):
        page.keyboard.press(key)
        assert focused(page) == name
    cell(page, CORRUPT).focus()
    assert "stored twice" in page.locator(".test .readout").first.inner_text()
    for key in ("Enter", "Space"):
        page.keyboard.press(key)
        assert page.locator("#panel").is_visible()
        assert focused(page) == "panel-title"
        page.keyboard.press("Escape")
        assert page.locator("#panel").is_hidden()
        assert focused(page) == CORRUPT
    page.keyboard.press("ArrowRight")
    assert focused(page) == "messages.create#1, reset_before: absorbed"
    assert page.locator(".matrix .cell[tabindex='0']").count() == 1


@pytest.mark.parametrize("width", [1280, 400])
def test_the_timeline_has_two_lanes(show: Show, width: int) -> None:
    page = show(documents.usual(), LINK, width)
    client, server = page.locator(".lane.client"), page.locator(".lane.server")
    assert client.is_visible()
    assert server.is_visible()
    assert client.locator(".mark").count() == 15
    assert server.locator(".head").all_inner_texts() == ["file-1", "vs_1/file-1", "run_1"]
    assert client.locator(".faulted").get_attribute("aria-label") == (
        "messages.create#1, 2 to 2.5 s, no status, cut, fault lost_ack"
    )
    side = "left" if width > 640 else "top"
    places = client.locator(".mark").evaluate_all(
        f"all => all.map((one) => one.getBoundingClientRect().{side})"
    )
    assert places == sorted(set(places))
    server.locator(".mark").last.hover()
    assert page.locator("#panel .readout").inner_text() == "run_1, completed, 6.5 s"
    client.locator(".mark").first.focus()
    page.keyboard.press("ArrowRight" if width > 640 else "ArrowDown")
    assert page.locator("#panel .readout").inner_text() == "vector_stores.create#1, 0 s, 200"
    page.keyboard.press("Enter")
    assert page.locator("#panel .exchange").nth(1).get_attribute("open") is not None


def test_a_hang_is_shown_with_its_proof(show: Show) -> None:
    page = show(documents.usual(), "#0/runs.create#1~run.stuck(in_progress)")
    proof = page.locator(".lane.server .proof")
    assert proof.get_attribute("aria-label") == "run_1, nothing is left that could change it, 27 s"


def test_checks_lead_to_the_calls_that_show_them(show: Show) -> None:
    page = show(documents.usual(), LINK)
    assert page.locator("#panel pre.response").count() == 0
    page.locator(".call-link", has_text="messages.create#2").click()
    opened = page.locator("#panel .exchange[open]")
    assert opened.locator("summary").inner_text().split()[:3] == ["3", "s", "messages.create#2"]
    assert json.loads(opened.locator("pre.response").inner_text()) == {"id": "msg_2"}


def test_long_lists_are_shown_in_part_and_searched_whole(show: Show) -> None:
    polls = [
        documents.exchange(f"runs.retrieve#{number}", "GET", "/v1/x", float(number)) for number in range(600)
    ]
    check = {
        "name": "polls",
        "verdict": "stormed",
        "text": "too many",
        "calls": ["runs.retrieve#550", "gone#1"],
    }
    stalled = [documents.fault("transport", "stall", "runs.create#1")]
    stormed = documents.variant(stalled, "stormed", history=polls, states=[], checks=[check])
    page = show(documents.document([documents.tested([stormed])]), "#0/runs.create#1~stall")
    assert page.locator("#panel .exchange").count() == 300
    assert "200 later calls" in page.locator("#panel").inner_text()
    page.locator(".call-link").first.click()
    assert "runs.retrieve#550" in page.locator("#panel .exchange[open]").inner_text()
    page.locator(".call-link").last.click()
    assert page.locator("#panel .status").inner_text() == "gone#1 is not among the calls"


def test_calls_at_once_lie_on_tracks_of_their_own(show: Show) -> None:
    calls = [
        documents.exchange("runs.create#1", "POST", "/v1/x", 0.0, ended=9.0, outcome="left"),
        documents.exchange("runs.retrieve#1", "GET", "/v1/x", 3.0, ended=None, outcome="open", status=None),
        documents.exchange("runs.retrieve#2", "GET", "/v1/x", 9.0),
    ]
    stalled = [documents.fault("transport", "stall", "runs.create#1")]
    absorbed = documents.variant(stalled, "absorbed", history=calls, states=[])
    page = show(documents.document([documents.tested([absorbed])]), "#0/runs.create#1~stall")
    tops = page.locator(".client .mark").evaluate_all("all => all.map((one) => one.offsetTop)")
    assert tops[0] == tops[2] < tops[1]
    assert page.locator(".lane.server").inner_text().endswith("nothing changed its state")


def test_previous_and_next_stay_among_what_is_shown(show: Show) -> None:
    page = show(documents.usual())
    page.locator(".chip[data-only=wrong]").click()
    page.locator(".cell:not(.sifted)").first.click()
    page.locator(".step", has_text="next").click()
    assert page.locator("#panel-title").inner_text().endswith("wrong: runs.create#1~run.expired")
    page.locator(".step", has_text="next").click()
    assert page.locator("#panel .status").inner_text() == "that was the last one"
    page.keyboard.press("Escape")
    assert focused(page) == "runs.create#1, run.expired: wrong"


def test_the_run_without_faults_can_be_opened(show: Show) -> None:
    page = show(documents.usual())
    page.locator("button[data-variant=baseline]").first.click()
    assert page.locator("#panel .exchange").count() == 14
    assert page.url.endswith("#0/baseline")


def test_addresses_open_variants(show: Show) -> None:
    page = show(documents.usual(), LINK)
    assert page.locator("#panel-title").inner_text().endswith("messages.create#1~lost_ack")
    page.evaluate("location.hash = '#0/runs.create%231~run.expired'")
    page.locator("#panel-title", has_text="run.expired").wait_for()
    page.keyboard.press("Escape")
    assert focused(page) == "runs.create#1, run.expired: wrong"
    page.evaluate("location.hash = '#0/nobody'")
    page.locator("#status", has_text="no variant of that name").wait_for()
    cell(page, CORRUPT).click()
    page.go_back()
    page.locator("#panel").wait_for(state="hidden")


def test_the_filter_leaves_the_chosen_verdicts(show: Show) -> None:
    page = show(documents.usual())
    shown = page.locator(".cell:visible")
    page.locator(".chip[data-only=hung]").click()
    assert shown.count() == 2
    assert page.locator(".matrix th[scope=row]:visible").all_inner_texts() == [
        "vector_stores.create#1",
        "runs.create#1",
    ]
    assert page.locator(".matrix th[scope=colgroup]:visible").all_inner_texts() == ["run", "index"]
    assert page.locator(".findings li:visible").count() == 2
    assert page.locator(".deeper").is_hidden()
    page.locator(".chip[data-only=wrong]").click()
    assert shown.count() == 4
    page.locator(".chip[data-all]").click()
    assert shown.count() == 145
    page.locator(".chip[data-only='raw error']").click()
    before = shown.count()
    page.locator(".chip[data-new]").click()
    assert shown.count() == before - 1


@pytest.mark.parametrize("allowed", [True, False], ids=["clipboard", "selection"])
def test_commands_and_scenarios_are_copied(show: Show, allowed: bool) -> None:
    page = show(documents.usual(), permissions=["clipboard-read", "clipboard-write"])
    if not allowed:
        page.evaluate(
            "() => { navigator.clipboard.writeText = () => Promise.reject(new Error('forbidden')); }"
        )
    cell(page, CORRUPT).click()
    for place, expected in (
        (0, f'pytest "{documents.TEST}[messages.create#1~lost_ack]" --assistants-explore'),
        (1, "scenario: the answer to a message is lost\nsteps:\n- messages.create: {}\n"),
    ):
        button = page.locator("#panel .buttons .copy").nth(place)
        assert button.inner_text() == ("copy command", "copy as scenario")[place]
        button.click()
        button.filter(has_text="copied").wait_for()
        assert page.evaluate("navigator.clipboard.readText()") == expected
    page.keyboard.press("Escape")
    page.locator(".findings .copy").nth(1).click()
    page.locator(".findings .copy", has_text="copied").wait_for()
    assert "run.failed" in page.evaluate("navigator.clipboard.readText()")
    cell(page, "messages.create#1, stall: absorbed").click()
    assert page.locator("#panel .copy", has_text="scenario").count() == 0


def test_hostile_text_stays_text(show: Show) -> None:
    page = show(documents.hostile())
    page.locator(".cell").click()
    for summary in page.locator("#panel details > summary").all():
        summary.click()
    seen = documents.HOSTILE.replace("\ud800", "\N{REPLACEMENT CHARACTER}")
    shown = page.locator("#panel .exchange").first.locator("pre.response").text_content()
    assert shown in (seen, documents.HOSTILE)
    assert page.locator("img").count() == 0
    assert page.title() == "Exploration: 1 corrupt"
    scripts = page.locator("script").evaluate_all("found => found.map(one => one.type)")
    assert sorted(set(scripts)) == ["", "application/json"]
    assert scripts.count("") == 1


def test_numbers_and_keys_are_shown_as_they_came(show: Show) -> None:
    body = {"10": 12345678901234567890, "9": float("nan"), "text": "é"}
    page = show(documents.document([documents.tested([documents.lost_message(body)])]), LINK)
    page.locator(".call-link", has_text="messages.create#2").click()
    shown = page.locator("#panel pre.response").text_content()
    assert shown == '{\n "10": 12345678901234567890,\n "9": NaN,\n "text": "é"\n}'


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_everything_can_be_read(show: Show, scheme: Any, width: int) -> None:
    page = show(documents.usual(), width=width, color_scheme=scheme)
    assert page.evaluate(CONTRASTS) == {}
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator(".chip[data-only=corrupt]").click()
    assert page.evaluate(CONTRASTS) == {}
    for name in (CORRUPT, "runs.create#1, run.stuck(in_progress): hung"):
        page.locator(".chip[data-all]").click()
        cell(page, name).click()
        page.locator("#panel .exchange summary").nth(7).click()
        assert page.evaluate(CONTRASTS) == {}
        sizes = page.evaluate("[panel.scrollWidth, panel.clientWidth, document.documentElement.scrollWidth]")
        assert sizes[0] <= sizes[1]
        assert sizes[2] <= width
        page.keyboard.press("Escape")


def test_dark_is_dark(show: Show) -> None:
    colours = [
        show(documents.usual(), color_scheme=scheme).evaluate(
            "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
        )
        for scheme in ("light", "dark")
    ]
    assert colours[0][0] == "rgb(255, 255, 255)"
    assert colours[0][0] != colours[1][0]
    assert colours[0][1] != colours[1][1]


def test_without_scripts_the_matrix_is_there(show: Show) -> None:
    page = show(documents.usual(), java_script_enabled=False)
    assert page.locator(".cell:visible").count() == 145
    assert page.locator("noscript").is_visible()


def test_large_reports_stay_usable(show: Show) -> None:
    """The limits are for a slow and busy machine: they tell seconds from minutes."""
    document = documents.large()
    began = monotonic()
    page = show(document)
    assert page.locator(".cell").count() == 500
    page.locator(".cell").nth(77).click()
    assert page.locator("#panel .exchange").count() == 40
    page.locator("#panel .exchange summary").nth(7).click()
    assert "threads.create#8" in (page.locator("#panel pre.response").text_content() or "")
    page.keyboard.press("Escape")
    page.locator(".chip[data-only=hung]").click()
    assert page.locator(".cell:visible").count() == 50
    assert monotonic() - began < 60


def test_bodies_are_stored_once() -> None:
    page = write(documents.usual())
    assert page.count("body of runs.create#1") == 1


def test_an_exploration_of_nothing_is_a_page(show: Show) -> None:
    page = show(documents.document([], exit=0))
    assert "exit 0: as accepted" in page.locator("h1").inner_text()
    assert page.title() == "Exploration: no variants"
