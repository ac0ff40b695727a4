"""The report as people see it: every page, both languages, three widths, dark, paper, keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from reports.language import LANGUAGES
from tests.browser.conftest import WAITING, Opened

PAGES = ["overview", "satisfaction", "loyalty", "customers", "weights", "quality"]
#: where the button leads from English
NEXT = LANGUAGES[2 % len(LANGUAGES)].code
WIDTHS = [390, 768, 1280]
#: WCAG 2 A and AA
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}

# texts of one chart that lie over each other, or leave it; boxes of turned ones are too large to
# say what they cover
COLLISIONS = """() => [
  ...document.querySelectorAll('.page:not([hidden]) .chart')
].flatMap(chart => {
  const svg = chart.querySelector('svg'), frame = svg.getBoundingClientRect();
  const texts = [...svg.querySelectorAll('text')].filter(
    text => text.textContent.trim() && getComputedStyle(text).opacity !== '0');
  const isTurned = text => /rotate/.test(text.getAttribute('transform') ?? '');
  const boxes = texts.map(text => [text.textContent, text.getBoundingClientRect()]);
  const name = chart.dataset.figure;
  const level = boxes.filter((_, i) => !isTurned(texts[i]));
  const over = level.flatMap(([one, a], i) => level.slice(i + 1).filter(([, b]) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2 &&
    Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4)
    .map(([two]) => `${name}: ${one} over ${two}`));
  const out = boxes.filter(([, a]) => a.left < frame.left - 2 || a.right > frame.right + 2)
    .map(([one]) => `${name}: ${one} is cut off`);
  return [...over, ...out];
})"""
EMPTY = """() => [...document.querySelectorAll('.chart')].filter(
  chart => !chart.querySelector('svg [class*="mark-"] path, svg [class*="mark-"] line, '
    + 'svg [class*="mark-"] text')).map(chart => chart.dataset.figure)"""


def turn_to(page: Page, key: str) -> None:
    """Show one page of the report."""
    page.evaluate("key => { location.hash = key; }", key)
    page.wait_for_function("key => !document.getElementById(key).hidden", arg=key)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_whole(
    opened: Opened, report: Path, shots: Path, lang: str, width: int
) -> None:
    """Charts are drawn, nothing scrolls the page sideways, texts of a chart do not collide."""
    with opened(report, lang, width) as page:
        assert page.evaluate("document.documentElement.lang") == lang
        assert page.evaluate(EMPTY) == []
        assert [s.get_attribute("id") for s in page.query_selector_all(".page")] == PAGES
        wrongs = []
        for key in PAGES:
            turn_to(page, key)
            page.screenshot(path=shots / f"report-{key}-{lang}-{width}.png", full_page=True)
            if page.evaluate("document.documentElement.scrollWidth") > width:
                wrongs.append(f"{key} is wider than {width}")
            wrongs += page.evaluate(COLLISIONS)
        assert not wrongs, "\n".join(wrongs)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("key", PAGES)
def test_rules_of_accessibility(opened: Opened, report: Path, key: str, scheme: str) -> None:
    """axe-core finds nothing against WCAG 2 AA: contrast, names, roles, order of headings."""
    with opened(report, color_scheme=scheme) as page:
        turn_to(page, key)
        found = Axe().run(page, options=RULES)
        assert found.violations_count == 0, found.generate_report()


def test_every_chart_says_what_it_shows(opened: Opened, report: Path) -> None:
    """Each figure has a title, a text alternative, and its figures as a table."""
    with opened(report, "zh") as page:
        for figure in page.query_selector_all("figure.part"):
            key = figure.get_attribute("id")
            charts = figure.query_selector_all('[role="graphics-document"]')
            spoken = [chart.get_attribute("aria-label") for chart in charts]
            assert spoken and all(spoken), key
            assert figure.query_selector("h3").text_content().strip(), key
            figure.query_selector("details").evaluate("details => { details.open = true; }")
            page.wait_for_function(
                "key => document.querySelectorAll(`#${key} .tabled tbody tr`).length > 0", arg=key
            )


def test_keyboard(opened: Opened, report: Path) -> None:
    """Without a mouse: the skip link comes first; the switches and pages answer to Enter."""
    with opened(report) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.evaluate("document.documentElement.lang") == NEXT
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_function("!document.getElementById('satisfaction').hidden")
        page.wait_for_function(WAITING, timeout=120_000)
        drawn = page.evaluate("document.querySelector('.chart').dataset.drawn")
        assert drawn == f"{NEXT} dark"


def test_a_taxonomy_is_picked(opened: Opened, report: Path) -> None:
    """One is shown at a time, in either language; on paper all are."""
    seen = (
        "[...document.querySelectorAll('#classes .panel')].filter("
        "p => getComputedStyle(p).visibility === 'visible' && p.offsetHeight > 40)"
        ".map(p => p.querySelector(`h4 [lang=${document.documentElement.lang}]`).textContent)"
    )
    with opened(report) as page:
        turn_to(page, "satisfaction")
        assert page.evaluate(seen) == ["Need structure"]
        page.select_option("#classes select", label="Stage of service")
        assert page.evaluate(seen) == ["Stage of service"]
        page.click("#language")
        page.wait_for_function(WAITING, timeout=120_000)
        assert page.evaluate(seen) == ["服务环节"]
        page.emulate_media(media="print")
        assert len(page.evaluate(seen)) == page.locator("#classes option").count() > 1
        assert page.is_hidden("#classes select")


def test_choices_are_kept(opened: Opened, report: Path) -> None:
    """Language and theme are those of the last visit."""
    with opened(report) as page:
        page.click("#language")
        page.click("#theme")
        page.reload()
        assert page.evaluate("document.documentElement.lang") == NEXT
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        page.wait_for_function(WAITING, timeout=120_000)


def test_paper(opened: Opened, report: Path, shots: Path) -> None:
    """On paper all pages follow one another, within the sheet, without the buttons."""
    with opened(report, "zh", width=794) as page:
        page.emulate_media(media="print")
        for key in PAGES:
            assert page.evaluate("key => document.getElementById(key).offsetHeight", key) > 300, key
        assert page.is_hidden("#language")
        wide = page.evaluate(
            "[...document.querySelectorAll('.chart svg')].filter("
            "svg => svg.getBoundingClientRect().right > innerWidth).length"
        )
        assert wide == 0
        page.pdf(path=shots / "report.pdf", format="A4")
