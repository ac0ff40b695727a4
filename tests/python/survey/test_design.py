"""Weighted indices: published figures, rows written several times, matrices, and simulation."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from satisfaction.core.frames import lazy, small
from satisfaction.coverage import raking
from satisfaction.survey import design, index
from tests.python.conftest import ROOT, on_duckdb

CASE = ROOT / "tests" / "cases" / "weights" / "two-waves"
FACTORS = {"speed": 0.5, "care": 0.3, "price": 0.2}
TOP = 5.0
WEIGHTED = [index.Factor(name, name, 0.0, TOP, weight) for name, weight in FACTORS.items()]
KINDS = ["total", "region"]


def respondents(answers: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """One row per wave and customer: sums and counts of the answers to every factor."""
    keys = ["survey_id", "customer_id"]
    grouped = answers.groupby(keys)[list(FACTORS)]
    sums, counts = grouped.sum().add_suffix("_sum"), grouped.count().add_suffix("_n")
    rows = sums.join(counts).reset_index().merge(people, on="customer_id")
    return rows.assign(total="total", stratum="", design_weight=1.0)


def raked(rows: pd.DataFrame, people: pd.DataFrame, by: list[str], **options: Any) -> pd.DataFrame:
    """Weight every wave, as int_weighting_cells, py_weights and int_weights do."""
    customers = people.groupby(by).size().rename("n_population").reset_index()
    answered = rows.groupby(["survey_id", *by], as_index=False).agg(
        n_respondents=("design_weight", "size"), design=("design_weight", "sum")
    )
    waves = rows[["survey_id"]].drop_duplicates().merge(customers, how="cross")
    cells = waves.merge(answered, on=["survey_id", *by], how="outer")
    cells = cells.fillna({"n_population": 0, "n_respondents": 0, "design": 0.0})
    method = raking.Method("raking", tuple(by), **options)
    none = pd.DataFrame(columns=[*raking.MARGINS])
    found = raking.weights(cells.assign(is_anonymous=False), method, none)
    joined = rows.merge(
        found[["survey_id", *by, "factor", "leverage", "weighting_cell"]], on=["survey_id", *by]
    )
    weight = joined["design_weight"] * joined["factor"]
    left = (1 - joined["design_weight"] * joined["leverage"]).clip(0.1)
    return joined.assign(weight=weight, error_weight=weight / np.sqrt(left))


def alone(rows: pd.DataFrame, weight: Any) -> pd.DataFrame:
    """Weights that are given and raked to nothing."""
    mean = rows.assign(w=weight).groupby("survey_id")["w"].transform("mean")
    w = weight / mean
    return rows.assign(weight=w, error_weight=w, design_weight=w, weighting_cell="[]")


def counted(rows: pd.DataFrame, kinds: list[str]) -> pd.DataFrame:
    """int_segment_counts of some respondents."""
    parts = []
    for kind in kinds:
        for factor in FACTORS:
            n, total = rows[f"{factor}_n"].astype(float), rows[f"{factor}_sum"].astype(float)
            parts.append(
                rows[["survey_id"]].assign(
                    segment_type=kind,
                    segment_value=rows[kind],
                    factor_id=factor,
                    n_respondents=(n > 0).astype(int),
                    n_valid=n,
                    value_sum=total,
                    valid_weight=n * rows["weight"],
                    weighted_sum=total * rows["weight"],
                )
            )
    keys = [*index.WAVE_SEGMENT, "factor_id"]
    return pd.concat(parts).groupby(keys, as_index=False).sum()


def indexed(rows: pd.DataFrame, kinds: list[str], previous: dict[str, str | None]) -> pd.DataFrame:
    """Run the real functions as py_influence, py_segment_sums and py_segment_index do."""
    counts = on_duckdb(counted(rows, kinds))
    scales = pd.DataFrame({"factor_id": list(FACTORS), "value_min": 0.0, "value_max": TOP})
    weights = pd.DataFrame({"factor_id": list(FACTORS), "weight": list(FACTORS.values())})
    scores = index.segment_scores(counts, on_duckdb(scales))
    indices = index.weighted_index(
        scores, on_duckdb(weights), index.WAVE_SEGMENT, index.SEGMENT_VALUES
    )
    members = on_duckdb(rows)
    keys = (*index.WAVE_CUSTOMER, *design.design_columns(members))
    linear = index.influence(
        index.customer_index(members, WEIGHTED),
        index.by_weight(counts),
        WEIGHTED,
        kinds,
        keys,
    )
    waves = pd.DataFrame(list(previous.items()), columns=["survey_id", "previous_survey_id"])
    order = on_duckdb(waves.astype("string"))
    sums = design.design_sums(on_duckdb(small(linear.to_native())), order, kinds)
    errors = design.segment_errors(small(sums.to_native()))
    found = index.segment_index(lazy(small(indices.to_native())), lazy(errors))
    merged = small(found.to_native()).merge(errors, on=list(index.WAVE_SEGMENT), suffixes=("", "_"))
    return merged.set_index(["survey_id", "segment_value"])


@pytest.fixture(scope="module")
def two_waves() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Answers of two waves in two strata, with the weights of those who were invited."""
    people = pd.read_csv(CASE / "customers.csv")
    invited, answers = pd.read_csv(CASE / "invitations.csv"), pd.read_csv(CASE / "answers.csv")
    frame = people["stratum"].value_counts()
    rates = invited.groupby(["survey_id", "stratum"]).size().rename("n_invited").reset_index()
    rows = respondents(answers, people.rename(columns={"stratum": "own"})).drop(columns="stratum")
    rows = rows.merge(rates, left_on=["survey_id", "own"], right_on=["survey_id", "stratum"])
    rows["design_weight"] = rows["stratum"].map(frame) / rows["n_invited"]
    return people, rows


WAVES = {"w1": None, "w2": "w1"}


def test_published_figures_of_two_raked_waves(two_waves: Any) -> None:
    """Found by the covariance matrix of all totals and a numeric gradient, without HC2.

    Strata, design weights, margins, gaps, several questionnaires of a customer, and a panel.
    """
    people, rows = two_waves
    weighted = raked(rows, people, ["gender", "region"])
    found = indexed(weighted.assign(error_weight=weighted["weight"]), KINDS, WAVES)
    published = json.loads((CASE / "expected.json").read_text())
    for wave, value in found.index:
        row = found.loc[(wave, value)]
        assert row["index_score"] == pytest.approx(published[f"{wave} {value} index"], abs=1e-9)
        error = 100 * np.sqrt(row["squares"])
        assert error == pytest.approx(published[f"{wave} {value} index se"], abs=1e-9)
        if wave == "w2":
            before = found.loc[("w1", value)]
            variance = row["squares"] + before["squares"] - 2 * row["products"]
            error = 100 * np.sqrt(variance)
            assert error == pytest.approx(published[f"{value} change se"], abs=1e-9)
            assert row["index_change"] == pytest.approx(published[f"{value} change"], abs=1e-9)
    for wave in WAVES:
        row, of_wave = found.loc[(wave, "total")], weighted[weighted["survey_id"] == wave]
        assert row["n_effective"] == pytest.approx(published[f"{wave} kish n"], abs=1e-8)
        assert row["n_spread"] - row["n_strata"] == pytest.approx(published[f"{wave} df"], abs=1e-8)
        scale = len(people) / of_wave["weight"].sum()
        for end in ("min", "max"):
            expected = published[f"{wave} weight {end}"]
            assert getattr(scale * of_wave["weight"], end)() == pytest.approx(expected, abs=1e-8)


def residuals(u: Any, d: Any, codes: list[Any]) -> tuple[Any, Any]:
    """Regression of u on dummies by matrices over respondents: residuals and leverages."""
    x = np.hstack([np.eye(int(code.max()) + 1)[code] for code in codes])
    middle = np.linalg.pinv((x * d[:, None]).T @ x)
    return u - x @ middle @ (x * d[:, None]).T @ u, d * np.einsum("ij,jk,ik->i", x, middle, x)


def slow(
    rows: pd.DataFrame,
    kind: str,
    value: str,
    by: list[str],
    factors: dict[str, float] = FACTORS,
) -> tuple[float, pd.Series]:
    """Index of a segment and z of every respondent of the wave, one by one."""
    inside = (rows[kind] == value).to_numpy(float)
    w, d = rows["weight"].to_numpy(), rows["design_weight"].to_numpy()
    total, u = 0.0, np.zeros(len(rows))
    for name, weight in factors.items():
        n, x = rows[f"{name}_n"].to_numpy(float), rows[f"{name}_sum"].to_numpy(float) / TOP
        answers = (w * n * inside).sum()
        mean = (w * x * inside).sum() / answers
        total += weight * mean
        u += weight * inside * (x - mean * n) / answers
    codes = [pd.factorize(rows[name], sort=True)[0] for name in by]
    e, h = residuals(u, d, codes) if by else (u, np.zeros(len(u)))
    return 100 * total, pd.Series(100 * w * e / np.sqrt(1 - h), index=rows["customer_id"])


@pytest.mark.parametrize("strata", [True, False])
def test_errors_are_those_of_matrices_over_respondents(two_waves: Any, strata: bool) -> None:
    """With HC2, and one stratum in which the margins leave nothing to take out."""
    people, rows = two_waves
    weighted = raked(rows, people, ["gender", "region"])
    if not strata:
        weighted = weighted.assign(stratum="")
    found = indexed(weighted, KINDS, WAVES)
    for kind, value in [("total", "total"), ("region", "north"), ("region", "west")]:
        z, spread = {}, {}
        for wave in WAVES:
            of_wave = weighted[weighted["survey_id"] == wave]
            expected, z[wave] = slow(of_wave, kind, value, ["gender", "region"])
            of = of_wave.set_index("customer_id")["stratum"]
            n = z[wave].groupby(of).transform("size")
            if strata:
                spread[wave] = np.sqrt(n / (n - 1)) * (
                    z[wave] - z[wave].groupby(of).transform("mean")
                )
            else:
                spread[wave] = z[wave]
            row = found.loc[(wave, value)]
            assert row["index_score"] == pytest.approx(expected)
            assert 1e4 * row["squares"] == pytest.approx((spread[wave] ** 2).sum(), rel=1e-9)
        both = spread["w1"].index.intersection(spread["w2"].index)
        covariance = (spread["w1"][both] * spread["w2"][both]).sum()
        assert 1e4 * found.loc[("w2", value), "products"] == pytest.approx(covariance, rel=1e-9)
    # a segment loses a degree of freedom to its own mean, and the wave has lost one already
    n_s, n = (
        found.loc[("w1", "north"), "n_respondents"],
        found.loc[("w1", "total"), "n_respondents"],
    )
    row = found.loc[("w1", "north")]
    assert row["standard_error"] ** 2 == pytest.approx(
        1e4 * row["squares"] * n_s / (n_s - 1) / (n / (n - 1))
    )


def test_a_weight_of_three_is_a_row_written_three_times(two_waves: Any) -> None:
    """The estimate; its error is that of the respondents who are there."""
    _, rows = two_waves
    rng = np.random.default_rng(5)
    rows = rows.assign(stratum="", design_weight=1.0, times=rng.integers(1, 4, len(rows)))
    found = indexed(alone(rows, rows["times"]), KINDS, WAVES)
    copies = rows.loc[rows.index.repeat(rows["times"])].reset_index(drop=True)
    copies["customer_id"] = copies["customer_id"] + copies.groupby(
        ["survey_id", "customer_id"]
    ).cumcount().astype(str)
    written = indexed(alone(copies, np.ones(len(copies))), KINDS, WAVES)
    for column in ("index_score", "index_score_rescaled", "mean_customer_index"):
        np.testing.assert_allclose(found[column], written[column].reindex(found.index))
    assert (found["standard_error"] > written["standard_error"].reindex(found.index)).all()
    np.testing.assert_allclose(
        found["index_score_unweighted"],
        indexed(alone(rows, np.ones(len(rows))), KINDS, WAVES)["index_score"].reindex(found.index),
    )


def test_equal_weights_are_no_weights(two_waves: Any) -> None:
    """Index, intervals and changes are those of the respondents who are not weighted at all."""
    _, rows = two_waves
    rows = alone(rows.assign(stratum=""), np.full(len(rows), 7.0))
    found = indexed(rows, KINDS, WAVES)
    counts = on_duckdb(counted(rows, KINDS))
    scales = pd.DataFrame({"factor_id": list(FACTORS), "value_min": 0.0, "value_max": TOP})
    weights = pd.DataFrame({"factor_id": list(FACTORS), "weight": list(FACTORS.values())})
    indices = index.weighted_index(
        index.segment_scores(counts, on_duckdb(scales)),
        on_duckdb(weights),
        index.WAVE_SEGMENT,
        index.SEGMENT_VALUES,
    )
    linear = index.influence(
        index.customer_index(on_duckdb(rows), WEIGHTED), counts, WEIGHTED, KINDS
    )
    waves = pd.DataFrame(list(WAVES.items()), columns=["survey_id", "previous_survey_id"])
    sums = index.segment_sums(
        on_duckdb(small(linear.to_native())), on_duckdb(waves.astype("string")), KINDS
    )
    plain = small(index.segment_index(indices, index.equal_weights(sums)).to_native())
    plain = plain.set_index(["survey_id", "segment_value"]).reindex(found.index)
    for column in plain.columns.drop(["segment_type", "previous_survey_id"]):
        np.testing.assert_allclose(
            found[column].astype(float), plain[column].astype(float), rtol=1e-9, err_msg=column
        )


def test_who_has_no_weight_counts_nothing(two_waves: Any) -> None:
    _, rows = two_waves
    rows = rows.assign(stratum="")
    silent = rows["customer_id"].str.endswith("7")
    found = indexed(alone(rows, np.where(silent, 0.0, 2.0)), KINDS, WAVES)
    kept = indexed(alone(rows[~silent], np.ones((~silent).sum())), KINDS, WAVES)
    for column in ("index_score", "standard_error", "n_effective", "index_change"):
        np.testing.assert_allclose(found[column], kept[column].reindex(found.index), rtol=1e-9)


def test_a_lonely_stratum_is_joined_and_not_dropped(two_waves: Any) -> None:
    people, rows = two_waves
    weighted = raked(rows, people, ["gender"])
    first = weighted["customer_id"] == weighted["customer_id"].min()
    lonely = indexed(
        weighted.assign(stratum=np.where(first, "z", weighted["stratum"])), KINDS, WAVES
    )
    counts = weighted[~first].groupby(["survey_id", "stratum"]).size()
    smallest = weighted["survey_id"].map(counts.groupby(level=0).idxmin().str[1])
    joined = indexed(
        weighted.assign(stratum=np.where(first, smallest, weighted["stratum"])), KINDS, WAVES
    )
    for column in ("squares", "n_strata"):
        np.testing.assert_allclose(lonely[column], joined[column].reindex(lonely.index))


def test_intervals_hold_the_customers_where_men_answer_nine_times_as_often() -> None:
    """Nine to one, n = 300: 93 to 97 % of intervals at 95 % hold the truth; without weights none.

    Every survey is a wave of its own; the customers, and with them the truth, are drawn each time.
    """
    rng = np.random.default_rng(8)
    n_surveys, n_people = 400, 3000
    rows, truth = [], {}
    people = pd.DataFrame({"gender": np.repeat(["f", "m"], n_people // 2)})
    people["region"] = np.tile(["n", "s", "w"], n_people // 3)
    people["customer_id"] = [f"k{k}" for k in range(n_people)]
    is_man = (people["gender"] == "m").to_numpy()
    share = is_man * 0.18 + ~is_man * 0.02
    for survey in range(n_surveys):
        mood = rng.normal(np.where(is_man, 3.9, 2.7), 0.8, n_people)
        values = {
            name: np.clip(np.round(mood + rng.normal(0, 0.7, n_people)), 1, 5) for name in FACTORS
        }
        truth[f"s{survey}"] = 100 * sum(w * values[f].mean() / TOP for f, w in FACTORS.items())
        answers = rng.random(n_people) < share
        of_survey = people[answers].assign(survey_id=f"s{survey}")
        for name in FACTORS:
            given = rng.random(answers.sum()) > 0.2
            of_survey[f"{name}_n"] = given * 1.0
            of_survey[f"{name}_sum"] = np.where(given, values[name][answers], 0.0)
        rows.append(of_survey)
    members = pd.concat(rows, ignore_index=True).assign(
        total="total", stratum="", design_weight=1.0
    )
    weighted = raked(members, people, ["gender", "region"])
    found = indexed(weighted, ["total"], dict.fromkeys(truth)).reset_index().set_index("survey_id")
    true = pd.Series(truth).reindex(found.index)
    held = (found["index_low"] <= true) & (true <= found["index_high"])
    assert 0.93 <= held.mean() <= 0.97
    plain = indexed(alone(members, np.ones(len(members))), ["total"], dict.fromkeys(truth))
    plain = plain.reset_index().set_index("survey_id").reindex(found.index)
    assert (plain["index_low"] > true).all()
