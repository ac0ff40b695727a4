"""The page Customers: the call list and the cards hold what the marts say."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from reports import document
from reports.language import CHINESE, ENGLISH
from reports.marts import Marts
from reports.pages import customers
from reports.parts import Component
from tests.python.conftest import Built


@pytest.fixture(scope="module")
def data(demo: Built) -> Any:
    """Return what the script of the demo's page shows."""
    return customers.data(Marts(demo.target / "marts.duckdb"))


def cards(data: Any) -> list[dict[str, Any]]:
    """Return the customers as records."""
    return [dict(zip(data["columns"], row, strict=True)) for row in data["rows"]]


def test_the_list_is_the_mart_in_its_order(data: Any, demo: Built) -> None:
    """Every customer of the mart, by rank, with the action in both languages."""
    wanted = demo.rows(
        "select customer_id, action_zh, action_en from fct_next_best_action order by call_rank"
    )
    found = [(c["id"], *data["texts"][c["action"]][:2]) for c in cards(data)]
    assert found == wanted
    assert len(wanted) < customers.MOST_CUSTOMERS


def test_contributions_add_up_to_the_index(data: Any) -> None:
    """What the factors give is the index; what they give and lose is a hundred."""
    checked = 0
    for customer in cards(data):
        if customer["satisfaction_index"] is None or not customer["factors"]:
            continue
        given = sum(factor[2] for factor in customer["factors"])
        lost = sum(factor[3] for factor in customer["factors"])
        # a tenth of rounding for each of the factors
        assert given == pytest.approx(customer["satisfaction_index"], abs=0.7), customer["id"]
        assert given + lost == pytest.approx(100, abs=1.3), customer["id"]
        checked += 1
    assert checked > 100


def test_events_are_the_newest_that_had_an_effect(data: Any, demo: Built) -> None:
    """At most five, newest first, none that was outweighed."""
    for customer in cards(data):
        months = [event[0] for event in customer["events"]]
        assert months == sorted(months, reverse=True)
        assert len(months) <= customers.MOST_EVENTS
    shown = {c["id"]: len(c["events"]) for c in cards(data)}
    wanted = dict(
        demo.rows(
            "select customer_id, least(count(*), 5) from fct_loyalty_ladder_events "
            "where effect not in ('outweighed', 'overruled', 'none') group by all"
        )
    )
    assert {k: n for k, n in shown.items() if n} == {k: v for k, v in wanted.items() if k in shown}


def test_the_rest_stands_in_the_marts(demo: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    """A longer list is cut at the cap, and the page says so."""
    monkeypatch.setattr(customers, "MOST_CUSTOMERS", 10)
    page = customers.page(Marts(demo.target / "marts.duckdb"))
    part = page.parts[0]
    assert isinstance(part, Component)
    assert len(part.data["rows"]) == 10  # type: ignore[index]
    called = demo.rows("select count(*) from fct_next_best_action")[0][0]
    for t in (ENGLISH, CHINESE):
        assert f"{called - 10:,}" in part.note(t)
        assert "fct_next_best_action" in part.note(t)


@pytest.mark.parametrize("is_whole", [False, True])
def test_nobody_is_named_where_nobody_may_be(demo: Built, tmp_path: Path, is_whole: bool) -> None:
    """Without customers no id and no name stands anywhere in the report."""
    for name in ("marts.duckdb", "shared.duckdb"):
        shutil.copyfile(demo.target / name, tmp_path / name)
    written = document.write(tmp_path, names_customers=False, is_whole=is_whole)
    html = written.read_text(encoding="utf-8")
    assert 'id="customers"' not in html
    people = demo.rows("select customer_id, customer_name from dim_customers where is_declared")
    text = json.dumps(
        json.loads(html.split('id="content">')[1].split("</script>")[0]), ensure_ascii=False
    )
    named = [
        name for pair in people for name in pair if name and len(name) > 4 and f'"{name}"' in text
    ]
    assert not named


def test_nobody_to_call(demo: Built, tmp_path: Path) -> None:
    """An empty list says what to add."""
    copy = tmp_path / "marts.duckdb"
    shutil.copyfile(demo.target / "marts.duckdb", copy)
    with duckdb.connect(str(copy)) as con:
        con.execute("delete from fct_next_best_action")
    page = customers.page(Marts(copy))
    assert "transactions" in page.parts[0].fix(ENGLISH)  # type: ignore[union-attr]
