"""Cells of two-way tables: by the t-test, by matrices over respondents, and by simulation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from satisfaction.core.comparisons import q_values
from satisfaction.core.frames import lazy, segment_types, small
from satisfaction.survey import design, index, pairs
from tests.python.conftest import on_duckdb
from tests.python.survey.test_design import (
    FACTORS,
    WEIGHTED,
    alone,
    counted,
    raked,
    slow,
    two_waves,
)
from tests.python.survey.test_rest import SCALES, WEIGHTS, weightless

__all__ = ["two_waves"]
COLUMN, TYPE = "gender__x__region", "gender x region"
KEYS = ["survey_id", "row_value", "column_value", "other_value"]


def crossed(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(**{COLUMN: rows["gender"] + "|" + rows["region"]})


def compared(rows: pd.DataFrame, is_weighted: bool) -> pd.DataFrame:
    """Run the real functions as py_influence, py_segment_sums and py_segment_pairs do."""
    kinds = ["total", COLUMN]
    found = counted(rows, kinds).replace({"segment_type": {COLUMN: TYPE}})
    counts, scales, weights = on_duckdb(found), on_duckdb(SCALES), on_duckdb(WEIGHTS)
    indices = index.weighted_index(
        index.segment_scores(counts, scales), weights, index.WAVE_SEGMENT, index.SEGMENT_VALUES
    )
    members = index.customer_index(on_duckdb(rows), WEIGHTED)
    keys = (*index.WAVE_CUSTOMER, *design.DESIGN)
    linear = index.influence(members, index.by_weight(counts), WEIGHTED, kinds, keys)
    linear = on_duckdb(small(linear.to_native()))
    waves = pd.DataFrame({"survey_id": rows["survey_id"].unique(), "previous_survey_id": None})
    order = on_duckdb(waves.astype("string"))
    sums, by_unit = index.segment_sums(linear, order, kinds), None
    errors = index.equal_weights(sums)
    if is_weighted:
        by_unit = small(design.design_sums(linear, order, kinds).to_native())
        errors, indices = lazy(design.segment_errors(by_unit)), lazy(small(indices.to_native()))
    cells = small(index.segment_index(indices, errors).to_native())
    return pairs.compared(cells, by_unit).set_index(KEYS)


def test_columns_of_pairs_are_types_only_where_asked() -> None:
    frame = on_duckdb(pd.DataFrame(columns=["survey_id", "customer_id", "total", COLUMN]))
    assert segment_types(frame) == ["total"]
    assert segment_types(frame, is_crossed=True) == ["total", COLUMN]


def test_of_one_factor_it_is_the_test_of_two_means_by_welch() -> None:
    """With the lesser degrees of freedom in place of Welch's; rows are not compared."""
    rng = np.random.default_rng(4)
    rows = pd.DataFrame({"survey_id": "w", "customer_id": [f"k{i}" for i in range(40)]})
    rows["gender"], rows["region"] = ["f", "f", "m", "m"] * 10, ["n", "s", "n", "s", "w"] * 8
    for name in FACTORS:
        asked = float(name == "speed")
        rows[f"{name}_n"], rows[f"{name}_sum"] = asked, asked * rng.integers(1, 6, 40)
    found = compared(weightless(crossed(rows.assign(total="total"))), is_weighted=False)
    assert len(found) == 2 * 3 * 2
    for (_, row, one, other), tested in found.iterrows():
        a, b = (
            rows.loc[(rows["gender"] == row) & (rows["region"] == value), "speed_sum"] * 20
            for value in (one, other)
        )
        welch = stats.ttest_ind(a, b, equal_var=False)
        assert tested["difference"] == pytest.approx(a.mean() - b.mean())
        freedom = min(len(a), len(b)) - 1
        p_value = 2 * stats.t.sf(abs(welch.statistic), freedom)
        assert tested["p_value"] == pytest.approx(p_value)
        assert p_value >= welch.pvalue - 1e-12


def test_a_table_of_nobody_has_no_rows() -> None:
    none = pd.DataFrame(columns=[*index.WAVE_SEGMENT, *pairs._MEASURED])
    none = none.astype(dict.fromkeys(index.WAVE_SEGMENT, "string"))
    found = pairs.compared(none)
    assert found.empty
    assert found.dtypes["column_value"] == "string"
    assert found.dtypes["p_value"] == "float64"


@pytest.mark.parametrize("strata", [True, False])
def test_weighted_differences_are_those_of_matrices_over_respondents(
    two_waves: Any, strata: bool
) -> None:
    """Margins tie cells together that have no respondent in common."""
    people, rows = two_waves
    rows = rows if strata else rows.assign(stratum="")
    weighted = crossed(raked(rows, people, ["gender", "region"]))
    found = compared(weighted, is_weighted=True)
    of_wave = weighted[weighted["survey_id"] == "w2"]
    n, stratum = len(of_wave), of_wave.set_index("customer_id")["stratum"]
    for one, other in [("north", "south"), ("south", "west")]:
        sides = [
            slow(of_wave, COLUMN, f"F|{value}", ["gender", "region"]) for value in (one, other)
        ]
        sizes = [(of_wave[COLUMN] == f"F|{value}").sum() for value in (one, other)]
        a, b = (
            np.sqrt(size / (size - 1) / (n / (n - 1))) * z
            for size, (_, z) in zip(sizes, sides, strict=True)
        )
        z = a - b
        if strata:
            n_h = z.groupby(stratum).transform("size")
            z = np.sqrt(n_h / (n_h - 1)) * (z - z.groupby(stratum).transform("mean"))
        tested = found.loc[("w2", "F", one, other)]
        assert tested["difference"] == pytest.approx(sides[0][0] - sides[1][0])
        assert tested["standard_error"] ** 2 == pytest.approx((z**2).sum(), rel=1e-9)


def test_equal_weights_are_no_weights(two_waves: Any) -> None:
    _, rows = two_waves
    rows = crossed(rows.assign(stratum=""))
    found = compared(alone(rows, np.full(len(rows), 3.0)), is_weighted=True)
    plain = compared(weightless(rows), is_weighted=False)
    for name in ("difference", "standard_error", "p_value"):
        np.testing.assert_allclose(found[name], plain[name], rtol=1e-8)


@pytest.mark.parametrize(("is_weighted", "surveys"), [(False, 600), (True, 150)])
def test_at_most_one_row_in_twenty_has_a_false_letter(is_weighted: bool, surveys: int) -> None:
    """Four columns of 15 to 45 that do not differ: six tests a row, adjusted within it."""
    rng = np.random.default_rng(21)
    n = 240
    size = n * surveys
    is_man = rng.random(size) < 0.5
    mood = rng.normal(np.where(is_man, 3.5, 3.0), 0.8)
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
        region=rng.choice(["a", "b", "c", "d"], size, p=[0.15, 0.2, 0.28, 0.37]),
    )
    if is_weighted:
        regions = {"a": 300, "b": 200, "c": 200, "d": 300}
        people = pd.DataFrame({
            "region": np.repeat(list(regions), list(regions.values())), "gender": ["f", "m"] * 500
        })  # fmt: skip
        rows = raked(rows, people, ["gender", "region"])
    else:
        rows = weightless(rows)
    p_values = compared(crossed(rows), is_weighted)["p_value"]
    adjusted = p_values.groupby(level=["survey_id", "row_value"]).transform(q_values)
    false = (adjusted <= 0.05).groupby(level=["survey_id", "row_value"]).any()
    assert 0.01 <= false.mean() <= 0.055
