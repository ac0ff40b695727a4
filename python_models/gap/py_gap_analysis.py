"""Gaps, confirmation and delivered value of every segment and wave, with their intervals."""

from satisfaction.core.frames import lazy
from satisfaction.gap.gap_analysis import gap_analysis


def model(dbt, session):
    """Set the sums side by side; the engine does the work."""
    dbt.config(materialized="table")
    return gap_analysis(
        lazy(dbt.ref("int_gap_sums")),
        lazy(dbt.ref("int_delivered_value_sums")),
        tolerance=float(dbt.config.meta_get("confirmation_tolerance")),
        confidence_level=float(dbt.config.meta_get("confidence_level")),
    ).to_native()
