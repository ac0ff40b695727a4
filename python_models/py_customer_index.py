"""Satisfaction index of every customer and wave."""

from satisfaction import index
from satisfaction.frames import lazy


def model(dbt, session):
    """Join each customer's factor scores with the weights; the engine does the work."""
    dbt.config(materialized="table")
    counts, scales = lazy(dbt.ref("int_factor_counts")), lazy(dbt.ref("int_factor_scales"))
    return index.weighted_index(
        index.factor_scores(counts, scales),
        lazy(dbt.ref("int_satisfaction_weights")),
        keys=index.WAVE_CUSTOMER,
        values=("score", "score_0_1"),
        min_coverage=float(dbt.config.meta_get("min_weight_coverage")),
    ).to_native()
