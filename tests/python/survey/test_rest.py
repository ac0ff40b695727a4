"""Segments against the rest: by hand, by matrices over respondents, and by simulation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from satisfaction.core.frames import lazy, small
from satisfaction.survey import design, index, rest
from tests.python.conftest import on_duckdb
from tests.python.survey.test_design import (
    FACTORS,
    KINDS,
    TOP,
    WEIGHTED,
    alone,
    counted,
    raked,
    slow,
    two_waves,
)

__all__ = ["two_waves"]
SCALES = pd.DataFrame({"factor_id": list(FACTORS), "value_min": 0.0, "value_max": TOP})
WEIGHTS = pd.DataFrame({"factor_id": list(FACTORS), "weight": list(FACTORS.values())})


def compared(rows: pd.DataFrame, kinds: list[str], is_weighted: bool) -> pd.DataFrame:
    """Run the real functions as py_influence, py_rest_sums and py_segment_index do."""
    counts = on_duckdb(counted(rows, kinds))
    scales, weights = on_duckdb(SCALES), on_duckdb(WEIGHTS)
    indices = index.weighted_index(
        index.segment_scores(counts, scales), weights, index.WAVE_SEGMENT, index.SEGMENT_VALUES
    )
    members = index.customer_index(on_duckdb(rows), WEIGHTED)
    keys = (*index.WAVE_CUSTOMER, *design.DESIGN)
    linear = index.influence(members, index.by_weight(counts), WEIGHTED, kinds, keys)
    linear = on_duckdb(small(linear.to_native()))
    waves = pd.DataFrame({"survey_id": rows["survey_id"].unique(), "previous_survey_id": None})
    order = on_duckdb(waves.astype("string"))
    sums = index.segment_sums(linear, order, kinds)
    errors = index.equal_weights(sums)
    if is_weighted:
        sums = design.design_sums(linear, order, kinds)
        errors = lazy(design.segment_errors(small(sums.to_native())))
        indices = lazy(small(indices.to_native()))
    found = small(index.segment_index(indices, errors).to_native())
    apart = small(rest.sums(members, counts, WEIGHTED, kinds, is_weighted).to_native())
    others = small(rest.indices(counts, scales, weights).to_native())
    said = rest.errors(small(sums.to_native()), apart) if is_weighted else rest.equal_weights(apart)
    beside = rest.against_rest(found, others, said)
    found = found.merge(beside, on=list(index.WAVE_SEGMENT), how="left")
    return found.set_index(["survey_id", "segment_value"]).sort_index()


def weightless(rows: pd.DataFrame) -> pd.DataFrame:
    """Respondents as int_respondents has them where nobody is weighted."""
    ones = dict.fromkeys(("design_weight", "weight", "error_weight"), 1.0)
    return rows.assign(stratum="", weighting_cell="", **ones)


def answers(values: dict[str, list[float | None]], segment: list[str]) -> pd.DataFrame:
    """Respondents of one wave who were asked every factor once."""
    rows = pd.DataFrame({"survey_id": "w", "customer_id": [f"k{i}" for i in range(len(segment))]})
    for name in FACTORS:
        given = pd.Series(values.get(name, [None] * len(segment)), dtype=float)
        rows[f"{name}_n"], rows[f"{name}_sum"] = given.notna().astype(float), given.fillna(0.0)
    return weightless(rows.assign(total="total", region=segment))


def test_a_single_factor_is_the_test_of_two_means_by_welch() -> None:
    """With the lesser degrees of freedom in place of Welch's."""
    speed = [5.0, 4.0, 4.0, 3.0, 2.0, 3.0, 1.0, 2.0, 4.0, 3.0]
    segment = ["a"] * 4 + ["b"] * 3 + ["c"] * 3
    found = compared(answers({"speed": speed}, segment), KINDS, False).loc["w"]
    a, others = np.array(speed[:4]) / TOP * 100, np.array(speed[4:]) / TOP * 100
    row = found.loc["a"]
    assert row["rest_difference"] == pytest.approx(80 - 50)
    welch = stats.ttest_ind(a, others, equal_var=False)
    assert 30 / row["rest_standard_error"] == pytest.approx(welch.statistic)
    assert row["rest_p_value"] == pytest.approx(2 * stats.t.sf(welch.statistic, 3))
    half = stats.t.ppf(0.975, 3) * row["rest_standard_error"]
    assert (row["rest_low"], row["rest_high"]) == pytest.approx((30 - half, 30 + half))
    assert np.isnan(found.loc["total", "rest_difference"])
    assert row["n_effective_rest"] == 6


def test_a_factor_that_only_one_side_answered_counts_on_that_side_alone() -> None:
    """Weights are shared out over what is known, of the rest as of any segment."""
    rows = answers(
        {"speed": [5, 5, 3, 2, 2], "care": [4, None, None, None, None]}, ["a", "a", "b", "b", "c"]
    )
    found = compared(rows, KINDS, False).loc["w"]
    a = 100 * (0.5 * 1.0 + 0.3 * 0.8) / 0.8
    assert found.loc["a", "rest_difference"] == pytest.approx(a - 100 * 7 / 3 / TOP)
    everyone_else = 100 * (0.5 * (5 + 5 + 2) / 3 / TOP + 0.3 * 0.8) / 0.8
    assert found.loc["b", "rest_difference"] == pytest.approx(50 - everyone_else)
    assert np.isnan(found.loc["c", "rest_p_value"])  # one respondent
    assert not np.isnan(found.loc["c", "rest_difference"])


def test_of_two_segments_each_is_the_rest_of_the_other() -> None:
    rng = np.random.default_rng(3)
    values = {name: list(rng.integers(1, 6, 40).astype(float)) for name in FACTORS}
    found = compared(answers(values, ["a", "b"] * 20), KINDS, False).loc["w"]
    a, b = found.loc["a"], found.loc["b"]
    assert a["rest_difference"] == pytest.approx(a["index_score"] - b["index_score"])
    assert a["rest_difference"] == pytest.approx(-b["rest_difference"])
    assert a["rest_low"] == pytest.approx(-b["rest_high"])
    assert a["rest_p_value"] == pytest.approx(b["rest_p_value"])
    squares = a["standard_error"] ** 2 + b["standard_error"] ** 2
    assert a["rest_standard_error"] ** 2 == pytest.approx(squares)


def test_who_is_alone_in_a_wave_has_no_rest() -> None:
    found = compared(answers({"speed": [5, 4, 3]}, ["a"] * 3), KINDS, False).loc["w"]
    assert found[["rest_difference", "rest_p_value"]].isna().all().all()


@pytest.mark.parametrize("strata", [True, False])
def test_weighted_differences_are_those_of_matrices_over_respondents(
    two_waves: Any, strata: bool
) -> None:
    """Residuals of either side over all of the wave; the margins tie the two together."""
    people, rows = two_waves
    weighted = raked(rows, people, ["gender", "region"])
    if not strata:
        weighted = weighted.assign(stratum="")
    found = compared(weighted, [*KINDS, "gender"], True)
    for kind, value in [("region", "north"), ("region", "west"), ("gender", "F")]:
        of_wave = weighted[weighted["survey_id"] == "w2"].assign(
            side=lambda frame, k=kind, v=value: np.where(frame[k] == v, "in", "out")
        )
        index_in, z_in = slow(of_wave, "side", "in", ["gender", "region"])
        index_out, z_out = slow(of_wave, "side", "out", ["gender", "region"])
        n, stratum = len(of_wave), of_wave.set_index("customer_id")["stratum"]

        def left(size: float, n: int = n) -> float:
            return float(np.sqrt(size / (size - 1) / (n / (n - 1))))

        sizes = of_wave["side"].value_counts()
        z = left(sizes["in"]) * z_in - left(sizes["out"]) * z_out
        if strata:
            n_h = z.groupby(stratum).transform("size")
            z = np.sqrt(n_h / (n_h - 1)) * (z - z.groupby(stratum).transform("mean"))
        row = found.loc[("w2", value)]
        assert row["rest_difference"] == pytest.approx(index_in - index_out)
        assert row["rest_standard_error"] ** 2 == pytest.approx((z**2).sum(), rel=1e-9)
        w = of_wave.loc[of_wave["side"] == "out", "weight"]
        assert row["n_effective_rest"] == pytest.approx(w.sum() ** 2 / (w**2).sum())


def test_equal_weights_are_no_weights(two_waves: Any) -> None:
    _, rows = two_waves
    rows = rows.assign(stratum="")
    found = compared(alone(rows, np.full(len(rows), 3.0)), KINDS, True)
    plain = compared(weightless(rows), KINDS, False)
    for name in ("difference", "standard_error", "low", "high", "p_value"):
        np.testing.assert_allclose(found[f"rest_{name}"], plain[f"rest_{name}"], rtol=1e-8)


def test_who_has_no_weight_is_in_no_rest(two_waves: Any) -> None:
    """Nor does it matter that they are a segment and a stratum of their own."""
    _, rows = two_waves
    silent = rows["customer_id"].str.endswith("7")
    weights = np.where(silent, 0.0, 2.0)
    apart = rows.assign(
        stratum=np.where(silent, "void", rows["stratum"]),
        region=np.where(silent, "nowhere", rows["region"]),
    )
    found = compared(alone(apart, weights), KINDS, True)
    kept = compared(alone(rows[~silent], np.ones((~silent).sum())), KINDS, True)
    assert len(kept) == 8
    for name in ("difference", "standard_error", "p_value"):
        np.testing.assert_allclose(
            found[f"rest_{name}"].reindex(kept.index), kept[f"rest_{name}"], rtol=1e-9
        )


@pytest.mark.parametrize(("is_weighted", "surveys"), [(False, 500), (True, 200)])
def test_of_segments_that_do_not_differ_one_in_twenty_is_called_so(
    is_weighted: bool, surveys: int
) -> None:
    """Before p-values are adjusted; a fifth of the answers are missing.

    Men answer more and are more satisfied, alike in every segment; every survey is a wave.
    """
    rng = np.random.default_rng(11)
    n = 120
    size = n * surveys
    is_man = rng.random(size) < 0.7
    mood = rng.normal(np.where(is_man, 3.6, 2.9), 0.8)
    rows = pd.DataFrame({"survey_id": np.repeat([f"s{i}" for i in range(surveys)], n)})
    rows["customer_id"] = [f"k{i}" for i in range(size)]
    for name in FACTORS:
        given = rng.random(size) > 0.2
        level = np.clip(np.round(mood + rng.normal(0, 0.7, size)), 1, 5)
        rows[f"{name}_n"], rows[f"{name}_sum"] = given * 1.0, np.where(given, level, 0.0)
    rows = rows.assign(
        total="total",
        stratum="",
        design_weight=1.0,
        gender=np.where(is_man, "m", "f"),
        region=rng.choice(["a", "b", "c"], size, p=[0.25, 0.3, 0.45]),
    )
    if is_weighted:
        regions = {"a": 300, "b": 400, "c": 500}
        people = pd.DataFrame({
            "region": np.repeat(list(regions), list(regions.values())), "gender": ["f", "m"] * 600
        })  # fmt: skip
        rows = raked(rows, people, ["gender", "region"])
    else:
        rows = weightless(rows)
    found = compared(rows, KINDS, is_weighted)
    false = found.loc[found["segment_type"] == "region", "rest_p_value"] <= 0.05
    assert 0.03 <= false.mean() <= 0.07
