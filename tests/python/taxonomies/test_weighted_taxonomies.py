"""Classes of factors where respondents are weighted: a class of all factors is the index."""

from __future__ import annotations

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
    two_waves,
)

__all__ = ["two_waves"]
ALL = FactorClass(1, "own", "all", tuple(WEIGHTED))
PART = FactorClass(2, "own", "part", tuple(WEIGHTED[:2]))


def classes(rows: pd.DataFrame) -> pd.DataFrame:
    """Run the real functions as py_factor_moments and py_class_satisfaction do."""
    profiles = weighted_taxonomies.moments(on_duckdb(rows), [ALL, PART], ["survey_id", *KINDS])
    kept = on_duckdb(small(profiles.to_native()))
    found = weighted_taxonomies.all_class_scores(kept, KINDS, [ALL, PART])
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


def test_equal_weights_are_no_weights(two_waves: Any) -> None:
    _, rows = two_waves
    rows = alone(rows.assign(stratum=""), np.full(len(rows), 3.0))
    found = classes(rows).sort_values(["class_id"]).sort_index(kind="stable")
    profiles = taxonomies.moments(on_duckdb(rows), [ALL, PART], ["survey_id", *KINDS])
    pooled = small(
        taxonomies.pool_moments(on_duckdb(small(profiles.to_native())), KINDS).to_native()
    )
    plain = taxonomies.class_scores(pooled, [ALL, PART]).set_index(["survey_id", "segment_value"])
    plain = plain.sort_values(["class_id"]).sort_index(kind="stable")
    for column in plain.columns.drop(["segment_type", "taxonomy", "class_id"]):
        np.testing.assert_allclose(
            found[column].astype(float), plain[column].astype(float), rtol=1e-9, err_msg=column
        )
