"""Classes of factors where respondents are weighted: a class of all factors is the index."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from satisfaction.core.frames import small
from satisfaction.survey import taxonomies, weighted_taxonomies
from satisfaction.survey.taxonomies import FactorClass
from tests.python.conftest import on_duckdb
from tests.python.survey.test_design import (
    KINDS,
    WAVES,
    WEIGHTED,
    alone,
    indexed,
    raked,
    slow,
    two_waves,
)

__all__ = ["two_waves"]
ALL = FactorClass(1, "own", "all", tuple(WEIGHTED))
PART = FactorClass(2, "own", "part", tuple(WEIGHTED[:2]))
# half of speed, and all of care
SHARED = FactorClass(
    3, "own", "shared", (replace(WEIGHTED[0], weight=0.25), WEIGHTED[1]), (0.5, 1.0)
)


def classes(rows: pd.DataFrame) -> pd.DataFrame:
    """Run the real functions as py_factor_moments and py_class_satisfaction do."""
    every = [ALL, PART, SHARED]
    profiles = weighted_taxonomies.moments(on_duckdb(rows), every, ["survey_id", *KINDS])
    kept = on_duckdb(small(profiles.to_native()))
    found = weighted_taxonomies.all_class_scores(kept, KINDS, every)
    return found.set_index(["survey_id", "segment_value"])


@pytest.mark.parametrize("strata", [True, False])
def test_a_class_of_all_factors_is_the_index(two_waves: Any, strata: bool) -> None:
    people, rows = two_waves
    weighted = raked(rows if strata else rows.assign(stratum=""), people, ["gender", "region"])
    found, expected = classes(weighted), indexed(weighted, KINDS, WAVES)
    whole = found[found["class_id"] == "all"].reindex(expected.index)
    same = {
        "score": "index_score",
        "standard_error": "standard_error",
        "n_effective": "n_effective",
        "n_respondents": "n_respondents",
    }
    for mine, theirs in same.items():
        np.testing.assert_allclose(
            whole[mine].astype(float), expected[theirs].astype(float), rtol=1e-9, err_msg=mine
        )


@pytest.mark.parametrize("strata", [True, False])
def test_shares_are_those_of_matrices_over_respondents(two_waves: Any, strata: bool) -> None:
    """Half of speed, and all of care: weights of 0.25 and 0.3, or of 0.5 and 1 without any."""
    people, rows = two_waves
    by = ["gender", "region"]
    weighted = raked(rows if strata else rows.assign(stratum=""), people, by)
    found = classes(weighted)
    found = found[found["class_id"] == "shared"]
    for wave in WAVES:
        of = weighted[weighted["survey_id"] == wave]
        stratum = of.set_index("customer_id")["stratum"]
        for kind, value in [("total", "total"), ("region", "north")]:
            row = found.loc[(wave, value)]
            n, whole = row["n_respondents"], len(of)
            inflation = n / (n - 1) / (whole / (whole - 1))
            for score, error, shares in [
                ("score", "standard_error", {"speed": 0.25 / 0.55, "care": 0.3 / 0.55}),
                ("unweighted_score", "unweighted_standard_error", {"speed": 1 / 3, "care": 2 / 3}),
            ]:
                expected, z = slow(of, kind, value, by, shares)
                if strata:
                    k = z.groupby(stratum).transform("size")
                    z = np.sqrt(k / (k - 1)) * (z - z.groupby(stratum).transform("mean"))
                assert row[score] == pytest.approx(expected)
                assert row[error] ** 2 == pytest.approx(inflation * (z**2).sum(), rel=1e-9)


def test_equal_weights_are_no_weights(two_waves: Any) -> None:
    _, rows = two_waves
    rows = alone(rows.assign(stratum=""), np.full(len(rows), 3.0))
    found = classes(rows).sort_values(["class_id"]).sort_index(kind="stable")
    every = [ALL, PART, SHARED]
    profiles = taxonomies.moments(on_duckdb(rows), every, ["survey_id", *KINDS])
    pooled = small(
        taxonomies.pool_moments(on_duckdb(small(profiles.to_native())), KINDS).to_native()
    )
    plain = taxonomies.class_scores(pooled, every).set_index(["survey_id", "segment_value"])
    plain = plain.sort_values(["class_id"]).sort_index(kind="stable")
    for column in plain.columns.drop(["segment_type", "taxonomy", "class_id"]):
        np.testing.assert_allclose(
            found[column].astype(float), plain[column].astype(float), rtol=1e-9, err_msg=column
        )
