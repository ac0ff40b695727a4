"""The call list: every customer's line, found again by asking line after line."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path
from typing import Any

import duckdb
import pytest

from satisfaction.method_checks import method_problems
from tests.python.conftest import Built
from tests.python.method.test_method_checks import SHIPPED, Tables, add, drop, put

SEED = Path(__file__).parents[3] / "seeds" / "method" / "actions" / "seed_playbook_lines.csv"
EXACT = ("tier_id", "loyalty_class", "relation_id", "weakest_factor_id")
FLAGS = ("is_satisfied", "is_active", "has_open_complaint", "has_weakest_factor")
LEVELS = ("overall_level", "ladder_level")


def lines() -> list[dict[str, str]]:
    with SEED.open(encoding="utf-8", newline="") as file:
        return sorted(csv.DictReader(file), key=lambda line: int(line["line_order"]))


def fits(line: dict[str, str], customer: dict[str, Any]) -> bool:
    """Ask one condition after the other, as a person with the playbook in hand would."""
    for name in EXACT:
        if line[name] and customer[name] != line[name]:
            return False
    for name in FLAGS:
        if line[name] and (customer[name] is None or customer[name] != (line[name] == "true")):
            return False
    for name in LEVELS:
        level = customer[name]
        for bound, sign in ((line[f"min_{name}"], 1), (line[f"max_{name}"], -1)):
            if bound and (level is None or sign * level < sign * int(bound)):
                return False
    return True


def customers(demo: Built) -> list[dict[str, Any]]:
    with duckdb.connect(str(demo.target / "satisfaction.duckdb"), read_only=True) as con:
        found = con.execute("select * from int_customer_standing")
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def test_everybody_has_the_first_line_that_fits(demo: Built) -> None:
    book, used = lines(), set()
    for customer in customers(demo):
        expected = next(line["line_id"] for line in book if fits(line, customer))
        assert customer["line_id"] == expected, customer
        used.add(expected)
    assert len(used) >= 8  # the demo tells more than one story


def test_the_list_names_every_customer_once_in_the_order_of_the_playbook(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    order = {line["line_id"]: int(line["line_order"]) for line in lines()}
    found = marts.execute(
        "select call_rank, line_id, amount_in_window, customer_id from fct_next_best_action"
        " order by call_rank"
    ).fetchall()
    assert [row[0] for row in found] == list(range(1, len(found) + 1))
    lots = {row[3]: hashlib.md5(row[3].encode()).hexdigest()[:7] for row in found}
    keys = [
        (order[line], amount is None, -(amount or 0), lots[who], who)
        for _, line, amount, who in found
    ]
    assert keys == sorted(keys)
    assert {row[3] for row in found} == {
        row[0]
        for row in marts.execute(
            "select customer_id from dim_customers where not is_anonymous"
        ).fetchall()
    }


def test_the_weakest_factor_is_where_most_points_are_lost(marts: duckdb.DuckDBPyConnection) -> None:
    scored = marts.execute(
        """select customer_id, wave_number, factor_id, 100 * weight - contribution
        from fct_customer_factor_satisfaction join dim_waves using (survey_id)
        where contribution is not null"""
    ).fetchall()
    latest: dict[str, int] = {}
    for customer, wave, _, _ in scored:
        latest[customer] = max(wave, latest.get(customer, 0))
    lost: dict[str, dict[str, float]] = {}
    for customer, wave, factor, points in scored:
        if wave == latest[customer]:
            lost.setdefault(customer, {})[factor] = points
    found = marts.execute(
        """select customer_id, weakest_factor_id, weakest_factor_points_lost
        from fct_next_best_action"""
    ).fetchall()
    for customer, factor, points in found:
        most = max(lost.get(customer, {}).values(), default=0)
        if most > 1e-9:
            assert points == pytest.approx(most)
            assert lost[customer][factor] == pytest.approx(most)
        else:
            assert factor is None


def test_the_reason_is_the_latest_that_counted(marts: duckdb.DuckDBPyConnection) -> None:
    events = marts.execute(
        """select customer_id, month_start, reason_en from fct_loyalty_ladder_events
        where effect in ('moves', 'sets', 'holds', 'shifts')"""
    ).fetchall()
    latest: dict[str, Any] = {}
    for customer, month, _ in events:
        latest[customer] = max(month, latest.get(customer, month))
    reasons = {(customer, month, reason) for customer, month, reason in events}
    found = marts.execute(
        "select customer_id, ladder_changed_in, ladder_reason_en from fct_next_best_action"
    ).fetchall()
    for customer, month, reason in found:
        assert month == latest.get(customer)
        assert month is None or (customer, month, reason) in reasons


def test_an_open_complaint_is_the_oldest_one(demo: Built) -> None:
    found = demo.build_rows(
        """select a.customer_id, a.open_complaint_id, a.n_open_complaints,
            (select count(*) from stg_complaints c
             where c.customer_id = a.customer_id and c.resolved_at is null),
            (select min(opened_at)::date from stg_complaints c
             where c.customer_id = a.customer_id and c.resolved_at is null), a.complaint_opened_on
        from int_customer_standing a"""
    )
    assert any(row[1] for row in found)
    for _, complaint, n, counted, oldest, opened in found:
        assert n == counted
        assert opened == oldest
        assert (complaint is None) == (counted == 0)


def test_customers_carry_what_the_list_says(marts: duckdb.DuckDBPyConnection) -> None:
    differ = marts.execute(
        """select count(*) from dim_customers d join fct_next_best_action a using (customer_id)
        where (d.loyalty_class, d.ladder_level, d.tier_id, d.next_action_id, d.satisfaction_index)
            is distinct from
            (a.loyalty_class, a.ladder_level, a.tier_id, a.line_id, a.satisfaction_index)"""
    ).fetchall()
    assert differ == [(0,)]


TABLE = "playbook_lines"
WRONG = {
    "a class that is not there": (put(TABLE, "loyalty_class", "royal", line_id="grow"), "royal"),
    "a factor that is not there": (
        put(TABLE, "weakest_factor_id", "sped", line_id="steady"),
        "Did you mean 'speed'?",
    ),
    "bounds in the wrong order": (
        put(TABLE, "max_ladder_level", "1", line_id="grow"),
        "No ladder_level lies between 3 and 1.",
    ),
    "a level that no verdict has": (
        put(TABLE, "min_overall_level", "6", line_id="steady"),
        "No overall_level lies between 6 and 5.",
    ),
    "nothing for the rest": (drop(TABLE, line_id="ask_verdict"), "Add a last line"),
    "a line that hides those after it": (
        put(TABLE, "line_order", "15", line_id="ask_verdict"),
        "fits everybody, so that no line after it is ever reached",
    ),
    "two lines of one name": (put(TABLE, "line_id", "grow", line_id="steady"), "grow stands twice"),
    "a flag that is no flag": (put(TABLE, "is_active", "maybe", line_id="grow"), "maybe"),
    "a line without an action": (add(TABLE, line_order="200", line_id="x"), "action_zh"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_playbook_that_cannot_be_right_is_refused(name: str) -> None:
    edit, said = WRONG[name]
    tables: Tables = dict(SHIPPED)
    edit(tables)
    found = method_problems(tables, own={TABLE})
    text = " ".join(found.astype(str).agg(" ".join, axis=1))
    assert said in text, text
    assert set(found.table_name) == {TABLE}


def test_a_shipped_line_may_name_a_class_that_own_tables_lack() -> None:
    tables: Tables = dict(SHIPPED)
    put(TABLE, "loyalty_class", "royal", line_id="grow")(tables)
    assert method_problems(tables).empty
