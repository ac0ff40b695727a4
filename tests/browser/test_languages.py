"""A third language, as people see it: a folder is enough, no text of the page is left in code."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page

from reports import document, language
from tests.bi import pseudo
from tests.browser.conftest import WAITING, Opened
from tests.browser.test_report import PAGES, turn_to
from tests.python.conftest import Built

# what can be read: a text of a chart may have several lines, choices stand in closed lists
TEXTS = """() => {
  const texts = [...document.querySelectorAll('option')].map(one => one.textContent);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (parent.closest('script, svg, .page[hidden]') || !parent.checkVisibility()) continue;
    texts.push(walker.currentNode.textContent);
  }
  const shown = document.querySelectorAll('.page:not([hidden]) svg text');
  return [...texts, ...[...shown].map(one => one.textContent)];
}"""


def unsaid(page: Page, codes: set[str]) -> list[str]:
    """Return the texts on the screen with words that are neither said nor labels nor codes."""
    return [text for text in page.evaluate(TEXTS) if not pseudo.is_said(text, codes)]


def test_no_text_is_left_in_code(
    opened: Opened, demo: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every page, every table and some cards bear the marks; the switch leads to all languages."""
    shutil.copyfile(demo.target / "marts.duckdb", path := tmp_path / "marts.duckdb")
    codes = pseudo.mark_labels(path) | {t.name for t in language.LANGUAGES}
    languages = (*language.LANGUAGES, pseudo.pseudo(tmp_path))
    monkeypatch.setattr(language, "LANGUAGES", languages)
    with opened(document.write(tmp_path)) as page:
        for _ in languages[2:]:  # from English on
            page.click("#language")
        assert page.evaluate("document.documentElement.lang") == "qps"
        page.wait_for_function(WAITING)
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        for key in PAGES:
            turn_to(page, key)
            assert len(page.evaluate(TEXTS)) > 50
            assert not unsaid(page, codes), key
        found = demo.rows("select customer_id from fct_next_best_action order by call_rank")
        for (customer,) in found[:20]:
            page.evaluate("id => { location.hash = `customers/${id}`; }", customer)
            page.wait_for_function(
                "id => document.querySelector('.customer dd').textContent === id", arg=customer
            )
            assert not unsaid(page, codes), customer
        for t in languages:
            page.click("#language")
            assert page.evaluate("document.documentElement.lang") == t.code
        page.wait_for_function(WAITING)
