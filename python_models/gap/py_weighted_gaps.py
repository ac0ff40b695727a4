"""Gaps, confirmation and delivered value where respondents are weighted."""

from satisfaction.core.frames import lazy, segment_types
from satisfaction.gap.weighted_gaps import weighted_gaps


def model(dbt, session):
    """Set the sums by weighting cell side by side, wave by wave."""
    dbt.config(materialized="table")
    return weighted_gaps(
        lazy(dbt.ref("int_weighted_gap_sums")),
        lazy(dbt.ref("int_weights")),
        lazy(dbt.ref("int_weighted_gap_pairs")),
        lazy(dbt.ref("py_gap_analysis")),
        lazy(dbt.ref("int_gap_waves")),
        segment_types(lazy(dbt.ref("int_respondent_segments"))),
        tolerance=float(dbt.config.meta_get("confirmation_tolerance")),
        confidence_level=float(dbt.config.meta_get("confidence_level")),
    )
