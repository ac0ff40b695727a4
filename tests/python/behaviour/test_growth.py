"""Growth and retention: cases counted by hand, and the demo once more, customer by customer."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from math import sqrt
from statistics import NormalDist

import numpy as np
import pytest

from tests.python.behaviour.test_survival import slow
from tests.python.conftest import Built
from tests.python.engine import Engine
from tests.python.ladder_replay import Customer, know_gaps, month_of, read_method
from tests.python.tiers.test_tiers import seed

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
    """back begins in February and stays lost after April, though active again; moves in March.

    back bought nothing in March, the first whole month, which its later revenue is held against.
    """
    found = laid.rows(
        "select month(cohort_month), age_months, n_cohort, n_active, n_kept, n_buyers, "
        "cast(revenue_per_customer as integer), cast(cumulative_revenue_per_customer as integer), "
        "revenue_retention from fct_retention_cohorts where segment_type = 'total' order by 1, 2"
    )
    assert found == [
        (2, 0, 1, 1, 1, 1, 100, 100, None),
        (2, 1, 1, 1, 1, 0, 0, 100, None),
        (2, 2, 1, 0, 0, 0, 0, 100, None),
        (2, 3, 1, 1, 0, 1, 100, 200, None),
        (2, 4, 1, 1, 0, 0, 0, 200, None),
        (3, 0, 1, 1, 1, 1, 100, 100, None),
        (3, 1, 1, 1, 1, 1, 100, 200, 1),
        (3, 2, 1, 1, 1, 1, 100, 300, 1),
        (3, 3, 1, 1, 1, 1, 100, 400, 1),
        (6, 0, 1, 1, 1, 1, 100, 100, None),
    ]
    # a cohort stays in the segment in which it began
    assert laid.rows(
        "select segment_value, count(*) from fct_retention_cohorts where segment_type = 'region' "
        "group by 1 order by 1"
    ) == [("north", 1), ("south", 9)]


def test_the_first_part_of_a_month_is_no_base(engine: Engine) -> None:
    """Daily buyers of 10 who begin on the 22nd: ten days, then 28, and half of them stay."""
    rows = ["transaction_id,customer_id,ordered_at,amount,status"]
    for customer, last in (("ann", date(2025, 4, 30)), ("bob", date(2025, 2, 28))):
        for n in range((last - date(2025, 1, 22)).days + 1):
            day = date(2025, 1, 22) + timedelta(days=n)
            rows.append(f"{customer}-{n},{customer},{day},10,completed")
    engine.lay({"transactions.csv": "\n".join(rows) + "\n"})
    dbt_vars = {"active_gaps": 0, "as_of_date": "2025-04-30", "segment_by": []}
    for least, expected in ((2, True), (3, False)):
        assert not engine.run("+fct_retention_cohorts", **dbt_vars, min_respondents=least)
        sure = engine.rows("select distinct is_revenue_reliable from fct_retention_cohorts")
        assert sure == [(expected,)]
    found = engine.rows(
        "select age_months, revenue_per_customer, revenue_retention from fct_retention_cohorts "
        "order by 1"
    )
    # 10, 28, 31 and 30 days; from March on one of two buys
    assert found == [
        (0, 100, None),
        (1, 280, 1),
        (2, 155, pytest.approx(31 / 56)),
        (3, 150, pytest.approx(30 / 56)),
    ]


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


ANNUAL = "n_year_before, n_still_active, n_never_lost, annual_retention_rate, annual_unbroken_rate"


def test_a_year(engine: Engine) -> None:
    """Fourteen customers, one of whom leaves each month: customer n buys in the first n months."""
    engine.lay({"transactions.csv": bought({f"c{n}": [*range(1, n + 1)] for n in range(1, 15)})})
    dbt_vars = {"active_months": 1, "active_gaps": 0, "as_of_date": "2026-03-31", "segment_by": []}
    assert not engine.run("+fct_customer_growth", **dbt_vars, min_respondents=13)
    found = engine.rows(
        f"select growth_rate_12_months, annual_churn_rate, is_annual_reliable, {ANNUAL} "
        "from fct_customer_growth order by month_start"
    )
    assert [row[0] for row in found[:12]] == [None] * 12
    assert [row[0] for row in found[12:]] == pytest.approx([-12 / 14, -12 / 13, -1])
    # in January whoever was lost cannot be seen: February is the first month that is followed
    assert [row[1:] for row in found[:13]] == [(None, False, *[None] * 5)] * 13
    one = pytest.approx(1 / 13)
    assert found[13][1:] == (pytest.approx(12 / 13), True, 13, 1, 1, one, one)
    # of the twelve of March 2025 nobody is left in March 2026
    assert found[14][1:] == (1, False, 12, 0, 0, 0, 0)


def test_who_came_back_is_kept_over_the_year(engine: Engine) -> None:
    """Of three in February 2025 one stays, one is lost and comes back, one leaves for good."""
    purchases = {"stays": [*range(1, 27)], "back": [2, 7, 13], "left": [2, 3], "new": [5, 14]}
    engine.lay({"transactions.csv": bought(purchases)})
    dbt_vars = {"active_months": 2, "active_gaps": 0, "as_of_date": "2026-03-31", "segment_by": []}
    assert not engine.run("+fct_customer_growth", **dbt_vars)
    found = engine.rows(
        f"select month_start, {ANNUAL}, annual_retention_low, annual_retention_high "
        "from fct_customer_growth where annual_retention_rate is not null order by 1"
    )
    # of March 2025: stays and back (by the purchase of February) and left (of March)
    z2 = NormalDist().inv_cdf(0.975) ** 2
    middle, half = (1 + z2 / 2) / (3 + z2), sqrt(z2 * (1 * 2 / 3 + z2 / 4)) / (3 + z2)
    assert found == [
        (date(2026, 3, 1), 3, 1, 1, *[pytest.approx(1 / 3)] * 2)
        + (pytest.approx(middle - half), pytest.approx(middle + half))
    ]
    # one active month less: March is the second that can be followed, February the first
    dbt_vars["active_months"] = 1
    assert not engine.run("+fct_customer_growth", **dbt_vars)
    found = engine.rows(
        f"select month_start, {ANNUAL} from fct_customer_growth "
        "where annual_retention_rate is not null order by 1"
    )
    third, whole = pytest.approx(1 / 3), pytest.approx(1 / 2)
    assert found == [
        (date(2026, 2, 1), 3, 1, 1, third, third),
        (date(2026, 3, 1), 2, 1, 1, whole, whole),
    ]


def test_every_fourth_month_for_three_years(engine: Engine) -> None:
    """120 customers, 30 of whom buy in each month: the share of a year is no product of months."""
    purchases = {f"c{n}": [*range(1 + n % 4, 37, 4)] for n in range(120)}
    engine.lay({"transactions.csv": bought(purchases, 2023)})
    query = (
        f"select n_opening, n_lost, {ANNUAL} from fct_customer_growth "
        "where month_start = '2025-12-01'"
    )
    dbt_vars = {"active_gaps": 0, "as_of_date": "2025-12-31", "segment_by": []}
    # who is active for four months by each purchase never leaves
    assert not engine.run("+fct_customer_growth", **dbt_vars, active_months=4)
    assert engine.rows(query) == [(120, 0, 120, 120, 120, 1, 1)]
    # with three months 30 of 90 are lost in each month and come back in the next: a product of
    # twelve months says 0.8 %; the same 90 are active in December, and all were lost in between
    assert not engine.run("+fct_customer_growth", **dbt_vars, active_months=3)
    assert engine.rows(query) == [(90, 30, 90, 90, 0, 1, 0)]
    # by their own gap of four months nobody is lost either
    assert not engine.run("+fct_customer_growth", **dbt_vars | {"active_gaps": 3})
    assert engine.rows(query) == [(120, 0, 120, 120, 120, 1, 1)]


def test_irregular_buyers_are_followed_one_by_one(engine: Engine) -> None:
    """400 buyers at rates of their own, who leave after a purchase with a chance of their own."""
    rng = np.random.default_rng(18)
    purchases: dict[str, list[int]] = {}
    for n in range(400):
        rate, leaves, at = rng.gamma(0.6, 0.6), rng.beta(0.8, 2.4), rng.uniform(1, 13)
        months = [int(at)]
        while rng.random() >= leaves and (at := at + rng.exponential(1 / rate)) < 37:
            months.append(int(at))
        purchases[f"c{n}"] = sorted(set(months))
    engine.lay({"transactions.csv": bought(purchases, 2023)})
    by_month = {"active_gaps": 0, "segment_by": []}
    assert not engine.run("+fct_customer_growth", as_of_date="2025-12-31", **by_month)
    active = {c: {m + k for m in months for k in range(3)} for c, months in purchases.items()}
    expected, kept = [], {}
    for m in range(4, 37):
        before = [months for months in active.values() if m - 1 in months]
        kept[m] = sum(m in months for months in before) / len(before)
        then = [months for months in active.values() if m - 12 in months]
        if m >= 16:
            still = sum(m in months for months in then)
            always = sum(months.issuperset(range(m - 12, m + 1)) for months in then)
            expected.append((len(then), still, always, still / len(then), always / len(then)))
    found = engine.rows(
        f"select {ANNUAL} from fct_customer_growth where annual_retention_rate is not null "
        "order by month_start"
    )
    assert found == [pytest.approx(row) for row in expected]
    # the product of twelve months forgets who came back
    *_, rate, unbroken = found[-1]
    product = np.prod([kept[m] for m in range(25, 37)])
    assert max(product, unbroken) < rate / 2


def test_a_year_of_a_segment_is_of_its_people_of_then(engine: Engine) -> None:
    """Who moves from south to north in between is one whom south has kept."""
    customers = """customer_id,region,joined_on,valid_from
moves,south,2025-01-01,
moves,north,2025-01-01,2025-09-01
leaves,south,2025-01-01,
stays,north,2025-01-01,
"""
    purchases = {"moves": [*range(1, 27)], "leaves": [1, 2, 3], "stays": [*range(1, 27)]}
    engine.lay({"customers.csv": customers, "transactions.csv": bought(purchases)})
    dbt_vars = {
        "active_months": 1,
        "active_gaps": 0,
        "as_of_date": "2026-03-31",
        "segment_by": ["region"],
    }
    assert not engine.check("+fct_customer_growth", **dbt_vars)
    found = engine.rows(
        "select segment_value, n_closing, n_year_before, n_still_active, annual_retention_rate "
        "from fct_customer_growth where month_start = '2026-02-01' order by 1"
    )
    # south has nobody by then, and a row all the same
    assert found == [("north", 2, 1, 1, 1), ("south", 0, 2, 1, 0.5), ("total", 2, 3, 2, 2 / 3)]


STATUS = (
    "select distinct median_months, returned_share, median_status, split_by, ended_after_months "
    "from fct_relationship_survival where segment_type = 'total'"
)


def test_the_median_that_is_the_definition(engine: Engine) -> None:
    """Who buys every fourth month is lost after three, and comes back: that is no length."""
    purchases = {f"c{n}": [*range(1 + n % 4, 25, 4)] for n in range(120)}
    engine.lay({"transactions.csv": bought(purchases, 2024)})
    dbt_vars = {"active_gaps": 0, "as_of_date": "2025-12-31", "segment_by": []}
    assert not engine.run("+fct_relationship_survival", **dbt_vars)
    assert engine.rows(STATUS) == [(3, 1, "definition", None, 3)]
    assert not engine.run("+fct_relationship_survival", **dbt_vars, active_months=4)
    assert engine.rows(STATUS) == [(None, None, "not_reached", None, 4)]


def test_lengths_of_those_who_come_back_and_of_kinds_that_differ(engine: Engine) -> None:
    """40 retail customers buy in six months and are lost at age 8, 40 of wholesale in all."""
    customers = "customer_id,customer_type\n" + "".join(
        f"{kind[0]}{n},{kind}\n" for kind in ("retail", "wholesale") for n in range(40)
    )
    stay = {f"w{n}": [*range(1, 25)] for n in range(40)}
    dbt_vars = {"active_gaps": 0, "as_of_date": "2025-12-31", "segment_by": ["customer_type"]}

    def status(n_back: int, others: dict[str, list[int]], **more: object) -> list[tuple]:
        leave = {f"r{n}": [*range(1, 7), *([14] if n < n_back else [])] for n in range(40)}
        files = {"customers.csv": customers, "transactions.csv": bought(leave | others, 2024)}
        engine.lay(files)
        assert not engine.run("+fct_relationship_survival", **dbt_vars | more)
        return engine.rows(STATUS)

    assert status(8, {}) == [(8, 0.2, "estimated", None, 3)]
    assert status(9, {}) == [(8, 9 / 40, "many_return", None, 3)]
    assert status(9, {}, max_returned_share=0.25) == [(8, 9 / 40, "estimated", None, 3)]
    # half of all are lost at age 8: but those are all of one kind, and of the other nobody is
    assert status(8, stay) == [(8, 0.2, "segments_differ", "customer_type", 3)]
    kinds = engine.rows(
        "select distinct segment_value, median_months, median_status, split_by, log_rank_p < 1e-9 "
        "from fct_relationship_survival where segment_type = 'customer_type' order by 1"
    )
    assert kinds == [
        ("retail", 8, "estimated", None, True),
        ("wholesale", None, "not_reached", None, True),
    ]
    # with as few of a kind as a single one nothing is compared
    few = status(8, {name: months for name, months in stay.items() if name < "w3"})
    assert [row[2:4] for row in few] == [("estimated", None)]


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


def test_demo_annual_retention(demo: Built, active: dict[str, set[int]]) -> None:
    """Of those active a year before, one after another: who is active now, who always was."""
    expected = []
    for m in range(BEGIN + 3 + 12, END + 1):
        then = [months for months in active.values() if m - 12 in months]
        still = sum(m in months for months in then)
        always = sum(months.issuperset(range(m - 12, m + 1)) for months in then)
        expected.append((len(then), still, always, still / len(then), always / len(then)))
    found = demo.rows(
        f"select {ANNUAL} from fct_customer_growth where segment_type = 'total' "
        "and annual_retention_rate is not null order by month_start"
    )
    assert found == [pytest.approx(row) for row in expected]
    assert len(found) == 9


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
