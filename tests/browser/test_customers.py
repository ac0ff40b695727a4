"""The call list as people use it: search, order, a card and back; names are text."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from reports import document
from tests.browser.conftest import Opened
from tests.browser.test_report import turn_to
from tests.python.conftest import Built

EVIL = """"><img src=x onerror=alert(1)><script>alert(2)</script>"""


def test_search_order_and_card(opened: Opened, report: Path, demo: Built) -> None:
    """By keyboard: search narrows, a heading orders, a name opens the card, and back again."""
    first, second = (
        r[0]
        for r in demo.rows(
            "select customer_id from fct_next_best_action order by call_rank limit 2"
        )
    )
    with opened(report) as page:
        turn_to(page, "customers")
        rows = page.locator(".call-list tbody tr")
        assert rows.count() == 50
        page.fill(".call-list input[type=search]", second)
        assert rows.count() == 1
        assert page.locator(".call-list .count").inner_text().startswith("1 ")
        page.fill(".call-list input[type=search]", "")
        page.focus("[data-sort=satisfaction_index]")
        page.keyboard.press("Enter")
        heading = page.locator("th:has([data-sort=satisfaction_index])")
        assert heading.get_attribute("aria-sort") == "ascending"
        shown = [float(t) for t in rows.locator("td:nth-child(7)").all_inner_texts() if t != "–"]
        assert shown == sorted(shown)
        page.focus("[data-sort=call_rank]")
        page.keyboard.press("Enter")
        page.focus(f'a[href="#customers/{first}"]')
        page.keyboard.press("Enter")
        page.wait_for_selector(".customer:visible")
        assert page.evaluate("document.activeElement.id") == "customer-name"
        assert first in page.locator(".customer").inner_text()
        page.focus(".customer .steps a")
        page.keyboard.press("Enter")
        page.wait_for_selector(".call-list .list:visible")
        assert page.evaluate("document.activeElement.hash") == f"#customers/{first}"


def test_names_are_text(opened: Opened, demo: Built, tmp_path: Path) -> None:
    """A customer with markup for a name is shown by it, and nothing of it runs."""
    copy = tmp_path / "marts.duckdb"
    shutil.copyfile(demo.target / "marts.duckdb", copy)
    with duckdb.connect(str(copy)) as con:
        for mart in ("fct_next_best_action", "dim_customers"):
            con.execute(f"update {mart} set customer_name = ?", [EVIL])
        con.execute("update fct_next_best_action set action_zh = ?, action_en = ?", [EVIL, EVIL])
        con.execute("update fct_loyalty_ladder_events set reason_en = ?, note = ?", [EVIL, EVIL])
    with opened(document.write(tmp_path)) as page:
        turn_to(page, "customers")
        link = page.locator(".call-list tbody a").first
        assert link.inner_text() == EVIL
        link.click()
        assert page.locator("#customer-name").inner_text() == EVIL
        assert page.locator("main img").count() == 0
