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
    errors = index.equal_weights(sums)
    if dbt.config.meta_get("weighting") != "none":
        errors = lazy(design.segment_errors(small(sums.to_native())))
        indices = lazy(small(indices.to_native()))
    found = small(index.segment_index(indices, errors, level).to_native())
    return index.change_tests(found.sort_values([*index.WAVE_SEGMENT]), level)
