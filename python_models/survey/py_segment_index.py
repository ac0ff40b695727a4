"""Satisfaction index of every segment and wave, with its interval and its change."""

from satisfaction.core.frames import lazy
from satisfaction.survey import index


def model(dbt, session):
    """Index the pooled counts and put the intervals beside; the engine does the work."""
    dbt.config(materialized="table")
    scales, weights = lazy(dbt.ref("int_factor_scales")), lazy(dbt.ref("py_satisfaction_weights"))
    indices = index.weighted_index(
        index.factor_scores(lazy(dbt.ref("int_segment_counts")), scales),
        weights,
        keys=index.WAVE_SEGMENT,
        values=index.SEGMENT_VALUES,
    )
    sums = lazy(dbt.ref("py_segment_sums")).drop("version")
    level = float(dbt.config.meta_get("confidence_level"))
    return index.segment_index(indices, sums, level).to_native()
