"""Growth and retention: cases counted by hand, and the demo once more, customer by customer."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from math import sqrt
from statistics import NormalDist

import pytest

from tests.python.conftest import Built
from tests.python.engine import Engine
from tests.python.ladder_replay import Customer, know_gaps, month_of, read_method
from tests.python.test_survival import slow
from tests.python.test_tiers import seed

MARTS = ("fct_customer_growth", "fct_retention_cohorts", "fct_relationship_survival")
COUNTS = "n_opening, n_new, n_reactivated, n_lost, n_closing"

CUSTOMERS = """customer_id,region,joined_on,valid_from
always,north,2024-05-03,
gone,north,2024-12-30,
back,south,2025-02-10,
moves,south,2025-03-01,
moves,north,2025-03-01,2025-05-10
late,north,2023-01-15,
fresh,north,2025-06-01,
"""
# months of 2025 in which each buys; with two active months a purchase counts in the next one too
PURCHASES = {
    "always": [1, 2, 3, 4, 5, 6],
    "gone": [1],
    "back": [2, 5],
    "moves": [3, 4, 5, 6],
    "late": [4],
    "fresh": [6],
}


def bought(purchases: dict[str, list[int]], year: int = 2025) -> str:
    """Return transactions of 100 on the last but two days of those months."""
    rows = ["transaction_id,customer_id,ordered_at,amount,status"]
    for customer, months in purchases.items():
        for month in months:
            day = date(year + (month - 1) // 12, (month - 1) % 12 + 1, 27)
            rows.append(f"{customer}-{month},{customer},{day},100,completed")
    return "\n".join(rows) + "\n"


@pytest.fixture(scope="module")
def laid(engine: Engine) -> Engine:
    engine.lay({"customers.csv": CUSTOMERS, "transactions.csv": bought(PURCHASES)})
    # by months alone, so that every window can be counted on a calendar
    dbt_vars = {
        "active_months": 2,
        "active_gaps": 0,
        "as_of_date": "2025-06-30",
        "segment_by": ["region"],
    }
    assert not engine.check(*(f"+{mart}" for mart in MARTS), **dbt_vars, min_respondents=3)
    return engine


def test_counts_of_each_month(laid: Engine) -> None:
    def found(segment: str) -> list[tuple]:
        return laid.rows(
            f"select month(month_start), {COUNTS}, n_moved_in_net from fct_customer_growth "
            f"where segment_value = '{segment}' order by month_start"
        )

    assert found("total") == [
        (1, 2, 0, 0, 0, 2, None),
        (2, 2, 1, 0, 0, 3, 0),  # back comes
        (3, 3, 1, 0, 1, 3, 0),  # moves comes, gone is lost
        (4, 3, 0, 1, 1, 3, 0),  # late was inactive since the data begin: it returns; back is lost
        (5, 3, 0, 1, 0, 4, 0),  # back is back
        (6, 4, 1, 0, 1, 4, 0),  # fresh comes, late is lost
    ]
    assert found("north") == [
        (1, 2, 0, 0, 0, 2, None),
        (2, 2, 0, 0, 0, 2, 0),
        (3, 2, 0, 0, 1, 1, 0),
        (4, 1, 0, 1, 0, 2, 0),
        (5, 3, 0, 0, 0, 3, 1),
        (6, 3, 1, 0, 1, 3, 0),
    ]
    # nobody in January, hence no row
    assert found("south") == [
        (2, 0, 1, 0, 0, 1, 0),
        (3, 1, 1, 0, 0, 2, 0),
        (4, 2, 0, 0, 1, 1, 0),
        (5, 0, 0, 1, 0, 1, -1),
        (6, 1, 0, 0, 0, 1, 0),
    ]


def test_rates_of_each_month(laid: Engine) -> None:
    rows = laid.rows(
        "select growth_rate, textbook_growth_ratio, retention_rate, churn_rate, is_complete, "
        "is_reliable from fct_customer_growth where segment_type = 'total' order by month_start"
    )
    third = pytest.approx(1 / 3)
    assert rows == [
        (0, None, 1, 0, False, False),
        (0.5, None, 1, 0, False, False),
        (0, 0, pytest.approx(2 / 3), third, True, True),
        (0, -1, pytest.approx(2 / 3), third, True, True),
        (third, None, 1, 0, True, True),
        (0, 0, 0.75, 0.25, True, True),
    ]
    z2 = NormalDist().inv_cdf(0.975) ** 2
    middle, half = (3 + z2 / 2) / (4 + z2), sqrt(z2 * (3 / 4 + z2 / 4)) / (4 + z2)
    assert laid.rows(
        "select retention_low, retention_high from fct_customer_growth "
        "where segment_type = 'total' and month_start = '2025-06-01'"
    ) == [pytest.approx((middle - half, middle + half))]
    # where nobody opened the month there is no rate
    assert laid.rows(
        "select month(month_start), growth_rate, retention_rate, retention_low from "
        "fct_customer_growth where n_opening = 0 order by 1"
    ) == [(2, None, None, None), (5, None, None, None)]


def test_cohorts(laid: Engine) -> None:
    """back begins in February and stays lost after April, though active again; moves in March."""
    found = laid.rows(
        "select month(cohort_month), age_months, n_cohort, n_active, n_kept, n_buyers, "
        "cast(revenue_per_customer as integer), cast(cumulative_revenue_per_customer as integer), "
        "revenue_retention from fct_retention_cohorts where segment_type = 'total' order by 1, 2"
    )
    assert found == [
        (2, 0, 1, 1, 1, 1, 100, 100, 1),
        (2, 1, 1, 1, 1, 0, 0, 100, 0),
        (2, 2, 1, 0, 0, 0, 0, 100, 0),
        (2, 3, 1, 1, 0, 1, 100, 200, 1),
        (2, 4, 1, 1, 0, 0, 0, 200, 0),
        (3, 0, 1, 1, 1, 1, 100, 100, 1),
        (3, 1, 1, 1, 1, 1, 100, 200, 1),
        (3, 2, 1, 1, 1, 1, 100, 300, 1),
        (3, 3, 1, 1, 1, 1, 100, 400, 1),
        (6, 0, 1, 1, 1, 1, 100, 100, 1),
    ]
    # a cohort stays in the segment in which it began
    assert laid.rows(
        "select segment_value, count(*) from fct_retention_cohorts where segment_type = 'region' "
        "group by 1 order by 1"
    ) == [("north", 1), ("south", 9)]


def test_survival_counts(laid: Engine) -> None:
    """Watched from March, when their second month is seen: gone at age 3, always at 10 to 13."""
    found = laid.rows(
        "select age_months, n_at_risk, n_entered, n_lost, n_censored, survival, median_months "
        "from fct_relationship_survival where segment_type = 'total' order by 1"
    )
    assert found == [
        (0, 3, 3, 0, 1, 1, 2),
        (1, 2, 0, 0, 0, 1, 2),
        (2, 2, 0, 1, 0, 0.5, 2),
        (3, 2, 1, 1, 1, 0.25, 2),
        *[(age, 0, 0, 0, 0, None, 2) for age in range(4, 10)],
        (10, 1, 1, 0, 0, None, 2),
        (11, 1, 0, 0, 0, None, 2),
        (12, 1, 0, 0, 0, None, 2),
        (13, 1, 0, 0, 1, None, 2),
    ]


def test_a_year(engine: Engine) -> None:
    """Fourteen customers, one of whom leaves each month: of 14, 2 are left after twelve months."""
    engine.lay({"transactions.csv": bought({f"c{n}": [*range(1, n + 1)] for n in range(1, 15)})})
    dbt_vars = {"active_months": 1, "active_gaps": 0, "as_of_date": "2026-03-31", "segment_by": []}
    assert not engine.run("+fct_customer_growth", **dbt_vars)
    found = engine.rows(
        "select growth_rate_12_months, annual_retention_rate, annual_churn_rate, n_opening, n_lost "
        "from fct_customer_growth order by month_start"
    )
    assert [row[:3] for row in found[:12]] == [(None, None, None)] * 12
    assert found[12:] == [
        (pytest.approx(-12 / 14), pytest.approx(2 / 14), pytest.approx(12 / 14), 3, 1),
        (pytest.approx(-12 / 13), pytest.approx(1 / 13), pytest.approx(12 / 13), 2, 1),
        (-1, 0, 1, 1, 1),
    ]


def test_without_behaviour_there_are_no_rows(engine: Engine) -> None:
    complaints = "complaint_id,customer_id,opened_at\nk1,c1,2025-01-05\n"
    engine.lay({"customers.csv": CUSTOMERS, "complaints.csv": complaints})
    assert not engine.check(*(f"+{mart}" for mart in MARTS), segment_by=["region"])
    for mart in MARTS:
        assert engine.rows(f"select count(*) from {mart}") == [(0,)]


BEGIN, END = month_of(date(2024, 1, 1)), month_of(date(2025, 12, 1))


@pytest.fixture(scope="module")
def active(demo: Built) -> dict[str, set[int]]:
    """Months in which each customer of the demo is active, by the slow replay of the ladder.

    One known before the data begin and active in their first three months was so in between.
    """
    people: dict[str, Customer] = defaultdict(Customer)
    for customer, day in demo.build_rows(
        "select customer_id, cast(ordered_at as date)::varchar from stg_transactions "
        "where coalesce(lower(status), 'completed') = 'completed'"
    ):
        people[customer].purchases.append({"ordered_at": day})
    for customer, started, ended in demo.build_rows(
        "select customer_id, started_on::varchar, ended_on::varchar from stg_subscriptions"
    ):
        people[customer].services.append({"started_on": started, "ended_on": ended})
    method = read_method(seed("ladder_rules"), seed("ladder_levels"))
    know_gaps(list(people.values()), BEGIN, END, method)
    months: dict[str, set[int]] = defaultdict(set)
    for customer, history in people.items():
        for first, last in history.stretches(END, method):
            months[customer].update(range(first, last + 1))
    for customer, since in demo.build_rows(
        "select distinct customer_id, related_since from int_customer_versions"
    ):
        known = month_of(since)
        if known < BEGIN and months[customer] & {BEGIN, BEGIN + 1, BEGIN + 2}:
            seen = min(m for m in months[customer] if m >= BEGIN)
            months[customer].update(range(known, seen))
        else:  # everybody else is first seen after that, and not known before
            assert known >= BEGIN or not months[customer]
    return {customer: {m for m in found if m <= END} for customer, found in months.items() if found}


def test_demo_growth(demo: Built, active: dict[str, set[int]]) -> None:
    expected = []
    for m in range(BEGIN, END + 1):
        before = {c for c, months in active.items() if m - 1 in months}
        now = {c for c, months in active.items() if m in months}
        new = {c for c in now if m == min(active[c])}
        back = now - before - new
        expected.append((len(before), len(new), len(back), len(before - now), len(now)))
    found = demo.rows(
        f"select {COUNTS} from fct_customer_growth where segment_type = 'total' "
        "order by month_start"
    )
    assert found == expected
    assert sum(row[2] for row in found) > 10


def test_demo_survival(demo: Built, active: dict[str, set[int]]) -> None:
    """One relationship after another, from the months in which each customer is active."""
    people = []
    for months in active.values():
        start = min(months)
        lost = next(m for m in range(start, END + 2) if m not in months)
        first = 0 if start >= BEGIN else BEGIN + 3 - start
        last = min(lost, END) - start
        if first <= last:
            people.append((first, last, lost <= END))
    found = demo.rows(
        "select n_at_risk, survival, standard_error, survival_low, survival_high "
        "from fct_relationship_survival where segment_type = 'total' order by age_months"
    )
    expected = [tuple(None if x != x else x for x in row) for row in slow(people)]
    assert len(found) == len(expected)
    for row, wanted in zip(found, expected, strict=True):
        assert row == pytest.approx(wanted)
