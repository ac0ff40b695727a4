"""Behaviour of customers and segments, the p-chart of complaints, intention against behaviour.

One small case by hand, one laid series for the chart, and the demo's chart from its own marts.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from math import sqrt
from statistics import NormalDist
from typing import Any

import pytest

from tests.python.conftest import Built
from tests.python.engine import Engine

Z = NormalDist().inv_cdf(0.975)
MARTS = (
    "fct_customer_behaviour",
    "fct_segment_behaviour",
    "fct_complaint_chart",
    "fct_intention_conversion",
)
ALL = [f"+{mart}" for mart in MARTS]
COMPLAINTS = (
    "base_complaints",
    "stg_complaints",
    "int_complaint_months",
    "int_customer_behaviour",
    "int_behaviour_sums",
    "fct_segment_behaviour",
    "fct_complaint_chart",
)

# January to June 2025; active for 2 months after a purchase, windows of 4, 2 and 2 months
VARS = {
    "segment_by": ["region"],
    # by months alone, so that every window can be counted on a calendar
    "active_months": 2,
    "active_gaps": 0,
    "behaviour_months": 4,
    "repurchase_months": 2,
    "conversion_months": 2,
    "min_respondents": 2,
    "as_of_date": "2025-06-30",
}
CASE = {
    "customers.csv": """customer_id,region
ann,north
bob,north
fay,north
cho,south
dan,south
eve,south
""",
    "transactions.csv": """transaction_id,customer_id,service_line,ordered_at,amount,status
1,ann,voice,2025-01-10,100,completed
2,ann,voice,2025-02-10,50,completed
3,ann,iot,2025-04-05,30,completed
4,ann,voice,2025-05-07,25,returned
5,ann,voice,2025-06-20,20,completed
6,bob,voice,2025-01-15,40,completed
7,cho,voice,2025-03-03,60,completed
8,cho,voice,2025-04-01,10,completed
9,eve,voice,2025-01-20,40,completed
10,fay,iot,2025-04-20,70,completed
""",
    "subscriptions.csv": """subscription_id,customer_id,service_line,started_on,monthly_fee
1,bob,broadband,2025-03-01,10
""",
    "complaints.csv": """complaint_id,customer_id,opened_at,resolved_at
1,ann,2025-05-03,2025-06-02
2,ann,2025-06-15,
3,ann,2025-06-16,
4,dan,2025-06-11,
""",
    # a figure that no decimal holds is not known
    "customer_profiles.csv": """customer_id,attribute,value,as_of
ann,sole_supplier,yes,2025-06-01
ann,ever_switched,no,2025-06-01
ann,referrals,2,2025-06-01
ann,engagement,70,2025-06-01
ann,risk_score,30,2025-06-01
bob,sole_supplier,no,2025-06-01
bob,engagement,1e30,2025-06-01
cho,ever_switched,yes,2025-06-01
""",
    "questions.csv": """question_id,factor_id,scale_id,role
q_repurchase,,juster11,repurchase
""",
    # fay had bought nothing before the answer, gus and the anonymous one never did
    "survey_wide.csv": """response_id,survey_id,customer_id,answered_at,q_repurchase
1,w1,ann,2025-03-10,9
2,w1,bob,2025-03-10,5
3,w1,cho,2025-03-10,7
4,w1,eve,2025-03-10,2
5,w1,fay,2025-03-10,10
6,w1,gus,2025-03-10,6
7,w1,,2025-03-10,3
8,w2,ann,2025-05-05,8
""",
}
JUNE = date(2025, 6, 1)


def wilson(k: int, n: int) -> list[float]:
    """Return both ends of Wilson's interval, from his quadratic equation."""
    p, half = k / n, Z * sqrt(k / n * (1 - k / n) / n + Z**2 / (4 * n * n))
    return [(p + Z**2 / (2 * n) + side * half) / (1 + Z**2 / n) for side in (-1, 1)]


@pytest.fixture(scope="module")
def case(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    engine.lay(CASE)
    assert not engine.run(*ALL, **VARS)
    found = {mart: records(engine, mart) for mart in MARTS}
    # the same without complaints: only what they touch is built again
    engine.lay({name: text for name, text in CASE.items() if name != "complaints.csv"})
    assert not engine.run(*COMPLAINTS, **VARS)
    return found | {f"quiet {mart}": records(engine, mart) for mart in MARTS}


def records(engine: Engine, mart: str) -> list[dict[str, Any]]:
    columns = [
        name
        for (name,) in engine.rows(
            f"select column_name from duckdb_columns() where table_name = '{mart}'"
        )
    ]
    rows = engine.rows(f"select {', '.join(columns)} from {mart}")
    return [dict(zip(columns, row, strict=True)) for row in rows]


def one(rows: list[dict[str, Any]], **keys: Any) -> dict[str, Any]:
    (row,) = [row for row in rows if all(row[name] == value for name, value in keys.items())]
    return row


def test_customers_in_june(case: dict[str, list[dict[str, Any]]]) -> None:
    def june(customer: str) -> dict[str, Any]:
        return one(case["fct_customer_behaviour"], month_start=JUNE, customer_id=customer)

    ann = {
        "is_active": True,
        "tenure_months": 5,
        "uninterrupted_months": 6,  # purchases in January, February, April and June, each for two
        "n_purchases": 1,
        "amount": 20,
        "recency_days": 10,
        "months_in_window": 4,
        "n_purchases_in_window": 2,
        "purchases_per_year": 2 * 12 / 4,
        "amount_in_window": 50,
        "amount_per_purchase": 25,
        "n_returns_in_window": 1,
        "return_rate": 1 / 3,
        "is_repurchase_eligible": True,
        "has_repurchased": True,
        "breadth": 2,
        "lines_offered": 3,
        "breadth_share": 2 / 3,
        "is_sole_supplier": True,
        "has_ever_switched": False,
        "referrals": 2,
        "engagement": 70,
        "risk_score": 30,
        "n_complaints": 2,
        "n_complaints_in_window": 3,
        "n_open_complaints": 2,
    }
    assert {name: june("ann")[name] for name in ann} == pytest.approx(ann)
    # bob lives by his subscription: nothing bought since January
    bob = {
        "is_active": True,
        "uninterrupted_months": 6,
        "recency_days": 166,
        "purchases_per_year": 0,
        "amount_per_purchase": None,
        "return_rate": None,
        "is_repurchase_eligible": False,
        "has_repurchased": None,
        "is_sole_supplier": False,
        "has_ever_switched": None,
        "engagement": None,
    }
    assert {name: june("bob")[name] for name in bob} == pytest.approx(bob)
    cho = {"is_active": False, "uninterrupted_months": None, "has_repurchased": False}
    assert {name: june("cho")[name] for name in cho} == cho
    dan = {"is_active": False, "breadth": None, "recency_days": None, "n_complaints": 1}
    assert {name: june("dan")[name] for name in dan} == dan


def test_segments_in_june(case: dict[str, list[dict[str, Any]]]) -> None:
    def june(value: str) -> dict[str, Any]:
        return one(case["fct_segment_behaviour"], month_start=JUNE, segment_value=value)

    total = {
        # cho, eve and fay have left: cho bought in April, and two months count
        "n_customers": 3,
        "n_active": 2,
        "n_eligible": 3,
        "n_repurchased": 1,
        "n_purchases_in_window": 5,
        "amount_per_purchase": 190 / 5,
        "return_rate": 1 / 6,
        "purchases_per_year": 2 * 12 / 8,  # of ann and bob, who are active
        "mean_recency_days": (10 + 166) / 2,
        "mean_tenure_months": 5,
        "mean_uninterrupted_months": 6,
        "mean_breadth_share": (2 + 2) / (3 + 3),
        "n_sole_known": 2,
        "sole_supplier_share": 0.5,
        "n_switched_known": 1,  # cho is no longer active
        "switched_share": 0,
        "n_referrals_known": 1,
        "mean_referrals": 2,
        "n_engagement_known": 1,
        "mean_engagement": 70,
        "n_complaints": 3,
        "n_complaining": 2,
        "n_at_risk": 5,  # ann, bob; cho and fay, active until May; dan, who complains
        "complaint_rate": 0.4,
        "n_with_open_complaints": 2,
        "is_reliable": True,
        "is_repurchase_rate_reliable": True,
    }
    assert {name: june("total")[name] for name in total} == pytest.approx(total)
    for rate, k, n in (("repurchase_rate", 1, 3), ("return_rate", 1, 6), ("complaint_rate", 2, 5)):
        assert june("total")[rate] == pytest.approx(k / n)
        ends = [june("total")[f"{rate}_{end}"] for end in ("low", "high")]
        assert ends == pytest.approx(wilson(k, n))
    assert (june("north")["repurchase_rate"], june("south")["repurchase_rate"]) == (0.5, 0)
    assert not june("south")["is_repurchase_rate_reliable"]
    # two windows of two months are not full before April
    early = one(case["fct_segment_behaviour"], month_start=date(2025, 3, 1), segment_value="north")
    assert (early["n_eligible"], early["repurchase_rate"]) == (0, None)


def test_no_complaints_known_is_not_no_complaints(case: dict[str, list[dict[str, Any]]]) -> None:
    row = one(case["quiet fct_segment_behaviour"], month_start=JUNE, segment_value="total")
    assert (row["n_complaints"], row["n_at_risk"], row["complaint_rate"]) == (0, None, None)
    assert row["repurchase_rate"] == pytest.approx(1 / 3)
    assert not case["quiet fct_complaint_chart"]


def test_intentions_and_what_followed(case: dict[str, list[dict[str, Any]]]) -> None:
    """Window April and May: ann, cho bought, bob holds, eve does neither."""
    names = ("n_stated", "n_eligible", "n_converted", "n_bought", "mean_stated", "overstatement")
    found = {
        (row["segment_value"], row["repeat_band"]): tuple(row[name] for name in names)
        for row in case["fct_intention_conversion"]
        if row["survey_id"] == "w1"
    }
    expected = {
        ("total", "high"): (3, 2, 2, 2, 0.8, -0.2),
        ("total", "medium"): (2, 1, 1, 0, 0.5, -0.5),
        ("total", "low"): (2, 1, 0, 0, 0.2, 0.2),
        ("total", "all"): (7, 4, 3, 2, 0.575, -0.175),
        ("north", "all"): (3, 2, 2, 1, 0.7, -0.3),
        ("south", "all"): (2, 2, 1, 1, 0.45, -0.05),
        ("unknown", "all"): (2, 0, 0, 0, None, None),
    }
    assert {key: found[key] for key in expected} == {
        key: pytest.approx(figures) for key, figures in expected.items()
    }
    row = one(
        case["fct_intention_conversion"], survey_id="w1", segment_value="total", repeat_band="all"
    )
    assert [row["conversion_low"], row["conversion_high"]] == pytest.approx(wilson(3, 4))
    assert [row["bought_low"], row["bought_high"]] == pytest.approx(wilson(2, 4))
    # July is not there yet
    later = one(
        case["fct_intention_conversion"], survey_id="w2", segment_value="total", repeat_band="high"
    )
    assert (later["n_stated"], later["n_eligible"], later["conversion_rate"]) == (1, 0, None)


# The chart -----------------------------------------------------------------------------------


def charted(
    series: dict[int, tuple[int, int]], baseline: int, sigmas: float, run: int, expected: float
) -> dict[int, tuple]:
    """One segment's chart, month by month: centre, limits, the run's centre line and the alert."""

    def centre(month: int) -> float | None:
        before = [series[m] for m in range(month - baseline, month) if m in series]
        if len(before) < baseline:
            return None
        return sum(k for k, _ in before) / sum(n for _, n in before)

    chart = {}
    for month, (k, n) in series.items():
        p, begun = centre(month), centre(month - run + 1) if month - run + 1 in series else None
        lower = upper = alert = None
        if p is not None and min(n * p, n * (1 - p)) >= expected:
            half = sigmas * sqrt(p * (1 - p) / n)
            lower, upper, alert = max(p - half, 0), min(p + half, 1), "none"
            if k / n > p + half:
                alert = "above_limit"
            months = range(month - run + 1, month + 1)
            if begun is not None and all(
                m in series and series[m][0] / series[m][1] > begun for m in months
            ):
                alert = "sustained_rise"
        chart[month] = (p, lower, upper, begun, alert)
    return chart


CHART = (
    "segment_type, segment_value, year(month_start) * 12 + month(month_start), n_complaining, "
    "n_at_risk, centre_line, lower_limit, upper_limit, run_centre_line, complaint_alert"
)


def compare(rows: list[tuple], **options: Any) -> dict[tuple, dict[int, tuple]]:
    series: dict[tuple, dict[int, tuple]] = defaultdict(dict)
    found: dict[tuple, dict[int, tuple]] = defaultdict(dict)
    for kind, value, month, k, n, *shown in rows:
        series[kind, value][month] = (k, n)
        found[kind, value][month] = tuple(shown)
    for segment, months in series.items():
        for month, figures in charted(months, **options).items():
            assert found[segment][month] == pytest.approx(figures), (segment, month)
    return found


def test_demo_chart(demo: Built) -> None:
    rows = demo.rows(f"select {CHART} from fct_complaint_chart")
    found = compare(rows, baseline=12, sigmas=3, run=8, expected=5)
    assert [figures[-1] for figures in found["total", "total"].values()].count("none") >= 4
    counted = demo.build_rows(
        "select year(opened_at) * 12 + month(opened_at), count(distinct customer_id) "
        "from stg_complaints group by all"
    )
    totals = {month: k for kind, _, month, k, *_ in rows if kind == "total"}
    assert totals == {month: k for month, k in counted if month in totals}
    assert len(totals) == 24


# complaining customers in 24 months, of so many with a service
SERIES = {
    # 5 % for a year, then 5.5 %: never near the limit, and for good
    "rises": (200, [10] * 12 + [11] * 12),
    # up and down, and one outbreak
    "swings": (200, [10, 12] * 9 + [30] + [10, 12, 10, 12, 10]),
    # falls: a signal of something, but not of a rise
    "falls": (200, [20] * 12 + [5] * 12),
    # 5 % of 40 is too little for a normal approximation
    "small": (40, [2] * 24),
    # no year of its own before
    "young": (100, [0] * 10 + [10] * 14),
}


def test_a_sustained_rise_raises_an_alert(engine: Engine) -> None:
    customers, held, complaints = [], [], []
    months = [(2024 + m // 12, m % 12 + 1) for m in range(24)]
    for region, (size, counts) in SERIES.items():
        begun = "2024-11" if region == "young" else "2024-01"
        for number in range(size):
            customers.append(f"{region}{number},{region}")
            held.append(f"{region}{number},{region}{number},voice,{begun}-01")
        for (year, month), count in zip(months, counts, strict=True):
            for number in range(count):
                day = f"{year}-{month:02}-{number % 28 + 1:02}"
                complaints.append(f"{region}{day}-{number},{region}{number},{day}")
    columns = {
        "customers": ("customer_id,region", customers),
        "subscriptions": ("subscription_id,customer_id,service_line,started_on", held),
        "complaints": ("complaint_id,customer_id,opened_at", complaints),
    }
    engine.lay({f"{n}.csv": "\n".join([head, *rows]) for n, (head, rows) in columns.items()})
    options = {"segment_by": ["region"], "as_of_date": "2025-12-31"}
    assert not engine.run("+fct_complaint_chart", **options)
    rows = engine.rows(f"select {CHART} from fct_complaint_chart order by month_start")
    found = compare(rows, baseline=12, sigmas=3, run=8, expected=5)
    alerts = {s: [figures[-1] for figures in found["region", s].values()] for s in SERIES}
    # the eighth month above the line of the year before; then the rise is the new normal
    assert alerts["rises"] == [None] * 12 + ["none"] * 7 + ["sustained_rise"] * 5
    assert alerts["swings"] == [None] * 12 + ["none"] * 6 + ["above_limit"] + ["none"] * 5
    assert set(alerts["falls"][12:]) == {"none"}
    assert set(alerts["small"]) == {None}
    assert alerts["young"] == [None] * 12 + ["none"] * 2
    first = found["region", "rises"][2025 * 12 + 1]
    half = 3 * sqrt(0.05 * 0.95 / 200)  # Montgomery: p-bar ± 3 √(p-bar (1 − p-bar) / n)
    assert first[:3] == pytest.approx((0.05, 0.05 - half, 0.05 + half))
    # another rule: four months, after half a year
    other = {"control_baseline_months": 6, "control_run_length": 4, "control_min_expected": 1}
    assert not engine.run("fct_complaint_chart", **options, **other, control_sigmas=2)
    rows = engine.rows(f"select {CHART} from fct_complaint_chart")
    found = compare(rows, baseline=6, sigmas=2, run=4, expected=1)
    assert found["region", "rises"][2025 * 12 + 4][-1] == "sustained_rise"
    assert set(figures[-1] for figures in found["region", "small"].values()) == {None, "none"}


def test_only_complaints(engine: Engine) -> None:
    """There is nobody to complain for one who does: counts, and no rate."""
    engine.lay({"complaints.csv": CASE["complaints.csv"]})
    assert not engine.run(*ALL, segment_by=[], as_of_date="2025-06-30")
    assert engine.rows(
        "select month_start, n_customers, n_complaints, n_complaining, complaint_rate, n_at_risk "
        "from fct_segment_behaviour order by 1"
    ) == [(date(2025, 5, 1), 1, 1, 1, None, None), (JUNE, 2, 3, 2, None, None)]
    assert not records(engine, "fct_complaint_chart")
    assert not records(engine, "fct_intention_conversion")


def test_returns_count_without_a_purchase(engine: Engine) -> None:
    """Bob only returns, cho returns before the first purchase that stays."""
    rows = [
        "1,ann,2025-01-10,100,completed",
        "2,bob,2025-01-11,50,returned",
        "3,cho,2025-01-12,60,returned",
        "4,cho,2025-02-10,60,completed",
        "5,dan,2025-01-05,60,cancelled",
    ]
    head = "transaction_id,customer_id,ordered_at,amount,status\n"
    engine.lay({"transactions.csv": head + "\n".join(rows) + "\n"})
    assert not engine.run("+int_behaviour_sums", segment_by=[], as_of_date="2025-02-28")
    assert engine.rows(
        "select month_start, n_customers, window_purchases_sum, window_returns_sum "
        "from int_behaviour_sums order by 1"
    ) == [(date(2025, 1, 1), 3, 1, 2), (date(2025, 2, 1), 3, 2, 2)]
