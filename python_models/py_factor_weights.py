"""Weights of the factors from the chosen source."""

import narwhals as nw

from satisfaction import hierarchy, index, weights
from satisfaction.frames import lazy, method_table, one_blas_thread, small


def model(dbt, session):
    """Take the weights of satisfaction from weight_source, those of loyalty from AHP."""
    dbt.config(materialized="table")
    one_blas_thread()
    verdicts = lazy(dbt.ref("int_respondent_answers"))
    counts, scales = lazy(dbt.ref("int_factor_counts")), lazy(dbt.ref("int_factor_scales"))
    return weights.factor_weights(
        dbt.config.meta_get("weight_source"),
        hierarchy=method_table(
            dbt.ref("method_rows"), "ahp_hierarchy", *hierarchy.TABLES["ahp_hierarchy"]
        ),
        ahp=small(lazy(dbt.ref("py_ahp")).filter(kind="global").to_native()),
        importance=small(dbt.ref("int_stated_importance")),
        scores=index.factor_scores(counts, scales),
        outcomes=verdicts.select(
            "survey_id", "customer_id", outcome=nw.col("overall_level").cast(nw.Float64)
        ),
    )
