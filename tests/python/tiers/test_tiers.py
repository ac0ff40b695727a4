"""Tiers, RFM, funnel and scorecards: tests/cases/tiers by hand, the demo's tiers without SQL."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import date
from math import floor, sqrt
from typing import Any

import pytest
import yaml

from satisfaction.method_checks._declared import options
from scripts.cases import shipped_method
from tests.python.conftest import ROOT, Built
from tests.python.engine import Engine

CASE = ROOT / "tests" / "cases" / "tiers"
JANUARY, FEBRUARY = date(2025, 1, 1), date(2025, 2, 1)
DIMENSIONS = ("contribution", "loyalty", "risk")
RULES = shipped_method()["tier_rules"].read_text("utf-8")
Files = dict[str, str]
BANDS = "contribution_band, loyalty_band, risk_band"


def case_files() -> tuple[Files, dict[str, Any]]:
    files = {path.name: path.read_text("utf-8") for path in CASE.iterdir()}
    return files, yaml.safe_load(files.pop("vars.yml"))


@pytest.fixture(scope="module")
def built(engine: Engine) -> Engine:
    files, dbt_vars = case_files()
    engine.lay(files)
    marts = ("+fct_customer_tiers", "+fct_customer_funnel", "+fct_customer_scorecards")
    assert not engine.run(*marts, **dbt_vars)
    return engine


def again(engine: Engine, *models: str, **changed: Any) -> None:
    """Run some models anew over the case with other files or vars."""
    files, dbt_vars = case_files()
    engine.lay(files | {f"{name}.csv": text for name, text in changed.items() if name != "vars"})
    assert not engine.run(*models, **dbt_vars | changed.get("vars", {}))


def tiers(engine: Engine, month: date = FEBRUARY) -> dict[str, str]:
    return dict(
        engine.rows(
            f"select customer_id, tier_id from fct_customer_tiers where month_start = '{month}'"
        )
    )


def page_rows(heading: str, page_name: str = "customer-tiers.md") -> Iterator[list[str]]:
    """Yield the rows of the first table of a page after some text."""
    page = ROOT / "docs" / "methods" / "tiers" / page_name
    lines = page.read_text("utf-8").split(heading, 1)[1].split("\n|", 1)[1].split("\n\n")[0]
    for line in lines.splitlines()[2:]:
        yield [cell.strip().strip("`") for cell in line.strip("|").split("|")]


# By hand -------------------------------------------------------------------------------------

# contribution: five customers with revenue, percentile rank (less + half of equal) / 5:
# ann 1000 0.9, bob 500 0.7, cho and dan 300 0.4, eve 100 0.1; fay only complained.
# RFM: last purchase 8, 44, 18, 3, 56 days ago; purchases 2, 1, 1, 2, 1; fay never bought.
EXPECTED = {
    "ann": ("A_protect", "high", 1000, "high", "repeat_probability", 0.9, "low", 20, "4-5-5"),
    "bob": ("F_serve", "medium", 500, "low", "tenure_months", 7, "low", 1, "2-2-4"),
    "cho": ("E_watch", "low", 300, "low", "repeat_probability", 0.1, "high", 75, "3-2-3"),
    "dan": ("F_serve", "low", 300, "low", "tenure_months", 1, "low", 1, "5-5-3"),
    "eve": ("D_grow", "low", 100, "high", "tenure_months", 24, "low", 1, "1-2-1"),
    "fay": ("E_watch", "unknown", None, "unknown", None, None, "high", 0, None),
}


def test_tiers_are_these(built: Engine) -> None:
    found = built.rows(
        "select customer_id, tier_id, contribution_band, contribution_value, loyalty_band, "
        "loyalty_metric, loyalty_value, risk_band, risk_value, rfm_cell from fct_customer_tiers "
        f"where month_start = '{FEBRUARY}'"
    )
    assert {row[0]: row[1:] for row in found} == EXPECTED


def test_reasons_say_what_decided(built: Engine) -> None:
    reasons = dict(
        built.rows(
            "select customer_id, reason_zh || '|' || reason_en from fct_customer_tiers where "
            f"month_start = '{FEBRUARY}' and customer_id in ('ann', 'fay')"
        )
    )
    assert reasons["ann"] == (
        "贡献高、忠诚高、风险不高：重点维护。贡献度高：收入居前两成（1000.0）；"
        "忠诚度高：很可能再买（0.9）；风险低：风险评分低于 40 分（20.0）。|"
        "High contribution and loyalty: protect. Contribution high: revenue in the top fifth "
        "(1000.0); loyalty high: likely to buy again (0.9); risk low: risk score below 40 (20.0)."
    )
    assert "贡献度未知；" in reasons["fay"] and "Contribution unknown;" in reasons["fay"]


def test_what_is_not_known_yet_decides_nothing(built: Engine) -> None:
    """Cho's risk score dates from February, and nobody knows fay before.

    Cho, known since before the data begin and buying within active_months, counts as active.
    """
    found = built.rows(
        f"select customer_id, risk_metric, risk_value, contribution_value from fct_customer_tiers "
        f"where month_start = '{JANUARY}' and customer_id in ('ann', 'cho', 'fay') order by 1"
    )
    assert found == [("ann", "risk_score", 20, 600), ("cho", "is_active", 1, 0)]


def test_attributes_are_descriptive(built: Engine) -> None:
    found = built.rows(
        "select customer_id, region, education from fct_customer_tiers "
        f"where month_start = '{FEBRUARY}' and customer_id in ('ann', 'dan') order by 1"
    )
    assert found == [("ann", "north", "master"), ("dan", None, None)]


def wilson(k: int, n: int) -> tuple[float, float]:
    z = 1.959963984540054
    half = z * sqrt(k * (n - k) / n + z * z / 4)
    return (k + z * z / 2 - half) / (n + z * z), (k + z * z / 2 + half) / (n + z * z)


def funnel(engine: Engine, month: date) -> dict[str, tuple[Any, ...]]:
    rows = engine.rows(
        "select stage, n, n_before, n_unknown, share_of_all, share_of_stage_before, share_low, "
        f"share_high, is_reliable from fct_customer_funnel where month_start = '{month}' "
        "and segment_type = 'total' order by stage_number"
    )
    return {row[0]: row[1:] for row in rows}


def test_the_funnel_by_hand(built: Engine) -> None:
    """In February ann is no longer satisfied with care."""
    found = funnel(built, FEBRUARY)
    assert list(found) == ["all", "valuable", "high_value", "high_value_satisfied"]
    assert found["all"] == (6, None, 0, 1, None, None, None, False)
    assert found["valuable"][:3] == (2, 6, 1)
    assert found["valuable"][3:] == pytest.approx((2 / 6, 2 / 5, *wilson(2, 5), False))
    assert found["high_value"][:5] == (1, 2, 0, pytest.approx(1 / 6), 1 / 2)
    assert found["high_value_satisfied"][:5] == (0, 1, 0, 0, 0)
    assert funnel(built, JANUARY)["high_value_satisfied"][:5] == (1, 1, 0, pytest.approx(1 / 5), 1)
    north = built.rows(
        f"select n from fct_customer_funnel where month_start = '{FEBRUARY}' and "
        "segment_type = 'region' and segment_value = 'north' order by stage_number"
    )
    assert north == [(2,), (1,), (1,), (0,)]


def test_a_region_rule_of_ones_own_moves_one_customer(built: Engine) -> None:
    before = tiers(built)
    header, *rows = RULES.splitlines()
    mine = "0,,,low,region,south,S_south,南方客户,South,南方客户专案,A project for the south"
    eve = "-1,,high,,education,college,G_graduate,学历专案,Graduate,学历专案,Graduates"
    models = ("int_customer_tiers", "fct_customer_tiers")
    again(built, *models, tier_rules="\n".join([header, mine, eve, *rows]) + "\n")
    after = tiers(built)
    again(built, *models)
    moved = {name: after[name] for name in before if after[name] != before[name]}
    assert moved == {"bob": "S_south", "eve": "G_graduate"}
    assert tiers(built) == before


def test_who_did_not_answer_is_not_dissatisfied(built: Engine) -> None:
    """Everybody is of high value: ann and bob say no, eve yes, cho and dan did not say."""
    text = (CASE / "tier_bands.csv").read_text("utf-8").replace("high,0.8", "high,0")
    names = ("int_customer_tiers", "fct_customer_tiers", "fct_customer_funnel")
    again(built, "int_rank_limits", *names, tier_bands=text)
    said = dict(
        built.rows(
            "select customer_id, is_satisfied_on_key_factors from fct_customer_tiers "
            f"where month_start = '{FEBRUARY}'"
        )
    )
    found = funnel(built, FEBRUARY)["high_value_satisfied"]
    again(built, "int_rank_limits", *names)
    assert said == {"ann": False, "bob": False, "cho": None, "dan": None, "eve": True, "fay": None}
    assert found[:3] == (1, 5, 2)
    assert found[3:7] == pytest.approx((1 / 6, 1 / 3, *wilson(1, 3)))


def test_key_factors_are_listed_or_those_of_the_greatest_weight(built: Engine) -> None:
    query = "select customer_id, month(from_month), is_satisfied from int_key_satisfaction"
    found = {}
    for key in (1, ["care"], ["care", "image"]):
        again(built, "int_key_satisfaction", vars={"key_factors": key})
        found[str(key)] = sorted(built.rows(query))
    _, dbt_vars = case_files()
    told = built.run("int_key_satisfaction", **dbt_vars | {"key_factors": ["no_such"]})
    again(built, "int_key_satisfaction")
    weights = "select factor_id from py_satisfaction_weights where factor_id is not null "
    weights += "order by weight desc limit 1"
    assert built.rows(weights) == [("speed",)]
    assert found["1"] == [("ann", 1, True), ("ann", 2, True), ("eve", 1, True)]
    care = {
        ("ann", 1): True,
        ("ann", 2): False,
        ("bob", 1): False,
        ("cho", 1): True,
        ("eve", 1): True,
    }
    assert found["['care']"] == [(*who, is_so) for who, is_so in care.items()]
    # nobody was asked about image: who is not dissatisfied with care may be so with that
    assert found["['care', 'image']"] == [
        (*who, None if is_so else False) for who, is_so in care.items()
    ]
    assert "there is no factor 'no_such'" in "".join(told)


@pytest.mark.parametrize(
    ("name", "value"), [("key_factors", 0), ("key_factors", "care"), ("rfm_cells", 1)]
)
def test_vars_that_do_not_do(built: Engine, name: str, value: Any) -> None:
    _, dbt_vars = case_files()
    told = "".join(built.run("method_rows", **dbt_vars | {name: value}))
    assert f"var {name}: '{value}' is not allowed" in told


def test_shipped_rules_ask_for_nothing_that_customers_are(built: Engine) -> None:
    """With region and education dealt anew, no row but those columns changes."""
    asked = {row["attribute"] for row in csv.DictReader(RULES.splitlines())}
    assert asked == {"", "customer_status", "loyalty_class"}
    query = "select * exclude (region, education) from int_customer_tiers order by all"
    before = built.rows(query)
    header, *rows = (CASE / "customers.csv").read_text("utf-8").splitlines()
    cells = [row.split(",") for row in rows]
    dealt = [[*a[:2], *b[2:4], a[4]] for a, b in zip(cells, cells[1:] + cells[:1], strict=True)]
    text = "\n".join([header, *(",".join(row) for row in dealt)]) + "\n"
    models = (
        "base_customers",
        "int_declared_customers",
        "int_customer_versions",
        "int_customer_tiers",
    )
    again(built, *models, customers=text)
    assert built.rows("select region from int_customer_tiers where customer_id = 'bob'")[0] == (
        "north",
    )
    assert built.rows(query) == before
    again(built, *models)


# Scorecards by hand --------------------------------------------------------------------------

# The hotel's parts in February: weight, points. Spend by percentile rank among six: fay spent 0,
# eve 100, cho and dan 300, bob 500, ann 1000, so 0.08, 0.25, 0.5, 0.5, 0.75, 0.92.
HOTEL = {
    "ann": {
        "frequency": (0.2, 40),  # 2 purchases
        "spend": (0.2, 100),
        "tenure": (0.1, 100),  # 62 months without a break
        "engagement": (0.1, 75),  # 65
        "repurchase_intention": (0.15, 100),  # 9 in 10
        "recommendation": (0.1, 60),  # 8
        "satisfaction": (0.15, 75),  # level 4 of 5
    },
    "bob": {
        "frequency": (0.2, 20),
        "spend": (0.2, 80),
        "tenure": (0.1, 40),  # 9 months without a break
        "satisfaction": (0.15, 25),
    },
    "dan": {"frequency": (0.2, 40), "spend": (0.2, 60), "tenure": (0.1, 20)},
    # who never bought has no stretch of activity
    "fay": {"frequency": (0.2, 0), "spend": (0.2, 20)},
}
# the known parts of fay weigh 0.4, less than half
SCORES = {"ann": 77.75, "bob": 27.75 / 0.65, "dan": 44, "fay": None}


def test_scorecards_are_these(built: Engine) -> None:
    for name, parts in HOTEL.items():
        rows = built.rows(
            "select part_id, weight, points, contribution, weight_coverage, month_start "
            "from fct_customer_scorecards "
            f"where playbook_id = 'hotel' and customer_id = '{name}'"
        )
        found = {row[0]: row[1:] for row in rows}
        assert len(found) == 7 + 1, "every part, and the score"
        coverage = sum(weight for weight, _ in parts.values())
        for part, row in found.items():
            assert row[3:] == (pytest.approx(coverage), FEBRUARY)
            if part == "total":
                assert row[:3] == (1, pytest.approx(SCORES[name]), None)
            elif part in parts:
                weight, points = parts[part]
                scored = SCORES[name] is not None
                share = pytest.approx(weight * points / coverage) if scored else None
                assert row[:3] == (weight, points, share)
            else:
                assert row[1:3] == (None, None), "what is not known earns nothing and costs nothing"


def test_the_page_of_scorecards_shows_anns(built: Engine) -> None:
    query = (
        "select part_id, points, weight, contribution from fct_customer_scorecards "
        "where playbook_id = 'hotel' and customer_id = 'ann'"
    )
    shown = {part: cells for part, *cells in page_rows("## Worked example", "scorecards.md")}
    assert shown == {
        part: ["" if figure is None else f"{round(figure, 6):g}" for figure in figures]
        for part, *figures in built.rows(query)
    }


def test_a_score_needs_enough_known_parts(built: Engine) -> None:
    query = (
        "select customer_id, points, (select sum(contribution) from fct_customer_scorecards as c "
        "where (c.customer_id, c.playbook_id) = (t.customer_id, t.playbook_id)) "
        "from fct_customer_scorecards as t where playbook_id = 'hotel' and part_id = 'total'"
    )
    again(built, "fct_customer_scorecards", vars={"min_weight_coverage": 0.6})
    strict = {name: tuple(figures) for name, *figures in built.rows(query)}
    again(built, "fct_customer_scorecards")
    assert strict["bob"] == pytest.approx((SCORES["bob"], SCORES["bob"]))
    assert strict["dan"] == strict["fay"] == (None, None)


# The demo, without SQL -----------------------------------------------------------------------


def seed(name: str) -> list[dict[str, str]]:
    with shipped_method()[name].open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def percentile_ranks(values: dict[str, float | None]) -> dict[str, float]:
    known = {name: value for name, value in values.items() if value is not None}
    counts = Counter(known.values())
    return {
        name: (2 * sum(n for v, n in counts.items() if v < value) + counts[value])
        / (2 * len(known))
        for name, value in known.items()
    }


def band_of(figures: dict[str, Any], ranks: dict[str, float], dimension: str) -> tuple[str, Any]:
    rows = [row for row in seed("tier_bands") if row["dimension"] == dimension]
    for row in sorted(rows, key=lambda row: int(row["rule_order"])):
        value = ranks.get(row["metric"]) if row["how"] == "quantile" else figures[row["metric"]]
        lower, upper = row["lower_bound"] or "-inf", row["upper_bound"] or "inf"
        if value is not None and float(lower) <= value <= float(upper):
            return row["band"], figures[row["metric"]]
    return "unknown", None


def test_demo_tiers_once_more(demo: Built) -> None:
    """The rules in plain Python, over the last month and one without risk scores."""
    names = ["customer_id", "customer_status", "loyalty_class", *options("tier_bands", "metric")]
    rules = [{k: v for k, v in row.items() if v} for row in seed("tier_rules")]
    n_tiers = []
    for month in ("2025-12-01", "2025-06-01"):
        rows = demo.build_rows(
            f"select {', '.join(names)} from int_customer_metrics where month_start = '{month}'"
        )
        figures = {row[0]: dict(zip(names, row, strict=True)) for row in rows}
        metric = "revenue_in_window"
        revenue = percentile_ranks(
            {w: row[metric] for w, row in figures.items() if row["customer_status"] != "left"}
        )
        bought = {who: row for who, row in figures.items() if row["recency_days"] is not None}
        rfm = [
            percentile_ranks({who: sign * row[name] for who, row in bought.items()})
            for name, sign in (
                ("recency_days", -1), ("n_purchases_in_window", 1), ("amount_in_window", 1)
            )
        ]  # fmt: skip
        expected = {}
        for who, row in figures.items():
            # who has left is compared with the customers, and not counted among them
            beside = [r for w, r in revenue.items() if figures[w][metric] <= (row[metric] or 0)]
            ranks = {metric: revenue.get(who, max(beside, default=0))}
            decided = [band_of(row, ranks, dimension) for dimension in DIMENSIONS]
            bands = {f"{d}_band": b for d, (b, _) in zip(DIMENSIONS, decided, strict=True)}
            tier = next(
                rule["tier_id"]
                for rule in rules
                if all(rule.get(column, band) == band for column, band in bands.items())
                and rule.get("attribute_value") == row.get(rule.get("attribute", ""))
                and (row["customer_status"] != "left" or rule.get("attribute") == "customer_status")
            )
            cell = "-".join(str(floor(5 * r[who] + 1e-12) + 1) for r in rfm if who in r)
            expected[who] = (tier, *bands.values(), *(v for _, v in decided), cell or None)
        found = demo.rows(
            f"select customer_id, tier_id, {BANDS}, contribution_value, loyalty_value, risk_value, "
            f"rfm_cell from fct_customer_tiers where month_start = '{month}'"
        )
        assert {row[0]: row[1:] for row in found} == expected
        assert len(expected) > 300
        n_tiers.append(len({row[0] for row in expected.values()}))
    assert n_tiers[0] == 8, "every tier has customers"


def test_demo_funnel_counts_the_tiers(demo: Built) -> None:
    """No stage is longer than the one before, and segments of one kind add up to the total."""
    rows = demo.rows(
        "select month_start, segment_type, stage, sum(n) from fct_customer_funnel "
        "group by 1, 2, 3 order by 1, 2, 3"
    )
    totals = {(month, stage): n for month, kind, stage, n in rows if kind == "total"}
    assert all(n == totals[month, stage] for month, _, stage, n in rows)
    counted = demo.rows(
        "select month_start, count(*), count(*) filter (where is_valuable), "
        "count(*) filter (where is_high_value), "
        "count(*) filter (where is_high_value and is_satisfied_on_key_factors) "
        "from fct_customer_tiers where customer_status <> 'left' group by 1"
    )
    assert len(counted) > 12
    for month, *found in counted:
        stages = ("all", "valuable", "high_value", "high_value_satisfied")
        assert found == [totals[month, stage] for stage in stages]


# The page ------------------------------------------------------------------------------------


def test_the_page_shows_what_the_build_says(built: Engine) -> None:
    again(built, "int_customer_tiers")
    shown = {name: cells for name, *cells in page_rows("## Worked example")}
    assert shown.keys() == EXPECTED.keys()
    for name, (tier, c, c_value, loyal, _, l_value, risk, r_value, cell) in EXPECTED.items():
        contribution = "unknown" if c_value is None else f"{c} ({c_value:g})"
        loyalty = "unknown" if l_value is None else f"{loyal} ({l_value:g})"
        said = [contribution, loyalty, f"{risk} ({r_value:g})", tier, cell or ""]
        assert shown[name] == said


def test_the_page_shows_the_shipped_rules() -> None:
    bands = ("contribution_band", "loyalty_band", "risk_band")
    shipped = [
        [
            *(row[name] or "any" for name in (*bands, "attribute_value")),
            row["tier_id"],
            row["label_zh"],
        ]
        for row in seed("tier_rules")
    ]
    assert [row[1:7] for row in page_rows("## The shipped rules")] == shipped


# Last: another folder -----------------------------------------------------------------------


def test_without_behaviour_there_are_no_tiers(engine: Engine) -> None:
    files, dbt_vars = case_files()
    engine.lay({"survey_wide.csv": files["survey_wide.csv"]})
    marts = ("fct_customer_tiers", "fct_customer_funnel", "fct_customer_scorecards")
    assert not engine.run(*(f"+{mart}" for mart in marts), **dbt_vars)
    assert [engine.rows(f"select * from {mart}") for mart in marts] == [[], [], []]
