"""Gaps, confirmation and delivered value where respondents are weighted."""

from satisfaction.core.frames import lazy
from satisfaction.gap.weighted_gaps import weighted_gaps


def model(dbt, session):
    """Set the sums by weighting cell side by side, wave by wave."""
    dbt.config(materialized="table")
    return weighted_gaps(
        lazy(dbt.ref("int_weighted_gap_sums")),
        lazy(dbt.ref("int_weights")),
        lazy(dbt.ref("py_gap_analysis")),
        lazy(dbt.ref("int_gap_waves")),
        tolerance=float(dbt.config.meta_get("confirmation_tolerance")),
        confidence_level=float(dbt.config.meta_get("confidence_level")),
    )
