"""Satisfaction index of every segment and wave, with its interval and its change."""

from satisfaction import index
from satisfaction.frames import lazy


def model(dbt, session):
    """Index the pooled counts and linearise them for the interval; the engine does the work."""
    dbt.config(materialized="table")
    counts, members = lazy(dbt.ref("int_factor_counts")), lazy(dbt.ref("int_wave_segments"))
    scales, weights = lazy(dbt.ref("int_factor_scales")), lazy(dbt.ref("int_satisfaction_weights"))
    pooled, waves = lazy(dbt.ref("py_segment_counts")), lazy(dbt.ref("int_waves"))
    indices = index.weighted_index(
        index.factor_scores(pooled, scales),
        weights,
        keys=index.WAVE_SEGMENT,
        values=("score", "score_0_1"),
    )
    influences = index.influence(counts, members, scales, pooled, weights)
    squares = index.segment_squares(influences, waves)
    level = float(dbt.config.meta_get("confidence_level"))
    return index.segment_index(indices, squares, level).to_native()
