"""Loyalty index, class, relations and segments against a case computed by hand.

One build of tests/cases/loyalty. Beside its seven customers stand respondents, one for each
combination of the three indicators, who have no behaviour and no attributes. The pages
loyalty-index.md and loyalty-class.md of docs/methods show the same figures: they are compared too.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import date
from itertools import product
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import pytest
import yaml

from tests.python.engine import Engine

ROOT = Path(__file__).resolve().parents[2]
CASE = ROOT / "tests" / "cases" / "loyalty"
PAGES = ROOT / "docs" / "methods" / "loyalty"
JANUARY, FEBRUARY, MARCH = (date(2025, month, 1) for month in (1, 2, 3))

# The weights: one expert, customer nature twice each of the others, so 1/2, 1/4, 1/4.
NATURE, PRODUCTS, USAGE = 0.5, 0.25, 0.25

# answers on both sides of every limit of the bands; None is no answer
REPEAT = {"high": (7, 10), "medium": (4, 6), "low": (0, 3), "?": (None,)}
RECOMMEND = {"likely": (9, 10), "possible": (7, 8), "unlikely": (0, 6), "?": (None,)}
OVERALL = {"5": "非常满意", "4": "满意", "3": "基本满意", "2": "不满意", "1": "很不满意", "?": ""}


def respondents() -> Iterator[tuple[str, dict[str, str]]]:
    """Yield a name that tells the three indicators, and the three answers."""
    for overall, (repeat, chances), (recommend, scores) in product(
        OVERALL, REPEAT.items(), RECOMMEND.items()
    ):
        for chance, score in product(chances, scores):
            name = f"grid {overall} {repeat} {recommend} {chance} {score}"
            answers = (OVERALL[overall], chance, score)
            told = ["" if answer is None else str(answer) for answer in answers]
            yield name, dict(zip(("q_overall", "q_repurchase", "q_recommend"), told, strict=True))


@pytest.fixture(scope="module")
def built(engine: Engine) -> Engine:
    files = {path.name: path.read_text("utf-8") for path in CASE.iterdir()}
    answers = [
        f"w1-{name},{question},w1,{name},{answer},2025-01-25,online\n"
        for name, told in respondents()
        for question, answer in told.items()
    ]
    files["survey_answers.csv"] += "".join(answers)
    dbt_vars = yaml.safe_load(files.pop("vars.yml"))
    engine.lay(files)
    loyalty = ["+fct_customer_loyalty", "+fct_customer_factor_loyalty", "+fct_segment_loyalty"]
    assert not engine.check(*loyalty, "+rejected_rows", **dbt_vars)
    assert engine.rows("select * from rejected_rows") == []
    return engine


@pytest.fixture(scope="module")
def loyalty(built: Engine) -> dict[tuple[date, str], dict[str, Any]]:
    """Rows of fct_customer_loyalty by month and customer."""
    columns = (
        "loyalty_index weight_coverage ladder_level loyalty_class is_loyal "
        "satisfaction_loyalty_relation survey_id overall_level is_satisfied repeat_probability "
        "repeat_band is_likely_to_repurchase "
        "recommendation recommend_band tenure_months product_count breadth n_purchases amount "
        "revenue"
    ).split()
    rows = built.rows(f"select month_start, customer_id, {', '.join(columns)} from "
                      "fct_customer_loyalty")  # fmt: skip
    return {(row[0], row[1]): dict(zip(columns, row[2:], strict=True)) for row in rows}


@pytest.fixture(scope="module")
def factors(built: Engine) -> dict[tuple[date, str, str], tuple[float, float, float]]:
    """Score (points), weight and contribution by month, customer and factor."""
    rows = built.rows(
        "select month_start, customer_id, factor_id, factor_score, weight, contribution "
        "from fct_customer_factor_loyalty"
    )
    return {row[:3]: row[3:] for row in rows}


def segment(built: Engine, month: date, kind: str, value: str) -> dict[str, Any]:
    columns = (
        "n_customers n_indexed_customers loyalty_index standard_error index_low index_high "
        "n_on_ladder n_level_1 n_level_2 n_level_3 n_level_4 n_level_5 mean_ladder_level "
        "n_moved_up n_moved_down n_classified n_loyal loyal_share revenue is_reliable"
    ).split()
    rows = built.rows(
        f"select {', '.join(columns)} from fct_segment_loyalty where month_start = '{month}' "
        f"and segment_type = '{kind}' and segment_value = '{value}'"
    )
    assert len(rows) <= 1
    return dict(zip(columns, rows[0], strict=True)) if rows else {}


# Index ---------------------------------------------------------------------------------------

# Usage = 0.4 tenure/60 + 0.2 lines/4 + 0.25 sole supplier + 0.15 never switched.
INDEX = {
    # ann: everything at or above its maximum. government 10/10; 6 held, cut to 5/5; 122 months,
    # cut to 60/60; 5 lines, cut to 4/4; sole supplier, never switched
    ("ann", MARCH): (1.0, 1.0, 1.0),
    # bob: retail 3/10; a service and a product (bought twice, one product; the returned tablet is
    # none) 2/5; since September 2022, 30 months; one line; not sole, has switched
    ("bob", MARCH): (0.3, 0.4, 0.4 * 30 / 60 + 0.2 * 1 / 4),
    ("bob", JANUARY): (0.3, 0.4, 0.4 * 28 / 60 + 0.2 * 1 / 4),
    # cho: a type that the code table does not know; 3 services and a product; no profile, so
    # tenure and lines share the whole factor: weights 0.4 and 0.2 of 0.6
    ("cho", MARCH): (None, 4 / 5, (0.4 * 30 / 60 + 0.2 * 2 / 4) / 0.6),
    # dan: wholesale 4/10; what was bought has no name, so products and lines are unknown; sole
    # supplier, switching unknown: of 0.4 and 0.25; since September 2022, last bought in January
    ("dan", MARCH): (0.4, None, (0.4 * 28 / 60 + 0.25) / 0.65),
    # eve: key account 8/10 with two services until January; from 15 February large, 6/10, and
    # with one, since the other ended on 28 February; 60 months in January; never switched
    ("eve", JANUARY): (0.8, 2 / 5, 0.4 + 0.2 * 2 / 4 + 0.15),
    ("eve", FEBRUARY): (0.6, 1 / 5, 0.4 + 0.2 * 1 / 4 + 0.15),
    ("eve", MARCH): (0.6, 1 / 5, 0.4 + 0.2 * 1 / 4 + 0.15),
    # hal: retail; a product; a customer for 0 months; no profile
    ("hal", MARCH): (0.3, 1 / 5, (0.2 * 1 / 4) / 0.6),
}


@pytest.mark.parametrize(("customer", "month"), INDEX)
def test_index_and_contributions_by_hand(
    customer: str, month: date, loyalty: Any, factors: Any
) -> None:
    weights = dict(zip(("customer_nature", "products_held", "usage_behaviour"),
                       (NATURE, PRODUCTS, USAGE), strict=True))  # fmt: skip
    scores = dict(zip(weights, INDEX[customer, month], strict=True))
    known = {name: score for name, score in scores.items() if score is not None}
    coverage = sum(weights[name] for name in known)
    found = {k[2]: row for k, row in factors.items() if k[:2] == (month, customer)}
    assert found.keys() == known.keys()
    for name, (score, weight, contribution) in found.items():
        share = weights[name] / coverage
        wanted = (100 * known[name], share, 100 * share * known[name])
        assert (score, weight, contribution) == pytest.approx(wanted, abs=1e-9)
    row = loyalty[month, customer]
    index = sum(100 * weights[name] * known[name] for name in known) / coverage
    assert row["loyalty_index"] == pytest.approx(index, abs=1e-9)
    assert row["weight_coverage"] == pytest.approx(coverage, abs=1e-9)


def test_indices_are_these_figures(loyalty: Any) -> None:
    """The sums of the test above, worked out to the last digit."""
    found = {key[1]: row["loyalty_index"] for key, row in loyalty.items() if key[0] == MARCH}
    wanted = {
        "ann": 100,  # 50 + 25 + 25
        "bob": 31.25,  # 15 + 10 + 6.25
        "cho": 65,  # 40 + 25
        "dan": (20 + 25 * (0.4 * 28 / 60 + 0.25) / 0.65) / 0.75,
        "eve": 50,  # 30 + 5 + 15
        "hal": 15 + 5 + 25 * 0.05 / 0.6,
    }
    assert {name: found[name] for name in wanted} == pytest.approx(wanted, abs=1e-9)
    assert found["fay"] is None, "who only answers a survey has no index"


def test_what_a_customer_holds_and_buys(loyalty: Any) -> None:
    names = ("tenure_months", "product_count", "breadth", "n_purchases", "amount", "revenue")
    found = {key: tuple(row[name] for name in names) for key, row in loyalty.items()}
    assert found[JANUARY, "ann"] == (120, 6, 5, 1, 20, 70)  # 20 + 5 fees of 10
    assert found[FEBRUARY, "bob"] == (29, 2, 1, 1, 10, 20)  # the returned 30 are not counted
    assert found[JANUARY, "eve"] == (60, 2, 2, 0, 0, 24)
    assert found[FEBRUARY, "eve"] == (61, 1, 1, 0, 0, 12)  # fees as of the month's end
    assert found[MARCH, "hal"] == (0, 1, 1, 1, 8, 8)


def test_only_complete_months_from_when_a_customer_is_known(loyalty: Any) -> None:
    """Data end on 10 April: April is left out. Fay is first seen in February, hal in March."""
    months: dict[str, list[int]] = {}
    for month, customer in sorted(loyalty):
        months.setdefault(customer, []).append(month.month)
    assert months["bob"] == [1, 2, 3]
    assert months["fay"] == [2, 3]
    assert months["hal"] == [3]
    assert {month for shown in months.values() for month in shown} == {1, 2, 3}


# Segments ------------------------------------------------------------------------------------


def test_a_customer_counts_where_it_belongs_at_the_end_of_the_month(built: Engine) -> None:
    """Eve is a key account until 14 February and large from the 15th on."""
    members = {
        (month, kind): segment(built, month, "customer_type", kind).get("n_customers")
        for month in (JANUARY, FEBRUARY, MARCH)
        for kind in ("key_account", "large")
    }
    assert members == {
        (JANUARY, "key_account"): 1, (JANUARY, "large"): None,
        (FEBRUARY, "key_account"): None, (FEBRUARY, "large"): 1,
        (MARCH, "key_account"): None, (MARCH, "large"): 1,
    }  # fmt: skip


def test_mean_and_interval_of_a_segment(built: Engine) -> None:
    # retail: bob 31.25 and hal 22.08333; fay has no index. Mean 26.66667; of two values the
    # standard error is half the difference, 4.58333; Student's t of one degree is 12.7062
    retail = segment(built, MARCH, "customer_type", "retail")
    assert (retail["n_customers"], retail["n_indexed_customers"]) == (3, 2)
    assert retail["loyalty_index"] == pytest.approx(26.6666666667)
    assert retail["standard_error"] == pytest.approx(4.5833333333)
    assert retail["index_low"] == pytest.approx(max(26.6666666667 - 12.7062 * 4.5833333333, 0))
    assert retail["index_high"] == pytest.approx(26.6666666667 + 12.7062047362 * 4.5833333333)
    assert retail["is_reliable"], "two customers are enough where min_respondents is 2"

    north = segment(built, MARCH, "region", "north")
    dan = (20 + 25 * (0.4 * 28 / 60 + 0.25) / 0.65) / 0.75
    indices = [100, 31.25, 65, dan, 50, 20 + 25 * 0.05 / 0.6]
    error = stdev(indices) / 6**0.5
    assert north["loyalty_index"] == pytest.approx(mean(indices))
    assert north["standard_error"] == pytest.approx(error)
    assert north["index_low"] == pytest.approx(mean(indices) - 2.5705818356 * error)


def test_one_customer_has_no_interval(built: Engine) -> None:
    alone = segment(built, MARCH, "customer_type", "government")
    assert (alone["n_indexed_customers"], alone["loyalty_index"]) == (1, pytest.approx(100))
    assert (alone["standard_error"], alone["index_low"], alone["index_high"]) == (None,) * 3
    assert not alone["is_reliable"]


def test_the_ladder_of_a_segment(built: Engine) -> None:
    """All start at 3 and buy too little for a baseline; fay, without behaviour, is not on it.

    January: ann is held at 5 until the end of the year; eve has been a customer for 60 months: 4.
    February: dan is judged one level down: 2. March: dan last bought 70 days ago, more than one and
    a half of the 45.5 days that are typical (bob's gaps): 1; a held level moves nobody again.
    """
    levels = ["n_level_1", "n_level_2", "n_level_3", "n_level_4", "n_level_5"]
    moved = ["n_on_ladder", "n_moved_up", "n_moved_down"]
    rows = {m: segment(built, m, "region", "north") for m in (JANUARY, FEBRUARY, MARCH)}
    assert [[row[name] for name in levels] for row in rows.values()] == [
        [0, 0, 3, 1, 1],
        [0, 1, 2, 1, 1],
        [1, 0, 3, 1, 1],
    ]
    assert [[row[name] for name in moved] for row in rows.values()] == [
        [5, 2, 0],
        [5, 0, 1],
        [6, 0, 1],
    ]
    assert rows[MARCH]["mean_ladder_level"] == pytest.approx((1 + 3 * 3 + 4 + 5) / 6)


def test_loyal_share_and_revenue_of_a_segment(built: Engine) -> None:
    # with a class: ann ★, bob, eve, fay, hal (vulnerable); cho and dan have none
    north = segment(built, MARCH, "region", "north")
    assert (north["n_classified"], north["n_loyal"]) == (5, 1)
    assert north["loyal_share"] == pytest.approx(0.2)
    # fees: ann 5 · 10, bob 10, cho 3 · 5, eve 12; hal bought for 8
    assert north["revenue"] == pytest.approx(50 + 10 + 15 + 12 + 8)
    total = segment(built, MARCH, "total", "total")
    others = segment(built, MARCH, "region", "unknown")
    for name in ("n_customers", "n_classified", "n_loyal", "n_on_ladder"):
        assert total[name] == north[name] + others[name]
    assert others["n_indexed_customers"] == 0
    empty = [others[name] for name in ("loyalty_index", "standard_error", "index_low", "revenue")]
    assert empty == [None] * 4
    assert not others["is_reliable"]


# Class and relation --------------------------------------------------------------------------


def page_rows(page: str, heading: str) -> list[list[str]]:
    """Return the rows of the first table of a page after some text."""
    text = (PAGES / page).read_text("utf-8").split(heading, 1)[1]
    lines = re.search(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert lines, heading
    cells = [line.strip()[1:-1].split("|") for line in lines[0].splitlines()[2:]]
    return [[cell.strip() for cell in row] for row in cells]


def shown_classes() -> dict[tuple[str, str, str], tuple[str | None, bool | None]]:
    """Return class and loyalty as the page shows them, by overall level and the two bands."""
    shown: dict[tuple[str, str, str], tuple[str | None, bool | None]] = {}
    for repeat, recommend, *cells in page_rows("loyalty-class.md", "The shipped rules"):
        for band in RECOMMEND if recommend == "any" else (recommend,):
            for overall, cell in zip(OVERALL, cells, strict=True):
                class_id = cell.removesuffix(" ★") or None
                shown[overall, repeat, band] = (class_id, cell.endswith("★") if cell else None)
    return shown


def relation(overall: str, repeat: str, is_loyal: bool | None) -> str | None:
    """Return the relation of satisfaction and loyalty."""
    if is_loyal is None:
        return None
    if overall in "12":
        assert not is_loyal
        return "dissatisfied_captive" if repeat == "high" else "dissatisfied_not_loyal"
    if is_loyal:
        return "fully_satisfied_loyal" if overall == "5" else "satisfied_loyal"
    return "satisfied_not_loyal"


def test_every_combination_of_the_indicators_has_its_class(loyalty: Any) -> None:
    shown = shown_classes()
    assert len(shown) == 6 * 4 * 4
    wrong: list[Any] = []
    for name, _ in respondents():
        overall, repeat, recommend = name.split()[1:4]
        class_id, is_loyal = shown[overall, repeat, recommend]
        row = loyalty[MARCH, name]
        found = (row["loyalty_class"], row["is_loyal"], row["satisfaction_loyalty_relation"])
        if found != (class_id, is_loyal, relation(overall, repeat, is_loyal)):
            wrong.append((name, found))
        bands = (row["repeat_band"] or "?", row["recommend_band"] or "?")
        if bands != (repeat, recommend):
            wrong.append((name, bands))
        likely = None if repeat == "?" else repeat == "high"
        if (row["is_likely_to_repurchase"], row["is_satisfied"]) != (
            likely, None if overall == "?" else overall in "345"
        ):  # fmt: skip
            wrong.append((name, row["is_likely_to_repurchase"], row["is_satisfied"]))
        # never a class at risk
        if row["is_loyal"] and row["loyalty_class"] in ("vulnerable", "at_risk"):
            wrong.append((name, row["loyalty_class"]))
    assert wrong == []
    relations = {row["satisfaction_loyalty_relation"] for row in loyalty.values()} - {None}
    assert len(relations) == 5


def test_the_indicators_come_from_the_latest_wave_answered_by_then(loyalty: Any) -> None:
    waves = {key: row["survey_id"] for key, row in loyalty.items() if "grid" not in key[1]}
    assert [waves[month, "bob"] for month in (JANUARY, FEBRUARY, MARCH)] == ["w1", "w1", "w2"]
    assert [waves[month, "dan"] for month in (JANUARY, FEBRUARY, MARCH)] == [None, None, "w2"]
    assert waves[JANUARY, "cho"] == "w1", "answered on the last day of January"
    assert waves[MARCH, "hal"] == "w2", "answered on the last day of March"
    assert waves[MARCH, "fay"] == "w1", "her second answers are of April"
    # cho's first probability is not carried into a wave in which it was left blank
    assert loyalty[FEBRUARY, "cho"]["repeat_probability"] == pytest.approx(0.7)
    assert loyalty[MARCH, "cho"]["repeat_probability"] is None


# The pages -----------------------------------------------------------------------------------


def test_the_page_of_the_class_shows_what_the_build_says(loyalty: Any) -> None:
    for month, customer, *cells in page_rows("loyalty-class.md", "## Worked example"):
        row = loyalty[date.fromisoformat(month + "-01"), customer]
        found = [
            *(row[name] for name in ("overall_level", "repeat_probability", "recommendation")),
            row["loyalty_class"],
            {True: "yes", False: "no", None: None}[row["is_loyal"]],
            row["satisfaction_loyalty_relation"],
        ]
        shown = [float(cell) if cell else None for cell in cells[:3]]
        assert found == [*shown, *(cell or None for cell in cells[3:])], (month, customer)


YES_NO = {"true": "yes", "false": "no", "": ""}


def test_the_page_of_the_class_shows_the_shipped_relations() -> None:
    with (ROOT / "seeds/method/loyalty/seed_loyalty_relations.csv").open(encoding="utf-8") as file:
        wanted = [
            (row["relation_id"], row["label_zh"], YES_NO[row["is_satisfied"]],
             row["min_overall_level"], row["repeat_band"], YES_NO[row["is_loyal"]])
            for row in csv.DictReader(file)
        ]  # fmt: skip
    assert [tuple(row) for row in page_rows("loyalty-class.md", "**Relation**")] == wanted


def test_the_page_of_the_index_shows_what_the_build_says(loyalty: Any, factors: Any) -> None:
    rows = page_rows("loyalty-index.md", "## Worked example")
    assert len(rows) == 11
    for customer, factor, _, score, weight, points in rows:
        if factor == "index":
            row = loyalty[MARCH, customer]
            assert (row["weight_coverage"], row["loyalty_index"]) == pytest.approx(
                (float(weight), float(points))
            )
        else:
            wanted = (100 * float(score), float(weight), float(points))
            assert factors[MARCH, customer, factor] == pytest.approx(wanted)


def test_the_page_of_the_index_shows_its_segment(built: Engine) -> None:
    ((value, customers, indexed, index, error, interval),) = page_rows(
        "loyalty-index.md", "half their difference"
    )
    row = segment(built, MARCH, "customer_type", value)
    low, high = interval.split(" to ")
    names = ("n_customers", "n_indexed_customers", "loyalty_index", "standard_error",
             "index_low", "index_high")  # fmt: skip
    shown = [float(cell) for cell in (customers, indexed, index, error, low, high)]
    assert [round(float(row[name]), 2) for name in names] == shown


def test_levels_have_labels_where_nobody_stands(engine: Engine) -> None:
    engine.lay({"customers.csv": "customer_id\nc1\n"})
    assert not engine.run("+dim_ladder_levels")
    found = engine.rows("select ladder_level, label_en from dim_ladder_levels order by 1")
    assert found == [
        (1, "About to leave"),
        (2, "Unstable"),
        (3, "Ordinary"),
        (4, "Stable"),
        (5, "Very stable"),
    ]
