"""Every segment against the rest of its wave: difference of the indices, interval and test."""

from satisfaction.core.frames import lazy, small
from satisfaction.survey import rest


def model(dbt, session):
    """Index the rests and put the errors of the differences beside; a row per segment."""
    dbt.config(materialized="table")
    scales, weights = lazy(dbt.ref("int_factor_scales")), lazy(dbt.ref("py_satisfaction_weights"))
    others = rest.indices(lazy(dbt.ref("int_segment_counts")), scales, weights)
    segments, apart = dbt.ref("py_segment_sums"), small(dbt.ref("py_rest_sums"))
    if dbt.config.meta_get("weighting") == "none":
        errors = rest.equal_weights(apart)
    else:
        errors = rest.errors(small(segments), apart)
    level = float(dbt.config.meta_get("confidence_level"))
    found = small(dbt.ref("py_segment_index"))
    return rest.against_rest(found, small(others.to_native()), errors, level)
