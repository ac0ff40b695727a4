"""Kano's categories by weight: regressions over respondents, copies of rows, and simulation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

from satisfaction.core.frames import small
from satisfaction.drivers import kano, weighted_kano
from tests.python.conftest import on_duckdb
from tests.python.survey.test_design import CASE, alone, raked, residuals, respondents

LEVELS = ["functional_level", "dysfunctional_level"]
UNIT = ["survey_id", "stratum", "weighting_cell"]
#: a pair of attitudes of each category
PAIRS = {"A": (5, 3), "O": (5, 1), "M": (3, 1), "I": (3, 3), "R": (3, 5), "Q": (5, 5)}
FIGURES = ["category_strength", "total_strength", "better", "worse"]
FIGURES += [f"share_{c}" for c in "aomirq"]


def pair_sums(pairs: pd.DataFrame, kinds: list[str]) -> pd.DataFrame:
    """int_weighted_kano_sums of pairs, who gave several being one respondent."""
    w, d, error = pairs["weight"], pairs["design_weight"], pairs["error_weight"]
    each = pairs.groupby("customer_id")["weight"].transform("size")
    sums = {
        "weights": w, "weight_squares": w**2, "weight_fourths": w**4, "designs": d,
        "errors": error, "error_squares": error**2, "respondents": 1 / each, "n_pairs": 1,
    }  # fmt: skip
    rows = pairs.assign(**sums)
    keys = ["segment_type", "segment_value", *UNIT, *LEVELS]
    parts = [rows.assign(segment_type=kind, segment_value=rows[kind]) for kind in kinds]
    return pd.concat(parts).groupby(keys, as_index=False)[list(sums)].sum().assign(factor_id="app")


def categorised(pairs: pd.DataFrame, wave: pd.DataFrame, kinds: list[str]) -> pd.DataFrame:
    """Run the real function; wave has all respondents."""
    sums = on_duckdb(pair_sums(pairs, kinds))
    found = weighted_kano.weighted_kano(sums, on_duckdb(wave))
    return found.set_index(["segment_type", "segment_value"])


def plain(pairs: pd.DataFrame) -> pd.Series:
    """Let every pair count once."""
    counts = pairs.groupby(LEVELS).size().rename("n_pairs").reset_index()
    counts = counts.assign(survey_id="w", segment_type="t", segment_value="t", factor_id="app")
    found = kano.kano(kano.category_counts(on_duckdb(counts)))
    return small(found.to_native()).iloc[0]


def attitudes(rows: pd.DataFrame, categories: Any) -> pd.DataFrame:
    """Give each row the pair of a category."""
    levels = pd.DataFrame([PAIRS[c] for c in categories], columns=LEVELS, index=rows.index)
    return rows.assign(**levels, category=categories)


@pytest.fixture(scope="module")
def wave() -> pd.DataFrame:
    """Respondents of a wave in two strata, raked, each with a pair."""
    people, rows = pd.read_csv(CASE / "customers.csv"), pd.read_csv(CASE / "answers.csv")
    members = respondents(rows[rows["survey_id"] == "w1"], people.drop(columns="stratum"))
    members = members.drop(columns="stratum").merge(
        people[["customer_id", "stratum"]], on="customer_id"
    )
    members["design_weight"] = members["stratum"].map({"key": 1.2, "other": 3.5})
    weighted = raked(members, people, ["gender", "region"])
    rng = np.random.default_rng(2)
    of_men = rng.choice(list("AOMIRQ"), len(weighted), p=[0.1, 0.15, 0.4, 0.25, 0.05, 0.05])
    of_women = rng.choice(list("AOMIRQ"), len(weighted), p=[0.3, 0.35, 0.1, 0.15, 0.05, 0.05])
    return attitudes(weighted, np.where(weighted["gender"] == "M", of_men, of_women))


@pytest.mark.parametrize(("kind", "value"), [("total", "total"), ("region", "north")])
@pytest.mark.parametrize(("measure", "hits"), [("better", "AO"), ("worse", "OM")])
def test_errors_are_those_of_a_regression_over_respondents(
    wave: pd.DataFrame, kind: str, value: str, measure: str, hits: str
) -> None:
    found = categorised(wave, wave, ["total", "region"]).loc[(kind, value)]
    inside = ((wave[kind] == value) & wave["category"].isin(list("AOMI"))).to_numpy(float)
    hit = wave["category"].isin(list(hits)).to_numpy(float)
    w, d = wave["weight"].to_numpy(), wave["design_weight"].to_numpy()
    share = (w * inside * hit).sum() / (w * inside).sum()
    u = inside * (hit - share) / (w * inside).sum()
    codes = [pd.factorize(wave[name], sort=True)[0] for name in ("gender", "region")]
    e, h = residuals(u, d, codes)
    z = pd.Series(w * e / np.sqrt(1 - h), index=wave.index)
    groups = z.groupby(wave["stratum"])
    n = groups.transform("size")
    variance = (n / (n - 1) * (z - groups.transform("mean")) ** 2).sum()
    inner = w * inside
    spread = (inner**2).sum() ** 2 / (inner**4).sum()
    variance *= spread / (spread - 1) / (len(wave) / (len(wave) - 1))
    kish = inner.sum() ** 2 / (inner**2).sum()
    worth = share * (1 - share) / variance
    worth = min(worth, kish) if kish * min(share, 1 - share) < 10 else worth
    t = stats.t.ppf(0.975, np.floor(spread) - 2)
    ends = [
        optimize.brentq(
            lambda true: (share - true) ** 2 - t**2 * true * (1 - true) / worth, *bracket
        )
        for bracket in ((0.0, share), (share, 1.0))
    ]
    names = [measure, f"{measure}_low", f"{measure}_high"]
    expected = [share, *ends] if measure == "better" else [-share, -ends[1], -ends[0]]
    assert found[names].tolist() == pytest.approx(expected, rel=1e-9)


def test_equal_weights_are_no_weights(wave: pd.DataFrame) -> None:
    """All but the intervals, which have Student's t for z."""
    rows = alone(wave.assign(stratum=""), np.ones(len(wave)))
    found = categorised(rows, rows, ["total", "region", "gender"])
    for kind, value in found.index:
        expected, row = plain(rows[rows[kind] == value]), found.loc[(kind, value)]
        assert row["category"] == expected["category"]
        assert row["n_effective"] == pytest.approx(expected["n_pairs"])
        np.testing.assert_allclose(
            row[FIGURES].to_numpy(float), expected[FIGURES].to_numpy(float), rtol=1e-12
        )
        width = row["better_high"] - row["better_low"]
        assert width == pytest.approx(expected["better_high"] - expected["better_low"], rel=0.1)


def test_whole_weights_are_pairs_written_several_times(wave: pd.DataFrame) -> None:
    """Where those who weigh more differ, the category does."""
    times = np.where(wave["gender"] == "F", 9, 1)
    rows = alone(wave.assign(stratum=""), times.astype(float))
    found = categorised(rows, rows, ["total"]).loc[("total", "total")]
    expected = plain(rows.loc[rows.index.repeat(times)])
    assert found["category"] == expected["category"]
    assert found["category"] != plain(rows)["category"]
    np.testing.assert_allclose(found[FIGURES].to_numpy(float), expected[FIGURES].to_numpy(float))


def people_of(categories: str, weight: list[float]) -> pd.DataFrame:
    """Return respondents with a pair and a given weight each."""
    rows = pd.DataFrame({"survey_id": "w", "total": "total", "stratum": ""}, range(len(categories)))
    rows["customer_id"] = rows.index.astype(str)
    return alone(attitudes(rows, list(categories)), np.array(weight))


@pytest.mark.parametrize(
    ("categories", "weight", "category", "strength"),
    [
        ("AMMA", [1, 1, 1, 1], "M", 0.0),  # of equals the first of M, O, A, I, R, Q
        ("AAAM", [0.1, 0.1, 0.1, 0.3], "M", 0.0),
        ("AAAM", [0.1, 0.1, 0.1, 0.4], "M", 1 / 7),
        ("QRRI", [1, 1, 1, 1], "R", 0.25),
        ("OOOO", [3, 1, 1, 1], "O", 1.0),
    ],
)
def test_a_category_by_hand(
    categories: str, weight: list[float], category: str, strength: float
) -> None:
    rows = people_of(categories, weight)
    found = categorised(rows, rows, ["total"]).loc[("total", "total")]
    assert found["category"] == category
    assert found["category_strength"] == pytest.approx(strength)


def test_nobody_in_four_of_them_has_no_better_and_nobody_with_a_weight_no_row() -> None:
    rows = people_of("QRRQ", [1, 2, 3, 4])
    found = categorised(rows, rows, ["total"]).loc[("total", "total")]
    assert found[["better", "better_low", "worse", "worse_high"]].isna().all()
    assert (found["share_q"], found["share_r"]) == (pytest.approx(0.5), pytest.approx(0.5))
    silent = rows.assign(weight=0.0, design_weight=0.0, error_weight=0.0)
    assert categorised(silent, rows, ["total"]).empty


def test_who_gives_the_same_pair_twice_is_no_surer() -> None:
    """Twice the pairs of the same respondents: the same interval, as of single questions."""
    rows = people_of("AOMI" * 25, [1.0, 2.0] * 50)
    once = categorised(rows, rows, ["total"]).loc[("total", "total")]
    twice = categorised(pd.concat([rows, rows]), rows, ["total"]).loc[("total", "total")]
    assert twice["n_effective"] == pytest.approx(2 * once["n_effective"])
    assert twice["better"] == pytest.approx(once["better"])
    width = once["better_high"] - once["better_low"]
    assert twice["better_high"] - twice["better_low"] == pytest.approx(width, rel=0.02)


def test_intervals_hold_the_customers_where_men_answer_nine_times_as_often() -> None:
    """Nine to one, n = 300: better and worse of all customers, and a wrong category without."""
    rng = np.random.default_rng(9)
    n_people, n_surveys = 2000, 100
    people = pd.DataFrame({"gender": np.repeat(["F", "M"], n_people // 2), "total": "total"})
    people["customer_id"] = np.arange(n_people).astype(str)
    is_man = (people["gender"] == "M").to_numpy()
    came, truth = [], {}
    for number in range(n_surveys):
        of_men = rng.choice(list("AOMI"), n_people, p=[0.15, 0.2, 0.4, 0.25])
        of_women = rng.choice(list("AOMI"), n_people, p=[0.2, 0.65, 0.05, 0.1])
        category = np.where(is_man, of_men, of_women)
        answered = rng.random(n_people) < np.where(is_man, 0.27, 0.03)
        members = attitudes(people[answered], category[answered])
        came.append(members.assign(survey_id=f"s{number:03d}"))
        truth[f"s{number:03d}"] = {
            "better": np.isin(category, ["A", "O"]).mean(),
            "worse": -np.isin(category, ["O", "M"]).mean(),
        }
    members = raked(pd.concat(came).assign(stratum="", design_weight=1.0), people, ["gender"])
    members["customer_id"] += members["survey_id"]
    sums = on_duckdb(pair_sums(members, ["total"]))
    found = weighted_kano.weighted_kano(sums, on_duckdb(members)).set_index("survey_id")
    true = pd.DataFrame(truth).T.loc[found.index]
    for name in ("better", "worse"):
        low, high = found[f"{name}_low"], found[f"{name}_high"]
        # of 100 surveys that each hold the truth with 95 %, 90 to 99 do
        assert 90 <= ((low <= true[name]) & (true[name] <= high)).sum() <= 99, name
    assert (found["category"] == "O").mean() > 0.9
    most = members.groupby("survey_id")["category"].agg(lambda given: given.mode()[0])
    assert (most == "O").mean() < 0.1
