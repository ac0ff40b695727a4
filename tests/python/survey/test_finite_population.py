"""Finite populations: Cochran's formulas by hand, matrices over respondents, and simulation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from satisfaction.core.design import correlation_factors
from satisfaction.core.frames import lazy
from tests.python.conftest import on_duckdb
from tests.python.survey.test_design import (
    FACTORS,
    TOP,
    WAVES,
    alone,
    indexed,
    raked,
    slow,
    two_waves,
)
from tests.python.survey.test_weighted_scores import scored

__all__ = ["two_waves"]
UNIT = ["survey_id", "stratum", "weighting_cell"]


def finite(rows: pd.DataFrame, n_customers: int) -> pd.DataFrame:
    """Say what share answered and was answered, as int_weights and int_design_weights do."""
    stands_for = rows["weight"] * n_customers / rows.groupby("survey_id")["weight"].transform("sum")
    answered = (rows[[f"{name}_n" for name in FACTORS]] > 0).mean(axis=1)
    return rows.assign(
        sampled_share=np.minimum(1 / stands_for, 1).round(10),
        answered_share=answered.groupby([rows[name] for name in UNIT]).transform("mean"),
    )


def wave(n: int, seed: int, survey_id: str = "w", first: int = 0) -> pd.DataFrame:
    """Respondents who answered everything."""
    rng = np.random.default_rng(seed)
    values = {f"{name}_sum": rng.integers(1, 6, n).astype(float) for name in FACTORS}
    rows = pd.DataFrame(values | {f"{name}_n": np.ones(n) for name in FACTORS})
    people = [f"k{first + k}" for k in range(n)]
    return rows.assign(
        survey_id=survey_id, customer_id=people, total="total", stratum="", design_weight=1.0
    )


def scores_of(rows: pd.DataFrame) -> Any:
    """Index of each respondent: without gaps that of the wave is their weighted mean."""
    return 100 * sum(weight * rows[f"{name}_sum"] for name, weight in FACTORS.items()) / TOP


def variance(rows: pd.DataFrame, survey_id: str = "w", column: str = "standard_error") -> float:
    previous = dict.fromkeys(sorted(set(rows["survey_id"]) - {survey_id}))
    before = next(iter(previous), None)
    found: Any = indexed(rows, ["total"], previous | {survey_id: before}).loc[(survey_id, "total")]
    return float(found[column] ** 2)


def test_a_simple_random_sample_and_a_census() -> None:
    """Cochran (1977), theorem 2.2: S^2 / n (1 - n / N)."""
    rows = alone(wave(12, 1), np.ones(12))
    plain = scores_of(rows).var() / 12
    assert variance(rows) == pytest.approx(plain)
    assert variance(finite(rows, 30)) == pytest.approx(plain * (1 - 12 / 30))
    assert variance(finite(rows, 12)) == 0


def test_strata_and_post_strata() -> None:
    """Cochran (1977), theorem 5.3: the sum of W_h^2 S_h^2 / n_h (1 - n_h / N_h)."""
    n, customers = {"big": 8, "small": 14}, {"big": 10, "small": 90}
    group = pd.Series(np.repeat(list(n), list(n.values())))
    rows = wave(22, 2)
    by_hand = sum(
        (customers[h] / 100) ** 2 * of.var() / n[h] * (1 - n[h] / customers[h])
        for h, of in scores_of(rows).groupby(group)
    )
    stands_for = group.map(customers) / group.map(n)
    strata = alone(rows.assign(stratum=group), stands_for)
    assert variance(finite(strata, 100)) == pytest.approx(by_hand)
    people = pd.DataFrame({"gender": np.repeat(list(customers), list(customers.values()))})
    post_strata = raked(rows.assign(gender=group), people, ["gender"], limits=(0.1, 100.0))
    assert variance(finite(post_strata, 100)) == pytest.approx(by_hand)


def test_a_change_of_one_panel_of_independent_samples_and_of_a_census() -> None:
    """Tam (1984): a panel has 1 - f of the variance of its differences; chance has no overlap."""
    first = wave(12, 3, "a")
    again = first.assign(survey_id="b")
    for name in FACTORS:
        again[f"{name}_sum"] = np.clip(first[f"{name}_sum"] + np.arange(12) % 3 - 1, 1, 5)
    panel = alone(pd.concat([first, again], ignore_index=True), 1.0)
    differences = scores_of(again) - scores_of(first)
    column = "change_standard_error"
    expected = differences.var() / 12
    assert variance(panel, "b", column) == pytest.approx(expected)
    assert variance(finite(panel, 20), "b", column) == pytest.approx(expected * (1 - 12 / 20))
    assert variance(finite(panel, 12), "b", column) == pytest.approx(0, abs=1e-12)
    # 6 of 12 are in both, as 12 of 24 drawn twice have it
    other = wave(12, 4, "b", first=6)
    drawn = finite(alone(pd.concat([first, other], ignore_index=True), 1.0), 24)
    both = sum(scores_of(one).var() / 12 * (1 - 12 / 24) for one in (first, other))
    assert variance(drawn, "b", column) == pytest.approx(both)


def slow_z(rows: pd.DataFrame, by: list[str], survey_id: str) -> pd.DataFrame:
    """z of each respondent, deviating from the stratum, with what is known of its unit."""
    of_wave = rows[rows["survey_id"] == survey_id].set_index("customer_id")
    of_wave["z"] = slow(of_wave.reset_index(), "total", "total", by)[1]
    units = of_wave.groupby(["stratum", "weighting_cell"])
    of_wave["unit"], of_wave["n_unit"] = units.ngroup(), units["z"].transform("size")
    of_wave["f"] = of_wave["sampled_share"] * units["answered_share"].transform("mean")
    strata = of_wave.groupby("stratum")["z"]
    n = strata.transform("size")
    of_wave["root"] = np.sqrt(n / (n - 1))
    of_wave["deviation"] = of_wave["z"] - strata.transform("mean")
    shrunk = of_wave["z"] * np.sqrt(1 - of_wave["f"])
    shrunk -= shrunk.groupby(of_wave["stratum"]).transform("mean")
    of_wave["squares"] = n / (n - 1) * shrunk**2
    return of_wave


def test_errors_are_those_of_a_loop_over_respondents(two_waves: Any) -> None:
    """Strata, post-strata, gaps, and a panel of which everybody counts for its own."""
    people, rows = two_waves
    weighted = finite(raked(rows, people, ["gender"]), 2 * len(rows) // 3)
    found: Any = indexed(weighted, ["total"], WAVES)
    now, before = (slow_z(weighted, ["gender"], wave) for wave in ("w2", "w1"))
    for survey_id, of_wave in {"w2": now, "w1": before}.items():
        squares = 1e4 * found.loc[(survey_id, "total")]["squares"]
        assert squares == pytest.approx(of_wave["squares"].sum(), rel=1e-9)
        assert 0.05 < of_wave["f"].min() < of_wave["f"].max() < 1
    both = now.join(before.add_suffix("_before"), how="inner")
    n_both = both["unit"].map(both["unit"].value_counts())
    times = 1 - both["sampled_share_before"] * both["n_unit"] / n_both
    products = both["root"] * both["root_before"] * both["deviation"] * both["deviation_before"]
    covariance = (times * products).sum()
    assert 1e4 * found.loc[("w2", "total")]["products"] == pytest.approx(covariance, rel=1e-9)


def surveys(n_surveys: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series[float]]:
    """Two waves of 220 of 400 customers, of whom 154 answer both; a fifth of answers is missing.

    Men answer twice as often. One in ten skips all questions, the others one in nine of them. The
    customers, and with them the truth, are drawn each time.
    """
    rng = np.random.default_rng(1)
    gender = np.repeat(["f", "m"], 200)
    people = pd.DataFrame({"gender": gender, "customer_id": [f"k{k}" for k in range(400)]})
    rows, truth = [], {}
    for survey in range(n_surveys):
        mood = rng.normal(np.where(gender == "m", 3.7, 3.0), 0.8)
        order = np.concatenate([rng.permutation(200), 200 + rng.permutation(200)])
        for name in ("a", "b"):
            mood = mood + (name == "b") * rng.normal(-0.1, 0.4, 400)
            values = np.clip(np.round(mood + rng.normal(0, 0.7, (3, 400))), 1, 5)
            truth[f"{survey}{name}"] = 100 * values.mean(axis=1) @ list(FACTORS.values()) / TOP
            # of 73 women and 147 men the last 22 and 44 are others in the second wave
            new = name == "b"
            women, men = order[22 * new : 73 + 22 * new], order[200 + 44 * new : 347 + 44 * new]
            here = np.sort(np.concatenate([women, men]))
            given = (rng.random((3, 220)) < 8 / 9) & (rng.random(220) < 0.9)
            columns = {f"{f}_n": given[i].astype(float) for i, f in enumerate(FACTORS)}
            columns |= {f"{f}_sum": given[i] * values[i, here] for i, f in enumerate(FACTORS)}
            rows.append(people.iloc[here].assign(survey_id=f"{survey}{name}", **columns))
    members = pd.concat(rows, ignore_index=True)
    return (
        raked(members.assign(total="total", stratum="", design_weight=1.0), people, ["gender"]),
        people,
        pd.Series(truth),
    )


def test_intervals_hold_these_customers_where_more_than_half_answer() -> None:
    """Of index and change 93 to 97 % at 95 %; uncorrected more, and less if gaps are forgotten."""
    weighted, people, truth = surveys(300)
    previous = {wave: wave[:-1] + "a" if wave.endswith("b") else None for wave in truth.index}

    def found(rows: pd.DataFrame) -> pd.DataFrame:
        waves = {wave: previous[wave] for wave in rows["survey_id"].unique()}
        return indexed(rows, ["total"], waves).droplevel("segment_value")

    known = finite(weighted, len(people))
    corrected = found(known)
    corrected["wrong"] = corrected["index_score"] - truth.reindex(corrected.index)
    changes = {b: truth[b] - truth[a] for b, a in previous.items() if a}
    true_change = pd.Series(changes).reindex(corrected.index)
    corrected["change_wrong"] = corrected["index_change"] - true_change

    def held(name: str, low: str, value: str, times: float = 1.0) -> float:
        of = corrected.dropna(subset=f"{name}wrong")
        half = (of[value] - of[low]) * times
        return float((of[f"{name}wrong"].abs() <= half).mean())

    places = ("", "index_low", "index_score"), ("change_", "change_low", "index_change")
    for place in places:
        assert 0.93 <= held(*place) <= 0.97, held(*place)
    # how much longer or shorter others are is nearly the same in every survey
    few = known[known["survey_id"].str[:-1].astype(int) < 20]
    columns = ["standard_error", "change_standard_error"]
    base = (corrected.loc[few["survey_id"].unique(), columns] ** 2).mean()
    plain = (found(few.drop(columns=["sampled_share", "answered_share"]))[columns] ** 2).mean()
    forgotten = (found(few.assign(answered_share=1.0))[columns] ** 2).mean()
    for place, column in zip(places, columns, strict=True):
        longer, shorter = (float(np.sqrt(of[column] / base[column])) for of in (plain, forgotten))
        assert shorter < 1 < longer
        assert held(*place, shorter) <= held(*place) <= held(*place, longer)
    assert held(*places[0], float(np.sqrt(plain / base)["standard_error"])) >= 0.98
    # the variance is that of what came out; forgotten gaps take a tenth and more off it
    actual = corrected["wrong"].var()
    mean = (corrected["standard_error"] ** 2).mean()
    assert mean / actual == pytest.approx(1, abs=0.15)
    assert forgotten["standard_error"] < 0.9 * base["standard_error"]


def nps_wave(values: list[int], n_customers: int, blank: int = 0) -> pd.DataFrame:
    """One question in a simple random sample, some of which skipped it."""
    rows = wave(len(values) + blank, 5)
    rows = finite(alone(rows, np.ones(len(rows))), n_customers)
    return rows.assign(level=[value + 1 for value in values] + [0] * blank)


def test_shares_means_and_nps_of_a_finite_population() -> None:
    """By hand: p (1 - p) / (n - 1) (1 - f); who skipped the question is not known either."""
    values, t = [10] * 18 + [8] * 10 + [3] * 12, stats.t.ppf(0.975, 39)
    for blank in (0, 20):
        rows = nps_wave(values, 100, blank)
        found: Any = scored(rows, rows, ["total"]).loc["total"]
        left = 1 - 40 / 100
        error = np.std(values, ddof=1) / np.sqrt(40) * np.sqrt(left)
        # of 60 respondents the residual is taken, and 40 of them answered
        assert found.loc["mean", "standard_error"] == pytest.approx(error, rel=0.002)
        p, n = 18 / 40, 39 / left
        middle, width = p + t**2 / n / 2, 1 + t**2 / n
        half = t * np.sqrt(p * (1 - p) / n + (t / n / 2) ** 2)
        ends = 100 * (middle - half) / width, 100 * (middle + half) / width
        shown = found.loc["promoters", ["score_low", "score_high"]].tolist()
        assert shown == pytest.approx(ends, abs=0.05)


def test_a_census_knows() -> None:
    """An interval is the point, also of a share of nobody, and where p (1 - p) is not 0."""
    rows = nps_wave([10] * 18 + [8] * 10 + [3] * 12, 40)
    found = scored(rows, rows, ["total"]).loc["total"]
    assert {"nps", "mean", "promoters", "bottom_box"} <= set(found.index)
    for end in ("score_low", "score_high"):
        np.testing.assert_allclose(found[end], found["score"], atol=1e-9)
    assert (found["standard_error"] == 0).all()
    # of a sample with the same answers nothing is that sure
    sampled = nps_wave([10] * 18 + [8] * 10 + [3] * 12, 41)
    wider = scored(sampled, sampled, ["total"]).loc["total"]
    assert (wider["score_high"] - wider["score_low"] > 0).all()


def test_correlations_of_two_waves_have_what_the_populations_leave() -> None:
    """1 - p p' / p_both over the roots of 1 - f and 1 - f', where both numbers are known."""
    waves = {"a": (range(12), 0.5), "b": (range(4, 16), 0.5), "c": (range(4, 16), 0.0)}
    rows = pd.DataFrame(
        [
            {"survey_id": name, "customer_id": str(k), "weight": 1.0, "sampled_share": share}
            for name, (people, share) in waves.items()
            for k in people
        ]
    ).assign(answered_share=0.8)
    pairs = [("b", "a"), ("c", "b"), ("b", "b"), ("a", None)]
    changes = pd.DataFrame(pairs, columns=["survey_id", "previous_survey_id"])
    found = correlation_factors(on_duckdb(rows), changes)
    # 12 and 12 with 8 in both: 1 - 0.5 * 12 / 8 = 0.25, over 1 - 0.5 * 0.8
    assert found.tolist() == pytest.approx([0.25 / 0.6, np.sqrt(0.5 / 0.6), 0.5 / 0.6, 1.0])
    plain = correlation_factors(lazy(rows.drop(columns="sampled_share")), changes)
    assert plain.tolist() == [1.0] * 4
