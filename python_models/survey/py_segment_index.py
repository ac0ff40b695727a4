"""Satisfaction index of every segment and wave, with its interval and its change."""

from satisfaction.core.frames import lazy, small
from satisfaction.survey import design, index


def model(dbt, session):
    """Index the pooled counts and put the intervals beside, weighted ones from sums by cell."""
    dbt.config(materialized="table")
    scales, weights = lazy(dbt.ref("int_factor_scales")), lazy(dbt.ref("py_satisfaction_weights"))
    indices = index.weighted_index(
        index.segment_scores(lazy(dbt.ref("int_segment_counts")), scales),
        weights,
        keys=index.WAVE_SEGMENT,
        values=index.SEGMENT_VALUES,
    )
    sums = lazy(dbt.ref("py_segment_sums")).drop("version")
    level = float(dbt.config.meta_get("confidence_level"))
    if dbt.config.meta_get("weighting") == "none":
        return index.segment_index(indices, index.equal_weights(sums), level).to_native()
    errors = lazy(design.segment_errors(small(sums.to_native())))
    found = index.segment_index(lazy(small(indices.to_native())), errors, level)
    return small(found.to_native())
