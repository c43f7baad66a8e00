"""The HTML report in a browser: nothing runs that it did not ship, nothing is fetched, and it can be worked with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from recon.reporting.html import write_report
from tests.reporting import night

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page

READY = "html[data-ready=yes]"


@pytest.fixture(scope="module")
def file(run_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(run_folder, tmp_path_factory.mktemp("out"), night.settings())


class _Watched:
    """A page and everything that it tried."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[str] = []
        self.events: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("dialog", self._dismiss)
        page.on("pageerror", lambda error: self.events.append(f"error {error}"))
        page.on("console", lambda message: self.events.append(f"console {message.text}"))

    def _dismiss(self, dialog: Dialog) -> None:
        self.events.append("dialog")
        dialog.dismiss()

    def open(self, file: Path) -> Page:
        self.page.goto(file.as_uri())
        self.page.wait_for_selector(READY)
        return self.page


@pytest.fixture
def watched(browser: Browser) -> Iterator[_Watched]:
    page = browser.new_page(viewport={"width": 1366, "height": 900}, reduced_motion="reduce")
    yield _Watched(page)
    page.close()


def _expect_count(page: Page, count: int) -> None:
    """The search waits for a pause in typing, so the count comes a moment later."""
    expect(page.locator("#shown")).to_have_text(re.compile(f"^{count:,} of"))


def _count(page: Page) -> int:
    return int((page.text_content("#shown") or "").split(" ")[0].replace(",", ""))


def test_no_request_no_dialog_no_error(watched: _Watched, file: Path) -> None:
    """Opening every critical finding and scrolling the list touches no network and runs no stranger's script."""
    page = watched.open(file)
    for link in page.locator(".urgent th a").all():
        link.click()
        page.wait_for_selector("#detail[open] .sides")
        page.keyboard.press("Escape")
    page.select_option("#state", "all")
    page.locator("#viewport").evaluate("each => each.scrollTo(0, each.scrollHeight)")
    page.wait_for_timeout(100)
    assert watched.requests == [file.as_uri()]
    assert watched.events == []


def test_a_dead_interface_opens_into_its_findings(watched: _Watched, file: Path) -> None:
    """Before everything else stands which interface explains how many; the worst of them are under it, and a click lists them all."""
    page = watched.open(file)
    group = page.locator(".explained details")
    expect(group.locator("summary")).to_have_text("MBGMCR queue P200 stuck since 21:40: 18 findings · 468 k EUR at risk")
    expect(group.locator("li").first).to_be_hidden()
    group.locator("summary").click(position={"x": 5, "y": 5})
    expect(group.locator("li")).to_have_count(4)
    group.get_by_text("all 18 findings").click()
    _expect_count(page, 18)
    expect(page.locator("#viewport .row").first).to_contain_text("IDoc 4711 in status 51: period closed")


def test_hostile_texts_are_read_as_texts(watched: _Watched, file: Path) -> None:
    """They stand in the list letter by letter, and made no element."""
    page = watched.open(file)
    for text in night.ADVERSARIAL[:4]:
        page.fill("#search", text)
        expect(page.locator(".viewport .row").first).to_contain_text(text)
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 4


def test_the_worst_comes_first(watched: _Watched, file: Path) -> None:
    """On the first screen and in the list."""
    page = watched.open(file)
    assert "shipped" in (page.locator(".urgent tbody tr").first.text_content() or "")
    assert page.locator(".urgent tbody tr").first.is_visible()
    box = page.locator(".urgent tbody tr").first.bounding_box()
    assert box is not None
    assert box["y"] < 900
    assert "STK-007" in (page.locator(".viewport .row").first.text_content() or "")


def test_filters_and_search(watched: _Watched, file: Path) -> None:
    """They narrow the list, count it, and are kept in the address."""
    page = watched.open(file)
    _expect_count(page, 50)
    page.select_option("#severity", "critical")
    _expect_count(page, 12)
    page.fill("#search", "B2600003")
    _expect_count(page, 2)
    assert "severity=critical" in page.url
    page.click("#reset")
    _expect_count(page, 50)


def test_a_cell_of_the_map_leads_to_its_findings(watched: _Watched, file: Path) -> None:
    """And a second click after other filters leads there again."""
    page = watched.open(file)
    cell = page.locator('.heat a[href="#list?plant=1000&family=STK"]')
    cell.click()
    _expect_count(page, 9)
    page.select_option("#plant", "")
    _expect_count(page, 13)
    cell.click()
    _expect_count(page, 9)


def test_quiet_counts_lead_to_what_they_count(watched: _Watched, file: Path) -> None:
    """In flight, waived, consequences."""
    page = watched.open(file)
    for name, count in (("in flight", 5), ("waived", 1), ("consequences", 2)):
        page.locator(".footer-line a", has_text=name).click()
        _expect_count(page, count)


def test_consequences_open_under_their_primary(watched: _Watched, file: Path) -> None:
    """Nested, and closed again."""
    page = watched.open(file)
    page.fill("#search", "ORD-004 1000050")
    _expect_count(page, 1)
    page.click(".viewport .more")
    assert page.locator(".viewport .row.under").count() == 2
    page.click(".viewport .more")
    assert page.locator(".viewport .row.under").count() == 0


def test_evidence_stands_side_by_side_with_every_digit(watched: _Watched, file: Path) -> None:
    """Numbers beyond floating point are shown as they are in the run."""
    page = watched.open(file)
    page.fill("#search", "CON-005")
    _expect_count(page, 1)
    assert "9,007,199,254,740,993.01" in (page.locator(".viewport .row").first.text_content() or "")
    page.locator(".viewport .row a").first.click()
    page.wait_for_selector("#detail[open] .compared")
    assert page.locator("#detail .compared thead th").all_text_contents() == ["", "SAP", "MES"]
    assert "12,345,678,901.123456" in (page.text_content("#detail .compared") or "")
    assert page.locator("#detail .side").count() == 2


def test_the_correction_stands_beside_the_finding(watched: _Watched, file: Path) -> None:
    """What to do in one sentence, who is believed and why, and the checks; a refused one says first why it is not to be posted, and none says why."""
    page = watched.open(file)
    proposals = {"STK-001": ("Proposed correction", "the QMS: quality decides"), "STK-002": ("Do not post this yet: inspection lot 77", "Look at this first")}
    for rule, (head, told) in proposals.items():
        page.fill("#search", rule)
        expect(page.locator(".viewport .row").first).to_contain_text(rule)
        page.locator(".viewport .row a").first.click()
        box = page.locator("#detail .proposal")
        expect(box).to_contain_text(head)
        expect(box).to_contain_text(told)
        expect(box.locator(".checks li").first).to_be_visible()
        page.keyboard.press("Escape")
    page.fill("#search", "STK-007")
    expect(page.locator(".viewport .row").first).to_contain_text("STK-007")
    page.locator(".viewport .row a").first.click()
    expect(page.locator("#detail")).to_contain_text("No proposal: no action is declared for this correction")


def test_times_are_the_plants(watched: _Watched, file: Path) -> None:
    """New York reads 11:20 where UTC says 15:20; the hover says UTC."""
    page = watched.open(file)
    page.select_option("#plant", "2000")
    page.fill("#search", "CON-005")
    _expect_count(page, 1)
    page.locator(".viewport .row a").first.click()
    moment = page.locator("#detail .side time").first
    assert (moment.text_content(), moment.get_attribute("title")) == ("2026-03-09 13:20:00", "2026-03-09 17:20:00 UTC")


def test_the_list_is_for_the_keyboard_too(watched: _Watched, file: Path) -> None:
    """Arrows walk the rows, Enter opens one, Escape closes it."""
    page = watched.open(file)
    page.focus("#viewport")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.closest('.row').dataset.line") == "1"
    page.keyboard.press("Enter")
    page.wait_for_selector("#detail[open]")
    assert "STK-006" in (page.text_content("#detail-title") or "")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#detail-title")).to_contain_text("STK-014")
    page.keyboard.press("Escape")
    page.wait_for_selector("#detail", state="hidden")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(watched: _Watched, file: Path, scheme: str) -> None:
    """Every visible text has a contrast of at least 4.5 to 1 in both schemes."""
    watched.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page = watched.open(file)
    assert page.evaluate(CONTRAST) == []


def test_without_scripts_the_worst_are_still_there(browser: Browser, file: Path) -> None:
    """First screen and a table of the worst need none."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(file.as_uri())
    assert page.locator(".paper tbody tr").count() == 50
    assert page.locator(".paper tbody tr").first.is_visible()
    assert not page.locator("#filters").is_visible()
    context.close()


def test_paper_shows_the_worst_and_no_controls(watched: _Watched, file: Path) -> None:
    """Printing leaves out what only a screen can use."""
    page = watched.open(file)
    page.emulate_media(media="print")
    assert page.locator(".paper tbody tr").first.is_visible()
    assert not page.locator("#filters").is_visible()
    assert not page.locator("#viewport").is_visible()


def test_a_clean_night_opens_and_says_so(watched: _Watched, tmp_path: Path) -> None:
    """An empty list is no error."""
    page = watched.open(write_report(night.write_run(tmp_path / "w", [], complete=True), tmp_path / "out", night.settings()))
    assert "Every source came whole, every rule was judged" in (page.text_content(".trust") or "")
    assert "No restricted stock is in use" in (page.text_content(".act") or "")
    assert page.text_content(".none-found") == "There are no findings."
    assert page.evaluate(CONTRAST) == []
    assert watched.events == []


def test_fifty_thousand_findings_stay_usable(watched: _Watched, tmp_path: Path) -> None:
    """The list opens, scrolls to its end and searches with few rows in the page."""
    folder = night.write_run(tmp_path / "w")
    night.multiply(folder, 50_000)
    page = watched.open(write_report(folder, tmp_path / "out", night.settings()))
    page.select_option("#state", "all")
    assert _count(page) > 45_000
    page.locator("#viewport").evaluate("each => each.scrollTo(0, each.scrollHeight)")
    expect(page.locator(".viewport .row").last).to_have_attribute("data-line", re.compile(r"4[5-9]\d{3}"))
    assert page.locator(".viewport .row").count() < 60
    page.fill("#search", "b26000121")
    expect(page.locator("#shown")).to_have_text(re.compile(r"^\d{1,3} of 50,000"))
    assert _count(page) > 0
    assert watched.events == []


CONTRAST = """() => {
  const channel = (value) => { const part = value / 255; return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4; };
  const luminance = ([red, green, blue]) => 0.2126 * channel(red) + 0.7152 * channel(green) + 0.0722 * channel(blue);
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const faint = [];
  for (const element of document.querySelectorAll("main *, header *, footer *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.checkVisibility() || element.closest(".hidden")) continue;
    let ground = element;
    while (ground && (parse(getComputedStyle(ground).backgroundColor)[3] ?? 1) === 0) ground = ground.parentElement;
    const back = parse(ground ? getComputedStyle(ground).backgroundColor : "rgb(255, 255, 255)");
    let opacity = 1;
    for (let each = element; each; each = each.parentElement) opacity *= Number(getComputedStyle(each).opacity);
    const ink = parse(getComputedStyle(element).color).slice(0, 3).map((value, index) => value * opacity + back[index] * (1 - opacity));
    const [one, two] = [luminance(ink), luminance(back)].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (two + 0.05);
    if (ratio < 4.5) faint.push(`${element.className || element.tagName}: ${element.textContent.trim().slice(0, 30)} ${ratio.toFixed(2)}`);
  }
  return [...new Set(faint)];
}"""
